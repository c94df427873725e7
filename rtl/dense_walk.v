// dense_walk.v - addresses every multiply of a convolution, tick by tick, in a fixed loop order.
//
// Contract   : after start, one beat a cycle; outermost to innermost: window row, window column,
//              output group, position in the pool window, kernel row, kernel column, input group.
//              A window group (window x output group) begins only while may_start is high and then
//              never pauses. start only when busy is low, or together with done.
// Latency    : start -> first beat 2, start -> done TICK_BEATS + 1 cycles + cycles stalled.
// Throughput : TICK_BEATS = OUT_HEIGHT*OUT_WIDTH*OUT_GROUPS*KERNEL_H*KERNEL_W*IN_GROUPS.
// Cost       : eight counters, seven offsets, output registers: 180 FF for 8 x 16 x 16 inputs.
// Reset      : rst, synchronous, active high; abandons the tick.
// Golden     : seven nested loops     Bench: sim/blocks/dense_walk/
`default_nettype none

module dense_walk #(
    // Input words of one position (C_IN / SIMD), rows, columns, each >= 1
    parameter integer IN_GROUPS  = 2,
    parameter integer IN_HEIGHT  = 4,
    parameter integer IN_WIDTH   = 4,
    // Output words of one position (C_OUT / PE), rows, columns (before pooling), each >= 1
    parameter integer OUT_GROUPS = 2,
    parameter integer OUT_HEIGHT = 4,
    parameter integer OUT_WIDTH  = 4,
    // Kernel, stride (each >= 1) and leading padding (>= 0); input y = y*STRIDE_H - PAD_TOP + ky
    parameter integer KERNEL_H   = 3,
    parameter integer KERNEL_W   = 3,
    parameter integer STRIDE_H   = 1,
    parameter integer STRIDE_W   = 1,
    parameter integer PAD_TOP    = 1,
    parameter integer PAD_LEFT   = 1,
    // Pool window, 1 = none, at most the output map; windows do not overlap
    parameter integer POOL_H     = 1,
    parameter integer POOL_W     = 1
) (
    input  wire clk,
    input  wire rst,

    input  wire start,
    // The tick is the first of a frame; sampled with start
    input  wire frame_start,
    // There is room downstream for a window group; looked at before its first beat
    input  wire may_start,
    // From the cycle after start to that of the last beat
    output wire busy,
    // With the last beat
    output wire done,
    // Waiting for may_start (combinational)
    output wire stalled,
    // A window group is granted: its first beat is on the outputs in the next cycle (combinational)
    output wire window_issued,

    output wire beat_valid,
    // (ig * IN_HEIGHT + iy) * IN_WIDTH + ix; meaningless with operand_zero
    output wire [((IN_GROUPS * IN_HEIGHT * IN_WIDTH > 1) ?
                  $clog2(IN_GROUPS * IN_HEIGHT * IN_WIDTH) : 1)-1:0] operand_address,
    // The tap is in the padding: take the operand as 0
    output wire operand_zero,
    // ((og * KERNEL_H + ky) * KERNEL_W + kx) * IN_GROUPS + ig
    output wire [((OUT_GROUPS * KERNEL_H * KERNEL_W * IN_GROUPS > 1) ?
                  $clog2(OUT_GROUPS * KERNEL_H * KERNEL_W * IN_GROUPS) : 1)-1:0] weight_address,
    // First and last beat of a neuron group (PE neurons)
    output wire first,
    output wire last,

    // Constant over a neuron group, and until the next one:
    // number of the neuron group in the order of visits
    output wire [((OUT_GROUPS * OUT_HEIGHT * OUT_WIDTH > 1) ?
                  $clog2(OUT_GROUPS * OUT_HEIGHT * OUT_WIDTH) : 1)-1:0] neuron_address,
    output wire [((OUT_GROUPS > 1) ? $clog2(OUT_GROUPS) : 1)-1:0] out_group,
    // First and last position of the pool window
    output wire window_first,
    output wire window_last,
    // The window is a whole one; a partial one at the border is computed but not sent
    output wire window_emits,
    // frame_start of this tick
    output wire zero_states,
    // Place of the window, partial windows included
    output wire [(((OUT_HEIGHT + POOL_H - 1) / POOL_H > 1) ?
                  $clog2((OUT_HEIGHT + POOL_H - 1) / POOL_H) : 1)-1:0] window_y,
    output wire [(((OUT_WIDTH + POOL_W - 1) / POOL_W > 1) ?
                  $clog2((OUT_WIDTH + POOL_W - 1) / POOL_W) : 1)-1:0] window_x,
    // Last neuron group of the tick
    output wire tick_last
);

  generate
    if (IN_GROUPS < 1 || IN_HEIGHT < 1 || IN_WIDTH < 1) begin : gen_check_in
      ERROR_dense_walk_IN_GROUPS_IN_HEIGHT_IN_WIDTH_must_be_at_least_1 u_error ();
    end
    if (OUT_GROUPS < 1 || OUT_HEIGHT < 1 || OUT_WIDTH < 1) begin : gen_check_out
      ERROR_dense_walk_OUT_GROUPS_OUT_HEIGHT_OUT_WIDTH_must_be_at_least_1 u_error ();
    end
    if (KERNEL_H < 1 || KERNEL_W < 1 || STRIDE_H < 1 || STRIDE_W < 1) begin : gen_check_kernel
      ERROR_dense_walk_KERNEL_and_STRIDE_must_be_at_least_1 u_error ();
    end
    if (PAD_TOP < 0 || PAD_LEFT < 0) begin : gen_check_pad
      ERROR_dense_walk_PAD_TOP_PAD_LEFT_must_not_be_negative u_error ();
    end
    if (POOL_H < 1 || POOL_W < 1 || POOL_H > OUT_HEIGHT || POOL_W > OUT_WIDTH)
    begin : gen_check_pool
      ERROR_dense_walk_POOL_must_be_at_least_1_and_at_most_the_output_map u_error ();
    end
  endgenerate

  localparam integer WINDOWS_H = (OUT_HEIGHT + POOL_H - 1) / POOL_H;
  localparam integer WINDOWS_W = (OUT_WIDTH + POOL_W - 1) / POOL_W;
  // Rows and columns of the partial windows at the border, 0 = there are none
  localparam integer REST_H    = OUT_HEIGHT % POOL_H;
  localparam integer REST_W    = OUT_WIDTH % POOL_W;
  localparam integer PLANE     = IN_HEIGHT * IN_WIDTH;

  // Last value of each counter
  localparam integer IG_LAST      = IN_GROUPS - 1;
  localparam integer KX_LAST      = KERNEL_W - 1;
  localparam integer KY_LAST      = KERNEL_H - 1;
  localparam integer WX_LAST      = POOL_W - 1;
  localparam integer WY_LAST      = POOL_H - 1;
  localparam integer WX_REST_LAST = (REST_W > 0) ? REST_W - 1 : 0;
  localparam integer WY_REST_LAST = (REST_H > 0) ? REST_H - 1 : 0;
  localparam integer OG_LAST      = OUT_GROUPS - 1;
  localparam integer PX_LAST      = WINDOWS_W - 1;
  localparam integer PY_LAST      = WINDOWS_H - 1;

  localparam integer IG_WIDTH = (IN_GROUPS > 1) ? $clog2(IN_GROUPS) : 1;
  localparam integer KX_WIDTH = (KERNEL_W > 1) ? $clog2(KERNEL_W) : 1;
  localparam integer KY_WIDTH = (KERNEL_H > 1) ? $clog2(KERNEL_H) : 1;
  localparam integer WX_WIDTH = (POOL_W > 1) ? $clog2(POOL_W) : 1;
  localparam integer WY_WIDTH = (POOL_H > 1) ? $clog2(POOL_H) : 1;
  localparam integer OG_WIDTH = (OUT_GROUPS > 1) ? $clog2(OUT_GROUPS) : 1;
  localparam integer PX_WIDTH = (WINDOWS_W > 1) ? $clog2(WINDOWS_W) : 1;
  localparam integer PY_WIDTH = (WINDOWS_H > 1) ? $clog2(WINDOWS_H) : 1;

  localparam integer WEIGHTS       = OUT_GROUPS * KERNEL_H * KERNEL_W * IN_GROUPS;
  localparam integer NEURONS       = OUT_GROUPS * OUT_HEIGHT * OUT_WIDTH;
  localparam integer OPERAND_WIDTH = (IN_GROUPS * PLANE > 1) ? $clog2(IN_GROUPS * PLANE) : 1;
  localparam integer WEIGHT_WIDTH  = (WEIGHTS > 1) ? $clog2(WEIGHTS) : 1;
  localparam integer NEURON_WIDTH  = (NEURONS > 1) ? $clog2(NEURONS) : 1;

  // One signed width for row and column offsets: holds every tap, and the whole input.
  localparam integer ROW_REACH    = (OUT_HEIGHT * STRIDE_H + KERNEL_H + PAD_TOP) * IN_WIDTH;
  localparam integer COLUMN_REACH = OUT_WIDTH * STRIDE_W + KERNEL_W + PAD_LEFT;
  localparam integer TAP_REACH    = (ROW_REACH > COLUMN_REACH) ? ROW_REACH : COLUMN_REACH;
  localparam integer REACH        = (TAP_REACH > IN_GROUPS * PLANE) ? TAP_REACH : IN_GROUPS * PLANE;
  localparam integer OFFSET_WIDTH = $clog2(REACH + 1) + 1;

  // Offsets and their steps: a column counts words, a row counts IN_WIDTH words.
  localparam integer COLUMN_START       = -PAD_LEFT;
  localparam integer COLUMN_STEP_TAP    = 1;
  localparam integer COLUMN_STEP_NEURON = STRIDE_W;
  localparam integer COLUMN_STEP_WINDOW = STRIDE_W * POOL_W;
  localparam integer COLUMN_END         = IN_WIDTH;
  localparam integer ROW_START          = -PAD_TOP * IN_WIDTH;
  localparam integer ROW_STEP_TAP       = IN_WIDTH;
  localparam integer ROW_STEP_NEURON    = STRIDE_H * IN_WIDTH;
  localparam integer ROW_STEP_WINDOW    = STRIDE_H * POOL_H * IN_WIDTH;
  localparam integer ROW_END            = PLANE;

  // ---- Loop counters, innermost first ----
  reg  [IG_WIDTH-1:0] ig_q;
  reg  [KX_WIDTH-1:0] kx_q;
  reg  [KY_WIDTH-1:0] ky_q;
  reg  [WX_WIDTH-1:0] wx_q;
  reg  [WY_WIDTH-1:0] wy_q;
  reg  [OG_WIDTH-1:0] og_q;
  reg  [PX_WIDTH-1:0] px_q;
  reg  [PY_WIDTH-1:0] py_q;

  wire ig_last = ig_q == IG_LAST[IG_WIDTH-1:0];
  wire kx_last = kx_q == KX_LAST[KX_WIDTH-1:0];
  wire ky_last = ky_q == KY_LAST[KY_WIDTH-1:0];
  wire og_last = og_q == OG_LAST[OG_WIDTH-1:0];
  wire px_last = px_q == PX_LAST[PX_WIDTH-1:0];
  wire py_last = py_q == PY_LAST[PY_WIDTH-1:0];

  // The last window of a row or column may be a partial one, whose loops are shorter.
  wire partial_x = px_last && (REST_W != 0);
  wire partial_y = py_last && (REST_H != 0);
  wire wx_last   = wx_q == (partial_x ? WX_REST_LAST[WX_WIDTH-1:0] : WX_LAST[WX_WIDTH-1:0]);
  wire wy_last   = wy_q == (partial_y ? WY_REST_LAST[WY_WIDTH-1:0] : WY_LAST[WY_WIDTH-1:0]);

  // wrap_N: loop N and all loops inside it are at their ends.
  wire wrap_ig = ig_last;
  wire wrap_kx = wrap_ig && kx_last;
  wire wrap_ky = wrap_kx && ky_last;  // last beat of a neuron group
  wire wrap_wx = wrap_ky && wx_last;
  wire wrap_wy = wrap_wx && wy_last;  // last beat of a window group
  wire wrap_og = wrap_wy && og_last;
  wire wrap_px = wrap_og && px_last;
  wire wrap_py = wrap_px && py_last;  // last beat of the tick

  // ---- Progress ----
  reg  running_q;
  reg  neuron_first_q;  // the next beat is the first of a neuron group
  reg  window_first_q;  // the neuron group is the first of its window group
  wire at_gate = neuron_first_q && window_first_q;
  wire advance = running_q && (may_start || !at_gate);

  assign stalled       = running_q && at_gate && !may_start;
  assign window_issued = running_q && at_gate && may_start;

  always @(posedge clk) begin
    if (rst) running_q <= 1'b0;
    else if (start) running_q <= 1'b1;
    else if (advance && wrap_py) running_q <= 1'b0;

    if (start) begin
      neuron_first_q <= 1'b1;
      window_first_q <= 1'b1;
      ig_q           <= {IG_WIDTH{1'b0}};
      kx_q           <= {KX_WIDTH{1'b0}};
      ky_q           <= {KY_WIDTH{1'b0}};
      wx_q           <= {WX_WIDTH{1'b0}};
      wy_q           <= {WY_WIDTH{1'b0}};
      og_q           <= {OG_WIDTH{1'b0}};
      px_q           <= {PX_WIDTH{1'b0}};
      py_q           <= {PY_WIDTH{1'b0}};
    end else if (advance) begin
      neuron_first_q <= wrap_ky;
      if (wrap_ky) window_first_q <= wrap_wy;
      ig_q <= ig_last ? {IG_WIDTH{1'b0}} : ig_q + 1'b1;
      if (wrap_ig) kx_q <= kx_last ? {KX_WIDTH{1'b0}} : kx_q + 1'b1;
      if (wrap_kx) ky_q <= ky_last ? {KY_WIDTH{1'b0}} : ky_q + 1'b1;
      if (wrap_ky) wx_q <= wx_last ? {WX_WIDTH{1'b0}} : wx_q + 1'b1;
      if (wrap_wx) wy_q <= wy_last ? {WY_WIDTH{1'b0}} : wy_q + 1'b1;
      if (wrap_wy) og_q <= og_last ? {OG_WIDTH{1'b0}} : og_q + 1'b1;
      if (wrap_og) px_q <= px_last ? {PX_WIDTH{1'b0}} : px_q + 1'b1;
      if (wrap_px) py_q <= py_last ? {PY_WIDTH{1'b0}} : py_q + 1'b1;
    end
  end

  // ---- Operand position = plane + row + column ----
  // Of row and column there are three: that of the tap, of the neuron's first tap, of the window's.
  reg         [OPERAND_WIDTH-1:0] plane_q;
  reg  signed [OFFSET_WIDTH-1:0]  column_q;
  reg  signed [OFFSET_WIDTH-1:0]  neuron_column_q;
  reg  signed [OFFSET_WIDTH-1:0]  window_column_q;
  reg  signed [OFFSET_WIDTH-1:0]  row_q;
  reg  signed [OFFSET_WIDTH-1:0]  neuron_row_q;
  reg  signed [OFFSET_WIDTH-1:0]  window_row_q;

  wire signed [OFFSET_WIDTH-1:0] next_column = kx_last ? neuron_column_q
      : column_q + $signed(COLUMN_STEP_TAP[OFFSET_WIDTH-1:0]);
  wire signed [OFFSET_WIDTH-1:0] next_neuron_column = wx_last ? window_column_q
      : neuron_column_q + $signed(COLUMN_STEP_NEURON[OFFSET_WIDTH-1:0]);
  wire signed [OFFSET_WIDTH-1:0] next_window_column = px_last
      ? $signed(COLUMN_START[OFFSET_WIDTH-1:0])
      : window_column_q + $signed(COLUMN_STEP_WINDOW[OFFSET_WIDTH-1:0]);

  wire signed [OFFSET_WIDTH-1:0] next_row = ky_last ? neuron_row_q
      : row_q + $signed(ROW_STEP_TAP[OFFSET_WIDTH-1:0]);
  wire signed [OFFSET_WIDTH-1:0] next_neuron_row = wy_last ? window_row_q
      : neuron_row_q + $signed(ROW_STEP_NEURON[OFFSET_WIDTH-1:0]);
  wire signed [OFFSET_WIDTH-1:0] next_window_row =
      window_row_q + $signed(ROW_STEP_WINDOW[OFFSET_WIDTH-1:0]);

  always @(posedge clk) begin
    if (start) begin
      plane_q         <= {OPERAND_WIDTH{1'b0}};
      column_q        <= $signed(COLUMN_START[OFFSET_WIDTH-1:0]);
      neuron_column_q <= $signed(COLUMN_START[OFFSET_WIDTH-1:0]);
      window_column_q <= $signed(COLUMN_START[OFFSET_WIDTH-1:0]);
      row_q           <= $signed(ROW_START[OFFSET_WIDTH-1:0]);
      neuron_row_q    <= $signed(ROW_START[OFFSET_WIDTH-1:0]);
      window_row_q    <= $signed(ROW_START[OFFSET_WIDTH-1:0]);
    end else if (advance) begin
      plane_q <= ig_last ? {OPERAND_WIDTH{1'b0}} : plane_q + PLANE[OPERAND_WIDTH-1:0];

      if (wrap_og) column_q <= next_window_column;
      else if (wrap_ky) column_q <= next_neuron_column;
      else if (wrap_ig) column_q <= next_column;
      if (wrap_og) neuron_column_q <= next_window_column;
      else if (wrap_ky) neuron_column_q <= next_neuron_column;
      if (wrap_og) window_column_q <= next_window_column;

      if (wrap_px) row_q <= next_window_row;
      else if (wrap_wx) row_q <= next_neuron_row;
      else if (wrap_kx) row_q <= next_row;
      if (wrap_px) neuron_row_q <= next_window_row;
      else if (wrap_wx) neuron_row_q <= next_neuron_row;
      if (wrap_px) window_row_q <= next_window_row;
    end
  end

  wire in_map = column_q >= 0 && column_q < $signed(COLUMN_END[OFFSET_WIDTH-1:0])
             && row_q >= 0 && row_q < $signed(ROW_END[OFFSET_WIDTH-1:0]);

  // ---- Weights and neurons: counters in the order of visits ----
  reg [WEIGHT_WIDTH-1:0] weight_q;
  reg [WEIGHT_WIDTH-1:0] group_weight_q;  // first weight of the output group
  reg [NEURON_WIDTH-1:0] neuron_q;
  reg                    zero_states_q;

  wire [WEIGHT_WIDTH-1:0] next_weight = weight_q + 1'b1;

  always @(posedge clk) begin
    if (start) begin
      weight_q       <= {WEIGHT_WIDTH{1'b0}};
      group_weight_q <= {WEIGHT_WIDTH{1'b0}};
      neuron_q       <= {NEURON_WIDTH{1'b0}};
      zero_states_q  <= frame_start;
    end else if (advance) begin
      if (wrap_og) weight_q <= {WEIGHT_WIDTH{1'b0}};
      else if (wrap_ky && !wrap_wy) weight_q <= group_weight_q;
      else weight_q <= next_weight;
      if (wrap_wy) group_weight_q <= og_last ? {WEIGHT_WIDTH{1'b0}} : next_weight;
      if (wrap_ky) neuron_q <= neuron_q + 1'b1;
    end
  end

  // ---- Output registers ----
  reg                     beat_valid_q;
  reg                     done_q;
  reg [OPERAND_WIDTH-1:0] operand_address_q;
  reg                     operand_zero_q;
  reg [WEIGHT_WIDTH-1:0]  weight_address_q;
  reg                     first_q;
  reg                     last_q;
  reg [NEURON_WIDTH-1:0]  neuron_address_q;
  reg [OG_WIDTH-1:0]      out_group_q;
  reg                     out_window_first_q;
  reg                     out_window_last_q;
  reg                     window_emits_q;
  reg                     out_zero_states_q;
  reg [PY_WIDTH-1:0]      window_y_q;
  reg [PX_WIDTH-1:0]      window_x_q;
  reg                     tick_last_q;

  always @(posedge clk) begin
    beat_valid_q <= !rst && advance;
    done_q       <= !rst && advance && wrap_py;
    if (advance) begin
      operand_address_q  <= plane_q + row_q[OPERAND_WIDTH-1:0] + column_q[OPERAND_WIDTH-1:0];
      operand_zero_q     <= !in_map;
      weight_address_q   <= weight_q;
      first_q            <= neuron_first_q;
      last_q             <= wrap_ky;
      neuron_address_q   <= neuron_q;
      out_group_q        <= og_q;
      out_window_first_q <= window_first_q;
      out_window_last_q  <= wx_last && wy_last;
      window_emits_q     <= !partial_x && !partial_y;
      out_zero_states_q  <= zero_states_q;
      window_y_q         <= py_q;
      window_x_q         <= px_q;
      tick_last_q        <= wx_last && wy_last && og_last && px_last && py_last;
    end
  end

  assign busy            = running_q || beat_valid_q;
  assign done            = done_q;
  assign beat_valid      = beat_valid_q;
  assign operand_address = operand_address_q;
  assign operand_zero    = operand_zero_q;
  assign weight_address  = weight_address_q;
  assign first           = first_q;
  assign last            = last_q;
  assign neuron_address  = neuron_address_q;
  assign out_group       = out_group_q;
  assign window_first    = out_window_first_q;
  assign window_last     = out_window_last_q;
  assign window_emits    = window_emits_q;
  assign zero_states     = out_zero_states_q;
  assign window_y        = window_y_q;
  assign window_x        = window_x_q;
  assign tick_last       = tick_last_q;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // The stage around it: a tick starts while none runs, or with the last beat of the one before.
  always @(*) if (start) assume (!busy || done);

  // Numbers of a proof are as wide as they must be: no operand, weight or beat of a tick overflows.
  localparam integer TAPS       = KERNEL_H * KERNEL_W * IN_GROUPS;
  localparam integer TICK_BEATS = NEURONS * TAPS;
  localparam integer F_WIDTH    = $clog2(((REACH > TICK_BEATS) ? REACH : TICK_BEATS) + 1) + 1;
  localparam [F_WIDTH-1:0] ONE = 1, F_IG = IN_GROUPS, F_KX = KERNEL_W, F_KY = KERNEL_H;
  localparam [F_WIDTH-1:0] F_OG = OUT_GROUPS, F_POOL_H = POOL_H, F_POOL_W = POOL_W;
  localparam [F_WIDTH-1:0] F_OUT_H = OUT_HEIGHT, F_OUT_W = OUT_WIDTH, F_IN_H = IN_HEIGHT;
  localparam [F_WIDTH-1:0] F_IN_W = IN_WIDTH, F_STRIDE_H = STRIDE_H, F_STRIDE_W = STRIDE_W;
  localparam [F_WIDTH-1:0] F_TOP = PAD_TOP, F_LEFT = PAD_LEFT, F_TAPS = TAPS, F_BEATS = TICK_BEATS;

  // The loops of the tick that runs, at its beat on the outputs, or else at the next one to come.
  reg               active_q, frame_q;
  reg [F_WIDTH-1:0] py, px, og, wy, wx, ky, kx, ig;
  reg [F_WIDTH-1:0] to_py, to_px, to_og, to_wy, to_wx, to_ky, to_kx, to_ig;
  wire [F_WIDTH-1:0] y = py * F_POOL_H + wy, x = px * F_POOL_W + wx;
  wire end_x = wx + ONE == F_POOL_W || x + ONE == F_OUT_W;
  wire end_y = wy + ONE == F_POOL_H || y + ONE == F_OUT_H;
  always @(*) begin : loops
    {to_py, to_px, to_og, to_wy, to_wx, to_ky, to_kx} = {py, px, og, wy, wx, ky, kx};
    to_ig = ig + ONE;
    if (to_ig == F_IG) begin
      to_ig = 0;
      to_kx = kx + ONE;
      if (to_kx == F_KX) begin
        to_kx = 0;
        to_ky = ky + ONE;
        if (to_ky == F_KY) begin
          to_ky = 0;
          to_wx = end_x ? 0 : wx + ONE;
          if (end_x) begin
            to_wy = end_y ? 0 : wy + ONE;
            if (end_y) begin
              to_og = og + ONE;
              if (to_og == F_OG) begin
                to_og = 0;
                to_px = px + ONE;
                if (to_px * F_POOL_W >= F_OUT_W) begin
                  to_px = 0;
                  to_py = py + ONE;
                end
              end
            end
          end
        end
      end
    end
  end
  wire over = to_py * F_POOL_H >= F_OUT_H;  // it is the last beat of the tick
  always @(posedge clk) begin
    if (beat_valid) begin
      {py, px, og, wy, wx, ky, kx, ig} <= {to_py, to_px, to_og, to_wy, to_wx, to_ky, to_kx, to_ig};
      if (over) active_q <= 1'b0;
    end
    if (start) begin
      {py, px, og, wy, wx, ky, kx, ig} <= 0;
      active_q <= 1'b1;
      frame_q  <= frame_start;
    end
    if (rst) active_q <= 1'b0;
  end

  // Where the loops are in the cycle after: a window group begins there when it may.
  wire               coming  = active_q && !(beat_valid && over);
  wire [F_WIDTH-1:0] next_py = beat_valid ? to_py : py, next_px = beat_valid ? to_px : px;
  wire [F_WIDTH-1:0] next_og = beat_valid ? to_og : og, next_wy = beat_valid ? to_wy : wy;
  wire [F_WIDTH-1:0] next_wx = beat_valid ? to_wx : wx, next_ky = beat_valid ? to_ky : ky;
  wire [F_WIDTH-1:0] next_kx = beat_valid ? to_kx : kx, next_ig = beat_valid ? to_ig : ig;
  wire begins = {next_wy, next_wx, next_ky, next_kx, next_ig} == 0;

  // From the cycle after start it is busy, to the last beat, which is done. It waits where a window
  // group begins that may not, and nowhere else: else a beat comes in the cycle after.
  always @(*)
    if (started) begin
      assert (busy == active_q);
      assert (done == (beat_valid && over));
      assert (stalled == (coming && begins && !may_start));
      assert (window_issued == (coming && begins && may_start));
    end
  always @(posedge clk)
    if (started) begin
      if ($past(rst)) assert (!busy && !beat_valid && !done);
      else assert (beat_valid == $past(coming && (may_start || !begins)));
    end

  // A beat is the one of the loops.
  wire [F_WIDTH-1:0] row = y * F_STRIDE_H + ky, column = x * F_STRIDE_W + kx;
  wire inside = row >= F_TOP && row < F_TOP + F_IN_H && column >= F_LEFT
      && column < F_LEFT + F_IN_W;
  wire [F_WIDTH-1:0] operand = (ig * F_IN_H + row - F_TOP) * F_IN_W + column - F_LEFT;
  wire [F_WIDTH-1:0] tap     = (ky * F_KX + kx) * F_IG + ig;
  always @(*)
    if (started && beat_valid) begin
      assert (active_q);
      assert (operand_zero == !inside);
      if (inside) assert (operand_address == operand);
      assert (weight_address == og * F_TAPS + tap);
      assert (first == ({ky, kx, ig} == 0));
      assert (last == (ky + ONE == F_KY && kx + ONE == F_KX && ig + ONE == F_IG));
      assert (out_group == og && window_y == py && window_x == px);
      assert (window_first == ({wy, wx} == 0) && window_last == (end_x && end_y));
      assert (window_emits == ((py + ONE) * F_POOL_H <= F_OUT_H
                            && (px + ONE) * F_POOL_W <= F_OUT_W));
      assert (zero_states == frame_q);
      assert (tick_last == (og + ONE == F_OG && y + ONE == F_OUT_H && x + ONE == F_OUT_W));
    end

  // What tells of a neuron group stays until the next one.
  always @(posedge clk)
    if (started && !$past(rst) && !beat_valid) begin
      assert ($stable({neuron_address, out_group, window_y, window_x, zero_states}));
      assert ($stable({window_first, window_last, window_emits, tick_last}));
    end

  // Neuron groups are numbered as they come: beats / TAPS; a tick has TICK_BEATS beats.
  reg [F_WIDTH-1:0] beats_q;
  always @(posedge clk) beats_q <= start ? 0 : beats_q + beat_valid;
  always @(*)
    if (started && beat_valid) begin
      assert (beats_q == neuron_address * F_TAPS + tap);
      assert (done == (beats_q + ONE == F_BEATS));
    end

  // Any tap of any neuron group: a tick has its product once.
  (* anyconst *) reg [F_WIDTH-1:0] its_neuron, its_tap;
  always @(*) assume (its_neuron < NEURONS && its_tap < F_TAPS);
  wire visit = beat_valid && neuron_address == its_neuron
      && weight_address == out_group * F_TAPS + its_tap;
  reg [1:0] visits_q;
  wire [1:0] visits = visits_q + visit;
  always @(posedge clk) visits_q <= start ? 2'd0 : visits;
  always @(*)
    if (started && active_q) begin
      assert (visits <= 2'd1);
      if (done) assert (visits == 2'd1);
    end

  // A tick that had to wait ends, and the next starts at once.
  reg waited_q;
  always @(posedge clk) waited_q <= !rst && !start && (waited_q || stalled);
  always @(*) cover (started && waited_q && done && start);

`ifndef CONTRACT
  // For the induction: the loops are inside their bounds, and count the beats; ...
  localparam [F_WIDTH-1:0] F_PY = WINDOWS_H, F_PX = WINDOWS_W;
  localparam [F_WIDTH-1:0] LAST_ROWS    = OUT_HEIGHT - (WINDOWS_H - 1) * POOL_H;
  localparam [F_WIDTH-1:0] LAST_COLUMNS = OUT_WIDTH - (WINDOWS_W - 1) * POOL_W;
  wire [F_WIDTH-1:0] rows    = (py + ONE == F_PY) ? LAST_ROWS : F_POOL_H;
  wire [F_WIDTH-1:0] columns = (px + ONE == F_PX) ? LAST_COLUMNS : F_POOL_W;
  wire [F_WIDTH-1:0] number = (py * F_POOL_H * F_OUT_W + rows * px * F_POOL_W) * F_OG
      + (og * rows + wy) * columns + wx;
  wire [F_WIDTH-1:0] its_beat = its_neuron * F_TAPS + its_tap;
  wire signed [F_WIDTH-1:0] f_column = column_q, f_neuron_column = neuron_column_q;
  wire signed [F_WIDTH-1:0] f_window_column = window_column_q, f_window_row = window_row_q;
  wire signed [F_WIDTH-1:0] f_row = row_q, f_neuron_row = neuron_row_q;
  wire [F_WIDTH-1:0] window_x0 = next_px * F_POOL_W * F_STRIDE_W - F_LEFT;
  wire [F_WIDTH-1:0] window_y0 = next_py * F_POOL_H * F_STRIDE_H - F_TOP;
  wire [F_WIDTH-1:0] neuron_x0 = window_x0 + next_wx * F_STRIDE_W;
  wire [F_WIDTH-1:0] neuron_y0 = window_y0 + next_wy * F_STRIDE_H;
  always @(*)
    if (started && active_q) begin
      assert (py < F_PY && px < F_PX && og < F_OG && wy < rows && wx < columns);
      assert (ky < F_KY && kx < F_KX && ig < F_IG);
      assert (beats_q == number * F_TAPS + tap && number < NEURONS);
      assert (visits_q == (beats_q > its_beat));
    end
  // ... counters and offsets are where they are.
  always @(*) if (started) assert (running_q == coming);
  always @(*)
    if (started && coming) begin
      assert (py_q == next_py && px_q == next_px && og_q == next_og && wy_q == next_wy);
      assert (wx_q == next_wx && ky_q == next_ky && kx_q == next_kx && ig_q == next_ig);
      assert (neuron_first_q == ({next_ky, next_kx, next_ig} == 0));
      assert (window_first_q == ({next_wy, next_wx} == 0));
      assert (plane_q == next_ig * F_IN_H * F_IN_W);
      assert (f_window_column == window_x0 && f_neuron_column == neuron_x0);
      assert (f_column == neuron_x0 + next_kx);
      assert (f_window_row == window_y0 * F_IN_W && f_neuron_row == neuron_y0 * F_IN_W);
      assert (f_row == (neuron_y0 + next_ky) * F_IN_W);
      assert (group_weight_q == next_og * F_TAPS);
      assert (weight_q == group_weight_q + (next_ky * F_KX + next_kx) * F_IG + next_ig);
      assert (neuron_q * F_TAPS + (weight_q - group_weight_q) == beats_q + beat_valid);
      assert (zero_states_q == frame_q);
    end
`endif
`endif

endmodule

`default_nettype wire
