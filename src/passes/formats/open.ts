import type { SpikingModel, State } from "../../ir/spiking.js";
import { gridOf, openStates } from "./insert-quantisers.js";

/** States of a network whose format is still to be chosen. */
export const statesWithoutFormat = (model: SpikingModel): readonly State[] =>
  model.layers
    .flatMap((layer) => [layer.pre, layer.post])
    .flatMap((graph) => openStates(graph).filter((s) => gridOf(graph, s.next) === undefined));

/** Whether a calibration has anything to decide: a state or weights without a format. */
export const isOpen = (model: SpikingModel): boolean =>
  statesWithoutFormat(model).length > 0 ||
  model.layers.some((layer) => layer.synapse.weights.kind === "real") ||
  model.readouts.some((readout) => readout.kind === "linear" && readout.weights.kind === "real");
