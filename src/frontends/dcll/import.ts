import { catching, diagnostic, failure, type Result, success } from "../../diagnostics/diagnostic.js";
import type { Shape, SpikingLayer, SpikingModel, SpikingReadout } from "../../ir/spiking.js";
import { type Context, type Parameter, recording } from "./context.js";
import { dcllGeometryOf, dcllLayerOf, dcllReadouts } from "./dcll.js";
import { decolleLayerOf, decolleReadouts, lifTypeOf } from "./decolle.js";
import { type Geometry, geometryOf, inputShape } from "./geometry.js";
import type { LifLayerType } from "./lif-types.js";
import { missingOf } from "./missing.js";
import type { NetworkFile } from "./network-file.js";
import { type FoundLayer, recognise } from "./recognise.js";
import { readStateDict, type StateDict } from "./state-dict.js";
import type { StoredTensor } from "./tensor.js";

/**
 * A checkpoint of DCLL's or DECOLLE's training code, and the network file that says what it lacks, as SpikingModel; or
 * every reason why it is none. No I/O.
 */
export function importDcll(
  bytes: Uint8Array,
  file: string,
  network: NetworkFile | undefined,
): Result<SpikingModel> {
  return catching(() => {
    const tensors = readStateDict(bytes, file);
    const found = recognise(tensors, file);
    const read = new Map<string, Parameter>();
    const ctx: Context = { file, tensors, network, found, read, diagnostics: [], budget: bytes.length };
    const wrong = [...missingOf(ctx), ...wrongCount(ctx)];
    if (wrong.length > 0) return failure(...wrong);
    const { layers, readouts } = assemble(ctx);
    const [first] = layers;
    if (first !== undefined && !hasErrors(ctx)) ctx.diagnostics.push(...unreadParameters(ctx));
    if (first === undefined || hasErrors(ctx)) return failure(...ctx.diagnostics);
    const precision = precisionOf(tensors);
    const model = { name: modelName(file), input: first.input, layers, readouts, precision };
    return success(model, ctx.diagnostics);
  });
}

const hasErrors = (ctx: Context): boolean => ctx.diagnostics.some((d) => d.severity === "error");

/** `dir/parameters_49.pkl` → `parameters_49`. */
const modelName = (file: string): string =>
  (file.split(/[/\\]/).pop() ?? "").replace(/\.(pkl|pth|pt|tar)$/i, "") || "network";

/**
 * Layers in order, each reading what the one before sends. One that can't be built has said why; those behind it are
 * looked at as long as it is known what it would send: of one whose geometry is refused that isn't known.
 */
function assemble(ctx: Context): {
  readonly layers: readonly SpikingLayer[];
  readonly readouts: readonly SpikingReadout[];
} {
  const code = ctx.found.code === "dcll" ? dcllCode : decolleCode(lifTypeOf(ctx));
  const layers: SpikingLayer[] = [];
  const readouts: SpikingReadout[] = [];
  let input = recording(ctx, () => inputShape(ctx));
  for (const found of ctx.found.layers) {
    const reads = input;
    const geometry = reads && recording(ctx, () => code.geometryOf(ctx, found, reads));
    if (reads === undefined || geometry === undefined) break;
    input = geometry.sent;
    const layer = recording(ctx, () => code.layerOf(ctx, found, reads, geometry));
    if (layer === undefined) continue;
    layers.push(layer);
    readouts.push(...(recording(ctx, () => code.readoutsOf(ctx, found, layer)) ?? []));
  }
  return { layers, readouts };
}

/** How a training code's layers are built. */
interface TrainingCode {
  geometryOf(ctx: Context, found: FoundLayer, input: Shape): Geometry;
  layerOf(ctx: Context, found: FoundLayer, input: Shape, geometry: Geometry): SpikingLayer;
  readoutsOf(ctx: Context, found: FoundLayer, layer: SpikingLayer): readonly SpikingReadout[];
}

const dcllCode: TrainingCode = {
  geometryOf: dcllGeometryOf,
  layerOf: dcllLayerOf,
  readoutsOf: dcllReadouts,
};

const decolleCode = (type: LifLayerType): TrainingCode => ({
  geometryOf: (ctx, found, input) => geometryOf(ctx, found, "base_layer.weight", input),
  layerOf: (ctx, found, input, geometry) => decolleLayerOf(ctx, found, input, geometry, type),
  readoutsOf: decolleReadouts,
});

/** The network file has as many convolutions as the checkpoint. */
function wrongCount({ network, found }: Context) {
  const said = network?.spec.conv_layers?.length;
  const have = found.layers.filter((l) => l.kind === "conv2d").length;
  if (network === undefined || said === undefined || said === have) return [];
  const problem = `${said} layers, the checkpoint has ${have} with Conv2d weights`;
  return [diagnostic("network-value", network.locate(["conv_layers"]), { key: "conv_layers", problem })];
}

/**
 * Tensors that nothing asked for: part of another network than the one that would be compiled. A module that is
 * registered twice has its tensors twice, under two names: those are no others.
 */
function unreadParameters(ctx: Context) {
  const same = (a: StoredTensor, b: StoredTensor): boolean =>
    a.bytes === b.bytes && a.offset === b.offset && a.shape.join() === b.shape.join();
  const used = [...ctx.tensors].filter(([name]) => ctx.read.has(name)).map(([, tensor]) => tensor);
  return [...ctx.tensors]
    .filter(([name, tensor]) => !ctx.read.has(name) && !used.some((other) => same(other, tensor)))
    .slice(0, 16)
    .map(([name]) => diagnostic("dcll-unread-parameter", { file: ctx.file, name }, { code: ctx.found.code }));
}

/** Single-precision parameters are promoted, exactly; a network of doubles throughout was trained in doubles. */
const precisionOf = (tensors: StateDict): SpikingModel["precision"] =>
  [...tensors.values()].every((t) => t.type === "float64") ? "float64" : "float32";
