import type { CalibrateReport } from "../../commands/calibrate.js";
import type { CompileReport } from "../../commands/compile.js";
import type { DoctorReport } from "../../commands/doctor.js";
import type { EstimateReport } from "../../commands/estimate.js";
import type { EvaluateReport } from "../../commands/evaluate.js";
import type { InspectReport } from "../../commands/inspect.js";
import type { SimulateReport } from "../../commands/simulate.js";
import type { VerifyReport } from "../../commands/verify.js";
import { cost, plus } from "../../cost/cost.js";
import { type Diagnostic, diagnostic, success } from "../../diagnostics/diagnostic.js";
import type { Services } from "../context.js";
import { run } from "../program.js";

const layer1 = cost({ lut: 40_000, ff: 900, lutram: 2000, ramb18: 3, ramb36: 8, dsp: 16 });
const readout = cost({ lut: 500, ff: 300, lutram: 28, ramb18: 1, dsp: 1 });

/** What each function says if nothing else is given. */
export const compileReport: CompileReport = {
  name: "net",
  output: "build/net",
  burnIn: { ticks: 50, from: "configuration", loc: { name: "--burn-in" } },
  stages: [
    { ...layer1, name: "layer1", kind: "dense", cyclesPerTick: 1200 },
    { ...readout, name: "readout", kind: "readout", cyclesPerTick: 100 },
  ],
  cyclesPerTick: 1200,
  total: plus(layer1, readout),
  device: {
    name: "xczu28dr",
    uses: [{ name: "LUT", used: 42528, available: 425280, percent: 10 }],
    fits: true,
  },
  effect: { ticks: 4, layers: [{ layer: "layer1", spikes: 64, differ: 1 }], readouts: [] },
  deviations: [
    {
      kind: "coefficient",
      layer: "layer1",
      where: "layer1",
      text: "alpha 0.94 -> 241/256",
      relativeError: 0.0015,
      bound: 0.02,
      stateBounds: [{ state: "layer1.u", bound: 0.03 }],
    },
    {
      kind: "weight",
      layer: "layer1",
      where: "layer1",
      text: "exact",
      relativeError: 0,
      bound: 0,
      stateBounds: [],
    },
  ],
  bounds: [{ layer: "layer1", bound: 0.02, states: [{ state: "layer1.u", bound: 0.03 }], threshold: 0.5 }],
};
const choices = { weights: 12, states: 1, coefficients: undefined };
export const calibrateReport: CalibrateReport = {
  output: "c.json",
  samples: 2,
  ticks: 8,
  burnIn: 1,
  bits: { weightBits: 8, stateBits: 24, coefficientBits: 17 },
  states: [{ state: "layer1.eps0", min: 0, max: 3.25 }],
  layers: [
    {
      layer: "layer1",
      spikes: 4096,
      clip: [1, 0.95],
      differ: 13,
      ...choices,
      tried: [
        { clip: 1, differ: 41, ticksDiffer: 0 },
        { clip: 0.95, differ: 20, ticksDiffer: 0 },
      ],
    },
    {
      layer: "layer2",
      spikes: 1024,
      clip: 0.99,
      differ: 0,
      ...choices,
      tried: [{ clip: 0.99, differ: 0, ticksDiffer: 0 }],
    },
    { layer: "layer3", spikes: 64, differ: 0, ...choices, tried: [] },
  ],
  readouts: [{ readout: "logits", ticksDiffer: 1, samplesDiffer: 0 }],
  seconds: 1.25,
};
const compared = { spikes: 4096, states: 99999, logits: 704, classes: 64, votes: 12 };
export const verifyReport: VerifyReport = {
  build: "build/net",
  samples: 1,
  ticks: 64,
  vectors: { simulator: "wasm", goldenTicks: 32 },
  simulators: [{ simulator: "verilator", equal: true, compared, cycles: 76800, seconds: 1.5 }],
  versions: { spikec: "0.3.0", verilator: "Verilator 5.006" },
  hashes: { manifest: "ab", checkpoint: "cd", input: "ef" },
  reach: [
    {
      layer: "layer1",
      weights: { total: 1200, reached: 300 },
      thresholds: { total: 16, reached: 16 },
      neurons: { total: 1024, reached: 1000 },
    },
  ],
  edits: [],
};
export const simulateReport: SimulateReport = {
  files: ["class.npy", "class_2.npy"],
  arrays: [
    { file: "class.npy", kind: "class", of: "logits", dtype: "i4", shape: [2] },
    { file: "class_2.npy", kind: "state", of: "class", dtype: "i4", shape: [2, 8, 1, 1, 1] },
  ],
  samples: 2,
  ticks: 8,
  classes: [[3], [0]],
};
export const evaluateReport: EvaluateReport = {
  build: "build/net",
  samples: 3,
  ticks: 8,
  burnIn: 2,
  readouts: [
    {
      name: "logits",
      layer: "layer1",
      samples: 3,
      correct: 2,
      accuracy: 2 / 3,
      bySnr: [
        { snr: -4, samples: 1, correct: 0, accuracy: 0 },
        { snr: 10, samples: 2, correct: 2, accuracy: 1 },
      ],
      confusion: [
        [1, 1],
        [0, 1],
      ],
    },
  ],
  spikeRates: [{ layer: "layer1", rate: 0.0213 }],
  agreement: { samples: 3, sameClass: 3, sameVotes: 2 },
  seconds: 0.125,
  perSample: [
    { label: 0, snr: 10, classes: [0], votes: [[5, 1]] },
    { label: 0, snr: -4, classes: [1], votes: [[2, 4]] },
    { label: 1, snr: 10, classes: [1], votes: [[0, 6]] },
  ],
};
const map = { channels: 16, height: 8, width: 8 };
const layerCost = { lut: 900, ff: 800, lutram: 64, ramb18: 1, ramb36: 2, uram: 0, dsp: 4 };
export const estimateReport: EstimateReport = {
  name: "net",
  stages: [
    {
      name: "layer1",
      kind: "event",
      cyclesPerTick: 130,
      yosys: layerCost,
      vivado: { ...layerCost, ff: 600 },
      blocks: [{ block: "event_walk", cost: layerCost }],
    },
  ],
  total: { yosys: layerCost, vivado: { ...layerCost, ff: 600 } },
  device: {
    name: "xczu28dr",
    uses: [
      { name: "LUT", used: 964, available: 425_280, percent: 0.227 },
      { name: "RAMB36", used: 2.5, available: 1080, percent: 0.231 },
    ],
  },
  budget: 100,
  fits: true,
  trust: [
    { column: "LUT", percent: 12, against: "Yosys 0.23", says: "within 12 %" },
    { column: "URAM", percent: null, against: "nothing", says: "by the data sheet" },
  ],
  slowest: { stage: "layer1", kind: "dense", cycles: 130 },
};
export const inspectReport: InspectReport = {
  kind: "checkpoint",
  name: "net",
  input: { channels: 1, height: 16, width: 16 },
  layers: [
    {
      name: "layer1",
      synapse: "conv2d",
      kernel: [5, 5],
      stride: [1, 1],
      padding: [2, 2, 2, 2],
      input: { channels: 1, height: 16, width: 16 },
      output: { channels: 16, height: 16, width: 16 },
      pool: { height: 2, width: 2 },
      sent: map,
      weights: 400,
      weightBits: 8,
      macsPerTick: 102400,
    },
  ],
  states: [{ name: "layer1.eps0", shape: map, format: "s24", scale: [2 ** -19] }],
  readouts: [{ name: "logits", layer: "layer1", inputs: 1024, classes: 11, weightBits: 8, vote: "majority" }],
  total: { weights: 400, stateWords: 4096, macsPerTick: 102400 },
};
export const doctorReport: DoctorReport = {
  ok: false,
  tools: [
    { name: "node", purpose: "runs", needed: true, state: "ok", version: "20.1", minimum: "20", get: "" },
    {
      name: "yosys",
      purpose: "lints",
      needed: true,
      state: "missing",
      version: undefined,
      minimum: "0.23",
      get: "apt",
    },
  ],
  places: [
    {
      name: "bench cache",
      variable: "SPIKEC_CACHE",
      path: "/cache/benches",
      state: "unusable",
      detail: "permission denied",
      freeBytes: 3 * 2 ** 30,
    },
  ],
};

/** Runs the program in this process on functions that succeed, but for those given. */
export async function spikec(args: readonly string[], functions: Partial<Services> = {}, colour = false) {
  const printed = { out: "", err: "" };
  const services: Services = {
    calibrate: async () => success(calibrateReport),
    compile: async () => success(compileReport),
    estimate: async () => success(estimateReport),
    emitText: () => success("spiking net\n"),
    simulate: async () => success(simulateReport),
    verify: async () => success(verifyReport),
    evaluate: async () => success(evaluateReport),
    inspect: async () => success(inspectReport),
    doctor: async () => doctorReport,
    ...functions,
  };
  const io = {
    out: (text: string) => {
      printed.out += text;
    },
    err: (text: string) => {
      printed.err += text;
    },
    terminal: undefined,
    colour,
    now: () => 0,
  };
  const code = await run(args, io, services);
  return { code, ...printed };
}
/** The JSON document that a command printed. */
export const json = (text: string) =>
  JSON.parse(text) as Record<string, unknown> & { diagnostics: readonly Diagnostic[] };
/** A mistake of a user. */
export const missingFile = diagnostic("file-not-found", { file: "x.onnx" }, { path: "x.onnx" });
