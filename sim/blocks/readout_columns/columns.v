// columns.v - readout_columns with a memory for each slot; slot j reads its part of a wide file.
`default_nettype none

module columns #(
    parameter integer ACTS = 2,
    parameter integer ACT_WIDTH = 8,
    parameter integer CLASSES = 4,
    parameter integer WEIGHT_WIDTH = 8,
    parameter integer ACC_WIDTH = 24,
    parameter integer DEPTH = 16,
    parameter integer ADDRESS_WIDTH = 4,
    parameter FILE = "",
    parameter BIAS_FILE = ""
) (
    input  wire                          clk,
    input  wire                          rst,
    input  wire [    ACTS*ACT_WIDTH-1:0] s_axis_tdata,
    input  wire [              ACTS-1:0] s_axis_slots,
    input  wire [ACTS*ADDRESS_WIDTH-1:0] s_axis_addresses,
    input  wire                          s_axis_tlast,
    input  wire                          s_axis_tuser,
    input  wire                          s_axis_tvalid,
    output wire                          s_axis_tready,
    output wire [ CLASSES*ACC_WIDTH-1:0] m_axis_tdata,
    output wire                          m_axis_tuser,
    output wire                          m_axis_tvalid,
    input  wire                          m_axis_tready
);
  localparam integer WORD = CLASSES * WEIGHT_WIDTH;
  wire [ACTS*WORD-1:0] weights;
  genvar j;
  generate
    for (j = 0; j < ACTS; j = j + 1) begin : gen_slot
      // fx_rom of the words of all slots, of which one slot's are used
      wire [ACTS*WORD-1:0] word;
      fx_rom #(
          .WIDTH(ACTS * WORD),
          .DEPTH(DEPTH),
          .FILE(FILE)
      ) u_rom (
          .clk(clk),
          .address(s_axis_addresses[j*ADDRESS_WIDTH+:ADDRESS_WIDTH]),
          .data(word)
      );
      assign weights[j*WORD+:WORD] = word[j*WORD+:WORD];
    end
  endgenerate
  readout_columns #(
      .ACTS(ACTS),
      .ACT_WIDTH(ACT_WIDTH),
      .CLASSES(CLASSES),
      .WEIGHT_WIDTH(WEIGHT_WIDTH),
      .ACC_WIDTH(ACC_WIDTH),
      .BIAS_FILE(BIAS_FILE)
  ) u_columns (
      .clk(clk),
      .rst(rst),
      .s_axis_tdata(s_axis_tdata),
      .s_axis_slots(s_axis_slots),
      .s_axis_tlast(s_axis_tlast),
      .s_axis_tuser(s_axis_tuser),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .weights(weights),
      .m_axis_tdata(m_axis_tdata),
      .m_axis_tuser(m_axis_tuser),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready)
  );
endmodule

`default_nettype wire
