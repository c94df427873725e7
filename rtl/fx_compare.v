// fx_compare.v - is a signed number above zero?
//
// Contract   : out = a > 0, or a >= 0 if OR_EQUAL.
// Latency    : 1 cycle.   Throughput: 1/cycle.   Cost: 1 FF, about A_WIDTH/5 LUT (none if
//              OR_EQUAL).
// Reset      : none (data path).
// Golden     : x > 0 in src/fixed/ops.ts     Bench: sim/blocks/fixed_point/
`default_nettype none

module fx_compare #(
    // bits, >= 1
    parameter integer A_WIDTH  = 24,
    // 0: a > 0, 1: a >= 0
    parameter integer OR_EQUAL = 0
) (
    input  wire               clk,
    input  wire [A_WIDTH-1:0] a,
    output wire               out
);
  generate
    if (A_WIDTH < 1) begin : gen_check_width
      ERROR_fx_compare_A_WIDTH_must_be_at_least_1 u_error ();
    end
    if (OR_EQUAL != 0 && OR_EQUAL != 1) begin : gen_check_or_equal
      ERROR_fx_compare_OR_EQUAL_must_be_0_or_1 u_error ();
    end
  endgenerate

  wire not_negative = !a[A_WIDTH-1];
  wire not_zero = |a;

  reg out_q;
  always @(posedge clk) out_q <= not_negative && (OR_EQUAL != 0 || not_zero);
  assign out = out_q;
endmodule

`default_nettype wire
