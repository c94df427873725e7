// fx_shift_left.v - signed number times 2^SHIFT, SHIFT constant: wires only.
//
// Contract   : out = a * 2^SHIFT in its low OUT_WIDTH bits (exact when it fits).
// Latency    : 0 (combinational).   Throughput: 1/cycle.   Cost: none.
// Reset      : none.
// Golden     : a << n in src/fixed/ops.ts     Bench: sim/blocks/fixed_point/
`default_nettype none

module fx_shift_left #(
    // widths in bits, >= 1
    parameter integer A_WIDTH = 16,
    parameter integer OUT_WIDTH = 20,
    // >= 0
    parameter integer SHIFT = 4
) (
    input  wire [  A_WIDTH-1:0] a,
    output wire [OUT_WIDTH-1:0] out
);
  generate
    if (A_WIDTH < 1 || OUT_WIDTH < 1) begin : gen_check_width
      ERROR_fx_shift_left_widths_must_be_at_least_1 u_error ();
    end
    if (SHIFT < 0) begin : gen_check_shift
      ERROR_fx_shift_left_SHIFT_must_not_be_negative u_error ();
    end
  endgenerate

  localparam integer WIDTH = (A_WIDTH + SHIFT > OUT_WIDTH ? A_WIDTH + SHIFT : OUT_WIDTH) + 1;

  wire [WIDTH-1:0] a_wide = {{(WIDTH - A_WIDTH) {a[A_WIDTH-1]}}, a};
  wire [WIDTH-1:0] shifted = a_wide << SHIFT;
  // Bits above the result repeat its sign.
  wire unused_bits = &{1'b0, shifted};
  assign out = shifted[OUT_WIDTH-1:0];
endmodule

`default_nettype wire
