import { expect, test } from "vitest";
import type { FixedModel } from "../../../src/ir/fixed.js";
import { linearOf } from "../../../src/testing/linear.js";
import { builtGraph } from "../cosim/build.js";
import { goldenEqualsPytorch, referenceEqualsPytorch } from "./conformance.js";
import { compareGolden } from "./pytorch.js";

const post = { network: "small", form: "post" } as const;
const small = [post, { network: "small", form: "pre" }] as const;

goldenEqualsPytorch(small, { frames: 1, ticks: 64 });
referenceEqualsPytorch(small, { frames: 1, ticks: 32 });

test("another bias, weight or rounding than the checkpoint's is seen", async () => {
  const { build } = await builtGraph(post, "conformance");
  const { fixed } = build.compiled;
  const [first, ...others] = fixed.layers as [FixedModel["layers"][0], ...FixedModel["layers"]];
  const weights = first.synapse.weights.map((w, i) => (i === 100 ? w + 1 : w));
  const exprs = first.post.exprs.map((e) => (e.kind === "shr" ? { ...e, rounding: "floor" as const } : e));
  const readouts = fixed.readouts
    .map(linearOf)
    .map((r) => ({ ...r, bias: r.bias.map((b, c) => (c === 3 ? b + 1n : b)) }));
  const mutants: readonly FixedModel[] = [
    { ...fixed, readouts },
    { ...fixed, layers: [{ ...first, synapse: { ...first.synapse, weights } }, ...others] },
    { ...fixed, layers: [{ ...first, post: { ...first.post, exprs } }, ...others] },
  ];
  for (const mutant of mutants) {
    const changed = { ...build, compiled: { ...build.compiled, fixed: mutant } };
    const tally = compareGolden(post, changed, { frames: 1, ticks: 48 });
    expect(tally.differences).toBeGreaterThan(0);
    expect(tally.first[0]).toMatch(/^frame 0 tick \d+ \S+\[\d+\]: \S+, expected \S+$/);
  }
});
