// class_sums.v - products of activations and weights, added up for every class until a tick closes.
//
// Contract   : logit c grows by the sum over slots of activation * weight, in ACC_WIDTH bits; with
//              `closing` it starts again at its bias. A beat's sum is there 1 + $clog2(ACTS)
//              enabled cycles after its operands: in that cycle are `arriving` and `closing`.
// Latency    : 2 + $clog2(ACTS) enabled cycles from operands to logits.   Throughput: 1 beat/cycle.
// Cost       : ACTS*CLASSES multipliers (two 8 x 8 to a DSP48E2) and adders.
// Reset      : rst, synchronous, active high; loads the biases.
// Golden     : dot product of src/simulators/golden.ts     Bench: sim/blocks/readout_linear/
`default_nettype none

module class_sums #(
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
    // everything stands still while it is low
    input  wire                                 enable,
    input  wire [           ACTS*ACT_WIDTH-1:0] acts,
    // slot j, class c at [(j*CLASSES + c)*WEIGHT_WIDTH +: WEIGHT_WIDTH]
    input  wire [ACTS*CLASSES*WEIGHT_WIDTH-1:0] weights,
    input  wire                                 arriving,
    input  wire                                 closing,
    output wire [        CLASSES*ACC_WIDTH-1:0] logits
);
  generate
    if (ACTS < 1 || ACT_WIDTH < 1 || CLASSES < 1 || WEIGHT_WIDTH < 1 || ACC_WIDTH < 1)
    begin : gen_check_sizes
      ERROR_class_sums_sizes_must_be_at_least_1 u_error ();
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

  reg [CLASSES*ACC_WIDTH-1:0] biases[0:0];
  /* verilator lint_off WIDTH */  // strings of different lengths
  initial if (BIAS_FILE != "") $readmemh(BIAS_FILE, biases);
  /* verilator lint_on WIDTH */

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // The operands of the enabled cycles before, the latest first, and whether they came.
  localparam integer ACTS_WIDTH    = ACTS * ACT_WIDTH;
  localparam integer WEIGHTS_WIDTH = ACTS * CLASSES * WEIGHT_WIDTH;
  reg [(LEVELS+1)*ACTS_WIDTH-1:0]    acts_f;
  reg [(LEVELS+1)*WEIGHTS_WIDTH-1:0] weights_f;
  reg [LEVELS:0] came_f = 0;
  always @(posedge clk)
    if (enable) begin
      acts_f    <= {acts_f, acts};
      weights_f <= {weights_f, weights};
      came_f    <= {came_f, 1'b1};
    end

  // The surroundings: a beat arrives 1 + LEVELS enabled cycles after its operands.
  always @(*) if (!came_f[LEVELS]) assume (!arriving);

  // A tick is closed, and the next has a logit of its own.
  reg closed_f;
  always @(posedge clk) begin
    if (enable && arriving && closing) closed_f <= 1'b1;
    if (rst) closed_f <= 1'b0;
  end
  always @(*) cover (started && closed_f && logits[ACC_WIDTH-1:0] != biases[0][ACC_WIDTH-1:0]);
`endif

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
          always @(posedge clk) if (enable) node_q <= left + right;
        end else if (n - LEAVES < ACTS) begin : gen_multiply
          // A leading zero makes the activation a signed number.
          wire signed [ACT_WIDTH:0] act = {1'b0, acts[(n-LEAVES)*ACT_WIDTH+:ACT_WIDTH]};
          wire signed [WEIGHT_WIDTH-1:0] weight =
              weights[((n-LEAVES)*CLASSES+c)*WEIGHT_WIDTH+:WEIGHT_WIDTH];
          wire signed [PRODUCT_WIDTH:0] product = act * weight;
          wire [SUM_WIDTH:0] product_wide = {
            {(LEVELS + 1) {product[PRODUCT_WIDTH-1]}}, product[PRODUCT_WIDTH-1:0]
          };
          wire unused_bits = &{1'b0, product[PRODUCT_WIDTH], product_wide[SUM_WIDTH]};
          always @(posedge clk) if (enable) node_q <= product_wide[SUM_WIDTH-1:0];
        end else begin : gen_nothing
          always @(posedge clk) if (enable) node_q <= 0;
        end
      end

      wire [ACC_WIDTH-1:0] bias = biases[0][c*ACC_WIDTH+:ACC_WIDTH];
      wire [WIDE-1:0] sum = {
        {(WIDE - SUM_WIDTH) {nodes[SUM_WIDTH-1]}}, nodes[SUM_WIDTH-1:0]
      };
      wire unused_bits = &{1'b0, sum};
      reg [ACC_WIDTH-1:0] logit_q;
      always @(posedge clk) begin
        if (enable && arriving) logit_q <= closing ? bias : logit_q + sum[ACC_WIDTH-1:0];
        if (rst) logit_q <= bias;
      end
      assign logits[c*ACC_WIDTH+:ACC_WIDTH] = logit_q;

`ifdef FORMAL
      // For the induction: each node has the products of the leaves below it, of its own beat.
      for (n = 1; n <= NODES; n = n + 1) begin : gen_node_f
        localparam integer AGE = LEVELS + 1 - $clog2(n + 1);
        reg signed [SUM_WIDTH-1:0] node_f;
        always @(*) begin : leaves_f
          integer t;
          node_f = 0;
          for (t = (n << AGE) - LEAVES; t < ((n + 1) << AGE) - LEAVES && t < ACTS; t = t + 1)
            node_f = node_f + $signed({1'b0, acts_f[AGE*ACTS_WIDTH+t*ACT_WIDTH+:ACT_WIDTH]})
                * $signed(weights_f[AGE*WEIGHTS_WIDTH+(t*CLASSES+c)*WEIGHT_WIDTH+:WEIGHT_WIDTH]);
          if (came_f[AGE]) assert (nodes[(n-1)*SUM_WIDTH+:SUM_WIDTH] == node_f);
        end
      end

      // What arrives is the sum over the slots of a beat's activation times weight, in the bits of
      // a logit; it is added, or the bias is taken; the logit stands still without it.
      reg signed [ACC_WIDTH-1:0] act_f, weight_f, beat_f;
      always @(*) begin : slots_f
        integer t;
        beat_f = 0;
        for (t = 0; t < ACTS; t = t + 1) begin
          act_f    = acts_f[LEVELS*ACTS_WIDTH+t*ACT_WIDTH+:ACT_WIDTH];
          weight_f =
              $signed(weights_f[LEVELS*WEIGHTS_WIDTH+(t*CLASSES+c)*WEIGHT_WIDTH+:WEIGHT_WIDTH]);
          beat_f   = beat_f + act_f * weight_f;
        end
      end
      reg [ACC_WIDTH-1:0] logit_f;
      always @(posedge clk) begin
        if (enable && arriving && closing) logit_f <= bias;
        if (enable && arriving && !closing) logit_f <= logit_f + beat_f;
        if (rst) logit_f <= bias;
      end
      always @(*) if (started) assert (logits[c*ACC_WIDTH+:ACC_WIDTH] == logit_f);
`endif
    end
  endgenerate

endmodule

`default_nettype wire
