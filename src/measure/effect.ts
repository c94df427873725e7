import type { Stimulus } from "../data/stimulus.js";
import type { FixedModel } from "../ir/fixed.js";
import { type Shape, type SpikingModel, sizeOf, sumsOf } from "../ir/spiking.js";
import { fastestSimulator } from "../simulators/exact.js";
import { runReference } from "../simulators/reference.js";
import type { Observer } from "../simulators/trace.js";

/** How far the integers are from the float64 network that was trained, on a short made-up input. */
export interface Effect {
  readonly ticks: number;
  /** Per layer: spikes that differ, of how many. Each layer is driven by its own predecessor, so differences add up. */
  readonly layers: readonly { readonly layer: string; readonly spikes: number; readonly differ: number }[];
  /** Per readout: ticks whose class differs, and the largest difference of a logit, real. */
  readonly readouts: readonly {
    readonly readout: string;
    readonly classesDiffer: number;
    readonly largestLogitError: number;
  }[];
}

/** Multiply-accumulates that the measurement may take: about half a second. */
const WORK = 2.5e7;

/** What an element costs the golden simulator, in multiply-accumulates. */
const ELEMENT = 200;

/** Ticks of a made-up input that show what the formats of a float checkpoint do, whatever the work. */
export const CHOICE_TICKS = 12;

/** A made-up input: random, always the same, of at least `least` ticks and of no more than half a second's work. */
export function madeUpInput(fixed: FixedModel, least: number): Stimulus {
  const work = fixed.layers.reduce(
    (sum, l) => sum + (l.synapse.weights.length / l.output.channels + ELEMENT) * sizeOf(sumsOf(l)),
    1,
  );
  return randomStimulus(fixed.input, Math.min(64, Math.max(least, Math.floor(WORK / work))));
}

/** Runs integers and reference side by side on a made-up input. */
export function measureEffect(trained: SpikingModel, fixed: FixedModel, stimulus: Stimulus): Effect {
  const { ticks } = stimulus;
  const golden: { spikes: Uint8Array[]; logits: number[][]; tickClass: readonly number[] }[] = [];
  const observer: Observer = {
    tick(t) {
      const logits = t.logits.map((row, r) => realLogits(fixed, r, row));
      golden.push({ spikes: t.spikes.map((s) => s.slice()), logits, tickClass: [...t.tickClass] });
    },
  };
  fastestSimulator(fixed).run(stimulus, { burnIn: 0 }, observer);
  const differ = fixed.layers.map(() => 0);
  const classesDiffer = fixed.readouts.map(() => 0);
  const worst = fixed.readouts.map(() => 0);
  runReference(
    trained,
    stimulus,
    { burnIn: 0 },
    {
      tick(t) {
        const g = golden[t.tick];
        if (g === undefined) return;
        for (const [l, spikes] of t.spikes.entries()) {
          differ[l] =
            (differ[l] as number) + spikes.reduce((n, s, i) => n + (s === g.spikes[l]?.[i] ? 0 : 1), 0);
        }
        for (const [r, row] of t.logits.entries()) {
          if (t.tickClass[r] !== g.tickClass[r]) classesDiffer[r] = (classesDiffer[r] as number) + 1;
          const errors = Array.from(row, (logit, c) => Math.abs(logit - (g.logits[r]?.[c] as number)));
          worst[r] = Math.max(worst[r] as number, ...errors);
        }
      },
    },
  );
  return {
    ticks,
    layers: fixed.layers.map((l, i) => ({
      layer: l.name,
      spikes: ticks * sizeOf(l.sent),
      differ: differ[i] as number,
    })),
    readouts: fixed.readouts.map((r, i) => ({
      readout: r.name,
      classesDiffer: classesDiffer[i] as number,
      largestLogitError: worst[i] as number,
    })),
  };
}

/** Logits in the checkpoint's unit, but for the fraction of the bias that only `rank` keeps (below one unit). */
function realLogits(fixed: FixedModel, r: number, row: ArrayLike<number>): number[] {
  const unit = fixed.readouts[r]?.unit ?? 1;
  return Array.from(row, (logit) => logit * unit);
}

/** About one input in fifty spikes a tick, one at least; xorshift32 from a fixed seed. */
function randomStimulus(shape: Shape, ticks: number): Stimulus {
  let seed = 0x9e3779b9;
  const below = (n: number): number => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % n;
  };
  const size = sizeOf(shape);
  const count = Math.max(1, Math.round(size / 50));
  const events = Array.from({ length: ticks }, () =>
    [...new Set(Array.from({ length: count }, () => below(size)))].sort((a, b) => a - b),
  );
  return { samples: 1, ticks, shape, active: (_, tick) => events[tick] ?? [] };
}
