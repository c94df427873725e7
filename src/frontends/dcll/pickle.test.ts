import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { renderDiagnostic } from "../../diagnostics/render.js";
import { unpickle } from "./pickle.js";
import { PickleError, type PickleHost } from "./pickled.js";
import { bool, call, dict, global, int, none, type Ops, pickle, raw, text, tuple } from "./testing/pickle.js";

/** Knows one global, which gives its arguments back. */
const host: PickleHost = {
  allows: (name) => name === "known.list",
  call: (_, args) => [...args],
  setState(_, state) {
    if (state === null) throw new PickleError("the state is None");
  },
  persistent: (id) => ["at", id],
};

const read = (bytes: Uint8Array) => unpickle(bytes, { file: "x.pkl" }, host);
const value = (ops: Ops, protocol = 3) => read(pickle(ops, protocol));

/** The one error, as it is rendered. */
function refusal(bytes: Uint8Array): string {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics.map(renderDiagnostic).join("\n");
    throw error;
  }
  throw new Error("it was read");
}

test("values", () => {
  expect(value(none)).toBe(null);
  expect(value(tuple(bool(true), bool(false), int(-7), text("é")))).toEqual([true, false, -7, "é"]);
  expect(value(raw([1, 2]))).toEqual(Uint8Array.from([1, 2]));
  expect(value(dict({ a: int(1), b: tuple() }))).toEqual(
    new Map<string, unknown>([
      ["a", 1],
      ["b", []],
    ]),
  );
  expect(value(call("known", "list", int(1), int(2)))).toEqual([1, 2]);
  expect(value([...text("7"), 0x51])).toEqual(["at", "7"]);
});

test("operations that protocols 2, 4 and 5 write", () => {
  // BININT1, BININT2, LONG1 of both signs, BINFLOAT
  expect(value([0x4b, 255], 2)).toBe(255);
  expect(value([0x4d, 0, 1], 2)).toBe(256);
  expect(value([0x8a, 3, 0, 0, 1], 2)).toBe(65536);
  expect(value([0x8a, 1, 0xfe], 2)).toBe(-2);
  expect(value([0x8a, 8, 0xfe, ...new Array<number>(7).fill(0xff)], 2)).toBe(-2);
  expect(value([0x8a, 0], 2)).toBe(0);
  expect(value([0x47, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 2)).toBe(1.5);
  // FRAME, SHORT_BINUNICODE, MEMOIZE, BINGET, TUPLE2, SHORT_BINBYTES
  const frame = [0x95, 9, 0, 0, 0, 0, 0, 0, 0];
  expect(value([...frame, 0x8c, 1, 0x61, 0x94, 0x68, 0, 0x86], 4)).toEqual(["a", "a"]);
  expect(value([0x43, 2, 8, 9], 4)).toEqual(Uint8Array.from([8, 9]));
  // BYTEARRAY8, BINPUT, LONG_BINPUT, LONG_BINGET, TUPLE3
  expect(
    value([0x96, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0x71, 7, 0x72, 8, 0, 0, 0, ...none, 0x6a, 8, 0, 0, 0, 0x87], 5),
  ).toEqual([Uint8Array.from([5]), null, Uint8Array.from([5])]);
  // EMPTY_LIST, APPEND, APPENDS, EMPTY_DICT, SETITEM, TUPLE1; STACK_GLOBAL; BUILD
  expect(value([0x5d, ...int(1), 0x61, 0x28, ...int(2), ...int(3), 0x65])).toEqual([1, 2, 3]);
  expect(value([0x7d, ...text("k"), ...int(4), 0x73, 0x85])).toEqual([new Map([["k", 4]])]);
  expect(value([...text("known"), ...text("list"), 0x93, ...tuple(int(5)), 0x52], 4)).toEqual([5]);
  expect(value([...tuple(), ...int(1), 0x62])).toEqual([]);
});

test("a value may hold itself", () => {
  const list = value([0x5d, 0x71, 0, 0x68, 0, 0x61]) as unknown[];
  expect(list[0]).toBe(list);
});

test("pickle-global: code is named, not run", () => {
  expect(refusal(pickle(call("os", "system", text("true"))))).toBe(
    "error[pickle-global] x.pkl: 'os.system' at byte 2 is refused: a pickle can run any code, and this is no part of a tensor\n" +
      "  hint: save the parameters alone: torch.save(net.state_dict(), path), or a pickled dict of NumPy arrays",
  );
  expect(refusal(pickle([...text("builtins"), ...text("eval"), 0x93], 4))).toContain(
    "'builtins.eval' at byte",
  );
  expect(refusal(pickle(global("known", "list\u0000")))).toContain("error[pickle-global]");
});

test.each([
  ["INST", 0x69],
  ["OBJ", 0x6f],
  ["NEWOBJ", 0x81],
  ["NEWOBJ_EX", 0x92],
  ["EXT1", 0x82],
  ["NEXT_BUFFER", 0x97],
  ["STRING", 0x53],
  ["DUP", 0x32],
])("pickle-operation: %s", (name, code) => {
  expect(refusal(pickle([code]))).toMatch(
    `error[pickle-operation] x.pkl: operation ${name} at byte 2 is not read: no dict of tensors needs it\n`,
  );
});

describe("pickle-malformed", () => {
  test.each<readonly [string, Ops | Uint8Array, string]>([
    ["nothing", new Uint8Array(), "it is cut off, at byte 0"],
    ["no end", Uint8Array.from([0x80, 3, 0x4e]), "it is cut off, at byte 3"],
    ["no operation", [0x01], "1 is no operation, at byte 2"],
    ["protocol 0", Uint8Array.from([0x80, 0, 0x4e, 0x2e]), "protocol 0 is not read, 2 to 5 are, at byte 0"],
    ["an empty stack", [], "the stack is empty, at byte 2"],
    ["below a mark", [...none, 0x28, 0x85], "the stack is empty, at byte 4"],
    ["no mark", [0x74], "no mark is open, at byte 2"],
    ["bytes beyond the end", [0x42, 255, 255, 255, 255], "it is cut off, at byte 2"],
    ["a length beyond 2^53", [0x96, 0, 0, 0, 0, 0, 0, 0, 255], "it is cut off, at byte 2"],
    ["a text that is none", [0x58, 1, 0, 0, 0, 0xff], "a text is not UTF-8, at byte 2"],
    ["a name without end", [0x63, ...new Array<number>(300).fill(97)], "a name does not end, at byte 2"],
    ["nothing remembered", [0x68, 3], "nothing is remembered as 3, at byte 2"],
    ["append to a dict", [0x7d, ...none, 0x61], "items are added to something that is no list, at byte 4"],
    [
      "keys of a list",
      [0x5d, ...none, ...none, 0x73],
      "keys are set of something that is no dict, at byte 5",
    ],
    ["a key alone", [0x7d, 0x28, ...none, 0x75], "a key has no value, at byte 5"],
    [
      "a call of a text",
      [...text("f"), ...tuple(), 0x52],
      "something is called that is no global, at byte 10",
    ],
    [
      "arguments that are none",
      [...global("known", "list"), ...none, 0x52],
      "arguments are no tuple, at byte 15",
    ],
    ["a global of numbers", [...none, ...none, 0x93], "a global's name is no text, at byte 4"],
    ["what the host refuses", [...tuple(), ...none, 0x62], "the state is None, at byte 5"],
  ])("%s", (_, ops, reason) => {
    const bytes = ops instanceof Uint8Array ? ops : pickle(ops);
    expect(refusal(bytes)).toMatch(`error[pickle-malformed] x.pkl: not a readable pickle: ${reason}\n`);
  });

  test("a million operations are enough", () => {
    const flood = new Uint8Array(2 ** 20 + 100).fill(0x4e);
    expect(refusal(flood)).toContain("it has more than 1048576 operations");
    // Nested as deep: nothing walks it.
    const deep = new Uint8Array(200_000).fill(0x85);
    deep.set([0x80, 3, 0x4e]);
    deep[deep.length - 1] = 0x2e;
    expect(Array.isArray(read(deep))).toBe(true);
  });
});
