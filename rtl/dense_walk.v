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

endmodule

`default_nettype wire
