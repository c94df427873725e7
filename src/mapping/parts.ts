import type { DesignMemory, DesignMultiplier, MemoryRole, MultiplierRole } from "../ir/design.js";
import { numberWidth, type Pipeline, type PipelineOp } from "../ir/pipeline.js";
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

/** Widths of the operands of a product, both signed. */
export type Product = Pick<DesignMultiplier, "aWidth" | "bWidth">;

/**
 * What rtl/fx_mul.v multiplies; undefined where it is no product to synthesis, which sees that neither sign is ever set:
 * a spike times a literal that isn't negative is the literal's bits or none. Of a table's words it sees that too late.
 */
export function productOf({ a, b }: PipelineOp & { readonly kind: "mul" }): Product | undefined {
  const isSpike = a.kind === "net" && a.net.bit;
  if (isSpike && b.kind === "literal" && b.value >= 0n) return undefined;
  return { aWidth: numberWidth(a), bWidth: numberWidth(b) };
}

/** Multipliers of a pipeline of `lanes` lanes. */
export const multipliers = (pipeline: Pipeline, lanes: number, role: MultiplierRole): DesignMultiplier[] =>
  pipeline.ops.flatMap((op) => {
    const product = op.kind === "mul" ? productOf(op) : undefined;
    return product === undefined ? [] : [{ ...product, copies: lanes, role }];
  });
