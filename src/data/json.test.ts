import { expect, test } from "vitest";
import { type JsonText, parseJson } from "./json.js";

test("values, and the places of keys, or of the nearest around them", () => {
  const json = parseJson('{"a": {"b": [1, 2],\n "c": null}}', "x.json") as JsonText;
  expect(json.tree).toEqual({ a: { b: [1, 2], c: null } });
  const at = (...path: string[]) => json.locate(path);
  expect(at()).toEqual({ file: "x.json" });
  expect(at("a", "c")).toEqual({ file: "x.json", line: 2, column: 2 });
  expect(at("a", "b", "1")).toEqual({ file: "x.json", line: 1, column: 8 });
  expect(at("none")).toEqual({ file: "x.json" });
});

test("what is no JSON, and what is nested too deep to be read", () => {
  expect(parseJson('{"a": 1,\n  oops}', "x.json")).toMatchObject({
    loc: { file: "x.json", line: 2, column: 3 },
  });
  expect(parseJson("a: 1", "x.json")).toHaveProperty("reason");
  const deep = `{"a": ${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
  expect(parseJson(deep, "x.json")).toEqual({
    reason: "it is nested more than 500 levels deep",
    loc: { file: "x.json" },
  });
});
