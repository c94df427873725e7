// readout_linear.v - linear layer over a tick's activations, ACTS a cycle, all classes at once.
//
// Contract   : a last beat closes a tick: logit c = bias c + the sum over the tick's beats and
//              slots of activation * weight, in ACC_WIDTH bits (exact when it fits). The pipeline
//              moves unless a result waits; tready says so (combinational from m_axis_tready).
// Latency    : 4 + $clog2(ACTS) cycles from last beat to result.   Throughput: 1 beat/cycle.
// Cost       : ACTS*CLASSES multipliers (two 8 x 8 to a DSP48E2) and adders, the weight memory.
// Reset      : rst, synchronous, active high; clears the valids, loads the biases.
// Golden     : dot product of src/simulators/golden.ts     Bench: sim/readout_linear/
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

  // The adder tree is a heap: node 1 is the root, node i adds nodes 2i and 2i+1, the leaves are the
  // products.
  localparam integer LEVELS = $clog2(ACTS);
  localparam integer LEAVES = 1 << LEVELS;
  localparam integer NODES = 2 * LEAVES - 1;
  localparam integer PRODUCT_WIDTH = ACT_WIDTH + WEIGHT_WIDTH;
  localparam integer SUM_WIDTH = PRODUCT_WIDTH + LEVELS;
  localparam integer WIDE = (SUM_WIDTH > ACC_WIDTH ? SUM_WIDTH : ACC_WIDTH) + 1;
  localparam integer ADDRESS_WIDTH = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam integer LAST_ADDRESS = DEPTH - 1;
  // memory read, operands, products, tree
  localparam integer STAGES = 3 + LEVELS;

  wire advance = !m_axis_tvalid || m_axis_tready;
  assign s_axis_tready = advance;

  reg [ACTS*CLASSES*WEIGHT_WIDTH-1:0] weights[0:DEPTH-1];
  reg [CLASSES*ACC_WIDTH-1:0] biases[0:0];
  /* verilator lint_off WIDTH */  // strings of different lengths
  initial begin
    if (FILE != "") $readmemh(FILE, weights);
    if (BIAS_FILE != "") $readmemh(BIAS_FILE, biases);
  end
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
  genvar c, n;
  generate
    for (c = 0; c < CLASSES; c = c + 1) begin : gen_class
      // node i at [(i-1)*SUM_WIDTH +: SUM_WIDTH]
      wire [NODES*SUM_WIDTH-1:0] nodes;
      for (n = 1; n <= NODES; n = n + 1) begin : gen_node
        reg signed [SUM_WIDTH-1:0] node_q;
        assign nodes[(n-1)*SUM_WIDTH+:SUM_WIDTH] = node_q;
        if (n < LEAVES) begin : gen_add
          wire signed [SUM_WIDTH-1:0] left = nodes[(2*n-1)*SUM_WIDTH+:SUM_WIDTH];
          wire signed [SUM_WIDTH-1:0] right = nodes[(2*n)*SUM_WIDTH+:SUM_WIDTH];
          always @(posedge clk) if (advance) node_q <= left + right;
        end else if (n - LEAVES < ACTS) begin : gen_multiply
          // A leading zero makes the activation a signed number.
          wire signed [ACT_WIDTH:0] act = {1'b0, acts_q[(n-LEAVES)*ACT_WIDTH+:ACT_WIDTH]};
          wire signed [WEIGHT_WIDTH-1:0] weight =
              weights_q[((n-LEAVES)*CLASSES+c)*WEIGHT_WIDTH+:WEIGHT_WIDTH];
          wire signed [PRODUCT_WIDTH:0] product = act * weight;
          wire [SUM_WIDTH:0] product_wide = {
            {(LEVELS + 1) {product[PRODUCT_WIDTH-1]}}, product[PRODUCT_WIDTH-1:0]
          };
          wire unused_bits = &{1'b0, product[PRODUCT_WIDTH], product_wide[SUM_WIDTH]};
          always @(posedge clk) if (advance) node_q <= product_wide[SUM_WIDTH-1:0];
        end else begin : gen_nothing
          always @(posedge clk) if (advance) node_q <= 0;
        end
      end

      wire [ACC_WIDTH-1:0] bias = biases[0][c*ACC_WIDTH+:ACC_WIDTH];
      wire [WIDE-1:0] sum = {
        {(WIDE - SUM_WIDTH) {nodes[SUM_WIDTH-1]}}, nodes[SUM_WIDTH-1:0]
      };
      wire unused_bits = &{1'b0, sum};
      reg [ACC_WIDTH-1:0] logit_q;
      always @(posedge clk) begin
        if (advance && arriving) logit_q <= closing ? bias : logit_q + sum[ACC_WIDTH-1:0];
        if (rst) logit_q <= bias;
      end
      assign logits[c*ACC_WIDTH+:ACC_WIDTH] = logit_q;
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
