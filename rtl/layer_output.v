// layer_output.v - from finished neurons to what a layer sends: pool, queues, events, potentials.
//
// Contract   : a window's words come window_first to window_last, gaps allowed. Of a word's windows
//              those that emit leave once, in order: spikes as events, lowest channel first, and
//              potentials on every reader's stream. window_issued pulses once a window, before its
//              words, if may_start. close comes after drained and a window, before another
//              finishes: a tlast beat on each stream, with tuser = frame_end.
// Latency    : last word -> potentials 2, first event 4 cycles, and 1 more if MERGE > 1.
// Throughput : a word, an event and a beat of potentials a cycle; no word ever waits.
// Cost       : of the blocks inside; a queue for spikes, one a reader.
// Reset      : rst, synchronous, active high; empties the queues.
// Golden     : OR and maximum, a list     Bench: sim/blocks/layer_output/
`default_nettype none

module layer_output #(
    // Channels of a word; columns merged into a window; windows of a word; each >= 1
    parameter integer CHANNELS        = 2,
    parameter integer MERGE           = 1,
    parameter integer WINDOWS         = 1,
    // Potential bits, two's complement, >= 1
    parameter integer POTENTIAL_WIDTH = 24,
    // The map that is sent: channels, a multiple of CHANNELS; rows; columns, at least WINDOWS
    parameter integer MAP_CHANNELS    = 4,
    parameter integer MAP_HEIGHT      = 4,
    parameter integer MAP_WIDTH       = 4,
    // Whether spikes are sent, 0 or 1; streams of potentials, >= 0; one of them at least
    parameter integer SPIKES          = 1,
    parameter integer READERS         = 1,
    // Beats of each queue, a power of two, >= 2
    parameter integer DEPTH           = 32
) (
    input  wire                                                    clk,
    input  wire                                                    rst,

    // A window may be started; one is
    output wire                                                    may_start,
    input  wire                                                    window_issued,

    input  wire                                                    in_valid,
    // Column c, channel p at c*CHANNELS + p; column c is of window c / MERGE
    input  wire [WINDOWS*MERGE*CHANNELS-1:0]                       in_spikes,
    input  wire [WINDOWS*MERGE*CHANNELS*POTENTIAL_WIDTH-1:0]       in_potentials,
    // First and last word of the window
    input  wire                                                    window_first,
    input  wire                                                    window_last,
    // Windows that are sent, looked at with window_last: whole ones, on the map
    input  wire [WINDOWS-1:0]                                      window_emits,
    // Place of the first window, on the map that is sent
    input  wire [((MAP_HEIGHT > 1) ? $clog2(MAP_HEIGHT) : 1)-1:0]  window_y,
    input  wire [((MAP_WIDTH > 1) ? $clog2(MAP_WIDTH) : 1)-1:0]    window_x,
    // Last word of the tick
    input  wire                                                    tick_last,

    // Pulse: the tick's last window is in the queues in the next cycle
    output wire                                                    drained,
    // Pulse: end the tick; whether it ends a frame
    input  wire                                                    close,
    input  wire                                                    frame_end,

    output wire                                                    m_axis_tvalid,
    input  wire                                                    m_axis_tready,
    // {channel, y, x}; meaningless with tlast
    output wire [((MAP_CHANNELS > 1) ? $clog2(MAP_CHANNELS) : 1)
               + ((MAP_HEIGHT > 1) ? $clog2(MAP_HEIGHT) : 1)
               + ((MAP_WIDTH > 1) ? $clog2(MAP_WIDTH) : 1) - 1:0]  m_axis_tdata,
    output wire                                                    m_axis_tlast,
    output wire                                                    m_axis_tuser,

    // Reader r at [r]; its potentials, window w, channel p, at r*LANES + w*CHANNELS + p; those of a
    // window that does not emit are the lowest
    output wire [((READERS > 0) ? READERS : 1)-1:0]                m_axis_potential_tvalid,
    input  wire [((READERS > 0) ? READERS : 1)-1:0]                m_axis_potential_tready,
    output wire [((READERS > 0) ? READERS : 1)
               * WINDOWS*CHANNELS*POTENTIAL_WIDTH-1:0]             m_axis_potential_tdata,
    output wire [((READERS > 0) ? READERS : 1)-1:0]                m_axis_potential_tlast,
    output wire [((READERS > 0) ? READERS : 1)-1:0]                m_axis_potential_tuser
);

  generate
    if (CHANNELS < 1 || MERGE < 1 || WINDOWS < 1) begin : gen_check_word
      ERROR_layer_output_CHANNELS_MERGE_and_WINDOWS_must_be_at_least_1 u_error ();
    end
    if (POTENTIAL_WIDTH < 1) begin : gen_check_potential_width
      ERROR_layer_output_POTENTIAL_WIDTH_must_be_at_least_1 u_error ();
    end
    if (MAP_CHANNELS < CHANNELS || MAP_CHANNELS % CHANNELS != 0) begin : gen_check_channels
      ERROR_layer_output_MAP_CHANNELS_must_be_a_multiple_of_CHANNELS u_error ();
    end
    if (MAP_HEIGHT < 1 || MAP_WIDTH < WINDOWS) begin : gen_check_map
      ERROR_layer_output_MAP_HEIGHT_must_be_1_and_MAP_WIDTH_WINDOWS_at_least u_error ();
    end
    if (SPIKES < 0 || SPIKES > 1 || READERS < 0 || SPIKES + READERS < 1) begin : gen_check_streams
      ERROR_layer_output_SPIKES_must_be_0_or_1_and_something_be_sent u_error ();
    end
    if (DEPTH < 2 || (DEPTH & (DEPTH - 1)) != 0) begin : gen_check_depth
      ERROR_layer_output_DEPTH_must_be_a_power_of_two_from_2 u_error ();
    end
  endgenerate

  localparam integer LANES         = WINDOWS * CHANNELS;
  localparam integer LAST_CHANNEL  = MAP_CHANNELS - CHANNELS;
  localparam integer CHANNEL_WIDTH = (MAP_CHANNELS > 1) ? $clog2(MAP_CHANNELS) : 1;
  localparam integer Y_WIDTH       = (MAP_HEIGHT > 1) ? $clog2(MAP_HEIGHT) : 1;
  localparam integer X_WIDTH       = (MAP_WIDTH > 1) ? $clog2(MAP_WIDTH) : 1;
  localparam integer LEVEL_WIDTH   = $clog2(DEPTH) + 1;

  // ---- Columns of a word become windows ----
  wire                             row_valid, row_first, row_last, row_tick_last;
  wire [WINDOWS-1:0]               row_emits;
  wire [LANES-1:0]                 row_spikes;
  wire [LANES*POTENTIAL_WIDTH-1:0] row_potentials;
  wire [Y_WIDTH-1:0]               row_y;
  wire [X_WIDTH-1:0]               row_x;
  generate
    if (MERGE > 1) begin : gen_columns
      valid_delay #(.CYCLES(1)) u_row (.clk(clk), .rst(rst), .in(in_valid), .out(row_valid));
      pool_columns #(
          .PE(CHANNELS),
          .MERGE(MERGE),
          .WINDOWS(WINDOWS),
          .POTENTIAL_WIDTH(POTENTIAL_WIDTH)
      ) u_pool_columns (
          .clk(clk),
          .in_spikes(in_spikes),
          .in_potentials(in_potentials),
          .out_spikes(row_spikes),
          .out_potentials(row_potentials)
      );
      fx_delay #(
          .WIDTH(3 + WINDOWS + Y_WIDTH + X_WIDTH),
          .CYCLES(1)
      ) u_row_info (
          .clk(clk),
          .a({window_first, window_last, tick_last, window_emits, window_y, window_x}),
          .out({row_first, row_last, row_tick_last, row_emits, row_y, row_x})
      );
    end else begin : gen_words
      assign row_valid      = in_valid;
      assign row_spikes     = in_spikes;
      assign row_potentials = in_potentials;
      assign {row_first, row_last, row_tick_last} = {window_first, window_last, tick_last};
      assign {row_emits, row_y, row_x} = {window_emits, window_y, window_x};
    end
  endgenerate

  // ---- Words become one ----
  wire                             window_valid, window_finished;
  wire [LANES-1:0]                 merged_spikes;
  wire [LANES*POTENTIAL_WIDTH-1:0] merged_potentials;
  pool_merge #(
      .PE(LANES),
      .POTENTIAL_WIDTH(POTENTIAL_WIDTH)
  ) u_pool (
      .clk(clk),
      .rst(rst),
      .in_valid(row_valid),
      .in_spikes(row_spikes),
      .in_potentials(row_potentials),
      .window_first(row_first),
      .window_last(row_last),
      .window_emits(|row_emits),
      .out_valid(window_valid),
      .out_spikes(merged_spikes),
      .out_potentials(merged_potentials)
  );
  valid_delay #(.CYCLES(1)) u_finished (
      .clk(clk), .rst(rst), .in(row_valid && row_last), .out(window_finished)
  );
  valid_delay #(.CYCLES(1)) u_drained (
      .clk(clk), .rst(rst), .in(row_valid && row_tick_last), .out(drained)
  );

  // Of several windows, those that emit; the others have no spikes and the lowest potential.
  wire [LANES-1:0]                 window_spikes;
  wire [LANES*POTENTIAL_WIDTH-1:0] window_potentials;
  genvar lane;
  generate
    if (MAP_WIDTH % WINDOWS != 0) begin : gen_partial
      localparam [POTENTIAL_WIDTH-1:0] LOWEST = ~({POTENTIAL_WIDTH{1'b1}} >> 1);
      wire [WINDOWS-1:0] whole;
      fx_delay #(.WIDTH(WINDOWS), .CYCLES(1)) u_whole (.clk(clk), .a(row_emits), .out(whole));
      for (lane = 0; lane < LANES; lane = lane + 1) begin : gen_lane
        assign window_spikes[lane] = merged_spikes[lane] && whole[lane/CHANNELS];
        assign window_potentials[lane*POTENTIAL_WIDTH+:POTENTIAL_WIDTH] = whole[lane/CHANNELS]
            ? merged_potentials[lane*POTENTIAL_WIDTH+:POTENTIAL_WIDTH] : LOWEST;
      end
    end else begin : gen_whole
      assign window_spikes     = merged_spikes;
      assign window_potentials = merged_potentials;
    end
  endgenerate

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // The stage around it: a window is issued when it may be, its words come later, one window after
  // the other; a tick ends with a window and is closed before the next of its windows finishes.
  // From one close to the next a window is issued, after the first (window_credit.v).
  reg [LEVEL_WIDTH-1:0] coming;
  reg                   inside, draining, open;
  always @(*) begin
    assume (!window_issued || may_start);
    assume (!in_valid || (coming != 0 && window_first == !inside));
    assume (!in_valid || !tick_last || window_last);
    assume (!draining || !window_finished);
    assume (!close || (draining && open));
  end
  always @(posedge clk) begin
    coming <= coming + window_issued - (in_valid && window_last);
    if (in_valid) inside <= !window_last;
    if (drained || close) draining <= drained;
    if (window_issued || close) open <= !close;
    if (rst) {coming, inside, draining, open} <= 0;
  end

  // Windows issued and not finished, as window_credit.v counts them: it is used as it asks.
  wire in_row = (MERGE > 1) && row_valid && row_last;
  wire [LEVEL_WIDTH-1:0] under_way = coming + in_row + window_finished;
  always @(*)
    if (started) begin
      assert (!inside || coming != 0);
      assert (under_way >= coming && (!window_finished || under_way != 0));
      assert (!close || (open && !window_finished));
    end

  // Any lane of a window, word by word: the spikes of its columns, the highest of their potentials.
  localparam [POTENTIAL_WIDTH-1:0] LOWEST = {1'b1, {(POTENTIAL_WIDTH - 1) {1'b0}}};
  (* anyconst *) reg [3:0] its_window, its_number;
  always @(*) assume (its_window < WINDOWS && its_number < CHANNELS);
  wire [3:0] its_lane = its_window * CHANNELS + its_number;
  reg                              word_spike, one_spike;
  reg [3:0]                        its_place;
  reg signed [POTENTIAL_WIDTH-1:0] word_best, one;
  always @(*) begin : columns
    integer c;
    word_spike = 1'b0;
    word_best  = LOWEST;
    for (c = 0; c < MERGE; c = c + 1) begin
      its_place = (its_window * MERGE + c) * CHANNELS + its_number;
      one_spike = in_spikes[its_place];
      one       = in_potentials[its_place*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];
      word_spike = word_spike || one_spike;
      if (one > word_best) word_best = one;
    end
  end
  reg                              row_spike;
  reg signed [POTENTIAL_WIDTH-1:0] row_best;
  generate
    if (MERGE > 1) begin : gen_row_later
      always @(posedge clk) {row_spike, row_best} <= {word_spike, word_best};
    end else begin : gen_row_now
      always @(*) {row_spike, row_best} = {word_spike, word_best};
    end
  endgenerate
  reg                              begun, any_spike, emits;
  reg signed [POTENTIAL_WIDTH-1:0] best;
  always @(posedge clk)
    if (row_valid) begin
      begun     <= !row_last;
      any_spike <= row_spike || (begun && any_spike);
      best      <= (begun && best > row_best) ? best : row_best;
      emits     <= row_emits[its_window];
      if (rst) begun <= 1'b0;
    end else if (rst) begun <= 1'b0;
  wire [POTENTIAL_WIDTH-1:0] its_best =
      window_potentials[its_lane*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];
  wire [POTENTIAL_WIDTH-1:0] merged_best =
      merged_potentials[its_lane*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];
  always @(*)
    if (started) begin
      if (MERGE > 1 && row_valid) begin
        assert (row_spikes[its_lane] == row_spike);
        assert (row_potentials[its_lane*POTENTIAL_WIDTH+:POTENTIAL_WIDTH] == row_best);
      end
      if (begun || window_finished) begin
        assert (merged_spikes[its_lane] == any_spike);
        assert (merged_best == best);
      end
      assert (inside == ((MERGE > 1 && row_valid) ? !row_last : begun));
      assert (!row_valid || row_first == !begun);
      assert (!(begun && window_finished));
      if (window_valid) begin
        assert (window_finished);
        assert (window_spikes[its_lane] == (any_spike && (MAP_WIDTH % WINDOWS == 0 || emits)));
        assert (its_best == ((MAP_WIDTH % WINDOWS == 0 || emits) ? best : LOWEST));
      end
      assert (!drained || window_finished);
    end
`endif

  // ---- Spikes: queue of vectors, events ----
  wire spikes_may_start;
  generate
    if (SPIKES != 0) begin : gen_spikes
      wire [Y_WIDTH-1:0] pool_y;
      wire [X_WIDTH-1:0] pool_x;
      fx_delay #(
          .WIDTH(Y_WIDTH + X_WIDTH),
          .CYCLES(1)
      ) u_place (
          .clk(clk),
          .a({row_y, row_x}),
          .out({pool_y, pool_x})
      );
      wire [CHANNEL_WIDTH-1:0] channel;
      step_counter #(
          .WIDTH(CHANNEL_WIDTH),
          .STEP(CHANNELS),
          .LAST(LAST_CHANNEL)
      ) u_channel (
          .clk(clk),
          .rst(rst),
          .restart(close),
          .advance(window_finished),
          .value(channel)
      );

      wire [LEVEL_WIDTH-1:0] level;
      window_credit #(.DEPTH(DEPTH)) u_credit (
          .clk(clk),
          .rst(rst),
          .issued(window_issued),
          .finished(window_finished),
          .level(level),
          .may_start(spikes_may_start)
      );

      // A vector without spikes has nothing to send.
      wire push = (window_valid && |window_spikes) || close;
      // The credit keeps a place free for every beat, so the queue is always ready.
      /* verilator lint_off UNUSEDSIGNAL */
      wire queue_ready;
      /* verilator lint_on UNUSEDSIGNAL */
      wire queued_valid, queued_ready, queued_last, queued_user;
      wire [CHANNEL_WIDTH-1:0] queued_channel;
      wire [Y_WIDTH-1:0]       queued_y;
      wire [X_WIDTH-1:0]       queued_x;
      wire [LANES-1:0]         queued_spikes;
      axis_fifo #(
          .DATA_WIDTH(2 + CHANNEL_WIDTH + Y_WIDTH + X_WIDTH + LANES),
          .DEPTH(DEPTH)
      ) u_queue (
          .clk(clk),
          .rst(rst),
          .s_axis_tdata({close, frame_end, channel, pool_y, pool_x, window_spikes}),
          .s_axis_tvalid(push),
          .s_axis_tready(queue_ready),
          .m_axis_tdata({
            queued_last, queued_user, queued_channel, queued_y, queued_x, queued_spikes
          }),
          .m_axis_tvalid(queued_valid),
          .m_axis_tready(queued_ready),
          .level(level)
      );

      spike_sender #(
          .PE(CHANNELS),
          .COLUMNS(WINDOWS),
          .CHANNEL_WIDTH(CHANNEL_WIDTH),
          .Y_WIDTH(Y_WIDTH),
          .X_WIDTH(X_WIDTH)
      ) u_sender (
          .clk(clk),
          .rst(rst),
          .s_axis_tvalid(queued_valid),
          .s_axis_tready(queued_ready),
          .s_axis_spikes(queued_spikes),
          .s_axis_channel(queued_channel),
          .s_axis_y(queued_y),
          .s_axis_x(queued_x),
          .s_axis_tlast(queued_last),
          .s_axis_tuser(queued_user),
          .m_axis_tvalid(m_axis_tvalid),
          .m_axis_tready(m_axis_tready),
          .m_axis_tdata(m_axis_tdata),
          .m_axis_tlast(m_axis_tlast),
          .m_axis_tuser(m_axis_tuser)
      );

`ifdef FORMAL
      // Yosys joins a wire of this attribute with the wire of its name in the flattened instance.
      (* hierconn *) wire [LEVEL_WIDTH-1:0] \u_credit.under_way_q ;
      (* hierconn *) wire [LEVEL_WIDTH-2:0] \u_queue.slot , \u_queue.write_q , \u_queue.read_q ;
      (* hierconn *) wire [1+CHANNEL_WIDTH+Y_WIDTH+X_WIDTH+LANES:0] \u_queue.written ;
      (* hierconn *) wire \u_queue.held ;
      (* hierconn *) wire [LANES-1:0] \u_sender.spikes_q , \u_sender.rest ;
      (* hierconn *) wire \u_sender.last_q , \u_sender.frame_end_q , \u_sender.send ;
      (* hierconn *) wire [CHANNEL_WIDTH-1:0] \u_sender.channel_q ;
      (* hierconn *) wire [Y_WIDTH-1:0] \u_sender.y_q ;
      (* hierconn *) wire [X_WIDTH-1:0] \u_sender.x_q ;
      always @(*)
        if (started) begin
          assert (\u_credit.under_way_q == under_way);
          // A place is left for the closing beat; the queue takes whatever comes.
          assert (under_way + level <= (open ? DEPTH - 1 : DEPTH));
          assert (!push || queue_ready);
        end

      // Any spike or close, in any slot of the queue: where it is, until it leaves as what it was.
      localparam [1:0] ABSENT = 2'd0, QUEUED = 2'd1, IN_HAND = 2'd2, SENT = 2'd3;
      reg  [1:0] where;
      reg  its_close, its_end;
      reg  [CHANNEL_WIDTH+Y_WIDTH+X_WIDTH-1:0] its_event;
      wire [CHANNEL_WIDTH-1:0] its_channel = channel + its_number;
      wire [X_WIDTH-1:0]       its_x       = pool_x + its_window;
      wire comes  = push && (close || window_spikes[its_lane])
          && \u_queue.write_q == \u_queue.slot ;
      wire leaves = queued_valid && queued_ready && \u_queue.read_q == \u_queue.slot ;
      wire sends  = \u_sender.send && (its_close
          || (\u_sender.spikes_q [its_lane] && ! \u_sender.rest [its_lane]));
      always @(posedge clk) begin
        if (rst) where <= ABSENT;
        else
          case (where)
            ABSENT:  if (comes) where <= QUEUED;
            QUEUED:  if (leaves) where <= IN_HAND;
            IN_HAND: if (sends) where <= SENT;
            default: if (m_axis_tready) where <= ABSENT;
          endcase
        if (comes && where == ABSENT) begin
          its_event <= {its_channel, pool_y, its_x};
          its_close <= close;
          its_end   <= frame_end;
        end
      end
      wire queue_last, queue_user;
      wire [CHANNEL_WIDTH-1:0] queue_channel, sum_channel, hand_channel;
      wire [Y_WIDTH-1:0] queue_y;
      wire [X_WIDTH-1:0] queue_x, sum_x, hand_x;
      wire [LANES-1:0] queue_spikes;
      assign {queue_last, queue_user, queue_channel, queue_y, queue_x, queue_spikes} =
          \u_queue.written ;
      assign sum_channel  = queue_channel + its_number;
      assign sum_x        = queue_x + its_window;
      assign hand_channel = \u_sender.channel_q + its_number;
      assign hand_x       = \u_sender.x_q + its_window;
      always @(*)
        if (started) begin
          assert (push || !(window_valid && window_spikes[its_lane]));
          if (where == QUEUED) begin
            assert (\u_queue.held && queue_last == its_close);
            if (its_close) assert (queue_user == its_end);
            else assert (queue_spikes[its_lane] && {sum_channel, queue_y, sum_x} == its_event);
          end
          if (where == IN_HAND) begin
            assert (\u_sender.last_q == its_close);
            if (its_close) assert (\u_sender.frame_end_q == its_end);
            else assert (\u_sender.spikes_q [its_lane]
                && {hand_channel, \u_sender.y_q , hand_x} == its_event);
          end
          if (where == SENT) begin
            assert (m_axis_tvalid && m_axis_tlast == its_close);
            if (its_close) assert (m_axis_tuser == its_end);
            else assert (m_axis_tdata == its_event);
          end
        end

      // It drains: while the sink is ready and nothing comes, each cycle takes from what is left: a
      // spike or tlast in hand counts 2, on the output 1, a beat of the queue as all it can become.
      localparam [7:0] VECTOR = 2 * LANES + 1, MOST = (DEPTH + 1) * VECTOR;
      reg [7:0] quiet, left;
      always @(*) begin : count_left
        integer n;
        left = level * VECTOR + {\u_sender.last_q , 1'b0} + m_axis_tvalid;
        for (n = 0; n < LANES; n = n + 1) left = left + {\u_sender.spikes_q [n], 1'b0};
      end
      always @(posedge clk)
        if (rst || push || !m_axis_tready) quiet <= 8'd0;
        else if (quiet != MOST) quiet <= quiet + 8'd1;
      always @(*)
        if (started) begin
          assert (! \u_sender.last_q || \u_sender.spikes_q == 0);
          assert (quiet <= MOST && left <= MOST - quiet);
        end
      always @(*) cover (started && level == DEPTH);
      always @(*) cover (started && where == SENT);
`endif
    end else begin : gen_no_spikes
      assign spikes_may_start = 1'b1;
      assign m_axis_tvalid    = 1'b0;
      assign m_axis_tdata     = {CHANNEL_WIDTH + Y_WIDTH + X_WIDTH{1'b0}};
      assign m_axis_tlast     = 1'b0;
      assign m_axis_tuser     = 1'b0;
      /* verilator lint_off UNUSEDSIGNAL */
      wire unused = ^{window_spikes, row_y, row_x, m_axis_tready};
      /* verilator lint_on UNUSEDSIGNAL */
    end
  endgenerate

  // ---- Potentials: a queue a reader, so that one that waits holds up no other ----
  wire [((READERS > 0) ? READERS : 1)-1:0] potentials_may_start;
  assign may_start = spikes_may_start && (&potentials_may_start);
  genvar reader;
  generate
    for (reader = 0; reader < READERS; reader = reader + 1) begin : gen_reader
      wire [LEVEL_WIDTH-1:0] level;
      window_credit #(.DEPTH(DEPTH)) u_credit (
          .clk(clk),
          .rst(rst),
          .issued(window_issued),
          .finished(window_finished),
          .level(level),
          .may_start(potentials_may_start[reader])
      );
      wire push = window_valid || close;
      /* verilator lint_off UNUSEDSIGNAL */
      wire queue_ready;
      /* verilator lint_on UNUSEDSIGNAL */
      axis_fifo #(
          .DATA_WIDTH(2 + LANES * POTENTIAL_WIDTH),
          .DEPTH(DEPTH)
      ) u_queue (
          .clk(clk),
          .rst(rst),
          .s_axis_tdata({close, frame_end, window_potentials}),
          .s_axis_tvalid(push),
          .s_axis_tready(queue_ready),
          .m_axis_tdata({
            m_axis_potential_tlast[reader],
            m_axis_potential_tuser[reader],
            m_axis_potential_tdata[reader*LANES*POTENTIAL_WIDTH+:LANES*POTENTIAL_WIDTH]
          }),
          .m_axis_tvalid(m_axis_potential_tvalid[reader]),
          .m_axis_tready(m_axis_potential_tready[reader]),
          .level(level)
      );

`ifdef FORMAL
      (* hierconn *) wire [LEVEL_WIDTH-1:0] \u_credit.under_way_q ;
      (* hierconn *) wire [LEVEL_WIDTH-2:0] \u_queue.slot , \u_queue.write_q , \u_queue.read_q ;
      (* hierconn *) wire [1+LANES*POTENTIAL_WIDTH:0] \u_queue.written ;
      (* hierconn *) wire \u_queue.held ;
      wire leaves = m_axis_potential_tvalid[reader] && m_axis_potential_tready[reader];
      wire [LANES*POTENTIAL_WIDTH-1:0] data = m_axis_potential_tdata[
          reader*LANES*POTENTIAL_WIDTH+:LANES*POTENTIAL_WIDTH];
      wire [POTENTIAL_WIDTH-1:0] its_data = data[its_lane*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];

      // Any beat leaves as it came: its kind, and any potential of it.
      reg [POTENTIAL_WIDTH-1:0] its_value;
      reg its_close, its_end;
      always @(posedge clk)
        if (push && \u_queue.write_q == \u_queue.slot ) begin
          its_value <= its_best;
          its_close <= close;
          its_end   <= frame_end;
        end
      wire [POTENTIAL_WIDTH-1:0] its_written =
          \u_queue.written [its_lane*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];

      // As many have left as came, but for those inside; with the reader ready it empties.
      reg [LEVEL_WIDTH-1:0] came, gone, quiet;
      wire [LEVEL_WIDTH-1:0] inside_queue = came - gone;
      always @(posedge clk) begin
        came <= came + push;
        gone <= gone + leaves;
        if (rst || push || !m_axis_potential_tready[reader]) quiet <= {LEVEL_WIDTH{1'b0}};
        else if (quiet != DEPTH) quiet <= quiet + 1'b1;
        if (rst) {came, gone} <= {2 * LEVEL_WIDTH{1'b0}};
      end
      always @(*)
        if (started) begin
          assert (\u_credit.under_way_q == under_way);
          assert (under_way + level <= (open ? DEPTH - 1 : DEPTH));
          assert (!push || queue_ready);
          if (\u_queue.held ) begin
            assert (\u_queue.written [1+LANES*POTENTIAL_WIDTH-:2] == {its_close, its_end});
            if (!its_close) assert (its_written == its_value);
          end
          if (leaves && \u_queue.read_q == \u_queue.slot ) begin
            assert (m_axis_potential_tlast[reader] == its_close);
            assert (m_axis_potential_tuser[reader] == its_end);
            if (!its_close) assert (its_data == its_value);
          end
          assert (inside_queue == level);
          assert (quiet <= DEPTH && level <= DEPTH - quiet);
        end
      always @(*) cover (started && level == DEPTH);
`endif
    end
    if (READERS == 0) begin : gen_no_reader
      assign potentials_may_start    = 1'b1;
      assign m_axis_potential_tvalid = 1'b0;
      assign m_axis_potential_tdata  = {LANES * POTENTIAL_WIDTH{1'b0}};
      assign m_axis_potential_tlast  = 1'b0;
      assign m_axis_potential_tuser  = 1'b0;
      /* verilator lint_off UNUSEDSIGNAL */
      wire unused = ^{window_potentials, m_axis_potential_tready};
      /* verilator lint_on UNUSEDSIGNAL */
    end
  endgenerate

endmodule

`default_nettype wire
