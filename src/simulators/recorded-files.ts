import type { FixedModel } from "../ir/fixed.js";
import type { SpikingModel } from "../ir/spiking.js";
import { stateList } from "./golden.js";

/** What an array of a run is, and what of the network it is of: a layer, a state, a readout, or a stage's cycles. */
export interface ArrayName {
  readonly kind: "spikes" | "state" | "logits" | "tick_class" | "class" | "cycles";
  readonly of: string;
}

/** Letters of a name that its file keeps: behind them stands what the array is, and file systems hold 255. */
const LONGEST = 100;

/** Names that Windows keeps for devices, with any ending. */
const isDevice = (name: string): boolean => /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name);

/** A name as a part of a file name: letters, digits, `.`, `_` and `-`, neither hidden, a device, an option nor long. */
function fileStem(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, LONGEST);
  return clean === "" || /^[.-]/.test(clean) || isDevice(clean) ? `_${clean}` : clean;
}

/** All arrays that runs of a network may record. What docs/configuration.md names comes first and keeps its file. */
function arraysOf(model: FixedModel | SpikingModel): readonly (ArrayName & { readonly wish: string })[] {
  const { layers, readouts } = model;
  const prefix = (name: string): string => (readouts.length === 1 ? "" : `${fileStem(name)}.`);
  const stages = [...layers, ...readouts].map(({ name }) => name);
  return [
    ...readouts.flatMap(({ name }) =>
      (["logits", "tick_class", "class"] as const).map((kind) => ({
        kind,
        of: name,
        wish: `${prefix(name)}${kind}`,
      })),
    ),
    ...layers.map(({ name }) => ({ kind: "spikes" as const, of: name, wish: `${fileStem(name)}.spikes` })),
    ...stages.map((name) => ({ kind: "cycles" as const, of: name, wish: `${fileStem(name)}.cycles` })),
    ...stateList(model).map(({ name }) => ({ kind: "state" as const, of: name, wish: fileStem(name) })),
  ];
}

/**
 * Says in which file an array of a run of `model` stands. Files are named from all names of the network together, so
 * that an array has the same file whatever is recorded beside it: a name as it is, but for what no file system takes
 * (`../x` is `_.._x.npy`), and with a number behind it where another array has that file (a state `class` is in
 * `class_2.npy`). Upper and lower case count as one.
 */
export function recordedFiles(model: FixedModel | SpikingModel): (array: ArrayName) => string {
  const taken = new Set<string>();
  const files = new Map<string, string>();
  const key = ({ kind, of }: ArrayName): string => `${kind} ${of}`;
  for (const array of arraysOf(model)) {
    let stem = array.wish;
    for (let n = 2; taken.has(stem.toLowerCase()); n++) stem = `${array.wish}_${n}`;
    taken.add(stem.toLowerCase());
    files.set(key(array), `${stem}.npy`);
  }
  return (array) => {
    const found = files.get(key(array));
    if (found === undefined) throw new Error(`compiler bug: no file for ${key(array)}`);
    return found;
  };
}
