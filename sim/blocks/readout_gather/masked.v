// masked.v - readout_gather with zeros in empty slots, so that all of a beat can be compared.
`default_nettype none

module masked #(
    parameter integer LANES = 4,
    parameter integer ACTS = 2,
    parameter integer WIDTH = 16,
    parameter integer BEATS = 8,
    parameter integer GROUPS = 1,
    parameter integer DEPTH = 32,
    parameter integer ADDRESS_WIDTH = 4,
    parameter integer TABLE_WIDTH = 1,
    parameter FILE = ""
) (
    input  wire                          clk,
    input  wire                          rst,
    input  wire [       LANES*WIDTH-1:0] s_axis_tdata,
    input  wire                          s_axis_tlast,
    input  wire                          s_axis_tuser,
    input  wire                          s_axis_tvalid,
    output wire                          s_axis_tready,
    output wire [              ACTS-1:0] m_axis_slots,
    output wire [ACTS*ADDRESS_WIDTH-1:0] m_axis_addresses,
    output wire [  ACTS*TABLE_WIDTH-1:0] m_axis_tables,
    output wire [        ACTS*WIDTH-1:0] m_axis_potentials,
    output wire                          m_axis_tlast,
    output wire                          m_axis_tuser,
    output wire                          m_axis_tvalid,
    input  wire                          m_axis_tready
);
  wire [ACTS*ADDRESS_WIDTH-1:0] addresses;
  wire [ACTS*TABLE_WIDTH-1:0] tables;
  wire [ACTS*WIDTH-1:0] potentials;
  readout_gather #(
      .LANES(LANES),
      .ACTS(ACTS),
      .WIDTH(WIDTH),
      .BEATS(BEATS),
      .GROUPS(GROUPS),
      .DEPTH(DEPTH),
      .ADDRESS_WIDTH(ADDRESS_WIDTH),
      .TABLE_WIDTH(TABLE_WIDTH),
      .FILE(FILE)
  ) u_gather (
      .clk(clk),
      .rst(rst),
      .s_axis_tdata(s_axis_tdata),
      .s_axis_tlast(s_axis_tlast),
      .s_axis_tuser(s_axis_tuser),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .m_axis_slots(m_axis_slots),
      .m_axis_addresses(addresses),
      .m_axis_tables(tables),
      .m_axis_potentials(potentials),
      .m_axis_tlast(m_axis_tlast),
      .m_axis_tuser(m_axis_tuser),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready)
  );
  genvar j;
  generate
    for (j = 0; j < ACTS; j = j + 1) begin : gen_slot
      assign m_axis_addresses[j*ADDRESS_WIDTH+:ADDRESS_WIDTH] =
          addresses[j*ADDRESS_WIDTH+:ADDRESS_WIDTH] & {ADDRESS_WIDTH{m_axis_slots[j]}};
      assign m_axis_tables[j*TABLE_WIDTH+:TABLE_WIDTH] =
          tables[j*TABLE_WIDTH+:TABLE_WIDTH] & {TABLE_WIDTH{m_axis_slots[j]}};
      assign m_axis_potentials[j*WIDTH+:WIDTH] =
          potentials[j*WIDTH+:WIDTH] & {WIDTH{m_axis_slots[j]}};
    end
  endgenerate
endmodule

`default_nettype wire
