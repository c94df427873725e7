// event_integrate.v - adds up each tick's events for every neuron, while the tick before is read.
//
// Contract   : event_port.v, PORTS times: each event goes to the port with the shortest queue; a
//              last beat (of its own) closes the tick when every port is idle. tick_valid: a tick
//              may be read at every {group, y, x} (x a multiple of READ_X), last without read_keep;
//              tick_taken with or after the last read. A word not read so stays for a later tick.
// Latency    : read_enable -> read_data 4 + $clog2(PORTS); an event alone, accepted -> tick_valid
//              5 + its beats, if the last beat follows at once; a last beat alone 2.
// Throughput : of each port that of event_port.v; a word a cycle read. The next tick is added
//              while one is read.
// Cost       : docs/event-blocks.md     Reset: rst, synchronous; clears DEPTH places before tready.
// Golden     : a sum over events     Bench: sim/blocks/event_integrate/
`default_nettype none

module event_integrate #(
    // Events at once, >= 1; events that wait in each port, a power of two >= 4
    parameter integer PORTS        = 1,
    parameter integer QUEUE        = 4,
    // As in event_port.v
    parameter integer C_IN         = 2,
    parameter integer IN_H         = 8,
    parameter integer IN_W         = 8,
    parameter integer C_OUT        = 4,
    parameter integer OUT_H        = 8,
    parameter integer OUT_W        = 8,
    parameter integer K_H          = 3,
    parameter integer K_W          = 3,
    parameter integer STRIDE_H     = 1,
    parameter integer STRIDE_W     = 1,
    parameter integer PAD_TOP      = 1,
    parameter integer PAD_LEFT     = 1,
    parameter integer CHANNELS     = 4,
    parameter integer BANKS_Y      = 3,
    parameter integer BANKS_X      = 3,
    parameter integer SHIFT        = 1,
    parameter integer READ_X       = 1,
    parameter integer WEIGHT_WIDTH = 8,
    parameter integer ACC_WIDTH    = 16,
    parameter integer ALIGNS       = 3,
    parameter integer REGISTERED   = 0,
    parameter         STYLE        = "distributed",
    parameter         WEIGHT_STYLE = "auto",
    parameter         FILE         = ""
) (
    input  wire                                            clk,
    input  wire                                            rst,

    // {channel, y, x}, each at least one bit, inside the map; ignored with tlast
    input  wire                                            s_axis_tvalid,
    output wire                                            s_axis_tready,
    input  wire [((C_IN > 1) ? $clog2(C_IN) : 1)
               + ((IN_H > 1) ? $clog2(IN_H) : 1)
               + ((IN_W > 1) ? $clog2(IN_W) : 1) - 1:0]    s_axis_tdata,
    input  wire                                            s_axis_tlast,
    // The tick ends a frame; looked at with tlast only
    input  wire                                            s_axis_tuser,

    output wire                                            tick_valid,
    output wire                                            tick_frame_end,
    input  wire                                            tick_taken,
    input  wire                                            read_enable,
    // The word is read again
    input  wire                                            read_keep,
    // {group, y, x}, each at least one bit
    input  wire [((C_OUT / CHANNELS > 1) ? $clog2(C_OUT / CHANNELS) : 1)
               + ((OUT_H > 1) ? $clog2(OUT_H) : 1)
               + ((OUT_W > 1) ? $clog2(OUT_W) : 1) - 1:0]  read_address,
    // Column x + i, channel group * CHANNELS + l at [(i*CHANNELS + l)*ACC_WIDTH +: ACC_WIDTH]
    output wire [READ_X*CHANNELS*ACC_WIDTH-1:0]            read_data
);

  localparam integer DATA_WIDTH  = ((C_IN > 1) ? $clog2(C_IN) : 1)
      + ((IN_H > 1) ? $clog2(IN_H) : 1) + ((IN_W > 1) ? $clog2(IN_W) : 1);
  localparam integer LEVEL_WIDTH = $clog2(QUEUE) + 1;
  localparam integer READ_WIDTH  = READ_X * CHANNELS * ACC_WIDTH;
  localparam integer DEPTH       = ((OUT_H + BANKS_Y - 1) / BANKS_Y)
      * ((OUT_W + BANKS_X - 1) / BANKS_X) * (C_OUT / CHANNELS);
  localparam integer PLACE_WIDTH = (DEPTH > 1) ? $clog2(DEPTH) : 1;

  generate
    if (PORTS < 1) begin : gen_check_ports
      ERROR_event_integrate_PORTS_must_be_at_least_1 u_error ();
    end
    if (QUEUE < 4) begin : gen_check_queue
      ERROR_event_integrate_QUEUE_must_be_at_least_4 u_error ();
    end
  endgenerate

  wire                   open, full, half, clear;
  wire [PLACE_WIDTH-1:0] clear_place;
  wire [PORTS-1:0]       select, busy;
  wire [PORTS*LEVEL_WIDTH-1:0] levels;

  wire accept = s_axis_tvalid && s_axis_tready;
  assign s_axis_tready = open && !full;

  event_steer #(
      .PORTS(PORTS),
      .DEPTH(QUEUE)
  ) u_steer (
      .levels(levels),
      .select(select),
      .full(full)
  );

  event_ticks #(
      .DEPTH(DEPTH)
  ) u_ticks (
      .clk(clk),
      .rst(rst),
      .open(open),
      .last(accept && s_axis_tlast),
      .frame_end(s_axis_tuser),
      // An event that waits has a busy walk before it.
      .idle(busy == {PORTS{1'b0}}),
      .clear(clear),
      .clear_place(clear_place),
      .half(half),
      .tick_valid(tick_valid),
      .tick_frame_end(tick_frame_end),
      .tick_taken(tick_taken)
  );

  // The sum over the ports is a heap: node 1 is the root, node i adds nodes 2i and 2i+1, the leaves
  // are the ports.
  localparam integer LEAVES = 1 << $clog2(PORTS);
  localparam integer NODES  = 2 * LEAVES - 1;
  // node i at [(i-1)*READ_WIDTH +: READ_WIDTH]
  wire [NODES*READ_WIDTH-1:0] nodes;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);
  always @(*) if (!tick_valid) assume (!tick_taken && !read_enable);

  // The most beats of an event; cycles for which the stream may stall.
  localparam integer BEATS = ((BANKS_Y > 1) ? 1 : (K_H + STRIDE_H - 1) / STRIDE_H)
      * ((BANKS_X > 1) ? 1 : (K_W + STRIDE_W - 1) / STRIDE_W) * (C_OUT / CHANNELS);
  localparam integer PATIENCE = (QUEUE + 1) * BEATS + 5;
  wire closing = !open && !clear;
  reg [7:0] stalled;
  always @(posedge clk)
    stalled <= (rst || s_axis_tready || clear || (closing && tick_valid)) ? 8'd0 : stalled + 8'd1;
  wire [PORTS-1:0] walks;
`endif

  genvar p, n, l;
  generate
    for (p = 0; p < PORTS; p = p + 1) begin : gen_port
      wire                  event_valid, event_ready;
      wire [DATA_WIDTH-1:0] event_data;
      wire                  unused_ready;

      axis_fifo #(
          .DATA_WIDTH(DATA_WIDTH),
          .DEPTH(QUEUE)
      ) u_queue (
          .clk(clk),
          .rst(rst),
          .s_axis_tdata(s_axis_tdata),
          .s_axis_tvalid(accept && !s_axis_tlast && select[p]),
          .s_axis_tready(unused_ready),
          .m_axis_tdata(event_data),
          .m_axis_tvalid(event_valid),
          .m_axis_tready(event_ready),
          .level(levels[p*LEVEL_WIDTH+:LEVEL_WIDTH])
      );

      event_port #(
          .C_IN(C_IN),
          .IN_H(IN_H),
          .IN_W(IN_W),
          .C_OUT(C_OUT),
          .OUT_H(OUT_H),
          .OUT_W(OUT_W),
          .K_H(K_H),
          .K_W(K_W),
          .STRIDE_H(STRIDE_H),
          .STRIDE_W(STRIDE_W),
          .PAD_TOP(PAD_TOP),
          .PAD_LEFT(PAD_LEFT),
          .CHANNELS(CHANNELS),
          .BANKS_Y(BANKS_Y),
          .BANKS_X(BANKS_X),
          .SHIFT(SHIFT),
          .READ_X(READ_X),
          .WEIGHT_WIDTH(WEIGHT_WIDTH),
          .ACC_WIDTH(ACC_WIDTH),
          .ALIGNS(ALIGNS),
          .REGISTERED(REGISTERED),
          .STYLE(STYLE),
          .WEIGHT_STYLE(WEIGHT_STYLE),
          .FILE(FILE)
      ) u_port (
          .clk(clk),
          .rst(rst),
          .half(half),
          .s_axis_tvalid(event_valid),
          .s_axis_tready(event_ready),
          .s_axis_tdata(event_data),
          .busy(busy[p]),
          .clear(clear),
          .clear_place(clear_place),
          .read_enable(read_enable),
          .read_keep(read_keep),
          .read_address(read_address),
          .read_data(nodes[(LEAVES+p-1)*READ_WIDTH+:READ_WIDTH])
      );

`ifdef FORMAL
      // Beats still to come, at most: those of the queue, of the event in hand, and the registers.
      // In every cycle in which nothing is accepted they grow fewer, down to none.
      assign walks[p] = event_valid && event_ready;
      wire [LEVEL_WIDTH-1:0] level = levels[p*LEVEL_WIDTH+:LEVEL_WIDTH];
      reg hand, came;
      reg [1:0] behind;
      reg [7:0] age;
      always @(posedge clk) begin
        if (event_ready) hand <= event_valid;
        age <= event_ready ? 8'd0 : age + 8'd1;
        behind <= hand ? 2'd2 : behind - (behind != 0);
        came <= accept && !s_axis_tlast && select[p];
        if (rst) {hand, age, behind, came} <= 0;
      end
      wire [7:0] left = level * BEATS + (hand ? BEATS - age : level != 0)
          + ((hand || level != 0) ? 2'd3 : behind);
      always @(*)
        if (started) begin
          assert (!hand || age < BEATS);
          assert (event_ready || hand);
          assert (!busy[p] || left != 0);
          assert (left == 0 || stalled + left <= PATIENCE);
          // An event that waits has a busy walk before it, unless it just came.
          assert (level == 0 || busy[p] || came);
          assert (!(closing && came));
        end
`endif
    end

    for (n = 1; n <= NODES; n = n + 1) begin : gen_node
      if (n < LEAVES) begin : gen_sum
        reg [READ_WIDTH-1:0] sum_q;
        for (l = 0; l < READ_X * CHANNELS; l = l + 1) begin : gen_lane
          always @(posedge clk)
            sum_q[l*ACC_WIDTH+:ACC_WIDTH] <=
                nodes[(2*n-1)*READ_WIDTH+l*ACC_WIDTH+:ACC_WIDTH]
                + nodes[(2*n)*READ_WIDTH+l*ACC_WIDTH+:ACC_WIDTH];
        end
        assign nodes[(n-1)*READ_WIDTH+:READ_WIDTH] = sum_q;
      end else if (n >= LEAVES + PORTS) begin : gen_nothing
        assign nodes[(n-1)*READ_WIDTH+:READ_WIDTH] = {READ_WIDTH{1'b0}};
      end
    end
  endgenerate
  assign read_data = nodes[READ_WIDTH-1:0];

`ifdef FORMAL
  // Events that were taken are in the queues or were walked, each once.
  reg [7:0] taken, walked, waiting, walking;
  always @(*) begin : count
    integer i;
    waiting = 8'd0;
    walking = 8'd0;
    for (i = 0; i < PORTS; i = i + 1) begin
      waiting = waiting + levels[i*LEVEL_WIDTH+:LEVEL_WIDTH];
      walking = walking + walks[i];
    end
  end
  always @(posedge clk) begin
    taken  <= rst ? 8'd0 : taken + (accept && !s_axis_tlast);
    walked <= rst ? 8'd0 : walked + walking;
  end
  wire [7:0] difference = taken - walked;
  always @(*)
    if (started) begin
      assert (difference == waiting);
      // Full drains: the stream goes on within PATIENCE cycles, but for those in which it waits for
      // the tick before to be taken.
      assert (stalled <= PATIENCE);
    end
  // A tick is shown when all its events have been walked.
  always @(posedge clk)
    if (started && !$past(rst) && !rst && half != $past(half))
      assert ($past(waiting == 0 && busy == 0) && walked == taken);
  always @(*) cover (started && tick_valid && walked == 8'd1);
  // As fast as events come, the ports are faster where an event has no more beats than they are.
  generate
    if (BEATS > PORTS) begin : gen_cover_full
      always @(*) cover (started && full);
    end
  endgenerate
`endif

endmodule

`default_nettype wire
