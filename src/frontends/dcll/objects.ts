import { isObject, type Pickled, PickleError, type PickleHost } from "./pickled.js";
import { denseStrides, type ElementType, elementBytes, type StoredTensor, tensorProblem } from "./tensor.js";

/** NumPy's names of element types. */
const dtypes: Readonly<Record<string, ElementType>> = {
  f8: "float64",
  f4: "float32",
  f2: "float16",
  i8: "int64",
  i4: "int32",
  i2: "int16",
  i1: "int8",
  u1: "uint8",
  b1: "uint8",
};

/** PyTorch's storages. */
const storages: Readonly<Record<string, ElementType>> = {
  "torch.DoubleStorage": "float64",
  "torch.FloatStorage": "float32",
  "torch.HalfStorage": "float16",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.ShortStorage": "int16",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "uint8",
};

/** What calling a global on arguments gives. `budget` is what may still be allocated. */
type Call = (args: readonly Pickled[], budget: Budget) => Pickled;

/** Bytes that texts turned into bytes may still take: a text may be turned again and again. */
interface Budget {
  bytes: number;
}

/** Globals that are built, as the data that they stand for; NumPy's by the names that version 1 has. */
const calls: Readonly<Record<string, Call>> = {
  "collections.OrderedDict": () => new Map(),
  "numpy.dtype": ([code]) => {
    const type = typeof code === "string" && Object.hasOwn(dtypes, code) ? dtypes[code] : undefined;
    if (type === undefined) throw new PickleError(`elements of NumPy type ${show(code)} are not read`);
    return { kind: "dtype", type, bigEndian: false };
  },
  "numpy.core.multiarray._reconstruct": () => ({ kind: "array", tensor: undefined }),
  "numpy.core.numeric._frombuffer": (args) => fromBuffer(args),
  "numpy.core.multiarray.scalar": ([dtype, bytes]) => ({
    kind: "array",
    tensor: denseTensor(bytes, dtype, [], false),
  }),
  "_codecs.encode": ([text, encoding], budget) => encoded(text, encoding, budget),
  "torch._utils._rebuild_tensor_v2": ([storage, offset, shape, strides]) => {
    if (!isObject(storage, "storage")) throw new PickleError("a tensor has no storage");
    const { type, bytes } = storage;
    return arrayOf({ type, bytes, offset: count(offset), shape: counts(shape), strides: counts(strides) });
  },
  "torch._utils._rebuild_parameter": ([tensor]) => {
    if (!isObject(tensor, "array")) throw new PickleError("a parameter has no tensor");
    return tensor;
  },
};

/** What calling a global does; NumPy 2 renamed `core`. Undefined: it may not be called. */
function callOf(global: string): Call | undefined {
  const name = global.replace(/^numpy\._core\./, "numpy.core.");
  return Object.hasOwn(calls, name) ? calls[name] : undefined;
}

/** Globals that stand for themselves: types that others take as arguments. */
const types: readonly string[] = ["numpy.ndarray", ...Object.keys(storages)];

/**
 * Makes the arrays and tensors of a pickle. `storage` gives a stored member's bytes by its key (PyTorch's archives;
 * nothing elsewhere); `budgetBytes` bounds what is allocated.
 */
export function tensorHost(
  storage: (key: string) => Uint8Array | undefined,
  budgetBytes: number,
): PickleHost {
  const budget = { bytes: budgetBytes };
  return {
    allows: (global) => callOf(global) !== undefined || types.includes(global),
    call(global, args) {
      const call = callOf(global.name);
      if (call === undefined) throw new PickleError(`'${global.name}' is called`);
      return call(args, budget);
    },
    setState,
    persistent: (id) => persistentStorage(id, storage),
  };
}

function setState(object: Pickled, state: Pickled): void {
  // PyTorch keeps versions of modules as an attribute of the dict: no tensors.
  if (object instanceof Map) return;
  if (!Array.isArray(state)) throw new PickleError("a state is no tuple");
  if (isObject(object, "dtype")) {
    object.bigEndian = state[1] === ">";
    return;
  }
  if (!isObject(object, "array")) throw new PickleError("something has a state that is no array");
  const [, shape, dtype, fortran, bytes] = state;
  object.tensor = denseTensor(bytes, dtype, counts(shape), fortran === true);
}

function fromBuffer([bytes, dtype, shape, order]: readonly Pickled[]): Pickled {
  return { kind: "array", tensor: denseTensor(bytes, dtype, counts(shape), order === "F") };
}

function denseTensor(
  bytes: Pickled | undefined,
  dtype: Pickled | undefined,
  shape: readonly number[],
  fortran: boolean,
): StoredTensor {
  if (!isObject(dtype, "dtype") || !(bytes instanceof Uint8Array))
    throw new PickleError("an array has no element type or no bytes");
  if (dtype.bigEndian) throw new PickleError("an array is big-endian: only little-endian ones are read");
  return sound({ type: dtype.type, bytes, offset: 0, shape, strides: denseStrides(shape, fortran) });
}

const arrayOf = (tensor: StoredTensor): Pickled => ({ kind: "array", tensor: sound(tensor) });

function sound(tensor: StoredTensor): StoredTensor {
  const problem = tensorProblem(tensor);
  if (problem !== undefined) throw new PickleError(`a tensor is impossible: ${problem}`);
  return tensor;
}

/** Protocol 2 writes bytes as a text whose characters are the bytes. */
function encoded(text: Pickled | undefined, encoding: Pickled | undefined, budget: Budget): Uint8Array {
  if (typeof text !== "string" || encoding !== "latin1")
    throw new PickleError("_codecs.encode of something else than latin1 text");
  budget.bytes -= text.length;
  if (budget.bytes < 0) throw new PickleError("its texts make more bytes than the file has");
  return Uint8Array.from({ length: text.length }, (_, i) => {
    const byte = text.charCodeAt(i);
    if (byte > 255) throw new PickleError("a latin1 text has other characters");
    return byte;
  });
}

/** ("storage", type, key, device, elements). */
function persistentStorage(id: Pickled, storage: (key: string) => Uint8Array | undefined): Pickled {
  const [tag, global, key, , elements] = Array.isArray(id) ? id : [];
  const type = isObject(global, "global") ? storages[global.name] : undefined;
  if (tag !== "storage" || type === undefined || typeof key !== "string")
    throw new PickleError("something outside the pickle is no storage");
  const bytes = storage(key);
  if (bytes === undefined) throw new PickleError(`storage '${key}' is missing`);
  const need = count(elements) * elementBytes(type);
  if (need !== bytes.length)
    throw new PickleError(`storage '${key}' has ${bytes.length} bytes, its tensors need ${need}`);
  return { kind: "storage", type, bytes };
}

function count(value: Pickled | undefined): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new PickleError(`a size is ${show(value)}`);
}

function counts(value: Pickled | undefined): readonly number[] {
  if (!Array.isArray(value) || value.length > 8) throw new PickleError("a shape is no short tuple");
  return value.map(count);
}

const show = (value: Pickled | undefined): string =>
  typeof value === "number"
    ? `${value}`
    : typeof value === "string"
      ? `'${value.slice(0, 40)}'`
      : "no number";
