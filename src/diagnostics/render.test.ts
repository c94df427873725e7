import { expect, test } from "vitest";
import { diagnostic } from "./diagnostic.js";
import { renderDiagnostic } from "./render.js";

test("a name in a checkpoint shows on a terminal, which does not obey it", () => {
  const loc = { file: "net.onnx", name: "fc1\nerror[x]: \x1b[2J" };
  const said = diagnostic("onnx-unused-state", loc, { state: "\x9b31m\u202e\ttab" });
  expect(renderDiagnostic(said).split("\n")[0]).toBe(
    "note[onnx-unused-state] net.onnx: 'fc1\\x0aerror[x]: \\x1b[2J': " +
      "state '\\x9b31m\\u202e\\x09tab' influences no layer, and is not compiled",
  );
});
