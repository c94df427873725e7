import type { DenseStage, LayerStage } from "../ir/design.js";
import { sumsOf } from "../ir/spiking.js";

/** A neuron group (neurons of one word) or window group: channel group and (first) position. */
export interface Visit {
  readonly group: number;
  readonly y: number;
  readonly x: number;
}

/**
 * Groups of sums in the order in which rtl/dense_walk.v and rtl/sweep_walk.v visit them: window row, window column,
 * output group, row and column in the window; places beyond the map are skipped. A window is at least as wide as a word.
 */
export function sumVisits(stage: LayerStage): readonly Visit[] {
  const { height, width } = sumsOf(stage.layer);
  const { sums, groups, pool } = stage.geometry;
  const { columns } = sums.word;
  const [ph, poolWidth] = pool;
  const pw = Math.max(poolWidth, columns);
  const visits: Visit[] = [];
  for (let py = 0; py * ph < height; py++)
    for (let px = 0; px * pw < width; px++)
      for (let group = 0; group < groups; group++)
        for (let y = py * ph; y < Math.min(height, (py + 1) * ph); y++)
          for (let x = px * pw; x < Math.min(width, (px + 1) * pw); x += columns)
            visits.push({ group, y, x });
  return visits;
}

/**
 * Neuron groups in the order in which they are computed: as their sums are visited, or as windows of sums are whole.
 * State memories are addressed by this order.
 */
export const neuronVisits = (stage: LayerStage): readonly Visit[] =>
  stage.geometry.sums.pooled ? windowVisits(stage) : sumVisits(stage);

/** A pool window of one channel group (several windows, where a word has more columns): its words, and whether it is sent. */
export interface Window {
  readonly words: number;
  readonly emits: boolean;
}

/** Windows in the order in which their sums are visited. */
export function windowsOf(stage: LayerStage): readonly Window[] {
  const { sent } = stage.layer;
  const { sums, sentWord, pool } = stage.geometry;
  const [height, poolWidth] = pool;
  const width = Math.max(poolWidth, sums.word.columns);
  const windows = new Map<string, Window>();
  for (const { group, y, x } of sumVisits(stage)) {
    const [py, px] = [Math.floor(y / height), Math.floor(x / width)];
    const key = `${py} ${px} ${group}`;
    const emits = py < sent.height && px * sentWord.columns < sent.width;
    windows.set(key, { words: (windows.get(key)?.words ?? 0) + 1, emits });
  }
  return [...windows.values()];
}

/** Whole pool windows in the order in which they leave the stage; y and x are positions after pooling. */
export function windowVisits(stage: LayerStage): readonly Visit[] {
  const { height, width } = stage.layer.sent;
  const { sentWord: word, groups } = stage.geometry;
  const visits: Visit[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x += word.columns)
      for (let group = 0; group < groups; group++) visits.push({ group, y, x });
  return visits;
}

/** Input words in the order of rtl/trace_sweep.v: group, row, column. */
export function wordVisits(stage: DenseStage): readonly Visit[] {
  const { height, width } = stage.layer.input;
  const visits: Visit[] = [];
  for (let group = 0; group < stage.geometry.inGroups; group++)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) visits.push({ group, y, x });
  return visits;
}
