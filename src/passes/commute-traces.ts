import { renameOperands } from "../ir/builders.js";
import {
  type Commutation,
  passThrough,
  type Recurrence,
  type SpikingExpr,
  type SpikingLayer,
  type SpikingModel,
} from "../ir/spiking.js";
import type { Choice } from "./choice.js";
import type { Pass } from "./pass.js";

/** Which layers: none, or all for which it is legal. */
export interface CommuteOptions {
  readonly commute: boolean;
}

/**
 * Moves linear traces from before the synapse to behind it, so that the synapse works on spikes: additions of weights,
 * and only where a spike is.
 *
 *     eps0' = 0.85·eps0 + s            a     = W·s
 *     eps1' = 0.92·eps1 + eps0'   →    eps0' = 0.85·eps0 + a
 *     u     = W·eps1'                  u     = 0.92·eps1 + eps0'
 *
 * A filter that is the same for all input channels commutes with any linear map of them. Legal where all of `pre` is
 * linear and its factors don't depend on the channel; where it isn't, the layer stays. Either is a choice, and
 * kept with the layer (Commutation).
 * Quantisers of the traces go: what they limited was another signal. Formats are chosen anew (choose-formats).
 *
 * Preserves: potentials and spikes in real arithmetic; not the rounding of quantised traces.
 */
export const commuteTraces: Pass<SpikingModel, SpikingModel, CommuteOptions> = {
  name: "commute-traces",
  summary: "moves linear traces behind the synapse where that is legal; says where it isn't",
  run(model, { commute }) {
    if (!commute) return { output: model, diagnostics: [] };
    const choices: Choice[] = [];
    const layers = model.layers.map((layer) => {
      if (layer.pre.states.length === 0) return layer;
      const commutation = commutationOf(layer);
      const loc = layer.origin[0] ?? { name: layer.name };
      choices.push({ kind: "traces", layer: layer.name, commutation, loc });
      return { ...(commutation.kind === "moved" ? commuted(layer) : layer), commutation };
    });
    return { output: { ...model, layers }, choices, diagnostics: [] };
  },
};

function commutationOf({ pre, currentPool }: SpikingLayer): Commutation {
  const reason =
    currentPool === undefined
      ? obstacleTo(pre)
      : "the largest sum of a window stands behind the synapse, which is not linear";
  if (reason !== undefined) return { kind: "kept", reason };
  const droppedQuantisers = pre.exprs.filter((e) => e.kind === "quantise").length;
  return { kind: "moved", states: pre.states.map((s) => s.name), droppedQuantisers };
}

/** Why the recurrence isn't one linear filter for all channels; undefined if it is. */
export function obstacleTo(pre: Recurrence<string>): string | undefined {
  for (const e of pre.exprs) {
    switch (e.kind) {
      case "input":
      case "state":
      case "add":
      case "sub":
      case "quantise":
        break;
      case "scale": {
        const other = e.by.findIndex((k) => k !== e.by[0]);
        if (other > 0)
          return `the factor of '${e.id}' is ${e.by[other]} on channel ${other}, ${e.by[0]} on channel 0`;
        break;
      }
      case "constant":
        if (e.value.some((v) => v !== 0)) return `'${e.id}' adds a constant: the trace is no linear filter`;
        break;
      default:
        return `'${e.id}' is a ${e.kind}: the trace is no linear filter`;
    }
  }
  return undefined;
}

/** The layer with the expressions of `pre` in front of those of `post`, over the synapse's sum. */
function commuted(layer: SpikingLayer): SpikingLayer {
  const { pre, post } = layer;
  const taken = new Set(post.exprs.map((e) => e.id));
  const names = new Map<string, string>();
  const moved: SpikingExpr[] = [];
  for (const e of pre.exprs) {
    const rename = (id: string): string => names.get(id) as string;
    if (e.kind === "quantise") {
      names.set(e.id, rename(e.a));
      continue;
    }
    let id = e.id;
    while (taken.has(id)) id = `trace_${id}`;
    taken.add(id);
    names.set(e.id, id);
    const renamed = renameOperands({ ...e, id }, rename);
    // Factors that are equal on all input channels are one factor for all output channels.
    moved.push(
      renamed.kind === "scale"
        ? { ...renamed, by: renamed.by.slice(0, 1) }
        : renamed.kind === "constant"
          ? { ...renamed, value: renamed.value.slice(0, 1) }
          : renamed,
    );
  }
  const operand = names.get(pre.outputs.operand) as string;
  const inputs = new Set(post.exprs.filter((e) => e.kind === "input").map((e) => e.id));
  const behind = (id: string): string => (inputs.has(id) ? operand : id);
  const outputs = { spike: behind(post.outputs.spike), potential: behind(post.outputs.potential) };
  return {
    ...layer,
    pre: passThrough(layer.synapse.origin),
    post: {
      exprs: [
        ...moved,
        ...post.exprs.filter((e) => e.kind !== "input").map((e) => renameOperands(e, behind)),
      ],
      states: [
        ...pre.states.map((s) => ({ ...s, next: names.get(s.next) as string })),
        ...post.states.map((s) => ({ ...s, next: behind(s.next) })),
      ],
      outputs,
    },
  };
}
