import { expect, test } from "vitest";
import { boundRanges } from "../passes/bound-ranges.js";
import { lowerToFixed } from "../passes/lower-to-fixed.js";
import { mapStages } from "../passes/map-stages.js";
import { smallModel } from "../testing/small-model.js";
import type { Design } from "./design.js";
import { printDesign } from "./design-printer.js";

const mapped = (pe: number): Design => {
  const { output } = lowerToFixed.run(smallModel(), { coefficientBits: 17 });
  const options = { pe, simd: 1, layers: {}, acts: 1, targetCyclesPerTick: undefined, multiplierBudget: 1 };
  return mapStages.run(boundRanges.run(output, undefined).output, options).output;
};
const between = (text: string, from: string, to: string): string =>
  text.slice(text.indexOf(from), text.indexOf(to));

test("a stage: lanes, pipelines with start cycles, exact cycles, memories, multipliers", () => {
  const text = printDesign(mapped(2));
  expect(between(text, "  post:", "dense 'layer2'")).toMatchInlineSnapshot(`
    "  post: input in : s22, spike = spike_3 after 2 cycles
        @0 table table_spike_1 : s12 = [1024, -512]
        @0 spike_2 = in - table_spike_1_t0 : s22
        @1 spike_3 = spike_2 > 0 : u1
      cycles 541 = sweep 90 + walk 432 + overhead 19
      memory 'weights' rom 18x16 auto: weights
      memory 'spikes' sdp 256x1 auto: input spikes of a tick
      memory 'state layer1.eps0' sdp 90x10 auto: trace, per input
      memory 'state layer1.eps1' sdp 90x12 auto: trace, per input
      memory 'table_spike_1' rom 1x24 auto: constants per channel
      memory 'spike queue' sdp 32x8 distributed: queue
      multiplier 12x8 x2: multiply-accumulate
      multiplier 10x4: pre
      multiplier 12x5: pre
    "
  `);
  expect(between(text, "readout 'logits'", "  memory 'thresholds, step 1'")).toMatchInlineSnapshot(`
    "readout 'logits': 3 classes, vote majority
      lanes 2 acts 1, potential s22, sum s17, rank u1
      geometry 2 words of 2 slices, 1 tables of thresholds
      cycles 5 = sweep 0 + walk 4 + overhead 1
      memory 'weights' rom 4x24 auto: weights
      memory 'thresholds, step 0' rom 1x22 auto: thresholds
    "
  `);
});

test("streams come first: what each carries from where to where, and the queue at its source", () => {
  expect(between(printDesign(mapped(2)), "stream", "dense 'layer1'")).toMatchInlineSnapshot(`
    "stream outside -> guard: events {channel u2, y u3, x u3}, 1 a beat, no queue
    stream guard -> 'layer1': events {channel u2, y u3, x u3}, 1 a beat, no queue
    stream 'layer1' -> 'layer2': events {channel u1, y u2, x u1}, 1 a beat, queue of 32
    stream 'layer2' -> 'logits': potentials s22, 2 a beat, queue of 32
    stream 'logits' -> outside: classes u2 with votes u16, no queue
    guard 3x6x5: 8 cells in words
      memory 'spiked cells' sdp 32x14 distributed: cells that spiked in a tick, and its stamp
    "
  `);
});

test("every operation has its line, with the cycle in which it starts", () => {
  const design = mapped(1);
  const text = printDesign(design);
  const ops = design.stages.flatMap((s) => (s.kind === "dense" ? [...s.pre.ops, ...s.post.ops] : []));
  for (const op of ops) expect(text).toContain(`\n    @${op.start} ${op.out.name} = `);
  expect(text.match(/^ {4}@\d+ (?!table)/gm)?.length).toBe(ops.length);
});

test("stable, and different for different lanes", () => {
  expect(printDesign(mapped(1))).toBe(printDesign(mapped(1)));
  expect(printDesign(mapped(1))).not.toBe(printDesign(mapped(2)));
});
