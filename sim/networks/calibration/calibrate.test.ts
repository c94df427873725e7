import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type CalibrateRequest, calibrate, measure } from "../../../src/commands/calibrate.js";
import { defaultConfig, settleBurnIn } from "../../../src/config/defaults.js";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import type { Stimulus } from "../../../src/data/stimulus.js";
import type { Result } from "../../../src/diagnostics/diagnostic.js";
import { renderDiagnostic } from "../../../src/diagnostics/render.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";
import { noProgress, type Progress } from "../../../src/host/progress.js";
import {
  conv,
  dcllLayer,
  integratorLayer,
  network,
  quantisedWeights,
  readout,
  realWeights,
  shape,
} from "../../../src/ir/builders.js";
import { compareRuns, runInDoubles, runInIntegers } from "../../../src/measure/runs.js";
import { parseCalibration } from "../../../src/passes/formats/calibration.js";
import { lowerModel, prepareModel } from "../../../src/pipeline.js";
import { random, randomStimulus } from "../../../src/testing/random-model.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-calibrate-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map(renderDiagnostic).join("\n"));
  return result.value;
};

writeFileSync(at("net.pkl"), pickleFile(dcllArrays()));
writeFileSync(at("net.yaml"), dcllNetwork);
const r = random(1);
const spikes = Uint8Array.from({ length: 3 * 20 * 36 }, () => (r.chance(0.2) ? 1 : 0));
writeFileSync(at("x.npy"), encodeNpy(npyArray("u1", [3, 20, 6, 6], spikes)));
const config = { ...defaultConfig, network: at("net.yaml") };
const request: CalibrateRequest = {
  checkpoint: at("net.pkl"),
  config,
  input: at("x.npy"),
  output: at("c.json"),
};
const burned = { ...settleBurnIn(config, undefined), weightBits: 4 };

/** A layer with heavy tails in some output channels, between others without; and a readout on it. */
function tailed(weightsOf = realWeights) {
  const input = shape(2, 6, 6);
  const rows = Array.from({ length: 4 }, (_, c) =>
    Array.from({ length: 18 }, (_, i) => (i === 0 && c % 2 === 0 ? -3 : r.real() - 0.35)),
  );
  const synapse = conv({ outChannels: 4, kernel: [3, 3], weights: weightsOf(rows.flat()) });
  const spec = { form: "pre", alpha: 0.8, alphas: 0.7, gains: [5, 3], bias: -10 } as const;
  const layer = dcllLayer({ name: "layer1", input, synapse, ...spec });
  const open = { kind: "sigmoid", quantiser: undefined } as const;
  const weights = realWeights(Array.from({ length: 128 }, () => r.real() - 0.5));
  const logits = readout({ layer, classes: 2, weights, bias: [0, 0.1], activation: open });
  const next = dcllLayer({
    ...spec,
    name: "layer2",
    input: layer.sent,
    synapse: conv({ outChannels: 1, kernel: [4, 4], weights: realWeights(new Array(64).fill(0.1)) }),
  });
  return { layer, logits, next };
}

describe("measure", () => {
  const stimulus: Stimulus = randomStimulus(3, shape(2, 6, 6), 3, 30);
  const run = async (model: Parameters<typeof prepareModel>[0]) => {
    const prepared = must(prepareModel(model, { config: burned, calibration: undefined }));
    return { prepared, report: must(await measure(prepared, stimulus, burned, noProgress)) };
  };

  test("every channel takes the clip with the fewest spikes that differ", async () => {
    const { layer, next } = tailed();
    const { prepared, report } = await run(network("net", [layer, next]));
    const [first] = report.layers;
    const shared = first!.tried.map((t) => t.differ);
    expect(first!.tried.map((t) => t.clip)).toEqual([1, 0.9, 0.85, 0.8, 0.7]);
    expect(first!.clip).toHaveLength(4);
    expect(first!.differ).toBeLessThan(Math.min(...shared));
    // What the report says is what a compilation with it does.
    const clips = new Map([["layer1", { quantiles: first!.clip as readonly number[] }]]);
    const states = new Map(report.states.map(({ state, ...range }) => [state, range]));
    const reference = await runInDoubles(prepared, stimulus, { burnIn: 0 });
    const settings = { config: burned, calibration: { states, clips } };
    const alone = { ...prepared, layers: prepared.layers.slice(0, 1) };
    const fixed = must(lowerModel(alone, settings));
    const again = must(await runInIntegers(fixed, stimulus, { burnIn: 0 }));
    const counts = compareRuns({ ...reference, spikes: reference.spikes.slice(0, 1) }, again).spikes[0]!;
    expect(counts.reduce((a, b) => a + b)).toBe(first!.differ);
    expect(first!.weights).toBe(first!.differ);
    for (const n of [first!.states, first!.coefficients]) expect(n).toBeLessThan(first!.differ / 4);
  });

  test("the last layer takes what changes the fewest classes of its readout, then the fewest spikes", async () => {
    const { layer, logits } = tailed();
    const { report } = await run(network("net", [layer], [logits]));
    const [only] = report.layers;
    const best = Math.min(...only!.tried.map((t) => t.ticksDiffer));
    expect(report.readouts[0]!.ticksDiffer).toBeLessThanOrEqual(best);
    expect(report.readouts[0]).toMatchObject({ readout: "logits" });
  });

  test("an integrator that no bound holds is calibrated all the same", async () => {
    const { layer } = tailed();
    const spec = { name: "u", input: layer.sent, decay: 1 };
    const synapse = conv({ outChannels: 1, kernel: [4, 4], weights: realWeights(new Array(64).fill(0.1)) });
    const { report } = await run(network("net", [layer, integratorLayer({ ...spec, synapse })]));
    expect(report.states.map((s) => s.state)).toContain("u.u");
  });

  test("quantised weights have no clip, states that are real a range", async () => {
    const { layer, next } = tailed((w) => quantisedWeights([...w].map(Math.round), 0.3));
    const { report } = await run(network("net", [layer, next]));
    expect(report.layers[0]).not.toHaveProperty("clip");
    expect(report.layers[0]).toMatchObject({ tried: [] });
    expect(report.layers[1]).toHaveProperty("clip");
    expect(report.states.map((s) => s.state)).toEqual([
      "layer1.eps0",
      "layer1.eps1",
      "layer2.eps0",
      "layer2.eps1",
    ]);
    for (const { min, max } of report.states) expect(max).toBeGreaterThan(min);
  });
});

describe("calibrate", () => {
  test("checkpoint and spikes to a file that compile reads; the states' ranges are of what is stored", async () => {
    const pieces: string[] = [];
    const progress: Progress = { ...noProgress, start: (what, total) => pieces.push(`${what} ${total}`) };
    const report = must(await calibrate({ ...request, samples: 2, ticks: 15, progress }));
    expect(pieces.map((p) => p.split(" ")[0])).toEqual(["float64", "clips", "clips", "integers", "choices"]);
    expect(report).toMatchObject({ samples: 2, ticks: 15, burnIn: 5, output: at("c.json") });
    expect(report.readouts.map((o) => o.readout)).toEqual(["layer2.output_"]);
    const found = must(parseCalibration(readFileSync(at("c.json"), "utf8"), "c.json"));
    expect([...found.clips.keys()]).toEqual(["layer1", "layer2"]);
    expect(found.bits).toEqual({ weightBits: 8, stateBits: 24, coefficientBits: 17 });
    expect(found.measured).toMatchObject({ samples: 2, layers: [{ layer: "layer1" }, { layer: "layer2" }] });
    // eps0' = 0.75·eps0 + s: at most 4, not 16 as with its gain.
    expect(found.states.get("layer1.eps0")?.max).toBeGreaterThan(1);
    expect(found.states.get("layer1.eps0")?.max).toBeLessThan(4);
  });

  test("what is wrong is said, and nothing is written", async () => {
    const said = async (change: Partial<CalibrateRequest>) =>
      (await calibrate({ ...request, output: at("none.json"), ...change })).diagnostics.map(renderDiagnostic);
    expect(await said({ input: at("no.npy") })).toEqual([expect.stringContaining("error[file-not-found]")]);
    expect(await said({ ticks: 99 })).toEqual([expect.stringContaining("error[input-too-short]")]);
    expect(await said({ config: defaultConfig })).not.toEqual([]);
    expect(await said({ config: { ...config, coefficientBits: 2 } })).toEqual([
      expect.stringContaining("error[coefficient-too-narrow]"),
    ]);
    const own = "../shared/data/formats/dcll_step_6b.qcdq.onnx";
    expect(await said({ checkpoint: own, config: defaultConfig })).toEqual([
      `error[calibrate-nothing] ${own}: every weight and state of 'dcll_step_6b' has a format of its own: there is nothing to calibrate\n  hint: compile it as it is`,
    ]);
    expect(await said({ output: at("net.yaml") })).toEqual([
      `error[calibration-not-ours]: ${at("net.yaml")} is no calibration as spikec wrote it: not replaced\n  hint: move it away, or choose another file with -o`,
    ]);
    // One that was written or edited by hand is the user's.
    writeFileSync(at("own.json"), '{"version": 1, "states": {"layer1.eps0": {"min": 0, "max": 9}}}');
    writeFileSync(at("edited.json"), readFileSync(at("c.json"), "utf8").replace('"max": ', '"max": 1'));
    for (const name of ["own.json", "edited.json"])
      expect(await said({ output: at(name) })).toEqual([
        expect.stringContaining("error[calibration-not-ours]"),
      ]);
    expect(await said({ output: at("c.json") })).not.toContainEqual(expect.stringContaining("error["));
    expect(existsSync(at("none.json"))).toBe(false);
  });
});
