import { DiagnosticError, diagnostic, invariant } from "../../diagnostics/diagnostic.js";
import {
  type PerChannel,
  type Recurrence,
  type Shape,
  type SpikingExpr,
  type State,
  sizeOf,
} from "../../ir/spiking.js";
import { broadcastIndex } from "./broadcast.js";
import { type Context, charge, fail, report, signalOf } from "./context.js";
import { type Signal, signalOperands } from "./signal.js";
import { elements, type Tensor } from "./tensor.js";

/** Next value of each state: signal id, once the whole graph has been walked. */
export type NextOf = ReadonlyMap<string, number>;

/** Part of the graph between boundaries: all that the roots need, the next values of the states included. */
export interface Region {
  readonly ids: readonly number[];
  readonly boundaries: readonly number[];
  readonly states: readonly string[];
}

/** Walks back from `roots` until signals that are boundaries; a state leads on to its own next value. */
export function findRegion(
  ctx: Context,
  next: NextOf,
  roots: readonly number[],
  isBoundary: (s: Signal) => boolean,
): Region {
  const seen = new Set<number>();
  const boundaries = new Set<number>();
  const states: string[] = [];
  const stack = [...roots];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const s = signalOf(ctx, id);
    if (isBoundary(s)) boundaries.add(id);
    else if (!seen.has(id)) {
      seen.add(id);
      stack.push(...signalOperands(s));
      if (s.kind === "state") {
        states.push(s.state);
        const value = next.get(s.state);
        if (value !== undefined) stack.push(value);
      }
    }
  }
  const ascending = (a: number, b: number): number => a - b;
  return { ids: [...seen].sort(ascending), boundaries: [...boundaries].sort(ascending), states };
}

/** Values of a constant by channel: one for all where they are equal; refused where they differ within a channel. */
export function perChannel(
  ctx: Context,
  tensor: Tensor,
  dims: readonly number[],
  shape: Shape,
  at: Signal,
): PerChannel {
  if (elements(tensor.dims) === 1) return [tensor.data[0] as number];
  const size = sizeOf(shape);
  charge(ctx, size, `constant '${tensor.name}'`, at.origin);
  const index = broadcastIndex(tensor.dims, dims);
  const map = shape.height * shape.width;
  const values = Array.from({ length: shape.channels }, (_, c) => tensor.data[index(c * map)] as number);
  for (let i = 0; i < size; i++) {
    const channel = Math.floor(i / map);
    if (tensor.data[index(i)] !== values[channel])
      fail("onnx-constant-varies", at.origin, { tensor: tensor.name, channel });
  }
  const first = values[0] as number;
  return values.every((v) => v === first) ? [first] : values;
}

/** What a signal's kind is called in diagnostics. */
export function describe(s: Signal): string {
  switch (s.kind) {
    case "input":
      return `the graph's input '${s.input}'`;
    case "state":
      return `the state '${s.state}'`;
    case "synapse":
      return "a real-valued sum of weights";
    case "activation":
      return `the result of a ${s.activation === "relu" ? "Relu" : "Sigmoid"}`;
    case "pool":
      return "a pooled map";
    case "average":
      return "an averaged map";
    case "compare":
      return "spikes";
    default:
      return "a real value";
  }
}

/** Ids that are readable, short and unique: a signal's label, numbered where it is taken. */
function uniqueIds(signals: readonly Signal[], boundary: number): ReadonlyMap<number, string> {
  const taken = new Set(["in"]);
  const ids = new Map<number, string>([[boundary, "in"]]);
  const counts = new Map<string, number>();
  for (const s of signals) {
    let id = s.label;
    for (let n = counts.get(s.label) ?? 2; taken.has(id); n++) {
      id = `${s.label}_${n}`;
      counts.set(s.label, n + 1);
    }
    taken.add(id);
    ids.set(s.id, id);
  }
  return ids;
}

/** One signal as an expression over `shape`. */
function toExpr(ctx: Context, s: Signal, idOf: (signal: number) => string, shape: Shape): SpikingExpr {
  const base = { id: idOf(s.id), origin: [s.origin] };
  switch (s.kind) {
    case "state":
      return { ...base, kind: "state", state: s.state };
    case "constant":
      return { ...base, kind: "constant", value: perChannel(ctx, s.tensor, s.dims, shape, s) };
    case "add":
    case "sub":
      return { ...base, kind: s.kind, a: idOf(s.a), b: idOf(s.b) };
    case "scale":
      return { ...base, kind: "scale", a: idOf(s.a), by: perChannel(ctx, s.by, s.dims, shape, s) };
    case "compare":
      return { ...base, kind: "compare", a: idOf(s.a), orEqual: s.orEqual };
    case "select":
      return { ...base, kind: "select", condition: idOf(s.condition), a: idOf(s.a), b: idOf(s.b) };
    case "clip":
      return { ...base, kind: "clip", a: idOf(s.a), low: s.low, high: s.high };
    case "quantise": {
      const { bits, signed, narrow, rounding } = s;
      const quantiser = { scale: perChannel(ctx, s.scale, s.dims, shape, s), bits, signed, narrow, rounding };
      return { ...base, kind: "quantise", a: idOf(s.a), quantiser };
    }
    default: {
      const what = "an operand of the layer's recurrence";
      const reason = `is ${describe(s)}, which is no element-wise value of this layer`;
      return fail(
        "onnx-not-a-chain",
        s.origin,
        { what, reason },
        "layers form a chain: no skip connections, no joins",
      );
    }
  }
}

/** The region as element-wise recurrence; `boundary` becomes its input `in`. */
export function toRecurrence<O extends string>(
  ctx: Context,
  next: NextOf,
  region: Region,
  boundary: number,
  shape: Shape,
  outputs: { readonly [K in O]: number },
): Recurrence<O> {
  const signals = region.ids.map((id) => signalOf(ctx, id));
  const names = uniqueIds(signals, boundary);
  const idOf = (signal: number): string => {
    const id = names.get(signal);
    invariant(id !== undefined, `signal ${signal} outside its region`);
    return id;
  };
  const exprs: SpikingExpr[] = [{ kind: "input", id: "in", origin: [signalOf(ctx, boundary).origin] }];
  for (const s of signals) {
    if (elements(s.dims) !== sizeOf(shape)) {
      const have = s.dims.join(", ");
      const need = `${shape.channels}x${shape.height}x${shape.width}`;
      const reason = `the layer's values here have ${need} elements`;
      report(ctx, diagnostic("onnx-shape", s.origin, { what: "an operand", have, reason }));
      throw new DiagnosticError();
    }
    exprs.push(toExpr(ctx, s, idOf, shape));
  }
  const states: State[] = [...region.states]
    .sort()
    .map((name) => ({ name, next: idOf(next.get(name) as number) }));
  const named = Object.fromEntries(Object.entries(outputs).map(([k, v]) => [k, idOf(v as number)]));
  return { exprs, states, outputs: named as { readonly [K in O]: string } };
}
