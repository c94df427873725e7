import { expect, test } from "vitest";
import { defaultConfig } from "../../config/defaults.js";
import { conv, lifLayer, quantisedWeights, quantiser, shape } from "../../ir/builders.js";
import type { SpikingModel } from "../../ir/spiking.js";
import { type Compiled, runPipeline } from "../../pipeline.js";
import { drivenRun, shareOf } from "../../testing/driven.js";
import { randomModel } from "../../testing/random-model.js";

function compiled(model: SpikingModel): Compiled {
  const result = runPipeline(model, { config: defaultConfig, calibration: undefined });
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.text).join("; "));
  return result.value;
}

test("a constant that only enters a state is listed with what it does there, and stays within", () => {
  const layer = lifLayer({
    name: "l",
    input: shape(1, 2, 2),
    synapse: conv({ outChannels: 1, kernel: [2, 2], weights: quantisedWeights([1, 2, -1, 3], 0.25) }),
    decay: 0.5,
    reset: "zero",
    quantisers: { u: quantiser(12, 4) },
  });
  // After a spike the state is a third, not 0.
  const exprs = layer.post.exprs.map((e) =>
    e.kind === "constant" && e.id === "zero" ? { ...e, value: [1 / 3] } : e,
  );
  const layers = [{ ...layer, post: { ...layer.post, exprs } }];
  const made = compiled({ ...randomModel(0), input: layer.input, layers, readouts: [] });
  expect(made.fixed.deviations.map(({ kind, bound }) => [kind, bound])).toEqual([["offset", 0]]);
  expect(made.fixed.deviations[0]!.stateBounds).toEqual([{ state: "l.u", bound: expect.closeTo(0.0625) }]);
  expect(drivenRun(made, 1, 4).map(shareOf)[0]).toBeLessThanOrEqual(1);
});
