import type { NoValue } from "./assemble.js";

/** The first difference, located; `cycle` is the clock cycle in which the hardware said it. */
export interface LocatedDifference {
  readonly sample: number;
  readonly tick: number;
  readonly layer: string;
  readonly signal: string;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
  readonly expected: number;
  readonly actual: number | NoValue;
  readonly cycle: number;
}

/** Keeps what comes first in the order of its key. */
export function earliest<T>() {
  let best: { readonly key: readonly number[]; readonly what: T } | undefined;
  const before = (a: readonly number[], b: readonly number[]): boolean => {
    const i = a.findIndex((value, k) => value !== b[k]);
    return i >= 0 && (a[i] as number) < (b[i] ?? Number.POSITIVE_INFINITY);
  };
  return {
    offer(key: readonly number[], what: T): void {
      if (best === undefined || before(key, best.key)) best = { key, what };
    },
    found: (): T | undefined => best?.what,
  };
}
