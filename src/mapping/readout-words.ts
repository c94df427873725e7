import type { LayerStage, LinearReadoutStage } from "../ir/design.js";
import type { FixedLinearReadout } from "../ir/fixed.js";
import { channelOf, OFF_MAP, orderOf } from "./layout.js";
import { windowVisits } from "./visits.js";
import { type MemoryWords, pack } from "./words.js";

/**
 * Readout weights in the order in which activations arrive; lane j·classes + c (rtl/readout_linear.v). Places off the
 * map have weight 0.
 */
export function readoutWeights(stage: LinearReadoutStage, source: LayerStage): MemoryWords {
  const { readout, acts } = stage;
  const order = orderOf(readout.input, source.geometry.sentWord, windowVisits(source));
  const words: bigint[] = [];
  for (let first = 0; first < order.length; first += acts) {
    const inputs = Array.from(order.subarray(first, first + acts));
    words.push(
      pack(
        inputs.flatMap((input) => column(readout, input)),
        readout.weightBits,
      ),
    );
  }
  return { width: acts * readout.classes * readout.weightBits, words };
}

/** Weights of one slot of a readout on events: word k·SLICES + s is the column of lane s·ACTS + slot of beat k. */
export function columnWeights(stage: LinearReadoutStage, source: LayerStage, slot: number): MemoryWords {
  const { readout, acts } = stage;
  const order = orderOf(readout.input, source.geometry.sentWord, windowVisits(source));
  const inputs = Array.from(order).filter((_, place) => place % acts === slot);
  const words = inputs.map((input) => pack(column(readout, input), readout.weightBits));
  return { width: readout.classes * readout.weightBits, words };
}

/** Weights of all classes for one input; a place off the map has none. */
function column({ weights, classes }: FixedLinearReadout, input: number): readonly bigint[] {
  const inputs = weights.length / classes;
  return Array.from({ length: classes }, (_, c) =>
    input === OFF_MAP ? 0n : BigInt(weights[c * inputs + input] as number),
  );
}

/** Lowest thresholds of the lanes of a beat (rtl/readout_gather.v), a word for each of the beats of one position. */
export function lowestThresholds(stage: LinearReadoutStage, source: LayerStage): MemoryWords {
  const { readout, lanes, potentialWidth } = stage;
  const tables = readout.thresholds;
  const words = Array.from({ length: stage.geometry.vectors }, (_, group) =>
    pack(
      Array.from({ length: lanes }, (_, lane) => {
        const channel = channelOf(source.geometry, group * lanes + lane);
        return tables[tables.length === 1 ? 0 : channel]?.[0] as bigint;
      }),
      potentialWidth,
    ),
  );
  return { width: lanes * potentialWidth, words };
}

/** Thresholds of one lane and step (rtl/threshold_step.v): word g·2^k + q is T[(2q+1)·2^(S−1−k)], T counted from 1. */
export function thresholdStep(
  stage: LinearReadoutStage,
  source: LayerStage,
  lane: number,
  step: number,
): MemoryWords {
  const { readout, acts, potentialWidth } = stage;
  const tables = readout.thresholds;
  const words: bigint[] = [];
  for (let slice = 0; slice < stage.geometry.tables; slice++) {
    const channel = channelOf(source.geometry, slice * acts + lane);
    const table = tables[tables.length === 1 ? 0 : channel] as readonly bigint[];
    for (let q = 0; q < 2 ** step; q++) {
      const index = (2 * q + 1) * 2 ** (readout.activationBits - 1 - step);
      words.push(pack([table[index - 1] as bigint], potentialWidth));
    }
  }
  return { width: potentialWidth, words };
}
