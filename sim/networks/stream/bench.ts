import { designNames } from "../../../src/emit/names.js";
import { coreView } from "../../../src/emit/views/core.js";
import type { Design } from "../../../src/ir/design.js";
import { dataBits, inputStream } from "../../../src/ir/stream.js";

/**
 * A bench that takes nothing for granted: it offers raw beats to an emitted core, with gaps, stalls and resets where a
 * script says so, and writes down what leaves. It stands in the place of the emitted sim/tb.v, with its plusargs:
 *
 *     +events=FILE  the script: `sink stall_from stall_cycles outputs`, then a step a line, `step cycles beat`
 *     +trace=FILE   what happened, a line each
 *     +burn_in=N    +max_cycles=N
 *
 * Steps: 0 nothing is offered, 1 a beat until it is taken, 2 a beat for so many cycles, taken or not, 3 a reset. Beside
 * tvalid = 0 the data, tlast and tuser are noise. Sink: 0 always ready, 1 at random, 2 seldom; and never ready in the
 * stall. `outputs`: how many beats must leave after the last reset; the run ends soon after, or when nothing has left for
 * long.
 */
export function streamBench(design: Design): string {
  const { module, readouts, stages, ...core } = coreView(design, designNames(design), "");
  const beatBits = dataBits(inputStream(design).payload) + 2;
  const ports = [
    ...readouts.map(({ id, class_msb, votes_msb }) => ({
      prefix: `m_axis_${id}`,
      fields: [
        ["tdata", class_msb + 1],
        ["votes", votes_msb + 1],
      ] as const,
    })),
    ...(core.sends_spikes
      ? [
          {
            prefix: "m_axis",
            fields: [
              ["tdata", core.out_event_msb + 1] as const,
              ["tlast", 1] as const,
              ["tuser", 1] as const,
            ],
          },
        ]
      : []),
  ];
  const layers = stages.filter((stage) => stage.is_layer);
  const all = (texts: readonly string[]): string => texts.join("\n");
  return `// tb.v - offers raw beats to ${module} (sim/networks/stream/bench.ts).
\`default_nettype none
\`timescale 1ns / 1ps

module tb (
    input wire clk
);
  integer script  /* verilator public_flat */;
  integer seed  /* verilator public_flat */;
  integer trace;
  integer scanned;
  integer burn_in_option;
  integer max_cycles;
  integer sink;
  integer stall_from;
  integer stall_cycles;
  integer outputs;
  integer next_step;
  integer next_cycles;
  reg [${beatBits - 1}:0] next_beat;
  reg [1023:0] events_file;
  reg [1023:0] trace_file;

  reg [31:0] cycle;
  // Cycles since the reset
  reg [31:0] age;
  reg [31:0] left;
  reg [31:0] settled;
  reg [1:0] step;
  reg ended;
  reg rst;
  reg tvalid;
  reg ready;
  reg [${beatBits - 1}:0] beat;

  initial begin
    cycle = 0;
    age = 0;
    left = 1;
    settled = 0;
    step = 2'd3;
    ended = 1'b0;
    rst = 1'b1;
    tvalid = 1'b0;
    ready = 1'b0;
    beat = 0;
    seed = 1;
    if ($value$plusargs("events=%s", events_file) == 0) $finish;
    if ($value$plusargs("trace=%s", trace_file) == 0) $finish;
    if ($value$plusargs("burn_in=%d", burn_in_option) == 0) burn_in_option = 0;
    if ($value$plusargs("max_cycles=%d", max_cycles) == 0) max_cycles = 1000000;
    script = $fopen(events_file, "r");
    trace = $fopen(trace_file, "w");
    scanned = $fscanf(script, "%d %d %d %d", sink, stall_from, stall_cycles, outputs);
  end

  wire tready;
${all(ports.flatMap(({ prefix, fields }) => [`  wire ${prefix}_tvalid;`, ...fields.map(([name, bits]) => `  wire [${bits - 1}:0] ${prefix}_${name};`)]))}
  wire [${core.stages_msb}:0] stage_busy;
  wire [${core.stages_msb}:0] stage_stalled;
${design.guard === undefined ? "" : "  wire [31:0] dropped_events;\n"}
  ${module} u_core (
      .clk(clk),
      .rst(rst),
${readouts.length > 0 ? `      .burn_in(burn_in_option[${core.tick_msb}:0]),\n` : ""}      .s_axis_tvalid(tvalid),
      .s_axis_tready(tready),
      .s_axis_tdata(beat[${beatBits - 3}:0]),
      .s_axis_tlast(beat[${beatBits - 1}]),
      .s_axis_tuser(beat[${beatBits - 2}]),
${all(ports.flatMap(({ prefix, fields }) => [`      .${prefix}_tvalid(${prefix}_tvalid),`, `      .${prefix}_tready(ready),`, ...fields.map(([name]) => `      .${prefix}_${name}(${prefix}_${name}),`)]))}
${design.guard === undefined ? "" : "      .dropped_events(dropped_events),\n"}      .stage_busy(stage_busy),
      .stage_stalled(stage_stalled)
  );

${all(ports.flatMap((_, port) => [`  reg [31:0] sent_${port};`, `  initial sent_${port} = 0;`]))}
  wire [31:0] sent = ${ports.map((_, port) => `sent_${port}`).join(" + ")};

  wire leaves = ready && (${ports.map(({ prefix }) => `${prefix}_tvalid`).join(" || ")});
  wire stalled = cycle >= stall_from && cycle < stall_from + stall_cycles;
  wire taken = tvalid && tready && !rst;
  wire done = (step == 2'd1) ? taken : (step == 2'd2) ? (taken || left == 1) : left == 1;

  always @(posedge clk) begin
    cycle <= cycle + 1;
    age <= rst ? 0 : age + 1;
    left <= left - 1;
    case (sink)
      0: ready <= 1'b1;
      1: ready <= $random(seed) >= 0;
      default: ready <= $random(seed) < -1900000000;
    endcase
    if (stalled) ready <= 1'b0;

    if (ended) begin
      tvalid <= 1'b0;
      beat <= $random(seed);
    end else if (done) begin
      scanned = $fscanf(script, "%d %d %h", next_step, next_cycles, next_beat);
      ended <= scanned != 3;
      step <= next_step[1:0];
      left <= next_cycles;
      rst <= scanned == 3 && next_step == 3;
      tvalid <= scanned == 3 && (next_step == 1 || next_step == 2);
      if (scanned == 3 && (next_step == 1 || next_step == 2)) beat <= next_beat;
      else beat <= $random(seed);
    end else if (!tvalid) beat <= $random(seed);

    if (rst && left == 1 && cycle != 0) $fwrite(trace, "r\\n");
${all(layers.map(({ id }, s) => `    if (!rst && u_core.u_${id}.close) $fwrite(trace, "e ${s} %0d\\n", age);`))}
    // What has to leave has left, or nothing leaves any more.
    settled <= (!rst && ended && !stalled && !leaves) ? settled + 1 : 0;
    if (settled == (sent >= outputs ? 400 : 20000)) begin
      $fwrite(trace, "done ${design.guard === undefined ? "0" : "%0d"}\\n"${design.guard === undefined ? "" : ", dropped_events"});
      $fclose(trace);
      $finish;
    end else if (cycle >= max_cycles) begin
      $fwrite(trace, "timeout\\n");
      $fclose(trace);
      $finish;
    end
  end
${all(
  ports.map(({ prefix, fields }, port) => {
    const bits = fields.reduce((sum, [, width]) => sum + width, 0);
    const payload = `{${fields.map(([name]) => `${prefix}_${name}`).join(", ")}}`;
    return `
  // ${prefix}: a beat that waits stays, and stays the same.
  reg waits_${port};
  reg [${bits - 1}:0] waiting_${port};
  initial waits_${port} = 1'b0;
  always @(posedge clk) begin
    waits_${port} <= !rst && ${prefix}_tvalid && !ready;
    waiting_${port} <= ${payload};
    if (!rst && waits_${port} && (!${prefix}_tvalid || waiting_${port} != ${payload}))
      $fwrite(trace, "unstable ${port} %0d\\n", age);
    if (!rst && (${prefix}_tvalid === 1'bx)) $fwrite(trace, "unknown ${port} %0d\\n", age);
    if (!rst && ${prefix}_tvalid && ready) begin
      $fwrite(trace, "o ${port}${fields.map(() => " %h").join("")}\\n", ${fields.map(([name]) => `${prefix}_${name}`).join(", ")});
      sent_${port} <= sent_${port} + 1;
    end
    if (rst) sent_${port} <= 0;
  end`;
  }),
)}
endmodule

\`default_nettype wire
`;
}
