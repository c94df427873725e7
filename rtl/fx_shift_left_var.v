// fx_shift_left_var.v - signed number times 2^shift, shift a (per-channel) input.
//
// Contract   : out = a * 2^shift in its low OUT_WIDTH bits (exact when it fits); shift is unsigned.
// Latency    : 1 cycle.   Throughput: 1/cycle.   Cost: about OUT_WIDTH*SHIFT_WIDTH/2 LUT, OUT_WIDTH
//              FF.
// Reset      : none (data path).
// Golden     : a << n in src/fixed/ops.ts     Bench: sim/blocks/fixed_point/
`default_nettype none

module fx_shift_left_var #(
    // widths in bits, >= 1; SHIFT_WIDTH at most 16
    parameter integer A_WIDTH = 16,
    parameter integer OUT_WIDTH = 23,
    parameter integer SHIFT_WIDTH = 3
) (
    input  wire                   clk,
    input  wire [    A_WIDTH-1:0] a,
    input  wire [SHIFT_WIDTH-1:0] shift,
    output wire [  OUT_WIDTH-1:0] out
);
  generate
    if (A_WIDTH < 1 || OUT_WIDTH < 1) begin : gen_check_width
      ERROR_fx_shift_left_var_widths_must_be_at_least_1 u_error ();
    end
    if (SHIFT_WIDTH < 1 || SHIFT_WIDTH > 16) begin : gen_check_shift
      ERROR_fx_shift_left_var_SHIFT_WIDTH_must_be_1_to_16 u_error ();
    end
  endgenerate

  localparam integer WIDTH = (A_WIDTH > OUT_WIDTH ? A_WIDTH : OUT_WIDTH) + 1;

  wire [WIDTH-1:0] a_wide = {{(WIDTH - A_WIDTH) {a[A_WIDTH-1]}}, a};
  wire [WIDTH-1:0] shifted = a_wide << shift;
  // Bits above the result repeat its sign.
  wire unused_bits = &{1'b0, shifted};

  reg [OUT_WIDTH-1:0] out_q;
  always @(posedge clk) out_q <= shifted[OUT_WIDTH-1:0];
  assign out = out_q;
endmodule

`default_nettype wire
