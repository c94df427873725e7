import { assertNever, invariant } from "../../diagnostics/diagnostic.js";
import { formatOfRange, type Rounding } from "../../fixed/format.js";
import { type FixedExpr, type FixedGraph, fixedOperandsOf } from "../../ir/fixed.js";
import { type Shape, sizeOf } from "../../ir/spiking.js";
import { nameOf } from "../names.js";
import {
  type Helper,
  isExact,
  isExactValue,
  listLines,
  originText,
  plainText,
  programNames,
  type Storage,
  storageOf,
  type Types,
  zeros,
} from "./golden-text.js";

/** Largest shift whose power of two is a literal of a double's arithmetic. */
const MAX_SHIFT = 64;

/** Rounded quotient of a double that is exact: x / 2^n. */
const roundQuotient: { readonly [R in Rounding]: { readonly call: string; readonly helper?: Helper } } = {
  floor: { call: "Math.floor" },
  ceil: { call: "Math.ceil" },
  to_zero: { call: "Math.trunc" },
  away: { call: "roundAway", helper: "roundAway" },
  half_even: { call: "roundHalfEven", helper: "roundHalfEven" },
  half_away: { call: "roundHalfAway", helper: "roundHalfAway" },
  half_to_zero: { call: "roundHalfToZero", helper: "roundHalfToZero" },
  half_to_pos_inf: { call: "Math.round" },
};

/** The same of a BigInt; `floor` is an operator. */
const roundWide: { readonly [R in Exclude<Rounding, "floor">]: Helper } = {
  ceil: "ceilWide",
  to_zero: "truncWide",
  away: "roundAwayWide",
  half_even: "roundHalfEvenWide",
  half_away: "roundHalfAwayWide",
  half_to_zero: "roundHalfToZeroWide",
  half_to_pos_inf: "roundHalfUpWide",
};

/** A named value of the program: a double, or a BigInt where its range needs one. */
interface Term {
  readonly name: string;
  readonly wide: boolean;
}

/** A list with a value per channel. */
export interface Table {
  readonly name: string;
  readonly comment: string;
  readonly lines: readonly { readonly text: string }[];
}

/** What the expressions of one graph are written with. */
interface Scope {
  readonly term: (id: string) => Term;
  /** What the graph's input expression reads. */
  readonly input: string;
  readonly stateName: (state: string) => string;
  readonly isWideState: (state: string) => boolean;
  /** Makes a list of the module; says how to read the channel's element. */
  readonly table: (expr: FixedExpr, texts: readonly string[]) => string;
  readonly use: (helper: Helper) => string;
}

/** An integer as a literal of a double or of a BigInt. */
export const literal = (value: bigint, wide: boolean): string => `${value}${wide ? "n" : ""}`;

/** Text of an expression, and whether it is a BigInt: so where an operand, a constant or the result leaves 53 bits. */
function exprValue(expr: FixedExpr, scope: Scope): { readonly text: string; readonly wide: boolean } {
  const { term, table, use } = scope;
  const exact = isExact(expr.range);
  const anyWide = (...ids: readonly string[]): boolean => !exact || ids.some((id) => term(id).wide);
  /** Operand as a BigInt where the statement is one. */
  const operand = (id: string, wide: boolean): string => {
    const { name, wide: isWide } = term(id);
    return wide && !isWide ? `BigInt(${name})` : name;
  };
  /** A statement in BigInt whose result fits a double is one again. */
  const result = (text: string, wide: boolean) =>
    wide && exact ? { text: `Number(${text})`, wide: false } : { text, wide };
  const perChannel = (values: readonly bigint[], wide: boolean): string =>
    values.length === 1
      ? literal(values[0] as bigint, wide)
      : table(
          expr,
          values.map((v) => literal(v, wide)),
        );

  switch (expr.kind) {
    case "input":
      return { text: scope.input, wide: false };
    case "constant": {
      const wide = !expr.value.every(isExactValue);
      return { text: perChannel(expr.value, wide), wide };
    }
    case "state":
      return { text: `state.${scope.stateName(expr.state)}[i]`, wide: scope.isWideState(expr.state) };
    case "add":
    case "sub": {
      const wide = anyWide(expr.a, expr.b);
      const sign = expr.kind === "add" ? "+" : "-";
      return result(`${operand(expr.a, wide)} ${sign} ${operand(expr.b, wide)}`, wide);
    }
    case "mulc": {
      const wide = anyWide(expr.a) || !expr.by.every(isExactValue);
      return result(`${operand(expr.a, wide)} * ${perChannel(expr.by, wide)}`, wide);
    }
    case "shl": {
      const wide = anyWide(expr.a) || expr.bits.some((n) => n > MAX_SHIFT);
      const a = operand(expr.a, wide);
      if (expr.bits.length === 1) {
        const n = expr.bits[0] as number;
        return result(wide ? `${a} << ${n}n` : `${a} * 2 ** ${n}`, wide);
      }
      const texts = expr.bits.map((n) => (wide ? `${n}n` : `2 ** ${n}`));
      return result(`${a} ${wide ? "<<" : "*"} ${table(expr, texts)}`, wide);
    }
    case "shr": {
      const { bits, rounding } = expr;
      const wide = anyWide(expr.a) || bits > MAX_SHIFT;
      const a = operand(expr.a, wide);
      if (bits === 0) return result(a, wide);
      if (!wide) {
        const { call, helper } = roundQuotient[rounding];
        return { text: `${helper === undefined ? call : use(helper)}(${a} / 2 ** ${bits})`, wide };
      }
      if (rounding === "floor") return result(`${a} >> ${bits}n`, wide);
      return result(`${use(roundWide[rounding])}(${a}, ${bits}n)`, wide);
    }
    case "sat": {
      const wide = anyWide(expr.a) || !isExactValue(expr.low) || !isExactValue(expr.high);
      const call = use(wide ? "clampWide" : "clamp");
      const bounds = `${literal(expr.low, wide)}, ${literal(expr.high, wide)}`;
      return result(`${call}(${operand(expr.a, wide)}, ${bounds})`, wide);
    }
    case "compare": {
      const { name, wide } = term(expr.a);
      return { text: `${name} ${expr.orEqual ? ">=" : ">"} ${literal(0n, wide)} ? 1 : 0`, wide: false };
    }
    case "select": {
      const wide = anyWide(expr.a, expr.b);
      const condition = term(expr.condition);
      const test = `${condition.name} !== ${literal(0n, condition.wide)}`;
      return result(`${test} ? ${operand(expr.a, wide)} : ${operand(expr.b, wide)}`, wide);
    }
    default:
      return assertNever(expr);
  }
}

/** Expressions that states or the outputs `wanted` need, in evaluation order. */
function liveExprs(graph: FixedGraph<string>, wanted: readonly string[]): readonly FixedExpr[] {
  const live = new Set([...wanted, ...graph.states.map((s) => s.next)]);
  for (const expr of [...graph.exprs].reverse()) {
    if (live.has(expr.id)) for (const id of fixedOperandsOf(expr)) live.add(id);
  }
  return graph.exprs.filter((expr) => live.has(expr.id));
}

/** The value of `term` as an array of `storage` takes it. */
const stored = ({ name, wide }: Term, storage: "uint8" | Storage): string =>
  storage === "bigint" && !wide ? `BigInt(${name})` : name;

/** One graph of a layer as statements about element i. */
export function graphView(
  graph: FixedGraph<string>,
  place: {
    readonly id: string;
    readonly part: "pre" | "post";
    readonly shape: Shape;
    readonly input: string;
    /** Output name → how its array is kept. */
    readonly outputs: readonly (readonly [name: string, storage: "uint8" | Storage])[];
    readonly stateName: (state: string) => string;
    readonly isTaken: (name: string) => boolean;
  },
  use: (helper: Helper) => string,
  t: Types,
) {
  const size = sizeOf(place.shape);
  const outputs = graph.outputs as Readonly<Record<string, string>>;
  const exprs = liveExprs(
    graph,
    place.outputs.map(([name]) => outputs[name] as string),
  );
  const names = programNames(
    exprs.map((e) => e.id),
    place.isTaken,
  );
  const prefix = `${place.id}${place.part === "pre" ? "Pre" : "Post"}_`;
  const storages = new Map(graph.states.map((s) => [s.name, storageOf(graph, s)]));
  const terms = new Map<string, Term>();
  const tables: Table[] = [];
  const term = (id: string): Term => {
    const found = terms.get(id);
    invariant(found !== undefined, `expression '${id}' is used before it is computed`);
    return found;
  };
  const scope: Scope = {
    term,
    input: place.input,
    stateName: place.stateName,
    isWideState: (state) => storages.get(state) === "bigint",
    table: (expr, texts) => {
      const name = `${prefix}${nameOf(names, expr.id)}`;
      tables.push({ name, comment: originText(expr.origin), lines: listLines(texts) });
      return `${name}[c]`;
    },
    use,
  };
  let origin = "";
  const statements = exprs.map((expr) => {
    const name = nameOf(names, expr.id);
    const { text, wide } = exprValue(expr, scope);
    terms.set(expr.id, { name, wide });
    const from = expr.kind === "state" ? "" : originText(expr.origin);
    const comment = from === origin ? "" : from;
    origin = from;
    return { name, value: text, comment, note: wide ? `${formatOfRange(expr.range).width} bits` : "" };
  });
  const array = (storage: "uint8" | Storage) =>
    storage === "uint8" ? `new Uint8Array(${size})` : zeros(storage, size, t);
  return {
    layer_id: place.id,
    is_post: place.part === "post",
    size,
    plane: place.shape.height * place.shape.width,
    per_channel: tables.length > 0,
    tables,
    statements,
    arrays: place.outputs.map(([name, storage]) => ({ name, zeros: array(storage) })),
    stores: [
      ...place.outputs.map(([name, storage]) => ({
        to: name,
        value: stored(term(outputs[name] as string), storage),
      })),
      ...graph.states.map((s) => {
        const storage = storages.get(s.name) as Storage;
        const value = stored(term(s.next), storage);
        // A recorded state shows no negative zero.
        return {
          to: `state.${place.stateName(s.name)}`,
          value: storage === "double" ? `${value} + 0` : value,
        };
      }),
    ],
    states: graph.states.map((s) => ({
      name: place.stateName(s.name),
      label: plainText(s.name),
      zeros: zeros(storages.get(s.name) as Storage, size, t),
      storage: storages.get(s.name) as Storage,
    })),
  };
}
