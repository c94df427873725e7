import type { Range } from "../../src/fixed/format.js";
import { type FixedGraph, fixedOperandsOf, rangeOfId } from "../../src/ir/fixed.js";
import {
  CHANNEL_BITS,
  portOf,
  printExpr,
  type SharedProduct,
  type SpecLines,
  type SpecPort,
  within,
} from "./spec-expressions.js";

/**
 * The meaning of an element-wise graph as one combinational Verilog module, straight from `evaluate` in
 * src/simulators/golden.ts: exact integers, without schedule, registers or lanes. It knows nothing of the pipeline
 * that it is compared with, but for one thing: the products named in `shared` are inputs of both, so that no proof has
 * to see through a multiplier. Their operands are outputs, to be compared; the multiplier is proved by itself.
 *
 * Every expression is computed in as many bits as its operands can need, held against its proven range, and only then
 * cut to the bits of that range: where `exact` holds, no bit was lost and no range is wrong.
 */

/** The spec's text and ports, beside `channel` (CHANNEL_BITS, unsigned) and the flags `valid` and `exact`. */
export interface Spec {
  readonly text: string;
  readonly input: SpecPort;
  /** By state, in the graph's order. */
  readonly before: readonly SpecPort[];
  readonly after: readonly SpecPort[];
  readonly products: readonly SharedProduct[];
  /** By output name. */
  readonly outputs: ReadonlyMap<string, SpecPort>;
}

/** Prints the spec of a graph whose element-wise constants have `channels` channels. */
export function specOf(graph: FixedGraph<string>, channels: number, shared: ReadonlySet<string>): Spec {
  const needed = neededOf(graph);
  const net = new Map(graph.exprs.map((e, i) => [e.id, `v${i}`] as const));
  const nameOf = (id: string): string => net.get(id) as string;
  const stateRange = (state: string): Range => {
    const read = graph.exprs.find((e) => e.kind === "state" && e.state === state);
    return read?.range ?? { low: 0n, high: 0n };
  };

  const input = graph.exprs.find((e) => e.kind === "input");
  if (input === undefined) throw new Error("a graph without input");
  const inputPort = portOf("x", input.range);
  const before = graph.states.map((s, i) => portOf(`before_${i}`, stateRange(s.name)));
  const after = graph.states.map((s, i) => portOf(`after_${i}`, rangeOfId(graph, s.next)));
  const outputs = new Map(
    Object.entries<string>(graph.outputs).map(([name, id]) => [
      name,
      portOf(`out_${name}`, rangeOfId(graph, id)),
    ]),
  );
  const [lines, exact, products]: [string[], string[], SharedProduct[]] = [[], [], []];
  const to: SpecLines = { graph, input: inputPort, before, shared, net, lines, exact, products };
  for (const expr of graph.exprs) if (needed.has(expr.id)) printExpr(to, expr);

  const inputs = [inputPort, ...before, ...products.map((p) => p.product)];
  const results = [...after, ...products.flatMap((p) => [p.a, p.b]), ...outputs.values()];
  // By induction over ticks a state never leaves the range that the proof takes it to be in.
  graph.states.forEach((state, i) => {
    const { range, width } = before[i] as SpecPort;
    if (range.low > 0n || range.high < 0n) throw new Error(`state '${state.name}' can't be 0`);
    if (stateIsRead(graph, state.name)) {
      exact.push(
        within((after[i] as SpecPort).name, range, Math.max(width, (after[i] as SpecPort).width) + 1),
      );
    }
  });
  const text = [
    "`default_nettype none",
    "module spec (",
    `    input wire [${CHANNEL_BITS - 1}:0] channel,`,
    ...inputs.map(({ name, width }) => `    input wire signed [${width - 1}:0] ${name},`),
    ...results.map(({ name, width }) => `    output wire signed [${width - 1}:0] ${name},`),
    "    output wire valid,",
    "    output wire exact",
    ");",
    ...lines,
    "",
    ...graph.states.map((s, i) => `  assign after_${i} = ${nameOf(s.next)};`),
    ...Object.entries<string>(graph.outputs).map(([name, id]) => `  assign out_${name} = ${nameOf(id)};`),
    `  assign valid = ${[
      `channel < ${CHANNEL_BITS}'d${channels}`,
      ...inputs.map(({ name, width, range }) => within(name, range, width + 1)),
    ].join(" && ")};`,
    `  assign exact = ${exact.length === 0 ? "1'b1" : exact.join(" && ")};`,
    "endmodule",
    "`default_nettype wire",
    "",
  ].join("\n");
  return { text, input: inputPort, before, after, products, outputs };
}

const stateIsRead = (graph: FixedGraph<string>, state: string): boolean =>
  graph.exprs.some((e) => e.kind === "state" && e.state === state);

/** Expressions that a next state or an output depends on. */
function neededOf(graph: FixedGraph<string>): ReadonlySet<string> {
  const needed = new Set([...graph.states.map((s) => s.next), ...Object.values<string>(graph.outputs)]);
  for (const expr of [...graph.exprs].reverse()) {
    if (needed.has(expr.id)) for (const id of fixedOperandsOf(expr)) needed.add(id);
  }
  return needed;
}
