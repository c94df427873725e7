// bench_source.v - offers the beats of a file on an AXI-Stream, with pauses (simulation only).
//
// Contract   : PAUSE 0 none, 1 one cycle in four, 2 random half, 3 random three quarters. A beat
//              that is offered stays until it is taken; while none is offered the payload is
//              unknown (x).
// Reset      : rst starts the file anew.
`default_nettype none

module bench_source #(
    parameter integer WIDTH = 8,
    parameter integer COUNT = 1,
    parameter integer SALT = 1,
    parameter FILE = ""
) (
    input  wire             clk,
    input  wire             rst,
    input  wire [      1:0] pause,
    output reg  [WIDTH-1:0] payload,
    output reg              valid,
    input  wire             ready,
    output wire             done,
    // cycles after reset of the first and of the last transfer
    output reg  [     31:0] first,
    output reg  [     31:0] last
);
  reg [WIDTH-1:0] beats[0:(COUNT > 0 ? COUNT : 1)-1];
  initial if (COUNT > 0) $readmemh(FILE, beats);

  reg [31:0] random, cycle, sent, index;
  wire go = pause == 2'd0 || (pause == 2'd1 && cycle[1:0] != 2'd3) || (pause == 2'd2 && random[31])
      || (pause == 2'd3 && random[31:30] == 2'd0);
  assign done = !rst && sent == COUNT;

  always @(posedge clk) begin
    random <= random * 32'd1664525 + 32'd1013904223;
    cycle  <= cycle + 32'd1;
    if (valid && ready) begin
      sent <= sent + 32'd1;
      last <= cycle;
      if (sent == 32'd0) first <= cycle;
    end
    if (!valid || ready) begin
      valid   <= 1'b0;
      payload <= {WIDTH{1'bx}};
      if (index != COUNT && go) begin
        valid   <= 1'b1;
        payload <= beats[index];
        index   <= index + 32'd1;
      end
    end
    if (rst) begin
      random  <= SALT;
      cycle   <= 32'd0;
      sent    <= 32'd0;
      index   <= 32'd0;
      first   <= 32'd0;
      last    <= 32'd0;
      valid   <= 1'b0;
      payload <= {WIDTH{1'bx}};
    end
  end
endmodule

`default_nettype wire
