import { expect, test } from "vitest";
import { editDistance, nearest } from "./nearest.js";

test("nearest by edits, none if all are far", () => {
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(nearest("burnin", ["acts", "vote", "burnIn"])).toBe("burnIn");
  expect(nearest("zzzzzz", ["acts", "vote"])).toBeUndefined();
});
