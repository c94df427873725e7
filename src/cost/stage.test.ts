import { describe, expect, test } from "vitest";
import { designOf } from "../emit/testing/design.js";
import { conv, dcllLayer, network, quantisedWeights, quantiser, shape } from "../ir/builders.js";
import { type Design, type EventStage, memoriesOf } from "../ir/design.js";
import { type EventShape, eventStage } from "../mapping/event-stage.js";
import { streamsOf, targetsOf } from "../mapping/streams.js";
import { boundRanges } from "../passes/bound-ranges.js";
import { lowerToFixed } from "../passes/lower-to-fixed.js";
import { random } from "../testing/random-model.js";
import { smallModel } from "../testing/small-model.js";
import { plus, ramb36Of, sumOf } from "./cost.js";
import { stageCosts } from "./stage.js";

/** 32 channels of 16 x 16 to as many, kernel 7 x 7, traces behind the synapse. */
function convolution(shapeOf: EventShape): { readonly design: Design; readonly stage: EventStage } {
  const r = random(1);
  const raw = Array.from({ length: 32 * 32 * 49 }, () => r.int(-127, 127));
  const layer = dcllLayer({
    name: "layer",
    form: "post",
    input: shape(32, 16, 16),
    synapse: conv({
      outChannels: 32,
      kernel: [7, 7],
      padding: [3, 3, 3, 3],
      weights: quantisedWeights(raw, 2 ** -7),
    }),
    bias: 0,
    alpha: 0.9375,
    alphas: 0.875,
    quantisers: { eps0: quantiser(24, 6), eps1: quantiser(24, 4), arp: quantiser(24, 8) },
  });
  const fixed = lowerToFixed.run(network("net", [layer], []), { coefficientBits: 17 });
  const model = boundRanges.run(fixed.output, undefined).output;
  const stage = eventStage(model.layers[0] as (typeof model.layers)[number], shapeOf, targetsOf(model, 0));
  const streams = streamsOf(model, undefined, [stage], []);
  return { design: { name: "net", model, guard: undefined, stages: [stage], streams }, stage };
}

describe("a stage on events, 32 channels of a 7 x 7 kernel", () => {
  test("weights of a whole patch share two-port memories: 175 RAMB36 by both rules", () => {
    const { design, stage } = convolution({ channels: 32, taps: "patch", ports: 1, lanes: 16 });
    expect(memoriesOf(stage, "weights-of-two-rows", "weights-of-a-row")).toMatchObject([
      { kind: "rom2", width: 1792, depth: 448, style: "block", copies: 3 },
      { kind: "rom", width: 1792, depth: 448, style: "block", copies: 1 },
    ]);
    for (const mapper of ["yosys", "vivado"] as const) {
      const weights = stageCosts(design, stage, mapper).find((b) => b.block === "weight_rom");
      expect(ramb36Of(weights!.cost)).toBe(175);
    }
  });

  test("a row at a time, one memory a port", () => {
    const { stage } = convolution({ channels: 32, taps: "row", ports: 2, lanes: 16 });
    expect(stage.memories[0]).toMatchObject({ role: "weights-of-a-row", kind: "rom", copies: 2 });
  });

  test("a port more costs what a port takes, and an adder", () => {
    const blocks = ["event_walk", "scatter_bank", "event_port: rotation"];
    const costOf = (ports: number) => {
      const { design, stage } = convolution({ channels: 4, taps: "row", ports, lanes: 4 });
      const all = stageCosts(design, stage, "yosys");
      return sumOf(all.filter((b) => blocks.includes(b.block)));
    };
    expect(costOf(3).lut).toBe(3 * costOf(1).lut);
  });
});

test("every stage of a design has a cost, by both rules: Vivado takes registers into DSPs", () => {
  const design = designOf(smallModel());
  for (const stage of design.stages) {
    const yosys = sumOf(stageCosts(design, stage, "yosys"));
    const vivado = sumOf(stageCosts(design, stage, "vivado"));
    expect(yosys.lut).toBeGreaterThan(0);
    expect(yosys.dsp).toBe(vivado.dsp);
    expect(vivado.ff).toBeLessThanOrEqual(yosys.ff);
  }
  const whole = (mapper: "yosys" | "vivado") =>
    plus(...design.stages.map((s) => sumOf(stageCosts(design, s, mapper))));
  expect(whole("vivado").ff).toBeLessThan(whole("yosys").ff);
});

test("nothing is negative or fractional", () => {
  const dense = designOf(smallModel(), { layers: { layer2: { pe: 4, simd: 2 } } });
  const events = convolution({ channels: 8, taps: "row", ports: 3, lanes: 16 }).design;
  for (const design of [dense, events])
    for (const stage of design.stages)
      for (const { block, cost } of stageCosts(design, stage, "yosys"))
        for (const [what, count] of Object.entries(cost))
          expect([block, what, Number.isInteger(count) && count >= 0]).toEqual([block, what, true]);
});
