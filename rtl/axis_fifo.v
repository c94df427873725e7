// axis_fifo.v - queue of beats in LUT RAM, with its fill level.
//
// Contract   : every accepted beat leaves once, in order; level = beats accepted and not yet sent.
//              tready and tvalid depend on registers alone.
// Latency    : 1 cycle when empty.   Throughput: 1 beat/cycle.
// Cost       : DATA_WIDTH*DEPTH bits of LUT RAM, 3*$clog2(DEPTH) + 1 FF (Yosys: the read pointer
//              twice).
// Reset      : rst, synchronous, active high; empties the queue.
// Golden     : an array     Bench: sim/blocks/axis_fifo/
`default_nettype none

module axis_fifo #(
    // bits of a beat, >= 1
    parameter integer DATA_WIDTH = 8,
    // beats, a power of two >= 2
    parameter integer DEPTH = 16
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire [ DATA_WIDTH-1:0] s_axis_tdata,
    input  wire                   s_axis_tvalid,
    output wire                   s_axis_tready,
    output wire [ DATA_WIDTH-1:0] m_axis_tdata,
    output wire                   m_axis_tvalid,
    input  wire                   m_axis_tready,
    output wire [$clog2(DEPTH):0] level
);
  generate
    if (DATA_WIDTH < 1) begin : gen_check_width
      ERROR_axis_fifo_DATA_WIDTH_must_be_at_least_1 u_error ();
    end
    if (DEPTH < 2 || (DEPTH & (DEPTH - 1)) != 0) begin : gen_check_depth
      ERROR_axis_fifo_DEPTH_must_be_a_power_of_two u_error ();
    end
  endgenerate

  (* ram_style = "distributed" *) reg [DATA_WIDTH-1:0] memory[0:DEPTH-1];
  reg [$clog2(DEPTH)-1:0] write_q, read_q;
  reg [$clog2(DEPTH):0] level_q;

  wire push = s_axis_tvalid && s_axis_tready;
  wire pop = m_axis_tvalid && m_axis_tready;

  // level reaches DEPTH, a power of two: its top bit says full.
  assign s_axis_tready = !level_q[$clog2(DEPTH)];
  assign m_axis_tvalid = level_q != 0;
  assign m_axis_tdata = memory[read_q];
  assign level = level_q;

  always @(posedge clk) begin
    if (push) memory[write_q] <= s_axis_tdata;
    if (push) write_q <= write_q + 1'b1;
    if (pop) read_q <= read_q + 1'b1;
    if (push && !pop) level_q <= level_q + 1'b1;
    if (pop && !push) level_q <= level_q - 1'b1;
    if (rst) begin
      write_q <= 0;
      read_q  <= 0;
      level_q <= 0;
    end
  end

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // A stalled beat stays, and stays the same.
  always @(posedge clk) begin
    if (started && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
      assert (m_axis_tvalid);
      assert ($stable(m_axis_tdata));
    end
  end

  // The level is bounded, and is the distance of the pointers.
  wire [$clog2(DEPTH)-1:0] distance = write_q - read_q;
  always @(*) begin
    if (started) begin
      assert (level_q <= DEPTH);
      assert (distance == level_q[$clog2(DEPTH)-1:0]);
    end
  end

  // Any one slot: what was written last is what leaves, once. The pointers visit the slots in
  // order.
  (* anyconst *) reg [$clog2(DEPTH)-1:0] slot;
  reg [DATA_WIDTH-1:0] written;
  reg held;
  wire [$clog2(DEPTH)-1:0] ahead = slot - read_q;
  always @(posedge clk) begin
    if (push && write_q == slot) begin
      if (started) assert (!held);
      written <= s_axis_tdata;
      held <= 1'b1;
    end
    if (pop && read_q == slot) begin
      if (started) assert (held && m_axis_tdata == written);
      held <= 1'b0;
    end
    if (rst) held <= 1'b0;
  end
  always @(*) begin
    if (started) assert (held == ({1'b0, ahead} < level_q));
    if (started && held) assert (memory[slot] == written);
  end

  // It runs full, and then empty.
  reg was_full = 1'b0;
  always @(posedge clk) if (level_q == DEPTH) was_full <= 1'b1;
  always @(*) cover (was_full && level_q == 0);
`endif
endmodule

`default_nettype wire
