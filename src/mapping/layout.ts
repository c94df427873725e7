import { type DenseStage, type Design, denseStages, type PipelineState } from "../ir/design.js";
import { type Shape, sizeOf } from "../ir/spiking.js";
import { neuronVisits, type Visit, windowVisits, wordVisits } from "./visits.js";

/** How the hardware gives a tensor away: word by word, `lanes` values in each. */
export interface TensorLayout {
  readonly signal: string;
  readonly shape: Shape;
  readonly lanes: number;
  /** Bits of a value. */
  readonly width: number;
  readonly signed: boolean;
  /** Place (word · lanes + lane) → element, (C, H, W) flat: a permutation. */
  readonly order: Int32Array;
}

/** What a stage says in a tick, in the order in which differences are looked for: states first, spikes last. */
export interface StageLayout {
  readonly stage: DenseStage;
  readonly tensors: readonly TensorLayout[];
}

/** Layouts of all states and spikes, by dense stage. */
export function layoutsOf(design: Design): readonly StageLayout[] {
  return denseStages(design).map((stage) => {
    const { input, output, sent } = stage.layer;
    const state = (
      s: PipelineState,
      lanes: number,
      shape: Shape,
      visits: readonly Visit[],
    ): TensorLayout => ({
      signal: s.name,
      shape,
      lanes,
      width: s.width,
      signed: !s.before.bit,
      order: orderOf(shape, lanes, visits),
    });
    const [words, neurons] = [wordVisits(stage), neuronVisits(stage)];
    const spikes = {
      signal: "spikes",
      shape: sent,
      lanes: stage.pe,
      width: 1,
      signed: false,
      order: orderOf(sent, stage.pe, windowVisits(stage)),
    };
    return {
      stage,
      tensors: [
        ...stage.pre.states.map((s) => state(s, stage.simd, input, words)),
        ...stage.post.states.map((s) => state(s, stage.pe, output, neurons)),
        spikes,
      ],
    };
  });
}

function orderOf(shape: Shape, lanes: number, visits: readonly Visit[]): Int32Array {
  const order = new Int32Array(sizeOf(shape));
  visits.forEach(({ group, y, x }, word) => {
    for (let lane = 0; lane < lanes; lane++)
      order[word * lanes + lane] = ((group * lanes + lane) * shape.height + y) * shape.width + x;
  });
  return order;
}
