import { estimateDesign } from "../cost/design.js";
import type { Design } from "../ir/design.js";
import type { Expected } from "./expected.js";
import { mostCycles } from "./run-rtl.js";

/** Microseconds that Icarus takes for a cycle, for each LUT of a small design. */
const MICROSECONDS_PER_LUT = 0.1;

/** LUTs from which on it takes twice that for each: larger designs leave the caches. */
const DOUBLE_LUTS = 18_000;

/** What a run in Icarus takes, roughly. */
export interface IcarusCost {
  readonly cycles: number;
  readonly luts: number;
  readonly seconds: number;
}

/**
 * What a run in Icarus will take, from the size of the design and the cycles of its ticks. Six builds of 7,400 to 29,000
 * LUTs took 0.45 to 1.1 of it with Icarus 11 on a busy machine of two cores.
 */
export function icarusCost(design: Design, { cycles: predicted, ticks }: Expected): IcarusCost {
  const { lut: luts } = estimateDesign(design).total.yosys;
  const ends = [...(predicted?.stages ?? []), ...(predicted?.readouts ?? [])].map((end) => end.at(-1) ?? 0);
  const cycles =
    predicted === undefined
      ? Math.max(...design.stages.map(mostCycles)) * ticks.length
      : Math.max(...ends) + 1;
  const microseconds = MICROSECONDS_PER_LUT * luts * (1 + luts / DOUBLE_LUTS);
  return { cycles, luts, seconds: (cycles * microseconds) / 1e6 };
}

/** The cost in words. */
export function printIcarusCost({ cycles, luts, seconds }: IcarusCost): string {
  const time =
    seconds < 90
      ? `${Math.max(1, Math.round(seconds))} s`
      : seconds < 5400
        ? `${Math.round(seconds / 60)} min`
        : `${(seconds / 3600).toFixed(1)} h`;
  const size = `${cycles.toLocaleString("en-US")} cycles of a design of ${Math.round(luts).toLocaleString("en-US")} LUTs`;
  return `icarus: about ${time} for ${size}, more on a busy machine; verilator takes seconds`;
}
