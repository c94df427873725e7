import { expect, test } from "vitest";
import { type Rounding, roundings } from "../../../fixed/format.js";
import { shape } from "../../../ir/builders.js";
import type { FixedExpr, FixedLayer } from "../../../ir/fixed.js";
import {
  exprBase,
  fixedModel,
  type GraphBits,
  inputExpr,
  randomGraph,
  randomInteger,
  randomReadout,
  stateOf,
} from "../../../testing/random-fixed.js";
import { random, randomStimulus } from "../../../testing/random-model.js";
import { everywhere, expectEqual, layerOf } from "../testing/compare.js";

/** Of a recurrence whose values stay within some 63 bits. */
const graphBits = (bits: number): GraphBits => ({
  state: bits - 4,
  constant: bits - 4,
  span: bits - 2,
  factor: bits / 5,
  shift: bits / 6,
});

test("equals golden on random recurrences of up to 63 bits", () => {
  let compiled = 0;
  for (let seed = 1; seed <= 16; seed++) {
    const r = random(seed);
    const from = shape(r.int(1, 3), r.int(1, 3), r.int(1, 3));
    const channels = r.int(1, 9);
    const post = randomGraph(r, channels, graphBits(r.pick([28, 40, 60])));
    const layer = layerOf("w", {
      input: from,
      channels,
      kernel: [1, 1],
      weight: () => r.int(-200, 200),
      post,
    });
    const { layers } = fixedModel(`wide${seed}`, [layer]);
    const model = fixedModel(`wide${seed}`, layers, [randomReadout(r, layers[0] as FixedLayer)]);
    if (expectEqual(model, randomStimulus(seed, from, 1, 6))) compiled++;
  }
  expect(compiled).toBeGreaterThan(12);
});

test.each(roundings)("rounds by %s as golden does, in 32 and in 64 bits", (rounding: Rounding) => {
  const around = (...xs: readonly bigint[]) => xs.flatMap((x) => [x - 2n, x - 1n, x, x + 1n, x + 2n]);
  const small = Array.from({ length: 25 }, (_, n) => BigInt(n - 12));
  const narrow = [...small, ...around(2n ** 29n, -(2n ** 29n)), 2n ** 31n - 1n, -(2n ** 31n)];
  const wide = [...narrow, ...around(2n ** 53n, -(2n ** 61n), 2n ** 62n), 2n ** 63n - 1n, -(2n ** 63n) + 1n];
  for (const by of [narrow, narrow.map((x) => x / 2n), wide, wide.map((x) => x / 2n)]) {
    const shifts = [0, 1, 2, 3, 7, 29, 30, 31, 32, 33, 52, 60, 61, 62, 63, 64, 70];
    const exprs: FixedExpr[] = [
      inputExpr,
      { ...exprBase, kind: "mulc", id: "x", a: "in", by },
      { ...exprBase, kind: "compare", id: "s", a: "x", orEqual: false },
      ...shifts.map(
        (bits): FixedExpr => ({ ...exprBase, kind: "shr", id: `q${bits}`, a: "x", bits, rounding }),
      ),
    ];
    const states = shifts.map((bits) => stateOf(`l.q${bits}`, `q${bits}`, 64));
    const post = { exprs, states, outputs: { spike: "s", potential: "x" } };
    const layer = layerOf("l", { input: shape(1), channels: by.length, weight: () => 1, post });
    expect(expectEqual(fixedModel(rounding, [layer]), everywhere(shape(1), 1))).toBe(true);
  }
});

test("products of more than 64 bits that are shifted back, in every mode", () => {
  const r = random(3);
  const shifts = [17, 18, 24, 31, 45, 60, 78, 79, 80, 90];
  const exact = [0n, 1n, 3n, -1n, -3n].map((x) => x * 2n ** 43n);
  for (const rounding of roundings) {
    const factors = [...exact, ...Array.from({ length: 20 }, () => randomInteger(r, 46))];
    const by = factors.map((_, n) => (n < 5 ? 2n ** 31n : randomInteger(r, 32)));
    const shift = (bits: number): FixedExpr => ({
      ...exprBase,
      kind: "shr",
      id: `q${bits}`,
      a: "y",
      bits,
      rounding,
    });
    const exprs: FixedExpr[] = [
      inputExpr,
      { ...exprBase, kind: "mulc", id: "x", a: "in", by: factors },
      { ...exprBase, kind: "mulc", id: "y", a: "x", by },
      ...shifts.map(shift),
      { ...exprBase, kind: "compare", id: "s", a: "x", orEqual: false },
    ];
    const states = shifts.map((bits) => stateOf(`l.q${bits}`, `q${bits}`, 64));
    const post = { exprs, states, outputs: { spike: "s", potential: "x" } };
    const layer = layerOf("l", { input: shape(1), channels: by.length, weight: () => 1, post });
    expect(expectEqual(fixedModel(rounding, [layer]), everywhere(shape(1), 1))).toBe(true);
  }
});

test("potentials and thresholds at the end of 32 bits, bounds beyond the lane of what they clamp", () => {
  const most = 2n ** 31n - 1n;
  for (const by of [
    [most, most - 1n, -most - 1n, 0n, 5n],
    [2n ** 20n, -1n, 9n, 0n, 7n],
  ]) {
    const exprs: FixedExpr[] = [
      inputExpr,
      { ...exprBase, kind: "mulc", id: "x", a: "in", by },
      { ...exprBase, kind: "sat", id: "above", a: "x", low: 2n ** 40n, high: 2n ** 41n },
      { ...exprBase, kind: "sat", id: "below", a: "x", low: -(2n ** 41n), high: -(2n ** 40n) },
      { ...exprBase, kind: "compare", id: "spike", a: "x", orEqual: true },
    ];
    const states = [stateOf("l.above", "above", 50), stateOf("l.below", "below", 50)];
    const post = { exprs, states, outputs: { spike: "spike", potential: "x" } };
    const first = layerOf("l", { input: shape(1), channels: by.length, weight: () => 1, post });
    const { layers } = fixedModel("ends", [first]);
    const out = randomReadout(random(2), layers[0] as FixedLayer);
    const tables = [
      [-(2n ** 40n), -most - 1n, 0n, most, most + 1n, 2n ** 40n],
      [most - 1n, most, most + 1n, 2n ** 32n, 2n ** 33n, 2n ** 62n],
      [5n, 2n ** 32n + 1n, 2n ** 33n, 2n ** 34n],
    ];
    for (const table of tables)
      expect(
        expectEqual(fixedModel("ends", layers, [{ ...out, thresholds: [table] }]), everywhere(shape(1), 2)),
      ).toBe(true);
  }
});
