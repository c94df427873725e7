// sweep_walk.v - visits every neuron of a tick: reads its accumulators, pool window by window.
//
// Contract   : while tick_valid, one beat a cycle, each COLUMNS neighbours of one channel slice;
//              outermost to innermost: window row, window column, group, slice, row and column in
//              the window. A window (as wide as COLUMNS at least) begins only while may_start is
//              high and then never pauses. tick_taken comes with the tick's last beat. With
//              OVERLAP = 0 the next tick waits for `closed`, a pulse after that.
// Latency    : tick_valid -> first beat 1; tick_valid is not looked at beside tick_taken.
// Throughput : a beat a cycle; GROUPS * SLICES * OUT_HEIGHT * ceil(OUT_WIDTH / COLUMNS) a tick.
// Cost       : about 100 FF for 32 x 16 x 16 neurons.     Reset: rst, synchronous, active high.
// Golden     : neuronVisits of src/mapping/visits.ts      Bench: sim/blocks/sweep_walk/
`default_nettype none

module sweep_walk #(
    // Groups of output channels, slices of a group, rows and columns of the map, each >= 1
    parameter integer GROUPS     = 2,
    parameter integer SLICES     = 1,
    parameter integer OUT_HEIGHT = 4,
    parameter integer OUT_WIDTH  = 4,
    // Pool window, 1 = none, at most the output map; windows do not overlap
    parameter integer POOL_H     = 1,
    parameter integer POOL_W     = 1,
    // Columns of a beat: a divisor or a multiple of POOL_W, >= 1; 1 where SLICES > 1
    parameter integer COLUMNS    = 1,
    // Windows of a beat: COLUMNS / POOL_W, or 1
    parameter integer WINDOWS    = 1,
    // 1 only where a tick's last window begins after the tick before is closed (window_credit.v):
    // beats before that window + 2 > cycles from a tick's last beat to `closed`
    parameter integer OVERLAP    = 1
) (
    input  wire                                                    clk,
    input  wire                                                    rst,

    input  wire                                                    tick_valid,
    input  wire                                                    tick_frame_end,
    output wire                                                    tick_taken,
    input  wire                                                    closed,

    // There is room downstream for a window; looked at before its first beat
    input  wire                                                    may_start,
    // A tick is being visited; waiting for may_start; a window is granted (all combinational)
    output wire                                                    busy,
    output wire                                                    stalled,
    output wire                                                    window_issued,

    output wire                                                    beat_valid,
    // The word is read again, for its next slice
    output wire                                                    read_keep,
    // {group, y, x}, each at least one bit; x of the first column
    output wire [((GROUPS > 1) ? $clog2(GROUPS) : 1)
               + ((OUT_HEIGHT > 1) ? $clog2(OUT_HEIGHT) : 1)
               + ((OUT_WIDTH > 1) ? $clog2(OUT_WIDTH) : 1) - 1:0]  read_address,
    output wire [((SLICES > 1) ? $clog2(SLICES) : 1)-1:0]          slice,
    // group * SLICES + slice
    output wire [((GROUPS*SLICES > 1) ? $clog2(GROUPS*SLICES) : 1)-1:0] out_group,
    // Number of the beat in the tick
    output wire [((GROUPS*SLICES*OUT_HEIGHT*OUT_WIDTH > 1) ?
                  $clog2(GROUPS*SLICES*OUT_HEIGHT*OUT_WIDTH) : 1)-1:0] neuron_address,
    // Columns that are on the map
    output wire [COLUMNS-1:0]                                      columns,
    // First and last beat of the window, and which of its windows are whole ones
    output wire                                                    window_first,
    output wire                                                    window_last,
    output wire [WINDOWS-1:0]                                      window_emits,
    // Place of the (first) window, in windows
    output wire [((OUT_HEIGHT > 1) ? $clog2(OUT_HEIGHT) : 1)-1:0]  window_y,
    output wire [((OUT_WIDTH > 1) ? $clog2(OUT_WIDTH) : 1)-1:0]    window_x,
    // The tick is the first of a frame; its last beat; it ends a frame (with tick_last)
    output wire                                                    zero_states,
    output wire                                                    tick_last,
    output wire                                                    frame_end
);

  generate
    if (GROUPS < 1 || SLICES < 1) begin : gen_check_groups
      ERROR_sweep_walk_GROUPS_and_SLICES_must_be_at_least_1 u_error ();
    end
    if (OUT_HEIGHT < 1 || OUT_WIDTH < 1) begin : gen_check_out
      ERROR_sweep_walk_OUT_HEIGHT_and_OUT_WIDTH_must_be_at_least_1 u_error ();
    end
    if (POOL_H < 1 || POOL_W < 1 || POOL_H > OUT_HEIGHT || POOL_W > OUT_WIDTH)
    begin : gen_check_pool
      ERROR_sweep_walk_POOL_must_be_at_least_1_and_at_most_the_output_map u_error ();
    end
    if (COLUMNS < 1 || (COLUMNS % POOL_W != 0 && POOL_W % COLUMNS != 0)) begin : gen_check_columns
      ERROR_sweep_walk_COLUMNS_must_divide_POOL_W_or_be_a_multiple u_error ();
    end
    if (SLICES > 1 && COLUMNS > 1) begin : gen_check_slices
      ERROR_sweep_walk_COLUMNS_must_be_1_where_SLICES_is_not u_error ();
    end
    if (OVERLAP != 0 && OVERLAP != 1) begin : gen_check_overlap
      ERROR_sweep_walk_OVERLAP_must_be_0_or_1 u_error ();
    end
    if (WINDOWS != ((COLUMNS > POOL_W) ? COLUMNS / POOL_W : 1)) begin : gen_check_windows
      ERROR_sweep_walk_WINDOWS_does_not_follow_from_COLUMNS_and_POOL_W u_error ();
    end
  endgenerate

  // Columns of a window, and of the rest at the right border, both counted in beats
  localparam integer SPAN      = POOL_W * WINDOWS;
  localparam integer BEATS_W   = SPAN / COLUMNS;
  localparam integer SPANS_H   = (OUT_HEIGHT + POOL_H - 1) / POOL_H;
  localparam integer SPANS_W   = (OUT_WIDTH + SPAN - 1) / SPAN;
  localparam integer REST_H    = OUT_HEIGHT - (SPANS_H - 1) * POOL_H;
  localparam integer REST_W    = (OUT_WIDTH - (SPANS_W - 1) * SPAN + COLUMNS - 1) / COLUMNS;

  localparam integer G_LAST       = GROUPS - 1;
  localparam integer S_LAST       = SLICES - 1;
  localparam integer WX_LAST      = BEATS_W - 1;
  localparam integer WY_LAST      = POOL_H - 1;
  localparam integer WX_REST_LAST = REST_W - 1;
  localparam integer WY_REST_LAST = REST_H - 1;
  localparam integer PX_LAST      = SPANS_W - 1;
  localparam integer PY_LAST      = SPANS_H - 1;

  localparam integer G_WIDTH  = (GROUPS > 1) ? $clog2(GROUPS) : 1;
  localparam integer S_WIDTH  = (SLICES > 1) ? $clog2(SLICES) : 1;
  localparam integer WX_WIDTH = (BEATS_W > 1) ? $clog2(BEATS_W) : 1;
  localparam integer WY_WIDTH = (POOL_H > 1) ? $clog2(POOL_H) : 1;
  localparam integer Y_WIDTH  = (OUT_HEIGHT > 1) ? $clog2(OUT_HEIGHT) : 1;
  localparam integer X_WIDTH  = (OUT_WIDTH > 1) ? $clog2(OUT_WIDTH) : 1;
  localparam integer O_WIDTH  = (GROUPS * SLICES > 1) ? $clog2(GROUPS * SLICES) : 1;
  localparam integer NEURONS  = GROUPS * SLICES * OUT_HEIGHT * OUT_WIDTH;
  localparam integer N_WIDTH  = (NEURONS > 1) ? $clog2(NEURONS) : 1;

  // ---- Loop counters, innermost first ----
  reg  [WX_WIDTH-1:0] wx_q;
  reg  [WY_WIDTH-1:0] wy_q;
  reg  [S_WIDTH-1:0]  s_q;
  reg  [G_WIDTH-1:0]  g_q;
  reg  [O_WIDTH-1:0]  og_q;  // g_q and s_q in one
  reg  [X_WIDTH-1:0]  px_q;
  reg  [Y_WIDTH-1:0]  py_q;

  wire s_last  = s_q == S_LAST[S_WIDTH-1:0];
  wire g_last  = g_q == G_LAST[G_WIDTH-1:0];
  wire px_last = px_q == PX_LAST[X_WIDTH-1:0];
  wire py_last = py_q == PY_LAST[Y_WIDTH-1:0];
  wire wx_last = wx_q == (px_last ? WX_REST_LAST[WX_WIDTH-1:0] : WX_LAST[WX_WIDTH-1:0]);
  wire wy_last = wy_q == (py_last ? WY_REST_LAST[WY_WIDTH-1:0] : WY_LAST[WY_WIDTH-1:0]);

  wire wrap_wy = wx_last && wy_last;  // last beat of a window
  wire wrap_s  = wrap_wy && s_last;
  wire wrap_g  = wrap_s && g_last;
  wire wrap_px = wrap_g && px_last;
  wire wrap_py = wrap_px && py_last;  // last beat of the tick

  // ---- Progress ----
  reg  first_q;      // the next beat is the first of a window
  reg  taken_q;
  reg  waiting_q;    // the tick before is not closed
  reg  fresh_q;
  wire running = tick_valid && !taken_q && !waiting_q;
  wire advance = running && (may_start || !first_q);

  assign busy          = running;
  assign stalled       = running && first_q && !may_start;
  assign window_issued = running && first_q && may_start;

  // ---- Place: first column and row of the beat, and of its window ----
  reg [X_WIDTH-1:0] x_q, window_column_q, window_x_q;
  reg [Y_WIDTH-1:0] y_q, window_row_q;
  reg [N_WIDTH-1:0] neuron_q;

  always @(posedge clk) begin
    taken_q <= advance && wrap_py;
    if (closed) waiting_q <= 1'b0;
    if (advance) begin
      first_q  <= wrap_wy;
      neuron_q <= wrap_py ? {N_WIDTH{1'b0}} : neuron_q + 1'b1;
      wx_q     <= wx_last ? {WX_WIDTH{1'b0}} : wx_q + 1'b1;
      if (wx_last) wy_q <= wy_last ? {WY_WIDTH{1'b0}} : wy_q + 1'b1;
      if (wrap_wy) s_q <= s_last ? {S_WIDTH{1'b0}} : s_q + 1'b1;
      if (wrap_wy) og_q <= (s_last && g_last) ? {O_WIDTH{1'b0}} : og_q + 1'b1;
      if (wrap_s) g_q <= g_last ? {G_WIDTH{1'b0}} : g_q + 1'b1;
      if (wrap_g) px_q <= px_last ? {X_WIDTH{1'b0}} : px_q + 1'b1;
      if (wrap_px) py_q <= py_last ? {Y_WIDTH{1'b0}} : py_q + 1'b1;

      if (wrap_px) x_q <= {X_WIDTH{1'b0}};
      else if (wrap_g) x_q <= window_column_q + SPAN[X_WIDTH-1:0];
      else x_q <= wx_last ? window_column_q : x_q + COLUMNS[X_WIDTH-1:0];
      if (wrap_g) begin
        window_column_q <= px_last ? {X_WIDTH{1'b0}} : window_column_q + SPAN[X_WIDTH-1:0];
        window_x_q      <= px_last ? {X_WIDTH{1'b0}} : window_x_q + WINDOWS[X_WIDTH-1:0];
      end

      if (wrap_py) y_q <= {Y_WIDTH{1'b0}};
      else if (wrap_px) y_q <= window_row_q + POOL_H[Y_WIDTH-1:0];
      else if (wx_last) y_q <= wy_last ? window_row_q : y_q + 1'b1;
      if (wrap_px) window_row_q <= py_last ? {Y_WIDTH{1'b0}} : window_row_q + POOL_H[Y_WIDTH-1:0];

      if (wrap_py) begin
        waiting_q <= OVERLAP == 0;
        fresh_q   <= tick_frame_end;
      end
    end

    if (rst) begin
      first_q         <= 1'b1;
      taken_q         <= 1'b0;
      waiting_q       <= 1'b0;
      fresh_q         <= 1'b1;
      wx_q            <= {WX_WIDTH{1'b0}};
      wy_q            <= {WY_WIDTH{1'b0}};
      s_q             <= {S_WIDTH{1'b0}};
      g_q             <= {G_WIDTH{1'b0}};
      og_q            <= {O_WIDTH{1'b0}};
      px_q            <= {X_WIDTH{1'b0}};
      py_q            <= {Y_WIDTH{1'b0}};
      x_q             <= {X_WIDTH{1'b0}};
      window_column_q <= {X_WIDTH{1'b0}};
      window_x_q      <= {X_WIDTH{1'b0}};
      y_q             <= {Y_WIDTH{1'b0}};
      window_row_q    <= {Y_WIDTH{1'b0}};
      neuron_q        <= {N_WIDTH{1'b0}};
    end
  end

  // Columns on the map, and whole windows: all, but in the last window column (and row).
  wire [COLUMNS-1:0] on_map;
  wire [WINDOWS-1:0] whole;
  genvar i;
  generate
    for (i = 0; i < COLUMNS; i = i + 1) begin : gen_column
      localparam integer LIMIT = OUT_WIDTH - i;
      if (LIMIT > 0) begin : gen_on
        assign on_map[i] = {1'b0, x_q} < LIMIT[X_WIDTH:0];
      end else begin : gen_off
        assign on_map[i] = 1'b0;
      end
    end
    for (i = 0; i < WINDOWS; i = i + 1) begin : gen_window
      localparam integer LIMIT = OUT_WIDTH / POOL_W - i;
      if (LIMIT > 0) begin : gen_on
        assign whole[i] = {1'b0, window_x_q} < LIMIT[X_WIDTH:0] && (!py_last || REST_H == POOL_H);
      end else begin : gen_off
        assign whole[i] = 1'b0;
      end
    end
  endgenerate

  // ---- Output registers ----
  reg                               beat_valid_q, keep_q, window_first_q, window_last_q;
  reg                               zero_states_q, tick_last_q, frame_end_q;
  reg [G_WIDTH+Y_WIDTH+X_WIDTH-1:0] address_q;
  reg [S_WIDTH-1:0]                 slice_q;
  reg [O_WIDTH-1:0]                 out_group_q;
  reg [N_WIDTH-1:0]                 neuron_address_q;
  reg [COLUMNS-1:0]                 columns_q;
  reg [WINDOWS-1:0]                 emits_q;
  reg [Y_WIDTH-1:0]                 window_y_q;
  reg [X_WIDTH-1:0]                 out_window_x_q;

  always @(posedge clk) begin
    beat_valid_q <= !rst && advance;
    if (advance) begin
      keep_q           <= !s_last;
      address_q        <= {g_q, y_q, x_q};
      slice_q          <= s_q;
      out_group_q      <= og_q;
      neuron_address_q <= neuron_q;
      columns_q        <= on_map;
      window_first_q   <= first_q;
      window_last_q    <= wrap_wy;
      emits_q          <= whole;
      window_y_q       <= py_q;
      out_window_x_q   <= window_x_q;
      zero_states_q    <= fresh_q;
      tick_last_q      <= wrap_py;
      frame_end_q      <= tick_frame_end;
    end
  end

  assign tick_taken     = taken_q;
  assign beat_valid     = beat_valid_q;
  assign read_keep      = keep_q;
  assign read_address   = address_q;
  assign slice          = slice_q;
  assign out_group      = out_group_q;
  assign neuron_address = neuron_address_q;
  assign columns        = columns_q;
  assign window_first   = window_first_q;
  assign window_last    = window_last_q;
  assign window_emits   = emits_q;
  assign window_y       = window_y_q;
  assign window_x       = out_window_x_q;
  assign zero_states    = zero_states_q;
  assign tick_last      = tick_last_q;
  assign frame_end      = frame_end_q;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // event_ticks.v before it: a tick stays until it is taken, and none follows at once. After it: a
  // tick is closed once, after its last beat.
  reg unclosed;
  always @(posedge clk) unclosed <= !rst && (tick_taken || (unclosed && !closed));
  always @(*) if (OVERLAP == 0) assume (!closed || unclosed);
  reg held_q, held_end_q, gone_q;
  always @(posedge clk) begin
    held_q     <= tick_valid && !tick_taken && !rst;
    held_end_q <= tick_frame_end;
    gone_q     <= tick_taken;
  end
  always @(*)
    if (started) begin
      if (held_q) assume (tick_valid && tick_frame_end == held_end_q);
      if (gone_q) assume (!tick_valid);
    end

  // Numbers of a proof are small: 8 bits hold them, and are faster than an integer's 32.
  localparam [7:0] F_G = GROUPS, F_S = SLICES, F_H = OUT_HEIGHT, F_W = OUT_WIDTH, F_C = COLUMNS;
  localparam [7:0] F_POOL_H = POOL_H, F_POOL_W = POOL_W, F_WINDOWS = WINDOWS, F_SPAN = SPAN;
  localparam [7:0] F_REST_H = REST_H, F_REST_W = REST_W, F_BEATS_W = BEATS_W;
  localparam [7:0] F_ROW = (OUT_WIDTH + COLUMNS - 1) / COLUMNS, F_BEATS = F_G * F_S * F_H * F_ROW;
  wire [7:0] py = py_q, px = px_q, g = g_q, s = s_q, og = og_q, wy = wy_q, wx = wx_q;
  wire [47:0] now = {py, px, g, s, wy, wx};

  // Any neuron, by its place in the loops.
  (* anyconst *) reg [7:0] its_py, its_px, its_g, its_s, its_wy, its_wx, its_lane;
  wire [7:0] its_y = its_py * F_POOL_H + its_wy;
  wire [7:0] its_x = its_px * F_SPAN + its_wx * F_C + its_lane;
  always @(*) begin
    assume (its_py < SPANS_H && its_px < SPANS_W && its_g < F_G && its_s < F_S);
    assume (its_wy < F_POOL_H && its_wx < F_BEATS_W && its_lane < F_C);
    assume (its_y < F_H && its_x < F_W);
  end

  // It is visited, and its word is cleared, once a tick: when the loops pass it.
  wire [7:0] read_x     = address_q[0+:X_WIDTH];
  wire [7:0] read_y     = address_q[X_WIDTH+:Y_WIDTH];
  wire [7:0] read_group = address_q[X_WIDTH+Y_WIDTH+:G_WIDTH];
  wire [7:0] offset     = its_x - read_x;
  wire here  = beat_valid && read_group == its_g && read_y == its_y && offset < F_C
      && columns[offset];
  wire visit = here && slice == its_s;
  wire clear = here && !read_keep;
  wire visit_passed = now > {its_py, its_px, its_g, its_s, its_wy, its_wx};
  wire clear_passed = now > {its_py, its_px, its_g, F_S - 8'd1, its_wy, its_wx};
  reg  [1:0] visits_q, clears_q;
  wire [1:0] visits = visits_q + visit, clears = clears_q + clear;
  always @(posedge clk) begin
    visits_q <= (rst || tick_taken) ? 2'd0 : visits;
    clears_q <= (rst || tick_taken) ? 2'd0 : clears;
  end
  always @(*)
    if (started) begin
      assert (visits == {1'b0, visit_passed || tick_taken});
      assert (clears == {1'b0, clear_passed || tick_taken});
      if (here) assert (clears_q == 2'd0);
    end

  // The counters and places are where the loops are.
  wire [7:0] rows  = py_last ? F_REST_H : F_POOL_H;
  wire [7:0] width = px_last ? F_REST_W : F_BEATS_W;
  wire [7:0] number = F_G * F_S * py * F_POOL_H * F_ROW + rows * (F_G * F_S * px * F_BEATS_W)
      + (og * rows + wy) * width + wx;
  wire [7:0] place_x = px * F_SPAN + wx * F_C, place_y = py * F_POOL_H + wy;
  always @(*)
    if (started) begin
      assert (py < SPANS_H && px < SPANS_W && g < F_G && s < F_S && wy < rows && wx < width);
      assert (first_q == (wy == 8'd0 && wx == 8'd0));
      assert (og == g * F_S + s && neuron_q == number);
      assert (x_q == place_x && window_column_q == px * F_SPAN && window_x_q == px * F_WINDOWS);
      assert (y_q == place_y && window_row_q == py * F_POOL_H);
      if (now != 48'd0) assert (running);
    end

  // A beat: its columns and windows are those of its place.
  wire [7:0] next_y = (window_y + 8'd1) * F_POOL_H, in_window_y = read_y - window_y * F_POOL_H;
  wire [7:0] in_window_x = read_x - window_x * F_POOL_W;
  wire [7:0] beat_number = neuron_address;
  always @(*) begin : beat
    integer n;
    if (started && beat_valid) begin
      assert (read_group < F_G && read_y < F_H && read_x < F_W);
      assert (out_group == read_group * F_S + slice && slice < F_S);
      assert (in_window_y < F_POOL_H && in_window_x < F_POOL_W);
      for (n = 0; n < COLUMNS; n = n + 1) assert (columns[n] == (read_x + n < F_W));
      for (n = 0; n < WINDOWS; n = n + 1)
        assert (window_emits[n] == (next_y <= F_H && (window_x + n + 1) * POOL_W <= OUT_WIDTH));
      assert (tick_last == (beat_number == F_BEATS - 8'd1) && beat_number < F_BEATS);
    end
  end

  // Beats: of a tick that is valid, one after the other, but for windows that may not start;
  // tick_taken with the last; none from there to `closed`.
  reg [7:0] count_q;
  reg       inside_q;
  always @(posedge clk) begin
    if (beat_valid) count_q <= tick_last ? 8'd0 : count_q + 8'd1;
    if (beat_valid) inside_q <= !window_last;
    if (rst) {count_q, inside_q} <= 9'd0;
  end
  always @(*)
    if (started) begin
      assert (tick_taken == (beat_valid && tick_last));
      if (beat_valid) assert (beat_number == count_q && window_first == !inside_q);
      if (tick_taken) assert (tick_valid && window_last);
      assert (number == (tick_taken ? 8'd0 : count_q + beat_valid));
      assert (first_q == (beat_valid ? window_last : !inside_q));
      assert (waiting_q == (OVERLAP == 0 && (unclosed || tick_taken)));
      if (OVERLAP == 0) assert (!(beat_valid && unclosed));
      assert (!(stalled && window_issued) && (!stalled || !may_start));
    end
  always @(posedge clk)
    if (started && !$past(rst)) begin
      if (beat_valid) assert ($past(tick_valid && busy && !stalled));
      else assert ($past(!busy || stalled));
      assert ((beat_valid && window_first) == $past(window_issued));
      if (beat_valid && window_first) assert ($past(may_start));
      if ($past(beat_valid && !window_last)) assert (beat_valid);
      if ($past(tick_taken)) assert (!beat_valid);
    end
  always @(*) cover (started && tick_taken);
`endif

endmodule

`default_nettype wire
