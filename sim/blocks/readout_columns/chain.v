// chain.v - readout_gather, a threshold search of two steps for each of two slots, readout_columns.
//
// 4 lanes, 2 slots, 4 beats in 2 groups: 4 tables and 8 columns of weights for each slot. A file
// holds slot 0, then slot 1.
`default_nettype none

module chain #(
    parameter integer WIDTH = 12,
    parameter integer CLASSES = 3,
    parameter integer WEIGHT_WIDTH = 6,
    parameter integer ACC_WIDTH = 16,
    parameter FILE_LOWEST = "",
    parameter FILE_0 = "",
    parameter FILE_1 = "",
    parameter FILE = "",
    parameter BIAS_FILE = ""
) (
    input  wire                         clk,
    input  wire                         rst,
    input  wire [          4*WIDTH-1:0] s_axis_tdata,
    input  wire                         s_axis_tlast,
    input  wire                         s_axis_tuser,
    input  wire                         s_axis_tvalid,
    output wire                         s_axis_tready,
    output wire [CLASSES*ACC_WIDTH-1:0] m_axis_tdata,
    output wire                         m_axis_tuser,
    output wire                         m_axis_tvalid,
    input  wire                         m_axis_tready
);
  wire slot_valid, slot_ready, slot_last, slot_user;
  wire [1:0] slots;
  wire [5:0] addresses;
  wire [3:0] tables;
  wire [2*WIDTH-1:0] potentials;
  readout_gather #(
      .LANES(4),
      .ACTS(2),
      .WIDTH(WIDTH),
      .BEATS(4),
      .GROUPS(2),
      .DEPTH(4),
      .ADDRESS_WIDTH(3),
      .TABLE_WIDTH(2),
      .FILE(FILE_LOWEST)
  ) u_gather (
      .clk(clk),
      .rst(rst),
      .s_axis_tdata(s_axis_tdata),
      .s_axis_tlast(s_axis_tlast),
      .s_axis_tuser(s_axis_tuser),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .m_axis_slots(slots),
      .m_axis_addresses(addresses),
      .m_axis_tables(tables),
      .m_axis_potentials(potentials),
      .m_axis_tlast(slot_last),
      .m_axis_tuser(slot_user),
      .m_axis_tvalid(slot_valid),
      .m_axis_tready(slot_ready)
  );

  wire enable, found_valid, found_ready, found_last, found_user;
  axis_pipe_control #(
      .STAGES(4)
  ) u_search (
      .clk(clk),
      .rst(rst),
      .s_axis_tvalid(slot_valid),
      .s_axis_tready(slot_ready),
      .s_axis_tlast(slot_last),
      .s_axis_tuser(slot_user),
      .enable(enable),
      .m_axis_tvalid(found_valid),
      .m_axis_tready(found_ready),
      .m_axis_tlast(found_last),
      .m_axis_tuser(found_user)
  );
  wire [1:0] found_slots;
  wire [5:0] found_addresses;
  fx_delay_enable #(
      .WIDTH(8),
      .CYCLES(4)
  ) u_found (
      .clk(clk),
      .enable(enable),
      .a({slots, addresses}),
      .out({found_slots, found_addresses})
  );

  localparam integer WORD = CLASSES * WEIGHT_WIDTH;
  wire [3:0] activations;
  wire [2*WORD-1:0] weights;
  genvar j;
  generate
    for (j = 0; j < 2; j = j + 1) begin : gen_slot
      wire [2:0] table_1, table_2;
      wire index_1;
      wire [WIDTH-1:0] potential_1, potential_2;
      wire slot = j;
      threshold_step #(
          .WIDTH(WIDTH),
          .INDEX(0),
          .CHANNEL_GROUPS(8),
          .GROUP_WIDTH(3),
          .FILE(FILE_0)
      ) u_step_0 (
          .clk(clk),
          .enable(enable),
          .in_group({slot, tables[2*j+:2]}),
          .in_index(1'b0),
          .in_potential(potentials[j*WIDTH+:WIDTH]),
          .out_group(table_1),
          .out_index(index_1),
          .out_potential(potential_1)
      );
      threshold_step #(
          .WIDTH(WIDTH),
          .INDEX(1),
          .CHANNEL_GROUPS(8),
          .GROUP_WIDTH(3),
          .FILE(FILE_1)
      ) u_step_1 (
          .clk(clk),
          .enable(enable),
          .in_group(table_1),
          .in_index(index_1),
          .in_potential(potential_1),
          .out_group(table_2),
          .out_index(activations[2*j+:2]),
          .out_potential(potential_2)
      );
      fx_rom #(
          .WIDTH(WORD),
          .DEPTH(16),
          .FILE(FILE)
      ) u_weights (
          .clk(clk),
          .address({slot, found_addresses[3*j+:3]}),
          .data(weights[j*WORD+:WORD])
      );
    end
  endgenerate

  readout_columns #(
      .ACTS(2),
      .ACT_WIDTH(2),
      .CLASSES(CLASSES),
      .WEIGHT_WIDTH(WEIGHT_WIDTH),
      .ACC_WIDTH(ACC_WIDTH),
      .BIAS_FILE(BIAS_FILE)
  ) u_columns (
      .clk(clk),
      .rst(rst),
      .s_axis_tdata(activations),
      .s_axis_slots(found_slots),
      .s_axis_tlast(found_last),
      .s_axis_tuser(found_user),
      .s_axis_tvalid(found_valid),
      .s_axis_tready(found_ready),
      .weights(weights),
      .m_axis_tdata(m_axis_tdata),
      .m_axis_tuser(m_axis_tuser),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready)
  );
endmodule

`default_nettype wire
