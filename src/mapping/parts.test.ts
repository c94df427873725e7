import { expect, test } from "vitest";
import type { Net, PipelineOp, Source } from "../ir/pipeline.js";
import { multipliers, productOf } from "./parts.js";

const net = (width: number, bit: boolean): Source => ({ kind: "net", net: { name: "n", width, bit } });
const out: Net = { name: "out", width: 20, bit: false };
const product = (a: Source, b: Source): PipelineOp & { readonly kind: "mul" } => ({
  kind: "mul",
  id: "m",
  origin: [],
  start: 0,
  latency: 3,
  out,
  a,
  b,
});
const spike = net(1, true);
const state = net(24, false);
const literal = (value: bigint): Source => ({ kind: "literal", value, width: 8 });
const table: Source = { kind: "table", table: "t", width: 8 };

test("a product is as wide as fx_mul.v takes it: a spike has a sign, too", () => {
  expect(productOf(product(state, literal(37n)))).toEqual({ aWidth: 24, bWidth: 8 });
  expect(productOf(product(state, table))).toEqual({ aWidth: 24, bWidth: 8 });
  expect(productOf(product(spike, table))).toEqual({ aWidth: 2, bWidth: 8 });
  expect(productOf(product(spike, literal(-37n)))).toEqual({ aWidth: 2, bWidth: 8 });
});

test("a spike times a literal that isn't negative is no multiplier", () => {
  expect(productOf(product(spike, literal(37n)))).toBeUndefined();
  const ops = [product(spike, literal(37n)), product(state, literal(37n))];
  const pipeline = { input: out, ops, tables: [], states: [], outputs: {}, latency: 3 };
  expect(multipliers(pipeline, 4, "post")).toEqual([{ aWidth: 24, bWidth: 8, copies: 4, role: "post" }]);
});
