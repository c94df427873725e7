import { invariant } from "../../diagnostics/diagnostic.js";
import type { FixedLayer, FixedModel, FixedReadout, FixedState } from "../../ir/fixed.js";
import { type Shape, sizeOf } from "../../ir/spiking.js";
import { nameOf } from "../names.js";
import { graphView, literal } from "./golden-graph.js";
import {
  type Helper,
  helpers,
  isExact,
  listLines,
  originText,
  plainText,
  potentialStorage,
  programNames,
  rangeOf,
  reserved,
  shortStateNames,
  type Types,
  typesOf,
  within,
  zeros,
} from "./golden-text.js";

const poolView = (shape: Shape, pool: { readonly height: number; readonly width: number } | undefined) =>
  pool && { ...shape, rows: pool.height, columns: pool.width };

const kernelText = (layer: FixedLayer): string =>
  layer.synapse.kind === "linear" ? "linear" : `convolution ${layer.synapse.kernel.join("×")}`;

const shapeText = (s: Shape): string => `${s.channels}×${s.height}×${s.width}`;

function layerView(
  layer: FixedLayer,
  isRead: boolean,
  id: string,
  isTaken: (name: string) => boolean,
  use: (helper: Helper) => string,
  t: Types,
) {
  const { synapse, pre, post } = layer;
  invariant(
    isExact(synapse.range) && isExact(rangeOf(pre, pre.outputs.operand)),
    `sums of '${layer.name}' leave 53 bits`,
  );
  invariant(
    within(rangeOf(post, post.outputs.spike), { low: 0n, high: 1n }),
    `spikes of '${layer.name}' are no bits`,
  );
  const stateNames = shortStateNames(layer);
  const place = { id, stateName: (state: string) => nameOf(stateNames, state), isTaken };
  const preView = graphView(
    pre,
    { ...place, part: "pre", shape: layer.input, input: "input[i]", outputs: [["operand", "double"]] },
    use,
    t,
  );
  const postOutputs = [
    ["spike", "uint8"] as const,
    ...(isRead ? [["potential", potentialStorage(layer)] as const] : []),
  ];
  const postView = graphView(
    post,
    { ...place, part: "post", shape: layer.output, input: "sums[i]", outputs: postOutputs },
    use,
    t,
  );
  if (layer.pool !== undefined) use("maxPool");
  const graphs = [preView, postView];
  return {
    t,
    id,
    label: plainText(layer.name),
    name_text: JSON.stringify(layer.name),
    describe: `${shapeText(layer.input)} → ${kernelText(layer)} → ${shapeText(layer.output)}${
      layer.pool === undefined ? "" : ` → pool → ${shapeText(layer.sent)}`
    }`,
    input: layer.input,
    output: layer.output,
    sent: layer.sent,
    sent_size: sizeOf(layer.sent),
    kernel_height: synapse.kernel[0],
    kernel_width: synapse.kernel[1],
    stride_y: synapse.stride[0],
    stride_x: synapse.stride[1],
    pad_top: synapse.padding[0],
    pad_left: synapse.padding[1],
    weights_file: JSON.stringify(`./${weightsFile(id)}`),
    weights_count: synapse.weights.length,
    tables: graphs.flatMap((g) => g.tables),
    states: graphs.flatMap((g) => g.states),
    state_type: t.number === "" ? "" : `: ReturnType<typeof ${id}Reset>`,
    graphs,
    read: isRead,
    pool: poolView(layer.output, layer.pool),
  };
}

/** File of a layer's weights, beside the program. */
const weightsFile = (id: string): string => `${id}.weights.npy`;

/** Files of a readout: its linear map, its thresholds. */
const linearFile = (id: string): string => `${id}.readout.npy`;
const thresholdsFile = (id: string): string => `${id}.thresholds.json`;

function readoutView(
  readout: FixedReadout,
  layer: FixedLayer,
  id: string,
  layerId: string,
  use: (h: Helper) => string,
  t: Types,
) {
  const storage = potentialStorage(layer);
  const isWide = !isExact(readout.range);
  const inputs = sizeOf(readout.input);
  const product = `${id}Weights[k * ${inputs} + i] * p`;
  if (readout.pool !== undefined) use("maxPool");
  return {
    t,
    id,
    label: plainText(readout.name),
    name_text: JSON.stringify(readout.name),
    layer_id: layerId,
    layer_label: plainText(layer.name),
    comment: originText(readout.origin),
    thresholds_text: readout.thresholds.length === 1 ? "one table for all channels" : "a table a channel",
    thresholds_file: JSON.stringify(thresholdsFile(id)),
    weights_file: JSON.stringify(linearFile(id)),
    weights_count: readout.weights.length,
    classes: readout.classes,
    bias: listLines(readout.bias.map((b) => literal(b, isWide))),
    rank: listLines(Array.from({ length: readout.classes }, (_, k) => String(readout.rank[k] ?? 0))),
    potential_type: storage === "bigint" ? t.bigints : t.Float64Array,
    pool: poolView(layer.output, readout.pool),
    pool_zeros: zeros(storage, inputs, t),
    inputs,
    table: `${id}Thresholds[${
      readout.thresholds.length === 1 ? 0 : `Math.floor(i / ${readout.input.height * readout.input.width})`
    }]`,
    product: isWide ? `BigInt(${product})` : product,
    is_last: readout.vote === "last",
    is_sum: readout.vote === "sum",
    row_value: isWide ? `${id}Row.map(Number)` : `${id}Row`,
    final: readout.vote === "last" ? `${id}Last` : `argmax(${id}Votes)`,
  };
}

/** Separator after all but the last, for lists within a line. */
const separated = <T extends object>(list: readonly T[]): readonly (T & { readonly comma: string })[] =>
  list.map((item, n) => ({ ...item, comma: n + 1 < list.length ? ", " : "" }));

/** Identifiers of a program's layers and readouts, and the files that hold their numbers. */
export interface GoldenNames {
  readonly layer: (name: string) => string;
  readonly readout: (name: string) => string;
  readonly weightsFile: (layer: FixedLayer) => string;
  readonly linearFile: (readout: FixedReadout) => string;
  readonly thresholdsFile: (readout: FixedReadout) => string;
}

/** Names of everything in the program of `model` that has a name of the network's. */
export function goldenNames(model: FixedModel): GoldenNames {
  // `countThresholds` and the like are the program's own.
  const isTaken = (id: string) => id === "count" || id === "read";
  const layers = programNames(
    model.layers.map((l) => l.name),
    isTaken,
  );
  const readouts = programNames(
    model.readouts.map((r) => r.name),
    isTaken,
  );
  const layer = (name: string) => nameOf(layers, name);
  const readout = (name: string) => nameOf(readouts, name);
  return {
    layer,
    readout,
    weightsFile: ({ name }) => weightsFile(layer(name)),
    linearFile: ({ name }) => linearFile(readout(name)),
    thresholdsFile: ({ name }) => thresholdsFile(readout(name)),
  };
}

const inputView = (shape: Shape) => ({
  ...shape,
  single: shape.channels === 1,
  size: sizeOf(shape),
  last: sizeOf(shape) - 1,
});

/** View of templates/golden/golden.ts.hbs; `typed` makes it TypeScript, otherwise the same program is JavaScript. */
export function goldenView(model: FixedModel, burnIn: number, banner: string, typed: boolean) {
  const t = typesOf(typed);
  const names = goldenNames(model);
  const used = new Set<Helper>();
  const use = (helper: Helper): string => {
    used.add(helper);
    return helper;
  };
  const prefixes = model.layers.flatMap(({ name }) =>
    ["Pre_", "Post_", "Synapse"].map((suffix) => names.layer(name) + suffix),
  );
  const isTaken = (id: string) => reserved.has(id) || prefixes.some((prefix) => id.startsWith(prefix));
  const layers = model.layers.map((layer, l) => {
    const isRead = model.readouts.some((r) => r.layer === layer.name);
    const before = model.layers[l - 1];
    return {
      ...layerView(layer, isRead, names.layer(layer.name), isTaken, use, t),
      source: before === undefined ? "" : `${names.layer(before.name)}Out.`,
    };
  });
  const readouts = model.readouts.map((readout) => {
    const layer = model.layers.find((l) => l.name === readout.layer);
    invariant(layer !== undefined, `readout of unknown layer '${readout.layer}'`);
    return readoutView(readout, layer, names.readout(readout.name), names.layer(layer.name), use, t);
  });
  const states = model.layers.flatMap((layer, l) => {
    const of = (list: readonly FixedState[], shape: Shape) => list.map((s) => ({ ...shape, s }));
    return [...of(layer.pre.states, layer.input), ...of(layer.post.states, layer.output)].map(
      ({ s, ...shape }, n) => {
        const view = layers[l] as (typeof layers)[number];
        const { name, storage } = view.states[n] as (typeof view.states)[number];
        const words = `${view.id}State.${name}`;
        return {
          ...shape,
          name_text: JSON.stringify(s.name),
          bits: s.format.width,
          value: storage === "bigint" ? `${words}.map(Number)` : words,
        };
      },
    );
  });
  return {
    t,
    ts: typed,
    banner,
    network: plainText(model.name),
    name_text: JSON.stringify(model.name),
    input: inputView(model.input),
    burn_in: burnIn,
    layers: separated(layers),
    states,
    readouts: separated(readouts),
    uses: Object.fromEntries(helpers.map((h) => [h, used.has(h)])),
  };
}

/** View of templates/golden/README.md.hbs. */
export function goldenReadmeView(model: FixedModel, burnIn: number, banner: string) {
  const names = goldenNames(model);
  return {
    network: plainText(model.name),
    banner,
    input: inputView(model.input),
    burn_in: burnIn,
    files: [
      ...model.layers.map((l) => ({
        file: names.weightsFile(l),
        holds: `weights of layer ${plainText(l.name)} (C_out, C_in, K_h, K_w)`,
      })),
      ...model.readouts.flatMap((r) => [
        { file: names.linearFile(r), holds: `weights of readout ${plainText(r.name)} (class, C·H·W)` },
        {
          file: names.thresholdsFile(r),
          holds: `potential at which its activation becomes 1, 2, …: ${
            r.thresholds.length === 1 ? "one table" : "a table a channel"
          }`,
        },
      ]),
    ],
  };
}
