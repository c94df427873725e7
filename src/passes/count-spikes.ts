import { diagnostic } from "../diagnostics/diagnostic.js";
import { quantisedWeights, spikeQuantiser } from "../ir/builders.js";
import {
  type SpikingLayer,
  type SpikingModel,
  type SpikingReadout,
  sizeOf,
  type VoteChoice,
} from "../ir/spiking.js";
import type { Pass } from "./pass.js";

/** Which readouts a network is to have, and their vote. */
export interface CountOptions {
  /** `none`: spikes leave the core as they are. */
  readonly readouts: "last" | "all" | "none";
  readonly vote: VoteChoice;
}

/** Most neurons of a last layer that are taken as classes. */
const MOST_CLASSES = 256;

/**
 * Gives a network that ends in spikes of a vector of neurons the readout by which such networks are trained: the class of
 * a frame is the neuron with the most spikes (snnTorch's ce_count_loss, SpikingJelly's mean firing rate, Spiker+).
 *
 *     layers … → layer2 (10 neurons)   →   readout 'counts' of 'layer2': 10 classes, logits are its spikes, summed
 *
 * Preserves: every spike; a network with readouts, or whose last layer is a map or has more than 256 neurons, is what it was.
 */
export const countSpikes: Pass<SpikingModel, SpikingModel, CountOptions> = {
  name: "count-spikes",
  summary: "lets a network that ends in spikes vote by their counts; changes no spike",
  run(model, { readouts, vote }) {
    const last = model.layers.at(-1);
    const refused = vote === "counts" ? whyNot(model, last, readouts) : undefined;
    if (refused !== undefined) {
      const loc = model.readouts.at(-1)?.origin[0] ?? last?.origin[0] ?? { name: model.name };
      return {
        output: model,
        diagnostics: [diagnostic("vote-counts", loc, { name: model.name, reason: refused })],
      };
    }
    if (last === undefined || whyNot(model, last, readouts) !== undefined)
      return { output: model, diagnostics: [] };
    const counted = { ...last.post, outputs: { ...last.post.outputs, potential: last.post.outputs.spike } };
    const layers = [...model.layers.slice(0, -1), { ...last, post: counted }];
    return { output: { ...model, layers, readouts: [countsOf(last)] }, diagnostics: [] };
  },
};

/** Why spikes are not counted. */
function whyNot(
  { readouts }: SpikingModel,
  last: SpikingLayer | undefined,
  wanted: CountOptions["readouts"],
): string | undefined {
  const [readout] = readouts;
  if (readout !== undefined) return `its readout '${readout.name}' is a linear map`;
  if (wanted === "none") return "it is to have no readout";
  if (last === undefined || last.sent.height * last.sent.width > 1) return "its last layer sends a map";
  const neurons = sizeOf(last.sent);
  return neurons < 2 || neurons > MOST_CLASSES
    ? `its last layer has ${neurons} neurons, and 2 to ${MOST_CLASSES} can be classes`
    : undefined;
}

/** Each neuron's spikes are its class's logit. */
function countsOf(layer: SpikingLayer): SpikingReadout {
  const classes = sizeOf(layer.sent);
  const raw = Int32Array.from({ length: classes * classes }, (_, i) => (i % (classes + 1) === 0 ? 1 : 0));
  return {
    kind: "linear",
    name: "counts",
    origin: layer.origin,
    layer: layer.name,
    activation: { kind: "identity", quantiser: spikeQuantiser, origin: layer.origin },
    pool: layer.pool,
    weights: quantisedWeights(raw, 1, 2),
    bias: new Array<number>(classes).fill(0),
    classes,
    vote: "sum",
  };
}
