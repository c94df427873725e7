// spike_sender.v - turns vectors of COLUMNS * PE spikes into events, one a cycle, lowest first.
//
// Contract   : each set bit c*PE + p leaves once as {channel + p, y, x + c}, in order; an empty
//              vector sends nothing; a tlast beat (its spikes and place are ignored) sends one
//              tlast beat.
// Latency    : accepted vector -> first event 2 cycles, on free outputs.
// Throughput : 1 event/cycle, no bubble between vectors with spikes; an empty vector takes 1 cycle.
//              s_axis_tready depends on m_axis_tready combinationally.
// Cost       : about COLUMNS * PE + 2 * (CHANNEL_WIDTH + Y_WIDTH + X_WIDTH) FF, a priority encoder.
// Reset      : rst, synchronous, active high; clears the valids, not the data.
// Golden     : a loop over the set bits     Bench: sim/blocks/spike_sender/
`default_nettype none

module spike_sender #(
    // Channels of a vector, 1 to 2^CHANNEL_WIDTH; columns, 1 to 2^X_WIDTH
    parameter integer PE            = 4,
    parameter integer COLUMNS       = 1,
    // Bits of the event's fields, each >= 1
    parameter integer CHANNEL_WIDTH = 5,
    parameter integer Y_WIDTH       = 4,
    parameter integer X_WIDTH       = 4
) (
    input  wire                                     clk,
    input  wire                                     rst,

    input  wire                                     s_axis_tvalid,
    output wire                                     s_axis_tready,
    input  wire [COLUMNS*PE-1:0]                    s_axis_spikes,
    // Channel, row and column of bit 0
    input  wire [CHANNEL_WIDTH-1:0]                 s_axis_channel,
    input  wire [Y_WIDTH-1:0]                       s_axis_y,
    input  wire [X_WIDTH-1:0]                       s_axis_x,
    // Closes a tick; a beat of its own
    input  wire                                     s_axis_tlast,
    // The tick ends a frame; looked at with tlast only
    input  wire                                     s_axis_tuser,

    output wire                                     m_axis_tvalid,
    input  wire                                     m_axis_tready,
    // {channel, y, x}; meaningless with tlast
    output wire [CHANNEL_WIDTH+Y_WIDTH+X_WIDTH-1:0] m_axis_tdata,
    output wire                                     m_axis_tlast,
    // The tick ends a frame; 0 without tlast
    output wire                                     m_axis_tuser
);

  generate
    if (CHANNEL_WIDTH < 1) begin : gen_check_channel_width
      ERROR_spike_sender_CHANNEL_WIDTH_must_be_at_least_1 u_error ();
    end
    if (Y_WIDTH < 1 || X_WIDTH < 1) begin : gen_check_place_width
      ERROR_spike_sender_Y_WIDTH_and_X_WIDTH_must_be_at_least_1 u_error ();
    end
    if (PE < 1 || $clog2(PE) > CHANNEL_WIDTH) begin : gen_check_pe
      ERROR_spike_sender_PE_must_be_1_to_2_to_the_CHANNEL_WIDTH u_error ();
    end
    if (COLUMNS < 1 || $clog2(COLUMNS) > X_WIDTH) begin : gen_check_columns
      ERROR_spike_sender_COLUMNS_must_be_1_to_2_to_the_X_WIDTH u_error ();
    end
  endgenerate

  localparam integer LANES = COLUMNS * PE;

  // The vector in hand: spikes not yet sent, or a tlast not yet sent (then no spikes).
  reg [LANES-1:0]         spikes_q;
  reg                     last_q;
  reg                     frame_end_q;
  reg [CHANNEL_WIDTH-1:0] channel_q;
  reg [Y_WIDTH-1:0]       y_q;
  reg [X_WIDTH-1:0]       x_q;

  // The event on the output
  reg                                     valid_q;
  reg [CHANNEL_WIDTH+Y_WIDTH+X_WIDTH-1:0] data_q;
  reg                                     out_last_q;
  reg                                     out_user_q;

  wire             send     = m_axis_tready || !valid_q;
  wire [LANES-1:0] rest     = spikes_q & (spikes_q - 1'b1);  // without the lowest spike
  wire             empty    = !last_q && spikes_q == {LANES{1'b0}};
  wire             finishes = send && rest == {LANES{1'b0}};

  assign s_axis_tready = empty || finishes;
  assign m_axis_tvalid = valid_q;
  assign m_axis_tdata  = data_q;
  assign m_axis_tlast  = out_last_q;
  assign m_axis_tuser  = out_user_q;

  // Channel and column of the lowest spike
  reg [CHANNEL_WIDTH-1:0] lane;
  reg [X_WIDTH-1:0]       column;
  always @(*) begin : priority_encoder
    integer c, p;
    lane   = {CHANNEL_WIDTH{1'b0}};
    column = {X_WIDTH{1'b0}};
    for (c = COLUMNS - 1; c >= 0; c = c - 1)
      for (p = PE - 1; p >= 0; p = p - 1)
        if (spikes_q[c*PE+p]) begin
          lane   = p[CHANNEL_WIDTH-1:0];
          column = c[X_WIDTH-1:0];
        end
  end

  always @(posedge clk) begin
    if (rst) begin
      spikes_q <= {LANES{1'b0}};
      last_q   <= 1'b0;
    end else if (s_axis_tready) begin
      spikes_q <= (s_axis_tvalid && !s_axis_tlast) ? s_axis_spikes : {LANES{1'b0}};
      last_q   <= s_axis_tvalid && s_axis_tlast;
    end else if (send) begin
      spikes_q <= rest;
    end
    if (s_axis_tready) begin
      frame_end_q <= s_axis_tuser;
      channel_q   <= s_axis_channel;
      y_q         <= s_axis_y;
      x_q         <= s_axis_x;
    end
  end

  always @(posedge clk) begin
    if (rst) valid_q <= 1'b0;
    else if (send) valid_q <= !empty;
    if (send) begin
      data_q     <= {channel_q + lane, y_q, x_q + column};
      out_last_q <= last_q;
      out_user_q <= last_q && frame_end_q;
    end
  end

`ifdef FORMAL
  reg past_valid = 1'b0;
  always @(posedge clk) past_valid <= 1'b1;
  always @(*) if (!past_valid) assume (rst);

  // A tlast in hand has no spikes beside it.
  always @(*) if (past_valid) assert (!last_q || spikes_q == {LANES{1'b0}});

  // Any bit of a vector, and all of them: it has left as often as it came, but for those in hand.
  (* anyconst *) reg [7:0] its_p, its_c;
  always @(*) assume (its_p < PE && its_c < COLUMNS);
  wire [7:0]               its_lane    = its_c * PE + its_p;
  wire [CHANNEL_WIDTH-1:0] its_channel = channel_q + its_p;
  wire [X_WIDTH-1:0]       its_x       = x_q + its_c;
  wire [LANES-1:0]         sending     = send ? spikes_q & ~rest : {LANES{1'b0}};
  wire                     leaves      = sending[its_lane];
  wire                     accept      = s_axis_tvalid && s_axis_tready && !s_axis_tlast;
  reg  [3:0] came, left, bits_came, events, bits_in, bits_in_hand;
  always @(*) begin : count_bits
    integer n;
    bits_in = 4'd0;
    bits_in_hand = valid_q && !out_last_q;
    for (n = 0; n < LANES; n = n + 1) begin
      bits_in = bits_in + s_axis_spikes[n];
      bits_in_hand = bits_in_hand + spikes_q[n];
    end
  end
  always @(posedge clk) begin
    came      <= came + (accept && s_axis_spikes[its_lane]);
    left      <= left + leaves;
    bits_came <= bits_came + (accept ? bits_in : 4'd0);
    events    <= events + (m_axis_tvalid && m_axis_tready && !m_axis_tlast);
    if (rst) {came, left, bits_came, events} <= 16'd0;
  end
  wire [3:0] in_hand = came - left, bits_left = bits_came - events;
  always @(*)
    if (past_valid) begin
      assert (in_hand == spikes_q[its_lane]);
      assert (bits_left == bits_in_hand);
    end

  always @(posedge clk)
    if (past_valid && !$past(rst)) begin
      // A stalled beat stays stable.
      if ($past(m_axis_tvalid && !m_axis_tready) && !rst) begin
        assert (m_axis_tvalid);
        assert ($stable({m_axis_tdata, m_axis_tlast, m_axis_tuser}));
      end
      // Nothing in hand is dropped: a spike leaves it only to the output.
      if ($past(!empty && !send)) assert ($stable({spikes_q, last_q}));
      // Any bit leaves as the event of its place.
      if ($past(leaves)) begin
        assert (m_axis_tvalid && !m_axis_tlast);
        assert (m_axis_tdata == $past({its_channel, y_q, its_x}));
      end
      // A reachable case: two vectors back to back, without a bubble.
      cover ($past(m_axis_tvalid && m_axis_tready && finishes && s_axis_tvalid) && m_axis_tvalid);
    end
`endif

endmodule

`default_nettype wire
