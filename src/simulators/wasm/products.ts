import type { FixedLinearReadout } from "../../ir/fixed.js";
import { type Code, get, i32, mem, op, set } from "./asm.js";
import type { FunctionBuilder } from "./assemble.js";
import { fits32, type Lane, laneBytes, type Memory, type PixelMap } from "./memory.js";

/** Where a readout's logits are. */
export interface LogitsPlace {
  readonly at: number;
  readonly lane: Lane;
}

/** Sums of products of one readout: `add` takes an activation and the index of its element. */
export interface Products {
  readonly start: Code;
  add(activation: Code, element: Code): Code;
  readonly end: Code;
  readonly logits: LogitsPlace;
}

/** Most vectors of logits that are kept in locals. */
const VECTORS_IN_LOCALS = 12;

/**
 * Logits in 32-bit lanes if their interval, partial sums included, fits: products of 16-bit factors where weights and
 * activations allow it. Else in 64-bit lanes.
 */
export function emitProducts(
  f: FunctionBuilder,
  memory: Memory,
  readout: FixedLinearReadout,
  pooled: PixelMap,
): Products {
  const { classes } = readout;
  const lane = fits32(readout.range) ? "i32" : "i64";
  const width = Math.ceil(classes / 8) * 8;
  const plane = pooled.height * pooled.width;
  const most = readout.weights.reduce((m, w) => Math.max(m, w < 0 ? -1 - w : w), 0);
  const halves = lane === "i32" && readout.activationBits <= 15 && most < 2 ** 15;
  const make = !halves ? Int32Array : most < 128 ? Int8Array : Int16Array;
  // (element as it lies in memory, class)
  const table = new make(pooled.height * pooled.width * pooled.stride * width);
  let from = 0;
  for (let c = 0; c < classes; c++)
    for (let channel = 0; channel < pooled.channels; channel++)
      for (let pixel = 0; pixel < plane; pixel++)
        table[(pixel * pooled.stride + channel) * width + c] = readout.weights[from++] as number;
  const weightsAt = memory.put(table);
  const bias = Array.from({ length: width }, (_, c) => readout.bias[c] ?? 0n);
  const biasAt = memory.put(lane === "i32" ? Int32Array.from(bias, Number) : BigInt64Array.from(bias));
  const logits = memory.reserve(width * laneBytes(lane));
  const vectors = (width * laneBytes(lane)) / 16;
  const kept =
    vectors <= VECTORS_IN_LOCALS ? Array.from({ length: vectors }, () => f.local("v128")) : undefined;
  const row = f.local("i32");
  const p = f.local("v128");
  const w = f.local("v128");
  const bytes = table.BYTES_PER_ELEMENT;
  const sumOf = (v: number): Code => {
    const local = kept?.[v];
    return local === undefined ? mem.load(logits + 16 * v, i32(0)) : get(local);
  };
  const put = (v: number, value: Code): Code => {
    const local = kept?.[v];
    return local === undefined ? mem.store(logits + 16 * v, i32(0), value) : set(local, value);
  };
  const eights = Array.from({ length: width / 8 }, (_, e) => e);
  const addAll: Code = halves
    ? eights.map((e) => [
        set(w, bytes === 1 ? mem.load8x8s(8 * e, get(row)) : mem.load(16 * e, get(row))),
        put(2 * e, op.i32x4add(sumOf(2 * e), op.i32x4extmullow(get(w), get(p)))),
        put(2 * e + 1, op.i32x4add(sumOf(2 * e + 1), op.i32x4extmulhigh(get(w), get(p)))),
      ])
    : lane === "i32"
      ? Array.from({ length: vectors }, (_, v) =>
          put(v, op.i32x4add(sumOf(v), op.i32x4mul(mem.load(16 * v, get(row)), get(p)))),
        )
      : Array.from({ length: vectors / 2 }, (_, v) => [
          set(w, mem.load(16 * v, get(row))),
          put(2 * v, op.i64x2add(sumOf(2 * v), op.i64x2extmullow(get(w), get(p)))),
          put(2 * v + 1, op.i64x2add(sumOf(2 * v + 1), op.i64x2extmulhigh(get(w), get(p)))),
        ]);
  return {
    logits: { at: logits, lane },
    start: Array.from({ length: vectors }, (_, v) => put(v, mem.load(biasAt + 16 * v, i32(0)))),
    add: (activation, element) => [
      set(p, (halves ? op.i16splat : op.i32splat)(activation)),
      set(row, op.i32add(i32(weightsAt), op.i32mul(element, i32(width * bytes)))),
      addAll,
    ],
    end: kept === undefined ? [] : kept.map((local, v) => mem.store(logits + 16 * v, i32(0), get(local))),
  };
}
