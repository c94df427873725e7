// Accuracy on labelled frames, and how far votes agree with those that double-precision PyTorch gave.
import { evaluateModel } from "../../dist/commands/evaluate.js";
import { exactly } from "../goals.mjs";
import { burnIn, data, fixedModel, manifestOf, must, spikingModel } from "../networks.mjs";

const threads = 2;

export async function accuracy(record) {
  for (const network of ["small", "seed"])
    for (const form of ["post", "pre"]) {
      const report = await evaluate(spikingModel(network, form), network, form);
      const { samples, ticks, readouts, seconds, agreement } = report;
      const name = `${network} ${form}`;
      record(`${name}, right`, readouts[0].correct, `of ${samples} frames of ${ticks} ticks`);
      record(`${name}, time`, seconds, `s, ${threads} threads`);
      const isOther = otherFormat.network === network && otherFormat.form === form;
      // Integers can equal doubles everywhere only where weight scales are powers of two.
      const isExact = manifestOf(network, form).weight_scales === "po2ceil";
      const all = isExact ? exactly(samples) : undefined;
      const unit = `of ${samples} frames, as ${form}.votes.npy`;
      record(`${name}, equal classes`, agreement.sameClass, unit, all);
      record(`${name}, equal votes`, agreement.sameVotes, unit, isOther ? undefined : all);
    }
  await otherFormatVotes(record);
}

const evaluate = async (spiking, network, form) => {
  const folder = `${data}/${network}/accuracy`;
  const request = {
    cells: `${folder}/cells.npy`,
    labels: `${folder}/labels.npy`,
    classes: `${folder}/${form}.votes.npy`,
    threads,
    burnIn,
  };
  return must(await evaluateModel(fixedModel(spiking), request));
};

/**
 * The votes of this network come from another graph than the one in its file: there a state of the last layer has one
 * binary digit more behind the point. With that digit all votes are equal; without it PyTorch gives what spikec gives.
 */
const otherFormat = { network: "seed", form: "post", state: "layer3.eps1", scale: 2 ** -14 };

async function otherFormatVotes(record) {
  const { network, form, state, scale } = otherFormat;
  const spiking = withScale(spikingModel(network, form), state, scale);
  const { samples, agreement } = await evaluate(spiking, network, form);
  const name = `${network} ${form} with ${state} in units of 2^${Math.log2(scale)}`;
  const unit = `of ${samples} frames, as ${form}.votes.npy`;
  record(`${name}, equal votes`, agreement.sameVotes, unit, exactly(samples));
}

/** The network with another scale for the quantiser of a state. */
function withScale(spiking, name, scale) {
  const rescaled = (graph) => {
    const next = graph.states.find((state) => state.name === name)?.next;
    const exprs = graph.exprs.map((e) =>
      e.id === next ? { ...e, quantiser: { ...e.quantiser, scale: [scale] } } : e,
    );
    return { ...graph, exprs };
  };
  const layers = spiking.layers.map((layer) => ({
    ...layer,
    pre: rescaled(layer.pre),
    post: rescaled(layer.post),
  }));
  return { ...spiking, layers };
}
