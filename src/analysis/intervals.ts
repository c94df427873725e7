import { assertNever } from "../diagnostics/diagnostic.js";
import { hull, type Range } from "../fixed/format.js";
import { roundShift, saturate } from "../fixed/ops.js";
import type { FixedExpr } from "../ir/fixed.js";

/** Interval of one expression from those of its operands: the interval arithmetic of src/fixed/ops.ts. */
export function exprRange(
  expr: FixedExpr,
  of: (id: string) => Range,
  input: Range,
  states: ReadonlyMap<string, Range>,
): Range {
  switch (expr.kind) {
    case "input":
      return input;
    case "constant":
      return hullOf(expr.value);
    case "state":
      return states.get(expr.state) as Range;
    case "add": {
      const [a, b] = [of(expr.a), of(expr.b)];
      return { low: a.low + b.low, high: a.high + b.high };
    }
    case "sub": {
      const [a, b] = [of(expr.a), of(expr.b)];
      return { low: a.low - b.high, high: a.high - b.low };
    }
    case "mulc": {
      const a = of(expr.a);
      return hullOf(expr.by.flatMap((c) => [a.low * c, a.high * c]));
    }
    case "shl": {
      const a = of(expr.a);
      return hullOf(expr.bits.flatMap((n) => [a.low << BigInt(n), a.high << BigInt(n)]));
    }
    case "shr": {
      const a = of(expr.a);
      return {
        low: roundShift(a.low, expr.bits, expr.rounding),
        high: roundShift(a.high, expr.bits, expr.rounding),
      };
    }
    case "sat": {
      const a = of(expr.a);
      return { low: saturate(a.low, expr), high: saturate(a.high, expr) };
    }
    case "compare":
      return { low: 0n, high: 1n };
    case "select":
      return hull(of(expr.a), of(expr.b));
    default:
      return assertNever(expr);
  }
}

function hullOf(values: readonly bigint[]): Range {
  const first = values[0] ?? 0n;
  return values.reduce<Range>((range, v) => hull(range, { low: v, high: v }), { low: first, high: first });
}
