import { expect, test } from "vitest";
import { ram } from "../mapping/parts.js";
import { axisFifo, cost, muxLuts, plus, ramb36Of, romCost, shiftRegister, times } from "./cost.js";

test("costs add up, two RAMB18 are a RAMB36", () => {
  const a = cost({ lut: 3, ramb18: 1 });
  expect(plus(a, times(2, a), cost({ ff: 5 }))).toEqual(cost({ lut: 9, ramb18: 3, ff: 5 }));
  expect(ramb36Of(cost({ ramb18: 3, ramb36: 2 }))).toBe(3.5);
});

// Measured with Yosys 0.23: fx_delay of one bit.
test.each([
  [1, 1, 0],
  [2, 2, 0],
  [3, 0, 1],
  [16, 0, 1],
  [17, 1, 1],
  [18, 0, 1],
  [32, 0, 1],
  [33, 1, 1],
  [40, 0, 2],
  [65, 1, 2],
  [100, 0, 4],
])("a delay of %i cycles is %i flip-flops and %i shift registers", (cycles, ff, lutram) => {
  expect(shiftRegister(cycles)).toEqual(cost({ ff, lutram }));
});

test("a choice of up to four is a LUT, of seven three", () => {
  expect([1, 2, 4, 5, 7, 16].map(muxLuts)).toEqual([0, 1, 1, 3, 3, 5]);
});

test("a ROM in LUTs is made of the bits that differ; one word is a constant, two are the address", () => {
  const rom = (width: number, depth: number) => ({
    ...ram("rom", width, depth, "weights"),
    kind: "rom" as const,
  });
  expect(romCost(rom(24, 1), "yosys")).toEqual(cost({}));
  expect(romCost(rom(24, 2), "yosys")).toEqual(cost({ ff: 1 }));
  expect(romCost(rom(24, 64), "yosys")).toEqual(cost({ lut: 24, ff: 24 }));
  expect(romCost(rom(24, 64), "yosys", 20)).toEqual(cost({ lut: 20, ff: 20 }));
  expect(romCost(rom(64, 512), "yosys")).toEqual(cost({ ramb36: 1 }));
  expect(romCost({ ...rom(112, 49), kind: "rom2" }, "yosys")).toEqual(cost({ lut: 224, ff: 224 }));
});

test("a queue is LUT RAM, two pointers and a level", () => {
  const queue = ram("queue", 30, 16, "spike-queue", "distributed");
  expect(axisFifo(queue, "yosys")).toEqual(cost({ lut: 29, ff: 17, lutram: 24 }));
});
