import { assertNever } from "../../src/diagnostics/diagnostic.js";
import { asSigned, formatOfRange, type Range } from "../../src/fixed/format.js";
import { type FixedExpr, type FixedGraph, fixedOperandsOf, rangeOfId } from "../../src/ir/fixed.js";

/**
 * The meaning of an element-wise graph as one combinational Verilog module, straight from `evaluate` in
 * src/simulators/golden.ts: exact integers, without schedule, registers or lanes. It knows nothing of the pipeline
 * that it is compared with, but for one thing: the products named in `shared` are inputs of both, so that no proof has
 * to see through a multiplier. Their operands are outputs, to be compared; the multiplier is proved by itself.
 *
 * Every expression is computed in as many bits as its operands can need, held against its proven range, and only then
 * cut to the bits of that range: where `exact` holds, no bit was lost and no range is wrong.
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

/** The spec's text and ports, beside `channel` (CHANNEL_BITS, unsigned) and the flags `valid` and `exact`. */
export interface Spec {
  readonly text: string;
  readonly input: SpecPort;
  /** By state, in the graph's order. */
  readonly before: readonly SpecPort[];
  readonly after: readonly SpecPort[];
  readonly products: readonly SharedProduct[];
  /** By output name. */
  readonly outputs: ReadonlyMap<string, SpecPort>;
}

/** Bits of the spec's input `channel`. */
export const CHANNEL_BITS = 16;

/** Bits of the signed numbers of a range. */
export const signedBits = (range: Range): number => Math.max(2, asSigned(formatOfRange(range)).width);

/** A literal of `width` bits, signed in expressions too. */
const signed = (value: bigint, width: number): string =>
  `${width}'sh${BigInt.asUintN(width, value).toString(16)}`;

const hullOf = (values: readonly bigint[]): Range => ({
  low: values.reduce((a, b) => (b < a ? b : a)),
  high: values.reduce((a, b) => (b > a ? b : a)),
});

/** `name` is in `range`, in Verilog; both in `width` bits. */
const within = (name: string, range: Range, width: number): string =>
  `(${name} >= ${signed(range.low, width)} && ${name} <= ${signed(range.high, width)})`;

/** Prints the spec of a graph whose element-wise constants have `channels` channels. */
export function specOf(graph: FixedGraph<string>, channels: number, shared: ReadonlySet<string>): Spec {
  const needed = neededOf(graph);
  const net = new Map(graph.exprs.map((e, i) => [e.id, `v${i}`] as const));
  const nameOf = (id: string): string => net.get(id) as string;
  const bitsOf = (id: string): number => signedBits(rangeOfId(graph, id));
  const port = (name: string, range: Range): SpecPort => ({ name, width: signedBits(range), range });
  const stateRange = (state: string): Range => {
    const read = graph.exprs.find((e) => e.kind === "state" && e.state === state);
    return read?.range ?? { low: 0n, high: 0n };
  };

  const input = graph.exprs.find((e) => e.kind === "input");
  if (input === undefined) throw new Error("a graph without input");
  const inputPort = port("x", input.range);
  const before = graph.states.map((s, i) => port(`before_${i}`, stateRange(s.name)));
  const after = graph.states.map((s, i) => port(`after_${i}`, rangeOfId(graph, s.next)));
  const outputs = new Map(
    Object.entries<string>(graph.outputs).map(([name, id]) => [
      name,
      port(`out_${name}`, rangeOfId(graph, id)),
    ]),
  );
  const products: SharedProduct[] = [];
  const lines: string[] = [];
  const exact: string[] = [];

  /** The number of each channel, as a net. */
  const byChannel = (name: string, width: number, cases: readonly string[]): void => {
    if (cases.length === 1) lines.push(`  wire signed [${width - 1}:0] ${name} = ${cases[0]};`);
    else {
      lines.push(`  reg signed [${width - 1}:0] ${name};`, "  always @(*)", "    case (channel)");
      cases.forEach((value, c) => {
        lines.push(`      ${CHANNEL_BITS}'d${c}: ${name} = ${value};`);
      });
      lines.push(`      default: ${name} = ${signed(0n, width)};`, "    endcase");
    }
  };
  /** Operand `id` as a net of `width` bits. */
  const widened = (id: string, as: string, width: number): string => {
    lines.push(`  wire signed [${width - 1}:0] ${as} = ${nameOf(id)};`);
    return as;
  };
  /** The expression's net: `wide` (a net of `width` bits) in the bits of its range, which it has to be in. */
  const narrowed = (expr: FixedExpr, wide: string, width: number): void => {
    const bits = bitsOf(expr.id);
    lines.push(`  wire signed [${bits - 1}:0] ${nameOf(expr.id)} = ${wide};`);
    exact.push(within(wide, expr.range, Math.max(width, bits + 1)));
  };

  for (const expr of graph.exprs) {
    if (!needed.has(expr.id)) continue;
    const v = nameOf(expr.id);
    const wide = `${v}_wide`;
    lines.push("", `  // ${expr.kind} ${expr.id.replace(/[^\x20-\x7e]/g, "?")}`);
    /** An expression of Verilog on operands that are widened to `width`, at which it is exact. */
    const computed = (width: number, text: string): void => {
      lines.push(`  wire signed [${width - 1}:0] ${wide} = ${text};`);
      narrowed(expr, wide, width);
    };
    switch (expr.kind) {
      case "input":
        lines.push(`  wire signed [${inputPort.width - 1}:0] ${v} = ${inputPort.name};`);
        break;
      case "state": {
        const from = before[graph.states.findIndex((s) => s.name === expr.state)] as SpecPort;
        lines.push(`  wire signed [${from.width - 1}:0] ${v} = ${from.name};`);
        break;
      }
      case "constant": {
        const width = signedBits(hullOf(expr.value));
        byChannel(
          wide,
          width,
          expr.value.map((c) => signed(c, width)),
        );
        narrowed(expr, wide, width);
        break;
      }
      case "add":
      case "sub": {
        const width = Math.max(bitsOf(expr.a), bitsOf(expr.b)) + 1;
        const [a, b] = [widened(expr.a, `${v}_a`, width), widened(expr.b, `${v}_b`, width)];
        computed(width, `${a} ${expr.kind === "add" ? "+" : "-"} ${b}`);
        break;
      }
      case "mulc": {
        const by = hullOf(expr.by);
        const width = bitsOf(expr.a) + signedBits(by);
        byChannel(
          `${v}_by`,
          signedBits(by),
          expr.by.map((c) => signed(c, signedBits(by))),
        );
        if (!shared.has(expr.id)) {
          computed(width, `${nameOf(expr.a)} * ${v}_by`);
          break;
        }
        checkProduct(graph, expr);
        const product = port(`product_${v}`, expr.range);
        const a = port(`factor_${v}`, rangeOfId(graph, expr.a));
        const b = port(`by_${v}`, by);
        products.push({ id: expr.id, product, a, b });
        lines.push(`  wire signed [${product.width - 1}:0] ${v} = ${product.name};`);
        lines.push(`  assign ${a.name} = ${nameOf(expr.a)};`, `  assign ${b.name} = ${v}_by;`);
        break;
      }
      case "shl": {
        const width = bitsOf(expr.a) + Math.max(...expr.bits);
        const a = widened(expr.a, `${v}_a`, width);
        byChannel(
          `${v}_shifted`,
          width,
          expr.bits.map((n) => `${a} <<< ${n}`),
        );
        computed(width, `${v}_shifted`);
        break;
      }
      case "shr": {
        const width = Math.max(bitsOf(expr.a), expr.bits + 1) + 1;
        const a = widened(expr.a, `${v}_a`, width);
        lines.push(`  wire signed [${width - 1}:0] ${v}_floor = ${a} >>> ${expr.bits};`);
        lines.push(`  wire signed [${width - 1}:0] ${v}_rest = ${a} - (${v}_floor <<< ${expr.bits});`);
        const half = signed(expr.bits === 0 ? 0n : 1n << BigInt(expr.bits - 1), width);
        const up = expr.bits === 0 ? "1'b0" : roundsUp(expr.rounding, v, a, half, signed(0n, width));
        computed(width, `${up} ? ${v}_floor + ${signed(1n, width)} : ${v}_floor`);
        break;
      }
      case "sat": {
        const { low, high } = expr;
        const width = Math.max(bitsOf(expr.a), signedBits({ low, high }));
        const a = widened(expr.a, `${v}_a`, width);
        const [min, max] = [signed(low, width), signed(high, width)];
        computed(width, `${a} < ${min} ? ${min} : ${a} > ${max} ? ${max} : ${a}`);
        break;
      }
      case "compare": {
        const a = nameOf(expr.a);
        const zero = signed(0n, bitsOf(expr.a));
        computed(2, `${a} > ${zero} || (${expr.orEqual ? 1 : 0} && ${a} == ${zero}) ? 2'sh1 : 2'sh0`);
        break;
      }
      case "select": {
        const width = Math.max(bitsOf(expr.a), bitsOf(expr.b));
        const [a, b] = [widened(expr.a, `${v}_a`, width), widened(expr.b, `${v}_b`, width)];
        computed(width, `${nameOf(expr.condition)} != 0 ? ${a} : ${b}`);
        break;
      }
      default:
        assertNever(expr);
    }
  }

  const inputs = [inputPort, ...before, ...products.map((p) => p.product)];
  const results = [...after, ...products.flatMap((p) => [p.a, p.b]), ...outputs.values()];
  // By induction over ticks a state never leaves the range that the proof takes it to be in.
  graph.states.forEach((state, i) => {
    const { range, width } = before[i] as SpecPort;
    if (range.low > 0n || range.high < 0n) throw new Error(`state '${state.name}' can't be 0`);
    if (stateIsRead(graph, state.name)) {
      exact.push(within((after[i] as SpecPort).name, range, Math.max(width, bitsOf(state.next)) + 1));
    }
  });
  const text = [
    "`default_nettype none",
    "module spec (",
    `    input wire [${CHANNEL_BITS - 1}:0] channel,`,
    ...inputs.map(({ name, width }) => `    input wire signed [${width - 1}:0] ${name},`),
    ...results.map(({ name, width }) => `    output wire signed [${width - 1}:0] ${name},`),
    "    output wire valid,",
    "    output wire exact",
    ");",
    ...lines,
    "",
    ...graph.states.map((s, i) => `  assign after_${i} = ${nameOf(s.next)};`),
    ...Object.entries<string>(graph.outputs).map(([name, id]) => `  assign out_${name} = ${nameOf(id)};`),
    `  assign valid = ${[
      `channel < ${CHANNEL_BITS}'d${channels}`,
      ...inputs.map(({ name, width, range }) => within(name, range, width + 1)),
    ].join(" && ")};`,
    `  assign exact = ${exact.length === 0 ? "1'b1" : exact.join(" && ")};`,
    "endmodule",
    "`default_nettype wire",
    "",
  ].join("\n");
  return { text, input: inputPort, before, after, products, outputs };
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

const stateIsRead = (graph: FixedGraph<string>, state: string): boolean =>
  graph.exprs.some((e) => e.kind === "state" && e.state === state);

/** Expressions that a next state or an output depends on. */
function neededOf(graph: FixedGraph<string>): ReadonlySet<string> {
  const needed = new Set([...graph.states.map((s) => s.next), ...Object.values<string>(graph.outputs)]);
  for (const expr of [...graph.exprs].reverse()) {
    if (needed.has(expr.id)) for (const id of fixedOperandsOf(expr)) needed.add(id);
  }
  return needed;
}
