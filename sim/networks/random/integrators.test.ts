import { expect, test } from "vitest";
import { integratorLayer, linear, network, quantisedWeights, quantiser } from "../../../src/ir/builders.js";
import { type SpikingLayer, sizeOf } from "../../../src/ir/spiking.js";
import { boundRanges } from "../../../src/passes/bound-ranges.js";
import { lowerToFixed } from "../../../src/passes/lower-to-fixed.js";
import { runGolden } from "../../../src/simulators/golden.js";
import { runReference } from "../../../src/simulators/reference.js";
import type { SampleTrace, TickTrace } from "../../../src/simulators/trace.js";
import { expectEqual } from "../../../src/simulators/wasm/testing/compare.js";
import { random } from "../../../src/testing/random-model.js";
import { type RandomCase, randomCase } from "./models.js";
import { designOf, eventDesignOf, lintOf, runCase } from "./run.js";

/** A random network that ends in an integrator: its potentials are the logits. */
function integrating(seed: number): RandomCase {
  const made = randomCase(seed);
  const r = random(seed * 31 + 7);
  const [first, ...others] = made.model.layers.slice(0, r.int(1, 2)) as [SpikingLayer, ...SpikingLayer[]];
  const before = others.at(-1) ?? first;
  const classes = r.int(2, 12);
  const raw = Array.from({ length: classes * sizeOf(before.sent) }, () => r.int(-31, 31));
  const perClass = (make: () => number) => (r.chance(0.5) ? [make()] : Array.from({ length: classes }, make));
  const last = integratorLayer({
    name: "li",
    input: before.sent,
    synapse: linear(before.sent, classes, quantisedWeights(raw, 2 ** -6, 6)),
    bias: perClass(() => r.int(-16, 16) / 64),
    decay: perClass(() => r.pick([0.5, 0.75, 0.875, 0.9375])),
    quantisers: { u: quantiser(r.int(8, 24), r.int(6, 12), r.pick(["floor", "half_even"])) },
  });
  const vote = r.pick(["majority", "sum", "last"] as const);
  const readout = { kind: "potential", name: "logits", origin: [], layer: "li", classes, vote } as const;
  const model = network(made.model.name, [first, ...others, last], [readout]);
  const divisors = Array.from({ length: classes }, (_, i) => i + 1).filter((n) => classes % n === 0);
  return { ...made, model, lanes: { ...made.lanes, li: { pe: r.pick(divisors), simd: 1 } } };
}

test("an integrator's potentials are the logits: golden as float64, wasm as golden", () => {
  let logits = 0;
  for (let seed = 0; seed < 25; seed++) {
    const { model, stimulus, burnIn } = integrating(seed);
    const lowered = lowerToFixed.run(model, { coefficientBits: 17 });
    expect(lowered.diagnostics.filter((d) => d.severity === "error")).toEqual([]);
    const fixed = boundRanges.run(lowered.output, undefined).output;
    expect(expectEqual(fixed, stimulus, burnIn)).toBe(true);
    const exact = fixed.deviations.length === 0;
    const golden: TickTrace[] = [];
    const samples: SampleTrace[] = [];
    const copy = (trace: TickTrace) => void golden.push(structuredClone(trace));
    runGolden(fixed, stimulus, { burnIn }, { tick: copy, sample: (s) => samples.push(structuredClone(s)) });
    if (!exact) continue;
    const { unit } = fixed.readouts[0]!;
    runReference(
      model,
      stimulus,
      { burnIn },
      {
        tick({ sample, tick, logits: rows }) {
          const have = golden[sample * stimulus.ticks + tick]!.logits[0]!;
          expect(Array.from(have, (v) => v * unit)).toEqual(Array.from(rows[0]!));
          logits += have.length;
        },
        sample: ({ sample, classes }) => expect(samples[sample]!.classes).toEqual(classes),
      },
    );
  }
  expect(logits).toBeGreaterThan(200);
});

test("the same in Verilog, dense and on events, cycle for cycle of its model", async () => {
  for (const seed of [1, 2, 3, 4]) {
    const from = integrating(seed);
    for (const design of [designOf(from), eventDesignOf(from)]) {
      expect([seed, (await runCase(from, design)).difference]).toEqual([seed, ""]);
      if (seed === 1) expect(await lintOf(design)).toBe("");
    }
  }
});
