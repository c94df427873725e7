// valid_delay.v - a pulse, some cycles later: the valid bit beside a pipeline that never stops.
//
// Contract   : out is in, CYCLES cycles ago; 0 for what came before a reset.
// Latency    : CYCLES.   Throughput: 1/cycle.   Cost: CYCLES FF.
// Reset      : rst, synchronous, active high.
// Golden     : a queue     Bench: sim/blocks/control/
`default_nettype none

module valid_delay #(
    // >= 1
    parameter integer CYCLES = 2
) (
    input  wire clk,
    input  wire rst,
    input  wire in,
    output wire out
);

  generate
    if (CYCLES < 1) begin : gen_check_cycles
      ERROR_valid_delay_CYCLES_must_be_at_least_1 u_error ();
    end
  endgenerate

  reg [CYCLES-1:0] pulses_q;
  // The highest bit is the one that leaves.
  /* verilator lint_off UNUSEDSIGNAL */
  wire [CYCLES:0] pulses = {pulses_q, in};
  /* verilator lint_on UNUSEDSIGNAL */

  assign out = pulses_q[CYCLES-1];

  always @(posedge clk)
    if (rst) pulses_q <= {CYCLES{1'b0}};
    else pulses_q <= pulses[CYCLES-1:0];

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // Cycles since the last reset: a pulse leaves CYCLES cycles after it came, and one that came
  // before the reset, or with it, does not.
  reg [7:0] since_f;
  always @(posedge clk) since_f <= rst ? 8'd0 : since_f + {7'd0, since_f != CYCLES};
  always @(posedge clk)
    if (started) begin
      assert (since_f <= CYCLES);
      assert (out == (since_f == CYCLES && $past(in, CYCLES)));
    end

  always @(*) cover (started && out);
`endif

endmodule

`default_nettype wire
