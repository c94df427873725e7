import type { FixedGraph } from "../../src/ir/fixed.js";
import type { Sweep } from "./miter.js";
import type { Verdict } from "./prove.js";

/** One mistake in an emitted pipeline, its tables, the library or the graph's ranges, and the part that refutes it. */
export interface Fault {
  readonly title: string;
  readonly part: Extract<Verdict, { holds: false }>["part"];
  /** Left to the long test. */
  readonly long?: true;
  /** Name of the layer in layers.ts. */
  readonly layer: string;
  plant(sweep: Sweep): Sweep;
}

/** Replaces text that stands once in a file. */
const edit =
  (file: (sweep: Sweep) => string, from: string | RegExp, to: string) =>
  (sweep: Sweep): Sweep => {
    const name = file(sweep);
    const before = sweep.files.get(name) ?? "";
    const found = [...before.matchAll(new RegExp(from instanceof RegExp ? from : escaped(from), "g"))].length;
    if (found !== 1) throw new Error(`${name}: ${found} places to edit`);
    return { ...sweep, files: new Map([...sweep.files, [name, before.replace(from, to)]]) };
  };

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const rtl = (name: string) => () => name;
const own = (sweep: Sweep): string => `${sweep.module}.v`;

/** Edits the instance of the net `u_<name>` in the pipeline's text. */
const instance =
  (name: string, from: string | RegExp, to: string) =>
  (sweep: Sweep): Sweep => {
    const file = own(sweep);
    const text = sweep.files.get(file) ?? "";
    const end = text.indexOf(");\n", text.indexOf(`) u_${name} (`));
    const start = text.lastIndexOf(" #(", text.indexOf(`) u_${name} (`));
    const before = text.slice(start, end);
    const after = before.replace(from, to);
    if (start < 0 || after === before) throw new Error(`${file}: no such instance '${name}'`);
    const files = new Map([...sweep.files, [file, text.slice(0, start) + after + text.slice(end)]]);
    return { ...sweep, files };
  };

const refractory = "DCLL, traces behind the synapse, refractory";
const lif = "LIF, reset by subtraction";
const zero = "LIF, reset to zero, rounded down";

/** Claims one number less of an expression's range. */
const narrower =
  (id: string) =>
  (sweep: Sweep): Sweep => {
    const exprs = sweep.graph.exprs.map((e) =>
      e.id === id ? { ...e, range: { ...e.range, high: e.range.high - 1n } } : e,
    );
    return { ...sweep, graph: { ...sweep.graph, exprs } as FixedGraph<string> };
  };

export const faults: readonly Fault[] = [
  {
    title: "a saturation that never acts",
    part: "arithmetic",
    layer: refractory,
    plant: instance(
      "eps0_next",
      /\.LOW\([^)]*\),\s*\.HIGH\([^)]*\)/,
      ".LOW(-25'sd16777216), .HIGH(25'sd16777215)",
    ),
  },
  {
    title: "a saturation to one less",
    long: true,
    part: "arithmetic",
    layer: refractory,
    plant: instance("eps1_next", /\.HIGH\([^)]*\)/, ".HIGH(25'sd8388606)"),
  },
  {
    title: "floor for half-even",
    long: true,
    part: "arithmetic",
    layer: refractory,
    plant: instance("eps1_next_4", ".MODE(4)", ".MODE(0)"),
  },
  {
    title: "half-up for half-even: one tie in 2^18",
    part: "arithmetic",
    layer: refractory,
    plant: instance("eps1_next_4", ".MODE(4)", ".MODE(7)"),
  },
  {
    title: "a shift by one less",
    long: true,
    part: "arithmetic",
    layer: refractory,
    plant: instance("eps0_next_2", ".SHIFT(17)", ".SHIFT(16)"),
  },
  {
    title: "a spike at the threshold",
    part: "arithmetic",
    layer: refractory,
    plant: instance("spike_2", ".OR_EQUAL(0)", ".OR_EQUAL(1)"),
  },
  {
    title: "next states in the wrong order",
    part: "arithmetic",
    layer: refractory,
    plant: edit(own, /(_eps0_next = )(\w+;)([\s\S]*_eps1_next = )(\w+;)/, "$1$4$3$2"),
  },
  {
    title: "a reset that adds the threshold",
    long: true,
    part: "arithmetic",
    layer: lif,
    plant: instance("u_reset", ".SUBTRACT(1)", ".SUBTRACT(0)"),
  },
  {
    title: "a select of the other operand",
    part: "arithmetic",
    layer: zero,
    plant: edit(rtl("fx_select.v"), "<= condition ? a : b", "<= condition ? b : a"),
  },
  {
    title: "an operand without its sign",
    long: true,
    part: "arithmetic",
    layer: lif,
    plant: edit(rtl("fx_add.v"), "{(WIDTH - A_WIDTH) {a[A_WIDTH-1]}}", "{(WIDTH - A_WIDTH) {1'b0}}"),
  },
  {
    title: "a product of an unsigned number",
    part: "multipliers",
    layer: lif,
    plant: edit(rtl("fx_mul.v"), "reg signed [A_WIDTH-1:0] a_q;", "reg [A_WIDTH-1:0] a_q;"),
  },
  {
    title: "a product that lacks its lowest bit",
    long: true,
    part: "multipliers",
    layer: lif,
    plant: edit(rtl("fx_mul.v"), "product_q <= a_q * b_q;", "product_q <= (a_q * b_q) >>> 1 <<< 1;"),
  },
  {
    title: "a delay that is one cycle short",
    part: "latency",
    layer: refractory,
    plant: instance("eps1_decay_d3", ".CYCLES(3)", ".CYCLES(2)"),
  },
  {
    title: "a table read one cycle late",
    long: true,
    part: "latency",
    layer: refractory,
    plant: edit(
      rtl("fx_rom.v"),
      "assign data = data_q;",
      "reg [WIDTH-1:0] late_q; always @(posedge clk) late_q <= data_q; assign data = late_q;",
    ),
  },
  {
    title: "one bit of one word of a table",
    part: "arithmetic",
    layer: refractory,
    plant: (sweep) => {
      const name = `${sweep.module}_table_arp_decay.hex`;
      const lines = (sweep.files.get(name) ?? "").split("\n");
      lines[2] = (BigInt(`0x${lines[2]}`) ^ 1n).toString(16).padStart(lines[2]?.length ?? 0, "0");
      return { ...sweep, files: new Map([...sweep.files, [name, lines.join("\n")]]) };
    },
  },
  {
    title: "a range that leaves out one number",
    part: "arithmetic",
    layer: refractory,
    plant: narrower("eps0_sum"),
  },
];

/** What only looks like a mistake: the proof has to hold. */
export const harmless: readonly Pick<Fault, "title" | "layer" | "plant">[] = [
  {
    title: "a saturation that also writes the limit over itself",
    layer: lif,
    plant: edit(rtl("fx_saturate.v"), "a_signed > HIGH", "a_signed >= HIGH"),
  },
];
