// Numbers from files: NumPy's .npy arrays of integers, and tables of thresholds.

/** @import { Word } from "./network.js" */
import { readFileSync } from "node:fs";
import { fail } from "./failure.js";

/**
 * An array of integers: NumPy's name of its element type, sizes, elements in C order.
 * @typedef {object} Npy
 * @property {string} type
 * @property {readonly number[]} shape
 * @property {ArrayLike<Word>} data
 */

/**
 * Element types that are read, by NumPy's names.
 * @type {Readonly<Record<string, (bytes: ArrayBuffer) => ArrayLike<Word>>>}
 */
const elementTypes = {
  b1: (bytes) => new Uint8Array(bytes),
  u1: (bytes) => new Uint8Array(bytes),
  i1: (bytes) => new Int8Array(bytes),
  u2: (bytes) => new Uint16Array(bytes),
  i2: (bytes) => new Int16Array(bytes),
  u4: (bytes) => new Uint32Array(bytes),
  i4: (bytes) => new Int32Array(bytes),
  u8: (bytes) => new BigUint64Array(bytes),
  i8: (bytes) => new BigInt64Array(bytes),
};

/**
 * Reads a .npy file: bool or little-endian integers, C order.
 * @param {string | URL} path
 * @returns {Npy}
 */
export function readNpy(path) {
  const place = String(path);
  const file = readFileSync(path);
  if (file.length < 12 || file.toString("latin1", 0, 6) !== "\x93NUMPY") fail(place, "not a .npy file");
  const start = file[6] === 1 ? 10 : 12;
  const end = start + (file[6] === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8));
  const header = file.toString("latin1", start, end);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1] ?? "unknown";
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d, ]*)\)/.exec(header)?.[1];
  if (end > file.length || order === undefined || sizes === undefined) {
    fail(place, "its .npy header is damaged");
  }
  const type = /^[<|=]([a-z]\d)$/.exec(descr)?.[1] ?? "unknown";
  if (!Object.hasOwn(elementTypes, type)) fail(place, `elements of type '${descr}': use integers or bool`);
  if (order === "True") fail(place, "array is in Fortran order: save numpy.ascontiguousarray(array)");
  const sizeTexts = sizes.split(",").filter((size) => size.trim() !== "");
  const shape = sizeTexts.map(Number);
  const need = shape.reduce((n, size) => n * size, Number(type[1]));
  const have = file.length - end;
  if (have !== need) fail(place, `holds ${have} bytes of elements, its shape takes ${need}`);
  const bytes = new Uint8Array(need);
  bytes.set(file.subarray(end));
  return { type, shape, data: elementTypes[type](bytes.buffer) };
}

/**
 * Reads `count` weights.
 * @param {URL} folder
 * @param {string} file
 * @param {number} count
 */
export function readWeights(folder, file, count) {
  const { data } = readNpy(new URL(file, folder));
  if (data.length !== count) fail(file, `holds ${data.length} weights, the network has ${count}`);
  return Float64Array.from(data, Number);
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {readonly (readonly (number | string)[])[]}
 */
function parseTables(file, text) {
  const integer = (/** @type {unknown} */ value) =>
    Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d+$/.test(value));
  try {
    const tables = JSON.parse(text);
    const fits = (/** @type {unknown} */ table) => Array.isArray(table) && table.every(integer);
    if (Array.isArray(tables) && tables.every(fits)) return tables;
  } catch (error) {
    fail(file, `is no JSON: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
  }
  return fail(file, "holds no lists of integers");
}

/**
 * Reads tables of thresholds, JSON: strings hold what no double does.
 * @param {URL} folder
 * @param {string} file
 * @returns {readonly (readonly Word[])[]}
 */
export function readThresholds(folder, file) {
  const tables = parseTables(file, readFileSync(new URL(file, folder), "utf8"));
  return tables.map((table) => table.map((value) => (typeof value === "string" ? BigInt(value) : value)));
}
