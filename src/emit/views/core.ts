import { assertNever } from "../../diagnostics/diagnostic.js";
import { type Design, type LayerStage, layerStages, readoutStages, tracesOf } from "../../ir/design.js";
import { TICK_BITS } from "../../ir/frame.js";
import {
  type ClassPayload,
  dataBits,
  guardedStream,
  inputStream,
  layerStreams,
  outputStream,
  readoutStreams,
  type Stream,
  sameEnd,
} from "../../ir/stream.js";
import { layoutsOf, scoreWidthOf, type TensorLayout } from "../../mapping/layout.js";
import { type DesignNames, nameOf, printable } from "../names.js";
import { commas } from "../render.js";
import { potentialPort, RESET_CYCLES } from "./neurons.js";

const beat = ["tvalid", "tready", "tdata", "tlast", "tuser"];

/** Ports of a stage that takes or gives a stream, joined to its nets. */
const joined = (port: string, net: string, signals: readonly string[] = beat) =>
  signals.map((signal) => ({ name: `${port}_${signal}`, net: `${net}_${signal}` }));

/** View of templates/verilog/core.v.hbs: how the stages are joined. */
export function coreView(design: Design, names: DesignNames, banner: string) {
  const layers = layerStages(design);
  const readouts = readoutStages(design);
  const input = inputStream(design).payload;
  const output = outputStream(design);
  const idOf = (name: string): string => nameOf(names.stage, name);
  const netOf = netsOf(design, idOf);

  const layerViews = layers.map((stage, i) => {
    const id = idOf(stage.name);
    const streams = layerStreams(design, stage.name);
    return {
      id,
      module: `${names.core}_${id}`,
      origin: originOf(stage.layer.origin, stage.name),
      is_layer: true,
      index: i,
      ports: [
        ...joined("s_axis", netOf(streams.input)),
        ...(streams.spikes === undefined ? [] : joined("m_axis", netOf(streams.spikes))),
        ...streams.potentials.flatMap((stream, k) => joined(`m_axis_${potentialPort(k)}`, netOf(stream))),
      ].map((port) => ({ ...port, comma: "," })),
    };
  });
  const readoutViews = readouts.map((stage) => {
    const id = idOf(stage.name);
    const streams = readoutStreams(design, stage.name);
    return {
      id,
      module: `${names.core}_${id}`,
      origin: originOf(stage.readout.origin, stage.name),
      is_layer: false,
      ports: commas([
        ...joined("s_axis", netOf(streams.input)),
        ...joined("m_axis", netOf(streams.classes), ["tvalid", "tready", "tdata", "votes"]),
      ]),
    };
  });
  return {
    module: names.core,
    name: printable(design.name),
    banner,
    result: readouts.length > 0 ? "a class a frame" : "events",
    contract:
      readouts.length > 0
        ? "At a frame's end each readout sends one class."
        : "Spikes of the last layer leave as events, tick by tick.",
    reset_cycles: RESET_CYCLES,
    tick_msb: TICK_BITS - 1,
    guards: guardViews(design, netOf),
    in_event_msb: dataBits(input) - 1,
    channel_width: input.event.channel,
    y_width: input.event.y,
    x_width: input.event.x,
    readouts: readouts.map((stage) => ({
      name: printable(stage.name),
      id: idOf(stage.name),
      ...classView(readoutStreams(design, stage.name).classes.payload),
    })),
    sends_spikes: output !== undefined,
    out_event_msb: output === undefined ? 0 : dataBits(output.payload) - 1,
    stages_msb: layers.length - 1,
    streams: design.streams
      .filter(({ from, to }) => from.kind !== "outside" && to.kind !== "outside")
      .map((stream) => ({
        id: netOf(stream),
        msb: dataBits(stream.payload) - 1,
      })),
    stages: [...layerViews, ...readoutViews],
  };
}

/** The guard of the input, if there is one, for `{{#each}}`. */
function guardViews(design: Design, netOf: (stream: Stream) => string) {
  const [guard, guarded] = [design.guard, guardedStream(design)];
  if (guard === undefined || guarded === undefined) return [];
  const { channels, height, width } = guard.map;
  const ports = [...joined("s_axis", netOf(inputStream(design))), ...joined("m_axis", netOf(guarded))];
  return [{ channels, height, width, cells: guard.cells, ports }];
}

const classView = ({ classBits, votesBits }: ClassPayload) => ({
  class_msb: classBits - 1,
  votes_msb: votesBits - 1,
});

/** What the nets of a stream are called: after its source, and the core's ports after where they lead. */
function netsOf(design: Design, idOf: (name: string) => string): (stream: Stream) => string {
  return (stream) => {
    const { from, to, payload } = stream;
    if (from.kind === "outside") return "s_axis";
    if (from.kind === "guard") return "guarded";
    const id = idOf(from.name);
    switch (payload.kind) {
      case "events":
        return to.kind === "outside" ? "m_axis" : `${id}_spikes`;
      case "potentials": {
        const branch = layerStreams(design, from.name).potentials.findIndex(({ to: end }) =>
          sameEnd(end, to),
        );
        return `${id}_${potentialPort(branch)}`;
      }
      case "classes":
        return `m_axis_${id}`;
      default:
        return assertNever(payload);
    }
  };
}

function originOf(
  origin: readonly { readonly name?: string; readonly node?: number }[],
  name: string,
): string {
  const first = origin.find((o) => o.name !== undefined);
  if (first === undefined) return printable(name);
  return printable(`${first.name}${first.node === undefined ? "" : ` (node ${first.node})`}`);
}

/** Cycles that a bench waits at the end for output that shouldn't come. */
const SETTLE_CYCLES = 64;

/** View of templates/sim/tb.v.hbs. */
export function benchView(design: Design, names: DesignNames, banner: string) {
  const view = coreView(design, names, banner);
  const layers = layerStages(design);
  const readouts = readoutStages(design);
  const eventWidth = dataBits(inputStream(design).payload);
  let tensorCount = 0;
  return {
    core: names.core,
    banner,
    guarded: design.guard !== undefined,
    reset_cycles: RESET_CYCLES,
    settle_cycles: SETTLE_CYCLES,
    tick_msb: TICK_BITS - 1,
    beat_width: eventWidth + 2,
    beat_msb: eventWidth + 1,
    user_bit: eventWidth,
    event_msb: eventWidth - 1,
    stages_msb: layers.length - 1,
    sends_spikes: view.sends_spikes,
    out_event_msb: view.out_event_msb,
    out_event_width: view.out_event_msb + 1,
    readout_count: readouts.length,
    readouts: readouts.map((stage, index) => ({
      index,
      name: printable(stage.name),
      id: nameOf(names.stage, stage.name),
      scores: scoreWidthOf(design, stage) !== undefined,
      ...classView(readoutStreams(design, stage.name).classes.payload),
    })),
    stages: layoutsOf(design).map(({ stage, tensors }, index) => {
      const id = nameOf(names.stage, stage.name);
      return {
        index,
        id,
        name: printable(stage.name),
        is_last: index + 1 === layers.length,
        tensors: tensors.map((tensor, k) => ({
          index: tensorCount++,
          id: `${index}_${k}`,
          stage: id,
          lanes: tensor.lanes,
          width: tensor.width,
          signed: tensor.signed ? 1 : 0,
          msb: tensor.lanes * tensor.width - 1,
          ...(k + 1 === tensors.length
            ? { is_sent: true }
            : { is_sent: false, ...stateWrite(stage, nameOf(names.state, tensor.signal), k, tensor) }),
        })),
      };
    }),
  };
}

/** What says that a state is written, and the number of its word. */
export function writeSignals(
  stage: LayerStage,
  index: number,
): { readonly enable: string; readonly number: string } {
  return index < tracesOf(stage).length
    ? { enable: "sweep_write_enable", number: "sweep_write_address" }
    : { enable: "result_valid", number: "neuron_address_write" };
}

/** What says that a state is written, and its word: by the sweep before the synapse, or with the neurons behind it. */
function stateWrite(stage: LayerStage, state: string, index: number, { width }: TensorLayout) {
  const { channels, columns } = stage.geometry.word;
  return {
    ...writeSignals(stage, index),
    state,
    // Columns off the map are nobody's: 0.
    is_masked: stage.layer.output.width % columns !== 0,
    columns: commas(
      Array.from({ length: columns }, (_, c) => ({ column: columns - 1 - c, bits: channels * width })),
    ),
  };
}
