// readout_columns.v - linear layer over a tick's non-zero activations, ACTS a cycle, all classes.
//
// Contract   : a last beat closes a tick: logit c = bias c + the sum over the tick's valid slots of
//              activation * weight, in ACC_WIDTH bits (exact when it fits). The pipeline never
//              stops: a last beat waits (s_axis_tready, from a register and s_axis_tlast) until the
//              result before it has left, other beats never wait.
// Latency    : 4 + $clog2(ACTS) cycles from last beat to result.   Throughput: 1 beat/cycle.
// Cost       : ACTS*CLASSES multipliers (two 8 x 8 to a DSP48E2) and adders.
// Reset      : rst, synchronous, active high; clears the valids, loads the biases.
// Golden     : dot product of src/simulators/golden.ts     Bench: sim/blocks/readout_columns/
`default_nettype none

module readout_columns #(
    // slots of a beat, >= 1
    parameter integer ACTS = 2,
    // bits of an (unsigned) activation, >= 1
    parameter integer ACT_WIDTH = 8,
    // >= 1
    parameter integer CLASSES = 4,
    // bits of a (signed) weight, >= 1
    parameter integer WEIGHT_WIDTH = 8,
    // bits of a (signed) logit, >= 1
    parameter integer ACC_WIDTH = 24,
    // $readmemh file of one word: bias of class c at [c*ACC_WIDTH +: ACC_WIDTH]
    parameter BIAS_FILE = ""
) (
    input  wire                                 clk,
    input  wire                                 rst,
    input  wire [           ACTS*ACT_WIDTH-1:0] s_axis_tdata,
    // slots that hold an activation; looked at without tlast only
    input  wire [                     ACTS-1:0] s_axis_slots,
    input  wire                                 s_axis_tlast,
    // frame end, on a last beat
    input  wire                                 s_axis_tuser,
    input  wire                                 s_axis_tvalid,
    output wire                                 s_axis_tready,
    // words of the slots' weight memories (fx_rom), a cycle after the beat with their addresses:
    // slot j, class c at [(j*CLASSES + c)*WEIGHT_WIDTH +: WEIGHT_WIDTH]
    input  wire [ACTS*CLASSES*WEIGHT_WIDTH-1:0] weights,
    output wire [        CLASSES*ACC_WIDTH-1:0] m_axis_tdata,
    output wire                                 m_axis_tuser,
    output wire                                 m_axis_tvalid,
    input  wire                                 m_axis_tready
);
  generate
    if (ACTS < 1 || ACT_WIDTH < 1 || CLASSES < 1) begin : gen_check_acts
      ERROR_readout_columns_ACTS_ACT_WIDTH_and_CLASSES_must_be_at_least_1 u_error ();
    end
    if (WEIGHT_WIDTH < 1 || ACC_WIDTH < 1) begin : gen_check_weights
      ERROR_readout_columns_WEIGHT_WIDTH_and_ACC_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  // Of the tree of adders
  localparam integer LEVELS = $clog2(ACTS);
  // memory read, operands, products, tree
  localparam integer STAGES = 3 + LEVELS;

  // A last beat is in the pipeline, or its result waits: there is place for one.
  reg closing_q;
  wire accept = s_axis_tvalid && s_axis_tready;
  assign s_axis_tready = !(s_axis_tlast && closing_q);
  always @(posedge clk) begin
    if (m_axis_tvalid && m_axis_tready) closing_q <= 1'b0;
    if (accept && s_axis_tlast) closing_q <= 1'b1;
    if (rst) closing_q <= 1'b0;
  end

  // What a beat is, beside its data: stage s at bit s.
  reg [STAGES-1:0] valid_q, last_q, user_q;
  wire [STAGES:0] valid_chain = {valid_q, accept};
  wire [STAGES:0] last_chain = {last_q, s_axis_tlast};
  wire [STAGES:0] user_chain = {user_q, s_axis_tuser};
  always @(posedge clk) begin
    valid_q <= valid_chain[STAGES-1:0];
    last_q  <= last_chain[STAGES-1:0];
    user_q  <= user_chain[STAGES-1:0];
    if (rst) valid_q <= 0;
  end
  wire arriving = valid_chain[STAGES];
  wire closing = arriving && last_chain[STAGES];

  // An empty slot is a zero.
  reg [ACTS*CLASSES*WEIGHT_WIDTH-1:0] weights_q;
  reg [ACTS*ACT_WIDTH-1:0] read_acts_q, acts_q;
  reg [ACTS-1:0] slots_q;
  always @(posedge clk) begin
    read_acts_q <= s_axis_tdata;
    slots_q <= s_axis_slots;
    weights_q <= weights;
  end
  genvar a;
  generate
    for (a = 0; a < ACTS; a = a + 1) begin : gen_slot
      always @(posedge clk)
        acts_q[a*ACT_WIDTH+:ACT_WIDTH] <= slots_q[a] ? read_acts_q[a*ACT_WIDTH+:ACT_WIDTH] : 0;
    end
  endgenerate

  wire [CLASSES*ACC_WIDTH-1:0] logits;
  generate
    // Not with parameters that are refused: Verilator would stumble over the sums first.
    if (WEIGHT_WIDTH >= 1 && ACC_WIDTH >= 1) begin : gen_sums
      class_sums #(
          .ACTS(ACTS),
          .ACT_WIDTH(ACT_WIDTH),
          .CLASSES(CLASSES),
          .WEIGHT_WIDTH(WEIGHT_WIDTH),
          .ACC_WIDTH(ACC_WIDTH),
          .BIAS_FILE(BIAS_FILE)
      ) u_sums (
          .clk(clk),
          .rst(rst),
          .enable(1'b1),
          .acts(acts_q),
          .weights(weights_q),
          .arriving(arriving),
          .closing(closing),
          .logits(logits)
      );
    end
  endgenerate

  reg [CLASSES*ACC_WIDTH-1:0] m_data_q;
  reg m_user_q, m_valid_q;
  always @(posedge clk) begin
    if (m_axis_tready) m_valid_q <= 1'b0;
    if (closing) begin
      m_valid_q <= 1'b1;
      m_user_q  <= user_chain[STAGES];
      m_data_q  <= logits;
    end
    if (rst) m_valid_q <= 1'b0;
  end
  assign m_axis_tdata  = m_data_q;
  assign m_axis_tuser  = m_user_q;
  assign m_axis_tvalid = m_valid_q;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // A stalled beat stays, and stays the same.
  always @(posedge clk) begin
    if (started && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
      assert (m_axis_tvalid);
      assert ($stable(m_axis_tdata));
      assert ($stable(m_axis_tuser));
    end
  end

  // As many results as last beats were taken, but for the one that is inside.
  reg [7:0] due, sent;
  // cycles that a last beat has been inside
  reg [7:0] age;
  always @(posedge clk) begin
    if (accept && s_axis_tlast) due <= due + 8'd1;
    if (m_axis_tvalid && m_axis_tready) sent <= sent + 8'd1;
    age <= accept && s_axis_tlast ? 8'd1 : age + !(&age);
    if (rst) begin
      due  <= 8'd0;
      sent <= 8'd0;
    end
  end
  reg [7:0] inside_count;
  always @(*) begin : count_inside
    integer s;
    inside_count = {7'd0, m_valid_q};
    for (s = 0; s < STAGES; s = s + 1) begin
      inside_count = inside_count + {7'd0, valid_q[s] && last_q[s]};
      // A last beat is at the stage of its age: it is a result after STAGES + 1 cycles.
      if (started && valid_q[s] && last_q[s]) assert (age == s + 1);
    end
  end
  wire [7:0] missing = due - sent;
  always @(*) begin
    if (started) begin
      assert (missing == inside_count);
      assert (inside_count == {7'd0, closing_q});
    end
  end
  always @(*) cover (started && sent == 8'd2 && m_axis_tvalid);
`endif
endmodule

`default_nettype wire
