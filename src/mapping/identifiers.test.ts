import { expect, test } from "vitest";
import { identifier, identifierPool } from "./identifiers.js";

test("a name becomes letters, digits and underscores", () => {
  const names = [
    "layer1.arp",
    "fc1/LIF",
    "a  b",
    "_x_",
    "µ-net",
    "",
    "3x",
    "wire",
    "Class",
    "signed",
    "inside",
    "x__3",
  ];
  expect(names.map(identifier)).toEqual([
    "layer1_arp",
    "fc1_LIF",
    "a_b",
    "x",
    "net",
    "n_",
    "n_3x",
    "n_wire",
    "n_Class",
    "n_signed",
    "n_inside",
    "x_3",
  ]);
});

test("a pool gives no identifier twice, nor one that is named after another, nor a reserved one", () => {
  const pool = identifierPool((name) => name === "clk");
  const family = (id: string) => [`${id}_pre`];
  expect(["a.b", "a/b", "a_b", "a_b_2", "clk"].map((name) => pool.take(name))).toEqual([
    "a_b",
    "a_b_2",
    "a_b_3",
    "a_b_2_2",
    "clk_2",
  ]);
  expect([pool.take("c", family), pool.take("c_pre", family), pool.take("c", family)]).toEqual([
    "c",
    "c_pre_2",
    "c_2",
  ]);
});
