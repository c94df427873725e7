import { lostDecays } from "../analysis/round-coefficients.js";
import { type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import type { SpikingLayer, SpikingModel } from "../ir/spiking.js";
import { printPerChannel } from "./choice.js";
import type { Pass } from "./pass.js";

/** What the lowering rounds decays to. */
export interface CoefficientOptions {
  readonly coefficientBits: number;
  /** Where that was written, for diagnostics. */
  readonly place?: Loc | undefined;
}

/**
 * A decay that rounds to 1 is none any more: the state would keep all that it ever got.
 *
 *     0.97 in 4 bits: 15/16 = 0.9375 or 16/16 = 1; the nearer is 1   →   coefficient-too-narrow
 */
export const checkCoefficients: Pass<SpikingModel, SpikingModel, CoefficientOptions> = {
  name: "check-coefficients",
  summary: "every decay is still one when it is rounded; changes nothing",
  run(model, options) {
    return { output: model, diagnostics: model.layers.flatMap((layer) => checkLayer(layer, options)) };
  },
};

const checkLayer = (
  layer: SpikingLayer,
  { coefficientBits: bits, place }: CoefficientOptions,
): readonly Diagnostic[] =>
  (["pre", "post"] as const).flatMap((part) =>
    lostDecays(layer[part], bits, part === "pre").map(({ expr, factors }) => {
      const args = { where: `${layer.name}.${part}.${expr.id}`, value: printPerChannel(factors), bits };
      const notes = place === undefined ? [] : [{ text: "coefficientBits is given here", loc: place }];
      return diagnostic("coefficient-too-narrow", expr.origin[0] ?? {}, args, { notes });
    }),
  );
