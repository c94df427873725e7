import { assertNever, type Diagnostic, diagnostic } from "../../diagnostics/diagnostic.js";
import { bitLength } from "../../fixed/format.js";
import { exactLog2, floorQuotient } from "../../fixed/rational.js";
import { type Deviation, type FixedLayer, type FixedReadout, rangeOfId } from "../../ir/fixed.js";
import { TICK_BITS } from "../../ir/frame.js";
import type { LinearReadout, PerChannel, PotentialReadout, SpikingReadout } from "../../ir/spiking.js";
import { biasFraction, noFraction, ranks } from "./bias-fraction.js";
import { thresholdTables } from "./thresholds.js";

/** Bits of an integer that simulators hold exactly. */
const DOUBLE_BITS = 53;

/** Widest activation whose threshold table is still built: 2^12 − 1 thresholds a channel. */
const MAX_ACTIVATION_BITS = 12;

/** What a readout becomes in integers, if it can. */
interface LoweredReadout {
  readonly output: FixedReadout | undefined;
  readonly deviations: readonly Deviation[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Units of a layer's potentials, and what their integers lack. */
interface Units {
  readonly scale: PerChannel;
  readonly offset: PerChannel;
}

const refused = (...diagnostics: readonly Diagnostic[]): LoweredReadout => ({
  output: undefined,
  deviations: [],
  diagnostics,
});

/** Lowers one readout: integer logits in one unit. */
export function lowerReadout(readout: SpikingReadout, layer: FixedLayer, potential: Units): LoweredReadout {
  switch (readout.kind) {
    case "linear":
      return lowerLinear(readout, layer, potential);
    case "potential":
      return lowerPotential(readout, layer, potential);
    default:
      return assertNever(readout);
  }
}

/** Potentials are compared as they are, all in one unit; what their integers lack is a bias. */
function lowerPotential(
  { kind, name, origin, classes, vote, layer: of }: PotentialReadout,
  layer: FixedLayer,
  { scale, offset }: Units,
): LoweredReadout {
  const loc = origin[0] ?? {};
  const [unit = 1] = scale;
  if (scale.some((s) => s !== unit)) return refused(diagnostic("readout-scales", loc, { readout: name }));
  const biases = Array.from({ length: classes }, (_, c) => (offset[c] ?? offset[0] ?? 0) as number);
  const bias = biases.map((b) => floorQuotient(b, unit));
  const { low, high } = rangeOfId(layer.post, layer.post.outputs.potential);
  const most = Math.max(...[low, high, ...bias].map((v) => bitLength(v < 0n ? -v : v))) + 2;
  const need = most + (vote === "sum" ? TICK_BITS : 0);
  if (need > DOUBLE_BITS) return refused(diagnostic("sum-too-wide", loc, { where: name, need }));
  const { fraction, deviations } =
    vote === "sum" ? biasFraction(name, biases, unit) : { fraction: noFraction(classes), deviations: [] };
  const shared = { kind, name, origin, layer: of, pool: undefined, input: layer.output, classes } as const;
  const output = { ...shared, bias, rank: ranks(biases, unit), fraction, unit, range: { low, high }, vote };
  return { output, deviations, diagnostics: [] };
}

/** Thresholds by bisection on the double-precision activation. */
function lowerLinear(readout: LinearReadout, layer: FixedLayer, potential: Units): LoweredReadout {
  const loc = readout.origin[0] ?? {};
  const q = readout.activation.quantiser;
  if (q === undefined || q.signed || q.bits > MAX_ACTIVATION_BITS || q.scale.length !== 1) {
    const found = q === undefined ? "none" : `${q.signed ? "signed" : "unsigned"} ${q.bits} bits`;
    return refused(diagnostic("readout-activation", loc, { readout: readout.name, found }));
  }
  if (readout.weights.kind === "real") {
    throw new Error(`compiler bug: weights of readout '${readout.name}' reach the lowering unquantised`);
  }
  const common = commonUnit(readout.weights.raw, readout.weights.scale, readout.classes);
  if (common === undefined) {
    return refused(diagnostic("readout-scales", loc, { readout: readout.name }));
  }
  const unit = common.scale * (q.scale[0] as number);
  const bias = readout.bias.map((b) => floorQuotient(b, unit));
  // A frame's sum of logits is kept exactly, too.
  const need = sumBits(common.raw, bias, q.bits) + (readout.vote === "sum" ? TICK_BITS : 0);
  if (need > DOUBLE_BITS) return refused(diagnostic("sum-too-wide", loc, { where: readout.name, need }));
  const { fraction, deviations } =
    readout.vote === "sum"
      ? biasFraction(readout.name, readout.bias, unit)
      : { fraction: noFraction(readout.classes), deviations: [] };
  const range = rangeOfId(layer.post, layer.post.outputs.potential);
  const pool = readout.pool;
  const input = {
    channels: layer.output.channels,
    height: Math.floor(layer.output.height / (pool?.height ?? 1)),
    width: Math.floor(layer.output.width / (pool?.width ?? 1)),
  };
  return {
    output: {
      kind: "linear",
      name: readout.name,
      origin: readout.origin,
      layer: readout.layer,
      pool,
      input,
      activationBits: q.bits,
      thresholds: thresholdTables(readout.activation, q, potential, range),
      weights: common.raw,
      weightBits: readout.weights.bits + common.extraBits,
      classes: readout.classes,
      bias,
      rank: ranks(readout.bias, unit),
      fraction,
      unit,
      range: { low: 0n, high: 0n },
      vote: readout.vote,
    },
    deviations,
    diagnostics: [],
  };
}

/** Bits that the logits take at most. */
function sumBits(weights: Int32Array, bias: readonly bigint[], activationBits: number): number {
  const most = 2n ** BigInt(activationBits) - 1n;
  const columns = weights.length / bias.length;
  const ends = bias.map((b, c) => {
    const sum = weights.subarray(c * columns, (c + 1) * columns).reduce((s, w) => s + Math.abs(w), 0);
    return (b < 0n ? -b : b) + BigInt(sum) * most;
  });
  return Math.max(...ends.map(bitLength));
}

/** Weights in one unit for all classes: scales that differ by powers of two are shifted into the integers. */
function commonUnit(
  raw: Int32Array,
  scale: PerChannel,
  classes: number,
): { readonly raw: Int32Array; readonly scale: number; readonly extraBits: number } | undefined {
  const unit = Math.min(...scale);
  const shifts = scale.map((s) => exactLog2(s / unit));
  if (shifts.some((n) => n === undefined || n > 8)) return undefined;
  const bits = shifts as readonly number[];
  const inputs = raw.length / classes;
  const shifted = raw.map(
    (w, i) => w * 2 ** (bits.length === 1 ? 0 : (bits[Math.floor(i / inputs)] as number)),
  );
  return { raw: shifted, scale: unit, extraBits: Math.max(...bits) };
}
