import {
  type Design,
  denseStages,
  type PipelineState,
  type ReadoutStage,
  readoutStages,
} from "../ir/design.js";
import { type Shape, sizeOf } from "../ir/spiking.js";
import { neuronVisits, type Visit, windowVisits, wordVisits } from "../mapping/visits.js";
import { type TraceRecord, unpack } from "./trace-file.js";

/** What the hardware did instead of giving a known value once. */
export type NoValue = "unknown" | "not written" | "written twice" | "not sent";

/** A tensor as the hardware wrote it, (C, H, W) flat. */
export interface WrittenTensor {
  readonly values: Int32Array;
  /** Clock cycle in which each element was written. */
  readonly cycles: Int32Array;
  /** Elements without one known value. */
  readonly missing: ReadonlyMap<number, NoValue>;
}

/** One tick of one dense stage. */
export interface StageTick {
  readonly kind: "stage-tick";
  /** Index among the dense stages. */
  readonly layer: number;
  readonly tick: number;
  readonly spikes: WrittenTensor;
  /** States of the stage: pre, then post, in the order of the layer. */
  readonly states: readonly WrittenTensor[];
  readonly busy: number;
  readonly cycle: number;
}

/** One tick of one readout. */
export interface ReadoutTick {
  readonly kind: "readout-tick";
  readonly readout: number;
  readonly tick: number;
  readonly logits: readonly (number | undefined)[];
  readonly best: number;
  readonly cycle: number;
}

/** Class of a frame. */
export interface FrameClass {
  readonly kind: "frame-class";
  readonly readout: number;
  readonly sample: number;
  readonly best: number;
  readonly votes: number;
  readonly cycle: number;
}

/** The run's end; `complete` unless the bench gave up. */
export interface RunEnd {
  readonly kind: "end";
  readonly cycle: number;
  readonly complete: boolean;
}

export type Assembled = StageTick | ReadoutTick | FrameClass | RunEnd;

/** Puts the words of a trace back into tensors, tick by tick. */
export async function* assembleTrace(
  design: Design,
  records: AsyncIterable<TraceRecord>,
): AsyncGenerator<Assembled> {
  const dense = denseStages(design);
  const readouts = readoutStages(design);
  const slots = dense.map((stage) => ({
    spikes: slotOf(stage.pe, 1, false, stage.layer.sent, windowVisits(stage), "not sent"),
    sent: 0,
    states: [
      ...stage.pre.states.map((s) => stateSlot(s, stage.simd, stage.layer.input, wordVisits(stage))),
      ...stage.post.states.map((s) => stateSlot(s, stage.pe, stage.layer.output, neuronVisits(stage))),
    ],
    ticks: 0,
  }));
  const states = slots.flatMap((s) => s.states);
  const readoutTicks = readouts.map(() => 0);
  const frames = readouts.map(() => 0);
  for await (const r of records) {
    switch (r.kind) {
      case "state":
        states[r.state]?.write(r.address, r.word, r.cycle);
        break;
      case "spikes": {
        const slot = slots[r.stage] as (typeof slots)[number];
        slot.spikes.write(slot.sent++, r.word, r.cycle);
        break;
      }
      case "tick": {
        const slot = slots[r.stage] as (typeof slots)[number];
        yield {
          kind: "stage-tick",
          layer: r.stage,
          tick: slot.ticks++,
          spikes: slot.spikes.take(),
          states: slot.states.map((s) => s.take()),
          busy: r.busy,
          cycle: r.cycle,
        };
        slot.sent = 0;
        break;
      }
      case "logits": {
        const stage = readouts[r.readout] as ReadoutStage;
        const logits = unpack(r.word, stage.readout.classes, stage.sumWidth, true);
        const tick = readoutTicks[r.readout] as number;
        readoutTicks[r.readout] = tick + 1;
        yield { kind: "readout-tick", readout: r.readout, tick, logits, best: r.best, cycle: r.cycle };
        break;
      }
      case "class": {
        const sample = frames[r.readout] as number;
        frames[r.readout] = sample + 1;
        yield {
          kind: "frame-class",
          readout: r.readout,
          sample,
          best: r.best,
          votes: r.votes,
          cycle: r.cycle,
        };
        break;
      }
      case "end":
        yield r;
        break;
    }
  }
}

const stateSlot = (s: PipelineState, lanes: number, shape: Shape, visits: readonly Visit[]) =>
  slotOf(lanes, s.width, !s.before.bit, shape, visits, "not written");

/** Collects the words of one tensor of one tick; word n belongs to visit n. */
function slotOf(
  lanes: number,
  width: number,
  signed: boolean,
  shape: Shape,
  visits: readonly Visit[],
  absent: NoValue,
) {
  const size = sizeOf(shape);
  let values = new Int32Array(size);
  let cycles = new Int32Array(size);
  let missing = new Map<number, NoValue>();
  let seen = new Uint8Array(visits.length);
  const indexOf = (visit: Visit, lane: number): number =>
    ((visit.group * lanes + lane) * shape.height + visit.y) * shape.width + visit.x;
  return {
    /** A word at a number beyond the tensor marks its last element: nothing of the hardware goes unnoticed. */
    write(n: number, word: string, cycle: number): void {
      const visit = visits[n];
      if (visit === undefined) {
        missing.set(size - 1, "written twice");
        return;
      }
      unpack(word, lanes, width, signed).forEach((value, lane) => {
        const index = indexOf(visit, lane);
        values[index] = value ?? 0;
        cycles[index] = cycle;
        if (seen[n] === 1) missing.set(index, "written twice");
        else if (value === undefined) missing.set(index, "unknown");
      });
      seen[n] = 1;
    },
    /** The tensor, complete or not; the next word starts a new one. */
    take(): WrittenTensor {
      visits.forEach((visit, n) => {
        if (seen[n] === 0) for (let lane = 0; lane < lanes; lane++) missing.set(indexOf(visit, lane), absent);
      });
      const result: WrittenTensor = { values, cycles, missing };
      values = new Int32Array(size);
      cycles = new Int32Array(size);
      missing = new Map();
      seen = new Uint8Array(visits.length);
      return result;
    },
  };
}
