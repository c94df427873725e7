import { DiagnosticError, diagnostic } from "../../diagnostics/diagnostic.js";
import {
  line,
  type Machine,
  pop,
  popMarked,
  popTuple,
  push,
  signed,
  skip,
  take,
  text,
  top,
  uint8,
  uint16,
  uint32,
  uint64,
} from "./pickle-machine.js";
import { isObject, type Pickled, PickleError } from "./pickled.js";

/** What is read but STOP, by code, as in Python's pickletools. */
export const operations: ReadonlyMap<number, (m: Machine) => void> = new Map([
  // PROTO, FRAME, MARK
  [
    0x80,
    (m) => {
      const version = uint8(m);
      if (version < 2 || version > 5) throw new PickleError(`protocol ${version} is not read, 2 to 5 are`);
    },
  ],
  [0x95, (m) => void uint64(m)],
  [0x28, (m) => void m.marks.push(m.stack.length)],
  // MEMOIZE, BINPUT, LONG_BINPUT, BINGET, LONG_BINGET
  [0x94, (m) => remember(m, m.memo.size)],
  [0x71, (m) => remember(m, uint8(m))],
  [0x72, (m) => remember(m, uint32(m))],
  [0x68, (m) => recall(m, uint8(m))],
  [0x6a, (m) => recall(m, uint32(m))],
  // NONE, NEWTRUE, NEWFALSE, BININT, BININT1, BININT2, LONG1, BINFLOAT
  [0x4e, (m) => push(m, null)],
  [0x88, (m) => push(m, true)],
  [0x89, (m) => push(m, false)],
  [0x4a, (m) => push(m, m.view.getInt32(skip(m, 4), true))],
  [0x4b, (m) => push(m, uint8(m))],
  [0x4d, (m) => push(m, uint16(m))],
  [0x8a, (m) => push(m, signed(take(m, uint8(m))))],
  [0x47, (m) => push(m, m.view.getFloat64(skip(m, 8), false))],
  // BINUNICODE, SHORT_BINUNICODE, BINBYTES, SHORT_BINBYTES, BYTEARRAY8
  [0x58, (m) => push(m, text(take(m, uint32(m))))],
  [0x8c, (m) => push(m, text(take(m, uint8(m))))],
  [0x42, (m) => push(m, take(m, uint32(m)))],
  [0x43, (m) => push(m, take(m, uint8(m)))],
  [0x96, (m) => push(m, take(m, uint64(m)))],
  // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
  [0x29, (m) => push(m, [])],
  [0x85, (m) => push(m, popTuple(m, 1))],
  [0x86, (m) => push(m, popTuple(m, 2))],
  [0x87, (m) => push(m, popTuple(m, 3))],
  [0x74, (m) => push(m, popMarked(m))],
  // EMPTY_LIST, APPEND, APPENDS, EMPTY_DICT, SETITEM, SETITEMS
  [0x5d, (m) => push(m, [])],
  [0x61, (m) => append(m, popTuple(m, 1))],
  [0x65, (m) => append(m, popMarked(m))],
  [0x7d, (m) => push(m, new Map())],
  [0x73, (m) => setItems(m, popTuple(m, 2))],
  [0x75, (m) => setItems(m, popMarked(m))],
  // GLOBAL, STACK_GLOBAL, BINPERSID, REDUCE, BUILD
  [0x63, (m) => pushGlobal(m, line(m), line(m))],
  [
    0x93,
    (m) => {
      const [module, name] = popTuple(m, 2) as [Pickled, Pickled];
      pushGlobal(m, module, name);
    },
  ],
  [0x51, (m) => push(m, m.host.persistent(pop(m)))],
  [0x52, reduce],
  [
    0x62,
    (m) => {
      const state = pop(m);
      m.host.setState(top(m), state);
    },
  ],
]);

/** Operations that Python knows and no file of tensors needs. */
export const refused: Readonly<Record<number, string>> = {
  48: "POP",
  49: "POP_MARK",
  50: "DUP",
  70: "FLOAT",
  73: "INT",
  76: "LONG",
  80: "PERSID",
  83: "STRING",
  84: "BINSTRING",
  85: "SHORT_BINSTRING",
  86: "UNICODE",
  100: "DICT",
  103: "GET",
  105: "INST",
  108: "LIST",
  111: "OBJ",
  112: "PUT",
  129: "NEWOBJ",
  130: "EXT1",
  131: "EXT2",
  132: "EXT4",
  139: "LONG4",
  141: "BINUNICODE8",
  142: "BINBYTES8",
  143: "EMPTY_SET",
  144: "ADDITEMS",
  145: "FROZENSET",
  146: "NEWOBJ_EX",
  151: "NEXT_BUFFER",
  152: "READONLY_BUFFER",
};

function append(m: Machine, items: readonly Pickled[]): void {
  const list = top(m);
  if (!Array.isArray(list)) throw new PickleError("items are added to something that is no list");
  for (const item of items) list.push(item);
}

function setItems(m: Machine, items: readonly Pickled[]): void {
  const dict = top(m);
  if (!(dict instanceof Map)) throw new PickleError("keys are set of something that is no dict");
  if (items.length % 2 !== 0) throw new PickleError("a key has no value");
  for (let i = 0; i < items.length; i += 2) dict.set(items[i] as Pickled, items[i + 1] as Pickled);
}

function pushGlobal(m: Machine, module: Pickled, name: Pickled): void {
  if (typeof module !== "string" || typeof name !== "string")
    throw new PickleError("a global's name is no text");
  const global = `${module}.${name}`;
  if (!m.host.allows(global))
    throw new DiagnosticError(diagnostic("pickle-global", m.loc, { global, offset: m.start }));
  push(m, { kind: "global", name: global });
}

function remember(m: Machine, index: number): void {
  m.memo.set(index, top(m));
}

function recall(m: Machine, index: number): void {
  const value = m.memo.get(index);
  if (value === undefined) throw new PickleError(`nothing is remembered as ${index}`);
  push(m, value);
}

function reduce(m: Machine): void {
  const args = pop(m);
  const global = pop(m);
  if (!Array.isArray(args)) throw new PickleError("arguments are no tuple");
  if (!isObject(global, "global")) throw new PickleError("something is called that is no global");
  push(m, m.host.call(global, args));
}
