// readout_bank.v - queue of vectors of potentials that gives out the marked ones, one a take.
//
// Contract   : the lanes in a pushed vector's mask are offered one by one, lowest first (`active`);
//              a vector with an empty mask is offered once (`closing`). `take` goes on to the next
//              offer. A push while level = DEPTH is lost: the one who pushes looks at level.
// Latency    : 1 cycle from push to offer.   Throughput: 1 push and 1 take a cycle, no bubble.
// Cost       : (SLICES*(WIDTH + 1) + TAG_WIDTH)*DEPTH bits of LUT RAM, 3*$clog2(DEPTH) + 1 + SLICES
//              FF, a choice of SLICES.
// Reset      : rst, synchronous, active high; empties the queue.
// Golden     : a loop over the set bits     Bench: sim/blocks/readout_gather/
`default_nettype none

module readout_bank #(
    // lanes of a vector, >= 1
    parameter integer SLICES = 4,
    // bits of a potential, >= 1
    parameter integer WIDTH = 24,
    // bits of what goes with a vector, >= 1
    parameter integer TAG_WIDTH = 8,
    // vectors, a power of two >= 2
    parameter integer DEPTH = 32
) (
    input  wire                                           clk,
    input  wire                                           rst,
    input  wire                                           push,
    input  wire [                             SLICES-1:0] push_mask,
    input  wire [                          TAG_WIDTH-1:0] push_tag,
    input  wire [                       SLICES*WIDTH-1:0] push_potentials,
    // vectors in the queue
    output wire [                        $clog2(DEPTH):0] level,
    output wire                                           active,
    output wire                                           closing,
    output wire [                          TAG_WIDTH-1:0] tag,
    // lane of the offer; means something with `active` only, as potential does
    output reg  [(SLICES > 1 ? $clog2(SLICES) : 1) - 1:0] slice,
    output wire [                              WIDTH-1:0] potential,
    input  wire                                           take
`ifdef FORMAL
    ,
    // a tick's parity, and whether the top bits of the tags have it, changing after each closing
    input  wire                                           formal_tick,
    output reg                                            formal_ticks_agree,
    output reg  [                                    7:0] formal_closings,
    output reg  [                                    7:0] formal_offers
`endif
);
  generate
    if (SLICES < 1 || WIDTH < 1 || TAG_WIDTH < 1) begin : gen_check_widths
      ERROR_readout_bank_SLICES_WIDTH_and_TAG_WIDTH_must_be_at_least_1 u_error ();
    end
    if (DEPTH < 2 || (DEPTH & (DEPTH - 1)) != 0) begin : gen_check_depth
      ERROR_readout_bank_DEPTH_must_be_a_power_of_two u_error ();
    end
  endgenerate

  localparam integer SLICE_WIDTH = SLICES > 1 ? $clog2(SLICES) : 1;
  localparam integer WORD = SLICES * WIDTH + SLICES + TAG_WIDTH;

  // {tag, mask, potentials}
  (* ram_style = "distributed" *) reg [WORD-1:0] memory[0:DEPTH-1];
  reg [$clog2(DEPTH)-1:0] write_q, read_q;
  reg [$clog2(DEPTH):0] level_q;
  // lanes of the first vector that have left
  reg [SLICES-1:0] sent_q;

  wire [WORD-1:0] head = memory[read_q];
  wire [SLICES-1:0] mask = head[SLICES*WIDTH+:SLICES];
  wire [SLICES-1:0] rest = mask & ~sent_q;
  wire [SLICES-1:0] later = rest & (rest - 1'b1);  // without the lowest
  wire filled = level_q != 0;

  // level reaches DEPTH, a power of two: its top bit says full.
  wire write = push && !level_q[$clog2(DEPTH)];
  wire pop = take && filled && later == 0;

  always @(posedge clk) begin
    if (write) memory[write_q] <= {push_tag, push_mask, push_potentials};
    if (write) write_q <= write_q + 1'b1;
    if (pop) read_q <= read_q + 1'b1;
    if (write && !pop) level_q <= level_q + 1'b1;
    if (pop && !write) level_q <= level_q - 1'b1;
    if (take && filled) sent_q <= later == 0 ? {SLICES{1'b0}} : mask & ~later;
    if (rst) begin
      write_q <= 0;
      read_q  <= 0;
      level_q <= 0;
      sent_q  <= 0;
    end
  end

  always @(*) begin : lowest
    integer s;
    slice = 0;
    for (s = SLICES - 1; s >= 0; s = s - 1) if (rest[s]) slice = s[SLICE_WIDTH-1:0];
  end

  assign level = level_q;
  assign active = filled && mask != 0;
  assign closing = filled && mask == 0;
  assign tag = head[WORD-1-:TAG_WIDTH];
  assign potential = head[slice*WIDTH+:WIDTH];

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // Offers of a vector: the lanes in its mask, or one.
  function automatic [7:0] offers(input [SLICES-1:0] lanes);
    integer s;
    begin
      offers = {7'd0, lanes == 0};
      for (s = 0; s < SLICES; s = s + 1) offers = offers + {7'd0, lanes[s]};
    end
  endfunction

  // What the queue holds: offers that have not been taken, closings, and the ticks of its tags.
  // (Sums without branches: z3 writes out a branch's both sides.)
  reg [$clog2(DEPTH)-1:0] place;
  reg [WORD-1:0] word;
  reg [SLICES-1:0] lanes;
  reg inside, tick;
  always @(*) begin : count_inside
    integer i;
    formal_offers = 8'd0 - (offers(sent_q) & {8{sent_q != 0}});
    formal_closings = 8'd0;
    formal_ticks_agree = 1'b1;
    tick = formal_tick;
    for (i = 0; i < DEPTH; i = i + 1) begin
      place = read_q + i;
      word = memory[place];
      lanes = word[SLICES*WIDTH+:SLICES];
      inside = i < level_q;
      formal_ticks_agree = formal_ticks_agree && (!inside || word[WORD-1] == tick);
      formal_offers = formal_offers + (offers(lanes) & {8{inside}});
      formal_closings = formal_closings + {7'd0, inside && lanes == 0};
      tick = tick ^ (inside && lanes == 0);
    end
  end

  // No offer is lost or doubled.
  reg [7:0] due, left;
  always @(posedge clk) begin
    due <= due + (offers(push_mask) & {8{write}});
    left <= left + {7'd0, take && filled};
    if (rst) begin
      due  <= 8'd0;
      left <= 8'd0;
    end
  end
  wire [7:0] missing = due - left;
  wire [$clog2(DEPTH)-1:0] distance = write_q - read_q;
  always @(*) begin
    if (started) begin
      assert (missing == formal_offers);
      assert (level_q <= DEPTH);
      assert (distance == level_q[$clog2(DEPTH)-1:0]);
      // What has left of the first vector is what lies below the offer.
      if (!filled || mask == 0) assert (sent_q == 0);
      else assert (rest != 0 && rest[slice] && sent_q == (mask & ~({SLICES{1'b1}} << slice)));
    end
  end

  // It runs full, and then empty.
  reg was_full;
  always @(posedge clk) was_full <= !rst && (was_full || level_q == DEPTH);
  always @(*) cover (started && was_full && level_q == 0);
`endif
endmodule

`default_nettype wire
