import { type Design, type LayerStage, layerStages, readoutStages, tracesOf } from "../../ir/design.js";
import { lanesOf, layoutsOf, type TensorLayout } from "../../mapping/layout.js";
import { VOTES_WIDTH } from "../../mapping/readout-stage.js";
import { neuronWord, sentWord } from "../../mapping/visits.js";
import { addressBits, eventBits } from "../../mapping/widths.js";
import { type DesignNames, nameOf, printable } from "../names.js";
import { commas } from "../render.js";
import { potentialPort, RESET_CYCLES } from "./neurons.js";

const stream = (prefix: string, net: string, side: "s" | "m", ports: readonly string[]) =>
  ports.map((p) => ({ name: `${side}_axis_${prefix}${p}`, net: `${net}${p}` }));

const beat = ["tvalid", "tready", "tdata", "tlast", "tuser"];
const core = "axis_";

/** View of templates/verilog/core.v.hbs: how the stages are joined. */
export function coreView(design: Design, names: DesignNames, banner: string) {
  const layers = layerStages(design);
  const readouts = readoutStages(design);
  const last = layers[layers.length - 1] as LayerStage;
  const input = design.model.input;
  const idOf = (name: string): string => nameOf(names.stage, name);
  const leaves = (stage: LayerStage): boolean => stage === last && stage.sendsSpikes;

  /** A queue and a port for each readout of a layer: one that waits holds up no other. */
  const readersOf = (stage: LayerStage) => readouts.filter((r) => r.source === stage.name);

  const streams = layers.flatMap((stage) => [
    ...(stage.sendsSpikes && !leaves(stage)
      ? [{ id: `${idOf(stage.name)}_spikes`, msb: eventBits(stage.layer.sent) - 1 }]
      : []),
    ...readersOf(stage).map((_, i) => ({
      id: `${idOf(stage.name)}_${potentialPort(i)}`,
      msb: lanesOf(sentWord(stage)) * stage.potentialWidth - 1,
    })),
  ]);
  const layerViews = layers.map((stage, i) => {
    const id = idOf(stage.name);
    const before = layers[i - 1];
    const source = before === undefined ? `s_${core}` : `${idOf(before.name)}_spikes_`;
    return {
      id,
      module: `${names.core}_${id}`,
      origin: originOf(stage.layer.origin, stage.name),
      burn_in: false,
      ports: commas([
        ...stream("", source, "s", beat),
        ...(stage.sendsSpikes ? stream("", leaves(stage) ? `m_${core}` : `${id}_spikes_`, "m", beat) : []),
        ...readersOf(stage).flatMap((_, k) =>
          stream(`${potentialPort(k)}_`, `${id}_${potentialPort(k)}_`, "m", beat),
        ),
        { name: "busy", net: `stage_busy[${i}]` },
        { name: "stalled", net: `stage_stalled[${i}]` },
      ]),
    };
  });
  const readoutViews = readouts.map((stage) => {
    const id = idOf(stage.name);
    const branch = potentialPort(readouts.filter((r) => r.source === stage.source).indexOf(stage));
    return {
      id,
      module: `${names.core}_${id}`,
      origin: originOf(stage.readout.origin, stage.name),
      burn_in: true,
      ports: commas([
        ...stream("", `${idOf(stage.source)}_${branch}_`, "s", beat),
        ...stream("", `m_${core}${id}_`, "m", ["tvalid", "tready", "tdata", "votes"]),
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
    in_event_msb: eventBits(input) - 1,
    channel_width: addressBits(input.channels),
    y_width: addressBits(input.height),
    x_width: addressBits(input.width),
    readouts: readouts.map((stage) => ({
      name: printable(stage.name),
      id: idOf(stage.name),
      class_msb: addressBits(stage.readout.classes) - 1,
      votes_msb: VOTES_WIDTH - 1,
    })),
    sends_spikes: leaves(last),
    out_event_msb: eventBits(last.layer.sent) - 1,
    stages_msb: layers.length - 1,
    streams,
    stages: [...layerViews, ...readoutViews],
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
  const eventWidth = eventBits(design.model.input);
  let tensorCount = 0;
  return {
    core: names.core,
    banner,
    reset_cycles: RESET_CYCLES,
    settle_cycles: SETTLE_CYCLES,
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
      class_msb: addressBits(stage.readout.classes) - 1,
      votes_msb: VOTES_WIDTH - 1,
    })),
    stages: layoutsOf(design).map(({ stage, tensors }, index) => {
      const id = nameOf(names.stage, stage.name);
      const instance = `u_core.u_${id}`;
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
          ...(k + 1 === tensors.length
            ? { enable: `window_${id}`, number: `sent_${id}`, word: `${instance}.window_spikes` }
            : stateWrite(stage, instance, nameOf(names.state, tensor.signal), k, tensor)),
        })),
      };
    }),
  };
}

/** Where a state is written: by the sweep before the synapse, or with the neurons behind it. */
function stateWrite(
  stage: LayerStage,
  instance: string,
  state: string,
  index: number,
  { width }: TensorLayout,
) {
  const isBefore = index < tracesOf(stage).length;
  const [enable, number] = isBefore
    ? ["sweep_write_enable", "sweep_write_address"]
    : ["result_valid", "neuron_address_write"];
  const word = `${instance}.${state}_after`;
  const { channels, columns } = neuronWord(stage);
  // Columns off the map are nobody's: 0.
  const onMap = Array.from(
    { length: columns },
    (_, c) => `{${channels * width}{${instance}.columns_write[${columns - 1 - c}]}}`,
  );
  return {
    enable: `!rst && ${instance}.${enable}`,
    number: `${instance}.${number}`,
    word: stage.layer.output.width % columns === 0 ? word : `${word} & { ${onMap.join(", ")} }`,
  };
}
