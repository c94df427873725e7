import type { DesignMemory, DesignMultiplier, Pipeline } from "../ir/design.js";

/** Memories and multipliers that stages of every kind have. */

/** A memory with one write and one read port. */
export const ram = (
  name: string,
  width: number,
  depth: number,
  holds: string,
  style: DesignMemory["style"] = "auto",
): DesignMemory => ({ name, kind: "sdp", width, depth, style, copies: 1, holds });

/** Tables of a pipeline: a word a channel group. */
export const tables = (pipeline: Pipeline, lanes: number, groups: number): DesignMemory[] =>
  pipeline.tables.map((t) => ({
    name: t.name,
    kind: "rom",
    width: lanes * t.width,
    depth: groups,
    style: "auto",
    copies: 1,
    holds: "constants per channel",
  }));

/** Multipliers of a pipeline. */
export function multipliers(pipeline: Pipeline, lanes: number, holds: string): DesignMultiplier[] {
  return pipeline.ops.flatMap((op) =>
    op.kind === "mul"
      ? [
          {
            aWidth: op.a.kind === "net" ? op.a.net.width : op.a.width,
            bWidth: op.b.kind === "net" ? op.b.net.width : op.b.width,
            copies: lanes,
            holds,
          },
        ]
      : [],
  );
}
