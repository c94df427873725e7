import type { Range } from "../../fixed/format.js";
import type { FixedExpr, FixedGraph } from "../../ir/fixed.js";
import { type Code, extract32, get, i32x4, mem, op, tee } from "./asm.js";
import type { FunctionBuilder } from "./assemble.js";
import { type Evaluation, evaluate } from "./graph/expressions.js";
import { needed } from "./graph/needed.js";
import { splitShifts } from "./graph/split-shifts.js";
import { emptyValues } from "./graph/values.js";
import { straightCode, type Vectors, vectorsOf } from "./graph/vectors.js";
import { type Walk, walkOver } from "./graph/walk.js";
import { isWideProduct } from "./graph/wide-product.js";
import { type Lane, laneBytes, type Memory, type PixelMap } from "./memory.js";
import type { Numbers } from "./pooling.js";

/**
 * Element-wise recurrences, four elements at a time: every element's input and states are read, its expressions
 * evaluated in order, and its results and next states written.
 */

/** Sums in `bits`-bit lanes, of which a row has `rowLength`. */
export interface Sums extends Numbers {
  readonly kind: "sums";
}

/** Where `input` of a graph comes from: spikes as bytes, or sums. */
export type GraphInput = { readonly kind: "bytes"; readonly at: number } | Sums;

/** Where a result goes: bytes of 0 and 1, or lanes. */
export type GraphOutput =
  | { readonly id: string; readonly kind: "bytes"; readonly at: number }
  | { readonly id: string; readonly kind: "lanes"; readonly at: number; readonly lane: Lane };

/** Where a state lies, and its lanes. */
export interface StatePlace {
  readonly at: number;
  readonly lane: Lane;
}

/** Evaluates `specified` on every element of `map` and writes `outputs` and the states' next values. */
export function emitGraph(
  f: FunctionBuilder,
  memory: Memory,
  specified: FixedGraph<string>,
  map: PixelMap,
  input: GraphInput,
  outputs: readonly GraphOutput[],
  states: ReadonlyMap<string, StatePlace>,
): Code {
  const graph = splitShifts(specified);
  const ids = outputs.map((o) => o.id);
  const exprs = needed(graph, ids);
  // Channels behind the last must send no spike.
  const masked = map.stride !== map.channels && outputs.some((o) => o.kind === "bytes");
  const walk = walkOver(f, memory, {
    map,
    perChannel: masked || exprs.some((e) => constantsOf(e) > 1),
    ...(input.kind === "sums" ? { sums: input } : {}),
  });
  const straight = straightCode(f);
  const values = emptyValues(straight);
  const ranges = new Map(graph.exprs.map((e) => [e.id, e.range]));
  const load = ({ at, lane }: StatePlace): Vectors =>
    straight.each(lane, (n) => mem.load(at + 16 * n, walk.address(laneBytes(lane))));
  const evaluation: Evaluation = {
    straight,
    values,
    wide: new Set(exprs.filter((e) => isWideProduct(graph, e, exprs)).map((e) => e.id)),
    rangeOf: (id) => ranges.get(id) as Range,
    constants: walk.constants,
    loadInput: () => straight.each(inputLane(input), (n) => inputVector(input, walk, n)),
    loadState: (name) => load(states.get(name) as StatePlace),
  };
  for (const e of exprs) values.define(e.id, evaluate(evaluation, e));

  const store = ({ at, lane }: StatePlace, id: string): void => {
    const { locals } = values.as(id, lane);
    for (const n of vectorsOf(lane))
      straight.add(mem.store(at + 16 * n, walk.address(laneBytes(lane)), get(locals[n] as number)));
  };
  for (const s of graph.states) store(states.get(s.name) as StatePlace, s.next);
  for (const output of outputs) {
    if (output.kind === "lanes") {
      store(output, output.id);
      continue;
    }
    const ones = Array.from({ length: map.stride }, (_, c) => (c < map.channels ? 1n : 0n));
    const spikes = get(values.mask(output.id));
    const mask = op.and(spikes, masked ? (walk.constants(ones, "i32")[0] as Code) : i32x4(1n));
    straight.add(mem.i32store(output.at, walk.address(1), asBytes(f, mask)));
  }
  return walk.over(straight.code);
}

/** Four lanes of 0 and 1 as four bytes of an i32. */
function asBytes(f: FunctionBuilder, lanes: Code): Code {
  const words = f.local("v128");
  return extract32(op.i8x16narrow(tee(words, op.i16x8narrow(lanes, lanes)), get(words)), 0);
}

const inputLane = (input: GraphInput): Lane => (input.kind === "sums" && input.bits === 64 ? "i64" : "i32");

/** Vector `n` of the graph's input at the elements of the walk. */
function inputVector(input: GraphInput, walk: Walk, n: number): Code {
  if (input.kind === "bytes") return op.i32x4lowu16(op.i16x8lowu8(mem.load32zero(input.at, walk.address(1))));
  if (input.bits === 16) return mem.load16x4s(input.at, walk.sums);
  return mem.load(input.at + 16 * n, walk.sums);
}

/** How many constants an expression has: one for all channels, or one a channel. */
function constantsOf(e: FixedExpr): number {
  if (e.kind === "constant") return e.value.length;
  if (e.kind === "mulc") return e.by.length;
  return e.kind === "shl" ? e.bits.length : 1;
}
