// event_guard.v - lets each cell of a map spike once a tick, whatever a stream of events says.
//
// Contract   : the first event of a cell in a tick leaves, in order, and so do closing beats; its
//              later ones, and events outside the map, are taken and counted (dropped saturates).
//              tready depends on m_axis_tready; tvalid and data on registers alone, and are stable.
// Latency    : 1.   Throughput: 1 beat/cycle, one that is dropped too.
// Cost       : (1 + $clog2(WORDS) + CELLS) * WORDS bits of LUT RAM, or CELLS FF where WORDS is 1;
//              DATA_WIDTH + COUNT_WIDTH + $clog2(WORDS) + 4 FF; 2 or 3 LUT a cell of a word.
// Reset      : rst, synchronous; then a clearing pass (WORDS cycles) before tready rises.
// Golden     : a set of (channel, y, x) per tick     Bench: sim/blocks/event_guard/
`default_nettype none

module event_guard #(
    // The map: channels, rows, columns, >= 1
    parameter integer CHANNELS    = 2,
    parameter integer HEIGHT      = 16,
    parameter integer WIDTH       = 16,
    // Cells of a word, a power of two >= 2, no more than the map has when each of its sizes is
    // rounded up to a power of two (at least 2). As many: flip-flops that are cleared at once.
    parameter integer CELLS       = 16,
    // Bits of the counter, >= 1
    parameter integer COUNT_WIDTH = 32
) (
    input  wire                                          clk,
    input  wire                                          rst,

    input  wire                                          s_axis_tvalid,
    output wire                                          s_axis_tready,
    // {channel, y, x}, each at least one bit; ignored with tlast
    input  wire [((CHANNELS > 1) ? $clog2(CHANNELS) : 1)
               + ((HEIGHT > 1) ? $clog2(HEIGHT) : 1)
               + ((WIDTH > 1) ? $clog2(WIDTH) : 1) - 1:0] s_axis_tdata,
    // Closes the tick, a beat of its own
    input  wire                                          s_axis_tlast,
    input  wire                                          s_axis_tuser,

    output wire                                          m_axis_tvalid,
    input  wire                                          m_axis_tready,
    output wire [((CHANNELS > 1) ? $clog2(CHANNELS) : 1)
               + ((HEIGHT > 1) ? $clog2(HEIGHT) : 1)
               + ((WIDTH > 1) ? $clog2(WIDTH) : 1) - 1:0] m_axis_tdata,
    output wire                                          m_axis_tlast,
    output wire                                          m_axis_tuser,

    // Events dropped since the reset, at most 2**COUNT_WIDTH - 1
    output wire [COUNT_WIDTH-1:0]                        dropped
);

  localparam integer CHANNEL_WIDTH = (CHANNELS > 1) ? $clog2(CHANNELS) : 1;
  localparam integer Y_WIDTH       = (HEIGHT > 1) ? $clog2(HEIGHT) : 1;
  localparam integer X_WIDTH       = (WIDTH > 1) ? $clog2(WIDTH) : 1;
  localparam integer DATA_WIDTH    = CHANNEL_WIDTH + Y_WIDTH + X_WIDTH;

  // A cell's number: the bits of its address that can differ.
  localparam integer CELL_X        = $clog2(WIDTH);
  localparam integer CELL_Y        = $clog2(HEIGHT);
  localparam integer CELL_BITS     = CELL_X + CELL_Y + $clog2(CHANNELS);
  localparam integer CELL_WIDTH    = (CELL_BITS > 1) ? CELL_BITS : 1;
  localparam integer INDEX_WIDTH   = $clog2(CELLS);
  localparam integer TICK_WIDTH    = CELL_WIDTH - INDEX_WIDTH;
  localparam integer WORDS         = 1 << TICK_WIDTH;

  generate
    if (CHANNELS < 1) begin : gen_check_channels
      ERROR_event_guard_CHANNELS_must_be_at_least_1 u_error ();
    end
    if (HEIGHT < 1) begin : gen_check_height
      ERROR_event_guard_HEIGHT_must_be_at_least_1 u_error ();
    end
    if (WIDTH < 1) begin : gen_check_width
      ERROR_event_guard_WIDTH_must_be_at_least_1 u_error ();
    end
    if (CELLS < 2 || (1 << INDEX_WIDTH) != CELLS || TICK_WIDTH < 0) begin : gen_check_cells
      ERROR_event_guard_CELLS_must_be_a_power_of_two_within_the_map u_error ();
    end
    if (COUNT_WIDTH < 1) begin : gen_check_count
      ERROR_event_guard_COUNT_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  reg                    valid_q;
  reg  [DATA_WIDTH-1:0]  data_q;
  reg                    last_q;
  reg                    user_q;
  reg  [COUNT_WIDTH-1:0] dropped_q;

  // The memory is being cleared; the cell has spiked in this tick.
  wire clearing, seen;
  wire accept = s_axis_tvalid && s_axis_tready;

  assign s_axis_tready = !clearing && (!valid_q || m_axis_tready);
  assign m_axis_tvalid = valid_q;
  assign m_axis_tdata  = data_q;
  assign m_axis_tlast  = last_q;
  assign m_axis_tuser  = user_q;
  assign dropped       = dropped_q;

  // Sizes that are powers of two have no outside.
  wire [2:0] outside;
  generate
    if (CHANNELS == (1 << CHANNEL_WIDTH)) begin : gen_every_channel
      assign outside[2] = 1'b0;
    end else begin : gen_channel
      assign outside[2] =
          s_axis_tdata[Y_WIDTH+X_WIDTH+:CHANNEL_WIDTH] >= CHANNELS[CHANNEL_WIDTH-1:0];
    end
    if (HEIGHT == (1 << Y_WIDTH)) begin : gen_every_y
      assign outside[1] = 1'b0;
    end else begin : gen_y
      assign outside[1] = s_axis_tdata[X_WIDTH+:Y_WIDTH] >= HEIGHT[Y_WIDTH-1:0];
    end
    if (WIDTH == (1 << X_WIDTH)) begin : gen_every_x
      assign outside[0] = 1'b0;
    end else begin : gen_x
      assign outside[0] = s_axis_tdata[X_WIDTH-1:0] >= WIDTH[X_WIDTH-1:0];
    end
  endgenerate

  wire in_map = outside == 3'd0;
  wire drop   = !s_axis_tlast && (seen || !in_map);

  always @(posedge clk) begin
    if (accept) begin
      data_q <= s_axis_tdata;
      last_q <= s_axis_tlast;
      user_q <= s_axis_tuser;
    end
    if (rst) valid_q <= 1'b0;
    else if (accept) valid_q <= !drop;
    else if (m_axis_tready) valid_q <= 1'b0;
    if (rst) dropped_q <= {COUNT_WIDTH{1'b0}};
    else if (accept && drop && dropped_q != {COUNT_WIDTH{1'b1}}) dropped_q <= dropped_q + 1'b1;
  end

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // Any one place of an event, in the map or outside: whether it spiked in this tick.
  (* anyconst *) reg [CHANNEL_WIDTH-1:0] channel_f;
  (* anyconst *) reg [Y_WIDTH-1:0]       y_f;
  (* anyconst *) reg [X_WIDTH-1:0]       x_f;
  wire in_map_f = channel_f < CHANNELS && y_f < HEIGHT && x_f < WIDTH;
  wire event_f  = accept && !s_axis_tlast && s_axis_tdata == {channel_f, y_f, x_f};
  wire close_f  = accept && s_axis_tlast;
  reg  seen_f;
  always @(posedge clk) seen_f <= !rst && !close_f && (seen_f || (event_f && in_map_f));

  // Its first event of a tick leaves, a later one doesn't, nor any outside; closing beats leave.
  always @(posedge clk)
    if (started && !$past(rst)) begin
      if ($past(event_f)) assert (m_axis_tvalid == $past(in_map_f && !seen_f));
      if ($past(close_f)) assert (m_axis_tvalid);
      // What leaves is what came, and a stalled beat stays the same.
      if ($past(accept) && m_axis_tvalid)
        assert ({m_axis_tdata, m_axis_tlast} == $past({s_axis_tdata, s_axis_tlast}));
      if ($past(close_f)) assert (m_axis_tuser == $past(s_axis_tuser));
      if ($past(m_axis_tvalid && !m_axis_tready))
        assert (m_axis_tvalid && $stable({m_axis_tdata, m_axis_tlast, m_axis_tuser}));
      // Nothing leaves that didn't come, or twice.
      if ($past(!accept && (!m_axis_tvalid || m_axis_tready))) assert (!m_axis_tvalid);
      // Of the watched place, what isn't sent is counted, up to the most; what is sent isn't.
      if ($past(event_f && (seen_f || !in_map_f) && dropped_q != {COUNT_WIDTH{1'b1}}))
        assert (dropped == $past(dropped) + 1'b1);
      else if ($past(event_f || !accept || s_axis_tlast)) assert (dropped == $past(dropped));
    end
  always @(*)
    if (started) begin
      // A beat is taken in every cycle but those of the clearing pass and those in which one waits.
      assert (s_axis_tready == !(clearing || (m_axis_tvalid && !m_axis_tready)));
      assert (!clearing || !m_axis_tvalid);
    end
  // A reset empties it.
  always @(posedge clk)
    if (started && $past(rst)) assert (!m_axis_tvalid && dropped == {COUNT_WIDTH{1'b0}});

  // A cell spikes in a tick and in the next but one, and in neither twice; the counter is full.
  reg [1:0] ticks_f;
  reg       first_f, twice_f;
  always @(posedge clk) begin
    if (close_f) ticks_f <= ticks_f + 2'd1;
    if (event_f && !seen_f && ticks_f == 2'd0) first_f <= 1'b1;
    if (event_f && seen_f && ticks_f == 2'd0) twice_f <= 1'b1;
    if (event_f && ticks_f == 2'd1) first_f <= 1'b0;
    if (rst) {ticks_f, first_f, twice_f} <= 4'd0;
  end
  always @(*) begin
    cover (started && in_map_f && ticks_f == 2'd2 && first_f && twice_f && event_f && !seen_f);
    cover (started && dropped == {COUNT_WIDTH{1'b1}});
  end
`endif

  wire [CELL_WIDTH-1:0] cell_number;
`ifdef FORMAL
  wire [CELL_WIDTH-1:0] number_f;
  wire [DATA_WIDTH-1:0] place_f = {channel_f, y_f, x_f};
`endif
  genvar i;
  generate
    for (i = 0; i < CELL_WIDTH; i = i + 1) begin : gen_cell
      localparam integer FROM = (i < CELL_X) ? i
          : (i < CELL_X + CELL_Y) ? X_WIDTH + i - CELL_X
          : X_WIDTH + Y_WIDTH + i - CELL_X - CELL_Y;
      assign cell_number[i] = s_axis_tdata[FROM];
`ifdef FORMAL
      assign number_f[i] = place_f[FROM];
`endif
    end
  endgenerate

  wire [INDEX_WIDTH-1:0] index = cell_number[INDEX_WIDTH-1:0];
  wire [CELLS-1:0]       spike = {{CELLS - 1{1'b0}}, 1'b1} << index;

  generate
    if (WORDS == 1) begin : gen_bits
      reg             clearing_q;
      reg [CELLS-1:0] bits_q;

      assign clearing = clearing_q;
      assign seen     = bits_q[index];

      always @(posedge clk) begin
        clearing_q <= rst;
        if (rst || (accept && s_axis_tlast)) bits_q <= {CELLS{1'b0}};
        else if (accept && in_map) bits_q <= bits_q | spike;
      end

`ifdef FORMAL
      always @(posedge clk) if (started) assert (clearing == $past(rst));
      always @(*)
        if (started) begin
          assert (!clearing || !seen_f);
`ifndef CONTRACT
          assert (!in_map_f || bits_q[number_f[INDEX_WIDTH-1:0]] == seen_f);
`endif
        end
`endif
    end else begin : gen_words
      // A word has the stamp of the tick in which it was written last: its bits count in that tick
      // alone. Every tick ends with the word of the stamp's number made unwritten: until a stamp
      // comes again every word was.
      (* ram_style = "distributed" *) reg [CELLS+TICK_WIDTH:0] memory[0:WORDS-1];
      reg                   clearing_q;
      reg  [TICK_WIDTH-1:0] tick_q;

      wire [TICK_WIDTH-1:0]     address = cell_number[CELL_WIDTH-1:INDEX_WIDTH];
      wire [CELLS+TICK_WIDTH:0] word    = memory[address];
      wire [CELLS-1:0]          bits    = word[CELLS-1:0];
      wire                      counts  = word[CELLS+:TICK_WIDTH+1] == {1'b1, tick_q};
      wire                      sweep   = clearing_q || s_axis_tlast;

      assign clearing = clearing_q;
      assign seen     = counts && bits[index];

      always @(posedge clk) begin
        // An event outside has the number of another cell where a size is 1.
        if (clearing_q || (accept && (s_axis_tlast || in_map)))
          memory[sweep ? tick_q : address] <=
              sweep ? {CELLS + TICK_WIDTH + 1{1'b0}}
              : {1'b1, tick_q, (bits & {CELLS{counts}}) | spike};
        if (rst) begin
          clearing_q <= 1'b1;
          tick_q     <= {TICK_WIDTH{1'b0}};
        end else if (clearing_q || (accept && s_axis_tlast)) begin
          tick_q <= tick_q + 1'b1;
          if (&tick_q) clearing_q <= 1'b0;
        end
      end

`ifdef FORMAL
      // The watched cell's word, and when its stamp comes again: not before the word is made
      // unwritten, for that comes first, counted from its stamp on. What it holds is the model's.
      wire [TICK_WIDTH-1:0]     address_f = number_f[CELL_WIDTH-1:INDEX_WIDTH];
      wire [CELLS+TICK_WIDTH:0] word_f    = memory[address_f];
      wire [TICK_WIDTH-1:0]     stamp_f   = word_f[CELLS+:TICK_WIDTH];
      wire                      written_f = word_f[CELLS+TICK_WIDTH];
      wire [TICK_WIDTH-1:0]     swept_f   = address_f - stamp_f;
      wire [TICK_WIDTH-1:0]     since_f   = tick_q - stamp_f;
      reg  [TICK_WIDTH:0]       cleared_f;
      always @(posedge clk) begin
        if (rst) cleared_f <= {TICK_WIDTH + 1{1'b0}};
        else if (!cleared_f[TICK_WIDTH]) cleared_f <= cleared_f + 1'b1;
      end
      always @(*)
        if (started) begin
          assert (clearing == !cleared_f[TICK_WIDTH]);
`ifndef CONTRACT
          assert (!clearing || cleared_f == {1'b0, tick_q});
          assert (!clearing || !written_f || address_f >= tick_q);
          assert (clearing || !written_f || swept_f >= since_f);
          assert (!in_map_f || seen_f == (!clearing && written_f && stamp_f == tick_q
                  && word_f[number_f[INDEX_WIDTH-1:0]]));
`endif
        end
`endif
    end
  endgenerate

endmodule

`default_nettype wire
