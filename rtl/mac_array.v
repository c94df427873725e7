// mac_array.v - PE dot products of SIMD taps a cycle, accumulated exactly over a neuron group.
//
// Contract   : sum p = operand[s] * weight[p, s] added over taps s and beats first..last,
//              modulo 2^ACC_WIDTH; beats of a group come in order, gaps are allowed.
//              operand_zero makes a beat count as 0 (it may then carry unknown operands).
// Latency    : in_last beat -> out_valid: 2 + ceil(log2(SIMD)) cycles (product, tree, accumulator).
// Throughput : 1 beat/cycle, groups back to back; out_sums is valid with out_valid only.
// Cost       : PE * SIMD products (an AND each for spikes), PE * SIMD registered adders.
// Reset      : rst, synchronous, active high; clears the valids, not the data.
// Golden     : a dot product in BigInt     Bench: sim/blocks/mac_array/
`default_nettype none

module mac_array #(
    // Neurons of a group, >= 1
    parameter integer PE             = 2,
    // Taps of a beat, >= 1
    parameter integer SIMD           = 4,
    // Operand bits, >= 1; 1 and unsigned: a spike
    parameter integer OPERAND_WIDTH  = 24,
    // 1: operands are two's complement (at least 2 bits), 0: unsigned
    parameter integer OPERAND_SIGNED = 1,
    // Weight bits, two's complement, >= 2
    parameter integer WEIGHT_WIDTH   = 8,
    // Accumulator bits, >= 2: must hold the final sums (between them it may wrap)
    parameter integer ACC_WIDTH      = 40
) (
    input  wire                              clk,
    input  wire                              rst,

    input  wire                              in_valid,
    input  wire                              in_first,
    input  wire                              in_last,
    input  wire [SIMD*OPERAND_WIDTH-1:0]     operands,
    // Weight of neuron p and tap s at lane p * SIMD + s
    input  wire [PE*SIMD*WEIGHT_WIDTH-1:0]   weights,
    input  wire                              operand_zero,

    output wire                              out_valid,
    output wire [PE*ACC_WIDTH-1:0]           out_sums
);

  localparam integer SPIKES        = (OPERAND_WIDTH == 1 && OPERAND_SIGNED == 0) ? 1 : 0;
  localparam integer LEVELS        = $clog2(SIMD);
  localparam integer LEAVES        = 1 << LEVELS;
  // An unsigned operand gets a sign bit; a spike adds none to its weight.
  localparam integer FACTOR_WIDTH  = (OPERAND_SIGNED != 0) ? OPERAND_WIDTH : OPERAND_WIDTH + 1;
  localparam integer PRODUCT_WIDTH = (SPIKES != 0) ? WEIGHT_WIDTH : FACTOR_WIDTH + WEIGHT_WIDTH;
  localparam integer TREE_WIDTH    = PRODUCT_WIDTH + LEVELS;
  localparam integer NODE_WIDTH    = (TREE_WIDTH < ACC_WIDTH) ? TREE_WIDTH : ACC_WIDTH;
  localparam integer PIPELINE      = LEVELS + 1;

  generate
    if (PE < 1 || SIMD < 1) begin : gen_check_lanes
      ERROR_mac_array_PE_and_SIMD_must_be_at_least_1 u_error ();
    end
    if (OPERAND_SIGNED != 0 && OPERAND_SIGNED != 1) begin : gen_check_operand_signed
      ERROR_mac_array_OPERAND_SIGNED_must_be_0_or_1 u_error ();
    end
    if (OPERAND_WIDTH < 1 + OPERAND_SIGNED) begin : gen_check_operand_width
      ERROR_mac_array_OPERAND_WIDTH_must_be_at_least_1_or_2_if_signed u_error ();
    end
    if (WEIGHT_WIDTH < 2) begin : gen_check_weight_width
      ERROR_mac_array_WEIGHT_WIDTH_must_be_at_least_2 u_error ();
    end
    if (ACC_WIDTH < 2) begin : gen_check_acc_width
      ERROR_mac_array_ACC_WIDTH_must_be_at_least_2 u_error ();
    end
  endgenerate

  // Flags travel beside the products and the tree; stage 0 is the product register.
  reg  [PIPELINE-1:0] valid_q;
  reg  [PIPELINE-1:0] first_q;
  reg  [PIPELINE-1:0] last_q;
  wire [PIPELINE:0]   valid = {valid_q, in_valid};
  wire [PIPELINE:0]   first = {first_q, in_first};
  wire [PIPELINE:0]   last  = {last_q, in_last};
  reg                 out_valid_q;

  always @(posedge clk) begin
    if (rst) valid_q <= {PIPELINE{1'b0}};
    else valid_q <= valid[PIPELINE-1:0];
    first_q     <= first[PIPELINE-1:0];
    last_q      <= last[PIPELINE-1:0];
    out_valid_q <= !rst && valid[PIPELINE] && last[PIPELINE];
  end

  assign out_valid = out_valid_q;

  genvar p;
  genvar s;
  generate
    for (p = 0; p < PE; p = p + 1) begin : gen_neuron
      // A binary heap: node n is the sum of nodes 2n and 2n + 1, leaves are the products, 1 is the
      // root. Node n lies at (n - 1) * NODE_WIDTH; leaves beyond SIMD are 0.
      reg  [(2*LEAVES-1)*NODE_WIDTH-1:0] nodes_q;
      wire [LEAVES*NODE_WIDTH-1:0]       leaves;

      for (s = 0; s < LEAVES; s = s + 1) begin : gen_leaf
        if (s >= SIMD) begin : gen_none
          assign leaves[s*NODE_WIDTH+:NODE_WIDTH] = {NODE_WIDTH{1'b0}};
        end else begin : gen_tap
          wire signed [WEIGHT_WIDTH-1:0]  weight = weights[(p*SIMD+s)*WEIGHT_WIDTH+:WEIGHT_WIDTH];
          wire signed [PRODUCT_WIDTH-1:0] product;
          if (SPIKES != 0) begin : gen_spike
            assign product = operands[s] ? weight : {WEIGHT_WIDTH{1'b0}};
          end else begin : gen_multiply
            wire signed [FACTOR_WIDTH-1:0] factor;
            if (OPERAND_SIGNED != 0) begin : gen_signed
              assign factor = operands[s*OPERAND_WIDTH+:OPERAND_WIDTH];
            end else begin : gen_unsigned
              assign factor = {1'b0, operands[s*OPERAND_WIDTH+:OPERAND_WIDTH]};
            end
            assign product = factor * weight;
          end
          // Sign extended to the width of the tree; the accumulator may need fewer bits.
          wire [TREE_WIDTH-1:0] leaf =
              {{(LEVELS + 1) {product[PRODUCT_WIDTH-1]}}, product[PRODUCT_WIDTH-2:0]};
          wire unused_leaf = &{1'b0, leaf};
          assign leaves[s*NODE_WIDTH+:NODE_WIDTH] = leaf[NODE_WIDTH-1:0];
        end
      end

      always @(posedge clk) begin : tree
        integer n;
        if (operand_zero) nodes_q[(LEAVES-1)*NODE_WIDTH+:LEAVES*NODE_WIDTH] <= 0;
        else nodes_q[(LEAVES-1)*NODE_WIDTH+:LEAVES*NODE_WIDTH] <= leaves;
        for (n = 1; n < LEAVES; n = n + 1)
          nodes_q[(n-1)*NODE_WIDTH+:NODE_WIDTH] <=
              nodes_q[(2*n-1)*NODE_WIDTH+:NODE_WIDTH] + nodes_q[2*n*NODE_WIDTH+:NODE_WIDTH];
      end

      reg  [ACC_WIDTH-1:0] sum_q;
      wire [ACC_WIDTH-1:0] root =
          {{(ACC_WIDTH - NODE_WIDTH + 1) {nodes_q[NODE_WIDTH-1]}}, nodes_q[NODE_WIDTH-2:0]};

      always @(posedge clk)
        if (valid[PIPELINE]) sum_q <= first[PIPELINE] ? root : sum_q + root;

      assign out_sums[p*ACC_WIDTH+:ACC_WIDTH] = sum_q;
    end
  endgenerate

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // The surroundings: beats of a group come in order. A group is open from its first beat to its
  // last; the beat after a reset, or after a last, is a first.
  reg open_f;
  always @(posedge clk) begin
    if (in_valid) open_f <= !in_last;
    if (rst) open_f <= 1'b0;
  end
  always @(*) if (in_valid) assume (in_first == !open_f);

  // Each last beat gives one result, 1 + PIPELINE cycles later, and nothing else does.
  reg [PIPELINE:0] due_f;
  always @(posedge clk) begin
    due_f <= {due_f[PIPELINE-1:0], in_valid && in_last};
    if (rst) due_f <= 0;
  end
  always @(*) if (started) assert (out_valid == due_f[PIPELINE]);

  // For the induction: in the stages lie the flags of the beats before.
  reg [PIPELINE-1:0] valid_f;
  always @(posedge clk) begin
    valid_f <= {valid_f, in_valid};
    if (rst) valid_f <= 0;
  end
  always @(*) if (started) assert (valid_q == valid_f);

  genvar f;
  generate
    for (f = 0; f < PE; f = f + 1) begin : gen_sum_f
      // A beat's part of the sum, of operands and weights as they are, in the bits of a sum.
      reg signed [ACC_WIDTH-1:0] beat_f, operand_f, weight_f;
      always @(*) begin : taps_f
        integer t;
        beat_f = 0;
        for (t = 0; t < SIMD; t = t + 1) begin
          operand_f = operands[t*OPERAND_WIDTH+:OPERAND_WIDTH];
          if (OPERAND_SIGNED != 0 && operands[(t+1)*OPERAND_WIDTH-1])
            operand_f = operand_f - (1 << OPERAND_WIDTH);
          weight_f = weights[(f*SIMD+t)*WEIGHT_WIDTH+:WEIGHT_WIDTH];
          if (weights[(f*SIMD+t+1)*WEIGHT_WIDTH-1]) weight_f = weight_f - (1 << WEIGHT_WIDTH);
          if (!operand_zero) beat_f = beat_f + operand_f * weight_f;
        end
      end

      // The sum of a group up to its latest beat; and as it was, cycle by cycle, until its result.
      reg [ACC_WIDTH-1:0] group_f;
      wire [ACC_WIDTH-1:0] sum_f = in_first ? beat_f : group_f + beat_f;
      reg [PIPELINE*ACC_WIDTH-1:0] sums_f;
      reg [ACC_WIDTH-1:0] result_f;
      reg shown_f;
      always @(posedge clk) begin
        if (in_valid) group_f <= sum_f;
        sums_f <= {sums_f, sum_f};
        if (valid_f[PIPELINE-1]) result_f <= sums_f[PIPELINE*ACC_WIDTH-1-:ACC_WIDTH];
        if (valid_f[PIPELINE-1]) shown_f <= 1'b1;
        if (rst) shown_f <= 1'b0;
      end

      // A result is the sum over the beats of its group, and so is each sum on the way to it.
      always @(*)
        if (started && shown_f) assert (out_sums[f*ACC_WIDTH+:ACC_WIDTH] == result_f);
      always @(*) if (started && out_valid) assert (shown_f);
      // For the induction: the sum so far is the youngest that is under way, or the one shown.
      reg [ACC_WIDTH-1:0] youngest_f;
      always @(*) begin : search_f
        integer j;
        youngest_f = result_f;
        for (j = PIPELINE - 1; j >= 0; j = j - 1)
          if (valid_f[j]) youngest_f = sums_f[j*ACC_WIDTH+:ACC_WIDTH];
        if (started && (shown_f || valid_f != 0)) assert (youngest_f == group_f);
        else if (started) assert (!open_f);
      end
    end
  endgenerate

  // Two groups back to back, the second of two beats with a gap between.
  reg [2:0] beats_f;
  reg gap_f;
  always @(posedge clk) begin
    if (in_valid && in_first) beats_f <= 3'd1;
    else if (in_valid) beats_f <= beats_f + 3'd1;
    if (in_valid && in_first) gap_f <= 1'b0;
    else if (!in_valid && open_f) gap_f <= 1'b1;
  end
  always @(*) cover (started && out_valid && out_sums[1:0] == 2'd3 && beats_f == 3'd2 && gap_f);
`endif

endmodule

`default_nettype wire
