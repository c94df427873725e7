import { diagnostic, failure, type Loc, type Result, success } from "../diagnostics/diagnostic.js";
import { readBytesAt } from "../host/files.js";
import { float16 } from "./float16.js";

/**
 * NumPy's .npy files, versions 1 to 3, of either byte order and either order of axes; half floats are held as singles,
 * which have them all. Written are little-endian files in C order. Source: numpy.lib.format's documentation.
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
  const { shape: whole, start, elements: kind, fortranOrder } = found.value;
  const rows = rowsOf({ dtype: kind.type, shape: whole });
  if (!rows.ok) return rows;
  const shape = whole.length === 0 ? whole : [rows.value, ...whole.slice(1)];
  // In Fortran order rows are spread over the whole file.
  const read = fortranOrder ? whole : shape;
  const bytes = readBytesAt(path, start, countOf(read) * kind.bytes);
  return bytes.ok ? success(arrayOf(found.value, bytes.value.part, shape)) : bytes;
}

/** Decodes the bytes of a .npy file; `loc` is where its diagnostics point. */
export function decodeNpy(bytes: Uint8Array, loc: Loc): Result<NpyArray> {
  const found = decodeHeader(bytes, bytes.length, loc);
  if (!found.ok) return found;
  const { shape, start } = found.value;
  return success(arrayOf(found.value, new Uint8Array(bytes.subarray(start)), shape));
}

const countOf = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/** The first rows that `shape` has of an array whose elements are `bytes`, which are turned in place. */
function arrayOf(head: Found, bytes: Uint8Array<ArrayBuffer>, shape: readonly number[]): NpyArray {
  const { type, bytes: size, bigEndian, half } = head.elements;
  if (bigEndian) swap(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), size);
  const stored = half ? Float32Array.from(views.u2(bytes.buffer), float16) : views[type](bytes.buffer);
  if (!head.fortranOrder) return npyArray(type, shape, stored);
  const strides = head.shape.map((_, axis) => countOf(head.shape.slice(0, axis)));
  const data = views[type](new ArrayBuffer(countOf(shape) * stored.BYTES_PER_ELEMENT));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    data[to] = stored[from] as number & bigint;
    // The last axis counts up fastest; one that is through begins again.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [at, stride] = [(index[axis] as number) + 1, strides[axis] as number];
      const isThrough = at === shape[axis];
      index[axis] = isThrough ? 0 : at;
      from += isThrough ? stride * (1 - at) : stride;
      if (!isThrough) break;
    }
  }
  return npyArray(type, shape, data);
}

/** Turns the bytes of each element. */
function swap(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else bytes.swap64();
}

/** What a file's header says, where it has as many bytes. */
interface Found {
  readonly elements: Elements;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin, in bytes. */
  readonly start: number;
}

/** What the start of a .npy file says of its elements, and where these begin, if a file of `size` bytes has them all. */
function decodeHeader(bytes: Uint8Array, size: number, loc: Loc): Result<Found> {
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

  const { descr, shape, fortranOrder } = header;
  const elements = elementsOf(descr);
  if (elements === undefined) {
    const hint = hintOf(descr);
    return failure(diagnostic("npy-element-type", loc, { type: descr }, hint === undefined ? {} : { hint }));
  }
  const need = countOf(shape) * elements.bytes;
  const have = size - start - length;
  if (need !== have)
    return failure(diagnostic("npy-data-size", loc, { have, need, shape: printShape(shape), type: descr }));
  return success({ elements, fortranOrder, shape, start: start + length });
}

/** Encodes an array as a version 1 .npy file, byte for byte as NumPy does; throws a TypeError as `npyArray` does. */
export function encodeNpy(array: NpyArray): Uint8Array {
  const problem = arrayProblem(array);
  if (problem !== undefined) throw new TypeError(`encodeNpy: ${problem}`);
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

/** How elements are stored, and the type that holds them. */
interface Elements {
  readonly type: NpyType;
  readonly bytes: number;
  readonly bigEndian: boolean;
  readonly half: boolean;
}

/** Elements of a `descr` such as `<f8`, `>i4` or `|b1`; complex numbers, text, objects and others have none. */
function elementsOf(descr: string): Elements | undefined {
  const [, order, name = ""] = /^([<>|=]?)([a-z]\d)$/.exec(descr) ?? [];
  const bytes = Number(name[1]);
  const half = name === "f2";
  if (!half && !Object.hasOwn(views, name)) return undefined;
  return { type: half ? "f4" : (name as NpyType), bytes, bigEndian: order === ">" && bytes > 1, half };
}
