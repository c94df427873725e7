import { spikeQuantiser } from "../../ir/builders.js";
import type { Activation, LinearReadout, Shape } from "../../ir/spiking.js";
import { type Context, checkFinite, fail, signalOf } from "./context.js";
import { spikesOf } from "./layers.js";
import { checkPool, shapeOf } from "./map-shape.js";
import { describe, perChannel } from "./region.js";
import type { Signal } from "./signal.js";
import { elements, type Tensor } from "./tensor.js";
import { toWeights } from "./weights.js";

type Synaptic = Signal & { readonly kind: "synapse" };

/** A graph output that is a linear map, or one with constants added. */
export interface FoundReadout {
  readonly output: string;
  readonly map: Synaptic;
  readonly biases: readonly (Signal & { readonly kind: "constant" })[];
}

/** What stands between a potential and a readout's linear map. */
export interface ReadoutInput {
  /** The comparison of the layer, and what is read of it: its potential, or that comparison itself. */
  readonly spike: number;
  readonly potential: number;
  readonly activation: (Signal & { readonly kind: "activation" }) | undefined;
  readonly quantiser: (Signal & { readonly kind: "quantise" }) | undefined;
  readonly pool: (Signal & { readonly kind: "pool" }) | undefined;
}

/** The linear map behind a graph output, if that is all it is. */
export function matchReadout(ctx: Context, output: string, id: number): FoundReadout | undefined {
  const biases: (Signal & { readonly kind: "constant" })[] = [];
  for (let s = signalOf(ctx, id); ; ) {
    if (s.kind === "synapse") return { output, map: s, biases };
    if (s.kind !== "add") return undefined;
    const [a, b] = [signalOf(ctx, s.a), signalOf(ctx, s.b)];
    if (b.kind === "constant") biases.push(b);
    else if (a.kind === "constant") biases.push(a);
    else return undefined;
    s = b.kind === "constant" ? a : b;
  }
}

/** Walks back from the linear map over pooling, quantiser and activation to a layer's potential. */
export function traceReadout(
  ctx: Context,
  found: FoundReadout,
  potentials: ReadonlyMap<number, number>,
): ReadoutInput {
  let activation: ReadoutInput["activation"];
  let quantiser: ReadoutInput["quantiser"];
  let pool: ReadoutInput["pool"];
  let s = signalOf(ctx, found.map.a);
  while (!potentials.has(s.id)) {
    if (s.kind === "pool" && pool === undefined) pool = s;
    else if (s.kind === "quantise" && quantiser === undefined && activation === undefined) quantiser = s;
    else if (s.kind === "activation" && activation === undefined) activation = s;
    else return refuseSource(ctx, found, s);
    s = signalOf(ctx, s.a);
  }
  const isOfSpikes = s.kind === "compare";
  if (isOfSpikes && (activation !== undefined || quantiser !== undefined)) return refuseSource(ctx, found, s);
  return { spike: potentials.get(s.id) as number, potential: s.id, activation, quantiser, pool };
}

function refuseSource(ctx: Context, found: FoundReadout, s: Signal): never {
  const loc = found.map.origin;
  if (s.kind === "input" || spikesOf(ctx, s.id) !== undefined) {
    const hint =
      "read a layer's spikes as they are, or the potential that Greater compares: Linear(Flatten(Sigmoid(u)))";
    const reason =
      s.kind === "input"
        ? "it reads the network's input, and no layer"
        : "an activation stands behind spikes";
    return fail("onnx-readout", loc, { output: found.output, reason }, hint);
  }
  const at = s.origin.name === undefined ? "" : ` (at '${s.origin.name}')`;
  const reason = `it reads ${describe(s)}${at} that is not the value a layer's Greater compares`;
  const hint =
    "potential → [Sigmoid or Relu] → [Quant] → [MaxPool] → Flatten → Linear, where the layer spikes if that potential is above its threshold";
  return fail("onnx-readout", loc, { output: found.output, reason }, hint);
}

/** Bias of each class: constants behind the map, summed in the graph's order. */
function biasOf(ctx: Context, found: FoundReadout): readonly number[] {
  const classes = { channels: found.map.map.outChannels, height: 1, width: 1 };
  return [...found.biases].reverse().reduce<readonly number[]>((sum, constant) => {
    checkFinite(constant.tensor, "the bias", constant.origin);
    const values = perChannel(ctx, constant.tensor, constant.dims, classes, constant);
    return sum.map((x, c) => x + (values.length === 1 ? (values[0] as number) : (values[c] as number)));
  }, new Array<number>(classes.channels).fill(0));
}

/** Weights of a Conv that covers its whole input are those of a linear map; others are refused. */
function checkWholeMap(found: FoundReadout, input: Shape): void {
  const { map, origin } = found.map;
  if (map.kind === "linear") return;
  const covers =
    map.kernel[0] === input.height && map.kernel[1] === input.width && map.padding.every((p) => p === 0);
  if (covers) return;
  const reason = "its Conv does not cover the whole map, so that its result is no vector of classes";
  fail(
    "onnx-readout",
    origin,
    { output: found.output, reason },
    "use Flatten and Linear, or let Greater make spikes behind it",
  );
}

/** The readout of layer `layer`, whose potential has `shape`. */
export function buildReadout(
  ctx: Context,
  found: FoundReadout,
  input: ReadoutInput,
  layer: string,
  shape: Shape,
): LinearReadout {
  const { map, origin } = found.map;
  const { activation, quantiser } = input;
  if (input.pool !== undefined) checkPool(input.pool, shape);
  const pool = input.pool?.pool;
  const reads: Shape = pool
    ? {
        ...shape,
        height: Math.floor(shape.height / pool.height),
        width: Math.floor(shape.width / pool.width),
      }
    : shape;
  if (elements(map.dataDims) !== reads.channels * reads.height * reads.width) {
    fail("onnx-shape", origin, {
      what: "the data",
      have: map.dataDims.join(", "),
      reason: "it is not the layer's whole potential",
    });
  }
  checkWholeMap(found, shapeOf(map.dataDims));
  const scaleOf = (q: Signal, scale: Tensor): readonly number[] =>
    perChannel(ctx, scale, q.dims, shapeLike(q, reads, shape), q);
  const ofPotential = quantiser && {
    scale: scaleOf(quantiser, quantiser.scale),
    bits: quantiser.bits,
    signed: quantiser.signed,
    narrow: quantiser.narrow,
    rounding: quantiser.rounding,
  };
  const made: Activation = {
    kind: activation?.activation ?? "identity",
    quantiser: input.potential === input.spike ? spikeQuantiser : ofPotential,
    origin: [activation, quantiser].flatMap((s) => (s === undefined ? [] : [s.origin])),
  };
  return {
    kind: "linear",
    name: found.output,
    origin: [origin],
    layer,
    activation: made,
    pool,
    weights: toWeights(ctx, map.weights, map.outChannels, origin),
    bias: biasOf(ctx, found),
    classes: map.outChannels,
    vote: "majority",
  };
}

/** The quantiser stands before or behind the pooling: whichever shape its elements have. */
const shapeLike = (q: Signal, pooled: Shape, whole: Shape): Shape =>
  elements(q.dims) === pooled.channels * pooled.height * pooled.width ? pooled : whole;
