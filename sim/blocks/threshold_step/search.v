// search.v - the four steps of a search of 15 thresholds, as the generated readout joins them
// (bench only).
`default_nettype none

module search #(
    parameter integer WIDTH = 12,
    parameter integer CHANNEL_GROUPS = 1,
    parameter integer GROUP_WIDTH = 1,
    parameter FILE_0 = "",
    parameter FILE_1 = "",
    parameter FILE_2 = "",
    parameter FILE_3 = ""
) (
    input  wire                   clk,
    input  wire                   enable,
    input  wire [GROUP_WIDTH-1:0] group,
    input  wire [      WIDTH-1:0] potential,
    output wire [GROUP_WIDTH-1:0] out_group,
    output wire [            3:0] out_index,
    output wire [      WIDTH-1:0] out_potential
);
  wire [GROUP_WIDTH-1:0] group_1, group_2, group_3;
  wire [WIDTH-1:0] potential_1, potential_2, potential_3;
  wire [0:0] index_1;
  wire [1:0] index_2;
  wire [2:0] index_3;

  threshold_step #(
      .WIDTH(WIDTH),
      .INDEX(0),
      .CHANNEL_GROUPS(CHANNEL_GROUPS),
      .GROUP_WIDTH(GROUP_WIDTH),
      .FILE(FILE_0)
  ) u_step_0 (
      .clk(clk),
      .enable(enable),
      .in_group(group),
      .in_index(1'b1),
      .in_potential(potential),
      .out_group(group_1),
      .out_index(index_1),
      .out_potential(potential_1)
  );
  threshold_step #(
      .WIDTH(WIDTH),
      .INDEX(1),
      .CHANNEL_GROUPS(CHANNEL_GROUPS),
      .GROUP_WIDTH(GROUP_WIDTH),
      .FILE(FILE_1)
  ) u_step_1 (
      .clk(clk),
      .enable(enable),
      .in_group(group_1),
      .in_index(index_1),
      .in_potential(potential_1),
      .out_group(group_2),
      .out_index(index_2),
      .out_potential(potential_2)
  );
  threshold_step #(
      .WIDTH(WIDTH),
      .INDEX(2),
      .CHANNEL_GROUPS(CHANNEL_GROUPS),
      .GROUP_WIDTH(GROUP_WIDTH),
      .FILE(FILE_2)
  ) u_step_2 (
      .clk(clk),
      .enable(enable),
      .in_group(group_2),
      .in_index(index_2),
      .in_potential(potential_2),
      .out_group(group_3),
      .out_index(index_3),
      .out_potential(potential_3)
  );
  threshold_step #(
      .WIDTH(WIDTH),
      .INDEX(3),
      .CHANNEL_GROUPS(CHANNEL_GROUPS),
      .GROUP_WIDTH(GROUP_WIDTH),
      .FILE(FILE_3)
  ) u_step_3 (
      .clk(clk),
      .enable(enable),
      .in_group(group_3),
      .in_index(index_3),
      .in_potential(potential_3),
      .out_group(out_group),
      .out_index(out_index),
      .out_potential(out_potential)
  );
endmodule

`default_nettype wire
