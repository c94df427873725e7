import onnxProto, { type onnx } from "onnx-proto";
import { DiagnosticError, diagnostic, type Loc } from "../../diagnostics/diagnostic.js";

/** A tensor as the file stores it, not yet read: see tensor.ts. */
export type StoredTensor = onnx.ITensorProto;

/** An attribute's value; graphs, types and sparse tensors are `other`: no operator that is compiled has one. */
export type AttributeValue =
  | { readonly kind: "int" | "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints" | "floats"; readonly value: readonly number[] }
  | { readonly kind: "tensor"; readonly value: StoredTensor }
  | { readonly kind: "other" };

/** One operator of the graph; `index` counts from 0 in file order. Absent optional inputs are "". */
export interface OnnxNode {
  readonly index: number;
  readonly name: string;
  readonly domain: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly loc: Loc;
}

/** A graph input or output; a dimension is undefined where the file gives a name or nothing. */
export interface OnnxPort {
  readonly name: string;
  readonly elementType: number;
  readonly dims: readonly (number | undefined)[] | undefined;
}

/** The parts of an ONNX file that the importer reads, in plain types. */
export interface OnnxGraph {
  readonly file: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly initializers: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

const attributeKinds: Readonly<Record<number, AttributeValue["kind"]>> = {
  1: "float",
  2: "int",
  3: "string",
  4: "tensor",
  6: "floats",
  7: "ints",
};

/** An integer of a protobuf message: a number, or a Long where the library is loaded. Beyond 2^53 inexact. */
export function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  const long = value as { toNumber?: () => number } | null | undefined;
  return typeof long?.toNumber === "function" ? long.toNumber() : 0;
}

const text = (bytes: Uint8Array | null | undefined): string =>
  new TextDecoder().decode(bytes ?? new Uint8Array());

function decodeAttribute(a: onnx.IAttributeProto): AttributeValue {
  const kind = attributeKinds[a.type ?? 0] ?? "other";
  switch (kind) {
    case "int":
      return { kind, value: toNumber(a.i) };
    case "float":
      return { kind, value: a.f ?? 0 };
    case "string":
      return { kind, value: text(a.s) };
    case "ints":
      return { kind, value: (a.ints ?? []).map(toNumber) };
    case "floats":
      return { kind, value: a.floats ?? [] };
    case "tensor":
      return a.t ? { kind, value: a.t } : { kind: "other" };
    default:
      return { kind: "other" };
  }
}

function decodeNode(n: onnx.INodeProto, index: number, file: string): OnnxNode {
  const operator = n.opType ?? "";
  const name = n.name ?? "";
  const loc = {
    file,
    node: index,
    ...(name === "" ? {} : { name }),
    ...(operator === "" ? {} : { operator }),
  };
  const attributes = new Map((n.attribute ?? []).map((a) => [a.name ?? "", decodeAttribute(a)]));
  const domain = n.domain === "ai.onnx" ? "" : (n.domain ?? "");
  return { index, name, domain, operator, inputs: n.input ?? [], outputs: n.output ?? [], attributes, loc };
}

function decodePort(port: onnx.IValueInfoProto): OnnxPort {
  const type = port.type?.tensorType;
  const dims = type?.shape?.dim?.map((d) => {
    // Dimensions are a oneof of value and name; an unset value reads as 0.
    const value = d.dimParam ? 0 : toNumber(d.dimValue);
    return value === 0 ? undefined : value;
  });
  return { name: port.name ?? "", elementType: type?.elemType ?? 0, dims };
}

/** Most nodes, inputs, outputs or initializers: a thousand layers, and a bound on time for hostile files. */
const listLimit = 2 ** 14;

const malformed = (file: string, reason: string): DiagnosticError =>
  new DiagnosticError(diagnostic("onnx-malformed", { file }, { reason }));

/** Reads an ONNX file's graph; throws a DiagnosticError on bytes that are none. Tensor data stays as stored. */
export function decodeOnnx(bytes: Uint8Array, file: string): OnnxGraph {
  if (bytes.length === 0) throw malformed(file, "it is empty");
  let model: onnx.IModelProto;
  try {
    model = onnxProto.onnx.ModelProto.decode(bytes);
  } catch (error) {
    // The protobuf library throws plain errors on bad bytes, and overflows the stack on deep nesting.
    throw malformed(
      file,
      error instanceof RangeError ? "it is cut off or damaged" : (error as Error).message,
    );
  }
  const graph = model.graph;
  if (!graph) throw malformed(file, "it holds no graph");
  if ((graph.sparseInitializer ?? []).length > 0) throw malformed(file, "sparse initializers are not read");
  const counts = {
    nodes: graph.node,
    inputs: graph.input,
    outputs: graph.output,
    initializers: graph.initializer,
  };
  for (const [what, list] of Object.entries(counts)) {
    const count = list?.length ?? 0;
    const args = { what: `the list of ${what}`, count, limit: listLimit };
    if (count > listLimit) throw new DiagnosticError(diagnostic("onnx-too-large", { file }, args));
  }
  return {
    file,
    nodes: (graph.node ?? []).map((n, index) => decodeNode(n, index, file)),
    inputs: (graph.input ?? []).map(decodePort),
    outputs: (graph.output ?? []).map(decodePort),
    initializers: new Map((graph.initializer ?? []).map((t) => [t.name ?? "", t])),
    metadata: new Map((model.metadataProps ?? []).map((p) => [p.key ?? "", p.value ?? ""])),
  };
}
