// fx_mul.v - product of two signed numbers, registered as the DSP48E2 wants it.
//
// Contract   : out = a * b, sign-extended to OUT_WIDTH or cut to its low OUT_WIDTH bits (exact when
//              it fits).
// Latency    : 3 cycles (operands A/B, product M, output P).   Throughput: 1/cycle.
// Cost       : one DSP48E2 up to 27 x 18 bits; the registers are placed for its A/B, M and P
//              (Yosys leaves them in fabric: A_WIDTH + B_WIDTH + 2*OUT_WIDTH FF).
// Reset      : none (data path).
// Golden     : a * b in src/fixed/ops.ts     Bench: sim/blocks/fixed_point/
`default_nettype none

module fx_mul #(
    // widths in bits, >= 1
    parameter integer A_WIDTH = 24,
    parameter integer B_WIDTH = 18,
    parameter integer OUT_WIDTH = 42
) (
    input  wire                 clk,
    input  wire [  A_WIDTH-1:0] a,
    input  wire [  B_WIDTH-1:0] b,
    output wire [OUT_WIDTH-1:0] out
);
  generate
    if (A_WIDTH < 1 || B_WIDTH < 1 || OUT_WIDTH < 1) begin : gen_check_width
      ERROR_fx_mul_widths_must_be_at_least_1 u_error ();
    end
  endgenerate

  localparam integer PRODUCT_WIDTH = A_WIDTH + B_WIDTH;
  localparam integer WIDTH = (PRODUCT_WIDTH > OUT_WIDTH ? PRODUCT_WIDTH : OUT_WIDTH) + 1;

  reg signed [A_WIDTH-1:0] a_q;
  reg signed [B_WIDTH-1:0] b_q;
  reg signed [PRODUCT_WIDTH-1:0] product_q;
  reg [OUT_WIDTH-1:0] out_q;

  wire [WIDTH-1:0] product_wide = {
    {(WIDTH - PRODUCT_WIDTH) {product_q[PRODUCT_WIDTH-1]}}, product_q
  };
  // Bits above the result repeat its sign.
  wire unused_bits = &{1'b0, product_wide};

  always @(posedge clk) begin
    a_q <= a;
    b_q <= b;
    product_q <= a_q * b_q;
    out_q <= product_wide[OUT_WIDTH-1:0];
  end
  assign out = out_q;
endmodule

`default_nettype wire
