import type { DesignMemory, DesignMultiplier, MemoryRole, MultiplierRole } from "../ir/design.js";
import type { Pipeline } from "../ir/pipeline.js";
import { dataBits, type EventPayload, eventBitsOf, type SentStreams } from "../ir/stream.js";

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

/**
 * Queues of what a stage sends, `lanes` neurons at once, each with `last` and `user`: vectors of spikes with their place,
 * and, for every readout one, vectors of potentials.
 */
export function queues({ spikes, potentials }: SentStreams, lanes: number): DesignMemory[] {
  const vector = (payload: EventPayload): number => 2 + eventBitsOf(payload.event) + lanes;
  const [first] = potentials;
  return [
    ...(spikes === undefined
      ? []
      : [ram("spike queue", vector(spikes.payload), spikes.depth, "spike-queue", "distributed")]),
    ...(first === undefined
      ? []
      : [
          {
            ...ram(
              "potential queue",
              2 + dataBits(first.payload),
              first.depth,
              "potential-queue",
              "distributed",
            ),
            copies: potentials.length,
          },
        ]),
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
