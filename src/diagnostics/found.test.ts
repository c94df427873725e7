import { expect, test } from "vitest";
import { foundAt } from "./found.js";

test("what is found is said, short and printable", () => {
  const said = (value: unknown) => foundAt({ a: [value] }, ["a", "0"]);
  expect(said("x")).toBe(", found 'x'");
  expect(said("")).toBe(", found ''");
  expect(said(1.5)).toBe(", found 1.5");
  expect(said(2n ** 70n)).toBe(", found 1180591620717411303424");
  expect(said(false)).toBe(", found false");
  expect(said(null)).toBe(", found null");
  expect(said([])).toBe(", found an empty list");
  expect(said([1])).toBe(", found a list");
  expect(said({})).toBe(", found keys and values");
  expect(said(() => 0)).toBe(", found a function");
  expect(said("y".repeat(41))).toBe(`, found '${"y".repeat(40)}…'`);
  expect(said("\u{1f600}".repeat(40))).toBe(`, found '${"\u{1f600}".repeat(40)}'`);
  expect(said("\u001b[31m\n\u202e")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(said("\ud800")).toMatch(/^, found '.*'$/);
  expect(foundAt({ a: 1 }, ["b"])).toBe("");
  expect(foundAt({ a: 1 }, ["a", "b", "c"])).toBe("");
  expect(foundAt({}, ["constructor"])).toBe("");
  expect(foundAt("text", [])).toBe(", found 'text'");
});
