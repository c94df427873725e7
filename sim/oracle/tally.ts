import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { isExact } from "../../src/ir/fixed.js";
import { type Made, root } from "./python.js";
import type { Tried } from "./try.js";

/** Codes with which a network of the generator may be refused: what docs/checkpoints.md says is not taken. */
const expectedCodes: ReadonlySet<string> = new Set([
  // Groups and dilations; BipolarQuant, AveragePool, Relu on sums; joins, comparisons before a synapse.
  "onnx-attribute",
  "onnx-operator",
  "onnx-not-a-chain",
  // A readout of spikes, or of another value than the one that is compared; signed activations; scales by class.
  "onnx-readout",
  "readout-activation",
  "readout-scales",
  // Before a synapse: a number for each input, units by channel.
  "onnx-constant-varies",
  "operand-units",
  // Commuted traces that do not decay.
  "state-unbounded",
  "sum-too-wide",
]);

/** Sums over many networks. */
export interface Tally {
  tried: number;
  /** Networks, by the first code with which each is refused. */
  refused: Record<string, number>;
  exact: number;
  judged: number;
  unbounded: number;
  moved: number;
  /** Accepted networks that are too wide for wasm. */
  goldenAlone: number;
  /** Judged, their scales powers of two, their decays short, all states quantised; how many list no deviation. */
  power: number;
  powerExact: number;
  /** Networks that differ, or stop the compiler: what differs, and how to try each again. */
  differing: string[];
  /** Networks that are refused with a code that is none of the expected ones. */
  unexpected: string[];
}

/** Of no networks. */
export const emptyTally = (): Tally => ({
  tried: 0,
  refused: {},
  exact: 0,
  judged: 0,
  unbounded: 0,
  moved: 0,
  goldenAlone: 0,
  power: 0,
  powerExact: 0,
  differing: [],
  unexpected: [],
});

/** Adds what came of a network; one that differs is kept. */
export function count(tally: Tally, { case: from, outcome, source, wasm }: Tried, made: Made): void {
  tally.tried++;
  const { seed } = from;
  switch (outcome.kind) {
    case "refused": {
      const [code = ""] = outcome.codes;
      tally.refused[code] = (tally.refused[code] ?? 0) + 1;
      if (outcome.codes.every((c) => expectedCodes.has(c))) return;
      tally.unexpected.push(`seed ${seed}: ${outcome.texts.join("; ")}\n  ${keep(made, seed)}`);
      return;
    }
    case "differs":
      tally.differing.push(`seed ${seed}: ${outcome.differences.join("\n  ")}\n  ${keep(made, seed)}`);
      return;
    default: {
      tally[outcome.kind]++;
      if (!wasm) tally.goldenAlone++;
      if (!from.power || !from.short || outcome.kind === "moved") return;
      tally.power++;
      if (source?.compiled.fixed.deviations.every(isExact)) tally.powerExact++;
    }
  }
}

/** The sum of two tallies. */
export function sumOf(a: Tally, b: Tally): Tally {
  const codes = new Set([...Object.keys(a.refused), ...Object.keys(b.refused)]);
  return {
    tried: a.tried + b.tried,
    refused: Object.fromEntries([...codes].sort().map((c) => [c, (a.refused[c] ?? 0) + (b.refused[c] ?? 0)])),
    exact: a.exact + b.exact,
    judged: a.judged + b.judged,
    unbounded: a.unbounded + b.unbounded,
    moved: a.moved + b.moved,
    goldenAlone: a.goldenAlone + b.goldenAlone,
    power: a.power + b.power,
    powerExact: a.powerExact + b.powerExact,
    differing: [...a.differing, ...b.differing],
    unexpected: [...a.unexpected, ...b.unexpected],
  };
}

/** Networks that were refused. */
export const refusedOf = ({ refused }: Tally): number =>
  Object.values(refused).reduce((sum, n) => sum + n, 0);

/** The lines that a campaign prints. */
export function printTally(tally: Tally, first: number, last: number): string {
  const { tried, refused, exact, judged, unbounded, moved, goldenAlone, power, powerExact } = tally;
  const codes = Object.entries(refused).map(([code, n]) => `${code} ${n}`);
  return [
    `oracle: seeds ${first} to ${last}, ${tried} tried, ${tally.differing.length} differing`,
    `  refused ${refusedOf(tally)}: ${codes.join(", ") || "none"}`,
    `  no deviation, equal in all values: ${exact}; within the bounds of their deviations: ${judged}`,
    `  not judged: ${unbounded} list a deviation without a bound, ${moved} have states that the compiler moved`,
    `  on power-of-two scales ${powerExact} of ${power} list no deviation; ${goldenAlone} are too wide for wasm`,
    ...tally.differing,
    ...tally.unexpected,
    "",
  ].join("\n");
}

/** Keeps a network with its case, and says how to try it again. */
export function keep(made: Made, seed: number): string {
  const kept = `build/oracle/failures/${seed}`;
  mkdirSync(join(root, kept), { recursive: true });
  copyFileSync(made.network(seed), join(root, kept, "network.onnx"));
  copyFileSync(made.casePath(seed), join(root, kept, "case.json"));
  return `SPIKEC_ORACLE=${kept} node_modules/.bin/vitest run --project system sim/oracle/replay`;
}
