// argmax_scan.v - class with the largest key {logit, rank}, one class a cycle.
//
// Contract   : keys compare by signed logit, then by unsigned rank (a constant of the class, the
//              order of the bias fractions); equal keys: the lowest index. The logits leave beside
//              the class. tready depends on registers alone.
// Latency    : CLASSES + 1 cycles.   Throughput: a beat every CLASSES + 2 cycles.
// Cost       : (CLASSES + 1)*ACC_WIDTH + RANK_WIDTH + 2*$clog2(CLASSES) + 3 FF, a LUT a FF.
// Reset      : rst, synchronous, active high; drops the beat in work.
// Golden     : argmax of src/simulators/golden.ts     Bench: sim/blocks/argmax_scan/
`default_nettype none

module argmax_scan #(
    // >= 1
    parameter integer CLASSES = 4,
    // bits of a (signed) logit, >= 1
    parameter integer ACC_WIDTH = 24,
    // bits of an (unsigned) rank, >= 1
    parameter integer RANK_WIDTH = 2,
    // $readmemh file of one word: rank of class c at [c*RANK_WIDTH +: RANK_WIDTH]; "" leaves the
    // ranks undefined
    parameter RANK_FILE = ""
) (
    input  wire                                           clk,
    input  wire                                           rst,
    input  wire [                  CLASSES*ACC_WIDTH-1:0] s_axis_tdata,
    // frame end
    input  wire                                           s_axis_tuser,
    input  wire                                           s_axis_tvalid,
    output wire                                           s_axis_tready,
    output wire [(CLASSES > 1 ? $clog2(CLASSES) : 1)-1:0] m_axis_tdata,
    output wire [                  CLASSES*ACC_WIDTH-1:0] m_axis_logits,
    output wire                                           m_axis_tuser,
    output wire                                           m_axis_tvalid,
    input  wire                                           m_axis_tready
);
  generate
    if (CLASSES < 1) begin : gen_check_classes
      ERROR_argmax_scan_CLASSES_must_be_at_least_1 u_error ();
    end
    if (ACC_WIDTH < 1 || RANK_WIDTH < 1) begin : gen_check_width
      ERROR_argmax_scan_ACC_WIDTH_and_RANK_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  localparam integer CLASS_WIDTH = CLASSES > 1 ? $clog2(CLASSES) : 1;
  localparam integer LAST_CLASS = CLASSES - 1;
  localparam integer KEY_WIDTH = ACC_WIDTH + RANK_WIDTH;

  reg [CLASSES*RANK_WIDTH-1:0] ranks[0:0];
  /* verilator lint_off WIDTH */  // strings of different lengths
  initial if (RANK_FILE != "") $readmemh(RANK_FILE, ranks);
  /* verilator lint_on WIDTH */

  // The logits turn by one class a cycle: class 0 of the vector is the one in work, and CLASSES
  // turns restore it.
  reg [CLASSES*ACC_WIDTH-1:0] logits_q;
  reg [CLASS_WIDTH-1:0] index_q, best_class_q;
  reg signed [KEY_WIDTH-1:0] best_key_q;
  reg user_q, scanning_q, valid_q;

  wire [RANK_WIDTH-1:0] rank = ranks[0][index_q*RANK_WIDTH+:RANK_WIDTH];
  wire signed [KEY_WIDTH-1:0] key = {logits_q[ACC_WIDTH-1:0], rank};

  assign s_axis_tready = !scanning_q && !valid_q;

  always @(posedge clk) begin
    if (s_axis_tvalid && s_axis_tready) begin
      logits_q <= s_axis_tdata;
      user_q <= s_axis_tuser;
      index_q <= 0;
      scanning_q <= 1'b1;
    end
    if (scanning_q) begin
      logits_q <= (logits_q >> ACC_WIDTH) | (logits_q << ((CLASSES - 1) * ACC_WIDTH));
      index_q  <= index_q + 1'b1;
      if (index_q == 0 || key > best_key_q) begin
        best_key_q   <= key;
        best_class_q <= index_q;
      end
      if (index_q == LAST_CLASS[CLASS_WIDTH-1:0]) begin
        scanning_q <= 1'b0;
        valid_q <= 1'b1;
      end
    end
    if (valid_q && m_axis_tready) valid_q <= 1'b0;
    if (rst) begin
      scanning_q <= 1'b0;
      valid_q <= 1'b0;
    end
  end

  assign m_axis_tdata  = best_class_q;
  assign m_axis_logits = logits_q;
  assign m_axis_tuser  = user_q;
  assign m_axis_tvalid = valid_q;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // A stalled beat stays, and stays the same.
  always @(posedge clk) begin
    if (started && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
      assert (m_axis_tvalid);
      assert ($stable(m_axis_tdata));
      assert ($stable(m_axis_logits));
      assert ($stable(m_axis_tuser));
    end
  end

  // One beat is in work, or waits; CLASSES turns restore its logits.
  reg [CLASSES*ACC_WIDTH-1:0] taken;
  always @(posedge clk) if (s_axis_tvalid && s_axis_tready) taken <= s_axis_tdata;
  wire [CLASSES*ACC_WIDTH-1:0] turned =
      (logits_q << (index_q * ACC_WIDTH)) | (logits_q >> ((CLASSES - index_q) * ACC_WIDTH));
  always @(*) begin
    if (started) begin
      assert (!(scanning_q && valid_q));
      if (scanning_q) assert (index_q <= LAST_CLASS);
      if (valid_q) assert (logits_q == taken);
      if (scanning_q) assert (turned == taken);
    end
  end
  always @(*) cover (started && valid_q && best_class_q == LAST_CLASS);
`endif
endmodule

`default_nettype wire
