// event_sweep.v - event_integrate with a plain sweep behind it: a tick's words, then a last beat
// (simulation only).
//
// Contract   : reads {group, y, x}, x in steps of READ_X, a word a cycle while the sink has room.
`default_nettype none

module event_sweep #(
    parameter integer PORTS = 1,
    parameter integer QUEUE = 4,
    parameter integer C_IN = 2,
    parameter integer IN_H = 8,
    parameter integer IN_W = 8,
    parameter integer C_OUT = 4,
    parameter integer OUT_H = 8,
    parameter integer OUT_W = 8,
    parameter integer K_H = 3,
    parameter integer K_W = 3,
    parameter integer STRIDE_H = 1,
    parameter integer STRIDE_W = 1,
    parameter integer PAD_TOP = 1,
    parameter integer PAD_LEFT = 1,
    parameter integer CHANNELS = 4,
    parameter integer BANKS_Y = 3,
    parameter integer BANKS_X = 3,
    parameter integer SHIFT = 1,
    parameter integer READ_X = 1,
    parameter integer WEIGHT_WIDTH = 8,
    parameter integer ACC_WIDTH = 16,
    parameter integer ALIGNS = 3,
    parameter integer REGISTERED = 0,
    parameter STYLE = "distributed",
    parameter FILE = ""
) (
    input  wire                                   clk,
    input  wire                                   rst,
    input  wire                                   s_axis_tvalid,
    output wire                                   s_axis_tready,
    input  wire [((C_IN > 1) ? $clog2(C_IN) : 1)
               + ((IN_H > 1) ? $clog2(IN_H) : 1)
               + ((IN_W > 1) ? $clog2(IN_W) : 1) - 1:0] s_axis_tdata,
    input  wire                                   s_axis_tlast,
    input  wire                                   s_axis_tuser,
    output wire                                   m_axis_tvalid,
    input  wire                                   m_axis_tready,
    output wire [READ_X*CHANNELS*ACC_WIDTH-1:0]   m_axis_tdata,
    output wire                                   m_axis_tlast,
    output wire                                   m_axis_tuser
);

  localparam integer GROUPS = C_OUT / CHANNELS;
  localparam integer G_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
  localparam integer Y_WIDTH = (OUT_H > 1) ? $clog2(OUT_H) : 1;
  localparam integer X_WIDTH = (OUT_W > 1) ? $clog2(OUT_W) : 1;
  localparam integer LATENCY = 4 + $clog2(PORTS);
  localparam integer WORD = READ_X * CHANNELS * ACC_WIDTH;

  wire tick_valid, tick_frame_end, in_delay, end_in_delay, user_in_delay;
  wire [WORD-1:0] read_data;
  reg [31:0] group, y, x, inside;
  reg swept;
  wire room = inside < 32'd16;
  wire read_enable = tick_valid && !swept && room;
  wire finish = tick_valid && swept && room;
  wire pop = m_axis_tvalid && m_axis_tready;

  always @(posedge clk) begin
    inside <= inside + {31'd0, read_enable || finish} - {31'd0, pop};
    if (read_enable) begin
      x <= x + READ_X;
      if (x + READ_X >= OUT_W) begin
        x <= 0;
        y <= y + 1;
        if (y == OUT_H - 1) begin
          y <= 0;
          group <= group + 1;
          if (group == GROUPS - 1) swept <= 1'b1;
        end
      end
    end
    if (rst || finish) begin
      group <= 0;
      y <= 0;
      x <= 0;
      swept <= 1'b0;
    end
    if (rst) inside <= 0;
  end

  event_integrate #(
      .PORTS(PORTS), .QUEUE(QUEUE), .C_IN(C_IN), .IN_H(IN_H), .IN_W(IN_W), .C_OUT(C_OUT),
      .OUT_H(OUT_H), .OUT_W(OUT_W), .K_H(K_H), .K_W(K_W), .STRIDE_H(STRIDE_H),
      .STRIDE_W(STRIDE_W), .PAD_TOP(PAD_TOP), .PAD_LEFT(PAD_LEFT), .CHANNELS(CHANNELS),
      .BANKS_Y(BANKS_Y), .BANKS_X(BANKS_X), .SHIFT(SHIFT), .READ_X(READ_X),
      .WEIGHT_WIDTH(WEIGHT_WIDTH), .ACC_WIDTH(ACC_WIDTH), .ALIGNS(ALIGNS), .REGISTERED(REGISTERED), .STYLE(STYLE),
      .FILE(FILE)
  ) u_integrate (
      .clk(clk),
      .rst(rst),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .s_axis_tdata(s_axis_tdata),
      .s_axis_tlast(s_axis_tlast),
      .s_axis_tuser(s_axis_tuser),
      .tick_valid(tick_valid),
      .tick_frame_end(tick_frame_end),
      .tick_taken(finish),
      .read_enable(read_enable),
      .read_keep(1'b0),
      .read_address({group[G_WIDTH-1:0], y[Y_WIDTH-1:0], x[X_WIDTH-1:0]}),
      .read_data(read_data)
  );

  valid_delay #(.CYCLES(LATENCY)) u_item (
      .clk(clk), .rst(rst), .in(read_enable || finish), .out(in_delay)
  );
  valid_delay #(.CYCLES(LATENCY)) u_end (.clk(clk), .rst(rst), .in(finish), .out(end_in_delay));
  valid_delay #(.CYCLES(LATENCY)) u_user (
      .clk(clk), .rst(rst), .in(finish && tick_frame_end), .out(user_in_delay)
  );

  wire queue_ready;
  wire [4:0] level;
  wire unused = &{1'b0, queue_ready, level, group, y, x};
  axis_fifo #(.DATA_WIDTH(WORD + 2), .DEPTH(16)) u_queue (
      .clk(clk),
      .rst(rst),
      .s_axis_tdata({user_in_delay, end_in_delay, end_in_delay ? {WORD{1'b0}} : read_data}),
      .s_axis_tvalid(in_delay),
      .s_axis_tready(queue_ready),
      .m_axis_tdata({m_axis_tuser, m_axis_tlast, m_axis_tdata}),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready),
      .level(level)
  );

endmodule

`default_nettype wire
