// event_axis.v - which outputs one input coordinate touches along one axis, bank by bank.
//
// Contract   : a table, made at elaboration. The outputs o of coordinate i are those with tap =
//              i + PAD - o*STRIDE in 0..KERNEL-1. BANKS = 1: step s gives the s-th of them, `last`
//              says that there are no more. BANKS > 1: all at once, output o in bank o mod BANKS.
//              `none`: no output at all. place = (o / BANKS) * PLACE_STEP; tap is given times
//              TAP_STEP. ALIGNED: one tap for all banks, see below. A masked bank has place 0, so
//              that places of two axes add up to a place, and a tap that means nothing.
// Latency    : combinational.   Throughput: 1/cycle.   Cost: a LUT a bit for 64 coordinates.
// Reset      : none.
// Golden     : a filter over all outputs     Bench: sim/blocks/event_walk/
`default_nettype none

module event_axis #(
    // Size of the input and of the output along the axis, >= 1
    parameter integer IN          = 16,
    parameter integer OUT         = 16,
    // Of the convolution: taps >= 1, stride >= 1, padding before the first input >= 0
    parameter integer KERNEL      = 7,
    parameter integer STRIDE      = 1,
    parameter integer PAD         = 3,
    // 1, or at least as many as an event can touch: min(ceil(KERNEL / STRIDE), OUT)
    parameter integer BANKS       = 7,
    // Step between neighbouring places, >= 1; bits of places
    parameter integer PLACE_STEP  = 1,
    parameter integer PLACE_WIDTH = 2,
    // Step between neighbouring taps, >= 1; bits of taps
    parameter integer TAP_STEP    = 1,
    parameter integer TAP_WIDTH   = 3,
    // 1: `taps` is the number of a stored row of taps. With o' = floor((i + PAD) / STRIDE) it is
    // ((i + PAD) mod STRIDE) * ceil(BANKS / SHIFT) + floor((o' mod BANKS) / SHIFT), and the rest,
    // (o' mod BANKS) mod SHIFT, is `rotation`. It is i itself when BANKS < ceil(KERNEL / STRIDE),
    // and the tap when BANKS = 1.
    parameter integer ALIGNED     = 0,
    // 1 to BANKS; 1 when BANKS < ceil(KERNEL / STRIDE): such rows are stored for each coordinate
    parameter integer SHIFT       = 1
) (
    input  wire [((IN > 1) ? $clog2(IN) : 1)-1:0]            coordinate,
    // 0 for BANKS > 1
    input  wire [((OUT > 1) ? $clog2(OUT) : 1)-1:0]          step,
    output wire                                              none,
    output wire                                              last,
    output wire [BANKS-1:0]                                  mask,
    output wire [BANKS*PLACE_WIDTH-1:0]                      places,
    output wire [((ALIGNED != 0) ? 1 : BANKS)*TAP_WIDTH-1:0] taps,
    output wire [((SHIFT > 1) ? $clog2(SHIFT) : 1)-1:0]      rotation
);

  localparam integer SPAN           = (KERNEL + STRIDE - 1) / STRIDE;
  localparam integer REACH          = (SPAN < OUT) ? SPAN : OUT;
  localparam integer STEPS          = (BANKS == 1) ? REACH : 1;
  localparam integer COPIES         = (BANKS + SHIFT - 1) / SHIFT;
  localparam integer COORDINATE_WIDTH = (IN > 1) ? $clog2(IN) : 1;
  localparam integer STEP_WIDTH     = (STEPS > 1) ? $clog2(STEPS) : 0;
  localparam integer ROTATION_WIDTH = (SHIFT > 1) ? $clog2(SHIFT) : 1;
  localparam integer TAPS           = (ALIGNED != 0) ? 1 : BANKS;
  localparam integer ENTRY_WIDTH =
      2 + BANKS + BANKS * PLACE_WIDTH + TAPS * TAP_WIDTH + ROTATION_WIDTH;

  generate
    if (IN < 1 || OUT < 1) begin : gen_check_size
      ERROR_event_axis_IN_and_OUT_must_be_at_least_1 u_error ();
    end
    if (KERNEL < 1 || STRIDE < 1 || PAD < 0) begin : gen_check_kernel
      ERROR_event_axis_KERNEL_and_STRIDE_must_be_at_least_1_and_PAD_0 u_error ();
    end
    if (BANKS != 1 && BANKS < REACH) begin : gen_check_banks
      ERROR_event_axis_BANKS_must_be_1_or_hold_every_output_of_an_event u_error ();
    end
    if (SHIFT < 1 || SHIFT > BANKS) begin : gen_check_shift
      ERROR_event_axis_SHIFT_must_be_1_to_BANKS u_error ();
    end
    if (BANKS < SPAN && SHIFT != 1) begin : gen_check_rows
      ERROR_event_axis_SHIFT_must_be_1_when_BANKS_do_not_hold_the_kernel u_error ();
    end
  endgenerate

  /* verilator lint_off UNUSEDSIGNAL */  // high bits of integers
  // Everything that the table says of coordinate i at step s
  function automatic [ENTRY_WIDTH-1:0] entry(input integer i, input integer s);
    integer lowest, highest, aligned, tap, out, place, turn, b;
    reg [BANKS-1:0] entry_mask;
    reg [BANKS*PLACE_WIDTH-1:0] entry_places;
    reg [TAPS*TAP_WIDTH-1:0] entry_taps;
    begin
      highest = (i + PAD) / STRIDE;
      aligned = ((i + PAD) % STRIDE) * COPIES + (highest % BANKS) / SHIFT;
      turn = (highest % BANKS) % SHIFT;
      if (highest > OUT - 1) highest = OUT - 1;
      lowest = (i + PAD - KERNEL + STRIDE) / STRIDE;
      if (i + PAD < KERNEL) lowest = 0;
      entry_taps = {TAPS * TAP_WIDTH{1'b0}};
      for (b = 0; b < BANKS; b = b + 1) begin
        out = lowest + ((BANKS == 1) ? s : (b + BANKS - lowest % BANKS) % BANKS);
        place = (out > highest) ? 0 : (out / BANKS) * PLACE_STEP;
        entry_mask[b] = out <= highest;
        entry_places[b*PLACE_WIDTH+:PLACE_WIDTH] = place[PLACE_WIDTH-1:0];
        tap = i + PAD - out * STRIDE;
        if (ALIGNED != 0 && BANKS > 1) tap = (BANKS < SPAN) ? i : aligned;
        tap = tap * TAP_STEP;
        if (ALIGNED == 0 || b == 0)
          entry_taps[((ALIGNED != 0) ? 0 : b)*TAP_WIDTH+:TAP_WIDTH] = tap[TAP_WIDTH-1:0];
      end
      entry = {
        lowest > highest,
        (BANKS > 1) || (lowest + s >= highest),
        entry_mask,
        entry_places,
        entry_taps,
        turn[ROTATION_WIDTH-1:0]
      };
    end
  endfunction
  /* verilator lint_on UNUSEDSIGNAL */

  localparam integer DEPTH = 1 << (COORDINATE_WIDTH + STEP_WIDTH);

  reg [ENTRY_WIDTH-1:0] memory[0:DEPTH-1];
  initial begin : fill
    integer n;
    for (n = 0; n < DEPTH; n = n + 1) memory[n] = entry(n >> STEP_WIDTH, n % (1 << STEP_WIDTH));
  end

  generate
    if (STEPS > 1) begin : gen_steps
      assign {none, last, mask, places, taps, rotation} =
          memory[{coordinate, step[STEP_WIDTH-1:0]}];
    end else begin : gen_no_steps
      assign {none, last, mask, places, taps, rotation} = memory[coordinate];
    end
  endgenerate
  wire unused_step = &{1'b0, step};

`ifdef FORMAL
  // The surroundings: a coordinate and a step that there are.
  always @(*) assume (coordinate < IN && step < STEPS);

  // Any one output: its tap, whether that is one of the kernel, and its bank.
  (* anyconst *) reg [((OUT > 1) ? $clog2(OUT) : 1)-1:0] output_f;
  always @(*) assume (output_f < OUT);
  wire signed [31:0] o_f = {1'b0, output_f};
  wire signed [31:0] i_f = {1'b0, coordinate};
  wire signed [31:0] tap_f = i_f + PAD - o_f * STRIDE;
  wire touched_f = tap_f >= 0 && tap_f < KERNEL;
  wire [31:0] bank_f = o_f % BANKS;
  wire [31:0] place_f = (o_f / BANKS) * PLACE_STEP;
  wire [31:0] scaled_f = tap_f * TAP_STEP;

  // How many outputs are touched, how many of them come before this one, how many banks are masked.
  reg [31:0] count_f, rank_f, banks_f;
  always @(*) begin : counts_f
    integer o, t, b;
    {count_f, rank_f, banks_f} = 96'd0;
    for (o = 0; o < OUT; o = o + 1) begin
      t = i_f + PAD - o * STRIDE;
      if (t >= 0 && t < KERNEL) count_f = count_f + 1;
      if (t >= 0 && t < KERNEL && o < o_f) rank_f = rank_f + 1;
    end
    for (b = 0; b < BANKS; b = b + 1) begin
      if (mask[b]) banks_f = banks_f + 1;
      // A masked bank has place 0.
      if (!mask[b]) assert (places[b*PLACE_WIDTH+:PLACE_WIDTH] == 0);
    end
  end

  // Now: all outputs in their banks, or the one whose turn it is.
  wire now_f = touched_f && (BANKS > 1 || rank_f == step);
  always @(*) begin
    assert (none == (count_f == 0));
    assert (last == (BANKS > 1 || step + 1 >= count_f));
    // An output that is touched has its bank, which says its place and tap; no other bank is set.
    assert (banks_f == (BANKS > 1 ? count_f : step < count_f));
    if (now_f) begin
      assert (mask[bank_f]);
      assert (places[bank_f*PLACE_WIDTH+:PLACE_WIDTH] == place_f[PLACE_WIDTH-1:0]);
      if (ALIGNED == 0 || BANKS == 1)
        assert (taps[bank_f*TAP_WIDTH+:TAP_WIDTH] == scaled_f[TAP_WIDTH-1:0]);
    end
  end

  // Of a stored row its number is given. Where the number is not the coordinate's own, bank b of a
  // row that is turned by `rotation` banks has one tap, whatever the coordinate: of the output
  // that is touched in it, (b - that of the row) mod BANKS strides below the row's first tap.
  generate
    if (ALIGNED != 0 && BANKS > 1 && BANKS < SPAN) begin : gen_own_row_f
      wire [31:0] row_f = coordinate * TAP_STEP;
      always @(*) assert (taps == row_f[TAP_WIDTH-1:0] && rotation == 0);
    end else if (ALIGNED != 0 && BANKS > 1) begin : gen_row_f
      reg [31:0] row_f, turned_f, first_f, strides_f;
      always @(*) begin
        row_f     = taps / TAP_STEP;
        first_f   = row_f / COPIES;
        turned_f  = (row_f % COPIES) * SHIFT;
        strides_f = (turned_f + rotation + BANKS - bank_f) % BANKS;
        assert (taps % TAP_STEP == 0 && rotation < SHIFT && first_f < STRIDE);
        if (touched_f) assert (tap_f == first_f + strides_f * STRIDE);
      end
    end
  endgenerate

  // An output that is not the first of its coordinate.
  always @(*) cover (now_f && rank_f > 0);
`endif

endmodule

`default_nettype wire
