import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openBuild } from "../../../src/artifact/manifest.js";
import { compile, emitText } from "../../../src/commands/compile.js";
import { inspect } from "../../../src/commands/inspect.js";
import { fillDefaults } from "../../../src/config/defaults.js";
import type { ConfigFile } from "../../../src/config/schema.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";
import { printFixed } from "../../../src/ir/fixed-printer.js";
import { must } from "../cosim/build.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-network-"));
const checkpoint = join(folder, "net.pkl");
const network = join(folder, "mine.yaml");
const output = join(folder, "build");
writeFileSync(checkpoint, pickleFile(dcllArrays()));
writeFileSync(network, dcllNetwork);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const request = (config: ConfigFile = {}) => ({
  checkpoint,
  config: fillDefaults({ network, ...config }),
  output,
});

test("a build keeps the network file and opens without the one it was made from", async () => {
  must(await compile(request({ readouts: "all" })));
  expect(readFileSync(join(output, "network.yaml"), "utf8")).toBe(dcllNetwork);
  const manifest = JSON.parse(readFileSync(join(output, "manifest.json"), "utf8"));
  expect(manifest).toMatchObject({ network: "network.yaml", calibration: null });
  expect(manifest.files["network.yaml"]).toMatch(/^[0-9a-f]{64}$/);
  const before = must(emitText(request({ readouts: "all" }), "fixed"));
  writeFileSync(network, "burnin: 3\n");
  const build = must(openBuild(output));
  expect(printFixed(build.compiled.fixed)).toBe(before);
  expect(build.compiled.fixed.readouts.map((r) => r.name)).toEqual([
    "layer1.i2o",
    "layer2.i2o",
    "layer2.output_",
  ]);
  expect(must(await inspect(output)).kind).toBe("build");
  writeFileSync(network, dcllNetwork);
});

test("burn-in: the configuration's, else the network file's, else 0", async () => {
  const burnIn = async (config: ConfigFile) => {
    must(await compile(request(config)));
    return must(openBuild(output)).config.readout.burnIn;
  };
  expect(await burnIn({})).toBe(5);
  expect(await burnIn({ readout: { burnIn: 0 } })).toBe(0);
  expect(await burnIn({ readout: { burnIn: 7 } })).toBe(7);
  writeFileSync(network, dcllNetwork.replace("burnin: 5\n", ""));
  expect(await burnIn({})).toBe(0);
});

test("by default the trained readout of the last layer", () => {
  expect(must(openBuild(output)).compiled.fixed.readouts.map((r) => r.name)).toEqual(["layer2.output_"]);
});

test("without a network file nothing is compiled, and what is missing is named", async () => {
  const result = await compile({ checkpoint, config: fillDefaults({}), output: join(folder, "none") });
  expect(result.diagnostics.map((d) => [d.code, d.loc, d.text])).toEqual([
    [
      "dcll-missing",
      { file: checkpoint },
      "neither the checkpoint nor a network file (none is given) says input_shape, conv_layers (padding and pooling of each)",
    ],
  ]);
});
