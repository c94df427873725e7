import { describe, expect, test } from "vitest";
import { conv, lifLayer, network, quantisedWeights, quantiser, shape } from "../ir/builders.js";
import {
  type DenseStage,
  type Design,
  type EventStage,
  isLayerStage,
  type LinearReadoutStage,
  type Stage,
} from "../ir/design.js";
import type { Pipeline, PipelineOp } from "../ir/pipeline.js";
import { linearOf } from "../testing/linear.js";
import { smallModel } from "../testing/small-model.js";
import { boundRanges } from "./bound-ranges.js";
import { checkDesign } from "./check-design.js";
import { lowerToFixed } from "./lower-to-fixed.js";
import { mapStages } from "./map-stages.js";

const mapping = {
  pe: 1,
  simd: 1,
  layers: {},
  acts: 1,
  targetCyclesPerTick: undefined,
  multiplierBudget: 1,
} as const;
const design: Design = (() => {
  const { output } = lowerToFixed.run(smallModel(), { coefficientBits: 17 });
  return mapStages.run(boundRanges.run(output, undefined).output, mapping).output;
})();
const run = (changed: Design) => () => checkDesign.run(changed, undefined);

const withDense = (change: (s: DenseStage) => Partial<DenseStage>): Design => ({
  ...design,
  stages: design.stages.map((s) => (s.kind === "dense" ? { ...s, ...change(s) } : s)),
});
const withReadout = (change: (s: LinearReadoutStage) => Partial<LinearReadoutStage>): Design => ({
  ...design,
  stages: design.stages.map((s) => (isLayerStage(s) ? s : ({ ...s, ...change(linearOf(s)) } as Stage))),
});
const withPre = (change: (p: Pipeline) => Partial<Pipeline>): Design =>
  withDense((s) => ({ pre: { ...s.pre, ...change(s.pre) } }));
/** The first operation of a kind, changed. */
const withOp = (kind: PipelineOp["kind"], change: (op: PipelineOp) => object): Design =>
  withPre((p) => {
    const at = p.ops.findIndex((op) => op.kind === kind);
    return { ops: p.ops.map((op, i) => (i === at ? ({ ...op, ...change(op) } as PipelineOp) : op)) };
  });
const withMemory = (name: string, change: object): Design =>
  withDense((s) => ({ memories: s.memories.map((m) => (m.name === name ? { ...m, ...change } : m)) }));
const without = (name: string): Design =>
  withDense((s) => ({ memories: s.memories.filter((m) => m.name !== name) }));

test("a sound design passes unchanged", () => {
  expect(checkDesign.run(design, undefined)).toEqual({ output: design, diagnostics: [] });
});

describe("what is broken is caught", () => {
  const table = { name: "table_x", width: 4, values: [1n], start: 0 };
  const cases: readonly (readonly [string, Design])[] = [
    ["layer1.pe: 3 lanes do not divide", withDense(() => ({ pe: 3 }))],
    ["layer1.simd: 0.5 lanes do not divide", withDense(() => ({ simd: 0.5 }))],
    ["cycle of", withOp("add", (op) => ({ start: op.start + 1 }))],
    ["latency of", withOp("mul", () => ({ latency: 2 }))],
    ["delays by 0", withOp("delay", () => ({ latency: 0 }))],
    ["has two sources", withPre((p) => ({ ops: [...p.ops, p.ops[0] as PipelineOp] }))],
    ["before its source", withPre((p) => ({ ops: p.ops.slice(1) }))],
    ["before its source", withPre((p) => ({ ops: [...p.ops].reverse() }))],
    ["in output 'operand' is", withPre((p) => ({ outputs: { operand: p.input } }))],
    ["is", withPre((p) => ({ latency: p.latency + 1 }))],
    ["as another type", withOp("mul", (op) => ({ a: { kind: "net", net: { ...netOf(op), width: 3 } } }))],
    ["of 0 bits", withOp("mul", (op) => ({ out: { ...op.out, width: 0 } }))],
    ["reads unknown table 'x'", withOp("mul", () => ({ b: { kind: "table", table: "x", width: 4 } }))],
    ["words of table_x is 1, must be 3", withPre(() => ({ tables: [table] }))],
    ["holds 99, which 4 bits do not", withPre(() => ({ tables: [{ ...table, values: [99n, 0n, 0n] }] }))],
    ["width of state", withPre((p) => ({ states: p.states.map((s) => ({ ...s, width: s.width + 1 })) }))],
    ["width of sums is 1", withDense(() => ({ sumWidth: 1 }))],
    ["width of the operand is 1", withDense(() => ({ operandWidth: 1 }))],
    ["operand is signed is", withDense((s) => ({ operandSigned: !s.operandSigned }))],
    ["operand state is", withDense((s) => ({ operandState: s.pre.states[0]!.name }))],
    ["operand state 'x' is not in pre", withDense(() => ({ operandState: "x" }))],
    ["number of memories of role 'operand' is 0", withDense(() => ({ operandState: undefined }))],
    ["cycles is", withDense((s) => ({ cycles: { ...s.cycles, total: s.cycles.total - 1 } }))],
    ["memory 'weights': depth is 1", withMemory("weights", { depth: 1 })],
    ["memory 'state layer1.eps0': width is 99", withMemory("state layer1.eps0", { width: 99 })],
    ["number of memories of role 'trace' is 1, must be 2", without("state layer1.eps1")],
    ["memory 'spikes': copies is 0", withMemory("spikes", { copies: 0 })],
    ["memory 'spike queue': width is 3", withMemory("spike queue", { width: 3 })],
    ["number of memories of role 'table'", withMemory("spike queue", { role: "table" })],
    ["memory 'state layer1.eps1': width is", withDense((s) => ({ memories: [...s.memories].reverse() }))],
    ["names of memories", withDense((s) => ({ memories: [...s.memories, s.memories[0]!] }))],
    ["two stages called", { ...design, stages: [design.stages[0]!, ...design.stages] }],
    ["two stages called", { ...design, stages: [...design.stages, design.stages.at(-1)!] }],
    ["lanes is 1, must be 2", withReadout(() => ({ lanes: 2 }))],
    ["kind is event-readout, must be dense-readout", withReadout(() => ({ kind: "event-readout" }))],
    ["acts: 2 lanes do not divide 1", withReadout(() => ({ acts: 2 }))],
    ["potentials of 22 bits, 1 fit", withReadout(() => ({ potentialWidth: 1 }))],
    ["width of potentials is 30, must be 22", withReadout(() => ({ potentialWidth: 30 }))],
    ["width of sums is 1", withReadout(() => ({ sumWidth: 1 }))],
    [
      "number of memories of role 'threshold'",
      withReadout((s) => ({ memories: s.memories.filter((m) => m.name !== "thresholds, step 0") })),
    ],
    ["number of memories of role 'weights' is 0", withReadout(() => ({ memories: [] }))],
    ["cycles is", withReadout((s) => ({ cycles: { ...s.cycles, walk: 0 } }))],
  ];
  test.each(cases)("%s", (text, broken) => {
    expect(run(broken)).toThrow("compiler bug");
    expect(run(broken)).toThrow(text);
  });
});

describe("what is broken in an event stage is caught", () => {
  const input = shape(2, 4, 5);
  const weights = quantisedWeights(
    Array.from({ length: 4 * 2 * 9 }, (_, i) => (i % 7) - 3),
    0.25,
  );
  const layer = lifLayer({
    name: "layer1",
    input,
    synapse: conv({ outChannels: 4, kernel: [3, 3], padding: [1, 1, 1, 1], weights }),
    bias: [0, 0.25, 0.5, 0.75],
    decay: 0.5,
    reset: "none",
    quantisers: { u: quantiser(8, 4) },
  });
  const fixed = lowerToFixed.run(network("n", [layer]), { coefficientBits: 17 }).output;
  const options = { ...mapping, engine: "event", channels: 2, taps: "patch", ports: 2, lanes: 4 } as const;
  const sound = mapStages.run(boundRanges.run(fixed, undefined).output, options).output;
  const withEvent = (change: (s: EventStage) => Partial<EventStage>): Design => {
    const stage = sound.stages[0] as EventStage;
    return { ...sound, stages: [{ ...stage, ...change(stage) }] };
  };
  const withOther = (name: string, change: object): Design =>
    withEvent((s) => ({ memories: s.memories.map((m) => (m.name === name ? { ...m, ...change } : m)) }));

  test("a sound one passes unchanged", () => {
    expect(checkDesign.run(sound, undefined)).toEqual({ output: sound, diagnostics: [] });
  });

  const cases: readonly (readonly [string, Design])[] = [
    ["layer1.channels: 3 lanes do not divide", withEvent(() => ({ channels: 3 }))],
    ["0 ports", withEvent(() => ({ ports: 0 }))],
    ["8 lanes of 2 channels", withEvent(() => ({ lanes: 8 }))],
    ["banks is", withEvent((s) => ({ banks: { ...s.banks, depth: 1 } }))],
    ["banks is", withEvent(() => ({ taps: "row" }))],
    ["overlap is", withEvent((s) => ({ overlaps: !s.overlaps }))],
    ["cycles is", withEvent((s) => ({ cycles: { ...s.cycles, total: 1 } }))],
    ["width of sums is 1", withEvent(() => ({ sumWidth: 1 }))],
    ["memory 'weights': width is 9", withOther("weights", { width: 9 })],
    ["memory 'accumulators': depth is 9", withOther("accumulators", { depth: 9 })],
    ["memory 'state layer1.u': depth is 9", withOther("state layer1.u", { depth: 9 })],
  ];
  test.each(cases)("%s", (text, broken) => {
    expect(run(broken)).toThrow("compiler bug");
    expect(run(broken)).toThrow(text);
  });
});

function netOf(op: PipelineOp) {
  if (op.a.kind !== "net") throw new Error("the operand is no net");
  return op.a.net;
}
