import { expect, test } from "vitest";
import { defaultConfig } from "../config/defaults.js";
import { estimate } from "./estimate.js";

test("what doesn't compile isn't estimated", async () => {
  const found = await estimate({ checkpoint: "nowhere.onnx", config: defaultConfig });
  expect(found.diagnostics.map((d) => d.code)).toEqual(["file-not-found"]);
});
