import onnxProto from "onnx-proto";
import type { Diagnostic } from "../../../diagnostics/diagnostic.js";
import type { SpikingModel } from "../../../ir/spiking.js";
import { importOnnx, type OnnxOptions } from "../import.js";

/** A tensor to store: doubles as raw data unless `type` says otherwise; `stored` replaces protobuf fields as they are. */
export interface TensorSpec {
  readonly dims: readonly number[];
  readonly data: readonly number[];
  readonly type?: number;
  readonly stored?: Readonly<Record<string, unknown>>;
}

/** An attribute: integers, texts and lists of integers as they are; floats and tensors wrapped. */
export type AttributeSpec =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly tensor: TensorSpec }
  | { readonly graph: true };

export interface NodeSpec {
  op: string;
  in: string[];
  out: string[];
  name?: string;
  domain?: string;
  attributes?: Record<string, AttributeSpec>;
}

/** A model under construction: tests change a small valid one. */
export interface ModelSpec {
  inputs: Record<string, { dims: (number | string)[]; type?: number }>;
  outputs: string[];
  /** Dims that the file says of outputs; it says nothing of the others. */
  outputDims?: Record<string, number[]>;
  opset?: number;
  initializers: Record<string, TensorSpec>;
  nodes: NodeSpec[];
  metadata?: Record<string, string>;
  sparse?: boolean;
}

/** Raw little-endian bytes of int8 (3), int32 (6), int64 (7), float (1) or double (11) elements. */
function rawBytes(data: readonly number[], type: number): Uint8Array {
  const size = { 1: 4, 3: 1, 6: 4, 7: 8 }[type] ?? 8;
  const view = new DataView(new ArrayBuffer(data.length * size));
  data.forEach((x, i) => {
    if (type === 1) view.setFloat32(i * 4, x, true);
    else if (type === 3) view.setInt8(i, x);
    else if (type === 6) view.setInt32(i * 4, x, true);
    else if (type === 7) view.setBigInt64(i * 8, BigInt(x), true);
    else view.setFloat64(i * 8, x, true);
  });
  return new Uint8Array(view.buffer);
}

function encodeTensor(name: string, t: TensorSpec): object {
  const type = t.type ?? 11;
  const base = { name, dims: t.dims, dataType: type };
  return t.stored ? { ...base, ...t.stored } : { ...base, rawData: rawBytes(t.data, type) };
}

function encodeAttribute(name: string, a: AttributeSpec): object {
  if (typeof a === "number") return { name, type: 2, i: a };
  if (typeof a === "string") return { name, type: 3, s: new TextEncoder().encode(a) };
  if ("float" in a) return { name, type: 1, f: a.float };
  if ("tensor" in a) return { name, type: 4, t: encodeTensor("", a.tensor) };
  if ("graph" in a) return { name, type: 5, g: { node: [] } };
  return { name, type: 7, ints: a };
}

/** The ONNX bytes of a specification. */
export function encodeModel(m: ModelSpec): Uint8Array {
  const dim = (d: number | string): object => (typeof d === "number" ? { dimValue: d } : { dimParam: d });
  const graph = {
    node: m.nodes.map((n) => ({
      opType: n.op,
      name: n.name ?? "",
      domain: n.domain ?? "",
      input: n.in,
      output: n.out,
      attribute: Object.entries(n.attributes ?? {}).map(([name, a]) => encodeAttribute(name, a)),
    })),
    input: Object.entries(m.inputs).map(([name, { dims, type }]) => ({
      name,
      type: { tensorType: { elemType: type ?? 11, shape: { dim: dims.map(dim) } } },
    })),
    output: m.outputs.map((name) => {
      const dims = m.outputDims?.[name];
      return dims === undefined
        ? { name }
        : { name, type: { tensorType: { elemType: 11, shape: { dim: dims.map(dim) } } } };
    }),
    initializer: Object.entries(m.initializers).map(([name, t]) => encodeTensor(name, t)),
    sparseInitializer: m.sparse ? [{}] : [],
  };
  const metadataProps = Object.entries(m.metadata ?? {}).map(([key, value]) => ({ key, value }));
  const { ModelProto } = onnxProto.onnx;
  // The protobuf types want Long where plain numbers are accepted as well.
  const opsetImport = m.opset === undefined ? [] : [{ domain: "", version: m.opset }];
  return ModelProto.encode({ irVersion: 8, opsetImport, graph, metadataProps } as never).finish();
}

/** Imports a specification as `test.onnx`. */
export function importSpec(m: ModelSpec, options: OnnxOptions = {}): ReturnType<typeof importOnnx> {
  return importOnnx(encodeModel(m), "test.onnx", options);
}

/** The model, or an exception that shows why there is none. */
export function expectModel(m: ModelSpec): SpikingModel {
  const result = importSpec(m);
  if (result.ok) return result.value;
  throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.text}`).join("\n"));
}

/** Diagnostics of an import, errors and warnings. */
export const diagnosticsOf = (m: ModelSpec): readonly Diagnostic[] => importSpec(m).diagnostics;

/** A scalar. */
export const scalar = (x: number): TensorSpec => ({ dims: [], data: [x] });

/** A tensor whose elements count up from `from` in steps of `step`. */
export function ramp(dims: readonly number[], from: number, step: number): TensorSpec {
  const count = dims.reduce((n, d) => n * d, 1);
  return { dims, data: Array.from({ length: count }, (_, i) => from + step * i) };
}

const qonnx = "qonnx.custom_op.general";

/** A Quant node. */
export function quantNode(
  inputs: string[],
  out: string,
  attributes: Record<string, AttributeSpec> = {},
): NodeSpec {
  const all = { signed: 1, narrow: 0, rounding_mode: "ROUND", ...attributes };
  return { op: "Quant", domain: qonnx, name: `/q/${out}`, in: inputs, out: [out], attributes: all };
}

/**
 * A small valid network: 1x4x4 spikes → Conv 2@3x3 → leaky state with reset by subtraction → pool 2x2, and a readout
 * of three classes on the pooled quantised sigmoid. A new copy at every call, for tests to change.
 */
export function lif(): ModelSpec {
  return {
    inputs: { spikes: { dims: [1, 1, 4, 4] }, "layer1.u": { dims: [1, 2, 4, 4] } },
    outputs: ["layer1.spikes", "logits", "layer1.u_next"],
    initializers: {
      w: ramp([2, 1, 3, 3], -1, 0.125),
      sw: { dims: [2, 1, 1, 1], data: [0.25, 0.125] },
      zero: scalar(0),
      bits8: scalar(8),
      bits24: scalar(24),
      b: { dims: [2], data: [0.5, -0.5] },
      decay: scalar(0.875),
      theta: scalar(0),
      one: scalar(1),
      su: scalar(2 ** -16),
      sp: scalar(2 ** -8),
      wr: ramp([3, 8], -1, 0.125),
      br: { dims: [3], data: [0.5, 0, -0.5] },
    },
    nodes: [
      quantNode(["w", "sw", "zero", "bits8"], "wq", { narrow: 1 }),
      { op: "Conv", name: "conv", in: ["spikes", "wq", "b"], out: ["c"], attributes: { pads: [1, 1, 1, 1] } },
      { op: "Mul", name: "leak", in: ["layer1.u", "decay"], out: ["leak"] },
      { op: "Add", name: "sum", in: ["leak", "c"], out: ["v"] },
      { op: "Greater", name: "fire", in: ["v", "theta"], out: ["fired"] },
      { op: "Cast", name: "cast", in: ["fired"], out: ["s"], attributes: { to: 11 } },
      {
        op: "MaxPool",
        name: "pool",
        in: ["s"],
        out: ["layer1.spikes"],
        attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      },
      { op: "Mul", name: "loss", in: ["s", "one"], out: ["loss"] },
      { op: "Sub", name: "reset", in: ["v", "loss"], out: ["r"] },
      quantNode(["r", "su", "zero", "bits24"], "layer1.u_next"),
      { op: "Sigmoid", name: "sigmoid", in: ["v"], out: ["p"] },
      quantNode(["p", "sp", "zero", "bits8"], "pq", { signed: 0 }),
      {
        op: "MaxPool",
        name: "ppool",
        in: ["pq"],
        out: ["pp"],
        attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      },
      { op: "Flatten", name: "flat", in: ["pp"], out: ["f"] },
      { op: "Gemm", name: "readout", in: ["f", "wr", "br"], out: ["logits"], attributes: { transB: 1 } },
    ],
  };
}

/** The node with this name. */
export function nodeOf(m: ModelSpec, name: string): NodeSpec {
  const found = m.nodes.find((n) => n.name === name);
  if (found === undefined) throw new Error(`no node '${name}'`);
  return found;
}

/** Puts nodes before the node `name`. */
export function insertBefore(m: ModelSpec, name: string, ...nodes: NodeSpec[]): void {
  m.nodes.splice(m.nodes.indexOf(nodeOf(m, name)), 0, ...nodes);
}
