import type { DenseStage, PipelineState } from "../../ir/design.js";
import { macLatency, QUEUE_DEPTH } from "../../mapping/engines.js";
import { poolOf } from "../../mapping/visits.js";
import { addressBits, eventBits } from "../../mapping/widths.js";
import { type DesignNames, nameOf, printable } from "../names.js";

/** Cycles of reset that flush the valid bits of every pipeline. */
export const RESET_CYCLES = 16;

/** View of templates/verilog/dense_stage.v.hbs: every decision about a dense stage's Verilog ends here. */
export function denseView(stage: DenseStage, readers: number, names: DesignNames, banner: string) {
  const { layer, pe, simd } = stage;
  const id = nameOf(names.stage, stage.name);
  const module = `${names.core}_${id}`;
  const inGroups = layer.input.channels / simd;
  const outGroups = layer.output.channels / pe;
  const words = inGroups * layer.input.height * layer.input.width;
  const neurons = outGroups * layer.output.height * layer.output.width;
  const [kernelH, kernelW] = layer.synapse.kernel;
  const [strideH, strideW] = layer.synapse.stride;
  const [poolH, poolW] = poolOf(stage);
  const weightDepth = outGroups * kernelH * kernelW * inGroups;
  const sentY = addressBits(layer.sent.height);
  const sentX = addressBits(layer.sent.width);
  const channelWidth = addressBits(layer.sent.channels);
  const neuronAddress = addressBits(neurons);
  const outGroup = addressBits(outGroups);
  const flags = sentY + sentX;
  const state = (s: PipelineState, lanes: number, depth: number) => ({
    id: nameOf(names.state, s.name),
    title: printable(s.name),
    width: s.width,
    word_width: lanes * s.width,
    msb: lanes * s.width - 1,
    zero: `${lanes * s.width}'d0`,
    depth,
    is_operand: s.name === stage.operandState,
    before: s.before.name,
    after: `${s.before.name}_next`,
  });
  const queues = Array.from({ length: readers }, (_, i) => ({
    id: potentialPort(i),
    pe,
    msb: pe * stage.potentialWidth - 1,
    width: 2 + pe * stage.potentialWidth,
    depth: QUEUE_DEPTH,
    level_msb: Math.log2(QUEUE_DEPTH),
  }));
  const sends = [stage.sendsSpikes ? "events" : "", stage.sendsPotentials ? "potentials" : ""].filter(
    (s) => s !== "",
  );
  return {
    module,
    banner,
    layer: printable(stage.name),
    description: `${pe} output channels × ${simd} input channels a cycle`.replace("×", "x"),
    sends: sends.join(" and "),
    total_cycles: stage.cycles.total,
    words,
    beats: stage.cycles.walk,
    overhead: stage.cycles.overhead,
    reset_cycles: RESET_CYCLES,
    sends_spikes: stage.sendsSpikes,
    sends_potentials: stage.sendsPotentials,
    pe,
    pe_msb: pe - 1,
    simd,
    simd_msb: simd - 1,
    in_channels: layer.input.channels,
    in_height: layer.input.height,
    in_width: layer.input.width,
    in_groups: inGroups,
    in_group_msb: addressBits(inGroups) - 1,
    in_event_msb: eventBits(layer.input) - 1,
    spike_address_msb:
      addressBits(inGroups) + addressBits(layer.input.height) + addressBits(layer.input.width) - 1,
    word_address_msb: addressBits(words) - 1,
    out_groups: outGroups,
    out_group_msb: outGroup - 1,
    out_height: layer.output.height,
    out_width: layer.output.width,
    out_event_msb: eventBits(layer.sent) - 1,
    kernel_h: kernelH,
    kernel_w: kernelW,
    stride_h: strideH,
    stride_w: strideW,
    pad_top: layer.synapse.padding[0],
    pad_left: layer.synapse.padding[1],
    pool_h: poolH,
    pool_w: poolW,
    weight_address_msb: addressBits(weightDepth) - 1,
    weight_depth: weightDepth,
    weight_width: layer.synapse.weightBits,
    weight_word_width: pe * simd * layer.synapse.weightBits,
    weights_msb: pe * simd * layer.synapse.weightBits - 1,
    weight_file: `${id}_weights.hex`,
    neuron_address_msb: neuronAddress - 1,
    window_y_msb: addressBits(Math.ceil(layer.output.height / poolH)) - 1,
    window_x_msb: addressBits(Math.ceil(layer.output.width / poolW)) - 1,
    sent_y_width: sentY,
    sent_y_msb: sentY - 1,
    sent_x_width: sentX,
    sent_x_msb: sentX - 1,
    place_width: sentY + sentX,
    channel_width: channelWidth,
    channel_msb: channelWidth - 1,
    last_channel: layer.sent.channels - pe,
    operand_width: stage.operandWidth,
    operand_signed: stage.operandSigned ? 1 : 0,
    operand_word_width: simd * stage.operandWidth,
    operands_msb: simd * stage.operandWidth - 1,
    operand_state: stage.operandState === undefined ? "" : nameOf(names.state, stage.operandState),
    pre_module: `${module}_pre`,
    pre_input: stage.pre.input.name,
    pre_latency: stage.pre.latency,
    pre_grouped: stage.pre.tables.length > 0,
    pre_purpose: stage.pre.states.length === 0 ? "spikes become the operand" : "traces of every input",
    pre_states: stage.pre.states.map((s) => state(s, simd, words)),
    post_module: `${module}_post`,
    post_input: stage.post.input.name,
    post_grouped: stage.post.tables.length > 0,
    post_purpose: "states, threshold and potential of every neuron",
    post_states: stage.post.states.map((s) => state(s, pe, neurons)),
    sum_width: stage.sumWidth,
    sums_width: pe * stage.sumWidth,
    sums_msb: pe * stage.sumWidth - 1,
    sum_delay: 1 + macLatency(simd),
    post_delay: 1 + stage.post.latency,
    neuron_info_width: neuronAddress + outGroup + 5 + flags,
    result_info_width: neuronAddress + 4 + flags,
    potential_width: stage.potentialWidth,
    potentials_msb: pe * stage.potentialWidth - 1,
    potentials_zero: `${pe * stage.potentialWidth}'d0`,
    queue_depth: QUEUE_DEPTH,
    queue_level_msb: Math.log2(QUEUE_DEPTH),
    spike_queue_width: 2 + channelWidth + sentY + sentX + pe,
    potential_queues: queues,
    may_start: [
      ...(stage.sendsSpikes ? ["spikes_may_start"] : []),
      ...queues.map(({ id }) => `${id}_may_start`),
    ].join(" && "),
  };
}

/** Port `m_axis_<port>_…` on which a stage sends its potentials to the readout number `index` of its layer. */
export const potentialPort = (index: number): string =>
  index === 0 ? "potential" : `potential_${index + 1}`;
