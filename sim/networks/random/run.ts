import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { tapsChoices } from "../../../src/config/schema.js";
import { checkRtl } from "../../../src/cosim/check-rtl.js";
import type { Comparison } from "../../../src/cosim/compare.js";
import { eventLines } from "../../../src/cosim/events.js";
import { expectedRun } from "../../../src/cosim/expected.js";
import { mostCycles } from "../../../src/cosim/run-rtl.js";
import { verilogFiles } from "../../../src/cosim/simulators.js";
import { emitBench, emitVerilog } from "../../../src/emit/verilog.js";
import { isDiagnostic, runProgram } from "../../../src/host/process.js";
import { type Design, type DesignMemory, readoutStages } from "../../../src/ir/design.js";
import type { FixedLayer, FixedModel } from "../../../src/ir/fixed.js";
import { type SpikingModel, sumsOf } from "../../../src/ir/spiking.js";
import { inputStream } from "../../../src/ir/stream.js";
import { divisorsOf } from "../../../src/mapping/divisors.js";
import { notEventDriven, possibleLanes, reachOf } from "../../../src/mapping/event-stage.js";
import { boundRanges } from "../../../src/passes/bound-ranges.js";
import { checkDesign } from "../../../src/passes/check-design.js";
import { checkShapes } from "../../../src/passes/check-shapes.js";
import { lowerToFixed } from "../../../src/passes/lower-to-fixed.js";
import { type LayerMapping, type MapOptions, mapStages } from "../../../src/passes/map-stages.js";
import type { PassResult } from "../../../src/passes/pass.js";
import type { RtlSimulatorName } from "../../../src/simulators/names.js";
import { type GoldenTick, goldenRun } from "../../../src/testing/golden-run.js";
import { random } from "../../../src/testing/random-model.js";
import { type RandomCase, randomCase } from "./models.js";

/** What came of a random network. */
export interface Outcome {
  readonly design: Design;
  readonly golden: readonly GoldenTick[];
  /** Empty where the hardware did exactly what golden says. */
  readonly difference: string;
  readonly comparison: Comparison;
}

const outputOf = <T>({ output, diagnostics }: PassResult<T>): T => {
  const errors = diagnostics.filter((d) => d.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((d) => `${d.code}: ${d.text}`).join("\n"));
  return output;
};

/** Integers of a random network. */
function fixedOf(model: SpikingModel): FixedModel {
  outputOf(checkShapes.run(model, undefined));
  const fixed = outputOf(lowerToFixed.run(model, { coefficientBits: 17 }));
  return outputOf(boundRanges.run(fixed, undefined));
}

function mapped(model: FixedModel, layers: MapOptions["layers"], acts: number): Design {
  const goal = { targetCyclesPerTick: undefined, multiplierBudget: 1 };
  const design = outputOf(mapStages.run(model, { pe: "auto", simd: "auto", layers, acts, ...goal }));
  return outputOf(checkDesign.run(design, undefined));
}

/** The design of a random network, all layers computed densely. */
export const designOf = ({ model, lanes, acts }: Pick<RandomCase, "model" | "lanes" | "acts">): Design =>
  mapped(fixedOf(model), lanes, acts);

/** The same with every layer on events whose synapse sees spikes, in any shape; the others are computed densely. */
export function eventDesignOf({ seed, model, lanes }: RandomCase): Design {
  const r = random(seed * 104729 + 3);
  const fixed = fixedOf(model);
  const layers = fixed.layers.map((layer): readonly [string, LayerMapping] => {
    if (notEventDriven(layer) !== undefined) return [layer.name, lanes[layer.name] ?? {}];
    const channels = r.pick(divisorsOf(layer.output.channels));
    const taps = r.pick(isWide(layer) ? (["one", "row", "row", "patch", "patch"] as const) : tapsChoices);
    const ports = r.pick([1, 1, 2, 3]);
    const possible = possibleLanes(layer, { channels, taps, ports });
    // Wide words are the ones that go wrong, those that do not end with the map more than others.
    const beyond = possible.filter((n) => n > channels && sumsOf(layer).width % (n / channels) !== 0);
    const many = r.chance(0.4) ? r.pick(possible) : r.pick(beyond.length > 0 ? beyond : possible.slice(-1));
    return [layer.name, { engine: "event", channels, taps, ports, lanes: many }];
  });
  const options = Object.fromEntries(layers);
  const widths = readoutStages(mapped(fixed, options, 1)).map((s) => s.lanes);
  const acts = r.pick(divisorsOf(widths[0] ?? 1).filter((d) => widths.every((w) => w % d === 0)));
  return mapped(fixed, options, acts);
}

/** The same design with queues of `depth` places behind its layers. */
export function withDepth(design: Design, depth: number): Design {
  const isQueue = ({ role }: DesignMemory): boolean => role === "spike-queue" || role === "potential-queue";
  const changed = {
    ...design,
    streams: design.streams.map((stream) => (stream.depth === 0 ? stream : { ...stream, depth })),
    stages: design.stages.map((stage) => ({
      ...stage,
      memories: stage.memories.map((memory) => (isQueue(memory) ? { ...memory, depth } : memory)),
    })),
  };
  return outputOf(checkDesign.run(changed, undefined));
}

/** Whether an event touches several neighbours of a row that goes on beyond them. */
const isWide = (layer: FixedLayer): boolean =>
  notEventDriven(layer) === undefined && reachOf(layer)[1] > 1 && layer.output.width > 2;

/** The first `count` seeds from `from` on whose networks are for events, most of them with a wide layer. */
export function eventSeeds(from: number, count: number): readonly number[] {
  const seeds: number[] = [];
  for (let seed = from; seeds.length < count; seed++) {
    const { layers } = fixedOf(randomCase(seed).model);
    const any = layers.some((layer) => notEventDriven(layer) === undefined);
    if (layers.some(isWide) || (any && seed % 4 === 0)) seeds.push(seed);
  }
  return seeds;
}

/** Writes the Verilog of a design into a folder that goes when `body` is done. */
export async function withEmitted<T>(design: Design, body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "spikec-random-"));
  try {
    for (const [path, text] of [...emitVerilog(design, "generated"), ...emitBench(design, "generated")]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a random network in golden and in a Verilog simulator, and compares all that either says. */
export async function runCase(
  from: RandomCase,
  design: Design,
  simulator: RtlSimulatorName = "icarus",
): Promise<Outcome> {
  const { stimulus, burnIn, pauseIn, pauseOut } = from;
  let golden: readonly GoldenTick[] | undefined;
  const expected = expectedRun(design, stimulus, { burnIn }, undefined, {
    name: "golden",
    run(spikes, options, observer) {
      const ticks = goldenRun(design.model, spikes, options, observer);
      golden ??= ticks;
    },
  });
  return withEmitted(design, async (folder) => {
    const events = join(folder, "events.hex");
    const trace = join(folder, "trace.txt");
    // Without pauses the cycle of every tick's end is compared too, which the order of events can change.
    const paced = pauseIn === 0 && pauseOut === 0;
    writeFileSync(events, eventLines(inputStream(design).payload, stimulus, paced ? undefined : from.order));
    const ticks = stimulus.samples * stimulus.ticks;
    const work = design.stages.reduce((sum, stage) => sum + mostCycles(stage), 0);
    const maxCycles = 20_000 + 8 * work * (ticks + design.stages.length);
    const run = { folder, events, trace, ticks, frames: stimulus.samples, burnIn, maxCycles };
    const checked = await checkRtl(simulator, design, { ...run, pauseIn, pauseOut }, expected);
    if (!checked.ok) throw new Error(checked.diagnostics.map((d) => d.text).join("\n"));
    const { difference, complete, closed } = checked.value;
    const said = !complete
      ? `stuck: ${JSON.stringify(closed)} of ${ticks} ticks`
      : difference === undefined
        ? ""
        : JSON.stringify(difference);
    return { design, golden: golden ?? [], difference: said, comparison: checked.value };
  });
}

/** Warnings and errors of Verilator and Icarus on an emitted design: none, one hopes. */
export function lintOf(design: Design): Promise<string> {
  return withEmitted(design, async (folder) => {
    const files = verilogFiles(folder);
    const core = `${design.name}_core`;
    const tools = [
      ["verilator", "--lint-only", "-Wall", "--language", "1364-2005", "--top-module", core, ...files],
      ["iverilog", "-g2005", "-Wall", "-t", "null", "-s", core, ...files],
    ] as const;
    const said = await Promise.all(
      tools.map(async ([command, ...args]) => {
        const end = await runProgram(command, args, folder);
        if (isDiagnostic(end)) throw new Error(end.text);
        return end.code === 0 ? end.output : `${end.output}exit status ${end.code}`;
      }),
    );
    return said.join("");
  });
}
