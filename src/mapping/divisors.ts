/** Divisors of n ≥ 1, ascending. */
export function divisorsOf(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}
