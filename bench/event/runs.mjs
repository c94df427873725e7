// Runs of networks that are kept in memory, so that many designs of a network can be clocked through one of them.
import { eventCollector, predictCycles } from "../../dist/cycles/predict.js";
import { mapStages } from "../../dist/passes/map-stages.js";
import { compileWasm, runNetwork } from "../../dist/simulators/wasm/run.js";
import { must } from "../networks.mjs";

/** What every tick of `stimulus` does in a network: its spikes, and the potentials that its readouts see. */
export function recordedRun(fixed, stimulus) {
  const ticks = [];
  const tick = ({ sample, tick, spikes, potentials }) =>
    ticks.push({
      sample,
      tick,
      spikes: spikes.map((row) => Uint8Array.from(row)),
      potentials: potentials.map((row) => row.slice()),
    });
  runNetwork(must(compileWasm(fixed)), stimulus, { burnIn: 0 }, { tick });
  return { fixed, stimulus, ticks };
}

/** The design of a network whose layers, by name, are mapped on events as `layers` says; ACTS of its readouts. */
export function eventDesign(fixed, layers, acts = "auto") {
  const options = { engine: "event", pe: 1, simd: 1, layers, acts, multiplierBudget: 1 };
  const { output, diagnostics } = mapStages.run(fixed, options);
  const wrong = diagnostics.filter(({ severity }) => severity === "error");
  if (wrong.length > 0) throw new Error(wrong.map(({ text }) => text).join("\n"));
  return output;
}

/** The events of a run as a design sees them: by word, in the order in which they leave. */
export function eventsOf(design, { stimulus, ticks }) {
  const collector = eventCollector(design, stimulus);
  for (const trace of ticks) collector.tick(trace);
  return collector.collected();
}

/**
 * When every tick of every stage ends (src/cycles): equal to the RTL with ends that are always ready. `cycles` are those
 * from the first beat that can be taken, after the accumulators are cleared, to the last answer.
 */
export function clocked(design, events) {
  const { stages, readouts } = predictCycles(design, events);
  const last = Math.max(...[...stages, ...readouts].map((ends) => ends.at(-1)));
  return { stages, readouts, cycles: last + 1 - design.stages[0].banks.depth };
}

/** A run that is clocked while it is simulated, and not kept. */
export function eventsOfRun(design, stimulus) {
  const collector = eventCollector(design, stimulus);
  runNetwork(must(compileWasm(design.model)), stimulus, { burnIn: 0 }, { tick: collector.tick });
  return collector.collected();
}
