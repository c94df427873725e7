// fx_saturate.v - signed number clamped between two constants.
//
// Contract   : out = LOW if a < LOW, HIGH if a > HIGH, else a; in its low OUT_WIDTH bits (exact
//              when LOW and HIGH fit, as a signed or as an unsigned number).
// Latency    : 1 cycle.   Throughput: 1/cycle.   Cost: OUT_WIDTH FF, about OUT_WIDTH + A_WIDTH/2
//              LUT.
// Reset      : none (data path).
// Golden     : saturate in src/fixed/ops.ts     Bench: sim/blocks/fixed_point/
`default_nettype none

module fx_saturate #(
    // widths in bits, >= 1
    parameter integer A_WIDTH = 16,
    parameter integer OUT_WIDTH = 8,
    // LOW <= HIGH, literals of A_WIDTH bits: -16'sd128, not -128
    parameter signed [A_WIDTH-1:0] LOW = -16'sd128,
    parameter signed [A_WIDTH-1:0] HIGH = 16'sd127
) (
    input  wire                 clk,
    input  wire [  A_WIDTH-1:0] a,
    output wire [OUT_WIDTH-1:0] out
);
  generate
    if (A_WIDTH < 1 || OUT_WIDTH < 1) begin : gen_check_width
      ERROR_fx_saturate_widths_must_be_at_least_1 u_error ();
    end
    if (LOW > HIGH) begin : gen_check_range
      ERROR_fx_saturate_LOW_must_not_exceed_HIGH u_error ();
    end
  endgenerate

  localparam integer WIDTH = (A_WIDTH > OUT_WIDTH ? A_WIDTH : OUT_WIDTH) + 1;

  wire signed [A_WIDTH-1:0] a_signed = a;
  wire signed [A_WIDTH-1:0] clamped = a_signed < LOW ? LOW : a_signed > HIGH ? HIGH : a_signed;
  wire [WIDTH-1:0] wide = {{(WIDTH - A_WIDTH) {clamped[A_WIDTH-1]}}, clamped};
  // Bits above the result repeat its sign, or are zero.
  wire unused_bits = &{1'b0, wide};

  reg [OUT_WIDTH-1:0] out_q;
  always @(posedge clk) out_q <= wide[OUT_WIDTH-1:0];
  assign out = out_q;
endmodule

`default_nettype wire
