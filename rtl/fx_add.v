// fx_add.v - sum or difference of two signed numbers.
//
// Contract   : out = a + b, or a - b if SUBTRACT, in its low OUT_WIDTH bits. Exact when the result
//              is known to fit OUT_WIDTH (bound-ranges proves it), which may be narrower than an
//              operand.
// Latency    : 1 cycle.   Throughput: 1/cycle.   Cost: OUT_WIDTH LUT, OUT_WIDTH FF, one carry
//              chain.
// Reset      : none (data path).
// Golden     : a + b in src/fixed/ops.ts     Bench: sim/blocks/fixed_point/
`default_nettype none

module fx_add #(
    // widths in bits, >= 1
    parameter integer A_WIDTH = 16,
    parameter integer B_WIDTH = 16,
    parameter integer OUT_WIDTH = 17,
    // 0: a + b, 1: a - b
    parameter integer SUBTRACT = 0
) (
    input  wire                 clk,
    input  wire [  A_WIDTH-1:0] a,
    input  wire [  B_WIDTH-1:0] b,
    output wire [OUT_WIDTH-1:0] out
);
  generate
    if (A_WIDTH < 1 || B_WIDTH < 1 || OUT_WIDTH < 1) begin : gen_check_width
      ERROR_fx_add_widths_must_be_at_least_1 u_error ();
    end
    if (SUBTRACT != 0 && SUBTRACT != 1) begin : gen_check_subtract
      ERROR_fx_add_SUBTRACT_must_be_0_or_1 u_error ();
    end
  endgenerate

  localparam integer OPERAND_WIDTH = A_WIDTH > B_WIDTH ? A_WIDTH : B_WIDTH;
  localparam integer WIDTH = (OPERAND_WIDTH > OUT_WIDTH ? OPERAND_WIDTH : OUT_WIDTH) + 1;

  wire signed [WIDTH-1:0] a_wide = {{(WIDTH - A_WIDTH) {a[A_WIDTH-1]}}, a};
  wire signed [WIDTH-1:0] b_wide = {{(WIDTH - B_WIDTH) {b[B_WIDTH-1]}}, b};
  wire signed [WIDTH-1:0] sum = SUBTRACT != 0 ? a_wide - b_wide : a_wide + b_wide;
  // Bits above the result repeat its sign.
  wire unused_bits = &{1'b0, sum};

  reg [OUT_WIDTH-1:0] out_q;
  always @(posedge clk) out_q <= sum[OUT_WIDTH-1:0];
  assign out = out_q;
endmodule

`default_nettype wire
