// vector_slicer.v - cuts each beat of LANES numbers into LANES/ACTS beats of ACTS numbers.
//
// Contract   : lanes 0..ACTS-1 leave first. A last beat closes a tick: it leaves as one beat with
//              its tuser, and its data means nothing. s_axis_tready depends on m_axis_tready
//              (combinational).
// Latency    : 1 cycle.   Throughput: 1 output beat/cycle; 1 input beat/cycle when ACTS = LANES.
// Cost       : LANES*WIDTH + 3 + $clog2(LANES/ACTS) FF, as many LUT.
// Reset      : rst, synchronous, active high; clears the valid.
// Golden     : slices of an array     Bench: sim/blocks/vector_slicer/
`default_nettype none

module vector_slicer #(
    // numbers of an input beat, >= 1
    parameter integer LANES = 4,
    // numbers of an output beat, divides LANES
    parameter integer ACTS  = 2,
    // bits of a number, >= 1
    parameter integer WIDTH = 16
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire [LANES*WIDTH-1:0] s_axis_tdata,
    input  wire                   s_axis_tlast,
    input  wire                   s_axis_tuser,
    input  wire                   s_axis_tvalid,
    output wire                   s_axis_tready,
    output wire [ ACTS*WIDTH-1:0] m_axis_tdata,
    output wire                   m_axis_tlast,
    output wire                   m_axis_tuser,
    output wire                   m_axis_tvalid,
    input  wire                   m_axis_tready
);
  generate
    if (LANES < 1 || ACTS < 1 || LANES % (ACTS < 1 ? 1 : ACTS) != 0) begin : gen_check_lanes
      ERROR_vector_slicer_ACTS_must_divide_LANES u_error ();
    end
    if (WIDTH < 1) begin : gen_check_width
      ERROR_vector_slicer_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  localparam integer SLICES = LANES / ACTS;
  localparam integer COUNT_WIDTH = SLICES > 1 ? $clog2(SLICES) : 1;
  localparam integer LAST_SLICE = SLICES - 1;

  reg [LANES*WIDTH-1:0] data_q;
  reg last_q, user_q, valid_q;
  // slices after the one on the output
  reg [COUNT_WIDTH-1:0] remaining_q;

  wire final_slice = remaining_q == 0;
  assign s_axis_tready = !valid_q || (m_axis_tready && final_slice);
  assign m_axis_tdata  = data_q[ACTS*WIDTH-1:0];
  assign m_axis_tlast  = last_q;
  assign m_axis_tuser  = user_q;
  assign m_axis_tvalid = valid_q;

  always @(posedge clk) begin
    if (s_axis_tready) begin
      data_q <= s_axis_tdata;
      last_q <= s_axis_tlast;
      user_q <= s_axis_tuser;
      valid_q <= s_axis_tvalid;
      remaining_q <= s_axis_tvalid && !s_axis_tlast ? LAST_SLICE[COUNT_WIDTH-1:0] : 0;
    end else if (m_axis_tready) begin
      data_q <= data_q >> (ACTS * WIDTH);
      remaining_q <= remaining_q - 1'b1;
    end
    if (rst) begin
      valid_q <= 1'b0;
      remaining_q <= 0;
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
      assert ($stable(m_axis_tlast));
      assert ($stable(m_axis_tuser));
    end
  end

  // Only a beat of numbers has slices to come.
  always @(*) begin
    if (started) begin
      assert (remaining_q <= LAST_SLICE);
      if (remaining_q != 0) assert (valid_q && !last_q);
    end
  end

  // As many slices as the beats taken make, but for those to come.
  reg [7:0] due, sent;
  always @(posedge clk) begin
    if (s_axis_tvalid && s_axis_tready) due <= due + (s_axis_tlast ? 8'd1 : SLICES);
    if (m_axis_tvalid && m_axis_tready) sent <= sent + 8'd1;
    if (rst) begin
      due  <= 8'd0;
      sent <= 8'd0;
    end
  end
  wire [7:0] missing = due - sent;
  always @(*) if (started) assert (missing == (valid_q ? remaining_q + 8'd1 : 8'd0));
  always @(*) cover (started && sent == 8'd4 && last_q && m_axis_tvalid);
`endif
endmodule

`default_nettype wire
