import { boundsOf, drive, type RandomRecurrence, type Reset, randomRecurrence } from "./recurrences.js";

/** What random recurrences gave: how many have bounds, what left them, and how wide they are. */
export interface BoundCampaign {
  readonly bounded: number;
  /** Seeds without a bound. */
  readonly refused: readonly number[];
  /** States that left their bounds. */
  readonly outside: readonly string[];
  /** Bound over the worst driven value, of every state, in ascending order. */
  readonly tightness: readonly number[];
}

/** Bounds recurrences of a spectral radius below 1 and drives each as far as its inputs take it. */
export function boundCampaign(seeds: readonly number[], reset: Reset): BoundCampaign {
  const radii = [0.3, 0.7, 0.9, 0.97, 0.99];
  const refused: number[] = [];
  const outside: string[] = [];
  const tightness: number[] = [];
  for (const seed of seeds) {
    const one = randomRecurrence(seed, radii[seed % radii.length] as number, reset);
    const bounds = boundsOf(one);
    if (bounds === undefined) {
      refused.push(seed);
      continue;
    }
    drive(one, ticksOf(one), seed).forEach((seen, i) => {
      const bound = bounds[i] as typeof seen;
      // Runs are in doubles, which round too.
      const room = 1e-12 * (bound.high - bound.low);
      if (seen.low < bound.low - room || seen.high > bound.high + room)
        outside.push(`seed ${seed} x${i}: ${seen.low} to ${seen.high}, not ${bound.low} to ${bound.high}`);
      const worst = Math.max(-seen.low, seen.high);
      if (worst > 0) tightness.push(Math.max(-bound.low, bound.high) / worst);
    });
  }
  tightness.sort((a, b) => a - b);
  return { bounded: seeds.length - refused.length, refused, outside, tightness };
}

/** Ticks after which a thousandth is left. */
const ticksOf = ({ radius }: RandomRecurrence): number => Math.ceil(8 / -Math.log(radius)) + 8;

/** Median, nine of ten, worst. */
export function printTightness(reset: Reset, { bounded, refused, tightness }: BoundCampaign): string {
  const at = (share: number): string =>
    (tightness[Math.ceil(share * tightness.length) - 1] as number).toFixed(3);
  const counts = `${bounded} bounded, ${refused.length} refused`;
  return `reset ${reset}: ${counts}; bound / worst driven value: median ${at(0.5)}, nine of ten ${at(0.9)}, worst ${at(1)}`;
}
