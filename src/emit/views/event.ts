import type { EventStage } from "../../ir/design.js";
import { sumsOf } from "../../ir/spiking.js";
import type { LayerStreams } from "../../ir/stream.js";
import { closeLatency, PORT_QUEUE, reachOf, sumLatency, weightStyle } from "../../mapping/event-stage.js";
import { addressBits } from "../../mapping/widths.js";
import type { DesignNames } from "../names.js";
import { neuronsView } from "./neurons.js";

/** Cycles of an event in words, but for the border of the map. */
function eventCycles({ taps, layer, geometry }: EventStage): string {
  const [rows, columns] = reachOf(layer);
  const beats = { one: rows * columns, row: rows, patch: 1 }[taps];
  return `at most ${beats * geometry.eventGroups}`;
}

const tapNames = { one: "a tap", row: "a kernel row", patch: "the whole patch" } as const;

/** View of templates/verilog/event_stage.v.hbs: every decision about an event stage's Verilog ends here. */
export function eventView(stage: EventStage, streams: LayerStreams, names: DesignNames, banner: string) {
  const { layer, channels, ports, banks } = stage;
  const output = sumsOf(layer);
  const common = neuronsView(stage, streams, names, banner);
  const { sums, sentWord, groups, eventGroups, slices } = stage.geometry;
  const { columns } = sums.word;
  const readLatency = sumLatency(stage) - (slices > 1 ? 1 : 0);
  const [y, x] = [addressBits(output.height), addressBits(output.width)];
  return {
    ...common,
    description: `${channels} channels and ${tapNames[stage.taps]} of ${ports} event${ports > 1 ? "s" : ""} a cycle`,
    beats: stage.cycles.sweep,
    overhead: stage.cycles.overhead,
    event_cycles: eventCycles(stage),
    clear_cycles: banks.depth,
    ports,
    port_queue: PORT_QUEUE,
    channels,
    out_channels: output.channels,
    banks_y: banks.y,
    banks_x: banks.x,
    shift: banks.shift,
    aligns: banks.aligns,
    registered: banks.style === "block" ? 1 : 0,
    style: banks.style,
    weight_style: weightStyle(stage),
    weight_width: stage.weightWidth,
    groups: eventGroups,
    slices,
    sliced: slices > 1,
    slice_width: addressBits(slices),
    slice_msb: addressBits(slices) - 1,
    columns,
    columns_msb: columns - 1,
    partial_words: !sums.pooled && output.width % columns !== 0,
    partial_windows: sums.pooled && layer.output.width % sentWord.columns !== 0,
    columns_delay: sumLatency(stage) + stage.post.latency,
    overlap: stage.overlaps ? 1 : 0,
    read_address_msb: addressBits(eventGroups) + y + x - 1,
    read_msb: columns * channels * stage.sumWidth - 1,
    read_latency: readLatency,
    neuron_address_full_msb: addressBits(groups * output.height * output.width) - 1,
    window_y_msb: y - 1,
    window_x_msb: x - 1,
    sum_delay: sumLatency(stage) - 1,
    close_delay: closeLatency(stage),
  };
}
