// vote_counter.v - one class a frame from the classes (or logits) of its ticks.
//
// Contract   : MODE 0: class that won most ticks, 1: of the largest sum of logits, 2: of the last
//              tick. Ticks before burn_in do not count (MODE 2 still takes the last). Ties: the
//              lowest class. m_axis_votes: MODE 0 the winner's ticks, else the ticks counted.
//              FRACTIONS: of each class bits below its logit, the same in every tick of a sum.
// Latency    : CLASSES + 1 cycles from the frame's last tick (MODE 2: 1).
// Throughput : 1 tick/cycle in a frame; tready is low while a result is made or waits.
// Cost       : MODE 0: CLASSES*(VOTES_WIDTH + 1), 1: CLASSES*SUM_WIDTH FF, and as many LUT.
// Reset      : rst, synchronous, active high; forgets the frame.
// Golden     : votes of src/simulators/golden.ts     Bench: sim/blocks/vote_counter/
`default_nettype none

module vote_counter #(
    // >= 1
    parameter integer CLASSES = 4,
    // bits of a (signed) logit, >= 1
    parameter integer ACC_WIDTH = 24,
    // bits of burn_in and of the number of a tick, which stays at its maximum, >= 1
    parameter integer TICK_WIDTH = 16,
    // bits of a count of ticks: holds the longest frame, >= 1
    parameter integer VOTES_WIDTH = 16,
    // 0 majority, 1 sum of logits, 2 last tick
    parameter integer MODE = 0,
    // bits below a logit (MODE 1)
    parameter integer FRACTION_WIDTH = 0,
    // those of each class, class 0 lowest
    parameter [CLASSES*(FRACTION_WIDTH > 0 ? FRACTION_WIDTH : 1)-1:0] FRACTIONS = 0,
    // bits of a sum of logits and their fractions (MODE 1), >= ACC_WIDTH + FRACTION_WIDTH
    parameter integer SUM_WIDTH = 40
) (
    input  wire                                           clk,
    input  wire                                           rst,
    // ticks of each frame that are not counted
    input  wire [                         TICK_WIDTH-1:0] burn_in,
    input  wire [(CLASSES > 1 ? $clog2(CLASSES) : 1)-1:0] s_axis_tdata,
    input  wire [                  CLASSES*ACC_WIDTH-1:0] s_axis_logits,
    // frame end
    input  wire                                           s_axis_tuser,
    input  wire                                           s_axis_tvalid,
    output wire                                           s_axis_tready,
    output wire [(CLASSES > 1 ? $clog2(CLASSES) : 1)-1:0] m_axis_tdata,
    output wire [                        VOTES_WIDTH-1:0] m_axis_votes,
    output wire                                           m_axis_tvalid,
    input  wire                                           m_axis_tready
);
  generate
    if (CLASSES < 1 || ACC_WIDTH < 1 || TICK_WIDTH < 1 || VOTES_WIDTH < 1) begin : gen_check_width
      ERROR_vote_counter_CLASSES_and_the_WIDTHs_must_be_at_least_1 u_error ();
    end
    if (MODE < 0 || MODE > 2) begin : gen_check_mode
      ERROR_vote_counter_MODE_must_be_0_to_2 u_error ();
    end
    if (MODE == 1 && SUM_WIDTH < ACC_WIDTH + FRACTION_WIDTH) begin : gen_check_sum
      ERROR_vote_counter_SUM_WIDTH_must_be_at_least_ACC_WIDTH_and_FRACTION_WIDTH u_error ();
    end
  endgenerate

  localparam integer CLASS_WIDTH = CLASSES > 1 ? $clog2(CLASSES) : 1;

  reg [TICK_WIDTH-1:0] tick_q;
  reg [VOTES_WIDTH-1:0] counted_q;
  reg valid_q;
  // the winner is being looked for
  wire scanning;

  assign s_axis_tready = !valid_q && !scanning;
  assign m_axis_tvalid = valid_q;

  wire accept = s_axis_tvalid && s_axis_tready;
  wire counts = tick_q >= burn_in;
  wire leaves = valid_q && m_axis_tready;

  always @(posedge clk) begin
    if (accept) begin
      // The tick's number stays at its maximum: no burn_in is larger.
      if (s_axis_tuser) tick_q <= 0;
      else if (tick_q != {TICK_WIDTH{1'b1}}) tick_q <= tick_q + 1'b1;
      if (counts) counted_q <= counted_q + 1'b1;
    end
    if (leaves) counted_q <= 0;
    if (rst) begin
      tick_q <= 0;
      counted_q <= 0;
    end
  end

  generate
    if (MODE == 2) begin : gen_last
      reg [CLASS_WIDTH-1:0] class_q;
      always @(posedge clk) begin
        if (accept) class_q <= s_axis_tdata;
        if (accept && s_axis_tuser) valid_q <= 1'b1;
        if (leaves) valid_q <= 1'b0;
        if (rst) valid_q <= 1'b0;
      end
      wire unused_bits = &{1'b0, s_axis_logits};
      assign scanning = 1'b0;
      assign m_axis_tdata = class_q;
      assign m_axis_votes = counted_q;
    end else begin : gen_scan
      // A count of ticks is signed too, with a zero in front: one comparison serves both modes.
      localparam integer SCORE_WIDTH = MODE == 1 ? SUM_WIDTH : VOTES_WIDTH + 1;
      localparam integer LAST_CLASS = CLASSES - 1;

      // The scores turn by one class a cycle while they are scanned; then they are cleared.
      reg [CLASSES*SCORE_WIDTH-1:0] scores_q;
      wire [CLASSES*SCORE_WIDTH-1:0] scores_next;
      genvar c;
      for (c = 0; c < CLASSES; c = c + 1) begin : gen_class
        wire [SCORE_WIDTH-1:0] vote;
        if (MODE == 1) begin : gen_sum
          localparam integer KEY_WIDTH = ACC_WIDTH + FRACTION_WIDTH;
          wire [KEY_WIDTH-1:0] key;
          if (FRACTION_WIDTH > 0) begin : gen_fraction
            assign key = {
              s_axis_logits[c*ACC_WIDTH+:ACC_WIDTH], FRACTIONS[c*FRACTION_WIDTH+:FRACTION_WIDTH]
            };
          end else begin : gen_whole
            assign key = s_axis_logits[c*ACC_WIDTH+:ACC_WIDTH];
          end
          wire [SUM_WIDTH:0] logit = {{(SUM_WIDTH + 1 - KEY_WIDTH) {key[KEY_WIDTH-1]}}, key};
          wire unused_bits = logit[SUM_WIDTH];
          assign vote = logit[SUM_WIDTH-1:0];
        end else begin : gen_majority
          assign vote = {{VOTES_WIDTH{1'b0}}, s_axis_tdata == c};
        end
        assign scores_next[c*SCORE_WIDTH+:SCORE_WIDTH] =
            scores_q[c*SCORE_WIDTH+:SCORE_WIDTH] + vote;
      end

      reg [CLASS_WIDTH-1:0] index_q, best_class_q;
      reg signed [SCORE_WIDTH-1:0] best_score_q;
      reg scanning_q;
      wire signed [SCORE_WIDTH-1:0] score = scores_q[SCORE_WIDTH-1:0];

      always @(posedge clk) begin
        if (accept) begin
          if (counts) scores_q <= scores_next;
          index_q <= 0;
          scanning_q <= s_axis_tuser;
        end
        if (scanning_q) begin
          scores_q <= (scores_q >> SCORE_WIDTH) | (scores_q << ((CLASSES - 1) * SCORE_WIDTH));
          index_q  <= index_q + 1'b1;
          if (index_q == 0 || score > best_score_q) begin
            best_score_q <= score;
            best_class_q <= index_q;
          end
          if (index_q == LAST_CLASS[CLASS_WIDTH-1:0]) begin
            scanning_q <= 1'b0;
            scores_q <= 0;
            valid_q <= 1'b1;
          end
        end
        if (leaves) valid_q <= 1'b0;
        if (rst) begin
          scanning_q <= 1'b0;
          scores_q <= 0;
          valid_q <= 1'b0;
        end
      end

      assign scanning = scanning_q;
      assign m_axis_tdata = best_class_q;
      if (MODE == 1) begin : gen_votes_counted
        wire unused_logits = &{1'b0, s_axis_tdata};
        assign m_axis_votes = counted_q;
      end else begin : gen_votes_won
        wire unused_logits = &{1'b0, s_axis_logits, counted_q, best_score_q[VOTES_WIDTH]};
        assign m_axis_votes = best_score_q[VOTES_WIDTH-1:0];
      end
    end
  endgenerate

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // A stalled beat stays, and stays the same.
  always @(posedge clk) begin
    if (started && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
      assert (m_axis_tvalid);
      assert ($stable(m_axis_tdata));
      assert ($stable(m_axis_votes));
    end
  end

  // As many classes as frames were ended, but for the one in work.
  reg [7:0] due, sent;
  always @(posedge clk) begin
    if (accept && s_axis_tuser) due <= due + 8'd1;
    if (leaves) sent <= sent + 8'd1;
    if (rst) begin
      due  <= 8'd0;
      sent <= 8'd0;
    end
  end
  wire [7:0] missing = due - sent;
  always @(*) begin
    if (started) begin
      assert (!(valid_q && scanning));
      assert (missing == {7'd0, valid_q || scanning});
    end
  end
  always @(*) cover (started && sent == 8'd1 && m_axis_tvalid);
`endif
endmodule

`default_nettype wire
