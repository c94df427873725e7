// step_counter.v - counts 0, STEP, 2*STEP .. LAST and starts again: a number beside each beat.
//
// Contract   : value changes in the cycle after advance; restart (which wins) sets it to 0.
// Latency    : 1 cycle.   Throughput: 1/cycle.   Cost: WIDTH FF, about 1.5 * WIDTH LUT.
// Reset      : rst, synchronous, active high.
// Golden     : a loop     Bench: sim/blocks/control/
`default_nettype none

module step_counter #(
    // Bits of value, 1 to 31
    parameter integer WIDTH = 4,
    // >= 1
    parameter integer STEP  = 2,
    // A multiple of STEP, >= 0, that WIDTH bits hold
    parameter integer LAST  = 6
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             restart,
    input  wire             advance,
    output wire [WIDTH-1:0] value
);

  generate
    if (WIDTH < 1 || WIDTH > 31) begin : gen_check_width
      ERROR_step_counter_WIDTH_must_be_1_to_31 u_error ();
    end
    if (STEP < 1) begin : gen_check_step
      ERROR_step_counter_STEP_must_be_at_least_1 u_error ();
    end
    if (LAST < 0 || LAST % STEP != 0 || (LAST >> WIDTH) != 0) begin : gen_check_last
      ERROR_step_counter_LAST_must_be_a_multiple_of_STEP_in_WIDTH_bits u_error ();
    end
  endgenerate

  reg [WIDTH-1:0] value_q;
  assign value = value_q;

  wire at_last = value_q == LAST[WIDTH-1:0];

  always @(posedge clk)
    if (rst || restart) value_q <= {WIDTH{1'b0}};
    else if (advance) value_q <= at_last ? {WIDTH{1'b0}} : value_q + STEP[WIDTH-1:0];

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // How often it was advanced since it was last 0: the value is so many steps, and after
  // LAST / STEP of them it is 0 again. A restart wins.
  localparam integer STEPS = LAST / STEP;
  reg [WIDTH-1:0] steps_f;
  always @(posedge clk)
    if (rst || restart) steps_f <= 0;
    else if (advance) steps_f <= (steps_f == STEPS) ? 0 : steps_f + 1;
  always @(*)
    if (started) begin
      assert (steps_f <= STEPS);
      assert (value == steps_f * STEP);
    end

  // From the last value it goes to 0, not restarted.
  always @(posedge clk)
    cover (started && $past(!rst && !restart && advance && value == LAST) && value == 0);
`endif

endmodule

`default_nettype wire
