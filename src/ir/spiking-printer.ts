import { assertNever } from "../diagnostics/diagnostic.js";
import type {
  PerChannel,
  Pool,
  Quantiser,
  Recurrence,
  Shape,
  SpikingExpr,
  SpikingLayer,
  SpikingModel,
  SpikingReadout,
  Weights,
} from "./spiking.js";

/** `16x8x8`: channels, height, width. */
export const printShape = (s: Shape): string => `${s.channels}x${s.height}x${s.width}`;

/** FNV-1a over the elements' bytes (little-endian, whatever the machine): tells contents apart, is no signature. */
export function contentHash(values: ArrayLike<number>): string {
  const view = new DataView(new ArrayBuffer(8));
  let hash = 0x811c9dc5;
  for (let i = 0; i < values.length; i++) {
    view.setFloat64(0, values[i] as number, true);
    for (let byte = 0; byte < 8; byte++) hash = Math.imul(hash ^ view.getUint8(byte), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** A double as short as it is exact: powers of two by exponent, others in full. */
function printNumber(x: number): string {
  const exponent = Math.log2(Math.abs(x));
  const isPower = x !== 0 && Number.isInteger(exponent) && 2 ** exponent === Math.abs(x);
  return isPower && Math.abs(exponent) > 3 ? `${x < 0 ? "-" : ""}2^${exponent}` : String(x);
}

function extremes(values: ArrayLike<number>): string {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  return `${printNumber(low)}..${printNumber(high)}`;
}

/** One number, a few, or their count, range and hash. */
function printPerChannel(values: PerChannel): string {
  if (values.length === 1) return printNumber(values[0] as number);
  if (values.length <= 4) return `[${values.map(printNumber).join(", ")}]`;
  return `[${values.length}: ${extremes(values)} #${contentHash(values)}]`;
}

function printQuantiser(q: Quantiser): string {
  return `${q.signed ? "s" : "u"}${q.bits}${q.narrow ? " narrow" : ""} ${q.rounding} scale ${printPerChannel(q.scale)}`;
}

function printWeights(w: Weights, dims: string): string {
  if (w.kind === "real") return `${dims} real ${extremes(w.values)} #${contentHash(w.values)}`;
  const format = `s${w.bits}${w.narrow ? " narrow" : ""}`;
  return `${dims} ${format} ${extremes(w.raw)} #${contentHash(w.raw)} scale ${printPerChannel(w.scale)}`;
}

function printExpr(e: SpikingExpr): string {
  switch (e.kind) {
    case "input":
      return "input";
    case "constant":
      return printPerChannel(e.value);
    case "state":
      return `state '${e.state}'`;
    case "add":
      return `${e.a} + ${e.b}`;
    case "sub":
      return `${e.a} - ${e.b}`;
    case "scale":
      return `${e.a} * ${printPerChannel(e.by)}`;
    case "compare":
      return `${e.a} ${e.orEqual ? ">=" : ">"} 0`;
    case "select":
      return `${e.condition} ? ${e.a} : ${e.b}`;
    case "clip":
      return `clip ${e.a} to ${printNumber(e.low)}..${printNumber(e.high)}`;
    case "quantise":
      return `quantise ${e.a} to ${printQuantiser(e.quantiser)}`;
    default:
      return assertNever(e);
  }
}

function printRecurrence(name: string, r: Recurrence<string>): readonly string[] {
  const outputs = Object.entries(r.outputs).map(([output, id]) => `${output} = ${id}`);
  return [
    `  ${name}: ${outputs.join(", ")}`,
    ...r.exprs.map((e) => `    ${e.id} = ${printExpr(e)}`),
    ...r.states.map((s) => `    next '${s.name}' = ${s.next}`),
  ];
}

const printPool = (pool: Pool | undefined): string =>
  pool === undefined ? "none" : `max ${pool.height}x${pool.width}`;

/** A line, where there is something to say. */
export function printCommutation({ commutation }: Pick<SpikingLayer, "commutation">): readonly string[] {
  switch (commutation?.kind) {
    case undefined:
      return [];
    case "moved":
      return [`  traces moved behind the synapse: ${commutation.states.join(", ")}`];
    case "kept":
      return [`  traces kept before the synapse: ${commutation.reason}`];
    default:
      return assertNever(commutation);
  }
}

/** A line, where sums are pooled. */
export const printCurrentPool = ({ currentPool }: Pick<SpikingLayer, "currentPool">): readonly string[] =>
  currentPool === undefined ? [] : [`  current pool: ${printPool(currentPool)}`];

function printLayer(layer: SpikingLayer): readonly string[] {
  const { synapse } = layer;
  const kernel = `${synapse.outChannels}x${layer.input.channels}x${synapse.kernel.join("x")}`;
  const geometry = `stride ${synapse.stride.join("x")} padding ${synapse.padding.join(",")}`;
  return [
    `layer '${layer.name}' ${printShape(layer.input)} -> ${printShape(layer.output)} -> ${printShape(layer.sent)}`,
    ...printCommutation(layer),
    ...printRecurrence("pre", layer.pre),
    `  ${synapse.kind} ${printWeights(synapse.weights, kernel)} ${geometry}`,
    ...printCurrentPool(layer),
    ...printRecurrence("post", layer.post),
    `  pool: ${printPool(layer.pool)}`,
  ];
}

function printReadout(r: SpikingReadout): readonly string[] {
  const head = `readout '${r.name}' of '${r.layer}': ${r.classes} classes, vote ${r.vote}`;
  if (r.kind === "potential") return [head, "  potentials"];
  const { kind, quantiser } = r.activation;
  const columns = (r.weights.kind === "real" ? r.weights.values : r.weights.raw).length / r.classes;
  return [
    head,
    `  activation: ${kind}${quantiser === undefined ? "" : ` ${printQuantiser(quantiser)}`}, pool: ${printPool(r.pool)}`,
    `  weights ${printWeights(r.weights, `${r.classes}x${columns}`)}`,
    `  bias ${printPerChannel(r.bias)}`,
  ];
}

/** A SpikingModel as stable text (`--emit spiking`): weights by shape, range and content hash, no places, no dates. */
export function printSpiking(model: SpikingModel): string {
  const lines = [
    `spiking '${model.name}' ${model.precision} input ${printShape(model.input)}`,
    ...model.layers.flatMap(printLayer),
    ...model.readouts.flatMap(printReadout),
  ];
  return `${lines.join("\n")}\n`;
}
