import { expect, test } from "vitest";
import { onnxFrontEnd } from "./front-end.js";
import { encodeModel, lif } from "./testing/model.js";

const file = "net.onnx";
const read = (metadata: Readonly<Record<string, string>>) =>
  onnxFrontEnd.read({ file, bytes: encodeModel({ ...lif(), metadata }), companion: undefined });
const loc = { file, name: "spikec.burn_in" };

test("a checkpoint may say its burn-in itself", () => {
  const stated = (metadata: Readonly<Record<string, string>>) => {
    const imported = read(metadata);
    return imported.ok ? imported.value.burnIn : imported.diagnostics;
  };
  expect(stated({})).toBeUndefined();
  expect(stated({ "spikec.burn_in": "50" })).toEqual({
    ticks: 50,
    key: "spikec.burn_in",
    from: "checkpoint",
    loc,
  });
  expect([stated({ "spikec.burn_in": "0" }), stated({ "spikec.burn_in": "65535" })]).toMatchObject([
    { ticks: 0 },
    { ticks: 65535 },
  ]);
});

test.each(["", "-1", "5.0", "1e3", "65536", "9999999999999", "0x10", " 7", "seven"])(
  "onnx-burn-in: '%s' is refused, at its key",
  (value) => {
    expect(read({ "spikec.burn_in": value })).toMatchObject({
      ok: false,
      diagnostics: [{ code: "onnx-burn-in", loc, args: { value, most: 65535 } }],
    });
  },
);
