import { expect, test } from "vitest";
import { conv, dcllLayer, graphBuilder, lifLayer, quantiser, realWeights, shape } from "../ir/builders.js";
import { runReference } from "../simulators/reference.js";
import { dropQuantisers, randomModel, randomStimulus } from "../testing/random-model.js";
import { boundReals, hullOf, rangesOf, sumRanges } from "./bound-reals.js";

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
