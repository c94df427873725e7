import { assertNever, type Diagnostic, diagnostic } from "../../diagnostics/diagnostic.js";
import { simplify, zip } from "../../fixed/per-channel.js";
import { floorQuotient } from "../../fixed/rational.js";
import type { FixedState } from "../../ir/fixed.js";
import type { PerChannel, SpikingExpr } from "../../ir/spiking.js";
import { align } from "./align.js";
import { lowerClip } from "./clip.js";
import { materialise } from "./materialise.js";
import { quantise } from "./quantise.js";
import { scaleBy } from "./scale-by.js";
import { type Emitter, integerOf, type Value } from "./value.js";

/** What the lowering of an expression reads, and where it adds integer expressions and says what it refuses. */
export interface Lowering {
  readonly emitter: Emitter;
  /** Values of the expressions before it. */
  readonly values: ReadonlyMap<string, Value>;
  readonly states: readonly FixedState[];
  readonly inputScale: PerChannel;
  readonly coefficientBits: number;
  /** Stands before expression ids in diagnostics. */
  readonly where: string;
  readonly diagnostics: Diagnostic[];
}

type Kind<K extends SpikingExpr["kind"]> = Extract<SpikingExpr, { readonly kind: K }>;

/** Lowers one expression: the value that it is, and the integer expressions that compute it. */
export function lowerExpr(at: Lowering, expr: SpikingExpr): Value {
  const { id, origin } = expr;
  const { emitter: e, coefficientBits } = at;
  switch (expr.kind) {
    case "input":
      return e.put({ kind: "input" }, id, origin, at.inputScale);
    case "constant":
      return { id: undefined, scale: [1], offset: expr.value };
    case "state": {
      const scale = at.states.find((s) => s.name === expr.state)?.scale ?? [1];
      return e.put({ kind: "state", state: expr.state }, id, origin, scale);
    }
    case "add":
    case "sub":
      return lowerSum(at, expr);
    case "scale":
      return scaleBy(e, operandOf(at, expr.a), expr.by, id, origin, coefficientBits);
    case "compare":
      return lowerCompare(at, expr);
    case "select":
      return lowerSelect(at, expr);
    case "clip":
      return lowerClip(e, operandOf(at, expr.a), expr);
    case "quantise":
      return quantise(e, operandOf(at, expr.a), expr.quantiser, id, origin, coefficientBits);
    default:
      return assertNever(expr);
  }
}

const operandOf = ({ values }: Lowering, id: string): Value => values.get(id) as Value;

/** Integers add in the finer of both units; offsets add as they are. */
function lowerSum(at: Lowering, expr: Kind<"add" | "sub">): Value {
  const { kind, id, origin } = expr;
  const e = at.emitter;
  const sign = kind === "add" ? 1 : -1;
  const [a, b] = align(e, operandOf(at, expr.a), operandOf(at, expr.b), origin);
  const offset = zip(a.offset, b.offset, (x, y) => x + sign * y);
  if (b.id === undefined) return { ...a, offset };
  if (a.id === undefined && sign === 1) return { ...b, offset };
  const left = integerOf(e, a, id, origin);
  return { ...e.put({ kind, a: left, b: b.id }, id, origin, wider(a.scale, b.scale)), offset };
}

/** v + offset > 0 becomes v > ⌊−offset/scale⌋: exact for any real offset. */
function lowerCompare(at: Lowering, { id, origin, a, orEqual }: Kind<"compare">): Value {
  const e = at.emitter;
  const v = operandOf(at, a);
  if (v.id === undefined) {
    const value = v.offset.map((o) => (o > 0 || (orEqual && o === 0) ? 1n : 0n));
    return e.put({ kind: "constant", value }, id, origin, [1]);
  }
  if (v.offset.every((o) => o === 0)) return e.put({ kind: "compare", a: v.id, orEqual }, id, origin, [1]);
  const limit = (o: number, s: number): bigint => (orEqual ? -floorQuotient(o, s) : floorQuotient(-o, s));
  const value = simplify(zip(v.offset, v.scale, limit));
  const constant = e.put({ kind: "constant", value }, e.fresh(id), origin, v.scale);
  const above = e.put({ kind: "sub", a: v.id, b: constant.id }, e.fresh(id), origin, v.scale);
  return e.put({ kind: "compare", a: above.id, orEqual }, id, origin, [1]);
}

/** Both branches in one unit; an offset that both have stays one, else theirs go into their integers. */
function lowerSelect(at: Lowering, expr: Kind<"select">): Value {
  const { id, origin } = expr;
  const e = at.emitter;
  const raw = [operandOf(at, expr.a), operandOf(at, expr.b)] as const;
  const shared = zip(raw[0].offset, raw[1].offset, (x, y) => x === y).every(Boolean);
  const offset = shared ? raw[0].offset : [0];
  const branch = (v: Value): Value => (shared ? { ...v, offset: [0] } : materialise(e, v, id, origin));
  const [a, b] = align(e, branch(raw[0]), branch(raw[1]), origin);
  const condition = operandOf(at, expr.condition).id;
  if (condition === undefined) {
    const where = `${at.where}.${id}`;
    at.diagnostics.push(diagnostic("lowering-constant-condition", origin[0] ?? {}, { where }));
    return a;
  }
  const branches = { a: integerOf(e, a, id, origin), b: integerOf(e, b, id, origin) };
  const chosen = e.put({ kind: "select", condition, ...branches }, id, origin, wider(a.scale, b.scale));
  return { ...chosen, offset };
}

const wider = (a: PerChannel, b: PerChannel): PerChannel => (a.length >= b.length ? a : b);
