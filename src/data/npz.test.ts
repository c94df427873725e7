import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { type NpyArray, npyArray } from "./npy.js";
import { decodeNpz, encodeNpz, readNpz } from "./npz.js";

const arrays = new Map<string, NpyArray>([
  ["layer1", npyArray("u1", [2, 2], Uint8Array.of(1, 2, 3, 4))],
  ["logits", npyArray("f8", [1], Float64Array.of(0.25))],
]);

test("arrays go out and in, and the same arrays give the same bytes", () => {
  const bytes = encodeNpz(arrays);
  expect(decodeNpz(bytes, {})).toEqual({ ok: true, value: arrays, diagnostics: [] });
  expect(encodeNpz(arrays)).toEqual(bytes);
});

test("reads a file that NumPy wrote", () => {
  const read = readNpz("../shared/data/radioml/small/post.readout.npz");
  expect(read.ok && [...read.value.keys()].sort()).toEqual(["logits", "tick_class"]);
  expect(read.ok && read.value.get("logits")?.dtype).toBe("f8");
});

test("npz-malformed: no zip, and a zip that is cut off", () => {
  const bytes = encodeNpz(arrays);
  for (const damaged of [new Uint8Array(100), bytes.subarray(0, bytes.length - 30)]) {
    const result = decodeNpz(damaged, { file: "x.npz" });
    expect(result.diagnostics[0]).toMatchObject({ code: "npz-malformed", loc: { file: "x.npz" } });
  }
});

test("a damaged member is named", () => {
  const result = decodeNpz(zipSync({ "a.npy": Uint8Array.of(1, 2, 3) }), { file: "x.npz" });
  expect(result.diagnostics[0]).toMatchObject({
    code: "npy-malformed",
    loc: { file: "x.npz", name: "a.npy" },
  });
});
