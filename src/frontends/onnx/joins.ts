import { DiagnosticError, diagnostic } from "../../diagnostics/diagnostic.js";
import { type Context, fail, signalOf } from "./context.js";
import type { Ports } from "./ports.js";
import { findRegion, type NextOf, type Region } from "./region.js";
import type { Signal } from "./signal.js";

/** Graphs that are no chain of layers, each with its own reason at its own node. */

type Compare = Signal & { readonly kind: "compare" };

const isSynapse = (s: Signal): boolean => s.kind === "synapse";
const called = (s: Signal): string => `'${s.origin.name ?? s.origin.operator ?? s.label}'`;

/** The linear maps that a comparison's potential comes from. */
const mapsOf = (ctx: Context, next: NextOf, { a, potential }: Compare): readonly number[] =>
  findRegion(ctx, next, [a, potential], isSynapse).boundaries;

/**
 * Ticks that are unrolled in a graph without states: one linear map makes spikes several times, or one tensor of weights
 * belongs to several maps.
 */
export function checkUnrolled(ctx: Context, ports: Ports): void {
  if (ports.states.size > 0) return;
  const none: NextOf = new Map();
  const spiking = new Map<string, Compare>();
  const stored = new Map<Float64Array, Signal>();
  for (const s of ctx.signals) {
    if (s.kind === "compare") {
      const maps = mapsOf(ctx, none, s);
      const first = maps.length === 1 ? spiking.get(maps.join()) : undefined;
      // Spikes that reset the next ones: two thresholds of one potential, without that, have a reason of their own.
      if (first !== undefined && leadsTo(ctx, s, first)) {
        const map = signalOf(ctx, maps[0] as number);
        refuse(s, `'${s.origin.operator}' makes spikes`, map, first);
      }
      if (!spiking.has(maps.join())) spiking.set(maps.join(), s);
    }
    if (s.kind === "synapse") {
      const first = stored.get(s.map.weights.data);
      if (first !== undefined) refuse(s, `'${s.origin.operator}' has the weights`, first, first);
      stored.set(s.map.weights.data, s);
    }
  }
}

function refuse(at: Signal, what: string, of: Signal, first: Signal): never {
  const notes = [{ text: "the first time", loc: first.origin }];
  const args = { what, first: of.origin.name ?? of.label };
  throw new DiagnosticError(diagnostic("onnx-unrolled", at.origin, args, { notes }));
}

/** Whether a comparison depends on the spikes of another within the tick. */
const leadsTo = (ctx: Context, s: Compare, other: Compare): boolean =>
  findRegion(ctx, new Map(), [s.a], (each) => each.id === other.id).boundaries.length > 0;

/** A layer whose potential sums several linear maps: one that reads the layer's own spikes, or any others. */
export function refuseSeveralMaps(ctx: Context, next: NextOf, spike: Compare, post: Region): never {
  const maps = post.boundaries.map((id) => signalOf(ctx, id));
  const own = maps.find(
    (map) =>
      map.kind === "synapse" &&
      findRegion(ctx, next, [map.a], (s) => s.id === spike.id || isSynapse(s)).boundaries.includes(spike.id),
  );
  if (own !== undefined) {
    const what = `what ${own.origin.operator} ${called(own)} reads`;
    const reason =
      "it is the layer's own spikes of the tick before, and recurrent layers are not compiled yet";
    const hint =
      "a layer may feed back to itself through states of its own neurons alone: resets, adaptation";
    return fail("onnx-not-a-chain", own.origin, { what, reason }, hint);
  }
  const args = { what: "a layer", reason: `it sums several linear maps (${maps.map(called).join(", ")})` };
  const notes = maps.map(({ origin }) => ({ text: "one of them", loc: origin }));
  const hint = "layers form a chain: no skip connections, no joins";
  throw new DiagnosticError(diagnostic("onnx-not-a-chain", spike.origin, args, { notes, hint }));
}

/** A linear map that reads several signals: comparisons of one potential, or several layers' spikes. */
export function refuseSeveralSources(
  ctx: Context,
  next: NextOf,
  map: Signal,
  pre: Region,
  isSource: (s: Signal) => boolean,
): never {
  const sources = pre.boundaries.map((id) => signalOf(ctx, id));
  const join = pre.ids
    .map((id) => signalOf(ctx, id))
    .find(({ id }) => findRegion(ctx, next, [id], isSource).boundaries.length > 1);
  const at = (join ?? map).origin;
  const compares = sources.map((s) => (s.kind === "pool" ? signalOf(ctx, s.a) : s));
  const maps = compares.map((s) => (s.kind === "compare" ? mapsOf(ctx, next, s).join() : `${s.id}`));
  const what = `what ${map.origin.operator} ${called(map)} reads`;
  if (maps.every((each) => each === maps[0])) {
    const values = join?.kind === "sub" ? "-1, 0 and 1" : "of several values";
    const have = `${values}: ${sources.length} comparisons of one potential make it`;
    const hint = "spikes are 0 or 1: one Greater(potential, threshold) a layer, and no spikes of either sign";
    return fail("onnx-not-spikes", at, { what, have }, hint);
  }
  const names = compares.map((s, i) =>
    s.kind === "input"
      ? "the input"
      : `the layer of ${(maps[i] ?? "")
          .split(",")
          .map((id) => called(signalOf(ctx, Number(id))))
          .join(" and ")}`,
  );
  const reason = `it joins spikes of ${names.join(" and ")}: residual connections are not compiled yet`;
  const hint = "layers form a chain: each reads the spikes of the one before it alone";
  return fail("onnx-not-a-chain", at, { what, reason }, hint);
}
