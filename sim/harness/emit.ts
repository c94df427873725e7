import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { instancesIn, libraryClosure, stripComments } from "../../src/emit/library.js";
import type { BenchCase, BenchOptions, Mutant, Parameter, StreamCase, VectorCase } from "./case.js";
import { hexFile } from "./values.js";

const benchFolder = fileURLToPath(new URL(".", import.meta.url));

/** A file of the bench's build or run folder. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** A bench in Verilog: its sources and the data files that it reads while it runs. */
export interface Program {
  readonly sources: readonly TextFile[];
  readonly data: readonly TextFile[];
}

/** The files with the mutant's edit made; throws if the code of its module, comments aside, does not hold `find`. */
export function withMutant(files: readonly TextFile[], { module, find, replace }: Mutant): TextFile[] {
  const file = `${module}.v`;
  // A change of a comment would survive.
  const code = stripComments(files.find(({ name }) => name === file)?.text ?? "");
  if (!code.includes(find)) throw new Error(`${file} does not contain: ${find}`);
  const text = code.replace(find, () => replace);
  return files.map((entry) => (entry.name === file ? { name: file, text } : entry));
}

/** A parameter as Verilog text. */
export const parameterText = (value: Parameter): string =>
  typeof value === "number" ? String(value) : typeof value === "string" ? `"${value}"` : value.verilog;

function instance(
  benchCase: BenchCase,
  index: number,
  ports: readonly (readonly [string, string])[],
): string {
  const parameters = Object.entries(benchCase.parameters ?? {});
  const list = parameters.map(([name, value]) => `      .${name}(${parameterText(value)})`).join(",\n");
  const connections = ports.map(([port, net]) => `      .${port}(${net})`).join(",\n");
  return `  ${benchCase.module}${list === "" ? "" : ` #(\n${list}\n  )`} u_case${index} (\n${connections}\n  );`;
}

/** `[offset +: width]` of each entry of a packed vector, and the vector's width. */
function layout(entries: readonly (readonly [string, number])[]) {
  let width = 0;
  const slices = entries.map(([name, bits]) => {
    const slice = { name, bits, offset: width };
    width += bits;
    return slice;
  });
  return { slices, width };
}

/** One word of a bench file: the fields packed, and the mask of those to be compared. */
function word(
  slices: readonly { name: string; bits: number; offset: number }[],
  get: (name: string) => bigint | null,
) {
  let value = 0n;
  let mask = 0n;
  for (const { name, bits, offset } of slices) {
    const field = get(name);
    if (field === null) continue;
    const signedFit = BigInt.asIntN(bits, field) === field;
    if (!signedFit && BigInt.asUintN(bits, field) !== field)
      throw new Error(`${name}: ${field} exceeds ${bits} bits`);
    value |= BigInt.asUintN(bits, field) << BigInt(offset);
    mask |= ((1n << BigInt(bits)) - 1n) << BigInt(offset);
  }
  return { value, mask };
}

interface Emitted {
  readonly verilog: string;
  readonly data: readonly TextFile[];
  readonly checks: number;
}

/** `done` and `failed` bit of a checker. */
const flags = (check: number): string => `      .done(done[${check}]),\n      .failed(failed[${check}])`;

function emitVectors(benchCase: VectorCase, index: number, check: number): Emitted {
  const name = `c${index}`;
  const inputs = layout(Object.entries(benchCase.inputs).map(([port, input]) => [port, input.width]));
  const outputs = layout(Object.entries(benchCase.outputs).map(([port, output]) => [port, output.width]));
  const stimuli = Math.max(...Object.values(benchCase.inputs).map((input) => input.values.length));
  const responses = Math.max(...Object.values(benchCase.outputs).map((o) => o.values.length + o.latency));
  const stimulusWords = Array.from(
    { length: stimuli },
    (_, t) => word(inputs.slices, (port) => benchCase.inputs[port]?.values[t] ?? 0n).value,
  );
  const responseWords = Array.from({ length: responses }, (_, t) => {
    const { value, mask } = word(outputs.slices, (port) => {
      const output = benchCase.outputs[port];
      return output?.values[t - output.latency] ?? null;
    });
    return (mask << BigInt(outputs.width)) | value;
  });
  const clock = benchCase.clock ?? "clk";
  const ports: [string, string][] = clock === "none" ? [] : [["clk", "clk"]];
  if (clock === "clk+rst") ports.push(["rst", "rst"]);
  for (const { name: port, bits, offset } of inputs.slices)
    ports.push([port, `${name}_in[${offset} +: ${bits}]`]);
  for (const { name: port, bits, offset } of outputs.slices)
    ports.push([port, `${name}_out[${offset} +: ${bits}]`]);
  const verilog = `  // ${benchCase.name ?? benchCase.module}
  wire [${inputs.width - 1}:0] ${name}_in;
  wire [${outputs.width - 1}:0] ${name}_out;
${instance(benchCase, index, ports)}
  bench_vectors #(
      .STIMULUS_WIDTH(${inputs.width}),
      .RESPONSE_WIDTH(${outputs.width}),
      .STIMULUS_COUNT(${stimuli}),
      .RESPONSE_COUNT(${responses}),
      .STIMULUS_FILE("${name}_in.hex"),
      .RESPONSE_FILE("${name}_out.hex"),
      .NAME("${benchCase.name ?? benchCase.module}")
  ) u_${name} (
      .clk(clk),
      .hold(hold),
      .stimulus(${name}_in),
      .response(${name}_out),
${flags(check)}
  );
`;
  const data = [
    { name: `${name}_in.hex`, text: hexFile(stimulusWords, inputs.width) },
    { name: `${name}_out.hex`, text: hexFile(responseWords, 2 * outputs.width) },
  ];
  return { verilog, data, checks: 1 };
}

function emitStreams(benchCase: StreamCase, index: number, firstCheck: number): Emitted {
  const parts: string[] = [`  // ${benchCase.name ?? benchCase.module}`];
  const data: TextFile[] = [];
  const ports: [string, string][] = [
    ["clk", "clk"],
    ["rst", "rst"],
  ];
  let check = firstCheck;
  const streams = [
    ...Object.entries(benchCase.inputs).map(([prefix, stream]) => ({ prefix, stream, source: true })),
    ...Object.entries(benchCase.outputs).map(([prefix, stream]) => ({ prefix, stream, source: false })),
  ];
  for (const { prefix, stream, source } of streams) {
    const net = `c${index}_${prefix}`;
    const { slices, width } = layout(Object.entries(stream.fields));
    const words = stream.beats.map((beat) => {
      const { value, mask } = word(slices, (field) => {
        const entry = beat[field];
        return entry === undefined || entry === null ? null : BigInt(entry);
      });
      return source ? value : (mask << BigInt(width)) | value;
    });
    data.push({ name: `${net}.hex`, text: hexFile(words, source ? width : 2 * width) });
    for (const { name, bits, offset } of slices)
      ports.push([`${prefix}_${name}`, `${net}[${offset} +: ${bits}]`]);
    ports.push([`${prefix}_tvalid`, `${net}_valid`], [`${prefix}_tready`, `${net}_ready`]);
    const label = `${benchCase.name ?? benchCase.module} ${prefix}`;
    parts.push(`  wire [${width - 1}:0] ${net};
  wire ${net}_valid, ${net}_ready;
  wire [31:0] ${net}_first, ${net}_last;${source ? "" : `\n  wire [31:0] ${net}_taken;`}
  bench_${source ? "source" : "sink"} #(
      .WIDTH(${width}),
      .COUNT(${words.length}),
      .SALT(${1000 * index + check + 7}),
      .FILE("${net}.hex")${source ? "" : `,\n      .NAME("${label}")`}
  ) u_${net} (
      .clk(clk),
      .rst(rst),
      .pause(${source ? "source" : "sink"}_pause),
      .payload(${net}),
      .valid(${net}_valid),
      .ready(${net}_ready),
      .first(${net}_first),
      .last(${net}_last),
${source ? `      .done(done[${check}])` : `      .taken(${net}_taken),\n${flags(check)}`}
  );
${source ? `  assign failed[${check}] = 1'b0;\n` : ""}  always @(posedge clk) begin
    if (report)
      $display("TIME %0d ${index} ${prefix} %0d %0d %0d", phase, ${net}_first, ${net}_last,
               ${source ? words.length : `${net}_taken`});
    if (late && !done[${check}]) $display("FAIL ${label}: not done at the cycle limit");
  end`);
    check++;
  }
  for (const [port, { width, value }] of Object.entries(benchCase.constants ?? {})) {
    ports.push([port, `${width}'h${BigInt.asUintN(width, value).toString(16)}`]);
  }
  for (const port of benchCase.open ?? []) ports.push([port, ""]);
  parts.push(instance(benchCase, index, ports), "");
  return { verilog: parts.join("\n"), data, checks: check - firstCheck };
}

/** Names are printed in messages and looked up in timings; two cases of one module get a number. */
export function withUniqueNames(cases: readonly BenchCase[]): BenchCase[] {
  const seen = new Map<string, number>();
  return cases.map((benchCase) => {
    const name = benchCase.name ?? benchCase.module;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return { ...benchCase, name: count === 0 ? name : `${name}#${count}` };
  });
}

/** The bench of the cases: a generated top, the harness of this folder, and the rtl that it uses. */
export function program(cases: readonly BenchCase[], options: BenchOptions): Program {
  const data = new Map<string, string>();
  const put = ({ name, text }: TextFile): void => {
    if (data.has(name) && data.get(name) !== text) throw new Error(`two different files named ${name}`);
    data.set(name, text);
  };
  let checks = 0;
  const bodies = cases.map((benchCase, index) => {
    const emitted =
      benchCase.kind === "vectors"
        ? emitVectors(benchCase, index, checks)
        : emitStreams(benchCase, index, checks);
    checks += emitted.checks;
    emitted.data.forEach(put);
    for (const [name, text] of Object.entries(benchCase.files ?? {})) put({ name, text });
    return emitted.verilog;
  });
  const lastPhase = cases.some((benchCase) => benchCase.kind === "streams") ? 4 : 0;
  const top = `// bench.v - generated by sim/harness/bench.ts.
\`default_nettype none

module bench (
    input wire clk
);
  reg rst = 1'b1;
  reg [2:0] phase = 3'd0;
  reg [31:0] age = 32'd0;
  reg [31:0] settled = 32'd0;
  reg report = 1'b0;
  reg late = 1'b0;
  wire [${checks - 1}:0] done, failed;
  reg [1:0] source_pause, sink_pause;
  always @(*) begin
    case (phase)
      3'd0: {source_pause, sink_pause} = {2'd0, 2'd0};
      3'd1: {source_pause, sink_pause} = {2'd1, 2'd1};
      3'd2: {source_pause, sink_pause} = {2'd2, 2'd2};
      3'd3: {source_pause, sink_pause} = {2'd3, 2'd0};
      default: {source_pause, sink_pause} = {2'd0, 2'd3};
    endcase
  end
  // High in the cycle before each one in which rst is high.
  wire hold = age < 32'd4;
  always @(posedge clk) begin
    rst <= hold;
    age <= age + 32'd1;
    report <= 1'b0;
    settled <= !rst && (&done) ? settled + 32'd1 : 32'd0;
    if (|failed) $finish;
    if (age == ${options.limitCycles ?? 200_000}) late <= 1'b1;
    if (late) begin
      $display("FAIL cycle limit in run %0d", phase);
      $finish;
    end
    if (settled == ${options.settleCycles ?? 40}) report <= 1'b1;
    if (report) begin
      phase <= phase + 3'd1;
      age <= 32'd0;
      rst <= 1'b1;
      settled <= 32'd0;
      if (phase == 3'd${lastPhase}) begin
        $display("PASS");
        $finish;
      end
    end
  end
${bodies.join("\n")}
endmodule

\`default_nettype wire
`;
  const extra = (options.sources ?? []).map((path) => ({
    name: path.slice(path.lastIndexOf("/") + 1),
    text: readFileSync(path, "utf8"),
  }));
  const harness = ["bench_source.v", "bench_sink.v", "bench_vectors.v", "main.v", "main.cpp"].map((name) => ({
    name,
    text: readFileSync(join(benchFolder, name), "utf8"),
  }));
  const taken = new Set(extra.map(({ name }) => name.replace(/\.v$/, "")));
  const rtl = libraryClosure(
    [top, ...extra.map(({ text }) => text)].flatMap((text) => [...instancesIn(text)]),
    taken,
  );
  return {
    sources: [...harness, ...extra, ...rtl, { name: "bench.v", text: top }],
    data: [...data].map(([name, text]) => ({ name, text })),
  };
}
