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

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // Nothing is assumed of the surroundings: pulses of other phases may come, and do not matter.
  // The phases of a tick, from the pulses alone: it is swept, walked, and then due to be closed.
  reg swept_f, walked_f, due_f, ends_f, fresh_f;
  wire open_f = swept_f || walked_f || due_f;
  always @(posedge clk) begin
    if (sweep_start) {swept_f, ends_f} <= {1'b1, tick_frame_end};
    if (swept_f && sweep_done) {swept_f, walked_f} <= 2'b01;
    if (walked_f && drained) {walked_f, due_f} <= 2'b01;
    if (close) due_f <= 1'b0;
    if (close) fresh_f <= ends_f;
    if (rst) {swept_f, walked_f, due_f, fresh_f} <= 4'b0001;
  end
  always @(*)
    if (started) begin
      // One tick at a time; the next may start in the cycle after the close.
      assert (sweep_start == (tick_valid && !open_f));
      // The walk starts as the sweep is done, the close follows the last window: each once.
      assert (walk_start == (swept_f && sweep_done));
      assert (close == due_f);
      assert (swept_f + walked_f + due_f <= 2'd1);
      assert (busy == (open_f || tick_valid));
      // A close says how its own tick ends; the tick after it is then the first of a frame.
      assert (!close || frame_end == ends_f);
      assert (frame_start == fresh_f);
      // The state says the same: for the induction.
      assert (state_q == (due_f ? CLOSE : walked_f ? WALK : swept_f ? SWEEP : IDLE));
      assert (!open_f || frame_end_q == ends_f);
    end

  // Each tick that begins is closed once: what began and what was closed differ by the open one.
  reg [3:0] begun_f, closed_f;
  wire [3:0] differ_f = begun_f - closed_f;
  always @(posedge clk) begin
    if (sweep_start) begun_f <= begun_f + 4'd1;
    if (close) closed_f <= closed_f + 4'd1;
    if (rst) {begun_f, closed_f} <= 8'd0;
  end
  always @(*) if (started) assert (differ_f == {3'd0, open_f});

  // A sweep of at most SLOW cycles and a walk of at most SLOW cycles: the tick is closed in the
  // 2 * SLOW + 2 cycles from its start on. The control adds no cycle but the first and the last.
  localparam [3:0] SLOW = 4'd3;
  reg [3:0] age_f, wait_f;
  reg fair_f;
  wire slow_f = wait_f == SLOW && !((swept_f && sweep_done) || (walked_f && drained));
  always @(posedge clk) begin
    age_f <= sweep_start ? 4'd1 : age_f + {3'd0, age_f != 4'd15};
    wait_f <= sweep_start || walk_start ? 4'd1 : wait_f + {3'd0, wait_f != 4'd15};
    fair_f <= sweep_start || (fair_f && !slow_f);
  end
  always @(*)
    if (started && open_f && fair_f) begin
      assert (age_f <= SLOW + SLOW + 4'd1);
      assert (wait_f <= SLOW || due_f);
      assert (age_f <= (due_f ? SLOW + SLOW + 4'd1 : walked_f ? SLOW + wait_f : wait_f));
    end

  // After a reset no tick is open, and the next is the first of a frame.
  always @(posedge clk)
    if (started && $past(rst)) assert (frame_start && !walk_start && !close && busy == tick_valid);

  // Three ticks are closed, the second as the end of a frame.
  always @(*) cover (closed_f == 4'd2 && close && frame_start);
`endif

endmodule

`default_nettype wire
