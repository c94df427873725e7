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
endmodule

`default_nettype wire
