import { DiagnosticError, diagnostic } from "../../diagnostics/diagnostic.js";
import type { SpikingLayer } from "../../ir/spiking.js";
import { type Context, fail, recording, report, signalOf } from "./context.js";
import { type FoundLayer, spikesOf } from "./layers.js";
import type { Ports } from "./ports.js";
import { type FoundReadout, matchReadout, type ReadoutInput, traceReadout } from "./readout.js";
import { findRegion, type NextOf } from "./region.js";
import type { Signal } from "./signal.js";

/** A graph output that is no state, and is computed from inputs or states. */
export interface Output {
  readonly name: string;
  readonly id: number;
}

/** A readout with what it reads. */
export interface TracedReadout {
  readonly readout: FoundReadout;
  readonly input: ReadoutInput;
}

/** Graph outputs that are no states; one that nothing computes is an error. */
export function plainOutputs(ctx: Context, ports: Ports): readonly Output[] {
  const states = new Set(ports.states.values());
  reportRepeated(ctx);
  return ctx.graph.outputs.flatMap(({ name }) => {
    if (states.has(name)) return [];
    const value = ctx.values.get(name);
    const loc = { file: ctx.graph.file, name };
    if (value === undefined) report(ctx, diagnostic("onnx-undefined-tensor", loc, { tensor: name }));
    return value?.kind === "signal" ? [{ name, id: value.id }] : [];
  });
}

/** Names in the graph's list of outputs are unique: layers and readouts are called by them. */
function reportRepeated(ctx: Context): void {
  const { graph } = ctx;
  const names = graph.outputs.map(({ name }) => name);
  names.forEach((output, index) => {
    const first = names.indexOf(output);
    if (first === index) return;
    const loc = { file: graph.file, name: output };
    const notes = [{ text: `output ${first} of the graph, counted from 0, is the first`, loc }];
    report(ctx, diagnostic("onnx-duplicate-output", loc, { output, index }, { notes }));
  });
}

/** What a readout may read of a comparison's layer: the potential, in x − c > 0 what it is of, or the spikes themselves. */
function readableOf(ctx: Context, s: Signal & { readonly kind: "compare" }): readonly number[] {
  const excess = signalOf(ctx, s.potential);
  const isExcess = excess.kind === "sub" && signalOf(ctx, excess.b).kind === "constant";
  return [s.potential, ...(isExcess ? [excess.a] : []), s.id];
}

/**
 * Readouts among the outputs. `addLayer` is told a comparison that only a readout leads to. A linear map whose source
 * is no potential is an error, unless it turns out to be a layer's own, exported for debugging.
 */
export function findReadouts(
  ctx: Context,
  outputs: readonly Output[],
  found: ReadonlyMap<number, FoundLayer>,
  addLayer: (spike: number) => void,
): readonly TracedReadout[] {
  const spikes = new Map<number, number>();
  for (const s of ctx.signals) {
    if (s.kind !== "compare") continue;
    for (const id of readableOf(ctx, s)) if (!spikes.has(id) || found.has(s.id)) spikes.set(id, s.id);
  }
  const isLayers = (r: FoundReadout): boolean => [...found.values()].some((l) => l.synapse.id === r.map.id);
  const traced: TracedReadout[] = [];
  const failed: { readonly readout: FoundReadout; readonly error: DiagnosticError }[] = [];
  for (const o of outputs) {
    const readout = matchReadout(ctx, o.name, o.id);
    if (readout === undefined || isLayers(readout)) continue;
    try {
      const input = traceReadout(ctx, readout, spikes);
      addLayer(input.spike);
      traced.push({ readout, input });
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      failed.push({ readout, error });
    }
  }
  for (const { readout, error } of failed) if (!isLayers(readout)) report(ctx, ...error.diagnostics);
  return traced.filter(({ readout }) => !isLayers(readout));
}

/** The linear map of a layer that only such an output reads: with it the layer would fall away. */
function lostMap(
  ctx: Context,
  next: NextOf,
  sources: readonly Signal[],
  own: ReadonlySet<number>,
): Signal | undefined {
  const spikes = sources.flatMap((s) => (s.kind === "compare" ? [s.a] : []));
  return findRegion(ctx, next, spikes, (s) => s.kind === "synapse")
    .boundaries.filter((map) => !own.has(map))
    .map((map) => signalOf(ctx, map))[0];
}

/** Outputs that are neither spikes nor readouts: a processed readout is an error, anything else is left out and said. */
export function checkOutputs(
  ctx: Context,
  next: NextOf,
  outputs: readonly Output[],
  readouts: readonly TracedReadout[],
  layers: readonly { readonly found: FoundLayer; readonly layer: SpikingLayer }[],
): void {
  const own = new Set(layers.map((l) => l.found.synapse.id));
  const isSource = (s: Signal): boolean => ["synapse", "compare", "input"].includes(s.kind);
  for (const { name, id } of outputs) {
    if (readouts.some((r) => r.readout.output === name)) continue;
    const spikes = spikesOf(ctx, id);
    const pool = layers.find((l) => l.found.spike.id === spikes?.spike.id)?.layer.pool;
    if (spikes !== undefined && pool?.height === spikes.pool?.height && pool?.width === spikes.pool?.width)
      continue;
    const sources = findRegion(ctx, next, [id], isSource).boundaries.map((b) => signalOf(ctx, b));
    const map = sources.find((s) => s.kind === "synapse" && !own.has(s.id));
    recording(ctx, () => {
      if (map !== undefined && spikes === undefined) {
        const reason = `its ${map.origin.operator} '${map.origin.name ?? ""}' is followed by more than a bias`;
        const hint = "end with Linear and its bias: the class of a tick is the largest logit, and ticks vote";
        fail("onnx-readout", signalOf(ctx, id).origin, { output: name, reason }, hint);
      }
      const lost = spikes === undefined ? lostMap(ctx, next, sources, own) : undefined;
      if (lost !== undefined) {
        const layer = `'${lost.origin.name ?? lost.label}'`;
        const hint =
          "export the spikes as they are, or a Linear map of them: no factor, sum or other step behind";
        fail("onnx-lost-layer", signalOf(ctx, id).origin, { output: name, layer }, hint);
      }
      report(ctx, diagnostic("onnx-unused-output", { file: ctx.graph.file, name }, { output: name }));
    });
  }
}
