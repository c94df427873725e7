// threshold_step.v - one step of a pipelined binary search: one more bit of the result.
//
// Contract   : a table has thresholds T[1..2^S-1], ascending; S steps count those <= x.
//              out_index = {in_index, x >= T[(2*in_index + 1)*2^(S-1-INDEX)]}: that threshold is
//              the ROM's word at group*2^INDEX + in_index (which step 0 ignores).
// Latency    : 2 cycles with enable high (read, compare).   Throughput: 1/cycle.
// Cost       : CHANNEL_GROUPS*2^INDEX words of ROM, WIDTH/2 LUT, 3*WIDTH + 2*GROUP_WIDTH +
//              2*INDEX + 1 FF.
// Reset      : none (data path).
// Golden     : thresholdSearch in src/fixed/ops.ts     Bench: sim/blocks/threshold_step/
`default_nettype none

module threshold_step #(
    // bits of the signed potential and of the thresholds, >= 1
    parameter integer WIDTH = 24,
    // bits of the result that the steps before have found, >= 0
    parameter integer INDEX = 0,
    // tables, >= 1
    parameter integer CHANNEL_GROUPS = 1,
    // bits of the table's number, >= 1
    parameter integer GROUP_WIDTH = 1,
    // $readmemh file of CHANNEL_GROUPS*2^INDEX signed words; "" leaves the ROM undefined
    parameter FILE = ""
) (
    input  wire                               clk,
    // the step stands still while it is low
    input  wire                               enable,
    input  wire [            GROUP_WIDTH-1:0] in_group,
    input  wire [(INDEX > 0 ? INDEX : 1)-1:0] in_index,
    input  wire [                  WIDTH-1:0] in_potential,
    output wire [            GROUP_WIDTH-1:0] out_group,
    output wire [                    INDEX:0] out_index,
    output wire [                  WIDTH-1:0] out_potential
);
  generate
    if (WIDTH < 1 || GROUP_WIDTH < 1) begin : gen_check_width
      ERROR_threshold_step_widths_must_be_at_least_1 u_error ();
    end
    if (INDEX < 0 || INDEX > 15) begin : gen_check_index
      ERROR_threshold_step_INDEX_must_be_0_to_15 u_error ();
    end
    if (CHANNEL_GROUPS < 1 || $clog2(CHANNEL_GROUPS) > GROUP_WIDTH) begin : gen_check_groups
      ERROR_threshold_step_CHANNEL_GROUPS_must_fit_GROUP_WIDTH u_error ();
    end
  endgenerate

  localparam integer DEPTH = CHANNEL_GROUPS << INDEX;
  localparam integer ADDRESS_WIDTH = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam integer INDEX_WIDTH = INDEX > 0 ? INDEX : 1;
  // one bit more than the address needs, so that it can be widened and cut
  localparam integer FULL_WIDTH = GROUP_WIDTH + INDEX_WIDTH + 1;

  reg [WIDTH-1:0] memory[0:DEPTH-1];
  /* verilator lint_off WIDTH */  // strings of different lengths
  initial if (FILE != "") $readmemh(FILE, memory);
  /* verilator lint_on WIDTH */

  wire [INDEX_WIDTH-1:0] prefix = INDEX > 0 ? in_index : {INDEX_WIDTH{1'b0}};
  wire [FULL_WIDTH-1:0] full_address = ({{(INDEX_WIDTH + 1) {1'b0}}, in_group} << INDEX) |
      {{(GROUP_WIDTH + 1) {1'b0}}, prefix};
  wire unused_bits = &{1'b0, full_address, in_index};

  reg signed [WIDTH-1:0] threshold_q, potential_q;
  reg [WIDTH-1:0] out_potential_q;
  reg [GROUP_WIDTH-1:0] group_q, out_group_q;
  reg [INDEX_WIDTH-1:0] prefix_q;
  reg [INDEX_WIDTH:0] out_index_q;

  always @(posedge clk) begin
    if (enable) begin
      threshold_q <= memory[full_address[ADDRESS_WIDTH-1:0]];
      potential_q <= in_potential;
      group_q <= in_group;
      prefix_q <= prefix;
      out_index_q <= {prefix_q, potential_q >= threshold_q};
      out_potential_q <= potential_q;
      out_group_q <= group_q;
    end
  end

  // Step 0 carries a prefix bit that is always 0.
  wire unused_prefix = out_index_q[INDEX_WIDTH];
  assign out_index = out_index_q[INDEX:0];
  assign out_potential = out_potential_q;
  assign out_group = out_group_q;

`ifdef FORMAL
  // The surroundings: a table that there is.
  always @(*) assume (in_group < CHANNEL_GROUPS);

  // The two last enabled beats, and how many came.
  reg [1:0] beats_f = 2'd0;
  reg [GROUP_WIDTH-1:0] group_f, last_group_f;
  reg [INDEX_WIDTH-1:0] index_f, last_index_f;
  reg signed [WIDTH-1:0] potential_f, last_potential_f;
  always @(posedge clk)
    if (enable) begin
      if (beats_f != 2'd2) beats_f <= beats_f + 2'd1;
      {group_f, index_f, potential_f} <= {in_group, in_index, in_potential};
      {last_group_f, last_index_f, last_potential_f} <= {group_f, index_f, potential_f};
    end

  // The ROM's words of the two beats; step 0 has one word a table.
  localparam integer WORDS = 1 << INDEX;
  wire signed [WIDTH-1:0] word_f = memory[last_group_f*WORDS+(INDEX>0?last_index_f : 0)];
  wire signed [WIDTH-1:0] next_word_f = memory[group_f*WORDS+(INDEX>0?index_f : 0)];
  always @(*) begin
    if (beats_f == 2'd2) begin
      assert (last_group_f < CHANNEL_GROUPS);
      // The result has one bit more: whether the potential is at or above the word.
      assert (out_index[0] == !(last_potential_f < word_f));
      if (INDEX > 0) assert ((out_index >> 1) == last_index_f);
      assert (out_group == last_group_f);
      assert (out_potential == last_potential_f);
    end
    // For the induction: what was read for the last beat.
    if (beats_f != 2'd0) begin
      assert (threshold_q == next_word_f);
      assert (potential_q == potential_f && group_q == group_f);
      assert (group_f < CHANNEL_GROUPS);
      if (INDEX > 0) assert (prefix_q == index_f);
    end
    assert (beats_f != 2'd3);
  end

  // A negative potential reaches a negative word, equal to it.
  always @(*) cover (beats_f == 2'd2 && word_f < 0 && last_potential_f == word_f && out_index[0]);
`endif
endmodule

`default_nettype wire
