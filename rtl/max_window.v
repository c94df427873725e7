// max_window.v - the largest sum of each window: columns of a word, then words, become one.
//
// Contract   : words window_first to window_last make WINDOWS windows, gaps allowed; column c of a
//              word is of window c / MERGE. out_next pulses once for them: their maxima stand on
//              out_sums in the next cycle, and in that alone.
// Latency    : last word -> out_next 0 cycles, or 1 if MERGE > 1.   Throughput: 1 word/cycle.
// Cost       : WINDOWS*CHANNELS*WIDTH FF, twice if MERGE > 1; MERGE*WINDOWS*CHANNELS comparators
// Reset      : rst, synchronous, active high; clears the valid, not the data.
// Golden     : Math.max over the window     Bench: sim/blocks/max_window/
`default_nettype none

module max_window #(
    // Sums of a column; columns of a window; windows of a word; each >= 1
    parameter integer CHANNELS = 2,
    parameter integer MERGE    = 1,
    parameter integer WINDOWS  = 1,
    // Bits of a sum, two's complement, >= 1
    parameter integer WIDTH    = 16
) (
    input  wire                                    clk,
    input  wire                                    rst,

    input  wire                                    in_valid,
    // Column c, channel p at c*CHANNELS + p
    input  wire [WINDOWS*MERGE*CHANNELS*WIDTH-1:0] in_sums,
    // First and last word of the windows
    input  wire                                    window_first,
    input  wire                                    window_last,

    output wire                                    out_next,
    // Window w, channel p at w*CHANNELS + p
    output wire [WINDOWS*CHANNELS*WIDTH-1:0]       out_sums
);

  generate
    if (CHANNELS < 1 || MERGE < 1 || WINDOWS < 1) begin : gen_check_word
      ERROR_max_window_CHANNELS_MERGE_and_WINDOWS_must_be_at_least_1 u_error ();
    end
    if (WIDTH < 1) begin : gen_check_width
      ERROR_max_window_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  localparam integer LANES = WINDOWS * CHANNELS;

  // ---- Columns of a word become windows ----
  wire                   row_valid, row_first, row_last;
  wire [LANES*WIDTH-1:0] row;
  genvar w, p;
  generate
    if (MERGE > 1) begin : gen_columns
      valid_delay #(.CYCLES(1)) u_row (.clk(clk), .rst(rst), .in(in_valid), .out(row_valid));
      fx_delay #(
          .WIDTH(2),
          .CYCLES(1)
      ) u_flags (
          .clk(clk), .a({window_first, window_last}), .out({row_first, row_last})
      );
      for (w = 0; w < WINDOWS; w = w + 1) begin : gen_window
        for (p = 0; p < CHANNELS; p = p + 1) begin : gen_channel
          reg signed [WIDTH-1:0] highest, other, highest_q;
          always @(*) begin : merge
            integer c;
            highest = in_sums[(w*MERGE*CHANNELS+p)*WIDTH+:WIDTH];
            other   = highest;
            for (c = 1; c < MERGE; c = c + 1) begin
              other = in_sums[((w*MERGE+c)*CHANNELS+p)*WIDTH+:WIDTH];
              if (other > highest) highest = other;
            end
          end
          always @(posedge clk) highest_q <= highest;
          assign row[(w*CHANNELS+p)*WIDTH+:WIDTH] = highest_q;
        end
      end
    end else begin : gen_words
      assign row_valid = in_valid;
      assign {row_first, row_last} = {window_first, window_last};
      assign row = in_sums;
      wire unused_rst = &{1'b0, rst};
    end
  endgenerate

  // ---- Words become one ----
  assign out_next = row_valid && row_last;
  genvar lane;
  generate
    for (lane = 0; lane < LANES; lane = lane + 1) begin : gen_lane
      wire signed [WIDTH-1:0] sum = row[lane*WIDTH+:WIDTH];
      reg  signed [WIDTH-1:0] highest_q;
      always @(posedge clk) if (row_valid && (row_first || sum > highest_q)) highest_q <= sum;
      assign out_sums[lane*WIDTH+:WIDTH] = highest_q;
    end
  endgenerate

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // The surroundings: words of a window come in order. The word after a reset, or after a last, is
  // a first.
  reg open_f;
  always @(posedge clk) begin
    if (in_valid) open_f <= !window_last;
    if (rst) open_f <= 1'b0;
  end
  always @(*) if (in_valid) assume (window_first == !open_f);

  // Any place of a word, and any number: whether that came in its window, in whichever word and
  // column of it.
  (* anyconst *) reg [3:0] window_f, channel_f;
  (* anyconst *) reg signed [WIDTH-1:0] any_f;
  always @(*) assume (window_f < WINDOWS && channel_f < CHANNELS);
  reg here_f;
  always @(*) begin : search_f
    integer c;
    here_f = 1'b0;
    for (c = 0; c < MERGE; c = c + 1)
      if (in_sums[((window_f*MERGE+c)*CHANNELS+channel_f)*WIDTH+:WIDTH] == any_f) here_f = 1'b1;
  end
  reg came_f, seen_f, last_f, begun_f, some_f;
  reg [1:0] words_f;
  generate
    if (MERGE > 1) begin : gen_later_f
      always @(posedge clk) came_f <= here_f;
    end else begin : gen_now_f
      always @(*) came_f = here_f;
    end
  endgenerate
  always @(posedge clk) begin
    last_f <= !rst && row_valid && row_last;
    if (row_valid) begin
      seen_f  <= came_f || (seen_f && begun_f);
      begun_f <= !row_last;
      some_f  <= 1'b1;
      words_f <= begun_f ? words_f + {1'b0, words_f != 2'd3} : 2'd1;
    end
    if (rst) {begun_f, some_f} <= 2'b00;
  end

  wire signed [WIDTH-1:0] row_f = row[(window_f*CHANNELS+channel_f)*WIDTH+:WIDTH];
  wire signed [WIDTH-1:0] out_f = out_sums[(window_f*CHANNELS+channel_f)*WIDTH+:WIDTH];
  always @(*)
    if (started) begin
      // Of a word none of its window's columns is above what goes on, and that is one of them.
      if (row_valid) begin
        assert (!came_f || any_f <= row_f);
        assert (row_f != any_f || came_f);
        assert (row_first == !begun_f);
      end
      // So of all words so far, when the last has come too.
      if (some_f) begin
        assert (!seen_f || any_f <= out_f);
        assert (out_f != any_f || seen_f);
      end
      // A window is told of with its last word, once.
      assert (out_next == (row_valid && row_last));
      assert (!last_f || (some_f && !begun_f));
      assert (!begun_f || some_f);
      assert (open_f == ((MERGE > 1 && row_valid) ? !row_last : begun_f));
      cover (last_f && words_f == 2'd3 && seen_f && any_f < out_f && out_f < 0);
    end
`endif

endmodule

`default_nettype wire
