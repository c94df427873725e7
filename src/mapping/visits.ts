import { assertNever } from "../diagnostics/diagnostic.js";
import type { DenseStage, LayerStage } from "../ir/design.js";
import type { FixedReadout } from "../ir/fixed.js";

/** A neuron group (neurons of one word) or window group: channel group and (first) position. */
export interface Visit {
  readonly group: number;
  readonly y: number;
  readonly x: number;
}

/** What a word of neurons holds: `channels` output channels at `columns` neighbours of a row. Place = column · channels + channel. */
export interface Word {
  readonly channels: number;
  readonly columns: number;
}

/** Neurons that a stage computes at once. */
export function neuronWord(stage: LayerStage): Word {
  switch (stage.kind) {
    case "dense":
      return { channels: stage.pe, columns: 1 };
    case "event": {
      const { lanes, channels } = stage;
      return { channels: Math.min(lanes, channels), columns: Math.max(1, lanes / channels) };
    }
    default:
      return assertNever(stage);
  }
}

/** Neurons that it sends at once: columns of one pool window are merged. */
export function sentWord(stage: LayerStage): Word {
  const { channels, columns } = neuronWord(stage);
  const [, width] = poolOf(stage);
  return { channels, columns: columns > width ? columns / width : 1 };
}

/**
 * Neuron groups in the order in which rtl/dense_walk.v and rtl/sweep_walk.v visit them: window row, window column,
 * output group, row and column in the window; places beyond the map are skipped. State memories are addressed by this
 * order. A window is at least as wide as a word.
 */
export function neuronVisits(stage: LayerStage): readonly Visit[] {
  const { height, width, channels } = stage.layer.output;
  const word = neuronWord(stage);
  const [ph, poolWidth] = poolOf(stage);
  const pw = Math.max(poolWidth, word.columns);
  const visits: Visit[] = [];
  for (let py = 0; py * ph < height; py++)
    for (let px = 0; px * pw < width; px++)
      for (let group = 0; group < channels / word.channels; group++)
        for (let y = py * ph; y < Math.min(height, (py + 1) * ph); y++)
          for (let x = px * pw; x < Math.min(width, (px + 1) * pw); x += word.columns)
            visits.push({ group, y, x });
  return visits;
}

/** A pool window of one channel group (several windows, where a word has more columns): its words, and whether it is sent. */
export interface Window {
  readonly words: number;
  readonly emits: boolean;
}

/** Windows in the order in which their neurons are visited. */
export function windowsOf(stage: LayerStage): readonly Window[] {
  const { sent } = stage.layer;
  const [height, poolWidth] = poolOf(stage);
  const width = Math.max(poolWidth, neuronWord(stage).columns);
  const windows = new Map<string, Window>();
  for (const { group, y, x } of neuronVisits(stage)) {
    const [py, px] = [Math.floor(y / height), Math.floor(x / width)];
    const key = `${py} ${px} ${group}`;
    const emits = py < sent.height && px * sentWord(stage).columns < sent.width;
    windows.set(key, { words: (windows.get(key)?.words ?? 0) + 1, emits });
  }
  return [...windows.values()];
}

/** Whole pool windows in the order in which they leave the stage; y and x are positions after pooling. */
export function windowVisits(stage: LayerStage): readonly Visit[] {
  const { height, width } = stage.layer.sent;
  const word = sentWord(stage);
  const groups = stage.layer.output.channels / word.channels;
  const visits: Visit[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x += word.columns)
      for (let group = 0; group < groups; group++) visits.push({ group, y, x });
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
export function poolOf(stage: LayerStage): readonly [height: number, width: number] {
  return [stage.layer.pool?.height ?? 1, stage.layer.pool?.width ?? 1];
}

/** Slices of activations after which the channels come again: words of a table a channel. */
export const sliceGroups = (readout: FixedReadout, source: LayerStage, acts: number): number =>
  readout.thresholds.length === 1 ? 1 : (readout.input.channels * sentWord(source).columns) / acts;
