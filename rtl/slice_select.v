// slice_select.v - one slice of a word, registered.
//
// Contract   : out is slice `slice` of `word`, a cycle later; a slice >= SLICES gives anything.
// Latency    : 1 cycle.   Throughput: 1/cycle.   Cost: WIDTH FF, WIDTH * SLICES / 4 LUT.
// Reset      : none (data path).
// Golden     : Array.slice     Bench: sim/blocks/pool_columns/
`default_nettype none

module slice_select #(
    // bits of a slice, >= 1
    parameter integer WIDTH  = 8,
    // >= 1
    parameter integer SLICES = 2
) (
    input  wire                                             clk,
    input  wire [((SLICES > 1) ? $clog2(SLICES) : 1)-1:0]   slice,
    // slice s at [s*WIDTH +: WIDTH]
    input  wire [SLICES*WIDTH-1:0]                          word,
    output wire [WIDTH-1:0]                                 out
);

  localparam integer SLICE_WIDTH = (SLICES > 1) ? $clog2(SLICES) : 1;

  generate
    if (WIDTH < 1 || SLICES < 1) begin : gen_check_size
      ERROR_slice_select_WIDTH_and_SLICES_must_be_at_least_1 u_error ();
    end
  endgenerate

  reg [WIDTH-1:0] out_q;
  always @(posedge clk) begin : choose
    integer s;
    for (s = 0; s < SLICES; s = s + 1)
      if (slice == s[SLICE_WIDTH-1:0]) out_q <= word[s*WIDTH+:WIDTH];
  end
  assign out = out_q;

endmodule

`default_nettype wire
