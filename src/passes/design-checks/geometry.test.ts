import { describe, expect, test } from "vitest";
import { designOf } from "../../emit/testing/design.js";
import { conv, lifLayer, network, quantisedWeights, quantiser, readout, shape } from "../../ir/builders.js";
import type { Design, Stage } from "../../ir/design.js";
import { smallModel } from "../../testing/small-model.js";
import { boundRanges } from "../bound-ranges.js";
import { checkDesign } from "../check-design.js";
import { lowerToFixed } from "../lower-to-fixed.js";
import { mapStages } from "../map-stages.js";

const ones = (count: number) => quantisedWeights(new Int32Array(count).fill(1), 0.25);

/** A layer on events whose words have two columns, pooled, and its readout. */
function onEvents(): Design {
  const layer = lifLayer({
    name: "layer",
    input: shape(2, 6, 7),
    synapse: conv({ outChannels: 4, kernel: [3, 3], padding: [1, 1, 1, 1], weights: ones(72) }),
    decay: 0.5,
    reset: "none",
    quantisers: { u: quantiser(12, 4) },
    pool: { height: 2, width: 2 },
  });
  const logits = readout({ layer, classes: 3, weights: ones(3 * 36), bias: [0, 0, 0] });
  const fixed = lowerToFixed.run(network("net", [layer], [logits]), { coefficientBits: 17 }).output;
  const goal = { targetCyclesPerTick: undefined, multiplierBudget: 1 };
  const event = { engine: "event", taps: "patch", channels: 4, lanes: 8 } as const;
  const options = { pe: 1, simd: 1, layers: {}, acts: 2, ...event, ...goal };
  return mapStages.run(boundRanges.run(fixed, undefined).output, options).output;
}

/** A copy of `value` for each of its numbers, which is one more there. */
function mutants<T>(value: T): readonly (readonly [path: string, T])[] {
  if (typeof value === "number") return [["", (value + 1) as T]];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    mutants(inner).map(([path, changed]) => {
      const copy = (Array.isArray(value) ? [...value] : { ...value }) as object;
      return [`.${key}${path}`, Object.assign(copy, { [key]: changed }) as T] as const;
    }),
  );
}

describe.each([
  ["dense", designOf(smallModel(), { layers: { layer2: { pe: 2, simd: 2 } }, acts: 1 })],
  ["event", onEvents()],
])("%s", (_, design) => {
  test("a sound geometry passes", () => {
    expect(() => checkDesign.run(design, undefined)).not.toThrow();
  });

  const changed = design.stages
    .filter((stage) => stage.kind !== "potential-readout")
    .flatMap((stage, s) =>
      mutants<(typeof stage)["geometry"]>(stage.geometry).map(([path, geometry]): [string, Design] => {
        const stages = design.stages.with(s, { ...stage, geometry } as Stage);
        return [`${stage.name}${path}`, { ...design, stages }];
      }),
    );
  test.each(changed)("%s, one more, is caught", (_path, broken) => {
    expect(() => checkDesign.run(broken, undefined)).toThrow("compiler bug");
  });
});
