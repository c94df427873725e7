import { beforeAll, describe, expect, test } from "vitest";
import type { FixedModel } from "../../../src/ir/fixed.js";
import { runGolden, stateList } from "../../../src/simulators/golden.js";
import type { Observer, SampleTrace } from "../../../src/simulators/trace.js";
import { runWasm } from "../../../src/simulators/wasm/run.js";
import { linearOf } from "../../../src/testing/linear.js";
import { pytorchRun } from "../conformance/pytorch.js";
import { builtGraph, cells, type Graph, graphs, must } from "../cosim/build.js";

/** The wasm simulator on every network of ../shared/data/radioml: against golden, and against double-precision PyTorch. */
describe.each(graphs)("$network $form", (graph: Graph) => {
  let build: Awaited<ReturnType<typeof builtGraph>>["build"];
  beforeAll(async () => {
    build = (await builtGraph(graph, "wasm")).build;
  });

  test("equals golden on every spike, state, logit and class", () => {
    const { fixed } = build.compiled;
    const ticks = graph.network === "seed" ? 3 : 12;
    const stimulus = cells(graph, build, 1, ticks);
    const kept = () => {
      const list: unknown[] = [];
      const observer: Observer = {
        tick: ({ spikes, states, logits, tickClass, tick }) =>
          void list.push(
            JSON.stringify([
              tick,
              ...[spikes, states, logits].map((x) => x.map((a) => Array.from(a))),
              tickClass,
            ]),
          ),
        sample: (trace) => void list.push(structuredClone(trace)),
      };
      return { list, observer };
    };
    const [golden, wasm] = [kept(), kept()];
    runGolden(fixed, stimulus, { burnIn: 1 }, golden.observer);
    must(runWasm(fixed, stimulus, { burnIn: 1 }, wasm.observer));
    expect(golden.list.length).toBe(ticks + 1);
    expect(wasm.list.map((tick, t) => (tick === golden.list[t] ? "equal" : tick))).toEqual(
      golden.list.map((tick) => (typeof tick === "string" ? "equal" : tick)),
    );
  });

  test("equals PyTorch's double run: spikes, logits and classes of every tick, states at the end", () => {
    const { fixed, trained } = build.compiled;
    const run = pytorchRun(graph);
    const { frames, ticks, vote_from_tick: burnIn } = run.manifest;
    const names = stateList(fixed).map((s) => s.name);
    const readout = fixed.readouts[0] as FixedModel["readouts"][number];
    const bias = linearOf(trained.readouts[0]).bias;
    const classes: SampleTrace[] = [];
    const counted = { spikes: 0, logits: 0, states: 0 };
    const differences: string[] = [];
    const compare = (
      kind: keyof typeof counted,
      where: string,
      want: ArrayLike<number>,
      have: ArrayLike<number>,
    ) => {
      let wrong = want.length === have.length ? 0 : 1;
      for (let i = 0; i < want.length; i++) if (want[i] !== have[i]) wrong++;
      counted[kind] += want.length;
      if (wrong > 0) differences.push(`${where}: ${wrong} of ${want.length}`);
    };
    must(
      runWasm(
        fixed,
        cells(graph, build, frames, ticks),
        { burnIn },
        {
          tick({ sample, tick, spikes, states, logits, tickClass }) {
            const at = `frame ${sample} tick ${tick}`;
            fixed.layers.forEach(({ name }, l) => {
              const have = spikes[l] as Uint8Array;
              compare("spikes", `${at} ${name}`, run.spikes(name, sample, tick, have.length), have);
            });
            // Σ w·p = (logit − bias) / unit, an integer but for the rounding of doubles; golden adds ⌊bias / unit⌋.
            const want = run.logits(sample, tick).map((logit, c) => {
              const own = bias[c] as number;
              return Math.round((logit - own) / readout.unit) + Math.floor(own / readout.unit);
            });
            compare("logits", `${at} logits`, want, logits[0] as ArrayLike<number>);
            compare("logits", `${at} class`, [run.tickClass(sample, tick)], tickClass);
            if (tick + 1 < ticks) return;
            for (const [k, name] of names.entries())
              compare(
                "states",
                `${at} ${name}`,
                run.finalState(name, sample),
                states[k] as ArrayLike<number>,
              );
          },
          sample: (trace) => void classes.push(trace),
        },
      ),
    );
    expect(differences.slice(0, 10)).toEqual([]);
    expect(counted.spikes).toBeGreaterThan(100_000);
    expect(counted.states).toBeGreaterThan(10_000);
    expect(classes.map((c) => c.classes[0])).toEqual(run.manifest.class_by_votes);
  });
});
