// readout_linear.v - linear layer over a tick's activations, ACTS a cycle, all classes at once.
//
// Contract   : a last beat closes a tick: logit c = bias c + the sum over the tick's beats and
//              slots of activation * weight, in ACC_WIDTH bits (exact when it fits). The pipeline
//              moves unless a result waits; tready says so (combinational from m_axis_tready).
// Latency    : 4 + $clog2(ACTS) cycles from last beat to result.   Throughput: 1 beat/cycle.
// Cost       : ACTS*CLASSES multipliers (two 8 x 8 to a DSP48E2) and adders, the weight memory.
// Reset      : rst, synchronous, active high; clears the valids, loads the biases.
// Golden     : dot product of src/simulators/golden.ts     Bench: sim/blocks/readout_linear/
`default_nettype none

module readout_linear #(
    // activations of a beat, >= 1
    parameter integer ACTS = 2,
    // bits of an (unsigned) activation, >= 1
    parameter integer ACT_WIDTH = 8,
    // >= 1
    parameter integer CLASSES = 4,
    // bits of a (signed) weight, >= 1
    parameter integer WEIGHT_WIDTH = 8,
    // beats of a tick without the last, >= 1
    parameter integer DEPTH = 16,
    // bits of a (signed) logit, >= 1
    parameter integer ACC_WIDTH = 24,
    // $readmemh file of DEPTH words: weight of slot j, class c at [(j*CLASSES + c)*WEIGHT_WIDTH +:
    // WEIGHT_WIDTH]
    parameter FILE = "",
    // $readmemh file of one word: bias of class c at [c*ACC_WIDTH +: ACC_WIDTH]
    parameter BIAS_FILE = ""
) (
    input  wire                         clk,
    input  wire                         rst,
    input  wire [   ACTS*ACT_WIDTH-1:0] s_axis_tdata,
    input  wire                         s_axis_tlast,
    // frame end, on a last beat
    input  wire                         s_axis_tuser,
    input  wire                         s_axis_tvalid,
    output wire                         s_axis_tready,
    output wire [CLASSES*ACC_WIDTH-1:0] m_axis_tdata,
    output wire                         m_axis_tuser,
    output wire                         m_axis_tvalid,
    input  wire                         m_axis_tready
);
  generate
    if (ACTS < 1 || ACT_WIDTH < 1 || CLASSES < 1) begin : gen_check_acts
      ERROR_readout_linear_ACTS_ACT_WIDTH_and_CLASSES_must_be_at_least_1 u_error ();
    end
    if (WEIGHT_WIDTH < 1 || DEPTH < 1 || ACC_WIDTH < 1) begin : gen_check_weights
      ERROR_readout_linear_WEIGHT_WIDTH_DEPTH_and_ACC_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  // Of the tree of adders
  localparam integer LEVELS = $clog2(ACTS);
  localparam integer ADDRESS_WIDTH = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam integer LAST_ADDRESS = DEPTH - 1;
  // memory read, operands, products, tree
  localparam integer STAGES = 3 + LEVELS;

  wire advance = !m_axis_tvalid || m_axis_tready;
  assign s_axis_tready = advance;

  reg [ACTS*CLASSES*WEIGHT_WIDTH-1:0] weights[0:DEPTH-1];
  /* verilator lint_off WIDTH */  // strings of different lengths
  initial if (FILE != "") $readmemh(FILE, weights);
  /* verilator lint_on WIDTH */

  reg [ADDRESS_WIDTH-1:0] address_q;
  always @(posedge clk) begin
    if (s_axis_tvalid && advance) begin
      if (s_axis_tlast || address_q == LAST_ADDRESS[ADDRESS_WIDTH-1:0]) address_q <= 0;
      else address_q <= address_q + 1'b1;
    end
    if (rst) address_q <= 0;
  end

  reg [ACTS*CLASSES*WEIGHT_WIDTH-1:0] read_weights_q, weights_q;
  reg [ACTS*ACT_WIDTH-1:0] read_acts_q, acts_q;
  always @(posedge clk) begin
    if (advance) begin
      read_weights_q <= weights[address_q];
      read_acts_q <= s_axis_tdata;
      weights_q <= read_weights_q;
      acts_q <= read_acts_q;
    end
  end

  // What a beat is, beside its data: stage s at bit s.
  reg [STAGES-1:0] valid_q, last_q, user_q;
  wire [STAGES:0] valid_chain = {valid_q, s_axis_tvalid};
  wire [STAGES:0] last_chain = {last_q, s_axis_tlast};
  wire [STAGES:0] user_chain = {user_q, s_axis_tuser};
  always @(posedge clk) begin
    if (advance) begin
      valid_q <= valid_chain[STAGES-1:0];
      last_q  <= last_chain[STAGES-1:0];
      user_q  <= user_chain[STAGES-1:0];
    end
    if (rst) valid_q <= 0;
  end
  wire arriving = valid_chain[STAGES];
  wire closing = arriving && last_chain[STAGES];

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
          .enable(advance),
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
    if (advance) begin
      m_valid_q <= closing;
      m_user_q  <= user_chain[STAGES];
      if (closing) m_data_q <= logits;
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

  // As many results as last beats were taken, but for those in the pipeline.
  reg [7:0] due, sent;
  always @(posedge clk) begin
    if (s_axis_tvalid && s_axis_tready && s_axis_tlast) due <= due + 8'd1;
    if (m_axis_tvalid && m_axis_tready) sent <= sent + 8'd1;
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
    end
  end
  wire [7:0] missing = due - sent;
  always @(*) begin
    if (started) begin
      assert (missing == inside_count);
      assert (address_q <= LAST_ADDRESS);
    end
  end
  always @(*) cover (started && sent == 8'd2 && m_axis_tvalid);
`endif
endmodule

`default_nettype wire
