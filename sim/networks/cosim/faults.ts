import type { Build } from "../../../src/artifact/manifest.js";
import { hexFile } from "../../../src/emit/hex.js";
import { type DenseStage, type LinearReadoutStage, readoutStages, sourceOf } from "../../../src/ir/design.js";
import type { FixedExpr, FixedLayer, FixedModel } from "../../../src/ir/fixed.js";
import { readoutWeights } from "../../../src/mapping/readout-words.js";
import { denseWeights } from "../../../src/mapping/weight-words.js";
import { editFile, editInstance, exprOf, withExpr, withLayer, writeOf } from "./plant.js";

/** A mistake, in Verilog and in the golden model. */
export interface Fault {
  readonly title: string;
  plant(build: Build): void;
  twin(build: Build): FixedModel;
}

const layerOf = (model: FixedModel, name: string) => model.layers.find((l) => l.name === name) as FixedLayer;
const coreFile = (build: Build, suffix: string) => `${build.compiled.design.name}_core_${suffix}.v`;
/** Bit 5 of one weight turned over. */
const flipped = (weights: Int32Array, index: number): Int32Array =>
  weights.map((w, i) => (i === index ? (w & 32 ? w - 32 : w + 32) : w));

/** Puts another text of memory words in a file; exactly one hex digit may change. */
function editDigit(build: Build, file: string, text: string): void {
  editFile(build, file, (before) => {
    const digits = [...text].filter((digit, i) => digit !== before[i]);
    if (digits.length !== 1 || text.length !== before.length) throw new Error(`${file}: not one digit`);
    return text;
  });
}

/** A weight of layer2: output channel 3, row 1, column 2 of its kernel. */
const oneWeight = (model: FixedModel, inputChannel: number): FixedModel =>
  withLayer(model, "layer2", (layer) => {
    const [height, width] = layer.synapse.kernel;
    const index = ((3 * layer.input.channels + inputChannel) * height + 1) * width + 2;
    const weights = flipped(layer.synapse.weights, index);
    return { ...layer, synapse: { ...layer.synapse, weights } };
  });

/** A readout weight of class 4. */
const oneReadoutWeight = (model: FixedModel): FixedModel => ({
  ...model,
  readouts: model.readouts.map((readout) => {
    if (readout.kind === "potential") return readout;
    const inputs = readout.weights.length / readout.classes;
    return { ...readout, weights: flipped(readout.weights, 4 * inputs + 21) };
  }),
});

/** A state's saturation no longer acts: of a number that is too large the lower bits are left. */
export const droppedSaturation = (layer: string, part: "pre" | "post", state: string): Fault => ({
  title: `a dropped saturation of ${state}`,
  plant: (build) => {
    const { sat } = writeOf(layerOf(build.compiled.fixed, layer)[part], state);
    editFile(build, coreFile(build, `${layer}_${part}`), (text) =>
      editInstance(text, "fx_saturate", sat, (instance) => {
        const width = /\.A_WIDTH\((\d+)\)/.exec(instance)?.[1];
        return instance
          .replace(/\.LOW\([^)]*\)/, `.LOW({1'b1, {(${width} - 1) {1'b0}}})`)
          .replace(/\.HIGH\([^)]*\)/, `.HIGH({1'b0, {(${width} - 1) {1'b1}}})`);
      }),
    );
  },
  twin: ({ compiled: { fixed } }) =>
    withLayer(fixed, layer, (l) => {
      const { sat } = writeOf(l[part], state);
      const free: readonly FixedExpr[] = [{ ...sat, low: -(2n ** 40n), high: 2n ** 40n }];
      return part === "pre"
        ? { ...l, pre: withExpr(l.pre, sat.id, free) }
        : { ...l, post: withExpr(l.post, sat.id, free) };
    }),
});

/** Of a refractory layer: R·γ, the comparison's sum that takes it, and the rounding of R' behind it. */
function refractoryOf({ name, post }: FixedLayer) {
  const { shr } = writeOf(post, `${name}.arp`);
  const sub = exprOf(post, shr.a, "sub");
  const decayed = exprOf(post, sub.a, "mulc");
  const sum = post.exprs.find(
    (e): e is Extract<FixedExpr, { kind: "add" }> => e.kind === "add" && [e.a, e.b].includes(decayed.id),
  );
  if (sum === undefined) throw new Error("no sum of potential and refractory state");
  return { shr, decayed, sum, port: sum.a === decayed.id ? ("a" as const) : ("b" as const) };
}

/** The comparison sees R·γ rounded to R's unit, not exactly. */
export const roundedBeforeComparison = (layer: string): Fault => ({
  title: "R rounded before the comparison",
  plant: (build) => {
    const { shr, sum, port } = refractoryOf(layerOf(build.compiled.fixed, layer));
    editFile(build, coreFile(build, `${layer}_post`), (text) =>
      editInstance(text, "fx_add", sum, (instance) =>
        instance.replace(
          new RegExp(`\\.${port}\\((\\w+\\[[^\\]]*\\])\\)`),
          `.${port}((($1 + ${2 ** (shr.bits - 1)}) >> ${shr.bits}) << ${shr.bits})`,
        ),
      ),
    );
  },
  twin: ({ compiled: { fixed } }) =>
    withLayer(fixed, layer, (l) => {
      const { shr, decayed, sum, port } = refractoryOf(l);
      const rounded: FixedExpr = { ...shr, id: "rounded", a: decayed.id, rounding: "half_to_pos_inf" };
      const back: FixedExpr = { ...shr, kind: "shl", id: "back", a: "rounded", bits: [shr.bits] };
      return { ...l, post: withExpr(l.post, sum.id, [rounded, back, { ...sum, [port]: "back" }]) };
    }),
});

/** The rounding of a state's next value treats ties as the cheap mode does. */
export const halfUp = (layer: string, state: string): Fault => ({
  title: "half-up for half-even",
  plant: (build) => {
    const { shr } = writeOf(layerOf(build.compiled.fixed, layer).post, state);
    editFile(build, coreFile(build, `${layer}_post`), (text) =>
      editInstance(text, "fx_round_shift", shr, (instance) => instance.replace(".MODE(4)", ".MODE(7)")),
    );
  },
  twin: ({ compiled: { fixed } }) =>
    withLayer(fixed, layer, (l) => {
      const { shr } = writeOf(l.post, state);
      return { ...l, post: withExpr(l.post, shr.id, [{ ...shr, rounding: "half_to_pos_inf" }]) };
    }),
});

export const wrongWeight = (inputChannel: number): Fault => ({
  title: "a wrong weight",
  plant: (build) => {
    const stage = build.compiled.design.stages.find(
      (s): s is DenseStage => s.name === "layer2",
    ) as DenseStage;
    const layer = layerOf(oneWeight(build.compiled.fixed, inputChannel), "layer2");
    editDigit(build, "layer2_weights.hex", hexFile(denseWeights({ ...stage, layer })));
  },
  twin: ({ compiled }) => oneWeight(compiled.fixed, inputChannel),
});

export const wrongReadoutWeight: Fault = {
  title: "a wrong weight of the readout",
  plant: (build) => {
    const { design } = build.compiled;
    const [stage] = readoutStages(design) as [LinearReadoutStage];
    const source = sourceOf(design, stage);
    const readout = oneReadoutWeight(build.compiled.fixed).readouts[0] as LinearReadoutStage["readout"];
    editDigit(build, "logits_weights.hex", hexFile(readoutWeights({ ...stage, readout }, source)));
  },
  twin: ({ compiled }) => oneReadoutWeight(compiled.fixed),
};

/** Every layer's walk begins a column too far right. */
export const offByOneTap: Fault = {
  title: "an off-by-one tap",
  plant: (build) =>
    editFile(build, "dense_walk.v", (text) =>
      text.replace(/(localparam integer COLUMN_START += )-PAD_LEFT;/, "$11 - PAD_LEFT;"),
    ),
  twin: ({ compiled: { fixed } }) => ({
    ...fixed,
    layers: fixed.layers.map((layer) => {
      const [top, left, bottom, right] = layer.synapse.padding;
      return { ...layer, synapse: { ...layer.synapse, padding: [top, left - 1, bottom, right] } };
    }),
  }),
};
