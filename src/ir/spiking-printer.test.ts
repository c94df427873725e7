import { expect, test } from "vitest";
import { expectModel, lif, scalar } from "../frontends/onnx/testing/model.js";
import { contentHash, printSpiking } from "./spiking-printer.js";

test("the text form changes with a single weight, and with nothing that is not meaning", () => {
  const text = printSpiking(expectModel(lif()));
  expect(printSpiking(expectModel(lif()))).toBe(text);
  const changed = lif();
  changed.initializers.w = {
    dims: [2, 1, 3, 3],
    data: changed.initializers.w!.data.map((x, i) => (i === 4 ? x + 0.25 : x)),
  };
  const lines = printSpiking(expectModel(changed)).split("\n");
  const differing = text.split("\n").filter((line, i) => line !== lines[i]);
  expect(differing.length).toBe(1);
  expect(differing[0]).toContain("conv2d 2x1x3x3 s8 narrow");
});

test("numbers are exact", () => {
  const m = lif();
  m.initializers.decay = scalar(0.1 + 0.2);
  expect(printSpiking(expectModel(m))).toContain("leak = u * 0.30000000000000004");
});

test("the hash is FNV-1a over little-endian doubles", () => {
  expect(contentHash([])).toBe("811c9dc5");
  expect(contentHash([0])).not.toBe(contentHash([0, 0]));
  expect(contentHash([1, 2])).not.toBe(contentHash([2, 1]));
});
