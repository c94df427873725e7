import { DiagnosticError, diagnostic } from "../../diagnostics/diagnostic.js";
import { readArchive } from "./archive.js";
import { tensorHost } from "./objects.js";
import { unpickle } from "./pickle.js";
import { isObject, type Pickled } from "./pickled.js";
import type { StoredTensor } from "./tensor.js";

/** A network's parameters by name, not yet read. */
export type StateDict = ReadonlyMap<string, StoredTensor>;

/** Whether a file is a zip, as `torch.save` writes it. */
export const isArchive = (bytes: Uint8Array): boolean => startsWith(bytes, [0x50, 0x4b, 0x03, 0x04]);

/** `torch.save` before PyTorch 1.6: a pickle of the integer 0x1950a86a20f9469cfc6c, behind the protocol. */
const legacyMagic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

/** Keys under which training scripts keep a state dict among other things (an epoch, an optimiser's state). */
const wrappers = ["model_state_dict", "state_dict"];

/**
 * Reads a checkpoint of tensors: `torch.save`'s archive, or a pickled dict of NumPy arrays; the bytes tell which.
 * Throws a DiagnosticError on anything else. Values that are no tensors are left out.
 */
export function readStateDict(bytes: Uint8Array, file: string): StateDict {
  if (startsWith(bytes, legacyMagic, 2)) throw new DiagnosticError(diagnostic("torch-legacy", { file }, {}));
  const value = isArchive(bytes) ? unpickleArchive(bytes, file) : unpickleArrays(bytes, file);
  const dict = unwrapped(value);
  if (!(dict instanceof Map)) {
    const reason = "it holds no dict of parameters";
    throw new DiagnosticError(diagnostic("pickle-malformed", { file }, { reason }));
  }
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of dict)
    if (typeof name === "string" && isObject(entry, "array") && entry.tensor !== undefined)
      tensors.set(name, entry.tensor);
  return tensors;
}

const startsWith = (bytes: Uint8Array, magic: readonly number[], at = 0): boolean =>
  magic.every((byte, i) => bytes[at + i] === byte);

function unpickleArchive(bytes: Uint8Array, file: string): Pickled {
  const { pickle, loc, storages } = readArchive(bytes, file);
  return unpickle(
    pickle,
    loc,
    tensorHost((key) => storages.get(key), bytes.length),
  );
}

const unpickleArrays = (bytes: Uint8Array, file: string): Pickled =>
  unpickle(
    bytes,
    { file },
    tensorHost(() => undefined, bytes.length),
  );

function unwrapped(value: Pickled): Pickled {
  if (!(value instanceof Map)) return value;
  const key = wrappers.find((name) => value.get(name) instanceof Map);
  return key === undefined ? value : (value.get(key) as Pickled);
}
