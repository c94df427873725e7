import { type Diagnostic, diagnostic, type Loc, type Note, warningOf } from "../diagnostics/diagnostic.js";
import type { Written } from "../diagnostics/overruled.js";
import { type Design, isLayerStage, type LayerStage, readoutStages } from "../ir/design.js";
import type { FixedModel } from "../ir/fixed.js";
import { type LayerKey, layerKeys } from "./check-layers.js";
import type { Choice } from "./choice.js";
import type { Pass } from "./pass.js";

/** What the configuration says, and where. */
export interface UsedOptions {
  /** The value of a key, and its default. */
  configured(path: readonly string[]): unknown;
  byDefault(path: readonly string[]): unknown;
  readonly written?: Written | undefined;
}

/**
 * A setting that decides integers is for what the checkpoint leaves open: where that is nothing, it has no effect.
 *
 *     --weight-bits 6, all weights quantised   →   option-unused
 *
 * Preserves: everything; gives the model that it got.
 */
export const checkFormatsUsed: Pass<
  FixedModel,
  FixedModel,
  UsedOptions & { readonly choices: readonly Choice[] }
> = {
  name: "check-formats-used",
  summary: "every setting of formats is used by a weight, a state or a coefficient; changes nothing",
  run(model, options) {
    const { choices } = options;
    const weights = choices.some(({ kind }) => kind === "weights");
    const states = choices.some(({ kind }) => kind === "state-format");
    const graphs = model.layers.flatMap(({ pre, post }) => [...pre.exprs, ...post.exprs]);
    const unless = (used: boolean, reason: string): string | undefined => (used ? undefined : reason);
    const traces =
      options.configured(["traces"]) === "trained" ||
      model.layers.some((layer) => layer.commutation !== undefined);
    const obstacles: readonly (readonly [readonly string[], string | undefined])[] = [
      [["weightBits"], unless(weights, "all weights have formats of their own")],
      [["stateBits"], unless(states, "all states have formats of their own")],
      [
        ["coefficientBits"],
        unless(
          graphs.some(({ kind }) => kind === "mulc"),
          "nothing is multiplied by a constant that is no power of two",
        ),
      ],
      [["calibration"], unless(weights || states, "all weights and states have formats of their own")],
      [["traces"], unless(traces, "no layer has traces before its synapse")],
    ];
    return {
      output: model,
      diagnostics: obstacles.flatMap(([path, reason]) => unused(path, reason, options)),
    };
  },
};

/**
 * A setting of how stages are built is used by a stage of that kind, or it has no effect. What a layer overrules is said
 * where every layer does.
 *
 *     --pe 4, all layers on events                        →   option-unused, an error
 *     dense: { pe: 4 } in spikec.yaml, the same           →   option-unused, a warning
 *     dense: { pe: 4 }, layers: { layer1: { pe: 2 } }     →   the same, in a network of one layer
 *
 * Preserves: everything; gives the design that it got.
 */
export const checkStagesUsed: Pass<Design, Design, UsedOptions> = {
  name: "check-stages-used",
  summary: "every setting of engines, lanes and readouts is used by a stage; changes nothing",
  run(design, options) {
    const layers = design.stages.filter(isLayerStage);
    const readout = readoutStages(design).length > 0 ? undefined : "the network has no readout";
    const ofReadouts = [["readout", "acts"], ["readout", "vote"], ["readout", "burnIn"], ["readouts"]];
    const diagnostics = [
      ...(Object.keys(layerKeys) as LayerKey[]).flatMap((key) => unusedByLayers(key, layers, options)),
      ...ofReadouts.flatMap((path) => unused(path, readout, options)),
      ...layers.flatMap((layer) => unusedByLayer(layer, options)),
    ];
    return { output: design, diagnostics };
  },
};

/** The engine that has a key; all have `engine`. */
const engineOfKey = (key: LayerKey): LayerStage["kind"] | undefined => {
  const [section] = layerKeys[key];
  return section === "dense" || section === "event" ? section : undefined;
};

/** The engine that a layer has, or was to have: where that was refused, its settings are none of another engine's. */
function engineOf(layer: LayerStage, { configured }: UsedOptions): LayerStage["kind"] {
  const asked = configured(["layers", layer.name, "engine"]) ?? configured(["engine"]);
  return asked === "event" ? "event" : layer.kind;
}

/** A key of the whole network, of which no layer has the engine, or all that have it overrule the key. */
function unusedByLayers(
  key: LayerKey,
  layers: readonly LayerStage[],
  options: UsedOptions,
): readonly Diagnostic[] {
  const path = layerKeys[key];
  const engine = engineOfKey(key);
  const users = layers.filter((layer) => engine === undefined || engineOf(layer, options) === engine);
  if (users.length === 0)
    return unused(path, `no layer has the ${engine} engine`, options, { hint: ENGINES });
  const by = users.map(({ name }) => options.written?.(["layers", name, key]));
  const own = users.map(({ name }) => options.configured(["layers", name, key]));
  const overruled = !by.includes(undefined) && own.some((value) => value !== options.configured(path));
  if (!overruled) return [];
  const notes = by.flatMap((loc): Note[] => (loc === undefined ? [] : [{ text: "this counts", loc }]));
  const whose = engine === undefined ? "layer" : engine === "dense" ? "dense layer" : "layer on events";
  return unused(path, `every ${whose} has its own`, options, { notes });
}

/** Keys of one layer that are those of another engine, and not what the whole network has. */
function unusedByLayer(layer: LayerStage, options: UsedOptions): readonly Diagnostic[] {
  const engine = engineOf(layer, options);
  return (Object.keys(layerKeys) as LayerKey[]).flatMap((key) => {
    const own = engineOfKey(key);
    const path = ["layers", layer.name, key];
    const value = options.configured(path);
    if (own === undefined || own === engine || value === options.configured(layerKeys[key])) return [];
    const loc = options.written?.(path);
    if (loc === undefined) return [];
    const holes = { what: `${key} = ${value}`, reason: `layer '${layer.name}' has the ${engine} engine` };
    return [diagnostic("option-unused", loc, holes, { hint: ENGINES })];
  });
}

const ENGINES = "dense layers have pe and simd, layers on events channels, taps, ports and lanes";

/**
 * Says that a key of the whole network has no effect, where it was given: an error of an option, which is for this run,
 * and a warning of a file's key, which may be for others; nothing of a key that has its default there.
 */
function unused(
  path: readonly string[],
  reason: string | undefined,
  { configured, byDefault, written }: UsedOptions,
  extra: { readonly notes?: readonly Note[]; readonly hint?: string } = {},
): readonly Diagnostic[] {
  const loc = written?.(path);
  if (reason === undefined || loc === undefined) return [];
  const value = configured(path);
  if (value === undefined || (!isOption(loc) && value === byDefault(path))) return [];
  const what = path[0] === "calibration" ? "the calibration" : `${path.join(".")} = ${value}`;
  const said = diagnostic("option-unused", loc, { what, reason }, extra);
  return [isOption(loc) ? said : warningOf(said)];
}

/** Whether a place is an option on the command line, not a key of a file or of a program's object. */
const isOption = ({ file, name }: Loc): boolean => file === undefined && name?.startsWith("-") === true;
