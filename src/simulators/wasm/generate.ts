import { diagnostic, failure, type Result, success } from "../../diagnostics/diagnostic.js";
import type { Range } from "../../fixed/format.js";
import {
  type FixedGraph,
  type FixedLayer,
  type FixedModel,
  type FixedReadout,
  rangeOfId,
} from "../../ir/fixed.js";
import { sumsOf } from "../../ir/spiking.js";
import { advance, type Code, get, i32, i64x2, mem, op, repeat, set, uleb } from "./asm.js";
import { assembleFunction, assembleModule, type FunctionBuilder, type FunctionBytes } from "./assemble.js";
import { assertRanges } from "./assert-ranges.js";
import { stateLane } from "./graph/needed.js";
import { emitGraph, type GraphOutput, type StatePlace, type Sums } from "./graph.js";
import {
  emptyMemory,
  inputMap,
  type Lane,
  laneBytes,
  laneOf,
  lengthOf,
  type Memory,
  neuronMap,
  type PixelMap,
} from "./memory.js";
import { emitPoolMax, emitPoolSpikes } from "./pooling.js";
import { emitReadout, potentialLane } from "./readout.js";
import type { Operand } from "./synapse/places.js";
import { emitSynapse } from "./synapse.js";
import { tooWide } from "./too-wide.js";

/** An array in the module's memory, pixel after pixel. */
export interface Place {
  readonly at: number;
  readonly lane: Lane | "u8";
  readonly map: PixelMap;
}

/** Logits of a readout, `classes` of them, and its potentials after pooling. */
export interface LogitsOf {
  readonly at: number;
  readonly lane: Lane;
  readonly classes: number;
  readonly potentials: Place;
}

/** Where the module keeps what a simulation reads and writes. */
export interface Places {
  /** Input spikes. */
  readonly input: Place;
  /** Per layer: the spikes that it sends. */
  readonly spikes: readonly Place[];
  /** Per state, in the order of `stateList`. */
  readonly states: readonly Place[];
  /** Per readout: its logits, and the pooled potentials that gave them. */
  readonly logits: readonly LogitsOf[];
  /** Per layer, i32: spikes of the last tick, written by `count`. */
  readonly counts: number;
}

/** A module's bytes, which export `memory`, `tick()` and `count()`, and its places. */
export interface GeneratedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly places: Places;
}

/** Collects functions; `tick` calls those that were added, in order. */
interface Functions {
  readonly all: Map<string, FunctionBytes>;
  add(name: string, make: (f: FunctionBuilder) => Code): void;
}

/**
 * Generates the module that runs `model`. Its ranges are verified first, since they decide which lanes hold which
 * values; a value of more than 63 bits and a sign is refused.
 */
export function generate(model: FixedModel): Result<GeneratedModule> {
  assertRanges(model);
  const wide = tooWide(model);
  if (wide !== undefined) return failure(diagnostic("wasm-too-wide", {}, wide));
  const memory = emptyMemory();
  const all = new Map<string, FunctionBytes>();
  const functions: Functions = { all, add: (name, make) => void all.set(name, assembleFunction(0, make)) };
  const input = bytesPlace(memory, inputMap(model.input));
  const spikes: Place[] = [];
  const states: Place[] = [];
  const logits: LogitsOf[] = [];
  model.layers.forEach((layer, l) => {
    const readouts = model.readouts.filter((r) => r.layer === layer.name);
    const made = generateLayer(functions, memory, layer, readouts, spikes.at(-1) ?? input, `${l}`);
    spikes.push(made.sent);
    states.push(...made.states);
    for (const [readout, place] of made.logits) logits[model.readouts.indexOf(readout)] = place;
  });
  const steps = [...all.keys()];
  all.set(
    "tick",
    assembleFunction(0, () => steps.map((_, i) => [0x10, uleb(i)])),
  );
  const counts = memory.reserve(4 * spikes.length);
  all.set(
    "count",
    assembleFunction(0, (f) =>
      spikes.map((place, l) => emitCount(f, place.at, lengthOf(place.map), counts + 4 * l)),
    ),
  );
  return success({
    bytes: assembleModule(all, memory.segments, memory.size()),
    places: { input, spikes, states, logits, counts },
  });
}

/** Adds the functions of one layer and of the readouts that read it. */
function generateLayer(
  functions: Functions,
  memory: Memory,
  layer: FixedLayer,
  readouts: readonly FixedReadout[],
  source: Place,
  prefix: string,
): {
  readonly sent: Place;
  readonly states: readonly Place[];
  readonly logits: readonly (readonly [FixedReadout, LogitsOf])[];
} {
  const { pre, post } = layer;
  const input = source.map;
  const output = neuronMap(layer.output);
  const before = statePlaces(memory, pre, input);
  const after = statePlaces(memory, post, output);

  const range = rangeOfId(pre, pre.outputs.operand);
  const operand = operandPlace(memory, pre, input, range, source);
  if (!(operand.kind === "bytes" && operand.at === source.at))
    functions.add(`${prefix}.pre`, (f) => [
      emitGraph(
        f,
        memory,
        pre,
        input,
        { kind: "bytes", at: source.at },
        [{ id: pre.outputs.operand, ...operand }],
        placesByName(pre, before),
      ),
      // A map of one channel is computed in fours: what stands behind its end is no spike.
      operand.kind === "bytes" ? mem.store(operand.at + lengthOf(input), i32(0), i64x2(0n)) : [],
    ]);

  let sums: Sums | undefined;
  functions.add(`${prefix}.synapse`, (f) => {
    const made = emitSynapse({ f, memory, layer, input, output: neuronMap(sumsOf(layer)) }, operand, range);
    sums = made.sums;
    return made.code;
  });
  const { currentPool } = layer;
  if (currentPool !== undefined)
    functions.add(`${prefix}.currents`, (f) => {
      const made = emitPoolMax(f, memory, currentPool, output, sums as Sums);
      sums = { kind: "sums", ...made.pooled };
      return made.code;
    });

  const fired = bytesPlace(memory, output);
  const potentialRange = rangeOfId(post, post.outputs.potential);
  const lane = potentialLane(potentialRange);
  const potentials = readouts.length > 0 ? memory.reserve(lengthOf(output) * laneBytes(lane)) : 0;
  const outputs: GraphOutput[] = [{ id: post.outputs.spike, kind: "bytes", at: fired.at }];
  if (readouts.length > 0) outputs.push({ id: post.outputs.potential, kind: "lanes", at: potentials, lane });
  functions.add(`${prefix}.post`, (f) =>
    emitGraph(f, memory, post, output, sums as Sums, outputs, placesByName(post, after)),
  );

  const { pool } = layer;
  const sent = pool === undefined ? fired : bytesPlace(memory, neuronMap(layer.sent));
  if (pool !== undefined)
    functions.add(`${prefix}.pool`, (f) => emitPoolSpikes(f, pool, output, sent.map, fired.at, sent.at));

  const logits = readouts.map((readout, r) => {
    let place: LogitsOf | undefined;
    functions.add(`${prefix}.readout${r}`, (f) => {
      const made = emitReadout(f, memory, readout, output, potentials, potentialRange);
      place = { ...made.logits, classes: readout.classes, potentials: made.potentials };
      return made.code;
    });
    return [readout, place as LogitsOf] as const;
  });
  return { sent, states: [...before, ...after], logits };
}

const bytesPlace = (memory: Memory, map: PixelMap): Place => ({
  at: memory.reserve(lengthOf(map)),
  lane: "u8",
  map,
});

function statePlaces(memory: Memory, graph: FixedGraph<string>, map: PixelMap): readonly Place[] {
  return graph.states.map((s) => {
    const lane = stateLane(graph, s.name, s.next);
    return { at: memory.reserve(lengthOf(map) * laneBytes(lane)), lane, map };
  });
}

const placesByName = (graph: FixedGraph<string>, places: readonly Place[]): ReadonlyMap<string, StatePlace> =>
  new Map(graph.states.map((s, i) => [s.name, places[i] as Place & StatePlace]));

/** Where the synapse reads: the spikes themselves if `pre` passes them on, else what `pre` leaves. */
function operandPlace(
  memory: Memory,
  pre: FixedLayer["pre"],
  map: PixelMap,
  range: Range,
  source: Place,
): Operand {
  const passed = pre.exprs.find((e) => e.id === pre.outputs.operand)?.kind === "input";
  if (passed && pre.states.length === 0) return { kind: "bytes", at: source.at };
  if (range.low >= 0n && range.high <= 1n) return { kind: "bytes", at: memory.reserve(lengthOf(map)) };
  const lane = laneOf(range);
  return { kind: "lanes", lane, at: memory.reserve(lengthOf(map) * laneBytes(lane)) };
}

/** Sum of a map's bytes of 0 and 1, as an i32 at `at`. */
function emitCount(f: FunctionBuilder, source: number, length: number, at: number): Code {
  const [sum, place] = f.locals("i32", 2);
  const bits = op.i8x16bitmask(op.i8x16neg(mem.load(source, get(place))));
  return [
    set(sum, i32(0)),
    set(place, i32(0)),
    repeat(
      [set(sum, op.i32add(get(sum), op.i32popcnt(bits))), advance(place, 16)],
      op.i32ltu(get(place), i32(length)),
    ),
    mem.i32store(at, i32(0), get(sum)),
  ];
}
