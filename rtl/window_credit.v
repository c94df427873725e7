// window_credit.v - lets a window group start only while its result is sure of a place in a queue.
//
// Contract   : may_start is high while stored + under way + 1 < DEPTH: every window under way finds
//              room, and so does a beat that closes a tick, if a window was issued since the last
//              such beat (after its cycle). issued and finished pulse once per window, finished in
//              the cycle in which the queue takes the result (or in which it is dropped).
// Latency    : combinational from level.   Throughput: 1 window/cycle.
// Cost       : clog2(DEPTH) + 1 FF, an adder.
// Reset      : rst, synchronous, active high; nothing under way.
// Golden     : a counter     Bench: sim/blocks/control/
`default_nettype none

module window_credit #(
    // Places of the queue, a power of two, >= 2
    parameter integer DEPTH = 16
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire                   issued,
    input  wire                   finished,
    // Beats that the queue holds
    input  wire [$clog2(DEPTH):0] level,
    output wire                   may_start
);

  generate
    if (DEPTH < 2 || (1 << $clog2(DEPTH)) != DEPTH) begin : gen_check_depth
      ERROR_window_credit_DEPTH_must_be_a_power_of_two_from_2 u_error ();
    end
  endgenerate

  localparam integer COUNT_WIDTH = $clog2(DEPTH) + 1;
  localparam [COUNT_WIDTH:0] LIMIT = DEPTH[COUNT_WIDTH:0] - 1'b1;

  reg  [COUNT_WIDTH-1:0] under_way_q;
  wire [COUNT_WIDTH:0]   promised = {1'b0, under_way_q} + {1'b0, level};

  assign may_start = promised < LIMIT;

  always @(posedge clk) begin
    if (rst) under_way_q <= {COUNT_WIDTH{1'b0}};
    else if (issued && !finished) under_way_q <= under_way_q + 1'b1;
    else if (!issued && finished) under_way_q <= under_way_q - 1'b1;
  end

`ifdef FORMAL
  reg past_valid = 1'b0;
  always @(posedge clk) past_valid <= 1'b1;
  always @(*) if (!past_valid) assume (rst);

  // The stage around it: a window is issued when it may, and finishes later; the queue takes its
  // result, or it is dropped; the queue takes a closing beat in a cycle of its own. Ticks may
  // overlap: windows of the next may be under way then. But from one closing beat to the next a
  // window is issued, later than the first: one issued beside it was allowed without counting it.
  (* anyseq *) reg kept;
  (* anyseq *) reg close;
  (* anyseq *) reg taken;
  reg [COUNT_WIDTH-1:0] stored;
  reg                   open;
  wire                  push = (finished && kept) || close;
  localparam [COUNT_WIDTH-1:0] ONE = 1;
  always @(*) begin
    assume (level == stored);
    assume (!issued || may_start);
    assume (!finished || under_way_q != 0);
    assume (!close || (open && !(finished && kept)));
    assume (!taken || stored != 0);
  end
  always @(posedge clk) begin
    if (rst) stored <= {COUNT_WIDTH{1'b0}};
    else if (push && !taken) stored <= stored + ONE;
    else if (!push && taken) stored <= stored - ONE;
    if (rst || close) open <= 1'b0;
    else if (issued) open <= 1'b1;
  end

  always @(*)
    if (past_valid && !rst) begin
      // A place is left for the closing beat until it is sent; no more is promised than there is.
      assert (promised <= (open ? LIMIT : DEPTH));
      // The queue takes whatever comes.
      assert (!push || stored < DEPTH);
      cover (open && promised == LIMIT && !may_start);
      cover (stored == DEPTH);
      cover (close && issued);
      cover (!open && under_way_q != 0 && promised == DEPTH);
    end
`endif

endmodule

`default_nettype wire
