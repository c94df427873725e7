// bench_sink.v - takes beats from an AXI-Stream, with pauses, and compares each with a file
// (simulation only).
//
// Contract   : PAUSE as in bench_source.v, but 3 is a sink that waits for valid before it raises
//              ready. A word of the file is {mask, value}: bits whose mask is 0 are not compared.
//              Reports an unexpected beat, a beat that changes or vanishes while it is stalled, and
//              an unknown valid.
// Reset      : rst starts the file anew.
`default_nettype none

module bench_sink #(
    parameter integer WIDTH = 8,
    parameter integer COUNT = 1,
    parameter integer SALT = 1,
    parameter FILE = "",
    parameter NAME = ""
) (
    input  wire             clk,
    input  wire             rst,
    input  wire [      1:0] pause,
    input  wire [WIDTH-1:0] payload,
    input  wire             valid,
    output reg              ready,
    output wire             done,
    output reg              failed,
    // cycles after reset of the first and of the last transfer, beats taken
    output reg  [     31:0] first,
    output reg  [     31:0] last,
    output reg  [     31:0] taken
);
  reg [2*WIDTH-1:0] beats[0:(COUNT > 0 ? COUNT : 1)-1];
  initial begin
    if (COUNT > 0) $readmemh(FILE, beats);
    failed = 1'b0;
  end

  reg [31:0] random, cycle;
  reg stalled;
  reg [WIDTH-1:0] stalled_payload;
  wire go = pause == 2'd0 || (pause == 2'd1 && cycle[1:0] != 2'd3) || (pause == 2'd2 && random[31])
      || (pause == 2'd3 && valid === 1'b1 && !ready && random[31:30] == 2'd0);
  wire [2*WIDTH-1:0] expected = beats[taken];
  wire [WIDTH-1:0] mask = expected[2*WIDTH-1:WIDTH];
  assign done = !rst && taken == COUNT;

  always @(posedge clk) begin
    random <= random * 32'd1664525 + 32'd1013904223;
    cycle <= cycle + 32'd1;
    ready <= go;
    stalled <= valid && !ready;
    stalled_payload <= payload;
    if (!rst && !failed) begin
      if (valid !== 1'b0 && valid !== 1'b1) begin
        failed <= 1'b1;
        $display("FAIL %0s cycle %0d: valid is unknown", NAME, cycle);
      end
      // A stalled beat stays stable (unknown don't-care bits compare equal to themselves).
      if (stalled && (valid !== 1'b1 || payload !== stalled_payload)) begin
        failed <= 1'b1;
        $display("FAIL %0s cycle %0d: stalled beat %0d changed from %h to valid=%b %h", NAME, cycle,
                 taken, stalled_payload, valid, payload);
      end
      if (valid && ready) begin
        taken <= taken + 32'd1;
        last  <= cycle;
        if (taken == 32'd0) first <= cycle;
        if (taken >= COUNT) begin
          failed <= 1'b1;
          $display("FAIL %0s cycle %0d: unexpected beat %h after all %0d", NAME, cycle, payload,
                   COUNT);
        end else if ((payload & mask) !== (expected[WIDTH-1:0] & mask)) begin
          failed <= 1'b1;
          $display("FAIL %0s cycle %0d: beat %0d is %h, expected %h (mask %h)", NAME, cycle, taken,
                   payload, expected[WIDTH-1:0], mask);
        end
      end
    end
    if (rst) begin
      random  <= SALT;
      cycle   <= 32'd0;
      taken   <= 32'd0;
      first   <= 32'd0;
      last    <= 32'd0;
      ready   <= 1'b0;
      stalled <= 1'b0;
    end
  end
endmodule

`default_nettype wire
