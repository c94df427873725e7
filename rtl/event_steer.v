// event_steer.v - chooses the queue that takes an event: the least filled, of equals the first.
//
// Contract   : exactly one bit of `select` is high: of the lowest level, the lowest index. `full`:
//              that queue, and so every queue, is full.
// Latency    : combinational.   Throughput: 1/cycle.   Cost: about 2 LUT a level bit.
// Reset      : none.
// Golden     : the index of the minimum     Bench: sim/blocks/event_control/
`default_nettype none

module event_steer #(
    // Queues, >= 1
    parameter integer PORTS = 2,
    // Beats that a queue holds, a power of two >= 2
    parameter integer DEPTH = 4
) (
    // Level of queue i at [i*($clog2(DEPTH)+1) +: $clog2(DEPTH)+1]
    input  wire [PORTS*($clog2(DEPTH)+1)-1:0] levels,
    output reg  [PORTS-1:0]                   select,
    output wire                               full
);

  localparam integer LEVEL_WIDTH = $clog2(DEPTH) + 1;

  generate
    if (PORTS < 1) begin : gen_check_ports
      ERROR_event_steer_PORTS_must_be_at_least_1 u_error ();
    end
    if (DEPTH < 2 || (DEPTH & (DEPTH - 1)) != 0) begin : gen_check_depth
      ERROR_event_steer_DEPTH_must_be_a_power_of_two u_error ();
    end
  endgenerate

  reg [LEVEL_WIDTH-1:0] lowest;
  always @(*) begin : choose
    integer i;
    lowest = levels[LEVEL_WIDTH-1:0];
    select = {PORTS{1'b0}};
    select[0] = 1'b1;
    for (i = 1; i < PORTS; i = i + 1)
      if (levels[i*LEVEL_WIDTH+:LEVEL_WIDTH] < lowest) begin
        lowest = levels[i*LEVEL_WIDTH+:LEVEL_WIDTH];
        select = {PORTS{1'b0}};
        select[i] = 1'b1;
      end
  end

  // DEPTH is a power of two: the top bit says full.
  assign full = lowest[LEVEL_WIDTH-1];

`ifdef FORMAL
  // Levels are those of queues.
  reg [PORTS-1:0] queues_full;
  always @(*) begin : levels_of_queues
    integer i;
    for (i = 0; i < PORTS; i = i + 1) begin
      assume (levels[i*LEVEL_WIDTH+:LEVEL_WIDTH] <= DEPTH);
      queues_full[i] = levels[i*LEVEL_WIDTH+:LEVEL_WIDTH] == DEPTH;
    end
  end

  // One queue; each queue before it is fuller, and none is less full. Full: all are.
  always @(*) begin : contract
    integer i, j;
    assert (select != 0 && (select & (select - 1'b1)) == 0);
    for (i = 0; i < PORTS; i = i + 1)
      for (j = 0; j < PORTS; j = j + 1)
        if (select[i])
          assert (levels[j*LEVEL_WIDTH+:LEVEL_WIDTH] > levels[i*LEVEL_WIDTH+:LEVEL_WIDTH]
              || (j >= i && levels[j*LEVEL_WIDTH+:LEVEL_WIDTH]
                  == levels[i*LEVEL_WIDTH+:LEVEL_WIDTH]));
    assert (full == (queues_full == {PORTS{1'b1}}));
    cover (select[PORTS-1] && levels[LEVEL_WIDTH-1:0] == DEPTH);
  end
`endif

endmodule

`default_nettype wire
