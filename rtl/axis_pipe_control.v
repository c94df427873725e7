// axis_pipe_control.v - valid, last and user beside a data pipeline of fixed depth that can stop.
//
// Contract   : a beat accepted at s_axis appears at m_axis after STAGES enabled cycles, in order;
//              the data pipeline advances while enable is high. All stages stop together.
// Latency    : STAGES enabled cycles.   Throughput: 1 beat/cycle.   Cost: 3 * STAGES FF.
//              s_axis_tready depends on m_axis_tready combinationally.
// Reset      : rst, synchronous, active high; clears the valids, not last and user.
// Golden     : a queue     Bench: sim/blocks/control/
`default_nettype none

module axis_pipe_control #(
    // Depth of the data pipeline, >= 1
    parameter integer STAGES = 2
) (
    input  wire clk,
    input  wire rst,

    input  wire s_axis_tvalid,
    output wire s_axis_tready,
    input  wire s_axis_tlast,
    input  wire s_axis_tuser,

    // The data pipeline takes a step
    output wire enable,

    output wire m_axis_tvalid,
    input  wire m_axis_tready,
    output wire m_axis_tlast,
    output wire m_axis_tuser
);

  generate
    if (STAGES < 1) begin : gen_check_stages
      ERROR_axis_pipe_control_STAGES_must_be_at_least_1 u_error ();
    end
  endgenerate

  reg  [STAGES-1:0] valid_q;
  reg  [STAGES-1:0] last_q;
  reg  [STAGES-1:0] user_q;
  // The highest bit is the one that leaves.
  /* verilator lint_off UNUSEDSIGNAL */
  wire [STAGES:0]   valid = {valid_q, s_axis_tvalid};
  wire [STAGES:0]   last = {last_q, s_axis_tlast};
  wire [STAGES:0]   user = {user_q, s_axis_tuser};
  /* verilator lint_on UNUSEDSIGNAL */

  assign enable        = m_axis_tready || !valid_q[STAGES-1];
  assign s_axis_tready = enable;
  assign m_axis_tvalid = valid_q[STAGES-1];
  assign m_axis_tlast  = last_q[STAGES-1];
  assign m_axis_tuser  = user_q[STAGES-1];

  always @(posedge clk) begin
    if (rst) valid_q <= {STAGES{1'b0}};
    else if (enable) valid_q <= valid[STAGES-1:0];
    if (enable) begin
      last_q <= last[STAGES-1:0];
      user_q <= user[STAGES-1:0];
    end
  end

`ifdef FORMAL
  reg past_valid = 1'b0;
  always @(posedge clk) past_valid <= 1'b1;
  always @(*) if (!past_valid) assume (rst);

  // A stalled beat stays, and stays the same.
  always @(posedge clk)
    if (past_valid && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
      assert (m_axis_tvalid);
      assert ($stable({m_axis_tlast, m_axis_tuser}));
    end

  // No beat is lost or doubled: what came in has left or is under way.
  reg     [7:0] came;
  reg     [7:0] left;
  reg     [7:0] under_way;
  integer       i;
  always @(posedge clk) begin
    if (rst) came <= 8'd0;
    else if (s_axis_tvalid && s_axis_tready) came <= came + 8'd1;
    if (rst) left <= 8'd0;
    else if (m_axis_tvalid && m_axis_tready) left <= left + 8'd1;
  end
  always @(*) begin
    under_way = 8'd0;
    for (i = 0; i < STAGES; i = i + 1) under_way = under_way + {7'd0, valid_q[i]};
    if (past_valid) assert (came == left + under_way);
    cover (past_valid && &valid_q && !m_axis_tready);
  end
`endif

endmodule

`default_nettype wire
