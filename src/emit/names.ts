import type { Design } from "../ir/design.js";

/** Words that Verilog keeps for itself and that a network could plausibly use as a name. */
const keywords = new Set(
  "always and assign begin buf case default else end event for force function if initial inout input integer module nand nor not or output parameter pull real reg release repeat table task time tri wait wire while xor".split(
    " ",
  ),
);

/** A name as a Verilog identifier and file name: letters, digits, `_`; never empty, a keyword, or led by a digit. */
export function identifier(name: string): string {
  const clean = name
    .replace(/[^A-Za-z0-9_]/g, "_")
    .replace(/_+/g, "_")
    .replace(/^_|_$/g, "");
  return clean === "" || /^[0-9]/.test(clean) || keywords.has(clean.toLowerCase()) ? `n_${clean}` : clean;
}

/** Gives every name an identifier of its own: equal ones get a number. */
export function uniqueIdentifiers(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const result = new Map<string, string>();
  for (const name of names) {
    const base = identifier(name);
    let candidate = base;
    for (let n = 2; taken.has(candidate); n++) candidate = `${base}_${n}`;
    taken.add(candidate);
    result.set(name, candidate);
  }
  return result;
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
  const dense = design.stages.filter((s) => s.kind === "dense");
  return {
    core: `${name}_core`,
    stage: uniqueIdentifiers(design.stages.map((s) => s.name)),
    state: uniqueIdentifiers(dense.flatMap((s) => [...s.pre.states, ...s.post.states].map((x) => x.name))),
  };
}

/** Looks up a name that must be there. */
export function nameOf(names: ReadonlyMap<string, string>, key: string): string {
  const found = names.get(key);
  if (found === undefined) throw new Error(`compiler bug: no Verilog name for '${key}'`);
  return found;
}
