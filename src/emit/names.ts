import { type Design, layerStages, pipelinesOf, type Stage } from "../ir/design.js";
import { identifier, identifierPool } from "../mapping/identifiers.js";

/**
 * What no stage and no state is called: the core has ports `s_axis_*` and `m_axis_*` and an instance `u_input_guard`, and
 * the bench, which names nets after stages, has `full_from` and `full_to` of its own.
 */
const reserved = new Set(["s_axis", "m_axis", "input_guard", "from", "to"]);

/** Gives every name an identifier of its own: equal ones get a number. `family` lists what is named after one. */
export function uniqueIdentifiers(
  names: readonly string[],
  family?: (id: string, name: string) => readonly string[],
): ReadonlyMap<string, string> {
  const pool = identifierPool((id) => reserved.has(id));
  return new Map(names.map((name) => [name, pool.take(name, (id) => family?.(id, name) ?? [])]));
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
    stage: uniqueIdentifiers(
      design.stages.map((s) => s.name),
      (id, name) =>
        calledAfter(
          id,
          design.stages.find((s) => s.name === name),
        ),
    ),
    state: uniqueIdentifiers(
      layerStages(design).flatMap((s) => pipelinesOf(s).flatMap((p) => p.states.map((x) => x.name))),
    ),
  };
}

/** What is called after a stage: the modules of its pipelines, and the files of their tables. */
function calledAfter(id: string, stage: Stage | undefined): readonly string[] {
  const pipelines = stage === undefined ? [] : pipelinesOf(stage);
  const tables = pipelines.flatMap((pipeline) => pipeline.tables.map(({ name }) => `_${name}`));
  return ["pre", "post"].flatMap((part) => ["", ...tables].map((table) => `${id}_${part}${table}`));
}

/** A name as it may stand in a comment: one line of ASCII, whatever a checkpoint calls its layers. */
export const printable = (name: string): string => name.replace(/[^\x20-\x7e]+/g, "?");

/** Looks up a name that must be there. */
export function nameOf(names: ReadonlyMap<string, string>, key: string): string {
  const found = names.get(key);
  if (found === undefined) throw new Error(`compiler bug: no Verilog name for '${key}'`);
  return found;
}
