import type { DesignMemory, DesignMultiplier, LayerStage, MemoryRole, MultiplierRole } from "../ir/design.js";
import type { Pipeline } from "../ir/pipeline.js";
import { QUEUE_DEPTH } from "./latencies.js";
import { eventBits } from "./widths.js";

/** Memories and multipliers that stages of every kind have. */

/** A memory with one write and one read port. */
export const ram = (
  name: string,
  width: number,
  depth: number,
  role: MemoryRole,
  style: DesignMemory["style"] = "auto",
): DesignMemory => ({ name, kind: "sdp", width, depth, style, copies: 1, role });

/** Tables of a pipeline: a word a channel group. */
export const tables = (pipeline: Pipeline, lanes: number, groups: number): DesignMemory[] =>
  pipeline.tables.map((t) => ({
    name: t.name,
    kind: "rom",
    width: lanes * t.width,
    depth: groups,
    style: "auto",
    copies: 1,
    role: "table",
  }));

/** Queues of what a stage sends, `lanes` neurons at once: its spikes, and its potentials for each of `readers` readouts. */
export function queues(
  stage: Pick<LayerStage, "layer" | "potentialWidth" | "sendsSpikes">,
  lanes: number,
  readers: number,
): DesignMemory[] {
  const spikes = 2 + eventBits(stage.layer.sent) + lanes;
  const potentials = 2 + lanes * stage.potentialWidth;
  const queue = ram("potential queue", potentials, QUEUE_DEPTH, "potential-queue", "distributed");
  return [
    ...(stage.sendsSpikes ? [ram("spike queue", spikes, QUEUE_DEPTH, "spike-queue", "distributed")] : []),
    ...(readers > 0 ? [{ ...queue, copies: readers }] : []),
  ];
}

/** Multipliers of a pipeline. */
export function multipliers(pipeline: Pipeline, lanes: number, role: MultiplierRole): DesignMultiplier[] {
  return pipeline.ops.flatMap((op) =>
    op.kind === "mul"
      ? [
          {
            aWidth: op.a.kind === "net" ? op.a.net.width : op.a.width,
            bWidth: op.b.kind === "net" ? op.b.net.width : op.b.width,
            copies: lanes,
            role,
          },
        ]
      : [],
  );
}
