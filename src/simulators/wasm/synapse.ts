import type { Range } from "../../fixed/format.js";
import type { FixedLayer, FixedSynapse } from "../../ir/fixed.js";
import {
  type Code,
  type FunctionBuilder,
  fillZero,
  get,
  i32,
  i32x4,
  loopWhile,
  mem,
  op,
  repeat,
  set,
  tee,
  when,
} from "./asm.js";
import { partialSums } from "./assert-ranges.js";
import type { GraphInput } from "./graph.js";
import { fits16, fits32, type Lane, laneBytes, lengthOf, type Memory, type PixelMap } from "./memory.js";

/**
 * Convolutions. Binary operands (and whatever the others don't take) are scattered: each adds its weights, whole rows
 * of taps and channels, to the sums around it. Dense operands are gathered: P = hi·2^s + lo, both of 16 bits, so that
 * one instruction does four channels' pairs of products; zero pairs are left out.
 */

/** Memory of a synapse's operands: bytes of 0 and 1, or lanes. */
export type Operand =
  | { readonly kind: "bytes"; readonly at: number }
  | { readonly kind: "lanes"; readonly at: number; readonly lane: Lane };

/** The code of a synapse and where it leaves its sums. */
export interface SynapseCode {
  readonly code: Code;
  readonly sums: GraphInput;
}

/** Chooses the way and emits it. */
export function emitSynapse(
  f: FunctionBuilder,
  memory: Memory,
  layer: FixedLayer,
  input: PixelMap,
  output: PixelMap,
  operand: Operand,
  range: Range,
): SynapseCode {
  const { synapse } = layer;
  if (operand.kind === "bytes") {
    // A spike meets a sum once, and `range` holds the sum of any part of a neuron's weights: no lane overflows.
    const narrow = fits16(synapse.range) && fitsIn(synapse.weights, 8);
    const bits = narrow ? 16 : fits32(synapse.range) && fitsIn(synapse.weights, 16) ? 32 : 64;
    return emitScatter(f, memory, layer, input, output, operand, bits);
  }
  const split = splitOf(synapse, range);
  return split === undefined
    ? emitScatter(f, memory, layer, input, output, operand, 64)
    : emitGather(f, memory, layer, input, output, operand.at, split);
}

function fitsIn(weights: Int32Array, bits: number): boolean {
  const half = 2 ** (bits - 1);
  for (const w of weights) if (w < -half || w >= half) return false;
  return true;
}

/** Where taps of one input pixel go: sums from `row`, `column` on, weights of `phase`. */
interface Geometry {
  /** Rows and columns of taps per phase: what one input reaches. */
  readonly taps: readonly [rows: number, columns: number];
  /** Rows and columns of the map of sums, of which `first` is the first output. */
  readonly sums: readonly [rows: number, columns: number];
  readonly first: readonly [row: number, column: number];
  /** Per input pixel: sum of its first tap, phase; rows of taps that fall on the map, from the first such on. */
  readonly pixels: readonly {
    readonly sum: number;
    readonly phase: number;
    readonly skipped: number;
    readonly rows: number;
  }[];
  /** Per phase, per tap: the kernel's tap, undefined where it has none. */
  readonly phases: readonly (readonly (readonly [ky: number, kx: number] | undefined)[])[];
}

/**
 * On either axis, input y meets tap k at output o = (y + p − k) / s. With Y = ⌊(y + p) / s⌋ and phase
 * r = (y + p) mod s these are the taps k = r + s·j at outputs Y − j: a convolution of stride 1 per phase. Taps are
 * stored backwards, so that they fall on sums that ascend. Rows of taps beyond the map are skipped; sums beyond it to the
 * left and right are kept and never read.
 */
function geometryOf(layer: FixedLayer): Geometry {
  const { kernel, stride, padding } = layer.synapse;
  const sizes = {
    input: [layer.input.height, layer.input.width],
    output: [layer.output.height, layer.output.width],
  };
  if (layer.output.height === 1 && layer.output.width === 1) {
    // One position: each pixel has its own tap.
    const pixels = Array.from({ length: layer.input.height * layer.input.width }, (_, i) => i);
    const tap = (pixel: number): readonly [number, number] | undefined => {
      const ky = Math.floor(pixel / layer.input.width) + padding[0];
      const kx = (pixel % layer.input.width) + padding[1];
      return ky < kernel[0] && kx < kernel[1] ? [ky, kx] : undefined;
    };
    return {
      taps: [1, 1],
      sums: [1, 1],
      first: [0, 0],
      pixels: pixels.map((phase) => ({ sum: 0, phase, skipped: 0, rows: 1 })),
      phases: pixels.map((pixel) => [tap(pixel)]),
    };
  }
  const axes = [0, 1].map((a) => {
    const s = stride[a] as number;
    const p = padding[a] as number;
    const n = sizes.input[a] as number;
    const taps = Math.ceil((kernel[a] as number) / s);
    const last = Math.max(Math.floor((n - 1 + p) / s), (sizes.output[a] as number) - 1);
    const at = Array.from({ length: n }, (_, y) => ({ start: Math.floor((y + p) / s), phase: (y + p) % s }));
    const tapOf = (phase: number, position: number): number => phase + s * (taps - 1 - position);
    return { s, taps, size: last + taps, at, tapOf, kernel: kernel[a] as number };
  });
  const [y, x] = axes as [(typeof axes)[number], (typeof axes)[number]];
  return {
    taps: [y.taps, x.taps],
    sums: [y.size, x.size],
    first: [y.taps - 1, x.taps - 1],
    pixels: y.at.flatMap((row) => {
      const skipped = Math.max(0, y.taps - 1 - row.start);
      const end = Math.min(y.taps, y.taps - 1 + layer.output.height - row.start);
      return x.at.map((column) => ({
        sum: row.start * x.size + column.start,
        phase: row.phase * x.s + column.phase,
        skipped,
        rows: Math.max(0, end - skipped),
      }));
    }),
    phases: Array.from({ length: y.s * x.s }, (_, phase) =>
      Array.from({ length: y.taps * x.taps }, (_, tap) => {
        const ky = y.tapOf(Math.floor(phase / x.s), Math.floor(tap / x.taps));
        const kx = x.tapOf(phase % x.s, tap % x.taps);
        return ky < y.kernel && kx < x.kernel ? ([ky, kx] as const) : undefined;
      }),
    ),
  };
}

/** Longest row of sums that is unrolled, in vectors. */
const UNROLLED = 64;

/** Adds every operand's weights to the sums around it, in 16-, 32- or 64-bit lanes. */
function emitScatter(
  f: FunctionBuilder,
  memory: Memory,
  layer: FixedLayer,
  input: PixelMap,
  output: PixelMap,
  operand: Operand,
  bits: 16 | 32 | 64,
): SynapseCode {
  const g = geometryOf(layer);
  const { weights, kernel } = layer.synapse;
  const [kh, kw] = kernel;
  const tapCount = g.taps[0] * g.taps[1];
  const phaseWeights = tapCount * output.stride;
  // (input channel, phase, tap, output channel)
  const make = { 16: Int8Array, 32: Int16Array, 64: Int32Array }[bits];
  const table = new make(layer.input.channels * g.phases.length * phaseWeights);
  for (let i = 0; i < layer.input.channels; i++)
    g.phases.forEach((taps, phase) => {
      taps.forEach((tap, t) => {
        if (tap === undefined) return;
        const at = ((i * g.phases.length + phase) * tapCount + t) * output.stride;
        for (let c = 0; c < layer.output.channels; c++)
          table[at + c] = weights[((c * layer.input.channels + i) * kh + tap[0]) * kw + tap[1]] as number;
      });
    });
  const weightBytes = table.BYTES_PER_ELEMENT;
  const weightsAt = memory.put(table);
  const sumBytes = bits / 8;
  const rowLength = g.sums[1] * output.stride;
  const size = g.sums[0] * rowLength * sumBytes;
  const sums = memory.reserve(size);
  const rowWeights = g.taps[1] * output.stride;
  const pixels = memory.put(
    Int32Array.from(
      g.pixels.flatMap(({ sum, phase, skipped, rows }) => [
        sums + (sum * output.stride + skipped * rowLength) * sumBytes,
        weightsAt + (phase * phaseWeights + skipped * rowWeights) * weightBytes,
        rows,
        0,
      ]),
    ),
  );

  const [element, pixel, sum, weight, end, row] = f.locals("i32", 6);
  const factor = f.local("v128");
  const add = (sumAt: number, weightAt: number): Code => {
    const old = mem.load(sumAt, get(sum));
    if (bits === 16) return mem.store(sumAt, get(sum), op.i16x8add(old, mem.load8x8s(weightAt, get(weight))));
    if (bits === 32)
      return mem.store(sumAt, get(sum), op.i32x4add(old, mem.load16x4s(weightAt, get(weight))));
    const product = op.i64x2mul(mem.load32x2s(weightAt, get(weight)), get(factor));
    return mem.store(sumAt, get(sum), op.i64x2add(old, product));
  };
  const vectors = (rowWeights * sumBytes) / 16;
  const lanes = 16 / sumBytes;
  const advance = (local: number, by: number): Code => set(local, op.i32add(get(local), i32(by)));
  const oneRow: Code =
    vectors <= UNROLLED
      ? [
          Array.from({ length: vectors }, (_, v) => add(16 * v, v * lanes * weightBytes)),
          advance(sum, rowLength * sumBytes),
          advance(weight, vectors * lanes * weightBytes),
        ]
      : [
          set(end, op.i32add(get(sum), i32(vectors * 16))),
          repeat(
            [add(0, 0), advance(sum, 16), advance(weight, lanes * weightBytes)],
            op.i32ltu(get(sum), get(end)),
          ),
          advance(sum, rowLength * sumBytes - vectors * 16),
        ];
  const wholePixel = set(
    pixel,
    input.stride === 1 ? get(element) : op.i32divu(get(element), i32(input.stride)),
  );
  const channel =
    input.stride === 1 ? i32(0) : op.i32sub(get(element), op.i32mul(get(pixel), i32(input.stride)));
  const entry = op.i32shl(get(pixel), i32(4));
  const one: Code = [
    wholePixel,
    set(sum, mem.i32load(pixels, entry)),
    set(
      weight,
      op.i32add(
        mem.i32load(pixels + 4, entry),
        op.i32mul(channel, i32(g.phases.length * phaseWeights * weightBytes)),
      ),
    ),
    ...(g.taps[0] === 1
      ? [oneRow]
      : [
          when(
            tee(row, mem.i32load(pixels + 8, entry)),
            repeat(oneRow, tee(row, op.i32sub(get(row), i32(1)))),
          ),
        ]),
  ];
  const each =
    operand.kind === "bytes"
      ? [
          ...(bits === 64 ? [set(factor, op.i64splat([0x42, 1]))] : []),
          eachSpike(f, operand.at, lengthOf(input), element, one),
        ]
      : eachElement(operand.at, operand.lane, input, element, factor, one);
  const first = sums + (g.first[0] * rowLength + g.first[1] * output.stride) * sumBytes;
  return { code: [fillZero(sums, size), each], sums: { kind: "sums", at: first, bits, rowLength } };
}

/** Runs `body` with `element` at the index of every byte that is 1, ascending. */
export function eachSpike(f: FunctionBuilder, at: number, length: number, element: number, body: Code): Code {
  const [start, bits] = f.locals("i32", 2);
  const bytes = f.local("v128");
  return [
    set(start, i32(0)),
    repeat(
      [
        when(
          op.anytrue(tee(bytes, mem.load(at, get(start)))),
          set(bits, op.i8x16bitmask(op.i8x16neg(get(bytes)))),
          repeat(
            [set(element, op.i32add(get(start), op.i32ctz(get(bits)))), body],
            tee(bits, op.i32and(get(bits), op.i32sub(get(bits), i32(1)))),
          ),
        ),
        set(start, op.i32add(get(start), i32(16))),
      ],
      op.i32ltu(get(start), i32(length)),
    ),
  ];
}

/** Runs `body` with `factor` at every operand that is not 0, padding left out. */
function eachElement(
  at: number,
  lane: Lane,
  input: PixelMap,
  element: number,
  factor: number,
  body: Code,
): Code {
  const address = op.i32mul(get(element), i32(laneBytes(lane)));
  const value = lane === "i32" ? [mem.i32load(at, address), 0xac] : mem.i64load(at, address);
  const inside = op.i32ltu(
    op.i32sub(get(element), op.i32mul(op.i32divu(get(element), i32(input.stride)), i32(input.stride))),
    i32(input.channels),
  );
  const any = op.i32eqz(op.i64eqz(value));
  const test = input.stride === input.channels ? any : op.i32and(any, inside);
  return [
    set(element, i32(0)),
    repeat(
      [when(test, set(factor, op.i64splat(value)), body), set(element, op.i32add(get(element), i32(1)))],
      op.i32ltu(get(element), i32(lengthOf(input))),
    ),
  ];
}

/** How operands are cut into factors of 16 bits: lo of `low` bits without a sign, and hi above, if there is any. */
interface Split {
  readonly low: number;
  readonly wide: boolean;
}

/** A split whose sums of hi and of lo provably stay within 32 bits, over any part of a neuron's weights. */
export function splitOf(synapse: FixedSynapse, operand: Range): Split | undefined {
  if (!fitsIn(synapse.weights, 16)) return undefined;
  if (!fits32(operand)) return undefined;
  const sums = (x: Range): Range => partialSums(synapse.weights, synapse.outChannels, x);
  if (fits16(operand) && fits32(sums(operand))) return { low: 16, wide: false };
  for (const low of [12, 11, 13, 10, 14, 9, 15, 8]) {
    const high = { low: operand.low >> BigInt(low), high: operand.high >> BigInt(low) };
    const rest = { low: 0n, high: (1n << BigInt(low)) - 1n };
    if (fits16(high) && fits32(sums(high)) && fits32(sums(rest))) return { low, wide: true };
  }
  return undefined;
}

/** Channels of a block: four groups of four, whose hi and lo sums stay in registers. */
const BLOCK_GROUPS = 4;

/**
 * Lists the pairs of operands that are not both 0, row by row, then sums for every output the pairs inside its window:
 * rows of the list are in the order of x, so that a window's part of a row is one stretch of it.
 */
function emitGather(
  f: FunctionBuilder,
  memory: Memory,
  layer: FixedLayer,
  input: PixelMap,
  output: PixelMap,
  operand: number,
  split: Split,
): SynapseCode {
  const { weights, kernel, stride, padding } = layer.synapse;
  const [kh, kw] = kernel;
  const { channels: ci, height: hi, width: wi } = layer.input;
  const { channels: co, height: ho, width: wo } = layer.output;
  const pairs = Math.ceil(ci / 2);
  const tapBytes = output.stride * 4;
  // (tap, pair of input channels, output channel, one of the pair)
  const table = new Int16Array(kh * kw * pairs * output.stride * 2);
  for (let tap = 0; tap < kh * kw; tap++)
    for (let i = 0; i < ci; i++)
      for (let c = 0; c < co; c++)
        table[((tap * pairs + (i >> 1)) * output.stride + c) * 2 + (i & 1)] = weights[
          (c * ci + i) * kh * kw + tap
        ] as number;
  const weightsAt = memory.put(table);
  const entryBytes = split.wide ? 12 : 8;
  const list = memory.reserve(hi * wi * pairs * entryBytes);
  const starts = memory.reserve(hi * (wi + 1) * 4);
  const lane: Lane = fits32(layer.synapse.range) ? "i32" : "i64";
  const sums = memory.reserve(lengthOf(output) * laneBytes(lane));

  const add = (target: number, by: number): Code => set(target, op.i32add(get(target), i32(by)));

  // The list.
  const [next, start, source, offset, x, y, pair, left, right] = f.locals("i32", 9);
  const halves = (take: (word: Code) => Code): Code =>
    op.i32or(op.i32and(take(get(left)), i32(0xffff)), op.i32shl(take(get(right)), i32(16)));
  const low = split.wide
    ? (word: Code): Code => op.i32and(word, i32(2 ** split.low - 1))
    : (word: Code): Code => word;
  const high = (word: Code): Code => op.i32shrs(word, i32(split.low));
  const pairLoop = [
    set(left, mem.i32load(operand, get(source))),
    set(right, input.stride === 1 ? i32(0) : mem.i32load(operand + 4, get(source))),
    when(
      op.i32or(get(left), get(right)),
      mem.i32store(0, get(next), get(offset)),
      mem.i32store(4, get(next), halves(low)),
      split.wide ? mem.i32store(8, get(next), halves(high)) : [],
      add(next, entryBytes),
    ),
    add(source, input.stride === 1 ? 4 : 8),
    add(offset, tapBytes),
  ];
  const listing = [
    set(next, i32(list)),
    set(start, i32(starts)),
    set(source, i32(0)),
    set(y, i32(hi)),
    repeat(
      [
        set(offset, i32(0)),
        set(x, i32(wi)),
        repeat(
          [
            mem.i32store(0, get(start), get(next)),
            add(start, 4),
            set(pair, i32(pairs)),
            repeat(pairLoop, tee(pair, op.i32sub(get(pair), i32(1)))),
            ...(input.stride === 1 ? [] : [add(source, (input.stride - 2 * pairs) * 4)]),
          ],
          tee(x, op.i32sub(get(x), i32(1))),
        ),
        mem.i32store(0, get(start), get(next)),
        add(start, 4),
      ],
      tee(y, op.i32sub(get(y), i32(1))),
    ),
  ];

  // The sums.
  const [oy, ox, iy, from, to, tap, ky, target, window] = f.locals("i32", 9);
  // Per output column: where its window's part of a row starts and ends, and the weights of column 0.
  const columns = memory.put(
    Int32Array.from(
      Array.from({ length: wo }, (_, o) => {
        const first = o * stride[1] - padding[1];
        const clip = (at: number): number => Math.min(wi, Math.max(0, at));
        return [4 * clip(first), 4 * clip(first + kw), weightsAt - first * pairs * tapBytes, 0];
      }).flat(),
    ),
  );
  const groupCount = Math.ceil(co / 4);
  const blocks = Array.from({ length: Math.ceil(groupCount / BLOCK_GROUPS) }, (_, b) => {
    const groups = Math.min(BLOCK_GROUPS, groupCount - b * BLOCK_GROUPS);
    const lows = Array.from({ length: groups }, () => f.local("v128"));
    const highs = Array.from({ length: split.wide ? groups : 0 }, () => f.local("v128"));
    const [xLow, xHigh, w] = f.locals("v128", 3);
    const inner = [
      set(tap, op.i32add(mem.i32load(0, get(from)), get(window))),
      set(xLow, mem.load32splat(4, get(from))),
      split.wide ? set(xHigh, mem.load32splat(8, get(from))) : [],
      lows.map((sum, group) => [
        set(w, mem.load(16 * (b * BLOCK_GROUPS + group), get(tap))),
        set(sum, op.i32x4add(get(sum), op.i32x4dot(get(xLow), get(w)))),
        split.wide
          ? set(
              highs[group] as number,
              op.i32x4add(get(highs[group] as number), op.i32x4dot(get(xHigh), get(w))),
            )
          : [],
      ]),
      add(from, entryBytes),
    ];
    const write = (group: number): Code => {
      const sum = get(lows[group] as number);
      const at = (b * BLOCK_GROUPS + group) * 4 * laneBytes(lane) + sums;
      const hiSum = highs[group];
      if (lane === "i32") {
        const total = hiSum === undefined ? sum : op.i32x4add(sum, op.i32x4shl(get(hiSum), i32(split.low)));
        return mem.store(at, get(target), total);
      }
      return [op.i64x2low32, op.i64x2high32].map((extend, half) => {
        const total =
          hiSum === undefined
            ? extend(sum)
            : op.i64x2add(extend(sum), op.i64x2shl(extend(get(hiSum)), i32(split.low)));
        return mem.store(at + 16 * half, get(target), total);
      });
    };
    const rowStarts = op.i32add(op.i32mul(get(iy), i32((wi + 1) * 4)), i32(starts));
    const onePixel = [
      [...lows, ...highs].map((sum) => set(sum, i32x4(0n))),
      set(window, mem.i32load(columns + 8, get(ox))),
      set(ky, i32(0)),
      repeat(
        [
          when(
            op.i32ltu(get(iy), i32(hi)),
            set(tap, rowStarts),
            set(to, mem.i32load(0, op.i32add(get(tap), mem.i32load(columns + 4, get(ox))))),
            set(from, mem.i32load(0, op.i32add(get(tap), mem.i32load(columns, get(ox))))),
            loopWhile(op.i32ltu(get(from), get(to)), inner),
          ),
          add(window, kw * pairs * tapBytes),
          add(iy, 1),
        ],
        op.i32ltu(tee(ky, op.i32add(get(ky), i32(1))), i32(kh)),
      ),
      add(iy, -kh),
      lows.map((_, group) => write(group)),
      add(target, output.stride * laneBytes(lane)),
    ];
    return [
      set(target, i32(0)),
      set(iy, i32(-padding[0])),
      set(oy, i32(ho)),
      repeat(
        [
          set(ox, i32(0)),
          repeat([onePixel, add(ox, 16)], op.i32ltu(get(ox), i32(wo * 16))),
          add(iy, stride[0]),
        ],
        tee(oy, op.i32sub(get(oy), i32(1))),
      ),
    ];
  });
  const sumBits = lane === "i32" ? 32 : 64;
  return {
    code: [listing, blocks],
    sums: { kind: "sums", at: sums, bits: sumBits, rowLength: output.width * output.stride },
  };
}
