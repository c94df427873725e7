import { expect, test } from "vitest";
import type { SpikingModel } from "../../../src/ir/spiking.js";
import { linearOf } from "../../../src/testing/linear.js";
import { checkpointModel, checkpoints, expectReplay, replay } from "./dcll.js";

test.each(["19900", "49"] as const)("reference is the float64 replay of %s: a digit, all ticks", (name) => {
  expectReplay(name, 1, checkpoints[name]);
});

test("another bias, time constant, pool or readout than the checkpoint's is seen", () => {
  const model = checkpointModel("49");
  const [first, ...others] = model.layers as [SpikingModel["layers"][0], ...SpikingModel["layers"]];
  const changed = (layer: Partial<typeof first>): SpikingModel => ({
    ...model,
    layers: [{ ...first, ...layer }, ...others],
  });
  const post = first.post.exprs.map((e) =>
    e.kind === "constant" ? { ...e, value: e.value.map((b) => b + 0.05) } : e,
  );
  const pre = first.pre.exprs.map((e) =>
    e.id === "eps1_decay" && e.kind === "scale" ? { ...e, by: e.by.map((a) => a - 0.05) } : e,
  );
  const readouts = model.readouts.map(linearOf).map((r) => ({ ...r, bias: r.bias.toReversed() }));
  const mutants: readonly SpikingModel[] = [
    changed({ post: { ...first.post, exprs: post } }),
    changed({ pre: { ...first.pre, exprs: pre } }),
    { ...model, readouts },
  ];
  for (const mutant of mutants) {
    const { differences } = replay("49", mutant, 1, 10);
    expect(differences[0]).toMatch(/^digit 0 tick \d+ layer\d(\[\d+\]|\.i2o|\.output_): \d+/);
  }
});
