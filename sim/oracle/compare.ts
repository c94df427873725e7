import type { CompiledSource } from "../../src/artifact/source.js";
import type { Stimulus } from "../../src/data/stimulus.js";
import type { FixedReadout } from "../../src/ir/fixed.js";
import type { SpikingReadout } from "../../src/ir/spiking.js";
import { runGolden, stateList } from "../../src/simulators/golden.js";
import type { SampleTrace, TickTrace } from "../../src/simulators/trace.js";
import { runWasm } from "../../src/simulators/wasm/run.js";
import type { Case, ExpectedReadout } from "./case.js";
import { inUnits, isScaled } from "./exact.js";

/** A whole run of a simulator, copied. */
export interface Run {
  readonly ticks: readonly TickTrace[];
  readonly samples: readonly SampleTrace[];
}

type Simulate = (observer: { tick(trace: TickTrace): void; sample(trace: SampleTrace): void }) => boolean;

function recorded(simulate: Simulate): Run | undefined {
  const ticks: TickTrace[] = [];
  const samples: SampleTrace[] = [];
  const ran = simulate({
    tick({ sample, tick, spikes, states, logits, tickClass }) {
      ticks.push({
        sample,
        tick,
        spikes: spikes.map((s) => s.slice()),
        states: states.map((s) => Array.from(s)),
        logits: logits.map((row) => Array.from(row)),
        tickClass: [...tickClass],
      });
    },
    sample: ({ sample, classes, votes }) =>
      samples.push({ sample, classes: [...classes], votes: votes.map((v) => [...v]) }),
  });
  return ran ? { ticks, samples } : undefined;
}

/** What both simulators of integers say; undefined for wasm where a value is too wide for it. */
export function runsOf(
  { compiled, settings }: CompiledSource,
  stimulus: Stimulus,
): { readonly golden: Run; readonly wasm: Run | undefined } {
  const options = { burnIn: settings.config.readout.burnIn };
  const golden = recorded((observer) => {
    runGolden(compiled.fixed, stimulus, options, observer);
    return true;
  });
  const wasm = recorded((observer) => runWasm(compiled.fixed, stimulus, options, observer).ok);
  return { golden: golden as Run, wasm };
}

/** The first difference between the simulators. */
export function differenceOfRuns(golden: Run, wasm: Run): string | undefined {
  const at = golden.ticks.findIndex((tick, t) => JSON.stringify(tick) !== JSON.stringify(wasm.ticks[t]));
  if (at >= 0) return `tick ${at}: wasm differs from golden`;
  return JSON.stringify(golden.samples) === JSON.stringify(wasm.samples)
    ? undefined
    : "a sample's class: wasm differs from golden";
}

/** Every value of a run against the oracle's, exactly: the first difference of each kind. */
export function differencesFromOracle(from: Case, source: CompiledSource, run: Run): readonly string[] {
  const { fixed } = source.compiled;
  const said: string[] = [];
  const states = stateList(fixed);
  const formats = fixed.layers.flatMap(({ pre, post }) => [...pre.states, ...post.states]);
  fixed.layers.forEach((layer, l) => {
    const { num } = from.expected.layers[l]?.spikes ?? { num: [] };
    const size = num.length / run.ticks.length;
    first(said, run, (tick, t) => {
      const spikes = tick.spikes[l] as Uint8Array;
      if (spikes.length !== size) return `layer '${layer.name}' sends ${spikes.length} spikes, not ${size}`;
      const i = spikes.findIndex((spike, i) => spike !== num[t * size + i]);
      return i < 0 ? undefined : `spike ${i} of layer '${layer.name}' is ${spikes[i]}`;
    });
  });
  for (const [s, { layer, name, shape }] of states.entries()) {
    const expected = Object.hasOwn(from.expected.states, name) ? from.expected.states[name] : undefined;
    if (expected === undefined) {
      said.push(`state '${name}' of '${layer}' is none of the network's`);
      continue;
    }
    const plane = shape.height * shape.width;
    const scales = formats[s]?.scale ?? [];
    first(said, run, (tick, t) => {
      const values = Array.from(tick.states[s] ?? []);
      const i = values.findIndex((value, i) => {
        const scale = scales.length === 1 ? scales[0] : scales[Math.floor(i / plane)];
        return !isScaled(expected, t * values.length + i, value, scale as number);
      });
      return i < 0 ? undefined : `element ${i} of state '${name}' of '${layer}' is ${values[i]}`;
    });
  }
  for (const [r, readout] of fixed.readouts.entries()) {
    const expected = expectedOf(from, source, r);
    if (expected === undefined) said.push(`readout '${readout.name}' is none of the network's`);
    else differencesOfReadout(said, readout, r, expected, run);
  }
  return said;
}

/**
 * A readout's expected values: renamed ones are known by their weights, which no pass before formats replaces; counts of
 * spikes, which are none of the network's, by their own name.
 */
function expectedOf(from: Case, { model, compiled }: CompiledSource, r: number): ExpectedReadout | undefined {
  const weightsOf = (readout: SpikingReadout | undefined) =>
    readout?.kind === "linear" ? readout.weights : readout?.name;
  const weights = weightsOf(compiled.trained.readouts[r]);
  const name = model.readouts.find((readout) => weightsOf(readout) === weights)?.name ?? "counts";
  return Object.hasOwn(from.expected.readouts, name) ? from.expected.readouts[name] : undefined;
}

function differencesOfReadout(
  said: string[],
  readout: FixedReadout,
  r: number,
  expected: ExpectedReadout,
  run: Run,
): void {
  const { name, classes, vote } = readout;
  first(said, run, (tick, t) => {
    const row = Array.from(tick.logits[r] ?? []);
    const c = row.findIndex((logit, c) => !isLogit(expected, t * classes + c, logit, readout.unit));
    return c < 0 ? undefined : `logit ${c} of readout '${name}' is ${row[c]}`;
  });
  first(said, run, (tick, t) => {
    const have = tick.tickClass[r];
    return have === expected.tickClass[t] ? undefined : `class of readout '${name}' is ${have}`;
  });
  run.samples.forEach(({ classes, votes }, s) => {
    if (classes[r] !== expected.classes[s])
      said.push(`sample ${s}: class of readout '${name}' is ${classes[r]}, not ${expected.classes[s]}`);
    const [have, need] = [JSON.stringify(votes[r]), JSON.stringify(expected.votes[s])];
    if (vote !== "sum" && have !== need)
      said.push(`sample ${s}: votes of readout '${name}' are ${have}, not ${need}`);
  });
}

/** Logits are integers in `unit`, rounded down; the ranks of what is left decide between equal ones. */
function isLogit({ logits }: ExpectedReadout, i: number, logit: number, unit: number): boolean {
  const { nearest, floor, whole } = inUnits(logits, i, unit);
  return (whole ? nearest : floor) === BigInt(logit);
}

/** Says the first tick in which `difference` finds one. */
function first(
  said: string[],
  run: Run,
  difference: (tick: TickTrace, t: number) => string | undefined,
): void {
  for (const [t, tick] of run.ticks.entries()) {
    const found = difference(tick, t);
    if (found === undefined) continue;
    said.push(`sample ${tick.sample}, tick ${tick.tick}: ${found}`);
    return;
  }
}
