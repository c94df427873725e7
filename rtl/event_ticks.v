// event_ticks.v - closes ticks: swaps the half that is added to with the half that is read.
//
// Contract   : events and `last` beats may come while `open`. After a last (its frame_end beside
//              it) open falls; when everything is added (`idle`) and the other half has been read,
//              the halves swap, tick_valid rises until tick_taken, and open rises. After reset a
//              clearing pass of DEPTH places runs first; open is low in it.
// Latency    : last -> tick_valid 2 cycles when idle and free.   Throughput: a tick every 2 cycles.
// Cost       : 6 FF, a counter of $clog2(DEPTH) + 1 bits.
// Reset      : rst, synchronous, active high.
// Golden     : a list of ticks     Bench: sim/blocks/event_control/
`default_nettype none

module event_ticks #(
    // Places of a bank, >= 1
    parameter integer DEPTH = 4
) (
    input  wire                                         clk,
    input  wire                                         rst,

    output wire                                         open,
    // A tick ends; looked at while open
    input  wire                                         last,
    input  wire                                         frame_end,
    // Nothing that was taken before is still to be added
    input  wire                                         idle,

    output wire                                         clear,
    output wire [((DEPTH > 1) ? $clog2(DEPTH) : 1)-1:0] clear_place,

    // The half that is added to
    output wire                                         half,
    // The other half holds a whole tick
    output wire                                         tick_valid,
    output wire                                         tick_frame_end,
    // Pulse: it has been read, and is zero again
    input  wire                                         tick_taken
);

  localparam integer PLACE_WIDTH = (DEPTH > 1) ? $clog2(DEPTH) : 1;
  localparam integer LAST_PLACE  = DEPTH - 1;

  generate
    if (DEPTH < 1) begin : gen_check_depth
      ERROR_event_ticks_DEPTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  reg                   clear_q, closing_q, closing_frame_end_q, half_q, valid_q, frame_end_q;
  reg [PLACE_WIDTH-1:0] place_q;

  wire swap = closing_q && idle && !valid_q;

  always @(posedge clk) begin
    if (clear_q) place_q <= place_q + 1'b1;
    if (clear_q && place_q == LAST_PLACE[PLACE_WIDTH-1:0]) clear_q <= 1'b0;

    if (open && last) begin
      closing_q           <= 1'b1;
      closing_frame_end_q <= frame_end;
    end
    if (tick_taken) valid_q <= 1'b0;
    if (swap) begin
      closing_q   <= 1'b0;
      half_q      <= !half_q;
      valid_q     <= 1'b1;
      frame_end_q <= closing_frame_end_q;
    end

    if (rst) begin
      clear_q   <= 1'b1;
      place_q   <= {PLACE_WIDTH{1'b0}};
      closing_q <= 1'b0;
      half_q    <= 1'b0;
      valid_q   <= 1'b0;
    end
  end

  assign open           = !clear_q && !closing_q;
  assign clear          = clear_q;
  assign clear_place    = place_q;
  assign half           = half_q;
  assign tick_valid     = valid_q;
  assign tick_frame_end = frame_end_q;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);
  always @(*) if (!tick_valid) assume (!tick_taken);

  // Ticks taken in, ticks shown: they differ by the one that waits.
  reg [7:0] ended, shown;
  always @(posedge clk) begin
    if (open && last) ended <= ended + 8'd1;
    if (swap) shown <= shown + 8'd1;
    if (rst) begin
      ended <= 8'd0;
      shown <= 8'd0;
    end
  end
  wire [7:0] waiting = ended - shown;
  always @(*)
    if (started) begin
      assert (waiting == {7'd0, closing_q});
      assert (half_q == shown[0]);
      assert (!(clear_q && (closing_q || valid_q)));
      assert (!clear_q || place_q <= LAST_PLACE);
    end

  always @(posedge clk)
    if (started && !$past(rst) && !rst) begin
      // A tick that is shown stays until it is taken; the half stands still meanwhile.
      if ($past(tick_valid && !tick_taken))
        assert (tick_valid && $stable(tick_frame_end) && $stable(half));
      // The half swaps only when all is added and the other half is free.
      if (half != $past(half)) assert ($past(idle && !tick_valid && !open));
      // Full drains: a tick that is taken is gone; idle then, the tick that waits is shown at once.
      if ($past(tick_valid && tick_taken)) assert (!tick_valid);
      if ($past(closing_q && idle && !tick_valid)) assert (tick_valid && open);
    end
  // The clearing pass takes each place once, and all of them before anything is added.
  reg [DEPTH-1:0] places_cleared;
  always @(posedge clk) begin
    if (clear) places_cleared[clear_place] <= 1'b1;
    if (rst) places_cleared <= {DEPTH{1'b0}};
  end
  always @(*)
    if (started) begin
      assert (places_cleared == (clear ? (1 << place_q) - 1 : {DEPTH{1'b1}}));
      assert (!(open && clear));
    end

  always @(*) cover (started && shown == 8'd3 && tick_valid && closing_q);
`endif

endmodule

`default_nettype wire
