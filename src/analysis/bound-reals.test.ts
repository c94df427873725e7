import { expect, test } from "vitest";
import { conv, dcllLayer, graphBuilder, lifLayer, quantiser, realWeights, shape } from "../ir/builders.js";
import { runReference } from "../simulators/reference.js";
import { dropQuantisers, randomModel, randomStimulus } from "../testing/random-model.js";
import { boundReals, hullOf, rangesOf, sumRanges } from "./bound-reals.js";

type G = ReturnType<typeof graphBuilder>;
const unit = [{ low: 0, high: 1 }];
const synapse = conv({ outChannels: 2, kernel: [1, 2], weights: realWeights([1, -2, 3, 4]) });

test("decays sum up: 1/(1-β) and 1/((1-β)(1-α)), per channel", () => {
  const spec = { name: "l", input: shape(2, 1, 2), synapse, alphas: [0.5, 0.75], alpha: 0.9 };
  const bounds = boundReals(dcllLayer({ ...spec, form: "pre" }).pre, unit);
  if (!bounds.bounded) throw new Error("unbounded");
  const eps0 = rangesOf(bounds, "eps0_sum").map((r) => r.high);
  const eps1 = rangesOf(bounds, "eps1_sum").map((r) => r.high);
  [2, 4].forEach((x, c) => {
    expect(eps0[c]! / x).toBeCloseTo(1, 6);
    expect(eps1[c]! / x).toBeCloseTo(10, 5);
    expect(eps0[c]).toBeGreaterThanOrEqual(x);
  });
});

test("slow decays converge, quantisers clamp, decays of 1 have no bound", () => {
  const base = { name: "l", input: shape(1, 1, 2), synapse, reset: "none" } as const;
  const high = (decay: number, bits?: number) => {
    const layer = lifLayer({ ...base, decay, ...(bits && { quantisers: { u: quantiser(bits, 0) } }) });
    const bounds = boundReals(layer.post, unit);
    return bounds.bounded ? hullOf(rangesOf(bounds, layer.post.states[0]!.next)).high : bounds.states;
  };
  expect((high(0.999) as number) / 1000).toBeCloseTo(1, 3);
  expect(high(0.999, 8)).toBe(127);
  expect(high(1)).toEqual(["l.u"]);
  expect(high(1.5)).toEqual(["l.u"]);
});

test("a state that waits for another grows late, and is bounded all the same", () => {
  const g = graphBuilder();
  const ids = ["a", "b", "c"].map((s) => g.state(s, s)) as [string, string, string];
  g.assign("a", g.add("a1", g.scale("ad", ids[0], 0.75), g.input()));
  g.assign("b", g.add("b1", g.scale("bd", ids[1], 0.9375), ids[0]));
  g.assign("c", g.sub("c1", g.scale("cd", ids[2], 0.5), ids[1]));
  const bounds = boundReals(g.build({ operand: "c1" }), unit);
  const low = bounds.bounded ? hullOf(rangesOf(bounds, "c1")).low : 0;
  expect(low / -128).toBeCloseTo(1, 5);
});

test.each([
  ["u - u/4 + s", 4, (g: G, u: string, s: string) => g.add("n", g.sub("l", u, g.scale("q", u, 0.25)), s)],
  ["u + (s - u)/4", 1, (g: G, u: string, s: string) => g.add("n", u, g.scale("q", g.sub("d", s, u), 0.25))],
  [
    "u - (u - 4·s)/4",
    4,
    (g: G, u: string, s: string) => g.sub("n", u, g.scale("q", g.sub("d", u, g.scale("k", s, 4)), 0.25)),
  ],
  [
    "u + u - 1.25·u + s",
    4,
    (g: G, u: string, s: string) => g.add("n", g.sub("l", g.add("t", u, u), g.scale("q", u, 1.25)), s),
  ],
] as const)("a leak that is written %s is bounded by %d, low by 0", (_, most, next) => {
  const g = graphBuilder();
  g.assign("u", next(g, g.state("u", "u"), g.input()));
  const bounds = boundReals(g.build({ operand: "n" }), unit);
  const [range] = bounds.bounded ? rangesOf(bounds, "n") : [];
  expect(range!.high / most).toBeCloseTo(1, 5);
  expect(range!.low).toBeCloseTo(0, 5);
});

test("a reset that takes a state from itself leaves it or 0", () => {
  const g = graphBuilder();
  const u = g.add("u", g.scale("d", g.state("x", "x"), 0.75), g.input());
  const taken = g.select("t", g.compare("c", u), u, g.constant("zero", 0));
  g.assign("x", g.sub("n", u, taken));
  const bounds = boundReals(g.build({ operand: "u" }), unit);
  expect(bounds.bounded && rangesOf(bounds, "u")[0]!.high).toBeCloseTo(4, 5);
});

test("a state that is read under two names is one value; one that doubles has no bound", () => {
  const leak = (by: number) => {
    const g = graphBuilder();
    const [u, v] = [g.state("u", "u"), g.state("v", "u")];
    g.assign("u", g.add("n", g.sub("l", u, g.scale("q", v, by)), g.input()));
    return boundReals(g.build({ operand: "n" }), unit);
  };
  expect(leak(0.25).bounded).toBe(true);
  expect(leak(-1)).toEqual({ bounded: false, states: ["u"] });
  expect(leak(0)).toEqual({ bounded: false, states: ["u"] });
});

test("sums: positive weights at one end, negative ones at the other, per input channel", () => {
  expect(sumRanges(synapse, unit)).toEqual([
    { low: -2, high: 1 },
    { low: 0, high: 7 },
  ]);
  const two = conv({ outChannels: 1, kernel: [1, 1], weights: realWeights([2, -3]) });
  const operands = [
    { low: -1, high: 2 },
    { low: 0, high: 5 },
  ];
  expect(sumRanges(two, operands)).toEqual([{ low: -17, high: 4 }]);
});

test("random runs of float models never leave their bounds", () => {
  for (let seed = 0; seed < 10; seed++) {
    const model = dropQuantisers({ ...randomModel(seed), readouts: [] });
    const ranges = model.layers.flatMap(({ pre, post, synapse }) => {
      const before = boundReals(pre, unit);
      if (!before.bounded) throw new Error("unbounded");
      const after = boundReals(post, sumRanges(synapse, rangesOf(before, pre.outputs.operand)));
      if (!after.bounded) throw new Error("unbounded");
      const of = (bounds: typeof before, next: string) =>
        hullOf([...rangesOf(bounds, next), { low: 0, high: 0 }]);
      return [...pre.states.map((s) => of(before, s.next)), ...post.states.map((s) => of(after, s.next))];
    });
    const stimulus = { ...randomStimulus(seed, model.input, 1, 12) };
    runReference(
      model,
      stimulus,
      { burnIn: 0 },
      {
        tick: ({ states }) =>
          states.forEach((values, s) => {
            const { low, high } = ranges[s]!;
            const outside = Array.from(values).filter((x) => x < low || x > high);
            expect(outside, `seed ${seed} state ${s}`).toEqual([]);
          }),
      },
    );
  }
});
