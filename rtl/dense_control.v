// dense_control.v - takes a dense stage through its ticks: sweep, walk, drain, close.
//
// Contract   : while the sink holds a tick and the stage is idle, starts the sweep; starts the walk
//              when the sweep has written its last word; waits until the tick's last window has
//              left the post pipeline (drained), then pulses close once. frame_start is high from
//              reset, and after a tick that ended a frame, until the end of the next tick.
// Latency    : sweep_done -> walk_start 0, drained -> close 1 cycle.
// Throughput : one tick at a time, 1 cycle between close and the next sweep_start.
// Cost       : 4 FF.
// Reset      : rst, synchronous, active high; back to idle, the next tick is the first of a frame.
// Golden     : src/mapping/latencies.ts denseCycles     Bench: sim/blocks/control/
`default_nettype none

module dense_control (
    input  wire clk,
    input  wire rst,

    // From spike_sink: a whole tick is held, and whether it ends a frame
    input  wire tick_valid,
    input  wire tick_frame_end,

    // Pulses to and from trace_sweep and dense_walk
    output wire sweep_start,
    input  wire sweep_done,
    output wire walk_start,
    // The last window of the tick leaves pool_merge in this cycle
    input  wire drained,

    // States read as 0 in this tick
    output wire frame_start,
    // Pulse: send the beat that closes the tick
    output wire close,
    // The tick ends a frame; valid with close
    output wire frame_end,
    // A tick is being computed
    output wire busy
);

  localparam [1:0] IDLE = 2'd0;
  localparam [1:0] SWEEP = 2'd1;
  localparam [1:0] WALK = 2'd2;
  localparam [1:0] CLOSE = 2'd3;

  reg [1:0] state_q;
  reg       fresh_q;
  reg       frame_end_q;

  assign sweep_start = state_q == IDLE && tick_valid;
  assign walk_start  = state_q == SWEEP && sweep_done;
  assign close       = state_q == CLOSE;
  assign frame_start = fresh_q;
  assign frame_end   = frame_end_q;
  assign busy        = sweep_start || state_q != IDLE;

  always @(posedge clk) begin
    if (sweep_start) frame_end_q <= tick_frame_end;

    if (rst) fresh_q <= 1'b1;
    else if (close) fresh_q <= frame_end_q;

    if (rst) state_q <= IDLE;
    else
      case (state_q)
        IDLE:    if (tick_valid) state_q <= SWEEP;
        SWEEP:   if (sweep_done) state_q <= WALK;
        WALK:    if (drained) state_q <= CLOSE;
        default: state_q <= IDLE;
      endcase
  end

endmodule

`default_nettype wire
