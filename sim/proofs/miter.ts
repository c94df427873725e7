import type { FixedGraph } from "../../src/ir/fixed.js";
import type { Word } from "../../src/ir/geometry.js";
import type { Net, Pipeline, PipelineOp, Source } from "../../src/ir/pipeline.js";
import { addressBits } from "../../src/mapping/widths.js";
import { type Spec, specOf } from "./spec.js";
import { CHANNEL_BITS, type SpecPort } from "./spec-expressions.js";

/** An emitted pipeline and the graph that it is said to compute. */
export interface Sweep {
  readonly graph: FixedGraph<string>;
  /** Only its ports and the places of its multipliers count. */
  readonly pipeline: Pipeline;
  readonly module: string;
  readonly word: Word;
  readonly channels: number;
  /** The module's text, its tables, and the library: name → text. */
  readonly files: ReadonlyMap<string, string>;
}

/** Verilog of a proof: the spec, and a top with outputs `valid`, `mismatch` and the covers. */
export interface Miter {
  readonly text: string;
  /** Cells of the pipeline that compute products. */
  readonly multipliers: number;
  /** Outputs of the top each of which some valid input has to set. */
  readonly covers: readonly string[];
}

type Multiplication = Extract<PipelineOp, { kind: "mul" }>;

export const lanesOf = ({ word }: Sweep): number => word.channels * word.columns;

/** The products of a pipeline, in order. */
export const multiplications = (pipeline: Pipeline): readonly Multiplication[] =>
  pipeline.ops.filter((op): op is Multiplication => op.kind === "mul");

/** Bits of an operand of fx_mul; a bit is a number of two. */
export const operandBits = (source: Source): number =>
  source.kind === "net" ? (source.net.bit ? 2 : source.net.width) : source.width;

/**
 * The pipeline beside one spec a lane. Inputs: the channel group, and the numbers of each lane. `mismatch`: for valid
 * inputs some result differs from the spec's, or an operand of a product does, or a number leaves its range. With
 * `spikes` there are covers of both values of a spike.
 */
export function miterOf(sweep: Sweep, spikes: boolean): Miter {
  const { graph, pipeline, word, channels } = sweep;
  const lanes = lanesOf(sweep);
  const muls = multiplications(pipeline);
  const spec = specOf(graph, channels, new Set(muls.map((op) => op.id)));
  const grouped = pipeline.tables.length > 0;
  const groupBits = addressBits(channels / word.channels);

  const ports: string[] = [`input wire [${groupBits - 1}:0] group`];
  const body: string[] = [];
  const dutPorts: string[] = grouped ? [".group(group)"] : [];
  const bad: string[] = [];
  const valid: string[] = [];

  const lane = (l: number, port: SpecPort): string => `lane${l}_${port.name}`;
  /** A free number for the spec of every lane. */
  const free = (port: SpecPort): void => {
    for (let l = 0; l < lanes; l++) ports.push(`input wire signed [${port.width - 1}:0] ${lane(l, port)}`);
  };
  /** All lanes of a port of the pipeline, driven with the spec's numbers. */
  const drive = (net: Net, port: SpecPort): void => {
    free(port);
    const { width } = net;
    body.push(`  wire [${lanes * width - 1}:0] dut_${port.name};`);
    for (let l = 0; l < lanes; l++) {
      const wide = Math.max(width, port.width);
      body.push(`  wire signed [${wide - 1}:0] dut_${lane(l, port)} = ${lane(l, port)};`);
      body.push(`  assign dut_${port.name}[${l * width}+:${width}] = dut_${lane(l, port)}[${width - 1}:0];`);
    }
    dutPorts.push(`.${net.name}(dut_${port.name})`);
  };
  /** `name` (a flag) where a number of the pipeline isn't the spec's. */
  const compare = (
    name: string,
    dut: string,
    width: number,
    bit: boolean,
    l: number,
    port: SpecPort,
  ): void => {
    const number = `dut_${lane(l, port)}`;
    const bits = bit ? width + 1 : width;
    body.push(`  wire signed [${bits - 1}:0] ${number} = ${bit ? `{1'b0, ${dut}}` : dut};`);
    body.push(`  wire bad_${name} = ${number} != ${lane(l, port)};`);
    bad.push(`bad_${name}`);
  };
  const expect = (portName: string, net: Net, port: SpecPort): void => {
    body.push(`  wire [${lanes * net.width - 1}:0] dut_${port.name};`);
    dutPorts.push(`.${portName}(dut_${port.name})`);
    for (let l = 0; l < lanes; l++) {
      const slice = `dut_${port.name}[${l * net.width}+:${net.width}]`;
      compare(`${l}_${port.name}`, slice, net.width, net.bit, l, port);
    }
  };

  drive(pipeline.input, spec.input);
  for (const s of pipeline.states) drive(s.before, spec.before[stateIndex(graph, s.name)] as SpecPort);
  for (const s of pipeline.states) {
    expect(`${s.before.name}_next`, s.after, spec.after[stateIndex(graph, s.name)] as SpecPort);
  }
  for (const [name, net] of Object.entries(pipeline.outputs)) {
    expect(name, net, spec.outputs.get(name) as SpecPort);
  }
  for (const op of muls) {
    const at = spec.products.find((p) => p.id === op.id);
    if (at === undefined) throw new Error(`'${op.id}' is no product of the graph`);
    free(at.product);
    for (let l = 0; l < lanes; l++) {
      const cell = (port: string): string => `.\\gen_lane[${l}].u_${op.out.name}.${port} `;
      body.push(
        `  wire signed [${op.out.width - 1}:0] out_${l}_${at.product.name} = ${lane(l, at.product)};`,
      );
      dutPorts.push(`${cell("out")}(out_${l}_${at.product.name})`);
      for (const [port, source, to] of [
        ["a", op.a, at.a],
        ["b", op.b, at.b],
      ] as const) {
        const net = `${port}_${l}_${at.product.name}`;
        body.push(`  wire [${operandBits(source) - 1}:0] ${net};`);
        dutPorts.push(`${cell(port)}(${net})`);
        compare(`${l}_${to.name}`, net, operandBits(source), false, l, to);
      }
    }
  }

  const results = [...spec.after, ...spec.products.flatMap((p) => [p.a, p.b]), ...spec.outputs.values()];
  for (let l = 0; l < lanes; l++) {
    for (const port of results) body.push(`  wire signed [${port.width - 1}:0] ${lane(l, port)};`);
    const channel = `group * ${CHANNEL_BITS}'d${word.channels} + ${CHANNEL_BITS}'d${l % word.channels}`;
    body.push(`  wire [${CHANNEL_BITS - 1}:0] lane${l}_channel = ${channel};`);
    body.push(`  wire lane${l}_valid, lane${l}_exact;`);
    const all = [spec.input, ...spec.before, ...spec.products.map((p) => p.product), ...results];
    const connections = all.map((port) => `.${port.name}(${lane(l, port)})`);
    body.push(
      `  spec u_spec${l} (${[
        ...connections,
        ...["channel", "valid", "exact"].map((name) => `.${name}(lane${l}_${name})`),
      ].join(", ")});`,
    );
    valid.push(`lane${l}_valid`);
    bad.push(`!lane${l}_exact`);
  }
  body.push(`  ${sweep.module} u_dut (${dutPorts.join(", ")});`);
  body.push(`  assign valid = ${valid.join(" && ")};`);
  body.push(`  assign mismatch = valid && (${bad.join(" || ")});`);
  const covers = spikes ? coversOf(spec, lanes) : new Map<string, string>();
  for (const [name, what] of covers) body.push(`  assign ${name} = valid && ${what};`);

  const outs = ["valid", "mismatch", ...covers.keys()].map((name) => `output wire ${name}`);
  const flags = bad.filter((name) => !name.startsWith("!")).map((name) => `    output wire show_${name}`);
  for (const name of bad.filter((b) => !b.startsWith("!"))) body.push(`  assign show_${name} = ${name};`);
  for (let l = 0; l < lanes; l++) {
    flags.push(`    output wire show_bad_${l}_range`);
    body.push(`  assign show_bad_${l}_range = !lane${l}_exact;`);
  }
  const text = [
    spec.text,
    "`default_nettype none",
    "module miter (",
    [...ports, ...outs].map((port) => `    ${port},`).join("\n"),
    flags.join(",\n"),
    ");",
    ...body,
    "endmodule",
    "`default_nettype wire",
    "",
  ].join("\n");
  return { text, multipliers: lanes * muls.length, covers: spikes ? [...covers.keys()] : ["valid"] };
}

/** An output of one bit is 0, and is 1, in all lanes at once; for an operand: is another number than 0. */
function coversOf(spec: Spec, lanes: number): ReadonlyMap<string, string> {
  const covers = new Map<string, string>();
  const { name } = spec.outputs.get("spike") ?? (spec.outputs.get("operand") as SpecPort);
  for (const [what, test] of [
    ["zero", "=="],
    ["other", "!="],
  ] as const) {
    const each = Array.from({ length: lanes }, (_, l) => `lane${l}_${name} ${test} 0`).join(" && ");
    covers.set(`cover_${name}_${what}`, each);
  }
  return covers;
}

const stateIndex = (graph: FixedGraph<string>, name: string): number =>
  graph.states.findIndex((s) => s.name === name);

/** Every width of fx_mul in the pipeline against a signed product in as many bits: `mismatch`. */
export function multipliersOf(pipeline: Pipeline): string {
  const shapes = new Map(
    multiplications(pipeline).map((op) => {
      const shape = [operandBits(op.a), operandBits(op.b), op.out.width] as const;
      return [shape.join("x"), shape] as const;
    }),
  );
  const ports: string[] = [];
  const body = [...shapes.values()].map(([a, b, out], i) => {
    ports.push(`input wire signed [${a - 1}:0] a${i}`, `input wire signed [${b - 1}:0] b${i}`);
    return [
      `  wire signed [${a + b - 1}:0] product${i} = a${i} * b${i};`,
      `  wire signed [${Math.max(a + b, out) - 1}:0] wide${i} = product${i};`,
      `  wire [${out - 1}:0] out${i};`,
      `  fx_mul #(.A_WIDTH(${a}), .B_WIDTH(${b}), .OUT_WIDTH(${out})) u_mul${i} (`,
      `      .clk(1'b0), .a(a${i}), .b(b${i}), .out(out${i}));`,
      `  wire bad${i} = out${i} != wide${i}[${out - 1}:0];`,
    ].join("\n");
  });
  const bad = body.length === 0 ? "1'b0" : body.map((_, i) => `bad${i}`).join(" || ");
  return [
    "module multipliers (",
    ...ports.map((port) => `    ${port},`),
    "    output wire mismatch",
    ");",
    ...body,
    `  assign mismatch = ${bad};`,
    "endmodule",
    "",
  ].join("\n");
}
