import { expect, test } from "vitest";
import { conv, dcllLayer, network, quantisedWeights, quantiser, shape } from "../ir/builders.js";
import { type FixedGraph, type FixedModel, rangeOfId } from "../ir/fixed.js";
import type { SpikingModel } from "../ir/spiking.js";
import { runGolden } from "../simulators/golden.js";
import { randomModel, randomStimulus } from "../testing/random-model.js";
import { boundRanges } from "./bound-ranges.js";
import { lowerToFixed } from "./lower-to-fixed.js";

const lower = (model: SpikingModel): FixedModel =>
  boundRanges.run(lowerToFixed.run(model, { coefficientBits: 17 }).output, undefined).output;

/** Every expression's value made a state, so that golden shows it; nothing reads these states. */
function probed<O extends string>(graph: FixedGraph<O>, part: string): FixedGraph<O> {
  const probe = (id: string) => ({
    name: `${part}:${id}`,
    next: id,
    format: { signed: true, width: 64 },
    scale: [1],
  });
  return { ...graph, states: [...graph.states, ...graph.exprs.map((e) => probe(e.id))] };
}

test("values of random runs never leave their range", () => {
  for (let seed = 0; seed < 16; seed++) {
    const model = lower({
      ...randomModel(seed, { scales: seed % 3 === 0 ? "any" : "power-of-two" }),
      readouts: [],
    });
    const layers = model.layers.map((l) => ({
      ...l,
      pre: probed(l.pre, "pre"),
      post: probed(l.post, "post"),
    }));
    const ranges = layers.flatMap(({ pre, post }) =>
      [pre, post].flatMap((graph) =>
        graph.states.map((s) => ({ name: s.name, range: rangeOfId(graph, s.next) })),
      ),
    );
    const outside: string[] = [];
    let values = 0;
    runGolden(
      { ...model, layers },
      randomStimulus(seed, model.input, 1, 6),
      { burnIn: 0 },
      {
        tick: ({ states }) =>
          states.forEach((row, s) => {
            const { name, range } = ranges[s]!;
            const [low, high] = [Number(range.low), Number(range.high)];
            values += row.length;
            for (const x of Array.from(row)) if (x < low || x > high) outside.push(`${name}: ${x}`);
          }),
      },
    );
    expect(values).toBeGreaterThan(0);
    expect(outside, `seed ${seed}`).toEqual([]);
  }
});

test("logits stay in their range", () => {
  for (let seed = 0; seed < 5; seed++) {
    const random = randomModel(seed);
    const model = lower({ ...random, readouts: random.readouts.slice(-1) });
    runGolden(
      model,
      randomStimulus(seed, model.input, 1, 4),
      { burnIn: 0 },
      {
        tick: ({ logits }) =>
          logits.forEach((row, r) => {
            const { low, high } = model.readouts[r]!.range;
            for (const x of Array.from(row)) expect(BigInt(x) >= low && BigInt(x) <= high).toBe(true);
          }),
      },
    );
  }
});

test("the fixpoint of a decay is reached, not the format: 4 / (1 - 3/4), no bit more", () => {
  const layer = dcllLayer({
    name: "l",
    input: shape(1),
    synapse: conv({ outChannels: 1, kernel: [1, 1], weights: quantisedWeights([4], 1) }),
    form: "post",
    alpha: 0.5,
    alphas: 0.75,
    quantisers: { eps0: quantiser(24, 0, "floor"), eps1: quantiser(24, 0, "floor") },
  });
  const model = network("net", [layer]);
  const { output } = lowerToFixed.run(model, { coefficientBits: 17 });
  const before = structuredClone(output);
  const { post } = boundRanges.run(output, undefined).output.layers[0]!;
  expect(output).toEqual(before);
  // floor(3/4 · 13) + 4 = 13, one below 16: where rounding down stops.
  expect(rangeOfId(post, "eps0_next")).toEqual({ low: 0n, high: 13n });
});
