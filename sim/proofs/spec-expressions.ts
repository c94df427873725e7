import { assertNever } from "../../src/diagnostics/diagnostic.js";
import { asSigned, formatOfRange, type Range } from "../../src/fixed/format.js";
import { type FixedExpr, type FixedGraph, rangeOfId } from "../../src/ir/fixed.js";

/**
 * The lines of a spec (spec.ts): each expression in as many bits as its operands can need, held against its proven
 * range, and only then cut to the bits of that range.
 */

/** A signed port of the spec; `range` is what it may hold. */
export interface SpecPort {
  readonly name: string;
  readonly width: number;
  readonly range: Range;
}

/** A product that both sides take as an input. */
export interface SharedProduct {
  /** Of the `mulc` expression. */
  readonly id: string;
  readonly product: SpecPort;
  /** Outputs: its two operands. */
  readonly a: SpecPort;
  readonly b: SpecPort;
}

/** Bits of the spec's input `channel`. */
export const CHANNEL_BITS = 16;

/** Bits of the signed numbers of a range. */
const signedBits = (range: Range): number => Math.max(2, asSigned(formatOfRange(range)).width);

/** A literal of `width` bits, signed in expressions too. */
const signed = (value: bigint, width: number): string =>
  `${width}'sh${BigInt.asUintN(width, value).toString(16)}`;

const hullOf = (values: readonly bigint[]): Range => ({
  low: values.reduce((a, b) => (b < a ? b : a)),
  high: values.reduce((a, b) => (b > a ? b : a)),
});

/** `name` is in `range`, in Verilog; both in `width` bits. */
export const within = (name: string, range: Range, width: number): string =>
  `(${name} >= ${signed(range.low, width)} && ${name} <= ${signed(range.high, width)})`;

/** What the expressions of a graph are printed from, and where their lines go. */
export interface SpecLines {
  readonly graph: FixedGraph<string>;
  /** Ports of the graph's input and of its states before the tick. */
  readonly input: SpecPort;
  readonly before: readonly SpecPort[];
  /** Products that are inputs, by the id of their expression. */
  readonly shared: ReadonlySet<string>;
  /** Nets by id. */
  readonly net: ReadonlyMap<string, string>;
  readonly lines: string[];
  /** Conditions that hold where no bit is lost. */
  readonly exact: string[];
  readonly products: SharedProduct[];
}

/** A port that holds the numbers of a range. */
export const portOf = (name: string, range: Range): SpecPort => ({ name, width: signedBits(range), range });

type Kind<K extends FixedExpr["kind"]> = Extract<FixedExpr, { readonly kind: K }>;

const nameOf = ({ net }: SpecLines, id: string): string => net.get(id) as string;
const bitsOf = ({ graph }: SpecLines, id: string): number => signedBits(rangeOfId(graph, id));

/** A net of `width` bits. */
function wire({ lines }: SpecLines, name: string, width: number, value: string): string {
  lines.push(`  wire signed [${width - 1}:0] ${name} = ${value};`);
  return name;
}

/** The number of each channel, as a net. */
function byChannel(to: SpecLines, name: string, width: number, cases: readonly string[]): void {
  if (cases.length === 1) {
    wire(to, name, width, cases[0] as string);
    return;
  }
  to.lines.push(
    `  reg signed [${width - 1}:0] ${name};`,
    "  always @(*)",
    "    case (channel)",
    ...cases.map((value, c) => `      ${CHANNEL_BITS}'d${c}: ${name} = ${value};`),
    `      default: ${name} = ${signed(0n, width)};`,
    "    endcase",
  );
}

/** The expression's net: `wide` (a net of `width` bits) in the bits of its range, which it has to be in. */
function narrowed(to: SpecLines, expr: FixedExpr, wide: string, width: number): void {
  const bits = bitsOf(to, expr.id);
  wire(to, nameOf(to, expr.id), bits, wide);
  to.exact.push(within(wide, expr.range, Math.max(width, bits + 1)));
}

/** The expression's net from an expression of Verilog on operands of `width` bits, at which it is exact. */
const computed = (to: SpecLines, expr: FixedExpr, width: number, text: string): void =>
  narrowed(to, expr, wire(to, `${nameOf(to, expr.id)}_wide`, width, text), width);

/** Operands a and b as nets of `width` bits. */
const both = (to: SpecLines, { id, a, b }: Kind<"add" | "sub" | "select">, width: number) =>
  [
    wire(to, `${nameOf(to, id)}_a`, width, nameOf(to, a)),
    wire(to, `${nameOf(to, id)}_b`, width, nameOf(to, b)),
  ] as const;

/** Adds the lines of one expression, whose operands have nets. */
export function printExpr(to: SpecLines, expr: FixedExpr): void {
  const v = nameOf(to, expr.id);
  to.lines.push("", `  // ${expr.kind} ${expr.id.replace(/[^\x20-\x7e]/g, "?")}`);
  switch (expr.kind) {
    case "input":
      wire(to, v, to.input.width, to.input.name);
      return;
    case "state": {
      const from = to.before[to.graph.states.findIndex((s) => s.name === expr.state)] as SpecPort;
      wire(to, v, from.width, from.name);
      return;
    }
    case "constant": {
      const width = signedBits(hullOf(expr.value));
      const values = expr.value.map((c) => signed(c, width));
      byChannel(to, `${v}_wide`, width, values);
      narrowed(to, expr, `${v}_wide`, width);
      return;
    }
    case "add":
    case "sub": {
      const width = Math.max(bitsOf(to, expr.a), bitsOf(to, expr.b)) + 1;
      const [a, b] = both(to, expr, width);
      computed(to, expr, width, `${a} ${expr.kind === "add" ? "+" : "-"} ${b}`);
      return;
    }
    case "mulc":
      printProduct(to, expr);
      return;
    case "shl": {
      const width = bitsOf(to, expr.a) + Math.max(...expr.bits);
      const a = wire(to, `${v}_a`, width, nameOf(to, expr.a));
      const shifted = expr.bits.map((n) => `${a} <<< ${n}`);
      byChannel(to, `${v}_shifted`, width, shifted);
      computed(to, expr, width, `${v}_shifted`);
      return;
    }
    case "shr":
      printShiftRight(to, expr);
      return;
    case "sat": {
      const { low, high } = expr;
      const width = Math.max(bitsOf(to, expr.a), signedBits({ low, high }));
      const a = wire(to, `${v}_a`, width, nameOf(to, expr.a));
      const [min, max] = [signed(low, width), signed(high, width)];
      computed(to, expr, width, `${a} < ${min} ? ${min} : ${a} > ${max} ? ${max} : ${a}`);
      return;
    }
    case "compare": {
      const a = nameOf(to, expr.a);
      const zero = signed(0n, bitsOf(to, expr.a));
      computed(to, expr, 2, `${a} > ${zero} || (${expr.orEqual ? 1 : 0} && ${a} == ${zero}) ? 2'sh1 : 2'sh0`);
      return;
    }
    case "select": {
      const width = Math.max(bitsOf(to, expr.a), bitsOf(to, expr.b));
      const [a, b] = both(to, expr, width);
      computed(to, expr, width, `${nameOf(to, expr.condition)} != 0 ? ${a} : ${b}`);
      return;
    }
    default:
      assertNever(expr);
  }
}

/** A product: computed here, or taken as an input, its operands then being outputs. */
function printProduct(to: SpecLines, expr: Kind<"mulc">): void {
  const v = nameOf(to, expr.id);
  const by = hullOf(expr.by);
  const factors = expr.by.map((c) => signed(c, signedBits(by)));
  byChannel(to, `${v}_by`, signedBits(by), factors);
  if (!to.shared.has(expr.id)) {
    const width = bitsOf(to, expr.a) + signedBits(by);
    computed(to, expr, width, `${nameOf(to, expr.a)} * ${v}_by`);
    return;
  }
  checkProduct(to.graph, expr);
  const product = portOf(`product_${v}`, expr.range);
  const a = portOf(`factor_${v}`, rangeOfId(to.graph, expr.a));
  const b = portOf(`by_${v}`, by);
  to.products.push({ id: expr.id, product, a, b });
  wire(to, v, product.width, product.name);
  to.lines.push(`  assign ${a.name} = ${nameOf(to, expr.a)};`, `  assign ${b.name} = ${v}_by;`);
}

/** A shift: its floor, and one more where the rest says so. */
function printShiftRight(to: SpecLines, expr: Kind<"shr">): void {
  const v = nameOf(to, expr.id);
  const width = Math.max(bitsOf(to, expr.a), expr.bits + 1) + 1;
  const a = wire(to, `${v}_a`, width, nameOf(to, expr.a));
  wire(to, `${v}_floor`, width, `${a} >>> ${expr.bits}`);
  wire(to, `${v}_rest`, width, `${a} - (${v}_floor <<< ${expr.bits})`);
  const half = signed(expr.bits === 0 ? 0n : 1n << BigInt(expr.bits - 1), width);
  const up = expr.bits === 0 ? "1'b0" : roundsUp(expr.rounding, v, a, half, signed(0n, width));
  computed(to, expr, width, `${up} ? ${v}_floor + ${signed(1n, width)} : ${v}_floor`);
}

/** Whether a quotient is rounded up from its floor: `roundShift` of src/fixed/ops.ts. */
function roundsUp(mode: string, v: string, x: string, half: string, zero: string): string {
  const rest = `${v}_rest`;
  const cases: Readonly<Record<string, string>> = {
    floor: "1'b0",
    ceil: `${rest} > ${zero}`,
    to_zero: `${rest} > ${zero} && ${x} < ${zero}`,
    away: `${rest} > ${zero} && ${x} > ${zero}`,
    half_even: `${rest} > ${half} || (${rest} == ${half} && ${v}_floor[0])`,
    half_away: `${rest} > ${half} || (${rest} == ${half} && ${x} > ${zero})`,
    half_to_zero: `${rest} > ${half} || (${rest} == ${half} && ${x} < ${zero})`,
    half_to_pos_inf: `${rest} >= ${half}`,
  };
  const text = cases[mode];
  if (text === undefined) throw new Error(`no rounding '${mode}'`);
  return `(${text})`;
}

/** A product that isn't computed is taken to be in its range: it is at all four corners, for every channel. */
function checkProduct(graph: FixedGraph<string>, expr: Extract<FixedExpr, { kind: "mulc" }>): void {
  const { low, high } = rangeOfId(graph, expr.a);
  for (const corner of expr.by.flatMap((c) => [low * c, high * c])) {
    if (corner < expr.range.low || corner > expr.range.high)
      throw new Error(`product '${expr.id}' leaves its range: ${corner}`);
  }
}
