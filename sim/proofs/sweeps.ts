import { compileSource } from "../../src/artifact/source.js";
import { fillDefaults } from "../../src/config/defaults.js";
import { assertNever } from "../../src/diagnostics/diagnostic.js";
import { designNames, nameOf } from "../../src/emit/names.js";
import { emitVerilog } from "../../src/emit/verilog.js";
import {
  conv,
  lifLayer,
  linear,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
} from "../../src/ir/builders.js";
import { type Design, layerStages } from "../../src/ir/design.js";
import { type SpikingLayer, sizeOf, type Weights } from "../../src/ir/spiking.js";
import { boundRanges } from "../../src/passes/bound-ranges.js";
import { checkShapes } from "../../src/passes/check-shapes.js";
import { lowerToFixed } from "../../src/passes/lower-to-fixed.js";
import { mapStages } from "../../src/passes/map-stages.js";
import type { PassResult } from "../../src/passes/pass.js";
import { must } from "../networks/cosim/build.js";
import type { Sweep } from "./miter.js";

const outputOf = <T>({ output, diagnostics }: PassResult<T>): T => {
  const errors = diagnostics.filter((d) => d.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((d) => `${d.code}: ${d.text}`).join("\n"));
  return output;
};

/** A network whose first layer sends all that a layer can: spikes to a second one, and potentials to a readout. */
export function designOf(layer: SpikingLayer, lanes = 1): Design {
  const next = lifLayer({
    name: "next",
    input: layer.sent,
    synapse: linear(layer.sent, 2, weightsOf(2 * sizeOf(layer.sent), 2 ** -7)),
    decay: 0.5,
    reset: "none",
    quantisers: { u: quantiser(12, 8) },
  });
  const read = readout({
    layer,
    classes: 2,
    weights: weightsOf(2 * sizeOf(layer.sent), 2 ** -7),
    bias: [0, 0],
  });
  const last = readout({
    name: "last",
    layer: next,
    classes: 2,
    weights: weightsOf(2 * sizeOf(next.sent), 2 ** -7),
    bias: [0, 0],
  });
  const model = outputOf(checkShapes.run(network("net", [layer, next], [read, last]), undefined));
  const lowered = outputOf(lowerToFixed.run(model, { coefficientBits: 17 }));
  const layers = { layer: { pe: lanes, simd: lanes } };
  const options = { pe: 1, simd: 1, layers, acts: 1, targetCyclesPerTick: undefined };
  return outputOf(
    mapStages.run(outputOf(boundRanges.run(lowered, undefined)), { ...options, multiplierBudget: 1 }),
  );
}

/** The design of a checkpoint, one lane everywhere. */
export function checkpointDesign(path: string): Design {
  const config = fillDefaults({ engine: "dense", dense: { pe: 1, simd: 1 } });
  return must(compileSource({ checkpoint: path, config })).compiled.design;
}

/** Weights of all sizes, the same in every run. */
const weightsOf = (count: number, scale: number | readonly number[]): Weights =>
  quantisedWeights(
    Array.from({ length: count }, (_, i) => ((i * 37) % 255) - 127),
    scale,
  );

/** The pipelines of a design as they are emitted, by module name. */
export function sweepsOf(design: Design): ReadonlyMap<string, Sweep> {
  const names = designNames(design);
  const emitted = emitVerilog(design, "generated");
  const files = new Map([...emitted].map(([path, text]) => [path.replace(/^rtl\//, ""), text]));
  const sweeps = new Map<string, Sweep>();
  for (const stage of layerStages(design)) {
    const { pre, post, input, output } = stage.layer;
    const name = `${names.core}_${nameOf(names.stage, stage.name)}`;
    const { word } = stage.geometry;
    sweeps.set(`${stage.name}.post`, {
      ...{
        graph: post,
        pipeline: stage.post,
        module: `${name}_post`,
        word,
        channels: output.channels,
        files,
      },
    });
    switch (stage.kind) {
      case "dense":
        sweeps.set(`${stage.name}.pre`, {
          graph: pre,
          pipeline: stage.pre,
          module: `${name}_pre`,
          word: stage.geometry.inWord,
          channels: input.channels,
          files,
        });
        break;
      case "event":
        break;
      default:
        assertNever(stage);
    }
  }
  return sweeps;
}

/** The sweep `part` of the layer that `designOf` was given. */
export function sweepOf(design: Design, part: string): Sweep {
  const sweep = sweepsOf(design).get(`layer.${part}`);
  if (sweep === undefined) throw new Error(`no sweep '${part}'`);
  return sweep;
}

/** What all layers here have: two channels in, four out, and all that can differ between channels does. */
export const place = {
  name: "layer",
  input: shape(2, 3, 3),
  synapse: conv({
    outChannels: 4,
    kernel: [2, 2],
    weights: weightsOf(32, [2 ** -7, 2 ** -7, 2 ** -8, 2 ** -6]),
  }),
  bias: [-0.5, 0.25, -0.125, 0.3125],
};
