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
      const { low, high } = of(expr.a);
      const by = hullOf(expr.by);
      const [x, y] = [products(low, by), products(high, by)];
      return hull(x, y);
    }
    case "shl": {
      const { low, high } = of(expr.a);
      const [least, most] = [BigInt(Math.min(...expr.bits)), BigInt(Math.max(...expr.bits))];
      return { low: low << (low < 0n ? most : least), high: high << (high < 0n ? least : most) };
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

/** Interval of x · c, c in `by`. */
function products(x: bigint, by: Range): Range {
  return x < 0n ? { low: x * by.high, high: x * by.low } : { low: x * by.low, high: x * by.high };
}

function hullOf(values: readonly bigint[]): Range {
  let [low, high] = [values[0] ?? 0n, values[0] ?? 0n];
  for (const v of values) {
    if (v < low) low = v;
    else if (v > high) high = v;
  }
  return { low, high };
}
