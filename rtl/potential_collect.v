// potential_collect.v - the potentials of a tick side by side: an integrator's logits.
//
// Contract   : a tick is WORDS beats of LANES potentials, class 0 in the lowest lane of the first,
//              and a closing beat (tlast, data ignored) that sends all, each with its class's bias,
//              in OUT_WIDTH bits (exact when it fits). tready comes from m_axis_tready at once.
// Latency    : 1 cycle from the closing beat to the vector.   Throughput: 1 beat/cycle.
// Cost       : WORDS*LANES*WIDTH + 2 FF; OUT_WIDTH LUT for each bias that is not 0.
// Reset      : rst, synchronous, active high; clears the valid.
// Golden     : the potentials in order     Bench: sim/blocks/potential_collect/
`default_nettype none

module potential_collect #(
    // potentials of a beat, >= 1
    parameter integer LANES = 2,
    // beats of a tick without the closing one, >= 1
    parameter integer WORDS = 4,
    // bits of a (signed) potential, >= 1
    parameter integer WIDTH = 24,
    // bits of a (signed) logit, >= 1
    parameter integer OUT_WIDTH = 24,
    // bias of class c at [c*OUT_WIDTH +: OUT_WIDTH]
    parameter [WORDS*LANES*OUT_WIDTH-1:0] BIASES = 0
) (
    input  wire                             clk,
    input  wire                             rst,
    input  wire [          LANES*WIDTH-1:0] s_axis_tdata,
    input  wire                             s_axis_tlast,
    // frame end, on a closing beat
    input  wire                             s_axis_tuser,
    input  wire                             s_axis_tvalid,
    output wire                             s_axis_tready,
    output wire [WORDS*LANES*OUT_WIDTH-1:0] m_axis_tdata,
    output wire                             m_axis_tuser,
    output wire                             m_axis_tvalid,
    input  wire                             m_axis_tready
);
  generate
    if (LANES < 1 || WORDS < 1) begin : gen_check_words
      ERROR_potential_collect_LANES_and_WORDS_must_be_at_least_1 u_error ();
    end
    if (WIDTH < 1 || OUT_WIDTH < 1) begin : gen_check_width
      ERROR_potential_collect_WIDTH_and_OUT_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  reg [WORDS*LANES*WIDTH-1:0] vector_q;
  reg user_q, valid_q;
  // The newest word stands on top; after WORDS of them the first is the lowest.
  wire [(WORDS+1)*LANES*WIDTH-1:0] shifted = {s_axis_tdata, vector_q};
  wire unused_word = &{1'b0, shifted[LANES*WIDTH-1:0]};

  assign s_axis_tready = !valid_q || m_axis_tready;
  wire accept = s_axis_tvalid && s_axis_tready;

  always @(posedge clk) begin
    if (accept && !s_axis_tlast) vector_q <= shifted[(WORDS+1)*LANES*WIDTH-1:LANES*WIDTH];
    if (accept && s_axis_tlast) user_q <= s_axis_tuser;
    if (s_axis_tready) valid_q <= s_axis_tvalid && s_axis_tlast;
    if (rst) valid_q <= 1'b0;
  end
  localparam integer SUM_WIDTH = WIDTH > OUT_WIDTH ? WIDTH : OUT_WIDTH;
  generate
    genvar c;
    for (c = 0; c < WORDS * LANES; c = c + 1) begin : gen_class
      wire [WIDTH-1:0] potential = vector_q[c*WIDTH+:WIDTH];
      wire [OUT_WIDTH-1:0] bias = BIASES[c*OUT_WIDTH+:OUT_WIDTH];
      wire [SUM_WIDTH:0] wide = {{(SUM_WIDTH + 1 - WIDTH) {potential[WIDTH-1]}}, potential};
      wire [SUM_WIDTH:0] sum = wide + {{(SUM_WIDTH + 1 - OUT_WIDTH) {bias[OUT_WIDTH-1]}}, bias};
      assign m_axis_tdata[c*OUT_WIDTH+:OUT_WIDTH] = sum[OUT_WIDTH-1:0];
      wire unused_bits = &{1'b0, sum[SUM_WIDTH:OUT_WIDTH]};
    end
  endgenerate
  assign m_axis_tuser  = user_q;
  assign m_axis_tvalid = valid_q;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // A stalled vector stays, and stays the same.
  always @(posedge clk) begin
    if (started && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
      assert (m_axis_tvalid);
      assert ($stable(m_axis_tdata));
      assert ($stable(m_axis_tuser));
    end
  end

  // As many vectors as closing beats were taken, but for the one that waits.
  reg [7:0] due, sent;
  always @(posedge clk) begin
    if (accept && s_axis_tlast) due <= due + 8'd1;
    if (m_axis_tvalid && m_axis_tready) sent <= sent + 8'd1;
    if (rst) begin
      due  <= 8'd0;
      sent <= 8'd0;
    end
  end
  always @(*) if (started) assert (due == sent + {7'd0, valid_q});

  // A word that was taken last is the highest of the vector that follows.
  always @(posedge clk) begin
    if (started && !$past(rst) && $past(accept && !s_axis_tlast)) begin
      assert (vector_q[(WORDS-1)*LANES*WIDTH+:LANES*WIDTH] == $past(s_axis_tdata));
    end
  end
  always @(*) cover (started && sent == 8'd2 && m_axis_tvalid);
`endif
endmodule

`default_nettype wire
