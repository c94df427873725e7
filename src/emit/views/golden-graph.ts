import { assertNever, invariant } from "../../diagnostics/diagnostic.js";
import { formatOfRange, hull, printFormat } from "../../fixed/format.js";
import { type FixedExpr, type FixedGraph, type FixedState, fixedOperandsOf } from "../../ir/fixed.js";
import { nameOf } from "../names.js";
import {
  isExact,
  isExactValue,
  listLines,
  literal,
  originText,
  type shortStateNames,
  valueNames,
} from "./golden-text.js";

/** Largest shift that the program's doubles know. */
const MAX_SHIFT = 64;

/** How a value is read: a name or a short text, of a double, or of a BigInt where its range needs one. */
interface Term {
  readonly text: string;
  readonly wide: boolean;
}

/** A list of the program with a number for each channel. */
export interface Table {
  readonly name: string;
  readonly comment: string;
  readonly lines: readonly { readonly text: string }[];
}

/** What the expressions of one graph are written with. */
interface Scope {
  readonly term: (id: string) => Term;
  /** How the graph's input and its states are read. */
  readonly input: string;
  readonly state: (name: string) => Term;
  /** Numbers as a literal where all channels share one, else as a table; says how to read the channel's. */
  readonly perChannel: (expr: FixedExpr, texts: readonly string[]) => string;
  /** What stands before the name of a function of the arithmetic: that on doubles, or that on BigInts. */
  readonly arithmetic: (wide: boolean) => "" | "wide.";
}

/** How an operand is read in a statement of doubles or of BigInts. */
const operandText = ({ text, wide }: Term, inWide: boolean): string =>
  inWide && !wide ? `BigInt(${text})` : text;

/** Text of an expression, and whether it is a BigInt: so where an operand, a constant or the result leaves 53 bits. */
function exprTerm(expr: FixedExpr, { term, input, state, perChannel, arithmetic }: Scope): Term {
  const exact = isExact(expr.range);
  const anyWide = (...ids: readonly string[]): boolean => !exact || ids.some((id) => term(id).wide);
  const operand = (id: string, wide: boolean): string => operandText(term(id), wide);
  const literals = (values: readonly bigint[], wide: boolean): string =>
    perChannel(
      expr,
      values.map((value) => literal(value, wide)),
    );
  /** A statement in BigInt whose result fits a double is one again. */
  const result = (text: string, wide: boolean): Term =>
    wide && exact ? { text: `Number(${text})`, wide: false } : { text, wide };
  const call = (name: string, wide: boolean, ...args: readonly string[]): Term =>
    result(`${arithmetic(wide)}${name}(${args.join(", ")})`, wide);

  switch (expr.kind) {
    case "input":
      return { text: input, wide: false };
    case "constant": {
      const wide = !expr.value.every(isExactValue);
      return { text: literals(expr.value, wide), wide };
    }
    case "state":
      return state(expr.state);
    case "add":
    case "sub": {
      const wide = anyWide(expr.a, expr.b);
      const sign = expr.kind === "add" ? "+" : "-";
      return result(`${operand(expr.a, wide)} ${sign} ${operand(expr.b, wide)}`, wide);
    }
    case "mulc": {
      const wide = anyWide(expr.a) || !expr.by.every(isExactValue);
      return result(`${operand(expr.a, wide)} * ${literals(expr.by, wide)}`, wide);
    }
    case "shl": {
      const wide = anyWide(expr.a) || expr.bits.some((n) => n > MAX_SHIFT);
      return call("shl", wide, operand(expr.a, wide), perChannel(expr, expr.bits.map(String)));
    }
    case "shr": {
      const wide = anyWide(expr.a) || expr.bits > MAX_SHIFT;
      if (expr.bits === 0) return result(operand(expr.a, wide), wide);
      return call(`shr.${expr.rounding}`, wide, operand(expr.a, wide), String(expr.bits));
    }
    case "sat": {
      const wide = anyWide(expr.a) || !isExactValue(expr.low) || !isExactValue(expr.high);
      return call("clamp", wide, operand(expr.a, wide), literal(expr.low, wide), literal(expr.high, wide));
    }
    case "compare":
      return { text: `${term(expr.a).text} ${expr.orEqual ? ">=" : ">"} 0 ? 1 : 0`, wide: false };
    case "select": {
      const wide = anyWide(expr.a, expr.b);
      const { text } = term(expr.condition);
      return result(`${text} ? ${operand(expr.a, wide)} : ${operand(expr.b, wide)}`, wide);
    }
    default:
      return assertNever(expr);
  }
}

/** Expressions that states or outputs need, in evaluation order, and how often each is read. */
function liveExprs(graph: FixedGraph<string>) {
  const reads = new Map<string, number>();
  const read = (id: string): unknown => reads.set(id, (reads.get(id) ?? 0) + 1);
  for (const id of [...Object.values(graph.outputs), ...graph.states.map((s) => s.next)]) read(id);
  for (const expr of [...graph.exprs].reverse())
    if (reads.has(expr.id)) for (const id of fixedOperandsOf(expr)) read(id);
  return { exprs: graph.exprs.filter((expr) => reads.has(expr.id)), reads };
}

/** Whether an expression's text stands where it is read, instead of a name. */
function isInline(expr: FixedExpr, reads: number): boolean {
  if (expr.kind === "input" || expr.kind === "constant" || expr.kind === "state") return true;
  return (expr.kind === "shl" || expr.kind === "shr") && reads === 1;
}

/** Whether a state's words are BigInts. */
function isWideState(graph: FixedGraph<string>, state: FixedState): boolean {
  const words = graph.exprs.filter(
    (e) => e.id === state.next || (e.kind === "state" && e.state === state.name),
  );
  return !isExact(words.map((e) => e.range).reduce(hull, { low: 0n, high: 0n }));
}

/** One graph of a layer as a `recurrence` of templates/golden/network.js.hbs; its input is read as `input`. */
export function recurrenceView(
  graph: FixedGraph<string>,
  input: string,
  stateNames: ReturnType<typeof shortStateNames>,
) {
  const { exprs, reads } = liveExprs(graph);
  const names = valueNames(exprs.map((e) => e.id));
  const tables: Table[] = [];
  let usesWide = false;
  const terms = new Map<string, Term>();
  const term = (id: string): Term => {
    const found = terms.get(id);
    invariant(found !== undefined, `expression '${id}' is used before it is computed`);
    return found;
  };
  const states = graph.states.map((s) => ({
    ...s,
    key: nameOf(stateNames, s.name),
    wide: isWideState(graph, s),
  }));
  const scope: Scope = {
    term,
    input,
    state: (name) => {
      const found = states.find((s) => s.name === name);
      invariant(found !== undefined, `no state '${name}'`);
      return { text: `state.${found.key}`, wide: found.wide };
    },
    perChannel: (expr, texts) => {
      if (texts.length === 1) return texts[0] as string;
      const name = nameOf(names, expr.id);
      tables.push({ name, comment: originText(expr.origin), lines: listLines(texts) });
      return `channel.${name}`;
    },
    arithmetic: (wide) => {
      usesWide ||= wide;
      return wide ? "wide." : "";
    },
  };
  let origin = "";
  const statements = exprs.flatMap((expr) => {
    const value = exprTerm(expr, scope);
    const inline = isInline(expr, reads.get(expr.id) ?? 0);
    const name = nameOf(names, expr.id);
    terms.set(expr.id, inline ? value : { text: name, wide: value.wide });
    if (inline) return [];
    const from = originText(expr.origin);
    const comment = from === origin ? "" : from;
    origin = from;
    return [{ name, value: value.text, comment, format: printFormat(formatOfRange(expr.range)) }];
  });
  return {
    input,
    tables,
    statements,
    outputs: Object.entries(graph.outputs).map(([name, id]) => ({ name, value: term(id).text })),
    states: states.map(({ name, key, wide, format, next }) => ({
      name_text: JSON.stringify(name),
      key,
      bits: format.width,
      zero: literal(0n, wide),
      next: operandText(term(next), wide),
    })),
    /** Whether functions on BigInts stand in it. */
    wide: usesWide,
  };
}
