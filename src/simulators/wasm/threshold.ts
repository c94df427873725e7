import type { Range } from "../../fixed/format.js";
import { type Code, get, i32, i64, mem, op, set, tee } from "./asm.js";
import type { FunctionBuilder } from "./assemble.js";
import { type Lane, laneBytes, type Memory } from "./memory.js";

/**
 * Counting thresholds ≤ x: a table of buckets, each 2^k wide, says how many lie before x's bucket; a branchless binary
 * search among those inside it says the rest. Without buckets the search goes over the whole table.
 */
export interface ThresholdSearch {
  /** The lowest threshold of each channel, in the potential's lanes. */
  readonly lowest: number;
  /** The count, as i32; x in a local and not below the channel's lowest threshold. */
  count(x: number, channel: number): Code;
}

/** Bucket counts that are tried; each table has one byte a bucket, and all of them should stay in the cache. */
const BUCKETS = [32, 64, 128, 256, 512];
const BUCKET_BYTES = 32768;

/** Buckets of all tables: start[table · count + b] thresholds lie before bucket b, at most 2^steps − 1 inside it. */
interface Buckets {
  readonly count: number;
  readonly shift: number;
  readonly steps: number;
  readonly start: Uint8Array;
}

/** A search over `thresholds`, one table or one per channel, for potentials in `range` in `lane` lanes. */
export function emitThresholds(
  f: FunctionBuilder,
  memory: Memory,
  thresholds: readonly (readonly bigint[])[],
  range: Range,
  lane: Lane,
  channels: number,
): ThresholdSearch {
  // Thresholds beyond the potential's interval count always or never: they move to its ends.
  const never = range.high + 1n;
  const clipped = thresholds.map((table) =>
    table.map((t) => (t < range.low ? range.low : t < never ? t : never)),
  );
  const most = Math.max(...clipped.map((table) => table.length));
  const buckets = bucketsOf(clipped, range);
  const steps = buckets?.steps ?? Math.ceil(Math.log2(most + 1));
  const bytes = laneBytes(lane);
  const inLanes = (values: BigInt64Array) => (lane === "i64" ? values : Int32Array.from(values, Number));
  // A search from any start reads 2^steps − 1 entries at most; what is behind a table is never reached.
  const entries = most + 2 ** steps;
  const tables = new BigInt64Array(entries * clipped.length).fill(never);
  clipped.forEach((table, n) => {
    tables.set(table, n * entries);
  });
  const tablesAt = memory.put(inLanes(tables));
  const startsAt = buckets === undefined ? 0 : memory.put(buckets.start);
  const tableOf = (c: number): number => (c < clipped.length ? c : 0);
  const lowest = memory.put(
    inLanes(BigInt64Array.from({ length: channels }, (_, c) => tables[tableOf(c) * entries] as bigint)),
  );

  const [low, base, bucket] = f.locals("i32", 3);
  const single = clipped.length === 1;
  const scaled = (local: number, by: number): Code => op.i32mul(get(local), i32(by));
  const load = (at: number, address: Code): Code =>
    lane === "i32" ? mem.i32load(at, address) : mem.i64load(at, address);
  const atLeast = lane === "i32" ? op.i32ges : op.i64ges;

  const startOf = ({ count, shift }: Buckets, x: number, channel: number): Code => {
    const first = load(lowest, scaled(channel, bytes));
    const index =
      lane === "i32"
        ? op.i32shru(op.i32sub(get(x), first), i32(shift))
        : op.i32wrap(op.i64shru(op.i64sub(get(x), first), i64(BigInt(shift))));
    const clip = op.select(tee(bucket, index), i32(count - 1), op.i32ltu(get(bucket), i32(count)));
    const address = single ? clip : op.i32add(clip, scaled(channel, count));
    return op.i32mul(mem.i32load8u(startsAt, address), i32(bytes));
  };
  return {
    lowest,
    count: (x, channel) => [
      set(base, single ? i32(tablesAt) : op.i32add(i32(tablesAt), scaled(channel, entries * bytes))),
      set(low, buckets === undefined ? get(base) : op.i32add(get(base), startOf(buckets, x, channel))),
      Array.from({ length: steps }, (_, n) => {
        const half = 2 ** (steps - 1 - n);
        const taken = atLeast(get(x), load((half - 1) * bytes, get(low)));
        return set(low, op.i32add(get(low), op.i32mul(taken, i32(half * bytes))));
      }),
      op.i32shru(op.i32sub(get(low), get(base)), i32(lane === "i32" ? 2 : 3)),
    ],
  };
}

/** The buckets that leave fewest steps; none where they spare less than two, or a distance takes too many bits. */
function bucketsOf(tables: readonly (readonly bigint[])[], range: Range): Buckets | undefined {
  const reachable = tables.map((table) => table.filter((t) => t <= range.high));
  const most = Math.max(...tables.map((table) => table.length));
  if (most > 255 || most === 0) return undefined;
  const spans = reachable.map((table) => (table.at(-1) ?? 0n) - (table[0] ?? 0n));
  const span = spans.reduce((a, b) => (a > b ? a : b));
  const farthest = range.high - range.low;
  let best: Buckets | undefined;
  for (const count of BUCKETS) {
    if (count * tables.length > BUCKET_BYTES) break;
    let shift = 0;
    while (span >> BigInt(shift) >= BigInt(count)) shift++;
    // Distances are unsigned, in the lane and as an index.
    if (farthest >= 2n ** 63n || farthest >> BigInt(shift) >= 2n ** 32n || shift > 31 + 32) continue;
    const start = new Uint8Array(count * tables.length);
    let fullest = 0;
    reachable.forEach((table, n) => {
      let [bucket, before] = [0, 0];
      const first = table[0] ?? 0n;
      for (let i = 0; i <= table.length; i++) {
        const t = table[i];
        const own = t === undefined ? count : Number((t - first) >> BigInt(shift));
        if (own > bucket) {
          fullest = Math.max(fullest, i - before);
          start.fill(i, n * count + bucket + 1, n * count + Math.min(own, count - 1) + 1);
          [bucket, before] = [own, i];
        }
      }
    });
    const steps = Math.ceil(Math.log2(fullest + 1));
    if (best === undefined || steps < best.steps) best = { count, shift, steps, start };
  }
  return best !== undefined && best.steps + 2 <= Math.ceil(Math.log2(most + 1)) ? best : undefined;
}
