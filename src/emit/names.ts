import { type Design, layerStages, pipelinesOf } from "../ir/design.js";
import { identifier, identifierPool } from "../mapping/identifiers.js";

/** Gives every name an identifier of its own: equal ones get a number. `family` lists what is named after one. */
export function uniqueIdentifiers(
  names: readonly string[],
  family?: (id: string) => readonly string[],
): ReadonlyMap<string, string> {
  const pool = identifierPool((id) => id === "s_axis" || id === "m_axis");
  return new Map(names.map((name) => [name, pool.take(name, family)]));
}

/** Verilog names of a design: its core, and an identifier for each stage and each state. */
export interface DesignNames {
  readonly core: string;
  readonly stage: ReadonlyMap<string, string>;
  readonly state: ReadonlyMap<string, string>;
}

/** All names of a design, made once: the emitters and the co-simulation agree on them. */
export function designNames(design: Design): DesignNames {
  const name = identifier(design.name);
  return {
    core: `${name}_core`,
    // Modules of a stage's pipelines are called after it.
    stage: uniqueIdentifiers(
      design.stages.map((s) => s.name),
      (id) => [`${id}_pre`, `${id}_post`],
    ),
    state: uniqueIdentifiers(
      layerStages(design).flatMap((s) => pipelinesOf(s).flatMap((p) => p.states.map((x) => x.name))),
    ),
  };
}

/** A name as it may stand in a comment: one line of ASCII, whatever a checkpoint calls its layers. */
export const printable = (name: string): string => name.replace(/[^\x20-\x7e]+/g, "?");

/** Looks up a name that must be there. */
export function nameOf(names: ReadonlyMap<string, string>, key: string): string {
  const found = names.get(key);
  if (found === undefined) throw new Error(`compiler bug: no Verilog name for '${key}'`);
  return found;
}
