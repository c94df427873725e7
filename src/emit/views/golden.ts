import { invariant } from "../../diagnostics/diagnostic.js";
import { type FixedLayer, type FixedModel, type FixedReadout, rangeOfId } from "../../ir/fixed.js";
import { MAX_FRAME_TICKS } from "../../ir/frame.js";
import { type Pool, type Shape, sizeOf, sumsOf } from "../../ir/spiking.js";
import { nameOf, uniqueIdentifiers } from "../names.js";
import { recurrenceView } from "./golden-graph.js";
import {
  isExact,
  listLines,
  literal,
  originText,
  plainText,
  shortStateNames,
  within,
} from "./golden-text.js";

/** The files that hold a network's numbers, beside the program. */
export interface GoldenNames {
  readonly weightsFile: (layer: FixedLayer) => string;
  readonly linearFile: (readout: FixedReadout) => string;
  readonly thresholdsFile: (readout: FixedReadout) => string;
}

/** Names of the files of `model`'s program. */
export function goldenNames(model: FixedModel): GoldenNames {
  const layers = uniqueIdentifiers(model.layers.map((l) => l.name));
  const readouts = uniqueIdentifiers(model.readouts.map((r) => r.name));
  return {
    weightsFile: ({ name }) => `${nameOf(layers, name)}.weights.npy`,
    linearFile: ({ name }) => `${nameOf(readouts, name)}.readout.npy`,
    thresholdsFile: ({ name }) => `${nameOf(readouts, name)}.thresholds.json`,
  };
}

const shapeText = (s: Shape): string => `${s.channels}×${s.height}×${s.width}`;

const pairText = (pair: readonly number[]): string => pair.slice(0, 2).join(", ");

/** A window of one element keeps a map as it is. */
const poolText = (pool: Pool | undefined): string =>
  pool === undefined ? "1, 1" : `${pool.height}, ${pool.width}`;

/** `1×16×16 → convolution 7×7 → 32×16×16` */
function layerText(layer: FixedLayer): string {
  const { synapse, input, output, sent, currentPool, pool } = layer;
  const kernel = synapse.kind === "linear" ? "linear" : `convolution ${synapse.kernel.join("×")}`;
  const pooled = pool === undefined ? [] : [`pool ${pool.height}×${pool.width}`, shapeText(sent)];
  const currents =
    currentPool === undefined
      ? []
      : [shapeText(sumsOf(layer)), `pool ${currentPool.height}×${currentPool.width} of sums`];
  return [shapeText(input), kernel, ...currents, shapeText(output), ...pooled].join(" → ");
}

function layerView(layer: FixedLayer, names: GoldenNames) {
  const { synapse, pre, post } = layer;
  invariant(
    isExact(synapse.range) && isExact(rangeOfId(pre, pre.outputs.operand)),
    `sums of '${layer.name}' leave 53 bits`,
  );
  invariant(
    within(rangeOfId(post, post.outputs.spike), { low: 0n, high: 1n }),
    `spikes of '${layer.name}' are no bits`,
  );
  const stateNames = shortStateNames(layer);
  return {
    describe: layerText(layer),
    name_text: JSON.stringify(layer.name),
    input: layer.input,
    output: layer.output,
    weights_file: JSON.stringify(names.weightsFile(layer)),
    kernel: pairText(synapse.kernel),
    stride: pairText(synapse.stride),
    padding: pairText(synapse.padding),
    current_pool: layer.currentPool === undefined ? "" : poolText(layer.currentPool),
    pool: poolText(layer.pool),
    recurrences: [
      { part: "pre", ...recurrenceView(pre, "spike", stateNames) },
      { part: "post", ...recurrenceView(post, "sum", stateNames) },
    ],
  };
}

function readoutView(readout: FixedReadout, names: GoldenNames) {
  const isWide = !isExact(readout.range);
  const rank = Array.from({ length: readout.classes }, (_, k) => String(readout.rank[k] ?? 0));
  const { fraction } = readout;
  const values = fraction.values.map((f) => `${f}n`);
  return {
    describe: `${shapeText(readout.input)} → ${readout.classes} classes`,
    comment: originText(readout.origin),
    name_text: JSON.stringify(readout.name),
    layer_text: JSON.stringify(readout.layer),
    pool: poolText(readout.pool),
    linear: readout.kind === "linear" && {
      thresholds_file: JSON.stringify(names.thresholdsFile(readout)),
      weights_file: JSON.stringify(names.linearFile(readout)),
    },
    bias: listLines(readout.bias.map((b) => literal(b, isWide))),
    rank: listLines(rank),
    fraction: fraction.bits === 0 ? undefined : { bits: fraction.bits, values: listLines(values) },
    vote_text: JSON.stringify(readout.vote),
  };
}

/** View of templates/golden/network.js.hbs. */
export function goldenView(model: FixedModel, burnIn: number, banner: string) {
  const names = goldenNames(model);
  const layers = model.layers.map((layer) => layerView(layer, names));
  return {
    banner,
    network: plainText(model.name),
    name_text: JSON.stringify(model.name),
    input: model.input,
    burn_in: burnIn,
    max_ticks: MAX_FRAME_TICKS,
    layers,
    readouts: model.readouts.map((readout) => readoutView(readout, names)),
    wide: layers.some(({ recurrences }) => recurrences.some((r) => r.wide)),
  };
}

/** View of templates/golden/README.md.hbs. */
export function goldenReadmeView(model: FixedModel, burnIn: number, banner: string) {
  const names = goldenNames(model);
  const { input } = model;
  return {
    network: plainText(model.name),
    // It stands in a comment of HTML.
    banner: banner.replaceAll("-->", "?"),
    input: { ...input, single: input.channels === 1, last: sizeOf(input) - 1 },
    burn_in: burnIn,
    files: [
      ...model.layers.map((l) => ({
        file: names.weightsFile(l),
        holds: `weights of layer ${plainText(l.name)} (C_out, C_in, K_h, K_w)`,
      })),
      ...model.readouts.flatMap((r) =>
        r.kind === "potential"
          ? []
          : [
              { file: names.linearFile(r), holds: `weights of readout ${plainText(r.name)} (class, C·H·W)` },
              {
                file: names.thresholdsFile(r),
                holds: `potential at which its activation becomes 1, 2, …: ${
                  r.thresholds.length === 1 ? "one table" : "a table a channel"
                }`,
              },
            ],
      ),
    ],
  };
}
