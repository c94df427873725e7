import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "../../../src/artifact/manifest.js";
import type { Difference } from "../../../src/commands/verify.js";
import type { Stimulus } from "../../../src/data/stimulus.js";
import type { FixedExpr, FixedGraph, FixedLayer, FixedModel } from "../../../src/ir/fixed.js";
import type { Recurrence, Shape, SpikingModel } from "../../../src/ir/spiking.js";
import { stateList } from "../../../src/simulators/golden.js";
import { goldenRun } from "../../../src/testing/golden-run.js";

/**
 * Faults are planted twice: in the text of a build's Verilog, and as the same mistake in the golden model, its twin.
 * Where golden and the twin first differ, `verify` must say that the Verilog differs, with the same two numbers.
 */

/** Replaces text in an emitted file; that the text is there once is part of the plan. */
export function editFile(build: Build, file: string, edit: (text: string) => string): void {
  const path = join(build.path, "rtl", file);
  const before = readFileSync(path, "utf8");
  const after = edit(before);
  if (after === before) throw new Error(`${file}: nothing to edit`);
  writeFileSync(path, after);
}

/** Edits the one instance of `module` that stands for an expression, found by its comment. */
export function editInstance(
  text: string,
  module: string,
  expr: FixedExpr,
  edit: (instance: string) => string,
) {
  const { name, node } = expr.origin[0] ?? {};
  const comment = `// from ${name} (node ${node})\n`;
  const found = text.split(/(?=^ *\/\/ from )/m).filter((part) => part.trimStart().startsWith(comment));
  const instances = found.filter((part) =>
    part.slice(part.indexOf("\n")).trimStart().startsWith(`${module} #(`),
  );
  if (instances.length !== 1)
    throw new Error(`${instances.length} instances of ${module} '${comment.trim()}'`);
  const instance = instances[0] as string;
  // What follows the instance belongs to others.
  const end = instance.indexOf(");\n", instance.indexOf(") u_"));
  return text.replace(instance, edit(instance.slice(0, end)) + instance.slice(end));
}

/** The model with an origin of its own in every expression, as an import from ONNX has: instances are found by it. */
export function withOrigins(model: SpikingModel): SpikingModel {
  const named = <O extends string>(place: string, graph: Recurrence<O>): Recurrence<O> => ({
    ...graph,
    exprs: graph.exprs.map((expr, node) => ({ ...expr, origin: [{ name: `/${place}/${expr.id}`, node }] })),
  });
  const layers = model.layers.map((layer) => ({
    ...layer,
    pre: named(`${layer.name}.pre`, layer.pre),
    post: named(`${layer.name}.post`, layer.post),
  }));
  return { ...model, layers };
}

/** The model with another layer of that name. */
export function withLayer(
  model: FixedModel,
  name: string,
  change: (layer: FixedLayer) => FixedLayer,
): FixedModel {
  return { ...model, layers: model.layers.map((layer) => (layer.name === name ? change(layer) : layer)) };
}

/** The graph with expressions put in the place of one. */
export function withExpr<O extends string>(
  graph: FixedGraph<O>,
  id: string,
  replacement: readonly FixedExpr[],
): FixedGraph<O> {
  return { ...graph, exprs: graph.exprs.flatMap((expr) => (expr.id === id ? replacement : [expr])) };
}

/** The expression of that id, of that kind. */
export function exprOf<K extends FixedExpr["kind"]>(
  graph: FixedGraph<string>,
  id: string,
  kind: K,
): Extract<FixedExpr, { kind: K }> {
  const found = graph.exprs.find((expr) => expr.id === id);
  if (found?.kind !== kind) throw new Error(`'${id}' is no ${kind}`);
  return found as Extract<FixedExpr, { kind: K }>;
}

/** Saturation and rounding at the end of a state's recurrence. */
export function writeOf(graph: FixedGraph<string>, state: string) {
  const next = graph.states.find((s) => s.name === state)?.next ?? "";
  const sat = exprOf(graph, next, "sat");
  return { sat, shr: exprOf(graph, sat.a, "shr") };
}

/** Where two models first differ on a stimulus, in the order in which `verify` looks. */
export function firstDifference(
  model: FixedModel,
  twin: FixedModel,
  stimulus: Stimulus,
): Difference | undefined {
  const [want, have] = [model, twin].map((m) => goldenRun(m, stimulus));
  const states = stateList(model);
  for (const [t, expected] of (want ?? []).entries()) {
    const actual = have?.[t];
    const at = { sample: Math.floor(t / stimulus.ticks), tick: t % stimulus.ticks };
    for (const [l, layer] of model.layers.entries()) {
      const signals = states.flatMap((s, k) =>
        s.layer === layer.name
          ? [{ signal: s.name, shape: s.shape, want: expected.states[k], have: actual?.states[k] }]
          : [],
      );
      const spikes = { shape: layer.sent, want: expected.spikes[l], have: actual?.spikes[l] };
      for (const s of [...signals, { signal: "spikes", ...spikes }]) {
        const found = differenceOf(s.want ?? [], s.have ?? [], s.shape);
        if (found !== undefined) return { ...at, layer: layer.name, signal: s.signal, ...found };
      }
    }
    for (const [r, readout] of model.readouts.entries()) {
      const shape: Shape = { channels: readout.classes, height: 1, width: 1 };
      const found = differenceOf(expected.logits[r] ?? [], actual?.logits[r] ?? [], shape);
      if (found !== undefined) return { ...at, layer: readout.name, signal: "logits", ...found };
    }
  }
  return undefined;
}

function differenceOf(want: ArrayLike<number>, have: ArrayLike<number>, shape: Shape) {
  const i = Array.from(want).findIndex((value, n) => value !== have[n]);
  if (i < 0) return undefined;
  const plane = shape.height * shape.width;
  return {
    channel: Math.floor(i / plane),
    y: Math.floor(i / shape.width) % shape.height,
    x: i % shape.width,
    expected: want[i] as number,
    actual: have[i] as number,
  };
}
