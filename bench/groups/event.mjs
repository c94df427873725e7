// Layers on events: cycles by the cycle model (src/cycles, equal to the RTL tick by tick), what they are held against,
// and what commuted traces cost in accuracy.
import { readFileSync } from "node:fs";
import { evaluateModel } from "../../dist/commands/evaluate.js";
import { defaultConfig, settleBurnIn } from "../../dist/config/defaults.js";
import { loadConfig } from "../../dist/config/load.js";
import { ramb36Of } from "../../dist/cost/cost.js";
import { estimateDesign } from "../../dist/cost/design.js";
import { devices } from "../../dist/cost/devices.js";
import { synthesise, withVerilog } from "../../dist/cost/synthesis.js";
import { eventBeats } from "../../dist/cycles/event-stage.js";
import { readNpy } from "../../dist/data/npy.js";
import { designNames } from "../../dist/emit/names.js";
import { emitVerilog } from "../../dist/emit/verilog.js";
import { runPipeline } from "../../dist/pipeline.js";
import { runParallel } from "../../dist/simulators/wasm/pool.js";
import { compileWasm } from "../../dist/simulators/wasm/run.js";
import { freeSchedule, lockstepSchedule, workOf } from "../event/bounds.mjs";
import {
  authors,
  commutedMnist,
  digitSpikes,
  digits,
  ticks as digitTicks,
  float64Class,
  labels,
  storedClasses,
} from "../event/digits.mjs";
import { withSpikes } from "../event/rates.mjs";
import { clocked, eventDesign, eventsOf, eventsOfRun, recordedRun } from "../event/runs.mjs";
import { randomImages, spikerNetwork, steps } from "../event/spiker.mjs";
import { atLeast, atMost, below, exactly } from "../goals.mjs";
import { burnIn, data, fixedModel, must, spikingModel, stimulusOf } from "../networks.mjs";

const threads = 2;

const radioml = (network, samples, ticks) => {
  const fixed = fixedModel(spikingModel(network, "post"));
  return recordedRun(fixed, stimulusOf(fixed, `${data}/${network}/cells.npy`, { samples, ticks }));
};

export async function event(record) {
  for (const network of ["small", "seed"])
    overBounds(`radioml ${network} post`, radioml(network, 4, 128), record);
  const mnist = commutedMnist();
  const run = recordedRun(
    mnist.fixed,
    stimulusOf(mnist.fixed, `${authors}/vectors-19900/input.npy`, { samples: 8, ticks: 150 }),
  );
  overBounds("MNIST 19900", run, record);
  sixteenAdders(run, record);
  oneEvent(record);
  await commutedFrames(record);
  await commutedDigits(mnist, record);
  await spiker(record);
  await fastest(record);
}

/** The same for every layer, by its channels. */
const everyLayer = (fixed, shapeOf) =>
  Object.fromEntries(fixed.layers.map(({ name, output }) => [name, shapeOf(output.channels)]));

/** 16 lanes of 24 channels are two columns of 8. */
const sixteen = (taps) => (channels) => ({ taps, channels: channels === 24 ? 8 : channels, lanes: 16 });

/** Rows at 16 lanes are what a layer gets that says nothing. Columns are those that fill 64 lanes. */
const points = [
  { name: "16 lanes, row", acts: 16, shapeOf: sixteen("row"), goal: atMost(1.1) },
  { name: "16 lanes, patch", acts: 16, shapeOf: sixteen("patch"), goal: atMost(1.1) },
  {
    name: "64 lanes, patch",
    acts: 32,
    shapeOf: (channels) => ({ taps: "patch", channels, lanes: Math.floor(64 / channels) * channels }),
    goal: atMost(1.25),
  },
];

/** Cycles of a run over the schedule of its bounds. */
function overBounds(name, run, record) {
  for (const { name: point, acts, shapeOf, goal } of points) {
    const design = eventDesign(run.fixed, everyLayer(run.fixed, shapeOf), acts);
    const events = eventsOf(design, run);
    const work = workOf(design, events);
    const { cycles } = clocked(design, events);
    const free = freeSchedule(work);
    const a = (total) => (total / events.ticks).toFixed(1);
    const unit = `(${a(cycles)} cycles a tick, schedule ${a(free)}, without queues ${a(lockstepSchedule(work))})`;
    record(`${name}, ${point}, ACTS ${acts}, cycles / schedule`, cycles / free, unit, goal);
  }
}

/** The layer of the authors' network that limits it, with 16 adders: 8 channels, a tap a cycle, two ports. */
function sixteenAdders(run, record) {
  const layer2 = { channels: 8, taps: "one", ports: 2, lanes: 8 };
  const whole = eventDesign(run.fixed, { layer1: { channels: 16, taps: "row", lanes: 16 }, layer2 });
  // Alone: whatever follows takes its spikes at once.
  const design = { ...whole, stages: whole.stages.slice(0, 2) };
  const { stages } = clocked(design, { ...eventsOf(whole, run), counts: [] });
  const ends = stages[1];
  const most = ends.reduce((n, end, t) => Math.max(n, t === 0 ? 0 : end - ends[t - 1]), 0);
  const name = "MNIST 19900 layer 2, 16 adders, cycles a tick";
  const unit = `cycles, mean of ${ends.length} ticks (S2N2: 142,296)`;
  record(name, ends.at(-1) / ends.length, unit, atMost(20_000));
  record(`${name}, most`, most, "cycles");
}

function oneEvent(record) {
  const fixed = fixedModel(spikingModel("seed", "post"));
  const { name, input } = fixed.layers[1];
  const middle = 8 * input.width + 8;
  for (const [taps, cycles] of [
    ["row", 7],
    ["patch", 1],
  ]) {
    const design = eventDesign(fixed, { [name]: { taps, channels: 32, lanes: 32 } });
    record(
      `one 7 x 7 event, 32 channels, ${taps}`,
      eventBeats(design.stages[1])[middle],
      "cycles",
      exactly(cycles),
    );
  }
}

/** Traces of `small` as trained, moved behind the synapses: votes against those of double precision. */
async function commutedFrames(record) {
  const settings = { config: { ...defaultConfig, traces: "commuted" }, calibration: undefined };
  const { fixed } = must(runPipeline(spikingModel("small", "pre"), settings));
  const folder = `${data}/small/accuracy`;
  const request = { cells: `${folder}/cells.npy`, labels: `${folder}/labels.npy`, threads, burnIn };
  const { samples, ticks, readouts, perSample } = must(await evaluateModel(fixed, request));
  const votes = must(readNpy(`${folder}/pre.votes.npy`));
  const classes = votes.shape[1];
  const doubles = perSample.map((_, s) => {
    const row = Array.from(votes.data.slice(s * classes, (s + 1) * classes), Number);
    const [first, second] = row.toSorted((a, b) => b - a);
    const all = row.reduce((a, b) => a + b, 0);
    return { class: row.indexOf(first), close: first - second < 0.05 * all };
  });
  const share = (frames) => {
    const same = frames.filter((s) => perSample[s].classes.at(-1) === doubles[s].class).length;
    return [(100 * same) / frames.length, `% (${same} of ${frames.length} frames of ${ticks} ticks)`];
  };
  const frames = perSample.map((_, s) => s);
  const close = (wanted) => frames.filter((s) => doubles[s].close === wanted);
  const name = "radioml small pre, commuted";
  record(`${name}, classes as in double precision`, ...share(frames), atLeast(95));
  record(`${name}, same where the vote's margin is 5 % or more`, ...share(close(false)), atLeast(95));
  record(`${name}, same where it is less`, ...share(close(true)));
  const { accuracy } = JSON.parse(readFileSync(`${folder}/pre.json`, "utf8"));
  const { correct } = readouts.at(-1);
  const right = `points (${correct} of ${samples} right, ${Math.round(accuracy * samples)} in double precision)`;
  record(`${name}, accuracy off by`, Math.abs(100 * (correct / samples - accuracy)), right, atMost(1));
}

/** Digits whose float64 run is repeated, of those whose class is stored. */
const repeated = [0, 67, 133];

async function commutedDigits({ trained, fixed }, record) {
  const spikes = digitSpikes(fixed.input);
  const name = "MNIST 19900, commuted";
  const stored = storedClasses();
  let same = 0;
  for (const digit of repeated) if ((await float64Class(trained, spikes, digit)) === stored[digit]) same++;
  const of = `of ${repeated.length} digits`;
  record(`${name}, float64 classes as stored`, same, of, exactly(repeated.length));
  const frames = await runParallel(must(compileWasm(fixed)), spikes, { burnIn, threads });
  const wanted = labels();
  const right = (classes) => classes.filter((c, d) => c === wanted[d]).length;
  const [ours, theirs] = [right(frames.map(({ classes }) => classes.at(-1))), right(stored)];
  const unit = `of ${digits} digits of ${digitTicks} ticks (${ours} right, float64 ${theirs})`;
  record(`${name}, 8/24 bit, fewer right than float64`, theirs - ours, unit, atMost(3));
}

/** Spiker+'s network: 64 hidden neurons an event and cycle, 8 a cycle of the sweep. */
const spikerLayers = {
  hidden: { taps: "one", channels: 64, lanes: 8 },
  classes: { taps: "one", channels: 10, lanes: 2 },
};

async function spiker(record) {
  const fixed = spikerNetwork();
  const design = eventDesign(fixed, spikerLayers);
  const images = 8;
  for (const percent of [5, 20]) {
    const { stages } = clocked(design, eventsOfRun(design, randomImages(images, percent / 100)));
    const end = (image) => stages.at(-1)[image * steps - 1];
    const name = `784-128-10, ${steps} steps, ${percent} % of inputs spike`;
    const unit = `cycles, mean of ${images - 1} back to back (Spiker+: 19,044)`;
    record(`${name}, an image`, (end(images) - end(1)) / (images - 1), unit, below(19_044));
    record(`${name}, latency of an image`, end(1) + 1, "cycles from reset to its last spikes");
  }
  const files = emitVerilog(design, "bench");
  const { core } = designNames(design);
  const cost = must(await withVerilog(files, (folder) => synthesise(folder, core)));
  const memories = `${cost.lutram} of them memory; ${cost.ff} FF, ${ramb36Of(cost)} RAMB36, ${cost.dsp} DSP`;
  record("784-128-10, LUT (Yosys)", cost.lut + cost.lutram, `(${memories})`, below(18_214));
}

/** The fastest point found that takes no more than 70 % of any resource. */
const fastestConfig = "examples/radioml-seed/fastest.yaml";

async function fastest(record) {
  const { config } = must(loadConfig(fastestConfig));
  const settings = { config: settleBurnIn(config, undefined), calibration: undefined };
  const { fixed, design } = must(runPipeline(spikingModel("seed", "post"), settings));
  const name = "radioml seed post, XCZU28DR";
  const total = estimateDesign(design).total.vivado;
  const has = devices.xczu28dr;
  for (const [what, used, all] of [
    ["LUT", total.lut + total.lutram, has.lut],
    ["FF", total.ff, has.ff],
    ["RAMB36", ramb36Of(total), has.ramb36],
    ["DSP", total.dsp, has.dsp],
  ])
    record(`${name}, ${what}`, (100 * used) / all, `% (${used}, estimated)`, atMost(70));

  const rate = (what, events) => {
    const { cycles } = clocked(design, events);
    const work = workOf(design, events);
    const a = (cycles) => (cycles / events.ticks).toFixed(1);
    const of = `${a(cycles)} cycles a tick, schedule ${a(freeSchedule(work))}`;
    const megasamples = (300 * events.ticks) / cycles;
    const unit = `MS/s at 300 MHz (${of}; ${events.ticks} ticks, ${spikesOf(events)} spikes a tick)`;
    record(`${name}, ${what}`, megasamples, unit, atLeast(1.2));
  };
  rate("its frames", eventsOfRun(design, stimulusOf(fixed, `${data}/seed/cells.npy`)));

  // Rates are over 240 labelled frames; every 20th of them is run, and brought to the rates of all. What isn't scaled:
  // activations that the readout takes, of which post.json says nothing.
  const all = stimulusOf(fixed, `${data}/seed/accuracy/cells.npy`);
  const some = { ...all, samples: 12, active: (sample, tick) => all.active(20 * sample + 7, tick) };
  const { spike_rate } = JSON.parse(readFileSync(`${data}/seed/accuracy/post.json`, "utf8"));
  const wanted = fixed.layers.map(({ sent }, l) => spike_rate[l] * sent.channels * sent.height * sent.width);
  rate("at the spike rates of accuracy/post.json", withSpikes(eventsOfRun(design, some), wanted, some.ticks));
}

/** Of the layers that send any. */
const spikesOf = ({ sent, ticks }) =>
  sent
    .slice(0, -1)
    .map((of) => Math.round(of.reduce((n, { events }) => n + events.length, 0) / ticks))
    .join(" and ");
