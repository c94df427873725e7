import type { DenseStage } from "../ir/design.js";

/** A neuron group (PE neurons of one position) or window group: channel group and position. */
export interface Visit {
  readonly group: number;
  readonly y: number;
  readonly x: number;
}

/**
 * Neuron groups in the order in which rtl/dense_walk.v visits them: window row, window column, output group, row and
 * column in the window; places beyond the map are skipped. State memories are addressed by this order.
 */
export function neuronVisits(stage: DenseStage): readonly Visit[] {
  const { height, width, channels } = stage.layer.output;
  const [ph, pw] = poolOf(stage);
  const visits: Visit[] = [];
  for (let py = 0; py * ph < height; py++)
    for (let px = 0; px * pw < width; px++)
      for (let group = 0; group < channels / stage.pe; group++)
        for (let y = py * ph; y < Math.min(height, (py + 1) * ph); y++)
          for (let x = px * pw; x < Math.min(width, (px + 1) * pw); x++) visits.push({ group, y, x });
  return visits;
}

/** Whole pool windows in the order in which they leave the stage; y and x are positions after pooling. */
export function windowVisits(stage: DenseStage): readonly Visit[] {
  const { height, width } = stage.layer.sent;
  const groups = stage.layer.output.channels / stage.pe;
  const visits: Visit[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) for (let group = 0; group < groups; group++) visits.push({ group, y, x });
  return visits;
}

/** Input words in the order of rtl/trace_sweep.v: group, row, column. */
export function wordVisits(stage: DenseStage): readonly Visit[] {
  const { height, width, channels } = stage.layer.input;
  const visits: Visit[] = [];
  for (let group = 0; group < channels / stage.simd; group++)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) visits.push({ group, y, x });
  return visits;
}

/** Pool window of a stage, 1 × 1 for none. */
export function poolOf(stage: DenseStage): readonly [height: number, width: number] {
  return [stage.layer.pool?.height ?? 1, stage.layer.pool?.width ?? 1];
}
