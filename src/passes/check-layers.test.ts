import { expect, test } from "vitest";
import { type Override, parseConfig } from "../config/load.js";
import { renderDiagnostic } from "../diagnostics/render.js";
import { lifLayer, linear, network, realWeights, shape } from "../ir/builders.js";
import { checkLayers } from "./check-layers.js";

const layer = (name: string) =>
  lifLayer({
    name,
    input: shape(1),
    synapse: linear(shape(1), 1, realWeights([1])),
    decay: 0.5,
    reset: "none",
  });
const model = network("net", [layer("layer1"), layer("layer2")]);

const said = (yaml: string, overrides: readonly Override[] = []) => {
  const loaded = parseConfig(yaml, "/net/spikec.yaml", overrides);
  if (!loaded.ok) throw new Error("no configuration");
  const { config, locate, written } = loaded.value;
  const { dense, event, engine, layers } = config;
  const { output, diagnostics } = checkLayers.run(model, {
    whole: { engine, ...dense, ...event },
    layers,
    locate,
    written,
  });
  expect(output).toBe(model);
  return diagnostics.map(renderDiagnostic);
};

test("config-unknown-layer, where the configuration names it", () => {
  expect(said("layers:\n  layer1: { pe: 1 }\n  layr2: { pe: 1 }")).toEqual([
    "error[config-unknown-layer] /net/spikec.yaml:3:3: the network has no layer 'layr2'\n  hint: its layers are layer1, layer2",
  ]);
});

test("key-overruled: a key that no layer leaves any effect, with the places that count", () => {
  const both = "layers:\n  layer1: { pe: 2 }\n  layer2: { pe: 1, simd: 3 }";
  expect(said(`dense: { pe: 4, simd: 5 }\n${both}`)).toEqual([
    "note[key-overruled] /net/spikec.yaml:1:10: dense.pe is 4 here and 2, 1 for all layers, which counts\n" +
      "  note: /net/spikec.yaml:3:13: this counts\n  note: /net/spikec.yaml:4:13: this counts",
  ]);
  expect(said(both)).toEqual([]);
  const option: Override = { path: ["dense", "pe"], option: "--pe", value: 8 };
  expect(said(both, [option])[0]).toContain(
    "note[key-overruled] '--pe': dense.pe is 8 here and 2, 1 for all",
  );
  // What all say alike is overruled by nobody.
  expect(said("engine: dense\nlayers: { layer1: { engine: dense }, layer2: { engine: dense } }")).toEqual([]);
});
