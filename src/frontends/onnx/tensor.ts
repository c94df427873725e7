import { float16 } from "../../data/float16.js";
import { DiagnosticError, diagnostic, type Loc } from "../../diagnostics/diagnostic.js";
import { type StoredTensor, toNumber } from "./decode.js";

/** Integers behind a constant that a quantiser made: data = raw · scale, raw in [low, high]. */
export interface Codes {
  readonly raw: Int32Array;
  readonly scale: Float64Array;
  /** Broadcasts to the tensor's dims. */
  readonly scaleDims: readonly number[];
  readonly low: number;
  readonly high: number;
}

/** A constant: its elements widened to doubles, row-major. */
export interface Tensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float64Array;
  /** ONNX TensorProto.DataType. */
  readonly type: number;
  readonly codes: Codes | undefined;
  /** Bounds that a Clip gave integer elements; they say the bits that the type (int8) does not. */
  readonly bounds: { readonly low: number; readonly high: number } | undefined;
}

/** Reads a file beside the model; undefined if there is none, else why it is not read. */
export type ExternalData = (relativePath: string) => Uint8Array | { readonly reason: string } | undefined;

/** Most elements that one tensor or signal may have: a bound on memory for damaged files, far above any real network. */
export const elementLimit = 2 ** 24;

/** ONNX element types that are read: bytes an element and its decoder from little-endian bytes. */
const elementTypes: Readonly<
  Record<number, readonly [bytes: number, read: (v: DataView, at: number) => number]>
> = {
  1: [4, (v, at) => v.getFloat32(at, true)],
  2: [1, (v, at) => v.getUint8(at)],
  3: [1, (v, at) => v.getInt8(at)],
  4: [2, (v, at) => v.getUint16(at, true)],
  5: [2, (v, at) => v.getInt16(at, true)],
  6: [4, (v, at) => v.getInt32(at, true)],
  7: [8, (v, at) => Number(v.getBigInt64(at, true))],
  9: [1, (v, at) => v.getUint8(at)],
  10: [2, (v, at) => float16(v.getUint16(at, true))],
  11: [8, (v, at) => v.getFloat64(at, true)],
  12: [4, (v, at) => v.getUint32(at, true)],
  13: [8, (v, at) => Number(v.getBigUint64(at, true))],
};

/** A constant made by the importer itself. */
export function makeTensor(name: string, dims: readonly number[], data: Float64Array, type = 11): Tensor {
  return { name, dims, data, type, codes: undefined, bounds: undefined };
}

/** Number of elements of `dims`; 1 for a scalar. */
export const elements = (dims: readonly number[]): number => dims.reduce((n, d) => n * d, 1);

/** Reads a stored tensor, element count checked before anything is allocated; throws a DiagnosticError. */
export function readTensor(
  stored: StoredTensor,
  name: string,
  loc: Loc,
  external: ExternalData | undefined,
): Tensor {
  const refuse = (reason: string): never => {
    throw new DiagnosticError(diagnostic("onnx-tensor", loc, { tensor: name, reason }));
  };
  const type = stored.dataType ?? 0;
  const dims = (stored.dims ?? []).map(toNumber);
  const decoder =
    elementTypes[type] ?? refuse(`its element type ${type} is not read (float, double, integers, bool are)`);
  if (dims.length > 8) refuse(`it has ${dims.length} dimensions`);
  if (dims.some((d) => !Number.isSafeInteger(d) || d < 0))
    refuse(`its dimensions [${dims.join(", ")}] are impossible`);
  const count = elements(dims);
  if (count > elementLimit) {
    const args = { what: `tensor '${name}'`, count, limit: elementLimit };
    throw new DiagnosticError(diagnostic("onnx-too-large", loc, args));
  }
  const bytes =
    (stored.dataLocation ?? 0) === 1 ? externalBytes(stored, name, loc, external) : stored.rawData;
  const [size, read] = decoder;
  if (bytes && bytes.length > 0) {
    const need = count * size;
    if (bytes.length !== need)
      refuse(`dimensions [${dims.join(", ")}] need ${need} bytes, it holds ${bytes.length}`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return makeTensor(
      name,
      dims,
      Float64Array.from({ length: count }, (_, i) => read(view, i * size)),
      type,
    );
  }
  const typed = typedElements(stored, type);
  if (typed.length !== count)
    refuse(`dimensions [${dims.join(", ")}] need ${count} elements, it holds ${typed.length}`);
  return makeTensor(name, dims, Float64Array.from(typed), type);
}

/** Elements of the typed fields: small integers live in int32_data, half floats there as bit patterns. */
function typedElements(stored: StoredTensor, type: number): readonly number[] {
  switch (type) {
    case 1:
      return stored.floatData ?? [];
    case 11:
      return stored.doubleData ?? [];
    case 7:
      return (stored.int64Data ?? []).map(toNumber);
    case 12:
    case 13:
      return (stored.uint64Data ?? []).map(toNumber);
    case 10:
      return (stored.int32Data ?? []).map((bits) => float16(bits & 0xffff));
    default:
      return stored.int32Data ?? [];
  }
}

/** Bytes of a tensor that lies in another file: a relative path without `..`, so that a model can't read elsewhere. */
function externalBytes(
  stored: StoredTensor,
  tensor: string,
  loc: Loc,
  external: ExternalData | undefined,
): Uint8Array {
  const refuse = (reason: string): never => {
    throw new DiagnosticError(diagnostic("onnx-external-data", loc, { tensor, reason }));
  };
  const entries = new Map((stored.externalData ?? []).map((e) => [e.key ?? "", e.value ?? ""]));
  const path = entries.get("location") ?? "";
  const absolute = /^([/\\]|[A-Za-z]:)/.test(path);
  if (path === "" || path.includes("\0")) refuse("it names no file");
  if (absolute || path.split(/[/\\]/).includes("..")) refuse(`path '${path}' leaves the model's folder`);
  const file = external?.(path) ?? refuse(`there is no file '${path}'`);
  if ("reason" in file) return refuse(file.reason);
  const bytesOf = (key: string, otherwise: number) => {
    const text = entries.get(key) ?? String(otherwise);
    return /^\d+$/.test(text) ? Number(text) : refuse(`its ${key} '${text}' is no number of bytes`);
  };
  const offset = bytesOf("offset", 0);
  const length = bytesOf("length", Math.max(0, file.length - offset));
  if (offset + length > file.length) {
    refuse(`'${path}' has ${file.length} bytes, the tensor asks for ${length} from ${offset}`);
  }
  return file.subarray(offset, offset + length);
}
