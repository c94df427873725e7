import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import { hull, type Range, roundings } from "../fixed/format.js";
import { saturate } from "../fixed/ops.js";
import { type FixedExpr, type FixedGraph, type FixedState, fixedOperandsOf, rangeOfId } from "../ir/fixed.js";
import type { ChannelTable, Net, Pipeline, PipelineOp } from "../ir/pipeline.js";
import { latencyOf } from "./latencies.js";
import { type NetShape, netNames, netOf, type Sources, sourcesOf } from "./pipeline-sources.js";
import { widthOf } from "./widths.js";

/** What a graph's input is: a spike (one bit), or a number. */
export type InputKind = "spike" | "number";

/**
 * Schedules an element-wise graph as a pipeline: every operation as soon as its operands are there, shorter paths
 * balanced by delays, all results aligned at the end. Nets are exactly as wide as their proven range. Expressions
 * that no result needs, and shifts and saturations that can't act, cost nothing. No table is called like one of
 * `tablesTaken`: those of the same stage's other pipeline.
 */
export function schedulePipeline(
  graph: FixedGraph<string>,
  inputKind: InputKind,
  tablesTaken: readonly string[] = [],
): Pipeline {
  const ops: PipelineOp[] = [];
  const tables: ChannelTable[] = [];
  const nets = netNames(Object.keys(graph.outputs), tablesTaken);
  const sources = sourcesOf(nets, ops, tables);
  const { at, constant, place, placeAs, placeConstant, readyOf, shaped } = sources;
  const befores = new Map(graph.states.map((s) => [s.name, stateNet(graph, s, nets.state(s.name))] as const));
  const input = graph.exprs.find((e) => e.kind === "input");
  invariant(input !== undefined, "a graph without input");
  const inputNet = netOf(nets.take(input.id), input.range, inputKind === "spike");

  for (const expr of neededExprs(graph)) {
    if (isPoint(expr.range)) {
      placeConstant(expr.id, [expr.range.low]);
      continue;
    }
    const start = Math.max(0, ...fixedOperandsOf(expr).map(readyOf));
    const emit = (kind: Parameters<typeof latencyOf>[0], fields: object): void => {
      const latency = latencyOf(kind);
      const out = netOf(nets.take(expr.id), expr.range, expr.kind === "compare");
      ops.push({ kind, id: expr.id, origin: expr.origin, start, latency, out, ...fields } as PipelineOp);
      place(expr.id, out, start + latency);
    };
    switch (expr.kind) {
      case "input":
        place(expr.id, inputNet, 0);
        break;
      case "state":
        place(expr.id, befores.get(expr.state) as Net, 0);
        break;
      case "constant":
        placeConstant(expr.id, expr.value);
        break;
      case "add":
      case "sub":
        emit("add", { subtract: expr.kind === "sub", a: at(expr.a, start), b: at(expr.b, start) });
        break;
      case "mulc":
        emit("mul", { a: at(expr.a, start), b: constant(expr.id, expr.by, start) });
        break;
      case "shl":
        if (expr.bits.length === 1) emit("shift_left", { a: at(expr.a, start), shift: expr.bits[0] });
        else {
          const shift = constant(expr.id, expr.bits.map(BigInt), start);
          emit("shift_left_var", { a: at(expr.a, start), shift });
        }
        break;
      case "shr": {
        const mode = roundings.indexOf(expr.rounding);
        if (expr.bits === 0) placeAs(expr.id, expr.a);
        else emit("round_shift", { a: at(expr.a, start), shift: expr.bits, mode });
        break;
      }
      case "sat": {
        const { low, high } = rangeOfId(graph, expr.a);
        if (low >= expr.low && high <= expr.high) placeAs(expr.id, expr.a);
        else {
          const clamp = { low: saturate(low, expr), high: saturate(high, expr) };
          emit("saturate", { a: at(expr.a, start), ...clamp });
        }
        break;
      }
      case "compare":
        emit("compare", { a: at(expr.a, start), orEqual: expr.orEqual });
        break;
      case "select": {
        const shape = { width: widthOf(expr.range), bit: false };
        const condition = shaped(at(expr.condition, start), { width: 1, bit: true }, start, `${expr.id}_if`);
        const [a, b] = [at(expr.a, start), at(expr.b, start)];
        emit("select", {
          condition,
          a: shaped(a, shape, start, `${expr.id}_then`),
          b: shaped(b, shape, start, `${expr.id}_else`),
        });
        break;
      }
      default:
        assertNever(expr);
    }
  }

  const latency = Math.max(0, ...resultsOf(graph).map(readyOf));
  const aligned = resultsAt(sources, latency);
  const states = graph.states.map((s) => {
    const before = befores.get(s.name) as Net;
    return { name: s.name, width: before.width, before, after: aligned(s.next, s.name, before) };
  });
  const outputs = Object.entries<string>(graph.outputs).map(([name, id]) => {
    // Potentials are compared as numbers; spikes, and operands that can be one, are bits.
    const shape = netOf("", rangeOfId(graph, id), name !== "potential");
    return [name, aligned(id, name, shape)] as const;
  });
  return { input: inputNet, ops, tables, states, outputs: Object.fromEntries(outputs), latency };
}

/** Results at the pipeline's end, in the shapes that their consumers expect; one net for all that want it so. */
function resultsAt({ at, reshape }: Sources, latency: number) {
  const results = new Map<string, Net>();
  return (id: string, name: string, shape: NetShape): Net => {
    const key = `${shape.width} ${shape.bit} ${id}`;
    const a = at(id, latency);
    const same = a.kind === "net" && a.net.width === shape.width && a.net.bit === shape.bit;
    const net = results.get(key) ?? (same ? a.net : reshape(a, shape, latency, `${name}_result`));
    results.set(key, net);
    return net;
  };
}

/** What a graph computes: next states and outputs. */
const resultsOf = (graph: FixedGraph<string>): readonly string[] => [
  ...graph.states.map((s) => s.next),
  ...Object.values<string>(graph.outputs),
];

/** An expression that can have one value alone is a constant, whatever computes it. */
const isPoint = (range: Range): boolean => range.low === range.high;

/** Expressions that a state or an output depends on, in evaluation order. */
function neededExprs(graph: FixedGraph<string>): readonly FixedExpr[] {
  const needed = new Set<string>(resultsOf(graph));
  for (const expr of [...graph.exprs].reverse()) {
    if (needed.has(expr.id) && !isPoint(expr.range)) for (const id of fixedOperandsOf(expr)) needed.add(id);
  }
  return graph.exprs.filter((e) => needed.has(e.id));
}

/** A state is stored in the bits of all values that it can take, 0 included. */
const stateNet = (graph: FixedGraph<string>, state: FixedState, name: string): Net =>
  netOf(name, hull(rangeOfId(graph, state.next), { low: 0n, high: 0n }), true);
