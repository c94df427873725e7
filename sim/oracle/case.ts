import { readFileSync } from "node:fs";
import { fillDefaults } from "../../src/config/defaults.js";
import type { Config, ConfigFile } from "../../src/config/schema.js";
import type { Stimulus } from "../../src/data/stimulus.js";

/** Real numbers without rounding, as the oracle writes them: integers over one denominator, ticks one after the other. */
export interface ExactArray {
  readonly den: string;
  readonly num: readonly (number | string)[];
}

/** What the oracle says of a readout: logits of every tick, its class, and each sample's class and votes. */
export interface ExpectedReadout {
  readonly logits: ExactArray;
  readonly tickClass: readonly number[];
  readonly classes: readonly number[];
  readonly votes: readonly (readonly number[])[];
}

/** What the oracle says of a layer: what it sends, and both sides of its comparison (it fires where left > right). */
export interface ExpectedLayer {
  readonly spikes: ExactArray;
  readonly left: ExactArray;
  readonly right: ExactArray;
  /** What a readout reads of it, else the left side; absent where that is its spikes. */
  readonly shown?: ExactArray;
}

/** A network of the generator: how it is compiled, what it is run on, and what the oracle says of the run. */
export interface Case {
  readonly seed: number;
  /** All scales are powers of two. */
  readonly power: boolean;
  /** Decays have at most 16 fraction bits, and every state its quantiser. */
  readonly short: boolean;
  readonly names: string;
  /** What of the network the documentation says is not taken. */
  readonly untaken: readonly string[];
  readonly shape: readonly number[];
  readonly settings: ConfigFile;
  /** By sample, by tick: inputs that spike. */
  readonly events: readonly (readonly (readonly number[])[])[];
  /** Tensors that are recorded; `moves` where both sides of the comparison do, so that the potential is their difference. */
  readonly layers: readonly { readonly spikes: string; readonly moves: boolean }[];
  /** By the output that has the logits; a readout that the compiler gives has a name of its own. */
  readonly readouts: readonly { readonly output: string; readonly name?: string }[];
  readonly expected: {
    readonly layers: readonly ExpectedLayer[];
    readonly states: Readonly<Record<string, ExactArray>>;
    readonly readouts: Readonly<Record<string, ExpectedReadout>>;
  };
}

/** A case from its file. */
export const readCase = (path: string): Case => JSON.parse(readFileSync(path, "utf8")) as Case;

/** The configuration that a case asks for. */
export const configOf = ({ settings }: Case): Config => fillDefaults(settings);

/** The spikes that a case is run on. */
export function stimulusOf({ events, shape }: Case): Stimulus {
  const [channels = 1, height = 1, width = 1] = shape;
  return {
    samples: events.length,
    ticks: (events[0] as readonly unknown[]).length,
    shape: { channels, height, width },
    active: (sample, tick) => events[sample]?.[tick] ?? [],
  };
}
