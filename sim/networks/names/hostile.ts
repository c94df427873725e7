import { renameOperands } from "../../../src/ir/builders.js";
import type { Design } from "../../../src/ir/design.js";
import type { Recurrence, SpikingExpr, SpikingLayer, SpikingModel } from "../../../src/ir/spiking.js";
import { type Random, random } from "../../../src/testing/random-model.js";
import { type RandomCase, randomCase } from "../random/models.js";
import { designOf, eventDesignOf } from "../random/run.js";

/** Names that something takes for its own, or that nothing takes as they are. */
const words = [
  // of the core, its bench and the stages' modules
  "clk rst core golden tb lane group in out spike potential operand sum state channel from to burn_in s_axis m_axis",
  "sweep weights sums events trace busy stalled close window result stage_busy gen_lane u_core unused_inputs table",
  "tick_valid tick_class logits_valid potentials neuron_address_write columns_write",
  // of the library, and of what is called after a stage
  "fx_add ram_sdp layer_output vote_counter tensor_hash a a_pre a_post a_pre_table_x a_post_2 a_core A_PRE",
  // of Verilog, C++ and JavaScript
  "wire reg module endmodule signed always begin table class const function await yield arguments eval NaN undefined",
  "static new int logic this constructor toString hasOwnProperty __proto__ prototype default BigInt clamp shl shr wide",
  // of recordings, builds and file systems
  "logits tick_class class layer1.cycles layer1.spikes manifest manifest.json con nul aux",
].flatMap((line) => line.split(" "));

const odd = [
  "",
  " ",
  ".",
  "..",
  "../../../x",
  "/etc/passwd",
  "C:\\x",
  "a/b",
  "a\\b",
  "a\\",
  "a.b",
  "a b",
  "a_b",
  "A_B",
  "a__b",
  "1st",
  "0",
  "_",
  "Ünïcode",
  "层",
  "é",
  "e\u0301",
  "\ud800",
  "\0",
  "a\0b",
  "a\nb",
  '\r\n`include "x"',
  "\x1b[31mred",
  "\u2028process.exit(9)",
  "*/ endmodule /*",
  "-->",
  "`define x",
  "\u0024{x}",
  "{{x}}",
  "'\"`",
  "%s%d%m",
  "x".repeat(1000),
  `${"x".repeat(1000)}y`,
  "y".repeat(63),
];

/** All of them. */
export const hostileNames: readonly string[] = [...new Set([...words, ...odd])];

/** Gives out hostile names, none of them twice: checkers refuse networks with one name for two of a kind. */
function hostile(r: Random): () => string {
  const left = [...hostileNames];
  return () => left.splice(r.int(0, left.length - 1), 1)[0] ?? `more ${left.length}`;
}

/** Every expression and state of a recurrence under another name. */
function renamed<O extends string>(
  graph: Recurrence<O>,
  expr: () => string,
  state: (name: string) => string,
): Recurrence<O> {
  const ids = new Map(graph.exprs.map(({ id }) => [id, expr()]));
  const idOf = (id: string): string => ids.get(id) as string;
  const exprOf = (e: SpikingExpr): SpikingExpr => {
    const moved = { ...renameOperands(e, idOf), id: idOf(e.id), origin: [{ node: 0, name: idOf(e.id) }] };
    return moved.kind === "state" ? { ...moved, state: state(moved.state) } : moved;
  };
  const outputs = Object.entries<string>(graph.outputs).map(([output, id]) => [output, idOf(id)]);
  return {
    exprs: graph.exprs.map(exprOf),
    states: graph.states.map((s) => ({ name: state(s.name), next: idOf(s.next) })),
    outputs: Object.fromEntries(outputs) as Recurrence<O>["outputs"],
  };
}

/** The same network with hostile names for itself, its layers, states, expressions and readouts. */
export function withHostileNames(model: SpikingModel, r: Random): SpikingModel {
  const [layerName, stateName] = [hostile(r), hostile(r)];
  const layers = new Map(model.layers.map(({ name }) => [name, layerName()]));
  const nameOf = (layer: string): string => layers.get(layer) as string;
  const states = new Map<string, string>();
  const stateOf = (name: string): string => {
    if (!states.has(name)) states.set(name, stateName());
    return states.get(name) as string;
  };
  const layerOf = (layer: SpikingLayer): SpikingLayer => ({
    ...layer,
    name: nameOf(layer.name),
    origin: [{ node: 1, name: nameOf(layer.name) }],
    pre: renamed(layer.pre, hostile(r), stateOf),
    post: renamed(layer.post, hostile(r), stateOf),
  });
  return {
    ...model,
    name: r.pick(hostileNames),
    layers: model.layers.map(layerOf),
    readouts: model.readouts.map((readout) => ({
      ...readout,
      name: layerName(),
      layer: nameOf(readout.layer),
    })),
  };
}

/** A random network under hostile names, and its design: every other on events. */
export function hostileCase(seed: number): { readonly from: RandomCase; readonly design: Design } {
  const plain = randomCase(seed);
  const model = withHostileNames(plain.model, random(seed ^ 0x4a3e));
  const lanes = plain.model.layers.map(({ name }, l) => [model.layers[l]?.name, plain.lanes[name]] as const);
  const from = { ...plain, model, lanes: Object.fromEntries(lanes) };
  return { from, design: seed % 2 === 0 ? designOf(from) : eventDesignOf(from) };
}
