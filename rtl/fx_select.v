// fx_select.v - one of two numbers.
//
// Contract   : out = condition ? a : b.
// Latency    : 1 cycle.   Throughput: 1/cycle.   Cost: WIDTH FF, WIDTH/2 LUT.
// Reset      : none (data path).
// Golden     : a select node of src/ir/fixed.ts     Bench: sim/blocks/fixed_point/
`default_nettype none

module fx_select #(
    // bits, >= 1
    parameter integer WIDTH = 16
) (
    input  wire             clk,
    input  wire             condition,
    input  wire [WIDTH-1:0] a,
    input  wire [WIDTH-1:0] b,
    output wire [WIDTH-1:0] out
);
  generate
    if (WIDTH < 1) begin : gen_check_width
      ERROR_fx_select_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  reg [WIDTH-1:0] out_q;
  always @(posedge clk) out_q <= condition ? a : b;
  assign out = out_q;
endmodule

`default_nettype wire
