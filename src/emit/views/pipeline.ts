import { assertNever } from "../../diagnostics/diagnostic.js";
import { type Net, numberWidth, type Pipeline, type PipelineOp, type Source } from "../../ir/pipeline.js";
import { tableNet } from "../../mapping/pipeline-sources.js";
import { addressBits } from "../../mapping/widths.js";
import { literal } from "../hex.js";
import { printable } from "../names.js";
import { commas } from "../render.js";

/** Where a pipeline module stands: its name, lanes, channel groups, and what its header says. */
export interface PipelinePlace {
  readonly module: string;
  readonly purpose: string;
  readonly golden: string;
  readonly banner: string;
  readonly lanes: number;
  readonly groups: number;
  /** Output name → port name (same) in the order of the module's ports. */
  readonly outputs: readonly string[];
}

/** File that holds a channel table of pipeline `module`. */
export const tableFile = (module: string, table: { readonly name: string }): string =>
  `${module}_${table.name}.hex`;

/** View of templates/verilog/pipeline.v.hbs. */
export function pipelineView(pipeline: Pipeline, place: PipelinePlace) {
  const { lanes } = place;
  const groupWidth = addressBits(place.groups);
  const starts = [...new Set(pipeline.tables.map((t) => t.start))].filter((t) => t > 0).sort((a, b) => a - b);
  const groupAt = (start: number): string => (start === 0 ? "group" : `group_d${start}`);
  const bus = (net: Net) => ({ name: net.name, msb: lanes * net.width - 1 });
  const inputs = [pipeline.input, ...pipeline.states.map((s) => s.before)];
  const outputs = [
    ...pipeline.states.map((s) => ({ name: `${s.before.name}_next`, net: s.after })),
    ...place.outputs.map((name) => ({ name, net: pipeline.outputs[name] as Net })),
  ];
  const clocked = pipeline.tables.length > 0 || pipeline.ops.some((op) => portsOf(op).clocked);
  const used = new Set([
    ...pipeline.ops.flatMap((op) => portsOf(op).ports.map((p) => p.net)),
    ...outputs.map((o) => o.net.name),
  ]);
  const unused = [...(clocked ? [] : ["clk"]), ...inputs.map((i) => i.name).filter((n) => !used.has(n))];
  return {
    ...place,
    latency: pipeline.latency,
    grouped: pipeline.tables.length > 0,
    group_msb: groupWidth - 1,
    inputs: inputs.map(bus),
    has_unused: unused.length > 0,
    unused: commas(unused.map((name) => ({ name }))),
    outputs: commas(outputs.map(({ name, net }) => ({ name, msb: lanes * net.width - 1 }))),
    group_delays: starts.map((start, i) => ({
      name: groupAt(start),
      from: groupAt(i === 0 ? 0 : (starts[i - 1] as number)),
      cycles: start - (i === 0 ? 0 : (starts[i - 1] as number)),
      width: groupWidth,
      msb: groupWidth - 1,
    })),
    tables: pipeline.tables.map((table) => ({
      net: tableNet(table),
      holds: table.name,
      width: lanes * table.width,
      msb: lanes * table.width - 1,
      depth: place.groups,
      file: tableFile(place.module, table),
      address: groupAt(table.start),
    })),
    nets: pipeline.ops.map((op) => bus(op.out)),
    ops: pipeline.ops.map(opView),
    assigns: outputs.map(({ name, net }) => ({ to: name, from: net.name })),
  };
}

interface Port {
  readonly name: string;
  /** Printed as it is. */
  readonly plain: string;
  readonly net: string;
  readonly width: number;
  /** A bit used as a number gets a sign. */
  readonly extended: boolean;
}

const plain = (name: string, text: string): Port => ({
  name,
  plain: text,
  net: "",
  width: 0,
  extended: false,
});
const clock = plain("clk", "clk");

function port(name: string, source: Source, asNumber = true): Port {
  switch (source.kind) {
    case "net":
      return {
        name,
        plain: "",
        net: source.net.name,
        width: source.net.width,
        extended: asNumber && source.net.bit,
      };
    case "table":
      return { name, plain: "", net: source.table, width: source.width, extended: false };
    case "literal":
      return plain(name, literal(source.value, source.width));
    default:
      return assertNever(source);
  }
}

/** The rtl block of an operation: module, parameters, ports. */
function portsOf(op: PipelineOp): {
  readonly module: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly ports: readonly Port[];
  readonly clocked: boolean;
} {
  const out: Port = { name: "out", plain: "", net: op.out.name, width: op.out.width, extended: false };
  switch (op.kind) {
    case "add":
      return {
        module: "fx_add",
        parameters: {
          A_WIDTH: numberWidth(op.a),
          B_WIDTH: numberWidth(op.b),
          OUT_WIDTH: op.out.width,
          SUBTRACT: op.subtract ? 1 : 0,
        },
        ports: [clock, port("a", op.a), port("b", op.b), out],
        clocked: true,
      };
    case "mul":
      return {
        module: "fx_mul",
        parameters: { A_WIDTH: numberWidth(op.a), B_WIDTH: numberWidth(op.b), OUT_WIDTH: op.out.width },
        ports: [clock, port("a", op.a), port("b", op.b), out],
        clocked: true,
      };
    case "shift_left":
      return {
        module: "fx_shift_left",
        parameters: { A_WIDTH: numberWidth(op.a), OUT_WIDTH: op.out.width, SHIFT: op.shift },
        ports: [port("a", op.a), out],
        clocked: false,
      };
    case "shift_left_var":
      return {
        module: "fx_shift_left_var",
        parameters: {
          A_WIDTH: numberWidth(op.a),
          OUT_WIDTH: op.out.width,
          SHIFT_WIDTH: numberWidth(op.shift),
        },
        ports: [clock, port("a", op.a), port("shift", op.shift), out],
        clocked: true,
      };
    case "round_shift":
      return {
        module: "fx_round_shift",
        parameters: { A_WIDTH: numberWidth(op.a), OUT_WIDTH: op.out.width, SHIFT: op.shift, MODE: op.mode },
        ports: [clock, port("a", op.a), out],
        clocked: true,
      };
    case "saturate":
      return {
        module: "fx_saturate",
        parameters: {
          A_WIDTH: numberWidth(op.a),
          OUT_WIDTH: op.out.width,
          LOW: literal(op.low, numberWidth(op.a)),
          HIGH: literal(op.high, numberWidth(op.a)),
        },
        ports: [clock, port("a", op.a), out],
        clocked: true,
      };
    case "compare":
      return {
        module: "fx_compare",
        parameters: { A_WIDTH: numberWidth(op.a), OR_EQUAL: op.orEqual ? 1 : 0 },
        ports: [clock, port("a", op.a), out],
        clocked: true,
      };
    case "select": {
      return {
        module: "fx_select",
        parameters: { WIDTH: op.out.width },
        ports: [clock, port("condition", op.condition, false), port("a", op.a), port("b", op.b), out],
        clocked: true,
      };
    }
    case "delay":
      return {
        module: "fx_delay",
        parameters: { WIDTH: op.out.width, CYCLES: op.latency },
        ports: [clock, port("a", op.a, false), out],
        clocked: true,
      };
    default:
      return assertNever(op);
  }
}

function opView(op: PipelineOp) {
  const { module, parameters, ports } = portsOf(op);
  const from = op.origin[0];
  const node = from?.node === undefined ? "" : ` (node ${from.node})`;
  return {
    module,
    instance: op.out.name,
    comment: from?.name === undefined ? "" : printable(`from ${from.name}${node}`),
    parameters: commas(Object.entries(parameters).map(([name, value]) => ({ name, value: String(value) }))),
    ports: commas(ports),
  };
}
