import { renameOperands } from "../../ir/builders.js";
import type { PerChannel, Recurrence } from "../../ir/spiking.js";
import { type Context, fail, signalOf } from "./context.js";
import { checkPool, shapeOf } from "./map-shape.js";
import { affineOf } from "./ops/affine.js";
import type { Signal } from "./signal.js";

/**
 * Currents that are pooled before the neurons read them:
 *
 *     MaxPool(Conv(x) + bias)   →   pool of the sums, then + bias: a bias of a channel is in each of its windows
 *
 * What a comparison alone reads was taken as a pool of its spikes before (ops/compare.ts).
 */

type Synaptic = Signal & { readonly kind: "synapse" };
type Pooled = Signal & { readonly kind: "pool" };

/** What a layer's neurons read: a linear map, or the largest of each window of one and of its offsets. */
export interface Currents {
  readonly synapse: Synaptic;
  readonly pool: Pooled | undefined;
  /** Added behind the pool, a number an output channel. */
  readonly offset: PerChannel;
}

/** Whether a signal is a pool of a Conv, biases between them or not. */
function isPooledMap(ctx: Context, s: Signal): s is Pooled {
  if (s.kind !== "pool") return false;
  for (let of = signalOf(ctx, s.a); ; ) {
    if (of.kind === "synapse") return of.map.kind === "conv2d";
    if (of.kind !== "add" && of.kind !== "sub") return false;
    const [a, b] = [signalOf(ctx, of.a), signalOf(ctx, of.b)];
    if (b.kind === "constant") of = a;
    else if (a.kind === "constant" && of.kind === "add") of = b;
    else return false;
  }
}

/** Whether a layer's recurrence starts at a signal. */
export const isCurrent = (ctx: Context, s: Signal): boolean => s.kind === "synapse" || isPooledMap(ctx, s);

/** What a signal is that `isCurrent` holds for. */
export function currentsOf(ctx: Context, s: Signal): Currents {
  if (s.kind === "synapse") return { synapse: s, pool: undefined, offset: [0] };
  const affine = isPooledMap(ctx, s) ? affineOf(ctx, s.a) : undefined;
  if (s.kind !== "pool" || affine === undefined) {
    const reason = "what it pools adds a constant that differs within a channel";
    const hint = "use one bias for each channel, or pool spikes";
    return fail("onnx-operator", s.origin, { operator: s.origin.operator ?? "MaxPool", reason }, hint);
  }
  checkPool(s, shapeOf(affine.synapse.dims));
  const [first = 0] = affine.offset;
  const offset = affine.offset.every((x) => x === first) ? [first] : [...affine.offset];
  return { synapse: affine.synapse, pool: s, offset };
}

/** A recurrence that reads pooled sums `in` with the offset behind them. */
export function withOffset<O extends string>(
  { exprs, states, outputs }: Recurrence<O>,
  offset: PerChannel,
): Recurrence<O> {
  if (offset.every((x) => x === 0)) return { exprs, states, outputs };
  const taken = new Set(exprs.map(({ id }) => id));
  const free = (wish: string): string => {
    let id = wish;
    for (let n = 2; taken.has(id); n++) id = `${wish}_${n}`;
    return id;
  };
  const [bias, biased] = [free("bias"), free("biased")];
  const of = (id: string): string => (id === "in" ? biased : id);
  const named = Object.entries<string>(outputs).map(([name, id]) => [name, of(id)]);
  return {
    exprs: exprs.flatMap((e) =>
      e.kind === "input"
        ? [
            e,
            { kind: "constant", id: bias, origin: e.origin, value: offset } as const,
            { kind: "add", id: biased, origin: e.origin, a: e.id, b: bias } as const,
          ]
        : [renameOperands(e, of)],
    ),
    states: states.map((s) => ({ ...s, next: of(s.next) })),
    outputs: Object.fromEntries(named) as Recurrence<O>["outputs"],
  };
}
