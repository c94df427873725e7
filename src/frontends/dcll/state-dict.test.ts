import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { DiagnosticError } from "../../diagnostics/diagnostic.js";
import { renderDiagnostic } from "../../diagnostics/render.js";
import { readStateDict } from "./state-dict.js";
import { readTensor } from "./tensor.js";
import {
  bool,
  build,
  call,
  dict,
  dtype,
  elementBytes,
  global,
  int,
  ints,
  ndarray,
  none,
  type Ops,
  pickle,
  raw,
  stateDictFile,
  tensor,
  text,
  torchFile,
  tuple,
} from "./testing/pickle.js";

const values = (bytes: Uint8Array) =>
  Object.fromEntries(
    [...readStateDict(bytes, "x.pth")].map(([name, t]) => [name, [t.shape, [...readTensor(t)]]]),
  );

function refusal(bytes: Uint8Array): string {
  try {
    readStateDict(bytes, "x.pth");
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics.map(renderDiagnostic).join("\n");
    throw error;
  }
  throw new Error("it was read");
}

const shared = readFileSync("../shared/data/formats/dcll_scalar_tau_zip.pth");
const two = { shape: [2], data: [1, -2] } as const;
const array = (ops: Ops) => pickle(dict({ a: ops }));

describe("a pickled dict of NumPy arrays", () => {
  test("of the DCLL authors", () => {
    const dict = readStateDict(readFileSync("../shared/data/dcll-mnist/parameters_49.pkl"), "49");
    expect([...dict].map(([name, { type, shape }]) => `${name} ${type} ${shape}`)).toEqual(
      expect.arrayContaining([
        "layer1.i2h.weight float32 16,1,7,7",
        "layer1.i2h.alpha float32 1,28,28",
        "layer3.output_.bias float32 10",
      ]),
    );
    expect(dict.size).toBe(26);
    const [alpha] = readTensor(dict.get("layer2.i2h.alphas") as never);
    expect(alpha).toBe(Math.fround(alpha as number));
  });

  test("element types, Fortran order, NumPy 2's names, protocol 5's buffers, what is no array", () => {
    const fortran = ndarray({ shape: [2, 2], data: [1, 2, 3, 4] }, "<", true);
    const rename = (ops: Ops) => {
      const old = [...new TextEncoder().encode("numpy.core.")];
      const at = ops.findIndex((_, i) => old.every((byte, k) => ops[i + k] === byte));
      return [
        ...ops.slice(0, at),
        ...new TextEncoder().encode("numpy._core."),
        ...ops.slice(at + old.length),
      ];
    };
    const buffer = call(
      "numpy.core.numeric",
      "_frombuffer",
      raw(elementBytes([5, 6])),
      dtype("f4"),
      ints([2]),
      text("C"),
    );
    const file = pickle(
      dict({
        double: ndarray({ ...two, code: "f8" }),
        long: ndarray({ ...two, code: "i8" }),
        half: ndarray({ shape: [1], data: [0x3c00], code: "f2" }),
        fortran,
        renamed: rename(ndarray(two)),
        buffer,
        scalar: ndarray({ shape: [], data: [7] }),
        single: call("numpy._core.multiarray", "scalar", dtype("f4"), raw(elementBytes([8]))),
        epoch: int(3),
      }),
    );
    expect(values(file)).toEqual({
      double: [[2], [1, -2]],
      long: [[2], [1, -2]],
      half: [[1], [1]],
      fortran: [
        [2, 2],
        [1, 3, 2, 4],
      ],
      renamed: [[2], [1, -2]],
      buffer: [[2], [5, 6]],
      scalar: [[], [7]],
      single: [[], [8]],
    });
  });

  test("bytes as protocol 2 has them: a latin1 text", () => {
    const bytes = call("_codecs", "encode", text("\u0000\u0000\u0080\u003f"), text("latin1"));
    const state = tuple(int(1), ints([1]), dtype("f4"), bool(false), bytes);
    const empty = call(
      "numpy.core.multiarray",
      "_reconstruct",
      global("numpy", "ndarray"),
      ints([0]),
      text("b"),
    );
    expect(values(pickle(dict({ a: build(empty, state) }), 2))).toEqual({ a: [[1], [1]] });
  });
});

describe("a PyTorch archive", () => {
  test("of the seed project's network class", () => {
    const dict = readStateDict(shared, "x");
    expect(dict.size).toBe(26);
    expect(dict.get("dcll_slices.2.dclllayer.output_.weight")).toMatchObject({
      type: "float32",
      shape: [24, 256],
      strides: [256, 1],
    });
  });

  test("strides, offsets and storages that tensors share", () => {
    const place = { key: "0", elements: 6, shape: [2, 3], strides: [3, 1] };
    const views = {
      whole: tensor(place),
      transposed: tensor({ ...place, shape: [3, 2], strides: [1, 3] }),
      row: tensor({ ...place, shape: [3], strides: [1], offset: 3 }),
      parameter: call("torch._utils", "_rebuild_parameter", tensor(place), bool(true), none),
    };
    const file = torchFile(pickle(dict(views), 2), { 0: elementBytes([0, 1, 2, 3, 4, 5]) });
    expect(values(file)).toEqual({
      whole: [
        [2, 3],
        [0, 1, 2, 3, 4, 5],
      ],
      transposed: [
        [3, 2],
        [0, 3, 1, 4, 2, 5],
      ],
      row: [[3], [3, 4, 5]],
      parameter: [
        [2, 3],
        [0, 1, 2, 3, 4, 5],
      ],
    });
    const [first, second] = [...readStateDict(file, "x").values()];
    expect(first?.bytes).toBe(second?.bytes);
  });

  test("doubles and integers; a state dict beside an epoch; a dict with attributes", () => {
    const doubles = stateDictFile({ a: { ...two, code: "f8" }, n: { shape: [1], data: [-3], code: "i8" } });
    expect(values(doubles)).toEqual({ a: [[2], [1, -2]], n: [[1], [-3]] });
    const inner = build(dict({ a: tensor({ key: "0", elements: 2, shape: [2], strides: [1] }) }), dict({}));
    for (const key of ["model_state_dict", "state_dict"])
      expect(
        values(torchFile(pickle(dict({ epoch: int(1), [key]: inner })), { 0: elementBytes([1, -2]) })),
      ).toEqual({ a: [[2], [1, -2]] });
  });

  test("torch-legacy", () => {
    const legacy = readFileSync("../shared/data/formats/dcll_random_tau_legacy.pth");
    expect(refusal(legacy)).toBe(
      "error[torch-legacy] x.pth: saved in the form that PyTorch had before 1.6, which is not read\n" +
        "  hint: with torch >= 1.6: torch.save(torch.load(path, map_location='cpu'), path)",
    );
  });

  const empty = pickle(dict({}), 2);
  test.each([
    ["no zip behind its first bytes", shared.subarray(0, 5000), "invalid zip data"],
    [
      "no pickle",
      zipSync({ "net/data/0": two.data as never }, { level: 0 }),
      "it has no data.pkl, or several",
    ],
    ["two", torchFile(empty, {}, { "other/data.pkl": empty }), "it has no data.pkl, or several"],
    [
      "compressed members",
      zipSync({ "net/data.pkl": new Uint8Array(999) }),
      "member 'net/data.pkl' is compressed, which torch.save never does",
    ],
    [
      "big-endian numbers",
      torchFile(empty, {}, { "net/byteorder": new TextEncoder().encode("big") }),
      "its numbers are big-endian: only little-endian ones are read",
    ],
  ])("torch-malformed: %s", (_, bytes, reason) => {
    expect(refusal(bytes)).toContain(`error[torch-malformed] x.pth: not a readable PyTorch file: ${reason}`);
  });

  test("torch-malformed: sizes and counts that the file does not have", () => {
    const whole = torchFile(empty, { 0: new Uint8Array(64) });
    const directory = whole.length - 22 - 2 * 46 - "net/data.pkl".length - "net/data/0".length;
    const spoil = (at: number, ...bytes: readonly number[]) => {
      const copy = Uint8Array.from(whole);
      copy.set(bytes, at);
      return refusal(copy);
    };
    // Size of the first member in the directory.
    expect(spoil(directory + 20, 0, 0, 0, 0x7f)).toContain("its members are larger than the file");
    const overlap = whole.length - 63;
    expect(spoil(directory + 20, overlap & 255, overlap >> 8)).toContain(
      "its members are larger than the file",
    );
    // Its place in the file: bytes that are not there.
    expect(spoil(directory + 42, 0, 0, 0, 0x10)).toContain("member 'net/data.pkl' is cut off");
    // Number of members: one more than there are begins behind the directory.
    expect(spoil(whole.length - 22 + 8, 0xff, 0xff)).toContain("it has more than 16384 members");
  });
});

test.each<readonly [string, Uint8Array, string]>([
  ["no dict", pickle(int(3)), "it holds no dict of parameters"],
  [
    "objects",
    array(
      ndarray({ shape: [1], data: [0] }).map((b, i, all) => (b === 0x66 && all[i + 1] === 0x34 ? 0x4f : b)),
    ),
    "elements of NumPy type 'O4' are not read",
  ],
  ["big-endian", array(ndarray(two, ">")), "an array is big-endian: only little-endian ones are read"],
  [
    "too few bytes",
    array(
      build(
        call("numpy.core.multiarray", "_reconstruct", global("numpy", "ndarray")),
        tuple(int(1), ints([1000, 1000, 1000]), dtype("f4"), bool(false), raw([0])),
      ),
    ),
    "a tensor is impossible: sizes [1000,1000,1000] reach element 999999999 of the 0 that it holds",
  ],
  ["a negative size", array(ndarray({ shape: [-1], data: [] })), "a size is -1"],
  ["a type called", array(call("numpy", "ndarray")), "'numpy.ndarray' is called"],
  ["state of a text", array(build(text("x"), tuple())), "something has a state that is no array"],
  [
    "something outside",
    array([...tuple(text("module")), 0x51]),
    "something outside the pickle is no storage",
  ],
  [
    "a storage in a pickle alone",
    array(tensor({ key: "0", elements: 1, shape: [1], strides: [1] })),
    "storage '0' is missing",
  ],
  [
    "a short storage",
    torchFile(pickle(dict({ a: tensor({ key: "0", elements: 3, shape: [3], strides: [1] }) })), {
      0: new Uint8Array(8),
    }),
    "storage '0' has 8 bytes, its tensors need 12",
  ],
  [
    "a text that makes bytes again and again",
    pickle([
      ...text("x".repeat(4000)),
      ...[0x71, 0],
      ...Array.from({ length: 9 }, () => [
        ...[...global("_codecs", "encode"), 0x28, 0x68, 0],
        ...[...text("latin1"), 0x74, 0x52],
      ]).flat(),
    ]),
    "its texts make more bytes than the file has",
  ],
])("pickle-malformed: %s", (_, bytes, reason) => {
  expect(refusal(bytes)).toContain("error[pickle-malformed] x.pth");
  expect(refusal(bytes)).toContain(`not a readable pickle: ${reason}`);
});

test("places in an archive name its pickle", () => {
  expect(refusal(torchFile(pickle(dict({ a: global("os", "system") }), 2), {}))).toContain(
    "error[pickle-global] x.pth: 'net/data.pkl': 'os.system' at byte",
  );
});
