import { type Design, type ReadoutStage, readoutStages } from "../ir/design.js";
import { sizeOf } from "../ir/spiking.js";
import { layoutsOf, OFF_MAP, type TensorLayout } from "../mapping/layout.js";
import { type TraceRecord, unpack } from "./trace-file.js";

/** What the hardware did instead of giving a known value once. */
export type NoValue = "unknown" | "not written" | "written twice";

/** A tensor as the hardware wrote it, (C, H, W) flat. */
export interface WrittenTensor {
  readonly values: Float64Array;
  /** Clock cycle in which each element was written. */
  readonly cycles: Int32Array;
  /** Elements without one known value. */
  readonly missing: ReadonlyMap<number, NoValue>;
}

/** One tick of one layer's stage. */
export interface StageTick {
  readonly kind: "stage-tick";
  /** Index among the layer stages. */
  readonly stage: number;
  readonly tick: number;
  /** In the order of the stage's layout: its states, then its spikes. */
  readonly tensors: readonly WrittenTensor[];
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

/** Everything else of a trace, as it is written. */
type Passed = Exclude<TraceRecord, { readonly kind: "word" | "logits" }>;

/** What a trace says, put together: a tick of a stage or of a readout, or a record that stands for itself. */
export type Assembled = StageTick | ReadoutTick | Passed;

/** Puts the words of a trace back into tensors and logits, tick by tick; a tick written in hashes has no tensors. */
export async function* assembleTrace(
  design: Design,
  records: AsyncIterable<TraceRecord>,
  full: { readonly from: number; readonly to: number },
): AsyncGenerator<Assembled> {
  const stages = layoutsOf(design).map(({ tensors }) => ({ slots: tensors.map(slotOf), ticks: 0 }));
  const slots = stages.flatMap((s) => s.slots);
  const readouts = readoutStages(design);
  const readoutTicks = readouts.map(() => 0);
  for await (const r of records) {
    if (r.kind === "word") slots[r.tensor]?.write(r.number, r.word, r.cycle);
    else if (r.kind === "logits") {
      const stage = readouts[r.readout] as ReadoutStage;
      const logits = unpack(r.word, stage.readout.classes, stage.sumWidth, true);
      const tick = readoutTicks[r.readout] as number;
      readoutTicks[r.readout] = tick + 1;
      yield { kind: "readout-tick", readout: r.readout, tick, logits, best: r.best, cycle: r.cycle };
    } else {
      yield r;
      if (r.kind !== "tick") continue;
      const stage = stages[r.stage] as (typeof stages)[number];
      const tick = stage.ticks++;
      if (tick < full.from || tick >= full.to) continue;
      const tensors = stage.slots.map((slot) => slot.take());
      yield { kind: "stage-tick", stage: r.stage, tick, tensors, cycle: r.cycle };
    }
  }
}

/** Collects the words of one tensor of one tick. */
function slotOf({ lanes, width, signed, order, shape }: TensorLayout) {
  const size = sizeOf(shape);
  const fresh = () => ({
    values: new Float64Array(size),
    cycles: new Int32Array(size),
    missing: new Map<number, NoValue>(),
    seen: new Uint8Array(order.length / lanes),
  });
  let now = fresh();
  return {
    /** A word at a number beyond the tensor marks its last element: nothing of the hardware goes unnoticed. */
    write(number: number, word: string, cycle: number): void {
      if (!(number < now.seen.length)) {
        now.missing.set(size - 1, "written twice");
        return;
      }
      unpack(word, lanes, width, signed).forEach((value, lane) => {
        const index = order[number * lanes + lane] as number;
        if (index === OFF_MAP) return;
        now.values[index] = value ?? 0;
        now.cycles[index] = cycle;
        if (now.seen[number] === 1) now.missing.set(index, "written twice");
        else if (value === undefined) now.missing.set(index, "unknown");
      });
      now.seen[number] = 1;
    },
    /** The tensor, complete or not; the next word starts a new one. */
    take(): WrittenTensor {
      const { values, cycles, missing, seen } = now;
      seen.forEach((times, number) => {
        if (times > 0) return;
        for (const index of order.subarray(number * lanes, (number + 1) * lanes))
          if (index !== OFF_MAP) missing.set(index, "not written");
      });
      now = fresh();
      return { values, cycles, missing };
    },
  };
}
