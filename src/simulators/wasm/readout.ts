import type { Range } from "../../fixed/format.js";
import type { FixedPotentialReadout, FixedReadout } from "../../ir/fixed.js";
import { advance, type Code, get, i32, i64, mem, op, repeat, set, tee, when } from "./asm.js";
import type { FunctionBuilder } from "./assemble.js";
import { type Lane, laneBytes, laneOf, type Memory, neuronMap, type PixelMap } from "./memory.js";
import { emitPoolMax } from "./pooling.js";
import { emitProducts, type LogitsPlace } from "./products.js";
import { emitThresholds } from "./threshold.js";

/**
 * Readouts: potentials are pooled; where one reaches the lowest threshold, a binary search gives its activation, whose
 * products are added to all classes' logits. Most activations are 0 and cost one comparison of four.
 */

/** The lanes of a potential that `readouts` read: those that hold it and every threshold that it can reach. */
export const potentialLane = (range: Range): Lane => laneOf({ low: range.low, high: range.high + 1n });

/** Where the pooled potentials of a readout are. */
export interface PotentialsPlace {
  readonly at: number;
  readonly lane: Lane;
  readonly map: PixelMap;
}

/** Adds each class's bias to its potential, which lie side by side in `lane` lanes. */
function emitBiased(
  memory: Memory,
  { bias, classes, range }: FixedPotentialReadout,
  potentials: number,
  lane: Lane,
): { readonly code: Code; readonly logits: LogitsPlace } {
  const out = laneOf(range);
  const [from, to] = [laneBytes(lane), laneBytes(out)];
  const at = memory.reserve(classes * to);
  const wide = lane === "i64" || out === "i64";
  const read = (c: number): Code => {
    const place = potentials + from * c;
    return lane === "i64" ? mem.i64load(place, i32(0)) : mem.i32load(place, i32(0));
  };
  const sum = (c: number, by: bigint): Code => {
    if (!wide) return op.i32add(read(c), i32(Number(by)));
    return op.i64add(lane === "i64" ? read(c) : op.i64extend(read(c)), i64(by));
  };
  const code = bias.map((by, c) =>
    out === "i64"
      ? mem.i64store(at + to * c, i32(0), sum(c, by))
      : mem.i32store(at + to * c, i32(0), wide ? op.i32wrap(sum(c, by)) : sum(c, by)),
  );
  return { code, logits: { at, lane: out } };
}

/** Computes a readout's logits from its layer's potentials at `potentials`, in `lane` lanes. */
export function emitReadout(
  f: FunctionBuilder,
  memory: Memory,
  readout: FixedReadout,
  map: PixelMap,
  potentials: number,
  range: Range,
): { readonly code: Code; readonly logits: LogitsPlace; readonly potentials: PotentialsPlace } {
  const lane = potentialLane(range);
  if (readout.kind === "potential") {
    const { code, logits } = emitBiased(memory, readout, potentials, lane);
    return { code, logits, potentials: { at: potentials, lane, map } };
  }
  const pooled = neuronMap(readout.input);
  const size = pooled.height * pooled.width * pooled.stride;
  const whole = {
    at: potentials,
    bits: lane === "i32" ? 32 : 64,
    rowLength: map.width * map.stride,
  } as const;
  const {
    code: pooling,
    pooled: { at: source },
  } =
    readout.pool === undefined
      ? { code: [], pooled: whole }
      : emitPoolMax(f, memory, readout.pool, pooled, whole);

  const bytes = laneBytes(lane);
  const search = emitThresholds(f, memory, readout.thresholds, range, lane, pooled.stride);
  const products = emitProducts(f, memory, readout, pooled);
  const [element, group, lanes, address] = f.locals("i32", 4);
  const x = f.local(lane);
  const channel = f.local("i32");
  const load = (at: Code): Code => (lane === "i32" ? mem.i32load(0, at) : mem.i64load(0, at));
  const inLanes = (local: number): Code => op.i32shl(get(local), i32(lane === "i32" ? 2 : 3));
  const at = (half: number): Code => mem.load(source + half, inLanes(element));
  const lowest = (half: number): Code => mem.load(search.lowest + half, inLanes(group));
  const reached =
    lane === "i32"
      ? op.i32x4bitmask(op.i32x4ges(at(0), lowest(0)))
      : op.i32or(
          op.i64x2bitmask(op.i64x2ges(at(0), lowest(0))),
          op.i32shl(op.i64x2bitmask(op.i64x2ges(at(16), lowest(16))), i32(2)),
        );
  const potential = op.i32add(i32(source), op.i32mul(op.i32add(get(element), get(address)), i32(bytes)));
  const activation = [
    set(x, load(potential)),
    products.add(search.count(x, channel), op.i32add(get(element), get(address))),
  ];
  const inside = op.i32ltu(get(channel), i32(readout.input.channels));
  const one = [
    set(address, op.i32ctz(get(lanes))),
    set(channel, op.i32add(get(group), get(address))),
    pooled.stride === pooled.channels ? activation : when(inside, activation),
  ];
  const body = [
    when(tee(lanes, reached), repeat(one, tee(lanes, op.i32and(get(lanes), op.i32sub(get(lanes), i32(1)))))),
    advance(element, 4),
    advance(group, 4),
  ];
  const code = [
    pooling,
    products.start,
    set(element, i32(0)),
    repeat(
      [set(group, i32(0)), repeat(body, op.i32ltu(get(group), i32(pooled.stride)))],
      op.i32ltu(get(element), i32(size)),
    ),
    products.end,
  ];
  return { code, logits: products.logits, potentials: { at: source, lane, map: pooled } };
}
