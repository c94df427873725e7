// fx_round_shift.v - signed number divided by 2^SHIFT, rounded to an integer by MODE.
//
// Contract   : out = round(a / 2^SHIFT) in its low OUT_WIDTH bits (exact when it fits). The
//              quotient is the floor plus one bit, decided by the sign, the first bit cut off and
//              the OR of those below it.
// Latency    : 1 cycle.   Throughput: 1/cycle.   Cost: OUT_WIDTH FF; OUT_WIDTH + SHIFT/6 LUT, none
//              for floor.
// Reset      : none (data path).
// Golden     : roundShift in src/fixed/ops.ts     Bench: sim/blocks/fixed_point/
`default_nettype none

module fx_round_shift #(
    // widths in bits, >= 1
    parameter integer A_WIDTH = 24,
    parameter integer OUT_WIDTH = 17,
    // >= 1; may exceed A_WIDTH
    parameter integer SHIFT = 8,
    // 0 floor, 1 ceil, 2 to_zero, 3 away, 4 half_even, 5 half_away, 6 half_to_zero, 7
    // half_to_pos_inf
    parameter integer MODE = 0
) (
    input  wire                 clk,
    input  wire [  A_WIDTH-1:0] a,
    output wire [OUT_WIDTH-1:0] out
);
  generate
    if (A_WIDTH < 1 || OUT_WIDTH < 1) begin : gen_check_width
      ERROR_fx_round_shift_widths_must_be_at_least_1 u_error ();
    end
    if (SHIFT < 1) begin : gen_check_shift
      ERROR_fx_round_shift_SHIFT_must_be_at_least_1 u_error ();
    end
    if (MODE < 0 || MODE > 7) begin : gen_check_mode
      ERROR_fx_round_shift_MODE_must_be_0_to_7 u_error ();
    end
  endgenerate

  // The operand is widened so that at least its sign is left above the cut.
  localparam integer IN_WIDTH = (A_WIDTH > SHIFT ? A_WIDTH : SHIFT) + 1;
  localparam integer FLOOR_WIDTH = IN_WIDTH - SHIFT;
  localparam integer WIDTH = (FLOOR_WIDTH > OUT_WIDTH ? FLOOR_WIDTH : OUT_WIDTH) + 1;

  wire [IN_WIDTH-1:0] a_wide = {{(IN_WIDTH - A_WIDTH) {a[A_WIDTH-1]}}, a};
  wire [SHIFT-1:0] rest = a_wide[SHIFT-1:0];
  wire [SHIFT-1:0] below_half = rest << 1;
  wire negative = a[A_WIDTH-1];
  wire odd = a_wide[SHIFT];
  wire half = rest[SHIFT-1];
  wire sticky = |below_half;
  wire inexact = |rest;

  reg up;
  always @(*) begin
    case (MODE)
      0: up = 1'b0;
      1: up = inexact;
      2: up = inexact && negative;
      3: up = inexact && !negative;
      4: up = half && (sticky || odd);
      5: up = half && (sticky || !negative);
      6: up = half && (sticky || negative);
      default: up = half;
    endcase
  end

  wire [WIDTH-1:0] floor = {
    {(WIDTH - FLOOR_WIDTH) {a_wide[IN_WIDTH-1]}}, a_wide[IN_WIDTH-1:SHIFT]
  };
  wire [WIDTH-1:0] rounded = floor + {{(WIDTH - 1) {1'b0}}, up};
  // Bits above the result repeat its sign.
  wire unused_bits = &{1'b0, rounded};

  reg [OUT_WIDTH-1:0] out_q;
  always @(posedge clk) out_q <= rounded[OUT_WIDTH-1:0];
  assign out = out_q;
endmodule

`default_nettype wire
