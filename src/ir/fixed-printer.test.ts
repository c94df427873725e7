import { expect, test } from "vitest";
import { boundRanges } from "../passes/bound-ranges.js";
import { lowerToFixed } from "../passes/lower-to-fixed.js";
import { smallModel } from "../testing/small-model.js";
import type { FixedModel } from "./fixed.js";
import { printFixed, printIntegers, printReals } from "./fixed-printer.js";

const model = (): FixedModel =>
  boundRanges.run(lowerToFixed.run(smallModel(), { coefficientBits: 17 }).output, undefined).output;

test("header, synapse, neurons, readout: a value a line, with format and unit", () => {
  const lines = printFixed(model()).split("\n");
  const part = (from: string, count: number) => lines.slice(lines.indexOf(from)).slice(0, count);
  expect(
    [...lines.slice(0, 5), "...", ...part("  post: spike = spike, potential = in", 6)].join("\n"),
  ).toMatchInlineSnapshot(`
    "fixed 'small' input 3x6x5
    layer 'layer1' 3x6x5 -> 2x6x4 -> 2x3x2
      pre: operand = eps1_next
        in = input : u1
        eps0 = state 'layer1.eps0' : u9 scale 2^-6
    ...
      post: spike = spike, potential = in
        in = input : s22 scale 2^-11
        spike__1 = [1024, -512] : s12 scale 2^-11
        spike__2 = in - spike__1 : s22 scale 2^-11
        spike = spike__2 > 0 : u1
      pool: max 2x2"
  `);
  expect(lines.slice(-5, -1).join("\n")).toMatchInlineSnapshot(`
    "readout 'logits' of 'layer2': 3 classes, vote majority
      thresholds 1x255 -10724..12563 #95223f7a : u8, pool: none
      weights 3x4 s8 -97..100 #053ecb4a : s17 scale 2^-15
      bias [16384, 0, -16384] rank [0, 0, 0]"
  `);
});

test("a single weight changes its line and no other; nothing changes none", () => {
  const before = model();
  const text = printFixed(before);
  expect(printFixed(model())).toBe(text);
  const [first, ...rest] = before.layers;
  const weights = first!.synapse.weights.map((w, i) => (i === 7 ? -w : w));
  const changed = { ...before, layers: [{ ...first!, synapse: { ...first!.synapse, weights } }, ...rest] };
  const lines = printFixed(changed).split("\n");
  const differing = text.split("\n").filter((line, i) => line !== lines[i]);
  expect(differing.length).toBe(1);
  expect(differing[0]).toContain("conv2d 2x3x3x2 s8");
});

test("lists: one value, a few, many; integers beyond 2^53 have their own hash", () => {
  expect(printIntegers([5n])).toBe("5");
  expect(printIntegers([5n, -6n])).toBe("[5, -6]");
  expect(printIntegers([1n, 2n, 3n, 4n, 5n])).toBe(printReals([1, 2, 3, 4, 5]));
  const large = (last: bigint) => printIntegers([0n, 1n, 2n, 3n, last]);
  expect(large(2n ** 60n + 1n)).toMatch(/^\[5: 0\.\.1152921504606846977 #[0-9a-f]{8}\]$/);
  const hashes = [2n ** 60n, 2n ** 60n + 1n, -(2n ** 60n)].map((n) => large(n).slice(-9));
  expect(new Set(hashes).size).toBe(3);
  expect(printReals([2 ** -16, 0.5, -(2 ** 10), 0.1])).toBe("[2^-16, 0.5, -2^10, 0.1]");
});

test("deviations are part of the text", () => {
  const deviation = {
    kind: "coefficient",
    layer: "l",
    where: "l.pre.x",
    text: "0.9 rounded to 17 bits",
    relativeError: 1.23e-6,
    bound: 0.5,
    stateBounds: [{ state: "l.x", bound: 0.25 }],
  } as const;
  const text = printFixed({
    ...model(),
    deviations: [deviation, { ...deviation, relativeError: 0, bound: 0, stateBounds: [] }],
  });
  expect(text.split("\n").slice(-3)).toEqual([
    "deviation coefficient l.pre.x: 0.9 rounded to 17 bits (1.2e-6, potential within 5.0e-1, l.x within 2.5e-1)",
    "deviation coefficient l.pre.x: 0.9 rounded to 17 bits (exact)",
    "",
  ]);
});
