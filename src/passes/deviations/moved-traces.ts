import { boundErrors } from "../../analysis/bound-errors.js";
import type { Deviation } from "../../ir/fixed.js";
import type { SpikingLayer } from "../../ir/spiking.js";
import { atPotential, atStates, realRanges } from "./potential.js";
import { causeAt, excessOf } from "./sources.js";
import { throughSynapse } from "./synapse.js";

/** Traces that stand behind the synapse without the quantisers that they were trained with. */
export function movedTraces(trained: SpikingLayer, prepared: SpikingLayer): readonly Deviation[] {
  const quantisers = trained.pre.exprs.flatMap((e) => (e.kind === "quantise" ? [e] : []));
  if (prepared.commutation?.kind !== "moved" || quantisers.length === 0) return [];
  const real = realRanges(trained);
  const [inputs, outputs] = [trained.input.channels, trained.output.channels];
  const value = new Map(
    quantisers.map(({ id, a, quantiser: q }) => [
      id,
      Array.from({ length: inputs }, (_, c) => {
        const unit = (q.scale.length === 1 ? q.scale[0] : q.scale[c]) as number;
        return (q.rounding.startsWith("half") ? unit / 2 : unit) + excessOf(real.pre(a, c), q, c);
      }),
    ]),
  );
  const said = {
    kind: "traces",
    where: `${trained.name}.pre`,
    text: `traces behind the synapse have none of the ${quantisers.length} quantisers that they were trained with`,
    relativeError: 0,
  } as const;
  const before = boundErrors({
    graph: trained.pre,
    channels: inputs,
    sources: [causeAt(said, value)],
    dropped: new Set(quantisers.map((e) => e.id)),
    range: real.pre,
  });
  const source = throughSynapse(
    trained.synapse,
    inputs,
    (c) => before(trained.pre.outputs.operand, c)[0] as number,
  );
  const request = {
    graph: trained.post,
    channels: outputs,
    sources: [source],
    dropped: new Set<string>(),
    range: real.post,
  };
  const [bound = 0] = atPotential(trained.post, boundErrors(request), outputs, 1);
  const ofAlike = boundErrors({ ...request, alike: trained.post.outputs.spike });
  const [stateBounds = []] = atStates(trained.post, ofAlike, outputs, 1);
  return [{ ...said, layer: trained.name, bound, stateBounds }];
}
