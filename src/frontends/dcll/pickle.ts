import { DiagnosticError, diagnostic, type Loc } from "../../diagnostics/diagnostic.js";
import { type Machine, pop, skip } from "./pickle-machine.js";
import { operations, refused } from "./pickle-operations.js";
import { type Pickled, PickleError, type PickleHost } from "./pickled.js";

/**
 * Pickles of protocols 2 to 5, as data: nothing that they name is looked up or run. The operations are a closed list,
 * those that NumPy's and PyTorch's files consist of; all others are refused by name.
 *
 * Why not the package `pickleparser` (0.2.1, read): a negative BINBYTES length moves its reader back, so that 7 bytes
 * loop for ever while its stack grows; BUILD copies a file's keys onto any object, the resolver's functions among them;
 * APPENDS and REDUCE spread lists of any length onto the call stack; integers of more than 8 bytes stop it.
 *
 * Time and memory are bounded by the bytes that are there: bytes are views, no operation copies or follows a value, and
 * the number of operations is limited.
 */

/** Most operations of one pickle: some 30,000 tensors, and a bound on memory for hostile files. */
const operationLimit = 2 ** 20;

const STOP = 0x2e;

/** Reads the first pickle of `bytes`; throws a DiagnosticError at `loc` where it is none, or holds what is refused. */
export function unpickle(bytes: Uint8Array, loc: Loc, host: PickleHost): Pickled {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const m: Machine = { bytes, view, host, loc, stack: [], marks: [], memo: new Map(), at: 0, start: 0 };
  try {
    for (let count = 0; count < operationLimit; count++) {
      m.start = m.at;
      const code = m.view.getUint8(skip(m, 1));
      if (code === STOP) return pop(m);
      const operation = operations.get(code);
      if (operation === undefined) throw refusedOperation(m, code);
      operation(m);
    }
    throw new PickleError(`it has more than ${operationLimit} operations`);
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    const reason = `${error.message}, at byte ${m.start}`;
    throw new DiagnosticError(diagnostic("pickle-malformed", loc, { reason }));
  }
}

function refusedOperation(m: Machine, code: number): Error {
  const name = refused[code];
  if (name === undefined) return new PickleError(`${code} is no operation`);
  return new DiagnosticError(diagnostic("pickle-operation", m.loc, { operation: name, offset: m.start }));
}
