import {
  advance,
  type Code,
  countDown,
  fillZero,
  get,
  i32,
  i64,
  mem,
  op,
  repeat,
  set,
  tee,
  when,
} from "../asm.js";
import { lengthOf } from "../memory.js";
import { eachElement, eachSpike } from "./each-operand.js";
import { type Geometry, geometryOf } from "./geometry.js";
import type { Operand, SynapseCode, SynapseSite } from "./places.js";

/**
 * Scattering: each operand that is not 0 adds its weights, whole rows of taps and channels, to the sums around it. What
 * an operand adds to is looked up by its pixel, since the rows of its taps lie side by side, as the rows of sums do.
 */

/** Bits of the lanes of the sums; weights have half of them. */
export type SumBits = 16 | 32 | 64;

/** Longest row of sums that is unrolled, in vectors. */
const UNROLLED = 64;

/** Strides of the tables and of the sums, in elements. */
interface Strides {
  /** Weights of one row of taps, and the sums that they are added to. */
  readonly tapRow: number;
  /** Weights of one phase. */
  readonly phase: number;
  /** Weights of one input channel. */
  readonly channel: number;
  /** Sums of one row of the map. */
  readonly sumRow: number;
}

/** Locals with the addresses that the addition of a row runs over. */
interface Cursors {
  readonly sum: number;
  readonly weight: number;
  readonly end: number;
  /** The operand, in two lanes of 64 bits; of spikes it is 1. */
  readonly factor: number;
}

/** Adds every operand's weights to the sums around it. */
export function emitScatter(site: SynapseSite, operand: Operand, bits: SumBits): SynapseCode {
  const { f, memory, layer, input, output } = site;
  const g = geometryOf(layer, output);
  const strides = stridesOf(g, output.stride);
  const table = weightTable(site, g, strides, bits);
  const weightBytes = table.BYTES_PER_ELEMENT;
  const weightsAt = memory.put(table);
  const sumBytes = bits / 8;
  const size = g.sums[0] * strides.sumRow * sumBytes;
  const sums = memory.reserve(size);
  const pixels = memory.put(
    Int32Array.from(
      g.pixels.flatMap(({ sum, phase, skipped, rows }) => [
        sums + (sum * output.stride + skipped * strides.sumRow) * sumBytes,
        weightsAt + (phase * strides.phase + skipped * strides.tapRow) * weightBytes,
        rows,
        0,
      ]),
    ),
  );

  const [element, pixel, sum, weight, end, row] = f.locals("i32", 6);
  const factor = f.local("v128");
  const oneRow = addRow({ sum, weight, end, factor }, strides, bits);
  // A map of one channel lies dense: an element is a pixel.
  const dense = input.stride === 1;
  const wholePixel = dense ? get(element) : op.i32divu(get(element), i32(input.stride));
  const channel = dense ? i32(0) : op.i32sub(get(element), op.i32mul(get(pixel), i32(input.stride)));
  const entry = op.i32shl(get(pixel), i32(4));
  const channelWeights = op.i32mul(channel, i32(strides.channel * weightBytes));
  const one: Code = [
    set(pixel, wholePixel),
    set(sum, mem.i32load(pixels, entry)),
    set(weight, op.i32add(mem.i32load(pixels + 4, entry), channelWeights)),
    g.taps[0] === 1 ? oneRow : when(tee(row, mem.i32load(pixels + 8, entry)), repeat(oneRow, countDown(row))),
  ];
  const each =
    operand.kind === "bytes"
      ? [
          bits === 64 ? set(factor, op.i64splat(i64(1n))) : [],
          eachSpike(f, operand.at, lengthOf(input), element, one),
        ]
      : eachElement(operand.at, operand.lane, input, element, factor, one);
  const first = sums + (g.first[0] * strides.sumRow + g.first[1] * output.stride) * sumBytes;
  return {
    code: [fillZero(sums, size), each],
    sums: { kind: "sums", at: first, bits, rowLength: strides.sumRow },
  };
}

function stridesOf({ taps, sums, phases }: Geometry, channels: number): Strides {
  const tapRow = taps[1] * channels;
  const phase = taps[0] * tapRow;
  return { tapRow, phase, channel: phases.length * phase, sumRow: sums[1] * channels };
}

/** Weights by (input channel, phase, tap, output channel); 0 where a phase has no tap. */
function weightTable(
  { layer, output }: SynapseSite,
  { phases }: Geometry,
  strides: Strides,
  bits: SumBits,
): Int8Array | Int16Array | Int32Array {
  const { weights, kernel } = layer.synapse;
  const [kh, kw] = kernel;
  const make = { 16: Int8Array, 32: Int16Array, 64: Int32Array }[bits];
  const table = new make(layer.input.channels * strides.channel);
  for (let i = 0; i < layer.input.channels; i++)
    phases.forEach((taps, phase) => {
      taps.forEach((tap, t) => {
        if (tap === undefined) return;
        const at = i * strides.channel + phase * strides.phase + t * output.stride;
        for (let c = 0; c < output.channels; c++)
          table[at + c] = weights[((c * layer.input.channels + i) * kh + tap[0]) * kw + tap[1]] as number;
      });
    });
  return table;
}

/** Adds a row of taps to a row of sums, and moves on to the next of both. */
function addRow({ sum, weight, end, factor }: Cursors, strides: Strides, bits: SumBits): Code {
  const add = (sumAt: number, weightAt: number): Code => {
    const old = mem.load(sumAt, get(sum));
    const store = (total: Code): Code => mem.store(sumAt, get(sum), total);
    if (bits === 16) return store(op.i16x8add(old, mem.load8x8s(weightAt, get(weight))));
    if (bits === 32) return store(op.i32x4add(old, mem.load16x4s(weightAt, get(weight))));
    return store(op.i64x2add(old, op.i64x2mul(mem.load32x2s(weightAt, get(weight)), get(factor))));
  };
  const nextRow = (strides.sumRow * bits) / 8;
  const vectors = (strides.tapRow * bits) / 128;
  // Weights have half the bits of sums.
  if (vectors <= UNROLLED)
    return [
      Array.from({ length: vectors }, (_, v) => add(16 * v, 8 * v)),
      advance(sum, nextRow),
      advance(weight, vectors * 8),
    ];
  return [
    set(end, op.i32add(get(sum), i32(vectors * 16))),
    repeat([add(0, 0), advance(sum, 16), advance(weight, 8)], op.i32ltu(get(sum), get(end))),
    advance(sum, nextRow - vectors * 16),
  ];
}
