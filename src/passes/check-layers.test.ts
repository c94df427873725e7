import { expect, test } from "vitest";
import { parseConfig } from "../config/load.js";
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

test("config-unknown-layer, where the configuration names it", () => {
  const yaml = "layers:\n  layer1: { pe: 1 }\n  layr2: { pe: 1 }";
  const loaded = parseConfig(yaml, "/net/spikec.yaml");
  if (!loaded.ok) throw new Error("no configuration");
  const { config, locate } = loaded.value;
  const { output, diagnostics } = checkLayers.run(model, { layers: config.layers, locate });
  expect(output).toBe(model);
  expect(diagnostics.map(renderDiagnostic)).toEqual([
    "error[config-unknown-layer] /net/spikec.yaml:3:3: the network has no layer 'layr2'\n  hint: its layers are layer1, layer2",
  ]);
});
