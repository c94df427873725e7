// layer_output_walk.v - layer_output behind a walk that asks before each window, and a pipeline
// (simulation only).
//
// Contract   : a beat is a word of neurons. The first of a window waits for may_start; the last of a
//              tick is followed by an idle cycle, and the tick is closed the cycle after it drained.
//              The next tick waits for that, or (OVERLAP) its last window alone does.
`default_nettype none

module layer_output_walk #(
    parameter integer PIPE = 3,
    parameter integer OVERLAP = 0,
    parameter integer CHANNELS = 2,
    parameter integer MERGE = 1,
    parameter integer WINDOWS = 1,
    parameter integer POTENTIAL_WIDTH = 8,
    parameter integer MAP_CHANNELS = 4,
    parameter integer MAP_HEIGHT = 4,
    parameter integer MAP_WIDTH = 4,
    parameter integer SPIKES = 1,
    parameter integer READERS = 1,
    parameter integer DEPTH = 4
) (
    input  wire                                                   clk,
    input  wire                                                   rst,
    input  wire                                                   s_axis_tvalid,
    output wire                                                   s_axis_tready,
    input  wire [WINDOWS*MERGE*CHANNELS-1:0]                      s_axis_spikes,
    input  wire [WINDOWS*MERGE*CHANNELS*POTENTIAL_WIDTH-1:0]      s_axis_potentials,
    input  wire                                                   s_axis_first,
    input  wire                                                   s_axis_last,
    input  wire [WINDOWS-1:0]                                     s_axis_emits,
    input  wire [((MAP_HEIGHT > 1) ? $clog2(MAP_HEIGHT) : 1)-1:0] s_axis_y,
    input  wire [((MAP_WIDTH > 1) ? $clog2(MAP_WIDTH) : 1)-1:0]   s_axis_x,
    // The tick's last window; its last word; the tick ends a frame
    input  wire                                                   s_axis_final,
    input  wire                                                   s_axis_tlast,
    input  wire                                                   s_axis_tuser,
    output wire                                                   m_axis_tvalid,
    input  wire                                                   m_axis_tready,
    output wire [((MAP_CHANNELS > 1) ? $clog2(MAP_CHANNELS) : 1)
               + ((MAP_HEIGHT > 1) ? $clog2(MAP_HEIGHT) : 1)
               + ((MAP_WIDTH > 1) ? $clog2(MAP_WIDTH) : 1) - 1:0] m_axis_tdata,
    output wire                                                   m_axis_tlast,
    output wire                                                   m_axis_tuser,
    output wire                                                   m_axis_potential_0_tvalid,
    input  wire                                                   m_axis_potential_0_tready,
    output wire [WINDOWS*CHANNELS*POTENTIAL_WIDTH-1:0]            m_axis_potential_0_tdata,
    output wire                                                   m_axis_potential_0_tlast,
    output wire                                                   m_axis_potential_0_tuser,
    output wire                                                   m_axis_potential_1_tvalid,
    input  wire                                                   m_axis_potential_1_tready,
    output wire [WINDOWS*CHANNELS*POTENTIAL_WIDTH-1:0]            m_axis_potential_1_tdata,
    output wire                                                   m_axis_potential_1_tlast,
    output wire                                                   m_axis_potential_1_tuser
);

  localparam integer LANES = WINDOWS * MERGE * CHANNELS;
  localparam integer OUT = WINDOWS * CHANNELS * POTENTIAL_WIDTH;
  localparam integer PORTS = (READERS > 0) ? READERS : 1;
  localparam integer Y_WIDTH = (MAP_HEIGHT > 1) ? $clog2(MAP_HEIGHT) : 1;
  localparam integer X_WIDTH = (MAP_WIDTH > 1) ? $clog2(MAP_WIDTH) : 1;
  localparam integer WORD = LANES * (1 + POTENTIAL_WIDTH) + 3 + WINDOWS + Y_WIDTH + X_WIDTH;

  // ---- The walk ----
  wire may_start, drained, close;
  reg idle_q, unclosed_q, frame_end_q;
  wire behind = unclosed_q && (OVERLAP == 0 || s_axis_final);
  assign s_axis_tready = !idle_q && (!s_axis_first || (may_start && !behind));
  wire taken = s_axis_tvalid && s_axis_tready;
  wire window_issued = taken && s_axis_first;
  always @(posedge clk) begin
    idle_q <= taken && s_axis_tlast;
    if (taken && s_axis_tlast) frame_end_q <= s_axis_tuser;
    if (rst || close) unclosed_q <= 1'b0;
    else if (taken && s_axis_tlast) unclosed_q <= 1'b1;
    if (rst) idle_q <= 1'b0;
  end

  // ---- The pipeline ----
  wire in_valid, window_first, window_last, tick_last;
  wire [WINDOWS-1:0] window_emits;
  wire [Y_WIDTH-1:0] window_y;
  wire [X_WIDTH-1:0] window_x;
  wire [LANES-1:0] in_spikes;
  wire [LANES*POTENTIAL_WIDTH-1:0] in_potentials;
  valid_delay #(.CYCLES(PIPE)) u_valid (.clk(clk), .rst(rst), .in(taken), .out(in_valid));
  fx_delay #(
      .WIDTH(WORD),
      .CYCLES(PIPE)
  ) u_word (
      .clk(clk),
      .a({
        s_axis_first, s_axis_last, s_axis_tlast, s_axis_emits, s_axis_y, s_axis_x, s_axis_spikes,
        s_axis_potentials
      }),
      .out({
        window_first, window_last, tick_last, window_emits, window_y, window_x, in_spikes,
        in_potentials
      })
  );
  valid_delay #(.CYCLES(1)) u_close (.clk(clk), .rst(rst), .in(drained), .out(close));

  wire [PORTS-1:0] valid, ready, last, user;
  wire [PORTS*OUT-1:0] data;
  layer_output #(
      .CHANNELS(CHANNELS),
      .MERGE(MERGE),
      .WINDOWS(WINDOWS),
      .POTENTIAL_WIDTH(POTENTIAL_WIDTH),
      .MAP_CHANNELS(MAP_CHANNELS),
      .MAP_HEIGHT(MAP_HEIGHT),
      .MAP_WIDTH(MAP_WIDTH),
      .SPIKES(SPIKES),
      .READERS(READERS),
      .DEPTH(DEPTH)
  ) u_output (
      .clk(clk),
      .rst(rst),
      .may_start(may_start),
      .window_issued(window_issued),
      .in_valid(in_valid),
      .in_spikes(in_spikes),
      .in_potentials(in_potentials),
      .window_first(window_first),
      .window_last(window_last),
      .window_emits(window_emits),
      .window_y(window_y),
      .window_x(window_x),
      .tick_last(tick_last),
      .drained(drained),
      .close(close),
      .frame_end(frame_end_q),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready),
      .m_axis_tdata(m_axis_tdata),
      .m_axis_tlast(m_axis_tlast),
      .m_axis_tuser(m_axis_tuser),
      .m_axis_potential_tvalid(valid),
      .m_axis_potential_tready(ready),
      .m_axis_potential_tdata(data),
      .m_axis_potential_tlast(last),
      .m_axis_potential_tuser(user)
  );

  // ---- Readers, one port each ----
  assign ready[0] = m_axis_potential_0_tready;
  assign m_axis_potential_0_tvalid = valid[0];
  assign m_axis_potential_0_tdata = data[0+:OUT];
  assign m_axis_potential_0_tlast = last[0];
  assign m_axis_potential_0_tuser = user[0];
  generate
    if (PORTS > 1) begin : gen_second
      assign ready[1] = m_axis_potential_1_tready;
      assign m_axis_potential_1_tvalid = valid[1];
      assign m_axis_potential_1_tdata = data[OUT+:OUT];
      assign m_axis_potential_1_tlast = last[1];
      assign m_axis_potential_1_tuser = user[1];
    end else begin : gen_one
      assign m_axis_potential_1_tvalid = 1'b0;
      assign m_axis_potential_1_tdata = {OUT{1'b0}};
      assign m_axis_potential_1_tlast = 1'b0;
      assign m_axis_potential_1_tuser = 1'b0;
    end
  endgenerate
endmodule

`default_nettype wire
