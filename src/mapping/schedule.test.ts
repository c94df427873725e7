import { expect, test } from "vitest";
import { boundGraph } from "../analysis/bound-graph.js";
import { roundings } from "../fixed/format.js";
import { roundShift, saturate } from "../fixed/ops.js";
import { integratorLayer, linear, network, quantisedWeights, quantiser, shape } from "../ir/builders.js";
import type { FixedExpr, FixedGraph } from "../ir/fixed.js";
import type { Net, Pipeline, Source } from "../ir/pipeline.js";
import { lowerToFixed } from "../passes/lower-to-fixed.js";
import { type Random, random, randomModel } from "../testing/random-model.js";
import { identifier } from "./identifiers.js";
import { latencyOf } from "./latencies.js";
import { tableNet } from "./pipeline-sources.js";
import { type InputKind, schedulePipeline } from "./schedule.js";
import { widthOf } from "./widths.js";

type Distribute<T> = T extends FixedExpr ? Omit<T, "origin" | "range" | "scale"> : never;

/** A graph of integer expressions, with its ranges. */
function graphOf(
  input: readonly [number, number],
  exprs: readonly Distribute<FixedExpr>[],
  outputs: Readonly<Record<string, string>>,
  states: Readonly<Record<string, string>> = {},
): FixedGraph<string> {
  const none = { origin: [], range: { low: 0n, high: 0n }, scale: [1] };
  const graph: FixedGraph<string> = {
    exprs: exprs.map((e) => ({ ...e, ...none }) as FixedExpr),
    states: Object.entries(states).map(([name, next]) => ({
      name,
      next,
      format: { signed: true, width: 8 },
      scale: [1],
    })),
    outputs,
  };
  return boundGraph(graph, { low: BigInt(input[0]), high: BigInt(input[1]) });
}

const signed = (value: bigint, net: { readonly width: number; readonly bit: boolean }): bigint =>
  net.bit ? BigInt.asUintN(1, value) : BigInt.asIntN(net.width, value);

/** What the pipeline's blocks compute from one input and one value per state, for one channel: every net wraps. */
function interpret(p: Pipeline, channel: number, input: bigint, states: ReadonlyMap<string, bigint>) {
  const nets = new Map<string, bigint>([[p.input.name, input]]);
  for (const s of p.states) nets.set(s.before.name, states.get(s.name) as bigint);
  const of = (source: Source): bigint => {
    switch (source.kind) {
      case "net":
        return nets.get(source.net.name) as bigint;
      case "literal":
        return BigInt.asIntN(source.width, source.value);
      case "table": {
        const table = p.tables.find((t) => tableNet(t) === source.table);
        return BigInt.asIntN(source.width, table?.values[channel] as bigint);
      }
    }
  };
  for (const op of p.ops) {
    const a = of(op.a);
    const value = (): bigint => {
      switch (op.kind) {
        case "add":
          return op.subtract ? a - of(op.b) : a + of(op.b);
        case "mul":
          return a * of(op.b);
        case "shift_left":
          return a << BigInt(op.shift);
        case "shift_left_var":
          return a << of(op.shift);
        case "round_shift":
          return roundShift(a, op.shift, roundings[op.mode]!);
        case "saturate":
          return saturate(a, op);
        case "compare":
          return a > 0n || (op.orEqual && a === 0n) ? 1n : 0n;
        case "select":
          return of(op.condition) !== 0n ? a : of(op.b);
        case "delay":
          return a;
      }
    };
    nets.set(op.out.name, signed(value(), op.out));
  }
  const at = (net: Net): bigint => nets.get(net.name) as bigint;
  return {
    states: p.states.map((s) => at(s.after)),
    outputs: Object.fromEntries(Object.entries(p.outputs).map(([name, net]) => [name, at(net)])),
  };
}

/** The same straight from the graph. */
function evaluate(
  g: FixedGraph<string>,
  channel: number,
  input: bigint,
  states: ReadonlyMap<string, bigint>,
) {
  const values = new Map<string, bigint>();
  const of = (id: string): bigint => values.get(id) as bigint;
  const pick = <T>(list: readonly T[]): T => list[list.length === 1 ? 0 : channel] as T;
  for (const e of g.exprs) {
    const value = (): bigint => {
      switch (e.kind) {
        case "input":
          return input;
        case "constant":
          return pick(e.value);
        case "state":
          return states.get(e.state) as bigint;
        case "add":
          return of(e.a) + of(e.b);
        case "sub":
          return of(e.a) - of(e.b);
        case "mulc":
          return of(e.a) * pick(e.by);
        case "shl":
          return of(e.a) << BigInt(pick(e.bits));
        case "shr":
          return roundShift(of(e.a), e.bits, e.rounding);
        case "sat":
          return saturate(of(e.a), e);
        case "compare":
          return of(e.a) > 0n || (e.orEqual && of(e.a) === 0n) ? 1n : 0n;
        case "select":
          return of(e.condition) !== 0n ? of(e.a) : of(e.b);
      }
    };
    values.set(e.id, value());
  }
  return {
    states: g.states.map((s) => of(s.next)),
    outputs: Object.fromEntries(Object.entries<string>(g.outputs).map(([name, id]) => [name, of(id)])),
  };
}

/** A random value of a range, its ends more often than others. */
function valueIn(r: Random, { low, high }: { readonly low: bigint; readonly high: bigint }): bigint {
  if (r.chance(0.3)) return r.pick([low, high]);
  return low + (BigInt(Math.floor(r.real() * 2 ** 53)) * (high - low + 1n)) / 2n ** 53n;
}

/** Holds a pipeline against its graph on random states and inputs. */
function expectSame(graph: FixedGraph<string>, kind: InputKind, channels: number, r: Random): Pipeline {
  const p = schedulePipeline(graph, kind);
  const input = graph.exprs.find((e) => e.kind === "input")!;
  const runs = Array.from({ length: 20 }, () => {
    const channel = r.int(0, channels - 1);
    const states = new Map(
      graph.states.map((s) => {
        const { low, high } = graph.exprs.find((e) => e.id === s.next)!.range;
        return [s.name, r.chance(0.2) ? 0n : valueIn(r, { low, high })];
      }),
    );
    const x = valueIn(r, input.range);
    return { is: interpret(p, channel, x, states), must: evaluate(graph, channel, x, states) };
  });
  expect(runs.map(({ is }) => is)).toEqual(runs.map(({ must }) => must));
  return p;
}

const models = Array.from({ length: 60 }, (_, seed) =>
  randomModel(seed, seed % 2 === 0 ? { scales: "any" } : { stateBits: 6, integerBits: 2 }),
);
const graphs = models.flatMap((model) =>
  lowerToFixed.run(model, { coefficientBits: 17 }).output.layers.flatMap((layer) => [
    { graph: layer.pre as FixedGraph<string>, kind: "spike" as const, channels: layer.input.channels },
    { graph: layer.post as FixedGraph<string>, kind: "number" as const, channels: layer.output.channels },
  ]),
);

test("a pipeline computes what its graph says, whatever the net widths", () => {
  const r = random(1);
  for (const { graph, kind, channels } of graphs) expectSame(graph, kind, channels, r);
});

test("each operand is there exactly when its operation starts, and all results at the end", () => {
  for (const { graph, kind } of graphs) {
    const p = schedulePipeline(graph, kind);
    const ready = new Map([[p.input.name, 0], ...p.states.map((s) => [s.before.name, 0] as const)]);
    const wrong: string[] = [];
    const need = (holds: boolean, what: string) => void (holds || wrong.push(what));
    for (const op of p.ops) {
      const sources = [
        op.a,
        ...("b" in op ? [op.b] : []),
        ...(op.kind === "select" ? [op.condition] : []),
        ...(op.kind === "shift_left_var" ? [op.shift] : []),
      ];
      for (const source of sources) {
        if (source.kind === "net")
          need(ready.get(source.net.name) === op.start, `${source.net.name} in ${op.id}`);
        if (source.kind === "table") {
          const tables = p.tables.filter((t) => tableNet(t) === source.table && t.start === op.start);
          need(tables.length === 1, `${source.table} in ${op.id}`);
        }
      }
      need(op.kind === "delay" || op.latency === latencyOf(op.kind), `latency of ${op.id}`);
      need(!ready.has(op.out.name), `${op.out.name} twice`);
      ready.set(op.out.name, op.start + op.latency);
    }
    for (const net of [...p.states.map((s) => s.after), ...Object.values(p.outputs)])
      need(ready.get(net.name) === p.latency, `${net.name} at the end`);
    expect(wrong).toEqual([]);
  }
});

test("nets are readable identifiers, none twice, none a word of Verilog", () => {
  for (const { graph, kind } of graphs) {
    const p = schedulePipeline(graph, kind);
    const nets = [p.input, ...p.states.map((s) => s.before), ...p.ops.map((o) => o.out)].map((n) => n.name);
    const ports = [
      ...p.states.map((s) => `${s.before.name}_next`),
      ...Object.keys(p.outputs),
      "clk",
      "group",
    ];
    const all = [...nets, ...ports, ...p.tables.map(tableNet)];
    const instances = p.ops.map((o) => `u_${o.out.name}`);
    expect(new Set([...all, ...instances]).size).toBe(all.length + instances.length);
    expect(all.map(identifier)).toEqual(all);
  }
});

test("a net is called like its expression; what would be called the same gets a number", () => {
  const graph = graphOf(
    [-8, 7],
    [
      { kind: "input", id: "layer1.in" },
      { kind: "state", id: "old", state: "layer1.arp" },
      { kind: "add", id: "layer1.sum", a: "layer1.in", b: "old" },
      { kind: "sub", id: "layer1/sum", a: "layer1.sum", b: "layer1.in" },
      { kind: "mulc", id: "wire", a: "layer1/sum", by: [3n] },
      { kind: "sat", id: "group", a: "wire", low: -9n, high: 9n },
      { kind: "compare", id: "u_wire", a: "layer1.sum", orEqual: false },
    ],
    { spike: "u_wire" },
    { "layer1.arp": "group" },
  );
  const p = expectSame(graph, "number", 1, random(2));
  expect(p.input.name).toBe("layer1_in");
  expect(p.states[0]?.before.name).toBe("state_layer1_arp");
  expect(p.ops.map((op) => op.out.name)).toMatchInlineSnapshot(`
    [
      "layer1_sum",
      "layer1_in_d1",
      "layer1_sum_2",
      "n_wire",
      "group_2",
      "u_wire",
      "u_wire_d4",
    ]
  `);
});

test("a sum that can only be 0 or 1 is a number still", () => {
  const graph = graphOf(
    [0, 1],
    [
      { kind: "input", id: "in" },
      { kind: "compare", id: "s", a: "in", orEqual: false },
    ],
    { spike: "s", potential: "in" },
  );
  const p = expectSame(graph, "number", 1, random(3));
  expect(p.input).toEqual({ name: "in", width: 2, bit: false });
  expect(p.outputs.potential).toMatchObject({ width: 2, bit: false });
  expect(schedulePipeline({ ...graph, outputs: { operand: "in" } }, "spike").input.bit).toBe(true);
});

test("an expression that has one value alone is a constant, and what feeds it is not built", () => {
  const graph = graphOf(
    [-3, 4],
    [
      { kind: "input", id: "in" },
      { kind: "mulc", id: "far", a: "in", by: [2n] },
      { kind: "constant", id: "hundred", value: [100n] },
      { kind: "add", id: "above", a: "far", b: "hundred" },
      // All of `above` lies over the limit.
      { kind: "sat", id: "limit", a: "above", low: -8n, high: 7n },
      { kind: "shr", id: "same", a: "in", bits: 0, rounding: "floor" },
      { kind: "sub", id: "rest", a: "same", b: "limit" },
      { kind: "compare", id: "s", a: "rest", orEqual: true },
    ],
    { spike: "s" },
    { x: "limit" },
  );
  const p = expectSame(graph, "number", 1, random(4));
  expect(p.ops.map((op) => op.kind)).toEqual(["add", "compare", "shift_left"]);
});

test("both branches of a select come in its width, and any condition in one bit", () => {
  const graph = graphOf(
    [-3, 3],
    [
      { kind: "input", id: "in" },
      { kind: "constant", id: "c", value: [-90n, 17n] },
      { kind: "constant", id: "always", value: [1n] },
      { kind: "compare", id: "s", a: "in", orEqual: false },
      { kind: "select", id: "narrow_first", condition: "s", a: "in", b: "c" },
      { kind: "select", id: "bit", condition: "s", a: "s", b: "narrow_first" },
      { kind: "sat", id: "number_condition", a: "in", low: 0n, high: 1n },
      { kind: "select", id: "by_number", condition: "number_condition", a: "bit", b: "in" },
      { kind: "select", id: "by_number_too", condition: "number_condition", a: "in", b: "by_number" },
      { kind: "select", id: "by_constant", condition: "always", a: "by_number_too", b: "c" },
    ],
    { spike: "s", potential: "by_constant" },
  );
  const p = expectSame(graph, "number", 2, random(5));
  for (const op of p.ops) {
    if (op.kind !== "select") continue;
    for (const { kind, ...source } of [op.a, op.b]) {
      const width = "net" in source ? source.net.width : (source as { width: number }).width;
      expect(width, `${op.id}: ${kind}`).toBe(op.out.width);
    }
  }
});

test("a leaky integrator: its threshold beside its rounding, and no saturation that can never act", () => {
  const input = shape(1, 1, 1);
  const layer = integratorLayer({
    name: "n",
    input,
    synapse: linear(input, 1, quantisedWeights([100], 2 ** -6)),
    decay: 0.75,
    bias: -0.5,
    quantisers: { u: quantiser(8, 4) },
  });
  const { output } = lowerToFixed.run(network("net", [layer]), { coefficientBits: 17 });
  const p = expectSame(output.layers[0]!.post, "number", 1, random(6));
  expect(
    p.ops.filter((op) => op.kind !== "delay").map((op) => `${op.start} ${op.kind}`),
  ).toMatchInlineSnapshot(`
    [
      "0 mul",
      "3 add",
      "4 add",
      "5 compare",
      "4 add",
      "5 round_shift",
    ]
  `);
  expect(p.latency).toBe(6);
});

test("a table that is read in two cycles is two memories", () => {
  const graph = graphOf(
    [-3, 3],
    [
      { kind: "input", id: "in" },
      { kind: "constant", id: "c", value: [5n, -6n] },
      { kind: "add", id: "now", a: "in", b: "c" },
      { kind: "sub", id: "later", a: "now", b: "c" },
      { kind: "sub", id: "again", a: "later", b: "now" },
    ],
    { potential: "again" },
  );
  const p = expectSame(graph, "number", 2, random(8));
  expect(p.tables.map(({ name, start }) => [name, start])).toEqual([
    ["table_c", 0],
    ["table_c_2", 1],
  ]);
  const other = schedulePipeline(graph, "number", ["table_c"]);
  expect(other.tables.map(({ name }) => name)).toEqual(["table_c_2", "table_c_3"]);
});

test("widths hold a range with its sign, and are two at least", () => {
  const width = (low: number, high: number): number => widthOf({ low: BigInt(low), high: BigInt(high) });
  expect([width(0, 0), width(-1, 0), width(0, 1), width(0, 2), width(-2, 1), width(-3, 1)]).toEqual([
    2, 2, 2, 3, 2, 3,
  ]);
});
