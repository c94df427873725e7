import { divisorsOf } from "./divisors.js";

/** What the choice of lanes of one layer depends on; `pe`, `simd` set by the user are kept. */
export interface LayerWork {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly inPositions: number;
  /** Sums of a channel · K_h · K_w. */
  readonly taps: number;
  readonly pe: number | undefined;
  readonly simd: number | undefined;
}

/** Parallelism of a dense layer: output channels (PE) and input channels (SIMD) at once. */
export interface Lanes {
  readonly pe: number;
  readonly simd: number;
}

/**
 * Lanes per layer. With a target: the fewest multipliers that meet it. Else all layers start with one multiplier and
 * the slowest gets its next better point until the budget is spent: stages work at once, so only the slowest counts.
 */
export function chooseParallelism(
  work: readonly LayerWork[],
  goal: { readonly targetCyclesPerTick: number | undefined; readonly multiplierBudget: number },
): readonly Lanes[] {
  const points = work.map(paretoPoints);
  const target = goal.targetCyclesPerTick;
  if (target !== undefined) {
    return points.map((list) => list.find((p) => p.cycles <= target) ?? (list[list.length - 1] as Point));
  }
  const chosen = points.map(() => 0);
  for (;;) {
    const at = (l: number): Point => (points[l] as readonly Point[])[chosen[l] as number] as Point;
    const slowest = chosen.reduce((worst, _, l) => (at(l).cycles > at(worst).cycles ? l : worst), 0);
    const better = points[slowest]?.[(chosen[slowest] as number) + 1];
    const used = chosen.reduce<number>(
      (sum, _, l) => sum + (l === slowest ? (better?.cost ?? 0) : at(l).cost),
      0,
    );
    if (better === undefined || used > goal.multiplierBudget) return chosen.map((_, l) => at(l));
    chosen[slowest] = (chosen[slowest] as number) + 1;
  }
}

interface Point extends Lanes {
  readonly cycles: number;
  readonly cost: number;
}

/** All (pe, simd) that no cheaper point matches in cycles, cheapest first. */
function paretoPoints(work: LayerWork): readonly Point[] {
  const all = (work.pe === undefined ? divisorsOf(work.outChannels) : [work.pe]).flatMap((pe) =>
    (work.simd === undefined ? divisorsOf(work.inChannels) : [work.simd]).map((simd): Point => {
      const groups = work.inChannels / simd;
      const cycles = work.inPositions * groups + work.taps * (work.outChannels / pe) * groups;
      return { pe, simd, cycles, cost: pe * simd };
    }),
  );
  // Of equal cost and cycles, the point with fewer output lanes: its post pipelines are fewer.
  all.sort((a, b) => a.cost - b.cost || a.cycles - b.cycles || a.pe - b.pe);
  let best = Number.POSITIVE_INFINITY;
  return all.filter((p) => {
    if (p.cycles >= best) return false;
    best = p.cycles;
    return true;
  });
}
