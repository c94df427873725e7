import { assertNever } from "../diagnostics/diagnostic.js";
import { formatOfRange, printFormat, type Range } from "../fixed/format.js";
import {
  type Deviation,
  type FixedExpr,
  type FixedGraph,
  type FixedLayer,
  type FixedLinearReadout,
  type FixedModel,
  type FixedPotentialReadout,
  type FixedReadout,
  type FixedSynapse,
  isExact,
} from "./fixed.js";
import type { PerChannel } from "./spiking.js";
import { contentHash, printCommutation, printCurrentPool, printShape } from "./spiking-printer.js";

/** A double as short as it is exact: large and small powers of two by exponent, others in full. */
export function printReal(x: number): string {
  const exponent = Math.log2(Math.abs(x));
  const isPower = x !== 0 && Number.isInteger(exponent) && 2 ** exponent === Math.abs(x);
  return isPower && Math.abs(exponent) > 3 ? `${x < 0 ? "-" : ""}2^${exponent}` : String(x);
}

/** FNV-1a over integers of any size: that of doubles where all are exact ones, as in the spiking text. */
function integersHash(values: readonly bigint[]): string {
  const safe = values.every((v) => BigInt.asIntN(53, v) === v);
  const words = safe
    ? values.map(Number)
    : values.flatMap((v) => [Number(BigInt.asUintN(32, v)), Number(v >> 32n)]);
  return contentHash(words);
}

const extremes = <T extends number | bigint>(values: Iterable<T>, print: (x: T) => string): string => {
  let [low, high]: [T | undefined, T | undefined] = [undefined, undefined];
  for (const v of values) {
    if (low === undefined || v < low) low = v;
    if (high === undefined || v > high) high = v;
  }
  return low === undefined || high === undefined ? "none" : `${print(low)}..${print(high)}`;
};

/** One value, a few, or their count, range and hash. */
function printList<T extends number | bigint>(
  values: readonly T[],
  print: (x: T) => string,
  hash: (values: readonly T[]) => string,
): string {
  if (values.length === 1) return print(values[0] as T);
  if (values.length <= 4) return `[${values.map(print).join(", ")}]`;
  return `[${values.length}: ${extremes(values, print)} #${hash(values)}]`;
}

/** Real numbers, one for all channels or one each. */
export const printReals = (values: PerChannel): string => printList(values, printReal, contentHash);

/** Integers, one for all channels or one each. */
export const printIntegers = (values: readonly bigint[]): string => printList(values, String, integersHash);

/** The narrowest format that holds a range: `s24`. */
export const printRange = (range: Range): string => printFormat(formatOfRange(range));

const printWeights = (weights: Int32Array, bits: number, dims: string): string =>
  `${dims} s${bits} ${extremes(weights, String)} #${contentHash(weights)}`;

function printExpr(e: FixedExpr): string {
  switch (e.kind) {
    case "input":
      return "input";
    case "constant":
      return printIntegers(e.value);
    case "state":
      return `state '${e.state}'`;
    case "add":
      return `${e.a} + ${e.b}`;
    case "sub":
      return `${e.a} - ${e.b}`;
    case "mulc":
      return `${e.a} * ${printIntegers(e.by)}`;
    case "shl":
      return `${e.a} << ${printReals(e.bits)}`;
    case "shr":
      return `${e.a} >> ${e.bits} ${e.rounding}`;
    case "sat":
      return `sat ${e.a} to ${e.low}..${e.high}`;
    case "compare":
      return `${e.a} ${e.orEqual ? ">=" : ">"} 0`;
    case "select":
      return `${e.condition} ? ${e.a} : ${e.b}`;
    default:
      return assertNever(e);
  }
}

/** ` : s24 scale 2^-16`; a unit of 1 goes without saying. */
const printType = (range: Range, scale: PerChannel): string =>
  ` : ${printRange(range)}${scale.length === 1 && scale[0] === 1 ? "" : ` scale ${printReals(scale)}`}`;

function printGraph(name: string, graph: FixedGraph<string>): readonly string[] {
  const outputs = Object.entries(graph.outputs).map(([output, id]) => `${output} = ${id}`);
  return [
    `  ${name}: ${outputs.join(", ")}`,
    ...graph.exprs.map((e) => `    ${e.id} = ${printExpr(e)}${printType(e.range, e.scale)}`),
    ...graph.states.map((s) => `    next '${s.name}' = ${s.next} in ${printFormat(s.format)}`),
  ];
}

function printSynapse(s: FixedSynapse, inChannels: number): string {
  const dims = `${s.outChannels}x${inChannels}x${s.kernel.join("x")}`;
  const geometry = `stride ${s.stride.join("x")} padding ${s.padding.join(",")}`;
  return `  ${s.kind} ${printWeights(s.weights, s.weightBits, dims)} ${geometry} : ${printRange(s.range)}`;
}

const printPool = (layer: Pick<FixedLayer | FixedReadout, "pool">): string =>
  layer.pool === undefined ? "none" : `max ${layer.pool.height}x${layer.pool.width}`;

function printLayer(layer: FixedLayer): readonly string[] {
  return [
    `layer '${layer.name}' ${printShape(layer.input)} -> ${printShape(layer.output)} -> ${printShape(layer.sent)}`,
    ...printCommutation(layer),
    ...printGraph("pre", layer.pre),
    printSynapse(layer.synapse, layer.input.channels),
    ...printCurrentPool(layer),
    ...printGraph("post", layer.post),
    `  pool: ${printPool(layer)}`,
  ];
}

function printReadout(r: FixedReadout): readonly string[] {
  return r.kind === "linear" ? printLinear(r) : printPotentials(r);
}

const headOf = (r: FixedReadout): string =>
  `readout '${r.name}' of '${r.layer}': ${r.classes} classes, vote ${r.vote}`;

const printPotentials = (r: FixedPotentialReadout): readonly string[] => [
  headOf(r),
  `  potentials${printType(r.range, [r.unit])}`,
  printBiases(r),
];

function printLinear(r: FixedLinearReadout): readonly string[] {
  const thresholds = r.thresholds.flat();
  const tables = `${r.thresholds.length}x${2 ** r.activationBits - 1}`;
  const columns = r.weights.length / r.classes;
  return [
    headOf(r),
    `  thresholds ${tables} ${extremes(thresholds, String)} #${integersHash(thresholds)} : u${r.activationBits}, pool: ${printPool(r)}`,
    `  weights ${printWeights(r.weights, r.weightBits, `${r.classes}x${columns}`)}${printType(r.range, [r.unit])}`,
    printBiases(r),
  ];
}

const printBiases = (r: FixedReadout): string =>
  `  bias ${printIntegers(r.bias)} rank ${printReals(r.rank)}${printFraction(r)}`;

const printFraction = ({ fraction: { bits, values } }: FixedReadout): string =>
  bits === 0 ? "" : ` fraction ${printIntegers(values)} / 2^${bits}`;

function printDeviation(d: Deviation): string {
  const states = d.stateBounds.map((s) => `, ${s.state} within ${s.bound.toExponential(1)}`).join("");
  const most = `${d.relativeError.toExponential(1)}, potential within ${d.bound.toExponential(1)}${states}`;
  return `deviation ${d.kind} ${d.where}: ${d.text} (${isExact(d) ? "exact" : most})`;
}

/**
 * A FixedModel as stable text (`--emit fixed`): an expression a line, with the narrowest format of its range and its
 * unit; weights and tables by shape, range and content hash; no places, no dates.
 */
export function printFixed(model: FixedModel): string {
  const lines = [
    `fixed '${model.name}' input ${printShape(model.input)}`,
    ...model.layers.flatMap(printLayer),
    ...model.readouts.flatMap(printReadout),
    ...model.deviations.map(printDeviation),
  ];
  return `${lines.join("\n")}\n`;
}
