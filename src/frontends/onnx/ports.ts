import { diagnostic } from "../../diagnostics/diagnostic.js";
import { type Context, report } from "./context.js";
import type { OnnxPort } from "./decode.js";
import { exampleOfNames, pairByShape } from "./pairs.js";

/** Graph inputs and outputs by their roles. */
export interface Ports {
  readonly spikes: OnnxPort;
  /** State (graph input) → tensor that holds its next value (graph output). */
  readonly states: ReadonlyMap<string, string>;
}

/**
 * Pairs states: `state:X` = `Y` of the metadata, else input `X` with output `X_next`; where an exporter gave names of its
 * own, by their shapes, if only one pairing is possible. The one input left is the spikes.
 */
export function findPorts(ctx: Context): Ports | undefined {
  const { graph } = ctx;
  const inputs = graph.inputs.filter((i) => !graph.initializers.has(i.name));
  const states = pairByName(ctx, inputs);
  const rest = inputs.filter((i) => !states.has(i.name));
  const [spikes] = rest;
  if (spikes !== undefined && rest.length === 1) return { spikes, states };
  const paired = new Set(states.values());
  const free = graph.outputs.filter((o) => !paired.has(o.name));
  const found = pairByShape(graph, rest, free);
  if (found !== undefined) {
    const pairs = [...found.states].map(([state, next]) => `'${state}' with '${next}'`).join(", ");
    const args = { pairs, spikes: found.spikes.name };
    report(ctx, diagnostic("onnx-states-paired", { file: graph.file }, args));
    return { spikes: found.spikes, states: new Map([...states, ...found.states]) };
  }
  const names = rest.map((i) => `'${i.name}'`).join(", ") || "none";
  const hint = exampleOfNames(graph, inputs, rest, free);
  const args = { count: rest.length, names };
  report(ctx, diagnostic("onnx-spike-input", { file: graph.file }, args, hint === undefined ? {} : { hint }));
  return undefined;
}

/** Pairs that the metadata or the names say. */
function pairByName(ctx: Context, inputs: readonly OnnxPort[]): Map<string, string> {
  const { graph } = ctx;
  const outputs = new Set(graph.outputs.map((o) => o.name));
  const states = new Map<string, string>();
  for (const [key, next] of graph.metadata) {
    if (!key.startsWith("state:")) continue;
    const state = key.slice("state:".length);
    const loc = { file: graph.file, name: state };
    const known = inputs.some((i) => i.name === state);
    if (known && outputs.has(next)) states.set(state, next);
    else {
      const reason = `metadata '${key}' names ${known ? `'${next}', which is no graph output` : "no graph input"}`;
      report(ctx, diagnostic("onnx-state", loc, { state, reason }));
    }
  }
  for (const { name } of inputs) {
    if (!states.has(name) && outputs.has(`${name}_next`)) states.set(name, `${name}_next`);
  }
  return states;
}
