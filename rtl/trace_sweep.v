// trace_sweep.v - addresses one pass over the input words: read spikes and states, write states.
//
// Contract   : after start, reads every word once (group outermost, then y, then x) and writes it
//              1 + PIPE_LATENCY cycles later; done follows the last write. start only when busy is
//              low. zero_states holds frame_start of the tick until the next start.
// Latency    : start -> first read 1, start -> done WORDS + PIPE_LATENCY + 2 cycles;
//              tick_taken pulses in the cycle after the last read (for spike_sink).
// Throughput : 1 word/cycle, WORDS = CHANNEL_GROUPS * HEIGHT * WIDTH.  Cost: about 50 FF.
// Reset      : rst, synchronous, active high; abandons the pass.
// Golden     : three nested loops     Bench: sim/blocks/trace_sweep/
`default_nettype none

module trace_sweep #(
    // CHANNELS / SIMD, >= 1
    parameter integer CHANNEL_GROUPS = 2,
    // Rows of the input map, >= 1
    parameter integer HEIGHT         = 4,
    // Columns of the input map, >= 1
    parameter integer WIDTH          = 4,
    // Cycles from read data to write data in the pipeline between, >= 0
    parameter integer PIPE_LATENCY   = 3
) (
    input  wire                                                           clk,
    input  wire                                                           rst,

    input  wire                                                           start,
    // The tick is the first of a frame; sampled with start
    input  wire                                                           frame_start,
    // From the cycle after start to that of the last write
    output wire                                                           busy,
    // Pulse in the cycle after the last write
    output wire                                                           done,
    // Pulse in the cycle after the last read
    output wire                                                           tick_taken,

    output wire                                                           spike_read_enable,
    // {group, y, x}, each at least one bit
    output wire [((CHANNEL_GROUPS > 1) ? $clog2(CHANNEL_GROUPS) : 1)
               + ((HEIGHT > 1) ? $clog2(HEIGHT) : 1)
               + ((WIDTH > 1) ? $clog2(WIDTH) : 1) - 1:0]                 spike_read_address,
    output wire                                                           state_read_enable,
    // (group * HEIGHT + y) * WIDTH + x
    output wire [((CHANNEL_GROUPS * HEIGHT * WIDTH > 1) ?
                  $clog2(CHANNEL_GROUPS * HEIGHT * WIDTH) : 1) - 1:0]     state_read_address,
    // Channel group of the word being addressed: one cycle before its data
    output wire [((CHANNEL_GROUPS > 1) ? $clog2(CHANNEL_GROUPS) : 1)-1:0] group,
    // The states read must be taken as 0; valid with the read data
    output wire                                                           zero_states,
    output wire                                                           write_enable,
    output wire [((CHANNEL_GROUPS * HEIGHT * WIDTH > 1) ?
                  $clog2(CHANNEL_GROUPS * HEIGHT * WIDTH) : 1) - 1:0]     write_address
);

  localparam integer WORDS       = CHANNEL_GROUPS * HEIGHT * WIDTH;
  localparam integer WORD_WIDTH  = (WORDS > 1) ? $clog2(WORDS) : 1;
  localparam integer GROUP_WIDTH = (CHANNEL_GROUPS > 1) ? $clog2(CHANNEL_GROUPS) : 1;
  localparam integer Y_WIDTH     = (HEIGHT > 1) ? $clog2(HEIGHT) : 1;
  localparam integer X_WIDTH     = (WIDTH > 1) ? $clog2(WIDTH) : 1;
  localparam integer LAST_WORD   = WORDS - 1;
  localparam integer LAST_Y      = HEIGHT - 1;
  localparam integer LAST_X      = WIDTH - 1;

  generate
    if (CHANNEL_GROUPS < 1) begin : gen_check_channel_groups
      ERROR_trace_sweep_CHANNEL_GROUPS_must_be_at_least_1 u_error ();
    end
    if (HEIGHT < 1) begin : gen_check_height
      ERROR_trace_sweep_HEIGHT_must_be_at_least_1 u_error ();
    end
    if (WIDTH < 1) begin : gen_check_width
      ERROR_trace_sweep_WIDTH_must_be_at_least_1 u_error ();
    end
    if (PIPE_LATENCY < 0) begin : gen_check_pipe_latency
      ERROR_trace_sweep_PIPE_LATENCY_must_not_be_negative u_error ();
    end
  endgenerate

  // Reads: three nested counters and the linear word number, side by side.
  reg                   reading_q;
  reg                   tick_taken_q;
  reg                   zero_states_q;
  reg [GROUP_WIDTH-1:0] group_q;
  reg [Y_WIDTH-1:0]     y_q;
  reg [X_WIDTH-1:0]     x_q;
  reg [WORD_WIDTH-1:0]  read_word_q;

  wire last_x    = x_q == LAST_X[X_WIDTH-1:0];
  wire last_y    = y_q == LAST_Y[Y_WIDTH-1:0];
  wire last_read = reading_q && read_word_q == LAST_WORD[WORD_WIDTH-1:0];

  always @(posedge clk) begin
    tick_taken_q <= !rst && last_read;
    if (rst) reading_q <= 1'b0;
    else if (start) reading_q <= 1'b1;
    else if (last_read) reading_q <= 1'b0;

    if (start) begin
      zero_states_q <= frame_start;
      group_q       <= {GROUP_WIDTH{1'b0}};
      y_q           <= {Y_WIDTH{1'b0}};
      x_q           <= {X_WIDTH{1'b0}};
      read_word_q   <= {WORD_WIDTH{1'b0}};
    end else if (reading_q) begin
      read_word_q <= read_word_q + 1'b1;
      x_q         <= last_x ? {X_WIDTH{1'b0}} : x_q + 1'b1;
      if (last_x) y_q <= last_y ? {Y_WIDTH{1'b0}} : y_q + 1'b1;
      if (last_x && last_y) group_q <= group_q + 1'b1;
    end
  end

  // Writes: the same order, so a second counter that runs 1 + PIPE_LATENCY cycles behind.
  reg  [PIPE_LATENCY:0]   pending_q;
  reg                     busy_q;
  reg                     done_q;
  reg  [WORD_WIDTH-1:0]   write_word_q;
  wire [PIPE_LATENCY+1:0] pending = {pending_q, reading_q};
  wire last_write = write_enable && write_word_q == LAST_WORD[WORD_WIDTH-1:0];

  always @(posedge clk) begin
    done_q <= !rst && last_write;
    if (rst) pending_q <= {(PIPE_LATENCY + 1) {1'b0}};
    else pending_q <= pending[PIPE_LATENCY:0];

    if (rst) busy_q <= 1'b0;
    else if (start) busy_q <= 1'b1;
    else if (last_write) busy_q <= 1'b0;

    if (start) write_word_q <= {WORD_WIDTH{1'b0}};
    else if (write_enable) write_word_q <= write_word_q + 1'b1;
  end

  assign busy               = busy_q;
  assign done               = done_q;
  assign tick_taken         = tick_taken_q;
  assign spike_read_enable  = reading_q;
  assign spike_read_address = {group_q, y_q, x_q};
  assign state_read_enable  = reading_q;
  assign state_read_address = read_word_q;
  assign group              = group_q;
  assign zero_states        = zero_states_q;
  assign write_enable       = pending[PIPE_LATENCY+1];
  assign write_address      = write_word_q;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // dense_control.v around it: a pass starts while none runs.
  always @(*) if (start) assume (!busy);

  // Numbers of a proof are as wide as they must be: a pass has no more cycles.
  localparam integer F_WIDTH = $clog2(WORDS + PIPE_LATENCY + 3);
  localparam [F_WIDTH-1:0] ONE = 1, F_WORDS = WORDS, F_H = HEIGHT, F_W = WIDTH;
  localparam [F_WIDTH-1:0] F_GROUPS = CHANNEL_GROUPS, F_DELAY = PIPE_LATENCY + 1;

  // Cycles since the start of the pass that runs, and its frame_start
  reg               active_q, frame_q;
  reg [F_WIDTH-1:0] age_q;
  wire over = age_q == F_WORDS + F_DELAY;
  always @(posedge clk) begin
    age_q <= start ? ONE : age_q + ONE;
    if (start) frame_q <= frame_start;
    active_q <= !rst && (start || (active_q && !over));
  end

  // It is busy from the cycle after start to the last write, WORDS + PIPE_LATENCY + 1 cycles on.
  // Reads come in the first WORDS of them, and writes in the last; nothing without a start.
  always @(*)
    if (started) begin
      assert (busy == active_q);
      assert (spike_read_enable == (active_q && age_q <= F_WORDS));
      assert (state_read_enable == spike_read_enable);
      assert (write_enable == (active_q && age_q > F_DELAY));
    end
  // done follows the last write, tick_taken the last read; reset abandons both.
  always @(posedge clk)
    if (started) begin
      assert (done == (!$past(rst) && $past(active_q && over)));
      assert (tick_taken == (!$past(rst) && $past(active_q && age_q == F_WORDS)));
    end

  // Reads are of one word after the other, from 0: at its place in the map.
  wire [X_WIDTH-1:0] read_x = spike_read_address[X_WIDTH-1:0];
  wire [Y_WIDTH-1:0] read_y = spike_read_address[X_WIDTH+:Y_WIDTH];
  always @(*)
    if (started && spike_read_enable) begin
      assert (state_read_address + ONE == age_q);
      assert (spike_read_address[X_WIDTH+Y_WIDTH+:GROUP_WIDTH] == group);
      assert (group < F_GROUPS && read_y < F_H && read_x < F_W);
      assert (state_read_address == (group * F_H + read_y) * F_W + read_x);
    end

  // The states of the pass are zeroed if it is the first of a frame.
  always @(posedge clk) begin
    if (started && active_q) assert (zero_states == frame_q);
    if (started && !$past(start)) assert ($stable(zero_states));
  end

  // Any word: it is written 1 + PIPE_LATENCY cycles after it was read, and at no other time; a pass
  // reads it once, and writes it once.
  (* anyconst *) reg [WORD_WIDTH-1:0] its_word;
  always @(*) assume (its_word < F_WORDS);
  wire its_read  = state_read_enable && state_read_address == its_word;
  wire its_write = write_enable && write_address == its_word;
  reg  [PIPE_LATENCY:0]   read_before_q;
  wire [PIPE_LATENCY+1:0] read_before = {read_before_q, its_read};
  reg  [1:0] reads_q, writes_q;
  wire [1:0] reads = reads_q + its_read, writes = writes_q + its_write;
  always @(posedge clk) begin
    read_before_q <= rst ? {(PIPE_LATENCY + 1) {1'b0}} : read_before[PIPE_LATENCY:0];
    reads_q       <= start ? 2'd0 : reads;
    writes_q      <= start ? 2'd0 : writes;
  end
  always @(*)
    if (started) begin
      assert (its_write == read_before[PIPE_LATENCY+1]);
      if (active_q) assert (reads <= 2'd1 && writes <= reads);
      if (active_q && over) assert (reads == 2'd1 && writes == 2'd1);
    end

  // A pass ends, and the next starts at once.
  always @(*) cover (started && done && start);

`ifndef CONTRACT
  // For the induction: the pass, its counters and the reads under way are as old as it is.
  wire [F_WIDTH-1:0] its_age = its_word + ONE;
  integer i;
  always @(*)
    if (started) begin
      for (i = 0; i <= PIPE_LATENCY; i = i + 1) begin
        assert (pending_q[i] == (active_q && age_q > i + 1 && age_q <= WORDS + i + 1));
        assert (read_before_q[i] == (active_q && age_q == its_age + i + 1));
      end
      if (active_q) begin
        assert (age_q != 0 && age_q <= F_WORDS + F_DELAY);
        if (age_q <= F_DELAY) assert (write_address == 0);
        else assert (write_address + ONE + F_DELAY == age_q);
        assert (reads_q == (age_q > its_age) && writes_q == (age_q > its_age + F_DELAY));
      end
    end
`endif
`endif

endmodule

`default_nettype wire
