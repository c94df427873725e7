import { expect, test } from "vitest";
import { parseConfig } from "../config/load.js";
import { renderDiagnostic } from "../diagnostics/render.js";
import { lifLayer, linear, network, realWeights, shape } from "../ir/builders.js";
import { checkLayerNames } from "./check-layer-names.js";

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
  const loaded = parseConfig("layers:\n  layer1: { pe: 1 }\n  layr2: { pe: 1 }", "/net/spikec.yaml");
  if (!loaded.ok) throw new Error("no configuration");
  const { config, locate } = loaded.value;
  const layers = Object.keys(config.layers);
  const { output, diagnostics } = checkLayerNames.run(model, { layers, locate });
  expect(output).toBe(model);
  const text = "the network has no layer 'layr2'\n  hint: its layers are layer1, layer2";
  expect(diagnostics.map(renderDiagnostic)).toEqual([
    `error[config-unknown-layer] /net/spikec.yaml:3:3: ${text}`,
  ]);
  const [bare] = checkLayerNames.run(model, { layers }).diagnostics;
  expect(bare && renderDiagnostic(bare)).toBe(`error[config-unknown-layer]: ${text}`);
});
