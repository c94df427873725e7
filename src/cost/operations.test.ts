import { expect, test } from "vitest";
import type { PipelineOp, Source } from "../ir/pipeline.js";
import { cost } from "./cost.js";
import { netlist, ZERO } from "./netlist.js";
import { bitsOf, resultOf } from "./operations.js";

/** What is left of a product of a spike and a literal of 18 bits. */
function spikeTimes(value: bigint) {
  const a: Source = { kind: "net", net: { name: "s", width: 1, bit: true } };
  const b: Source = { kind: "literal", value, width: 18 };
  const out = { name: "p", width: 20, bit: false };
  const op: PipelineOp = { kind: "mul", id: "p", origin: [], start: 0, latency: 3, out, a, b };
  const net = netlist();
  const spike = [net.input(), ZERO];
  const number = (source: Source) => (source.kind === "literal" ? bitsOf(source.value, source.width) : spike);
  net.use(resultOf(net, op, number, new Map(), "yosys"));
  return net.cost();
}

test("a spike times a literal: one shift register, or the registers of a DSP where it is negative", () => {
  // Measured with Yosys 0.23: one SRL16E.
  expect(spikeTimes(65573n)).toEqual(cost({ lutram: 1 }));
  expect(spikeTimes(-65573n).ff).toBeGreaterThan(20);
});
