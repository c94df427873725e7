import { lostDecays, roundedDecays } from "../analysis/round-coefficients.js";
import { type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import type { SpikingExpr, SpikingLayer, SpikingModel } from "../ir/spiking.js";
import { LARGEST_ERROR, printPerChannel } from "./choice.js";
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
 *     0.97 in 5 bits: 31/32, and the leak of 0.03 is 4 % off         →   nothing to say
 *     0.96 in 5 bits: 31/32, and the leak of 0.04 is 22 % off        →   coefficient-coarse
 */
export const checkCoefficients: Pass<SpikingModel, SpikingModel, CoefficientOptions> = {
  name: "check-coefficients",
  summary: "every decay is still one when it is rounded, and about as fast; changes nothing",
  run(model, options) {
    return { output: model, diagnostics: model.layers.flatMap((layer) => checkLayer(layer, options)) };
  },
};

const checkLayer = (
  layer: SpikingLayer,
  { coefficientBits: bits, place }: CoefficientOptions,
): readonly Diagnostic[] =>
  (["pre", "post"] as const).flatMap((part) => {
    const graph = layer[part];
    const where = (expr: SpikingExpr): string => `${layer.name}.${part}.${expr.id}`;
    const notes = place === undefined ? [] : [{ text: "coefficientBits is given here", loc: place }];
    const lost = lostDecays(graph, bits, part === "pre");
    const coarse = roundedDecays(graph, bits, part === "pre").filter(
      ({ expr, error }) => error > LARGEST_ERROR && !lost.some((other) => other.expr === expr),
    );
    return [
      ...lost.map(({ expr, factors }) => {
        const args = { where: where(expr), value: printPerChannel(factors), bits };
        return diagnostic("coefficient-too-narrow", expr.origin[0] ?? {}, args, { notes });
      }),
      ...coarse.map(({ expr, factor, rounded, error }) => {
        const percent = { error: Number((100 * error).toPrecision(2)), most: 100 * LARGEST_ERROR };
        const args = { where: where(expr), value: factor, rounded, bits, ...percent };
        return diagnostic("coefficient-coarse", expr.origin[0] ?? {}, args, { notes });
      }),
    ];
  });
