import { zipSync } from "fflate";

/** Writes pickles as Python does, as far as tests need it: each function gives the operations that push one value. */
export type Ops = readonly number[];

const bytesOf = (text: string): readonly number[] => [...new TextEncoder().encode(text)];
const uint32 = (n: number): readonly number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24];

export const none: Ops = [0x4e];
export const bool = (value: boolean): Ops => [value ? 0x88 : 0x89];
/** BININT, of any sign. */
export const int = (n: number): Ops => [0x4a, ...uint32(n)];
/** BINUNICODE. */
export const text = (value: string): Ops => [0x58, ...uint32(bytesOf(value).length), ...bytesOf(value)];
/** BINBYTES. */
export const raw = (bytes: Iterable<number>): Ops => {
  const all = [...bytes];
  return [0x42, ...uint32(all.length), ...all];
};
/** MARK, items, TUPLE. */
export const tuple = (...items: readonly Ops[]): Ops => [0x28, ...items.flat(), 0x74];
export const ints = (numbers: readonly number[]): Ops => tuple(...numbers.map(int));
/** GLOBAL. */
export const global = (module: string, name: string): Ops => [0x63, ...bytesOf(`${module}\n${name}\n`)];
/** A global called on arguments. */
export const call = (module: string, name: string, ...args: readonly Ops[]): Ops => [
  ...global(module, name),
  ...tuple(...args),
  0x52,
];
/** An object with the state that it gets. */
export const build = (object: Ops, state: Ops): Ops => [...object, ...state, 0x62];
/** EMPTY_DICT, MARK, keys and values, SETITEMS. */
export const dict = (entries: Readonly<Record<string, Ops>>): Ops => [
  0x7d,
  0x28,
  ...Object.entries(entries).flatMap(([key, value]) => [...text(key), ...value]),
  0x75,
];
/** PROTO, operations, STOP. */
export const pickle = (ops: Ops, protocol = 3): Uint8Array => Uint8Array.from([0x80, protocol, ...ops, 0x2e]);

/** Element types of test arrays: NumPy's name, PyTorch's storage, and their little-endian bytes. */
const writers = {
  f4: ["FloatStorage", 4, (v: DataView, at: number, x: number) => v.setFloat32(at, x, true)],
  f8: ["DoubleStorage", 8, (v: DataView, at: number, x: number) => v.setFloat64(at, x, true)],
  i8: ["LongStorage", 8, (v: DataView, at: number, x: number) => v.setBigInt64(at, BigInt(x), true)],
  f2: ["HalfStorage", 2, (v: DataView, at: number, x: number) => v.setUint16(at, x, true)],
} as const;
type Code = keyof typeof writers;

/** Bytes of elements; those of f2 are given as bit patterns. */
export function elementBytes(data: readonly number[], code: Code = "f4"): Uint8Array {
  const [, size, write] = writers[code];
  const view = new DataView(new ArrayBuffer(data.length * size));
  data.forEach((x, i) => {
    write(view, i * size, x);
  });
  return new Uint8Array(view.buffer);
}

/** An array to write, row-major. */
export interface ArraySpec {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly code?: Code;
}

/** A NumPy element type. */
export const dtype = (code: string, order = "<"): Ops =>
  build(
    call("numpy", "dtype", text(code), int(0), int(1)),
    tuple(int(3), text(order), none, none, none, int(-1), int(-1), int(0)),
  );

/** A NumPy array as protocol 3 has it. */
export const ndarray = ({ shape, data, code = "f4" }: ArraySpec, order = "<", fortran = false): Ops =>
  build(
    call("numpy.core.multiarray", "_reconstruct", global("numpy", "ndarray"), ints([0]), raw(bytesOf("b"))),
    tuple(int(1), ints(shape), dtype(code, order), bool(fortran), raw(elementBytes(data, code))),
  );

/** A tensor that views storage `key` of `elements` elements. */
export function tensor(t: {
  readonly key: string;
  readonly elements: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
  readonly code?: Code;
}): Ops {
  const [storage] = writers[t.code ?? "f4"];
  const id = tuple(text("storage"), global("torch", storage), text(t.key), text("cpu"), int(t.elements));
  const hooks = call("collections", "OrderedDict");
  const place = [int(t.offset ?? 0), ints(t.shape), ints(t.strides), bool(false), hooks];
  return call("torch._utils", "_rebuild_tensor_v2", [...id, 0x51], ...place);
}

/** Strides of a row-major array. */
export const rowMajor = (shape: readonly number[]): readonly number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((n, size) => n * size, 1));

/** A pickled dict of NumPy arrays. */
export const pickleFile = (arrays: Readonly<Record<string, ArraySpec>>): Uint8Array =>
  pickle(dict(Object.fromEntries(Object.entries(arrays).map(([name, spec]) => [name, ndarray(spec)]))));

/** A PyTorch archive: a pickle, storages by key, and what else stands beside them. */
export function torchFile(
  data: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>>,
  others: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array {
  const members = Object.entries(storages).map(([key, bytes]) => [`net/data/${key}`, bytes] as const);
  return zipSync({ "net/data.pkl": data, ...Object.fromEntries(members), ...others }, { level: 0 });
}

/** A state dict as `torch.save` writes it, a storage a tensor. */
export function stateDictFile(arrays: Readonly<Record<string, ArraySpec>>): Uint8Array {
  const specs = Object.entries(arrays);
  const tensors = specs.map(([name, { shape, data, code }], i) => {
    const place = { key: `${i}`, elements: data.length, shape, strides: rowMajor(shape) };
    return [name, tensor(code === undefined ? place : { ...place, code })] as const;
  });
  const storages = specs.map(([, { data, code }], i) => [`${i}`, elementBytes(data, code)] as const);
  return torchFile(pickle(dict(Object.fromEntries(tensors)), 2), Object.fromEntries(storages));
}
