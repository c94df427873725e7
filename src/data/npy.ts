import { diagnostic, failure, type Loc, type Result, success } from "../diagnostics/diagnostic.js";
import { readBytesAt } from "../host/files.js";

/**
 * NumPy's .npy files, versions 1 to 3, little-endian, C order. Source: numpy.lib.format's documentation.
 * Nothing is allocated by what a header says: sizes are checked against the bytes that are there.
 */

/** Element types by NumPy's names, each with the typed array that holds it. */
export interface NpyData {
  readonly b1: Uint8Array;
  readonly u1: Uint8Array;
  readonly i1: Int8Array;
  readonly u2: Uint16Array;
  readonly i2: Int16Array;
  readonly u4: Uint32Array;
  readonly i4: Int32Array;
  readonly u8: BigUint64Array;
  readonly i8: BigInt64Array;
  readonly f4: Float32Array;
  readonly f8: Float64Array;
}

/** Name of an element type: kind and bytes. */
export type NpyType = keyof NpyData;

/** An array with its element type and shape, C order; `data` has as many elements as the shape says. */
export type NpyArray = {
  readonly [T in NpyType]: {
    readonly dtype: T;
    readonly shape: readonly number[];
    readonly data: NpyData[T];
  };
}[NpyType];

/** Typed array over all of `buffer`, for each element type. */
const views: { readonly [T in NpyType]: (buffer: ArrayBuffer) => NpyData[T] } = {
  b1: (buffer) => new Uint8Array(buffer),
  u1: (buffer) => new Uint8Array(buffer),
  i1: (buffer) => new Int8Array(buffer),
  u2: (buffer) => new Uint16Array(buffer),
  i2: (buffer) => new Int16Array(buffer),
  u4: (buffer) => new Uint32Array(buffer),
  i4: (buffer) => new Int32Array(buffer),
  u8: (buffer) => new BigUint64Array(buffer),
  i8: (buffer) => new BigInt64Array(buffer),
  f4: (buffer) => new Float32Array(buffer),
  f8: (buffer) => new Float64Array(buffer),
};

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const headerLimitBytes = 65536;
const dimensionLimit = 32;

/** Element type and shape of an array. */
export type NpyHead = Pick<NpyArray, "dtype" | "shape">;

/**
 * Reads a .npy file. `rowsOf` may say, before any element is read, how many of an array's first index are needed, or why
 * it is none that is wanted: the rest stays where it is, and the array has as many rows.
 */
export function readNpy(
  path: string,
  rowsOf: (head: NpyHead) => Result<number> = ({ shape }) => success(shape[0] ?? 1),
): Result<NpyArray> {
  // What the header says is held against the file's size before the rest is read.
  const head = readBytesAt(path, 0, headerLimitBytes + 12);
  if (!head.ok) return head;
  const found = decodeHeader(head.value.part, head.value.size, { file: path });
  if (!found.ok) return found;
  const { type, shape: whole, start } = found.value;
  const rows = rowsOf({ dtype: type, shape: whole });
  if (!rows.ok) return rows;
  const shape = whole.length === 0 ? whole : [rows.value, ...whole.slice(1)];
  const elements = shape.reduce((n, size) => n * size, 1);
  const bytes = readBytesAt(path, start, elements * Number(type[1]));
  return bytes.ok ? success(npyArray(type, shape, views[type](bytes.value.part.buffer))) : bytes;
}

/** Decodes the bytes of a .npy file; `loc` is where its diagnostics point. */
export function decodeNpy(bytes: Uint8Array, loc: Loc): Result<NpyArray> {
  const found = decodeHeader(bytes, bytes.length, loc);
  if (!found.ok) return found;
  const { type, shape, start } = found.value;
  const data = new Uint8Array(bytes.subarray(start)).buffer;
  return success(npyArray(type, shape, views[type](data)));
}

/** What the start of a .npy file says of its elements, and where these begin, if a file of `size` bytes has them all. */
function decodeHeader(
  bytes: Uint8Array,
  size: number,
  loc: Loc,
): Result<{ readonly type: NpyType; readonly shape: readonly number[]; readonly start: number }> {
  const malformed = (reason: string) => failure<never>(diagnostic("npy-malformed", loc, { reason }));
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte))
    return malformed("it doesn't start with \\x93NUMPY");
  const major = bytes[6] as number;
  if (major < 1 || major > 3) return malformed(`version ${major} is unknown`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) return malformed("its header is cut off");
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > headerLimitBytes) return malformed(`a header of ${length} bytes is too long`);
  if (start + length > bytes.length) return malformed("its header is cut off");
  const header = parseHeader(new TextDecoder("latin1").decode(bytes.subarray(start, start + length)));
  if (typeof header === "string") return malformed(header);

  const type = typeOf(header.descr);
  if (type === undefined) {
    const hint = hintOf(header.descr);
    const args = { type: header.descr };
    return failure(diagnostic("npy-element-type", loc, args, hint === undefined ? {} : { hint }));
  }
  if (header.fortranOrder) return failure(diagnostic("npy-fortran-order", loc, {}));
  const need = header.shape.reduce((n, size) => n * size, Number(type[1]));
  const have = size - start - length;
  if (need !== have) {
    const shape = printShape(header.shape);
    return failure(diagnostic("npy-data-size", loc, { have, need, shape, type: header.descr }));
  }
  return success({ type, shape: header.shape, start: start + length });
}

/** Encodes an array as a version 1 .npy file, byte for byte as NumPy does. */
export function encodeNpy(array: NpyArray): Uint8Array {
  const order = array.dtype.endsWith("1") ? "|" : "<";
  const tuple = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(", ");
  const text = `{'descr': '${order}${array.dtype}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const out = new Uint8Array(10 + length + array.data.byteLength);
  out.set([...magic, 1, 0, length & 0xff, length >> 8]);
  out.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), 10);
  const { buffer, byteOffset, byteLength } = array.data;
  out.set(new Uint8Array(buffer, byteOffset, byteLength), 10 + length);
  return out;
}

/** An array from its parts; throws a TypeError where the elements are not of the type, or not as many as the shape says. */
export function npyArray<T extends NpyType>(
  dtype: T,
  shape: readonly number[],
  data: NpyData[T],
): Extract<NpyArray, { dtype: T }> {
  const problem = arrayProblem({ dtype, shape, data });
  if (problem !== undefined) throw new TypeError(`npyArray: ${problem}`);
  return { dtype, shape, data } as unknown as Extract<NpyArray, { dtype: T }>;
}

/** Why a value that a program passes is no array: nothing where it is one whose data are what its type and shape say. */
export function arrayProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "it has no dtype, shape and data";
  const { dtype, shape, data } = value as Readonly<Record<string, unknown>>;
  if (typeof dtype !== "string" || !Object.hasOwn(views, dtype))
    return `its dtype is none of ${Object.keys(views).join(", ")}`;
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && (size as number) >= 0;
  if (!Array.isArray(shape) || shape.length > dimensionLimit || !shape.every(isSize))
    return "its shape is no list of sizes";
  const { constructor: held } = views[dtype as NpyType](new ArrayBuffer(0));
  if (!(data instanceof held)) return `its data are no ${held.name}, as those of '${dtype}'`;
  const have = (data as NpyData[NpyType]).length;
  const need = shape.reduce((n, size) => n * size, 1);
  return have === need ? undefined : `it has ${have} elements, its shape (${printShape(shape)}) ${need}`;
}

/** `8, 256, 1, 16, 16`: a shape as messages print it. */
export const printShape = (shape: readonly number[]): string => shape.join(", ");

interface Header {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** The three entries of the header's Python dictionary; a string says what is wrong with it. */
function parseHeader(text: string): Header | string {
  if (!/^\s*\{.*\}\s*$/s.test(text)) return "its header is no dictionary";
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const shape = /'shape'\s*:\s*\(([-\dL, ]*)\)/.exec(text);
  if (descr === null) return "its header has no 'descr'";
  if (order === null) return "its header has no 'fortran_order'";
  if (shape === null) return "its header has no 'shape'";
  const sizes = (shape[1] as string).split(",").map((size) => size.replace("L", "").trim());
  if (sizes.at(-1) === "") sizes.pop();
  if (sizes.some((size) => !/^\d{1,15}$/.test(size))) return `its header's shape is (${shape[1]})`;
  if (sizes.length > dimensionLimit) return `it has ${sizes.length} dimensions`;
  return { descr: descr[1] ?? "structured", fortranOrder: order[1] === "True", shape: sizes.map(Number) };
}

/** What works instead of an array of I/Q samples, or of a table of events. */
function hintOf(descr: string): string | undefined {
  if (/^[<>|=]?c\d+$/.test(descr))
    return "encode I/Q samples: each is one spike, given as the number of its cell on the I/Q plane, (sample, tick) integers";
  if (descr === "structured")
    return "of a table of events save rows of integers, np.stack([t // tick, (p * H + y) * W + x], axis=1): --layout events";
  return undefined;
}

/** Element type of a `descr` such as `<f8` or `|b1`; big-endian and other types have none. */
function typeOf(descr: string): NpyType | undefined {
  const name = /^[<|=]?([a-z]\d)$/.exec(descr)?.[1];
  return name !== undefined && Object.hasOwn(views, name) ? (name as NpyType) : undefined;
}
