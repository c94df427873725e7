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

endmodule

`default_nettype wire
