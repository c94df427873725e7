import type { OnnxGraph, OnnxNode, OnnxPort } from "./decode.js";

/**
 * States whose names an exporter chose (inputs `onnx::Mul_1`, outputs `37`), paired by what the graph says of them.
 */

/** Most inputs of which pairs are sought: a bound on time for hostile files, far above any real network. */
const mostInputs = 64;

/** States with their next values, and the input that is left. */
export interface FoundPairs {
  readonly spikes: OnnxPort;
  readonly states: ReadonlyMap<string, string>;
}

/** A possible next value of a state: an output of its shape that depends on it, and isn't spikes. */
type Candidates = ReadonlyMap<string, readonly string[]>;

/** The only way to pair all inputs but one with outputs; undefined where there is none, or more than one. */
export function pairByShape(
  graph: OnnxGraph,
  inputs: readonly OnnxPort[],
  outputs: readonly OnnxPort[],
): FoundPairs | undefined {
  if (inputs.length < 2 || inputs.length > mostInputs) return undefined;
  const candidates = candidatesOf(graph, inputs, outputs);
  const ways = inputs.flatMap((spikes) => {
    const states = inputs.filter((i) => i !== spikes).map((i) => i.name);
    const pairs = onlyPairs(states, candidates);
    return pairs === "none" ? [] : [{ spikes, pairs }];
  });
  const [way] = ways;
  if (way === undefined || ways.length > 1 || way.pairs === "several") return undefined;
  return { spikes: way.spikes, states: way.pairs };
}

/** Pairs of which each follows: one candidate is left for its state. */
function onlyPairs(
  states: readonly string[],
  candidates: Candidates,
): ReadonlyMap<string, string> | "none" | "several" {
  const pairs = new Map<string, string>();
  const taken = new Set<string>();
  while (pairs.size < states.length) {
    const open = states
      .filter((state) => !pairs.has(state))
      .map((state) => ({ state, left: (candidates.get(state) ?? []).filter((o) => !taken.has(o)) }));
    if (open.some(({ left }) => left.length === 0)) return "none";
    const sure = open.find(({ left }) => left.length === 1);
    const [next] = sure?.left ?? [];
    if (sure === undefined || next === undefined) return "several";
    pairs.set(sure.state, next);
    taken.add(next);
  }
  return pairs;
}

/** What each input may have as its next value. */
function candidatesOf(
  graph: OnnxGraph,
  inputs: readonly OnnxPort[],
  outputs: readonly OnnxPort[],
): Candidates {
  const readers = new Map<string, OnnxNode[]>();
  const producers = new Map<string, OnnxNode>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
    for (const name of node.outputs) producers.set(name, node);
  }
  const values = outputs.filter(({ name }) => !isSpikes(graph, producers, name));
  return new Map(
    inputs.map((input) => {
      const reached = reachedFrom(readers, input.name);
      const fitting = values.filter((o) => hasSameDims(input, o) && reached.has(o.name));
      return [input.name, fitting.map((o) => o.name)];
    }),
  );
}

/** Whether two tensors are said to have the same dims; a first one that is left open is the batch. */
function hasSameDims(a: OnnxPort, b: OnnxPort): boolean {
  const sizes = ({ dims }: OnnxPort): string | undefined =>
    dims?.map((d, axis) => d ?? (axis === 0 ? 1 : "?")).join();
  const [x, y] = [sizes(a), sizes(b)];
  return x !== undefined && x === y && !x.includes("?");
}

/** All tensors that depend on one. */
function reachedFrom(readers: ReadonlyMap<string, readonly OnnxNode[]>, from: string): ReadonlySet<string> {
  const reached = new Set([from]);
  const stack = [from];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const name of (readers.get(at) ?? []).flatMap((node) => node.outputs)) {
      if (name === "" || reached.has(name)) continue;
      reached.add(name);
      stack.push(name);
    }
  }
  return reached;
}

const comparisons = new Set([
  "Greater",
  "GreaterOrEqual",
  "Less",
  "LessOrEqual",
  "Equal",
  "Not",
  "And",
  "Or",
]);
const passing = new Set([
  ...["Identity", "Cast", "CastLike", "MaxPool", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout"],
]);

/** Whether a tensor is what a comparison gives: spikes of a layer, and no state of its own. */
function isSpikes(
  graph: OnnxGraph,
  producers: ReadonlyMap<string, OnnxNode>,
  name: string,
  depth = 0,
): boolean {
  const node = producers.get(name);
  if (node === undefined || depth === 32) return false;
  const { operator, inputs } = node;
  const [first = "", ...branches] = inputs;
  if (comparisons.has(operator)) return true;
  if (operator === "Relu" || operator === "Clip") return producers.get(first)?.operator === "Sign";
  const isConstant = (n: string): boolean =>
    graph.initializers.has(n) || producers.get(n)?.operator === "Constant";
  if (operator === "Where")
    return branches.every((n) => isConstant(n) || isSpikes(graph, producers, n, depth + 1));
  return passing.has(operator) && isSpikes(graph, producers, first, depth + 1);
}

/** An export's lists of names, as they could be; undefined where nothing is known of the inputs. */
export function exampleOfNames(
  graph: OnnxGraph,
  all: readonly OnnxPort[],
  inputs: readonly OnnxPort[],
  outputs: readonly OnnxPort[],
): string | undefined {
  if (inputs.length < 2 || inputs.length > mostInputs) return undefined;
  const candidates = candidatesOf(graph, inputs, outputs);
  const states = inputs.filter(({ name }) => (candidates.get(name) ?? []).length > 0);
  if (states.length === 0 || states.length + 1 < inputs.length) return undefined;
  const taken = new Map<string, string>();
  const named = new Map(states.map(({ name }, i) => [name, `state${i + 1}`]));
  for (const { name } of states) {
    const next = candidates.get(name)?.find((o) => !taken.has(o));
    if (next !== undefined) taken.set(next, `${named.get(name)}_next`);
  }
  const list = (names: readonly string[]): string => `[${names.map((n) => `'${n}'`).join(", ")}]`;
  const said = (ports: readonly OnnxPort[], by: ReadonlyMap<string, string>): string =>
    list(ports.map(({ name }) => by.get(name) ?? name));
  const [first] = states;
  const possible = candidates.get(first?.name ?? "") ?? [];
  return (
    `name each state's input X and its next value X_next, such as input_names=${said(all, named)}, ` +
    `output_names=${said(graph.outputs, taken)} in torch.onnx.export, in the order of forward; or say it in ` +
    `metadata_props: state:${first?.name} = ${possible.join(" or ")}`
  );
}
