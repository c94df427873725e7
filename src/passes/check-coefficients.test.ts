import { expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import { conv, type DcllSpec, dcllLayer, network, realWeights, shape } from "../ir/builders.js";
import { checkCoefficients } from "./check-coefficients.js";

const origin = [{ file: "net.pkl", name: "layer1" }];
const said = (coefficientBits: number, spec: Partial<DcllSpec>) => {
  const synapse = conv({ outChannels: 1, kernel: [1, 1], weights: realWeights([2]) });
  const base = {
    name: "layer1",
    input: shape(2),
    synapse,
    origin,
    form: "pre",
    alpha: 0.5,
    alphas: 0.5,
  } as const;
  const model = network("net", [dcllLayer({ ...base, ...spec })]);
  const { output, diagnostics } = checkCoefficients.run(model, { coefficientBits });
  expect(output).toBe(model);
  return diagnostics.map(renderDiagnostic);
};

test("coefficient-too-narrow: a decay below 1 that rounds to 1, at its expression", () => {
  expect(said(4, { alpha: 0.97 })).toEqual([
    "error[coefficient-too-narrow] net.pkl: 'layer1': layer1.pre.eps1_decay: 0.97 rounds to 1 in 4 bits, so that nothing would decay\n  hint: give more --coefficient-bits; 17 is the most",
  ]);
  expect(said(5, { alpha: 0.97 })).toEqual([]);
  expect(said(4, { alphas: [0.99, 0.9, 0.995] }).join()).toContain("eps0_decay: 0.99 to 0.995 rounds to 1");
  expect(said(4, { form: "post", refractory: { decay: 0.98, weight: 1 } }).join()).toContain(
    "post.arp_decay",
  );
});

test("factors from 1 on, of spikes, and those that fit are nobody's mistake", () => {
  expect(said(4, { alpha: 1, alphas: 1.03 })).toEqual([]);
  expect(said(4, { gains: [0.99, 1] })).toEqual([]);
  expect(said(2, { alpha: 0.75, alphas: 0.5 })).toEqual([]);
});

test("coefficient-coarse: a leak that is off by more than a tenth, the worst channel's", () => {
  expect(said(5, { alpha: 0.96 })).toEqual([
    "warning[coefficient-coarse] net.pkl: 'layer1': layer1.pre.eps1_decay: 0.96 rounds to 0.96875 in 5 bits: what stands between it and 1, the leak, is off by 22 %, more than 10 %\n  hint: give more --coefficient-bits; 17 is the most",
  ]);
  expect(said(5, { alphas: [0.5, 0.96, 0.75] }).join()).toContain("eps0_decay: 0.96 rounds to 0.96875");
  expect(said(9, { alpha: 0.96 })).toEqual([]);
});
