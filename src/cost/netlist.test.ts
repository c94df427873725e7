import { expect, test } from "vitest";
import { cost } from "./cost.js";
import { addBits, LATE_ZERO, netlist, ONE, sumBits, ZERO } from "./netlist.js";

const bits = (net: ReturnType<typeof netlist>, n: number) => Array.from({ length: n }, () => net.input());

test("registers of constants, registers twice, and what nothing needs cost nothing", () => {
  const net = netlist();
  const [a, b] = bits(net, 2) as [number, number];
  expect(net.register(ONE)).toBe(ONE);
  expect(net.register(a)).toBe(net.register(a));
  net.register(b, 5);
  net.use([net.register(a), net.register(net.register(a))]);
  expect(net.cost()).toEqual(cost({ ff: 2 }));
});

test("registers in a row are a shift register, a tap or a reset cuts it", () => {
  const costOf = (resets: boolean, tap: boolean) => {
    const net = netlist();
    const line = net.register(net.input(resets), 5);
    net.use([net.register(line, 4)]);
    if (tap) net.use([line]);
    return net.cost();
  };
  expect(costOf(false, false)).toEqual(cost({ lutram: 1 }));
  expect(costOf(false, true)).toEqual(cost({ lutram: 2 }));
  expect(costOf(true, false)).toEqual(cost({ ff: 1, lutram: 1 }));
});

test("a reset that a function sees is a gate", () => {
  const net = netlist();
  net.use([net.logic(1, [net.input(true)])]);
  expect(net.cost()).toEqual(cost({ lut: 2 }));
});

test("a sum takes a LUT where both operands vary, and none below, above and beside constants", () => {
  const costOf = (shift: number, filler: number) => {
    const net = netlist();
    const low = Array<number>(shift).fill(filler);
    net.use(sumBits(net, bits(net, 8), [...low, ...bits(net, 4)], 9).map((bit) => net.register(bit)));
    return net.cost();
  };
  expect(costOf(0, ZERO)).toEqual(cost({ lut: 8, ff: 9 }));
  expect(costOf(3, ZERO)).toEqual(cost({ lut: 5, ff: 9 }));
  expect(costOf(3, LATE_ZERO)).toEqual(cost({ lut: 5, ff: 9 }));
  const net = netlist();
  const [a, b] = [bits(net, 2), bits(net, 2)];
  expect(addBits(net, [ZERO, ZERO, ...a], b, 4)).toEqual([...b, ...a]);
});

test("what passes an adder's zeros goes on in the same shift register, but not where they were found late", () => {
  const costOf = (zero: number) => {
    const net = netlist();
    const a = net.register(net.input(), 2);
    net.use([net.register(sumBits(net, [a, ZERO], [zero, net.input()], 1)[0] as number)]);
    return net.cost();
  };
  expect(costOf(ZERO)).toEqual(cost({ lutram: 1 }));
  expect(costOf(LATE_ZERO)).toEqual(cost({ ff: 3 }));
});
