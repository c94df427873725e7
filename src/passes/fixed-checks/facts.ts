import { invariant } from "../../diagnostics/diagnostic.js";
import type { Range } from "../../fixed/format.js";

/** Asserts that something is what it must be. */
export function equal<T extends string | number>(what: string, have: T, need: T): void {
  invariant(have === need, `${what} is ${have}, must be ${need}`);
}

/** Asserts that no name stands twice. */
export function unique(names: readonly string[], what: string): void {
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  invariant(twice === undefined, `two ${what} called '${twice}'`);
}

/** Asserts that an interval holds another. */
export function holds(what: string, outer: Range, inner: Range): void {
  const inside = outer.low <= inner.low && inner.high <= outer.high;
  invariant(inside, `${what}: ${outer.low}..${outer.high} does not hold ${inner.low}..${inner.high}`);
}

/** Asserts that a list has one value for all channels, or one for each. */
export function perChannel(what: string, length: number, channels: number): void {
  invariant(length === 1 || length === channels, `${what} has ${length} values for ${channels} channels`);
}

/** The interval of spikes. */
export const bit: Range = { low: 0n, high: 1n };
