import { catching, diagnostic, failure, type Result, success } from "../../diagnostics/diagnostic.js";
import type { Pool, Shape, SpikingLayer, SpikingModel } from "../../ir/spiking.js";
import { type Context, createContext, fail, recording, report, signalOf } from "./context.js";
import { decodeOnnx, type OnnxGraph } from "./decode.js";
import { buildIntegrator, findIntegrators } from "./integrators.js";
import { checkUnrolled } from "./joins.js";
import { buildLayer, type FoundLayer, findLayer, orderLayers, spikesOf } from "./layers.js";
import { shapeOf } from "./map-shape.js";
import { checkOutputs, findReadouts, type Output, plainOutputs, type TracedReadout } from "./outputs.js";
import { findPorts, type Ports } from "./ports.js";
import { buildReadout } from "./readout.js";
import type { NextOf } from "./region.js";
import type { ExternalData } from "./tensor.js";
import { walk } from "./walk.js";

/** Options of the import. */
export interface OnnxOptions {
  /** Reads a file beside the model (relative path without `..`), for tensors with external data. */
  readonly externalData?: ExternalData;
}

/** An ONNX file (QONNX, QCDQ or float; one graph is one tick) as SpikingModel, or every reason why it is none. No I/O. */
export function importOnnx(bytes: Uint8Array, file: string, options: OnnxOptions = {}): Result<SpikingModel> {
  return catching(() => importGraph(decodeOnnx(bytes, file), options));
}

/** The same of a graph that was decoded. */
export function importGraph(graph: OnnxGraph, options: OnnxOptions): Result<SpikingModel> {
  return catching(() => {
    const ctx = createContext(graph, options.externalData);
    const ports = findPorts(ctx);
    walk(ctx, ports);
    const model = ports && !hasErrors(ctx) ? recording(ctx, () => assemble(ctx, ports)) : undefined;
    if (model === undefined || hasErrors(ctx)) return failure(...ctx.diagnostics);
    return success(model, ctx.diagnostics);
  });
}

const hasErrors = (ctx: Context): boolean => ctx.diagnostics.some((d) => d.severity === "error");

/** `dir/post.qonnx.onnx` → `post`. */
const modelName = (file: string): string =>
  (file.split(/[/\\]/).pop() ?? "").replace(/(\.qonnx|\.qcdq)?\.onnx$/i, "") || "network";

/** Next value of every state, its shape equal to the state's. */
function stateTransitions(ctx: Context, ports: Ports): NextOf {
  const next = new Map<string, number>();
  for (const [state, output] of ports.states) {
    const value = ctx.values.get(output);
    const loc = { file: ctx.graph.file, name: state };
    const have = ctx.values.get(state);
    recording(ctx, () => {
      if (value?.kind !== "signal" || have?.kind !== "signal") {
        const reason =
          value === undefined
            ? `no node computes '${output}'`
            : `'${output}' is no value computed from inputs or states`;
        return fail("onnx-state", loc, { state, reason });
      }
      if (value.dims.join() !== have.dims.join()) {
        const reason = `it is [${have.dims.join(", ")}], its next value [${value.dims.join(", ")}]`;
        return fail("onnx-state", loc, { state, reason });
      }
      return next.set(state, value.id);
    });
  }
  return next;
}

/** All layers that lead to `spikes`, each found once. */
function findLayers(
  ctx: Context,
  next: NextOf,
  spikes: readonly number[],
  found: Map<number, FoundLayer>,
): void {
  const stack = [...spikes];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const s = signalOf(ctx, id);
    if (s.kind !== "compare" || found.has(id)) continue;
    const layer = recording(ctx, () => findLayer(ctx, next, s));
    if (layer === undefined) continue;
    found.set(id, layer);
    stack.push(layer.source);
  }
}

/** Splits the walked graph into layers and readouts. */
function assemble(ctx: Context, ports: Ports): SpikingModel | undefined {
  const next = stateTransitions(ctx, ports);
  recording(ctx, () => checkUnrolled(ctx, ports));
  const outputs = plainOutputs(ctx, ports);
  if (hasErrors(ctx)) return undefined;
  const integrators = findIntegrators(ctx, next, outputs);
  const found = new Map<number, FoundLayer>();
  const ends = outputs.flatMap((o) => spikesOf(ctx, o.id)?.spike.id ?? []);
  findLayers(ctx, next, [...ends, ...integrators.map(({ spike }) => spike)], found);
  const readouts = findReadouts(ctx, outputs, found, (spike) => findLayers(ctx, next, [spike], found));
  if (hasErrors(ctx)) return undefined;
  checkOneSpikeEach(ctx, [...found.values()]);
  if (hasErrors(ctx)) return undefined;
  const ordered = orderLayers(ctx, [...found.values()]);
  if (hasErrors(ctx)) return undefined;
  const [first] = ordered;
  if (first === undefined) return fail("onnx-no-layer", { file: ctx.graph.file }, {});
  checkStates(ctx, ports, ordered);
  const layers = buildLayers(ctx, next, ordered, outputs, readouts);
  const paired = ordered.flatMap((found, i) => {
    const layer = layers[i];
    return layer === undefined ? [] : [{ found, layer }];
  });
  const input = paired[0]?.layer.input as Shape;
  const built = readouts.flatMap(({ readout, input }) => {
    const layer = paired.find((l) => l.found.spike.id === input.spike)?.layer;
    const made = layer && recording(ctx, () => buildReadout(ctx, readout, input, layer.name, layer.output));
    return made ? [made] : [];
  });
  const shown = integrators.flatMap((each) => {
    const of = paired.find((l) => l.found.spike.id === each.spike);
    const made = of && recording(ctx, () => buildIntegrator(each, of.found, of.layer.name));
    return made ? [made] : [];
  });
  if (paired.length < ordered.length) return undefined;
  const left = outputs.filter(({ name }) => !integrators.some(({ output }) => output === name));
  checkOutputs(ctx, next, left, readouts, paired);
  return {
    name: modelName(ctx.graph.file),
    input,
    layers: paired.map(({ layer }) => layer),
    readouts: [...built, ...shown],
    precision: precisionOf(ctx, ports),
  };
}

/** One linear map makes one layer's spikes. */
function checkOneSpikeEach(ctx: Context, found: readonly FoundLayer[]): void {
  const seen = new Map<number, FoundLayer>();
  for (const layer of [...found].sort((a, b) => a.spike.id - b.spike.id)) {
    const first = seen.get(layer.synapse.id);
    if (first !== undefined) {
      const args = { what: "a layer", reason: "two comparisons make spikes of the same linear map" };
      const hint = "give each layer one threshold";
      const notes = [{ text: "the first comparison", loc: first.spike.origin }];
      report(ctx, diagnostic("onnx-not-a-chain", layer.spike.origin, args, { notes, hint }));
    } else seen.set(layer.synapse.id, layer);
  }
}

/** Every state belongs to one recurrence; one that belongs to none is said. */
function checkStates(ctx: Context, ports: Ports, ordered: readonly FoundLayer[]): void {
  for (const state of ports.states.keys()) {
    const loc = { file: ctx.graph.file, name: state };
    const notes = ordered.flatMap(({ pre, post, synapse }) =>
      (["before", "behind"] as const)
        .filter((side) => (side === "before" ? pre : post).states.includes(state))
        .map((side) => ({ text: `the recurrence ${side} this reads it`, loc: synapse.origin })),
    );
    if (notes.length === 0) report(ctx, diagnostic("onnx-unused-state", loc, { state }));
    const args = { state, reason: "several recurrences read it" };
    if (notes.length > 1) report(ctx, diagnostic("onnx-state", loc, args, { notes }));
  }
}

/** A layer is called X where its spikes are an output `X.spikes`, else by its number; two never alike. */
function layerNames(owns: readonly (readonly { readonly name: string }[])[]): readonly string[] {
  const said = owns.map((own) => {
    const output = own.find((o) => o.name.endsWith(".spikes"));
    return output?.name.slice(0, -".spikes".length) ?? "";
  });
  const taken = new Set(said);
  return said.map((name, index) => {
    if (name !== "" && said.indexOf(name) === index) return name;
    let numbered = `layer${index + 1}`;
    for (let n = 2; taken.has(numbered); n++) numbered = `layer${index + 1}_${n}`;
    taken.add(numbered);
    return numbered;
  });
}

/** Layers in order; undefined for one that is refused, behind which the next is taken to fit. */
function buildLayers(
  ctx: Context,
  next: NextOf,
  ordered: readonly FoundLayer[],
  outputs: readonly Output[],
  readouts: readonly TracedReadout[],
): readonly (SpikingLayer | undefined)[] {
  const layers: (SpikingLayer | undefined)[] = [];
  const owns = ordered.map((found) =>
    outputs.flatMap((o) => {
      const spikes = spikesOf(ctx, o.id);
      return spikes?.spike.id === found.spike.id ? [{ name: o.name, pool: spikes.pool }] : [];
    }),
  );
  const names = layerNames(owns);
  for (const [index, found] of ordered.entries()) {
    const behind = ordered[index + 1];
    const [own = poolOfReadouts(found, readouts)] = owns[index] ?? [];
    const pool: Pool | undefined = behind === undefined ? own.pool : behind.sourcePool;
    const name = names[index] as string;
    const source = signalOf(ctx, found.pre.boundaries[0] as number);
    // The first layer may see the input reshaped; the flat order stays.
    const input =
      layers.at(-1)?.sent ??
      shapeOf(found.synapse.map.kind === "linear" ? source.dims : found.synapse.map.dataDims);
    const layer = recording(ctx, () => {
      const potential = potentialOf(found, readouts);
      return buildLayer(ctx, next, found, name, input, pool, potential);
    });
    layers.push(layer);
  }
  return layers;
}

/** What nothing but readouts reads is pooled as all of them pool it. */
function poolOfReadouts(
  found: FoundLayer,
  readouts: readonly TracedReadout[],
): { readonly pool: Pool | undefined } {
  const [first, ...others] = readouts
    .filter(({ input }) => input.spike === found.spike.id)
    .map(({ input }) => input.pool?.pool);
  const isAlike = others.every((p) => p?.height === first?.height && p?.width === first?.width);
  return { pool: isAlike ? first : undefined };
}

/** What a layer shows of itself: what its readouts read, which must be one value. */
function potentialOf(found: FoundLayer, readouts: readonly TracedReadout[]): number {
  const own = readouts.filter(({ input }) => input.spike === found.spike.id);
  const [first] = own;
  const other = own.find(({ input }) => input.potential !== first?.input.potential);
  if (first !== undefined && other !== undefined) {
    const { output, map } = other.readout;
    const reason = `it reads another value of its layer than readout '${first.readout.output}'`;
    fail("onnx-readout", map.origin, { output, reason }, "let all readouts of a layer read one value");
  }
  return first?.input.potential ?? found.spike.potential;
}

/** Arithmetic of the export, by the spike input's element type. */
function precisionOf(ctx: Context, ports: Ports): "float32" | "float64" {
  const { name, elementType } = ports.spikes;
  if (elementType === 11) return "float64";
  if (elementType === 1) return "float32";
  const what = `input '${name}'`;
  if (elementType === 14 || elementType === 15) {
    const encode = "encode I/Q as spikes before the network: a spike a sample on the I/Q plane, [1, 1, I, Q]";
    fail("onnx-operand", { file: ctx.graph.file, name }, { operand: what, reason: "it is complex" }, encode);
  }
  const reason = `its element type ${elementType} is neither float nor double`;
  return fail(
    "onnx-operand",
    { file: ctx.graph.file, name },
    { operand: what, reason },
    "export with float or double inputs",
  );
}
