import { type DenseStage, memoryOf } from "../../ir/design.js";
import type { LayerStreams } from "../../ir/stream.js";
import { macLatency } from "../../mapping/latencies.js";
import { addressBits } from "../../mapping/widths.js";
import { type DesignNames, nameOf } from "../names.js";
import { neuronsView, stateView } from "./neurons.js";

/** View of templates/verilog/dense_stage.v.hbs: every decision about a dense stage's Verilog ends here. */
export function denseView(stage: DenseStage, streams: LayerStreams, names: DesignNames, banner: string) {
  const { layer, pe, simd } = stage;
  const common = neuronsView(stage, streams, names, banner);
  const { sums, inGroups, inWords, groups, weightWords, windows } = stage.geometry;
  const [windowRows, windowColumns] = windows;
  return {
    ...common,
    description: `${pe} output channels x ${simd} input channels a cycle`,
    total_cycles: stage.cycles.total,
    words: inWords,
    beats: stage.cycles.walk,
    overhead: stage.cycles.overhead,
    pe,
    simd,
    simd_msb: simd - 1,
    in_groups: inGroups,
    in_group_msb: addressBits(inGroups) - 1,
    spike_address_msb: addressBits(memoryOf(stage, "input-spikes").depth) - 1,
    word_address_msb: addressBits(inWords) - 1,
    out_groups: groups,
    walk_address_msb: addressBits(sums.words) - 1,
    weight_address_msb: addressBits(weightWords) - 1,
    weight_depth: weightWords,
    weight_width: layer.synapse.weightBits,
    weight_word_width: pe * simd * layer.synapse.weightBits,
    weights_msb: pe * simd * layer.synapse.weightBits - 1,
    window_y_msb: addressBits(windowRows) - 1,
    window_x_msb: addressBits(windowColumns) - 1,
    operand_width: stage.operandWidth,
    operand_signed: stage.operandSigned ? 1 : 0,
    operand_word_width: simd * stage.operandWidth,
    operands_msb: simd * stage.operandWidth - 1,
    operand_state: stage.operandState === undefined ? "" : nameOf(names.state, stage.operandState),
    pre_module: `${common.module}_pre`,
    pre_input: stage.pre.input.name,
    pre_latency: stage.pre.latency,
    pre_grouped: stage.pre.tables.length > 0,
    pre_purpose: stage.pre.states.length === 0 ? "spikes become the operand" : "traces of every input",
    pre_states: stage.pre.states.map((s) => ({
      ...stateView(s, names, simd, inWords),
      is_operand: s.name === stage.operandState,
    })),
    sum_delay: 1 + macLatency(simd),
  };
}
