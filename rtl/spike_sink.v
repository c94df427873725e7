// spike_sink.v - collects the spikes of one tick as bits, for a sweep that reads and clears them.
//
// Contract   : takes events until `last`, then holds the tick (tick_valid, tick_frame_end), taking
//              no more until tick_taken; a word that is read becomes zero; repeated events are one.
//              Coordinates must lie in the map. A word: SIMD channels of one position; the address
//              packs {group, y, x}, so a map whose sizes are no powers of two leaves words unused.
// Latency    : last accepted -> tick_valid, read_enable -> read_data, tick_taken -> tready: 1.
// Throughput : 1 event/cycle, 1 word/cycle read.  Cost: SIMD one-bit memories, about 50 FF.
// Reset      : rst, synchronous; then one clearing pass (1 word/cycle) before tready rises.
// Golden     : a set of (channel, y, x) per tick     Bench: sim/blocks/spike_sink/
`default_nettype none

module spike_sink #(
    // Channels of the map, >= 1
    parameter integer CHANNELS = 8,
    // Rows of the map, >= 1
    parameter integer HEIGHT   = 4,
    // Columns of the map, >= 1
    parameter integer WIDTH    = 4,
    // Channels in a word, >= 1, divides CHANNELS: channel = group * SIMD + lane
    parameter integer SIMD     = 4
) (
    input  wire                                              clk,
    input  wire                                              rst,

    // Events of a tick; `last` is a beat of its own
    input  wire                                              s_axis_tvalid,
    output wire                                              s_axis_tready,
    // {channel, y, x}, each at least one bit; ignored with tlast
    input  wire [((CHANNELS > 1) ? $clog2(CHANNELS) : 1)
               + ((HEIGHT > 1) ? $clog2(HEIGHT) : 1)
               + ((WIDTH > 1) ? $clog2(WIDTH) : 1) - 1:0]    s_axis_tdata,
    input  wire                                              s_axis_tlast,
    // The tick ends a frame; looked at with tlast only
    input  wire                                              s_axis_tuser,

    // A whole tick is held and may be read
    output wire                                              tick_valid,
    // The held tick ends a frame
    output wire                                              tick_frame_end,
    // Pulse: the tick has been read; in the cycle after the last read or later
    input  wire                                              tick_taken,

    input  wire                                              read_enable,
    // {group, y, x}, each at least one bit
    input  wire [((CHANNELS / SIMD > 1) ? $clog2(CHANNELS / SIMD) : 1)
               + ((HEIGHT > 1) ? $clog2(HEIGHT) : 1)
               + ((WIDTH > 1) ? $clog2(WIDTH) : 1) - 1:0]    read_address,
    // Bit i: channel group * SIMD + i spiked; one cycle after read_enable
    output wire [SIMD-1:0]                                   read_data
);

  localparam integer GROUPS        = CHANNELS / SIMD;
  localparam integer CHANNEL_WIDTH = (CHANNELS > 1) ? $clog2(CHANNELS) : 1;
  localparam integer GROUP_WIDTH   = (GROUPS > 1) ? $clog2(GROUPS) : 1;
  localparam integer Y_WIDTH       = (HEIGHT > 1) ? $clog2(HEIGHT) : 1;
  localparam integer X_WIDTH       = (WIDTH > 1) ? $clog2(WIDTH) : 1;
  localparam integer PLACE_WIDTH   = Y_WIDTH + X_WIDTH;
  localparam integer ADDRESS_WIDTH = GROUP_WIDTH + PLACE_WIDTH;
  localparam integer DEPTH         = 1 << ADDRESS_WIDTH;

  generate
    if (CHANNELS < 1) begin : gen_check_channels
      ERROR_spike_sink_CHANNELS_must_be_at_least_1 u_error ();
    end
    if (HEIGHT < 1) begin : gen_check_height
      ERROR_spike_sink_HEIGHT_must_be_at_least_1 u_error ();
    end
    if (WIDTH < 1) begin : gen_check_width
      ERROR_spike_sink_WIDTH_must_be_at_least_1 u_error ();
    end
    if (SIMD < 1 || CHANNELS % SIMD != 0) begin : gen_check_simd
      ERROR_spike_sink_SIMD_must_divide_CHANNELS u_error ();
    end
  endgenerate

  localparam [1:0] CLEAR = 2'd0;
  localparam [1:0] FILL  = 2'd1;
  localparam [1:0] HELD  = 2'd2;

  reg  [1:0]               phase_q;
  reg                      frame_end_q;
  reg  [ADDRESS_WIDTH-1:0] clear_address_q;

  wire accept = s_axis_tvalid && s_axis_tready;

  assign s_axis_tready  = phase_q == FILL;
  assign tick_valid     = phase_q == HELD;
  assign tick_frame_end = frame_end_q;

  always @(posedge clk) begin
    if (rst) begin
      phase_q         <= CLEAR;
      clear_address_q <= {ADDRESS_WIDTH{1'b0}};
    end else if (phase_q == CLEAR) begin
      clear_address_q <= clear_address_q + 1'b1;
      if (&clear_address_q) phase_q <= FILL;
    end else if (phase_q == FILL) begin
      if (accept && s_axis_tlast) phase_q <= HELD;
    end else if (tick_taken) begin
      phase_q <= FILL;
    end
    if (accept && s_axis_tlast) frame_end_q <= s_axis_tuser;
  end

  // Channel -> group and lane. A constant division: wires when SIMD is a power of two.
  localparam integer                 DIVISOR_BITS = SIMD;
  localparam     [CHANNEL_WIDTH:0]   DIVISOR      = DIVISOR_BITS[CHANNEL_WIDTH:0];

  wire [CHANNEL_WIDTH:0] channel = {1'b0, s_axis_tdata[PLACE_WIDTH+:CHANNEL_WIDTH]};
  wire [CHANNEL_WIDTH:0] group   = channel / DIVISOR;
  wire [CHANNEL_WIDTH:0] lane    = channel % DIVISOR;
  wire unused_group = &{1'b0, group};

  // What is written next: a spike, or the zero that follows a read or clears the memory.
  reg                      event_q;
  reg  [SIMD-1:0]          event_lanes_q;
  reg  [ADDRESS_WIDTH-1:0] event_address_q;
  reg                      read_q;
  reg  [ADDRESS_WIDTH-1:0] read_address_q;

  always @(posedge clk) begin : write_request
    integer i;
    event_q         <= !rst && accept && !s_axis_tlast;
    event_address_q <= {group[GROUP_WIDTH-1:0], s_axis_tdata[PLACE_WIDTH-1:0]};
    for (i = 0; i < SIMD; i = i + 1) event_lanes_q[i] <= lane == i[CHANNEL_WIDTH:0];
    read_q          <= !rst && read_enable;
    read_address_q  <= read_address;
  end

  wire                     zero_write = read_q || phase_q == CLEAR;
  wire [ADDRESS_WIDTH-1:0] write_address =
      (phase_q == CLEAR) ? clear_address_q : read_q ? read_address_q : event_address_q;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // Any one cell of the map: whether an event of it was accepted since its word was read last.
  (* anyconst *) reg [CHANNEL_WIDTH-1:0] channel_f;
  (* anyconst *) reg [Y_WIDTH-1:0] y_f;
  (* anyconst *) reg [X_WIDTH-1:0] x_f;
  (* anyconst *) reg [CHANNEL_WIDTH-1:0] group_f, lane_f;
  wire [ADDRESS_WIDTH-1:0] address_f = {group_f[GROUP_WIDTH-1:0], y_f, x_f};
  wire event_f = accept && !s_axis_tlast && s_axis_tdata == {channel_f, y_f, x_f};
  wire read_f = read_enable && read_address == address_f;
  always @(*) begin
    assume (channel_f < CHANNELS && y_f < HEIGHT && x_f < WIDTH);
    assume (lane_f < SIMD && group_f < GROUPS && group_f * SIMD + lane_f == channel_f);
  end

  // Since the tick began: whether the cell spiked, the tick's last beat came, its word was read.
  reg spiked_f, clearing_f, held_f, ends_f, swept_f;
  reg [ADDRESS_WIDTH:0] cleared_f;
  always @(posedge clk) begin
    if (event_f) spiked_f <= 1'b1;
    if (read_f) {spiked_f, swept_f} <= 2'b01;
    if (accept && s_axis_tlast) {held_f, ends_f} <= {1'b1, s_axis_tuser};
    if (tick_taken) {held_f, swept_f} <= 2'b00;
    if (clearing_f) cleared_f <= cleared_f + 1'b1;
    if (clearing_f && cleared_f == DEPTH - 1) clearing_f <= 1'b0;
    if (rst) {spiked_f, held_f, swept_f, clearing_f} <= 4'b0001;
    if (rst) cleared_f <= {ADDRESS_WIDTH + 1{1'b0}};
  end

  // The sweep around it: coordinates lie in the map; a tick is read while it is held, each word
  // once, and taken in a later cycle than its last read.
  wire [CHANNEL_WIDTH-1:0] event_channel_f = s_axis_tdata[PLACE_WIDTH+:CHANNEL_WIDTH];
  wire [Y_WIDTH-1:0] event_y_f = s_axis_tdata[X_WIDTH+:Y_WIDTH];
  wire [X_WIDTH-1:0] event_x_f = s_axis_tdata[X_WIDTH-1:0];
  always @(*) begin
    if (s_axis_tvalid && !s_axis_tlast)
      assume (event_channel_f < CHANNELS && event_y_f < HEIGHT && event_x_f < WIDTH);
    if (read_enable) assume (tick_valid && !tick_taken);
    if (read_f) assume (!swept_f);
    if (tick_taken) assume (tick_valid && swept_f);
  end

  always @(*)
    if (started) begin
      // A tick is offered from its last beat until it is taken; nothing is accepted meanwhile, nor
      // while the memory is cleared: else it is, at once.
      assert (tick_valid == held_f);
      assert (s_axis_tready == !(held_f || clearing_f));
      assert (!(held_f && clearing_f));
      // The frame flag is that of the tick's own last beat.
      assert (!tick_valid || tick_frame_end == ends_f);
      // A tick begins empty: what was read is not there again.
      assert (!(clearing_f || (swept_f && tick_valid)) || !spiked_f);
      assert (tick_valid || !swept_f);
      // For the induction: the clearing pass, and writes that meet no other.
      assert (clearing_f == (phase_q == CLEAR) && phase_q <= HELD);
      assert (cleared_f <= DEPTH && clearing_f == (cleared_f != DEPTH));
      assert (!clearing_f || cleared_f == {1'b0, clear_address_q});
      assert (!read_q || tick_valid);
      assert (!event_q || s_axis_tready);
      assert (!(read_q && read_address_q == address_f) || swept_f);
    end

  // A word that is read has exactly the spikes of the tick: of any cell, whether an event came.
  always @(posedge clk)
    if (started && $past(started && read_f)) assert (read_data[lane_f] == $past(spiked_f));

  // After a reset a clearing pass of DEPTH cycles begins, and no tick is held.
  always @(posedge clk)
    if (started && $past(rst))
      assert (clear_address_q == 0 && phase_q == CLEAR && !tick_valid && !s_axis_tready);

  // A cell spikes in one tick, and not in the next.
  reg [1:0] ticks_f;
  reg spike_f;
  always @(posedge clk) begin
    if (tick_taken) ticks_f <= ticks_f + 2'd1;
    if (read_f && ticks_f == 2'd0) spike_f <= spiked_f;
    if (rst) ticks_f <= 2'd0;
  end
  always @(*) cover (started && spike_f && ticks_f == 2'd1 && read_f && !spiked_f);
`endif

  genvar bank;
  generate
    for (bank = 0; bank < SIMD; bank = bank + 1) begin : gen_bank
      reg memory [0:DEPTH-1];
      reg data_q;

      always @(posedge clk) begin
        if (zero_write || (event_q && event_lanes_q[bank])) memory[write_address] <= !zero_write;
        if (read_enable) data_q <= memory[read_address];
      end

      assign read_data[bank] = data_q;

`ifdef FORMAL
      // The memory holds the watched bit, once what is under way to it is written.
      wire written_f = event_q && event_lanes_q[bank] && event_address_q == address_f;
      always @(*)
        if (started && lane_f == bank) begin
          if (clearing_f) assert (cleared_f <= {1'b0, address_f} || !memory[address_f]);
          else if (!(read_q && read_address_q == address_f))
            assert ((memory[address_f] || written_f) == spiked_f);
        end
`endif
    end
  endgenerate

endmodule

`default_nettype wire
