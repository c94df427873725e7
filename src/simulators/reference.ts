import type { Stimulus } from "../data/stimulus.js";
import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import { activate, quantiseRaw } from "../ir/real-ops.js";
import {
  type PerChannel,
  type Pool,
  type Quantiser,
  type Recurrence,
  type Shape,
  type SpikingExpr,
  type SpikingLayer,
  type SpikingModel,
  type SpikingReadout,
  sizeOf,
  sumsOf,
  type Weights,
} from "../ir/spiking.js";
import type { RunOptions } from "./golden.js";
import type { Observer } from "./trace.js";

/** Receives a run in doubles: what every simulator says, and what only this one has. */
export interface ReferenceObserver extends Observer {
  /** Before `tick`, per layer: its neurons' potentials as its readouts have them, before pooling. */
  potentials?(
    potentials: readonly Float64Array[],
    at: { readonly sample: number; readonly tick: number },
  ): void;
}

/**
 * The reference simulator: a SpikingModel in doubles, one tick after the other, written to be read. It says how far
 * the integers are from what was trained. (float32 is no oracle for 24-bit states: 2-numerics.md.)
 */
export function runReference(
  model: SpikingModel,
  stimulus: Stimulus,
  options: RunOptions,
  observer: ReferenceObserver,
): void {
  const layers = model.layers.map((layer) => ({
    layer,
    weights: realWeights(layer.synapse.weights, layer.synapse.outChannels),
  }));
  const readouts = model.readouts.map((readout) => ({
    readout,
    weights: readout.kind === "linear" ? realWeights(readout.weights, readout.classes) : undefined,
  }));
  for (let sample = 0; sample < stimulus.samples; sample++) {
    const states = model.layers.map((layer) => ({
      pre: zeroStates(layer.pre, layer.input),
      post: zeroStates(layer.post, layer.output),
    }));
    const votes = model.readouts.map((readout) => new Array<number>(readout.classes).fill(0));
    const lastClass = model.readouts.map(() => 0);
    for (let tick = 0; tick < stimulus.ticks; tick++) {
      let spikes: Float64Array = new Float64Array(sizeOf(model.input));
      for (const index of Array.from(stimulus.active(sample, tick))) spikes[index] = 1;
      const sent: Uint8Array[] = [];
      const potentials = new Map<string, Float64Array>();
      layers.forEach(({ layer, weights }, l) => {
        const state = states[l];
        invariant(state !== undefined, "a layer without state");
        const stepped = stepRealLayer(layer, weights, state, spikes);
        potentials.set(layer.name, stepped.potential);
        spikes = stepped.sent;
        sent.push(Uint8Array.from(spikes));
      });
      const logits = readouts.map(({ readout, weights }) => {
        const source = model.layers.find((layer) => layer.name === readout.layer);
        invariant(source !== undefined, `readout of unknown layer '${readout.layer}'`);
        return readoutLogits(readout, weights, source.output, potentials.get(readout.layer) as Float64Array);
      });
      observer.potentials?.([...potentials.values()], { sample, tick });
      const tickClass = logits.map(argmax);
      model.readouts.forEach((readout, r) => {
        const row = logits[r] as Float64Array;
        const best = tickClass[r] as number;
        lastClass[r] = best;
        if (tick < options.burnIn) return;
        const counts = votes[r] as number[];
        if (readout.vote === "sum")
          row.forEach((logit, c) => {
            counts[c] = (counts[c] as number) + logit;
          });
        else counts[best] = (counts[best] as number) + 1;
      });
      observer.tick?.({
        sample,
        tick,
        spikes: sent,
        states: states.flatMap((s) => [...s.pre.values(), ...s.post.values()]),
        logits,
        tickClass,
      });
    }
    const classes = model.readouts.map((readout, r) =>
      readout.vote === "last" ? (lastClass[r] as number) : argmax(Float64Array.from(votes[r] as number[])),
    );
    observer.sample?.({ sample, classes, votes });
  }
}

/** The states of one layer, before its synapse and behind it, by name: a double for each element. */
export interface RealLayerState {
  readonly pre: Map<string, Float64Array>;
  readonly post: Map<string, Float64Array>;
}

/** One tick of one layer in doubles: pre → synapse → current pool → post → pool. Advances `state`; potentials are not pooled. */
export function stepRealLayer(
  layer: SpikingLayer,
  weights: Float64Array,
  state: RealLayerState,
  spikes: Float64Array,
): { readonly sent: Float64Array; readonly potential: Float64Array } {
  const { operand } = stepGraph(layer.pre, layer.input, state.pre, spikes);
  const sums = convolve(layer, weights, operand);
  const currents = pooled(sums, sumsOf(layer), layer.currentPool);
  const { spike, potential } = stepGraph(layer.post, layer.output, state.post, currents);
  return { sent: pooled(spike, layer.output, layer.pool), potential };
}

/** Weights as doubles: raw · scale. */
export function realWeights(weights: Weights, rows: number): Float64Array {
  if (weights.kind === "real") return weights.values;
  const rowLength = weights.raw.length / rows;
  return Float64Array.from(weights.raw, (w, i) => w * ofChannel(weights.scale, Math.floor(i / rowLength)));
}

const ofChannel = (values: PerChannel, channel: number): number =>
  (values.length === 1 ? values[0] : values[channel]) as number;

const zeroStates = (graph: Recurrence<string>, shape: Shape): Map<string, Float64Array> =>
  new Map(graph.states.map((s) => [s.name, new Float64Array(sizeOf(shape))]));

/** One tick of a recurrence, expression by expression; states become their next values. */
function stepGraph<O extends string>(
  graph: Recurrence<O>,
  shape: Shape,
  states: Map<string, Float64Array>,
  input: Float64Array,
): Record<O, Float64Array> {
  const values = new Map<string, Float64Array>();
  const of = (id: string): Float64Array => values.get(id) as Float64Array;
  const plane = shape.height * shape.width;
  for (const expr of graph.exprs) values.set(expr.id, evaluate(expr, of, plane, input, states));
  for (const s of graph.states) states.set(s.name, of(s.next));
  const names = Object.keys(graph.outputs) as O[];
  return Object.fromEntries(names.map((n) => [n, of(graph.outputs[n])])) as Record<O, Float64Array>;
}

/** An expression's value at every element; a channel is `plane` of them. No array is written to again. */
function evaluate(
  expr: SpikingExpr,
  of: (id: string) => Float64Array,
  plane: number,
  input: Float64Array,
  states: ReadonlyMap<string, Float64Array>,
): Float64Array {
  const channelOf = (i: number): number => Math.floor(i / plane);
  switch (expr.kind) {
    case "input":
      return input;
    case "constant":
      return input.map((_, i) => ofChannel(expr.value, channelOf(i)));
    case "state":
      return states.get(expr.state) as Float64Array;
    case "add": {
      const b = of(expr.b);
      return of(expr.a).map((a, i) => a + (b[i] as number));
    }
    case "sub": {
      const b = of(expr.b);
      return of(expr.a).map((a, i) => a - (b[i] as number));
    }
    case "scale":
      return of(expr.a).map((a, i) => a * ofChannel(expr.by, channelOf(i)));
    case "compare":
      return of(expr.a).map((a) => (a > 0 || (expr.orEqual && a === 0) ? 1 : 0));
    case "select": {
      const [a, b] = [of(expr.a), of(expr.b)];
      return of(expr.condition).map((c, i) => (c !== 0 ? a[i] : b[i]) as number);
    }
    case "clip":
      return of(expr.a).map((a) => Math.min(expr.high, Math.max(expr.low, a)));
    case "quantise":
      return of(expr.a).map((a, i) => quantised(a, expr.quantiser, channelOf(i)));
    default:
      return assertNever(expr);
  }
}

const quantised = (x: number, q: Quantiser, channel: number): number =>
  quantiseRaw(x, q, channel) * ofChannel(q.scale, channel);

/** Σ w·operand over the taps inside the map, in the order of the weights. */
function convolve(layer: SpikingLayer, weights: Float64Array, operand: Float64Array): Float64Array {
  const { kernel, stride, padding } = layer.synapse;
  const [kh, kw] = kernel;
  const { channels: ci, height: hi, width: wi } = layer.input;
  const { channels: co, height: ho, width: wo } = sumsOf(layer);
  const sums = new Float64Array(co * ho * wo);
  for (let c = 0; c < co; c++)
    for (let oy = 0; oy < ho; oy++)
      for (let ox = 0; ox < wo; ox++) {
        const [top, left] = [oy * stride[0] - padding[0], ox * stride[1] - padding[1]];
        const [fromY, toY] = [Math.max(0, -top), Math.min(kh, hi - top)];
        const [fromX, toX] = [Math.max(0, -left), Math.min(kw, wi - left)];
        let sum = 0;
        for (let i = 0; i < ci; i++)
          for (let ky = fromY; ky < toY; ky++) {
            const w = ((c * ci + i) * kh + ky) * kw;
            const x = (i * hi + top + ky) * wi + left;
            for (let kx = fromX; kx < toX; kx++)
              sum += (weights[w + kx] as number) * (operand[x + kx] as number);
          }
        sums[(c * ho + oy) * wo + ox] = sum;
      }
  return sums;
}

function pooled(values: Float64Array, shape: Shape, pool: Pool | undefined): Float64Array {
  if (pool === undefined) return values;
  const height = Math.floor(shape.height / pool.height);
  const width = Math.floor(shape.width / pool.width);
  const result = new Float64Array(shape.channels * height * width);
  for (let c = 0; c < shape.channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let best = Number.NEGATIVE_INFINITY;
        for (let wy = 0; wy < pool.height; wy++)
          for (let wx = 0; wx < pool.width; wx++) {
            const at = (c * shape.height + y * pool.height + wy) * shape.width + x * pool.width + wx;
            best = Math.max(best, values[at] as number);
          }
        result[(c * height + y) * width + x] = best;
      }
  return result;
}

/** logits = W · pool(activation(potential)) + bias, or an integrator's potentials. */
function readoutLogits(
  readout: SpikingReadout,
  weights: Float64Array | undefined,
  shape: Shape,
  potentials: Float64Array,
): Float64Array {
  if (readout.kind === "potential" || weights === undefined) return potentials;
  const { kind, quantiser } = readout.activation;
  const active = potentials.map((u) => {
    const p = activate(kind, u);
    return quantiser === undefined ? p : quantised(p, quantiser, 0);
  });
  const p = pooled(active, shape, readout.pool);
  return Float64Array.from({ length: readout.classes }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < p.length; i++) sum += (weights[c * p.length + i] as number) * (p[i] as number);
    return sum + (readout.bias[c] as number);
  });
}

function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}
