import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { success } from "../diagnostics/diagnostic.js";
import { decodeNpy, encodeNpy, type NpyArray, npyArray, readNpy } from "./npy.js";

const file = "x.npy";
const decode = (bytes: Uint8Array) => decodeNpy(bytes, { file });
const decoded = (bytes: Uint8Array) => {
  const result = decode(bytes);
  if (!result.ok) throw new Error(result.diagnostics[0]!.text);
  return result.value;
};
/** The one diagnostic of a refused file: code and text. */
const refusal = (bytes: Uint8Array) => {
  const result = decode(bytes);
  expect(result.ok).toBe(false);
  expect(result.diagnostics).toHaveLength(1);
  expect(result.diagnostics[0]!.loc).toEqual({ file });
  return [result.diagnostics[0]!.code, result.diagnostics[0]!.text];
};
/** A file with any header, version and data. */
const raw = (header: string, data: Uint8Array = new Uint8Array(0), major = 1) => {
  const text = new TextEncoder().encode(header);
  const start =
    major === 1
      ? [text.length & 0xff, text.length >> 8]
      : [...new Uint8Array(Uint32Array.of(text.length).buffer)];
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, major, 0, ...start, ...text, ...data]);
};
const header = (descr: string, shape: string, order = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }\n`;

const samples: readonly NpyArray[] = [
  npyArray("b1", [2], Uint8Array.of(0, 1)),
  npyArray("u1", [1, 3], Uint8Array.of(0, 7, 255)),
  npyArray("i1", [2], Int8Array.of(-128, 127)),
  npyArray("u2", [1], Uint16Array.of(65535)),
  npyArray("i2", [2], Int16Array.of(-32768, 5)),
  npyArray("u4", [1], Uint32Array.of(4294967295)),
  npyArray("i4", [2, 1, 2], Int32Array.of(-5, 6, 2147483647, -2147483648)),
  npyArray("u8", [1], BigUint64Array.of(2n ** 64n - 1n)),
  npyArray("i8", [1], BigInt64Array.of(-(2n ** 63n))),
  npyArray("f4", [2], Float32Array.of(0.5, -3)),
  npyArray("f8", [2], Float64Array.of(Math.PI, Number.NaN)),
  npyArray("f8", [], Float64Array.of(1)),
  npyArray("u1", [0, 5], new Uint8Array(0)),
];

describe("npy", () => {
  test.each(samples)("$dtype of shape $shape goes out and in", (array) => {
    expect(decoded(encodeNpy(array))).toEqual(array);
  });

  test("any shape and bytes go out and in", () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const count = shape.reduce((n, size) => n * size, 1);
        const array = npyArray(
          "i4",
          shape,
          Int32Array.from({ length: count }, (_, i) => i * 7919 - 1000),
        );
        expect(decoded(encodeNpy(array))).toEqual(array);
      }),
      { numRuns: 50 },
    );
  });

  test("writes what NumPy writes: a file by NumPy comes back byte for byte", () => {
    const path = "../shared/data/radioml/small/iq.npy";
    const array = readNpy(path);
    expect(array.ok && array.value.shape).toEqual([8, 256, 2]);
    expect(array.ok && Buffer.compare(encodeNpy(array.value), readFileSync(path))).toBe(0);
  });

  test.each([2, 3])("version %i has a longer length", (major) => {
    expect(decoded(raw(header("<u2", "2,"), Uint8Array.of(1, 0, 2, 1), major))).toEqual(
      npyArray("u2", [2], Uint16Array.of(1, 258)),
    );
  });

  test("npy-malformed: what isn't .npy, cut off, or with a broken header", () => {
    const good = encodeNpy(samples[1]!);
    expect(refusal(new Uint8Array(0))).toEqual([
      "npy-malformed",
      "not a readable .npy file: it doesn't start with \\x93NUMPY",
    ]);
    expect(refusal(new TextEncoder().encode("PK zip and so on"))[0]).toBe("npy-malformed");
    expect(refusal(good.subarray(0, 40))[1]).toContain("header is cut off");
    expect(refusal(raw("{}", undefined, 4))[1]).toContain("version 4 is unknown");
    expect(refusal(raw("[1, 2]"))[1]).toContain("no dictionary");
    expect(refusal(raw("{'fortran_order': False, 'shape': (1,)}"))[1]).toContain("no 'descr'");
    expect(refusal(raw("{'descr': '<u1', 'shape': (1,)}"))[1]).toContain("no 'fortran_order'");
    expect(refusal(raw("{'descr': '<u1', 'fortran_order': False}"))[1]).toContain("no 'shape'");
    expect(refusal(raw(header("<u1", "3, , 4")))[1]).toContain("shape is (3, , 4)");
    expect(refusal(raw(header("<u1", "1,".repeat(40))))[1]).toContain("40 dimensions");
    expect(refusal(Uint8Array.of(...good.subarray(0, 6), 2, 0, 255, 255, 255, 255, 0))[1]).toContain(
      "too long",
    );
    expect(refusal(Uint8Array.of(...good.subarray(0, 6), 2, 0, 255, 1))[1]).toContain("cut off");
  });

  test("npy-element-type: complex, text, structured, floats that no typed array holds", () => {
    for (const descr of ["<c8", "<U3", "|O", "<f16", "<i3", "|i4x"])
      expect(refusal(raw(header(descr, "1,")))).toEqual([
        "npy-element-type",
        `elements of type '${descr}' are not read`,
      ]);
    const structured = "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }";
    expect(refusal(raw(structured))[1]).toBe("elements of type 'structured' are not read");
  });

  test("big-endian files hold the same numbers", () => {
    for (const [descr, bytes, data] of [
      [">i2", [0x80, 0, 0, 5], Int16Array.of(-32768, 5)],
      [">u1", [1, 255], Uint8Array.of(1, 255)],
      [">f4", [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], Float32Array.of(1, -2.5)],
      [
        ">u8",
        [255, 255, 255, 255, 255, 255, 255, 254, 0, 0, 0, 0, 0, 0, 0, 1],
        BigUint64Array.of(2n ** 64n - 2n, 1n),
      ],
    ] as const)
      expect(decoded(raw(header(descr, "2,"), Uint8Array.from(bytes))).data).toEqual(data);
  });

  test("half floats are singles, exactly", () => {
    const halves = Uint8Array.of(0, 0x3c, 0xff, 0x7b, 1, 0, 0, 0x80);
    const swapped = Uint8Array.of(0x3c, 0, 0x7b, 0xff, 0, 1, 0x80, 0);
    for (const array of [
      decoded(raw(header("<f2", "4,"), halves)),
      decoded(raw(header(">f2", "4,"), swapped)),
    ])
      expect(array).toEqual({ dtype: "f4", shape: [4], data: Float32Array.of(1, 65504, 2 ** -24, -0) });
  });

  test("an array in Fortran order is the same array, also its first rows alone", () => {
    // numpy.asfortranarray(numpy.arange(24, dtype='>u2').reshape(2, 3, 4)) in memory order.
    const order = Array.from(
      { length: 24 },
      (_, i) => (i % 2) * 12 + (Math.floor(i / 2) % 3) * 4 + Math.floor(i / 6),
    );
    const bytes = raw(header(">u2", "2, 3, 4", "True"), Uint8Array.from(order.flatMap((v) => [0, v])));
    const count = Uint16Array.from({ length: 24 }, (_, i) => i);
    expect(decoded(bytes)).toEqual(npyArray("u2", [2, 3, 4], count));
    const path = join(mkdtempSync(join(tmpdir(), "spikec-npy-")), "f.npy");
    writeFileSync(path, bytes);
    expect(readNpy(path, () => success(1))).toMatchObject({
      value: npyArray("u2", [1, 3, 4], count.slice(0, 12)),
    });
    rmSync(dirname(path), { recursive: true });
    for (const [shape, data] of [
      ["", [7]],
      ["0, 3", []],
      ["3,", [1, 2, 3]],
    ] as const)
      expect([...decoded(raw(header("|u1", shape, "True"), Uint8Array.from(data))).data]).toEqual(data);
  });

  test("npy-data-size: too little, too much, and a shape that would fill the memory", () => {
    expect(refusal(raw(header("<u2", "2, 2"), new Uint8Array(7)))).toEqual([
      "npy-data-size",
      "holds 7 bytes of elements, but shape (2, 2) of '<u2' takes 8",
    ]);
    expect(refusal(raw(header("<u2", "2, 2"), new Uint8Array(9)))[0]).toBe("npy-data-size");
    expect(refusal(raw(header("<f8", "99999999999, 99999999999")))[0]).toBe("npy-data-size");
  });

  test("no damage to a good file makes it throw", () => {
    const good = encodeNpy(npyArray("i4", [2, 3], Int32Array.of(1, 2, 3, 4, 5, 6)));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const damaged = good.slice(0, length);
        if (at < length) damaged[at] = byte;
        expect(typeof decode(damaged).ok).toBe("boolean");
      }),
      { numRuns: 300 },
    );
  });

  test("a missing file says so", () => {
    const result = readNpy("/nowhere/x.npy");
    expect(result.diagnostics[0]!.code).toBe("file-not-found");
  });
});

test("npyArray throws a TypeError that says which part does not fit", () => {
  expect(() => npyArray("u1", [2], new Uint8Array(1))).toThrow(
    new TypeError("npyArray: it has 1 elements, its shape (2) 2"),
  );
  expect(() => npyArray("zz" as "u1", [1], new Uint8Array(1))).toThrow(/^npyArray: its dtype is none of /);
});

test("npy-malformed: a shape of negative sizes is shown as it is", () => {
  const bytes = encodeNpy(npyArray("u1", [10, 4], new Uint8Array(40)));
  const text = Buffer.from(bytes).toString("latin1").replace("(10, 4)", "(-1, 4)");
  const said = decodeNpy(new Uint8Array(Buffer.from(text, "latin1")), {}).diagnostics[0];
  expect([said?.code, said?.text]).toEqual([
    "npy-malformed",
    "not a readable .npy file: its header's shape is (-1, 4)",
  ]);
});
