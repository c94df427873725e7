import type { Loc } from "../../diagnostics/diagnostic.js";
import { type Pickled, PickleError, type PickleHost } from "./pickled.js";

/** The bytes, the stack and the memo of a pickle that is read; each function throws a PickleError beyond their ends. */
export interface Machine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly host: PickleHost;
  readonly loc: Loc;
  readonly stack: Pickled[];
  /** Heights of the stack at the marks that are open. */
  readonly marks: number[];
  readonly memo: Map<number, Pickled>;
  /** Where the next byte is read, and where the operation that runs stands. */
  at: number;
  start: number;
}

/** Longest `module` and `name` of a global. */
const lineLimitBytes = 256;

/** Passes over `count` bytes; where they began. */
export function skip(m: Machine, count: number): number {
  const from = m.at;
  if (count > m.bytes.length - from) throw new PickleError("it is cut off");
  m.at += count;
  return from;
}

/** An unsigned integer of one byte; all are little-endian. */
export const uint8 = (m: Machine): number => m.view.getUint8(skip(m, 1));
/** Of two bytes. */
export const uint16 = (m: Machine): number => m.view.getUint16(skip(m, 2), true);
/** Of four bytes. */
export const uint32 = (m: Machine): number => m.view.getUint32(skip(m, 4), true);

/** One of eight bytes: a length, and beyond 2^53 of no file. */
export function uint64(m: Machine): number {
  const value = Number(m.view.getBigUint64(skip(m, 8), true));
  if (!Number.isSafeInteger(value)) throw new PickleError("it is cut off");
  return value;
}

/** A view of the next bytes. */
export function take(m: Machine, count: number): Uint8Array {
  const from = skip(m, count);
  return m.bytes.subarray(from, from + count);
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Bytes as UTF-8. */
export function text(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new PickleError("a text is not UTF-8");
  }
}

/** The rest of a line, without its end. */
export function line(m: Machine): string {
  const length = m.bytes.subarray(m.at, m.at + lineLimitBytes).indexOf(10);
  if (length < 0) throw new PickleError("a name does not end");
  const found = text(take(m, length));
  m.at++;
  return found;
}

/** A two's complement integer of any length, rounded to a double. */
export function signed(bytes: Uint8Array): number {
  const last = bytes.length - 1;
  return bytes.reduceRight((sum, byte, i) => sum * 256 + (i === last && byte >= 128 ? byte - 256 : byte), 0);
}

/** Puts a value on the stack. */
export const push = (m: Machine, value: Pickled): void => {
  m.stack.push(value);
};

/** Takes the top value, of those since the last mark. */
export function pop(m: Machine): Pickled {
  const value = m.stack.length > (m.marks.at(-1) ?? 0) ? m.stack.pop() : undefined;
  if (value === undefined) throw new PickleError("the stack is empty");
  return value;
}

/** The values since the last mark, and the mark with them. */
export function popMarked(m: Machine): Pickled[] {
  const mark = m.marks.pop();
  if (mark === undefined) throw new PickleError("no mark is open");
  return m.stack.splice(mark);
}

/** Takes `length` values, the lowest first. */
export function popTuple(m: Machine, length: number): Pickled[] {
  const items = Array.from({ length }, () => pop(m));
  return items.reverse();
}

/** The top value, which stays. */
export function top(m: Machine): Pickled {
  const value = pop(m);
  push(m, value);
  return value;
}
