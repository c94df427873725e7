import { invariant } from "../../diagnostics/diagnostic.js";
import type { LayerStage } from "../../ir/design.js";
import type { PipelineState } from "../../ir/pipeline.js";
import { sumsOf } from "../../ir/spiking.js";
import { dataBits, type LayerStreams } from "../../ir/stream.js";
import { lanesOf, mergeLatency } from "../../mapping/geometry.js";
import { eventPayload } from "../../mapping/streams.js";
import { addressBits } from "../../mapping/widths.js";
import { type DesignNames, nameOf, printable } from "../names.js";
import { commas } from "../render.js";

/** Cycles of reset that flush the valid bits of every pipeline. */
export const RESET_CYCLES = 16;

/** Port `m_axis_<port>_…` on which a stage sends its potentials to the readout number `index` of its layer. */
export const potentialPort = (index: number): string =>
  index === 0 ? "potential" : `potential_${index + 1}`;

/** A state as a stage's template sees it. */
export const stateView = (s: PipelineState, names: DesignNames, lanes: number, depth: number) => ({
  id: nameOf(names.state, s.name),
  title: printable(s.name),
  width: s.width,
  word_width: lanes * s.width,
  msb: lanes * s.width - 1,
  depth,
  before: s.before.name,
  after: `${s.before.name}_next`,
});

/** Where the neurons' sums come from: those of the synapse, or the largest of each window (partials/current_pool.v.hbs). */
function currentPoolView({ geometry, sumWidth }: LayerStage) {
  const { sums, word, words } = geometry;
  return {
    merges: sums.pooled,
    /** End of the names of what goes beside the sums that neurons read. */
    at: sums.pooled ? "window" : "sum",
    sums_valid: sums.pooled ? "neurons_valid" : "sums_valid",
    post_sums: sums.pooled ? "neuron_sums" : "sums_post",
    sum_merge: sums.word.columns / word.columns,
    merge_latency: mergeLatency(geometry),
    neuron_sums_msb: lanesOf(word) * sumWidth - 1,
    neuron_address_width: addressBits(words),
    last_neuron_word: words - 1,
  };
}

/**
 * What stages of both engines have: ports, and the view of templates/verilog/partials/neurons.v.hbs, from the sums of
 * the synapse to rtl/layer_output.v.
 */
export function neuronsView(
  stage: LayerStage,
  { input, spikes, potentials }: LayerStreams,
  names: DesignNames,
  banner: string,
) {
  const { layer } = stage;
  const id = nameOf(names.stage, stage.name);
  const module = `${names.core}_${id}`;
  const { sums, word, sentWord: sent, words, groups, pool } = stage.geometry;
  const [sumLanes, lanes, windowLanes] = [lanesOf(sums.word), lanesOf(word), lanesOf(sent)];
  const map = sumsOf(layer);
  // Where sums are pooled, neurons have numbers of their own, and a word of them is a whole window.
  const [poolH, poolW] = pool;
  // Windows have their places even where nothing takes the spikes.
  const { y: sentY, x: sentX } = (spikes?.payload ?? eventPayload(layer.sent)).event;
  const neuronAddress = addressBits(words);
  const outGroup = addressBits(groups);
  const place = sentY + sentX;
  const streams = potentials.map(({ payload }, i) => ({
    id: potentialPort(i),
    lanes: payload.lanes,
    msb: dataBits(payload) - 1,
  }));
  const sends = [spikes === undefined ? "" : "events", potentials.length === 0 ? "" : "potentials"];
  // All queues of a stage are as deep: check-design says so.
  const depth = (spikes ?? potentials[0])?.depth;
  invariant(depth !== undefined, `'${stage.name}' sends nothing`);
  return {
    module,
    banner,
    layer: printable(stage.name),
    sends: sends.filter((s) => s !== "").join(" and "),
    reset_cycles: RESET_CYCLES,
    sends_spikes: spikes !== undefined,
    sends_potentials: potentials.length > 0,
    in_channels: layer.input.channels,
    in_height: layer.input.height,
    in_width: layer.input.width,
    in_event_msb: dataBits(input.payload) - 1,
    out_height: map.height,
    out_width: map.width,
    out_event_msb: dataBits(spikes?.payload ?? eventPayload(layer.sent)) - 1,
    kernel_h: layer.synapse.kernel[0],
    kernel_w: layer.synapse.kernel[1],
    stride_h: layer.synapse.stride[0],
    stride_w: layer.synapse.stride[1],
    pad_top: layer.synapse.padding[0],
    pad_left: layer.synapse.padding[1],
    pool_h: poolH,
    pool_w: poolW,
    weight_file: `${id}_weights.hex`,
    out_group_msb: outGroup - 1,
    neuron_address_msb: neuronAddress - 1,
    sum_lanes: sumLanes,
    swept: sums.pooled ? "sums" : "neurons",
    lanes,
    lanes_msb: lanes - 1,
    word_channels: word.channels,
    windows: sent.columns,
    windows_msb: sent.columns - 1,
    merge: word.columns / sent.columns,
    sent_channels: layer.sent.channels,
    sent_height: layer.sent.height,
    sent_width: layer.sent.width,
    sent_y_msb: sentY - 1,
    sent_x_msb: sentX - 1,
    post_module: `${module}_post`,
    post_input: stage.post.input.name,
    post_grouped: stage.post.tables.length > 0,
    post_purpose: "states, threshold and potential of every neuron",
    post_states: stage.post.states.map((s) => stateView(s, names, lanes, words)),
    sum_width: stage.sumWidth,
    sums_width: sumLanes * stage.sumWidth,
    sums_msb: sumLanes * stage.sumWidth - 1,
    ...currentPoolView(stage),
    post_delay: 1 + stage.post.latency,
    neuron_info_width: (sums.pooled ? 0 : neuronAddress) + outGroup + 4 + sent.columns + place,
    window_info_width: outGroup + 2 + sent.columns + place,
    result_info_width: neuronAddress + (sums.pooled ? 1 : 3) + sent.columns + place,
    potential_width: stage.potentialWidth,
    potentials_width: lanes * stage.potentialWidth,
    potentials_msb: lanes * stage.potentialWidth - 1,
    window_potentials_msb: windowLanes * stage.potentialWidth - 1,
    queue_depth: depth,
    readers: potentials.length,
    potential_streams: streams,
    // The first reader stands in the lowest bits.
    packed_potentials: commas([...streams].reverse()),
  };
}
