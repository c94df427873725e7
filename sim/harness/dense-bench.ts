import type { Parameter, VectorCase } from "./bench.js";

/** One clock cycle of a vector case: inputs applied, outputs expected (null or left out: not compared). */
export interface Cycle {
  readonly inputs: Readonly<Record<string, bigint | number>>;
  readonly outputs: Readonly<Record<string, bigint | number | null>>;
}

/** When a side of a bench is willing: in every cycle, in three of four, at random. */
export type Pace = "always" | "1110" | "random";

/** Every pace; a bench runs with each of them. */
export const paces: readonly Pace[] = ["always", "1110", "random"];

/** Bits of a counter or address with `count` values, at least 1: the rtl's `max(1, $clog2(count))`. */
export function indexWidth(count: number): number {
  return count > 1 ? Math.ceil(Math.log2(count)) : 1;
}

/** Whether a side of the given pace is willing in cycle `cycle`. */
export function willing(pace: Pace, cycle: number, below: (limit: number) => number): boolean {
  return pace === "always" || (pace === "1110" ? cycle % 4 !== 3 : below(2) === 1);
}

/** A vector case from its cycles; the case drives `rst` itself, outputs are compared in the cycle they belong to. */
export function cycleCase(
  name: string,
  module: string,
  parameters: Readonly<Record<string, Parameter>>,
  inputWidths: Readonly<Record<string, number>>,
  outputWidths: Readonly<Record<string, number>>,
  cycles: readonly Cycle[],
): VectorCase {
  const inputs = Object.entries(inputWidths).map(([port, width]) => {
    const values = cycles.map((cycle) => BigInt(cycle.inputs[port] ?? 0));
    return [port, { width, values }] as const;
  });
  const outputs = Object.entries(outputWidths).map(([port, width]) => {
    const values = cycles.map((cycle) => {
      const value = cycle.outputs[port] ?? null;
      return value === null ? null : BigInt(value);
    });
    return [port, { width, latency: 0, values }] as const;
  });
  return {
    kind: "vectors",
    name,
    module,
    parameters,
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs),
    clock: "clk",
  };
}
