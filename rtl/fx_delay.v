// fx_delay.v - the input, some cycles later.
//
// Contract   : out in cycle t + CYCLES is a in cycle t.
// Latency    : CYCLES.   Throughput: 1/cycle.   Cost: WIDTH FF a cycle, or WIDTH SRL for every 32
//              cycles.
// Reset      : none (data path), so that synthesis may use shift-register LUTs.
// Golden     : identity     Bench: sim/blocks/fixed_point/
`default_nettype none

module fx_delay #(
    // bits, >= 1
    parameter integer WIDTH  = 16,
    // >= 1
    parameter integer CYCLES = 2
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] a,
    output wire [WIDTH-1:0] out
);
  generate
    if (WIDTH < 1) begin : gen_check_width
      ERROR_fx_delay_WIDTH_must_be_at_least_1 u_error ();
    end
    if (CYCLES < 1) begin : gen_check_cycles
      ERROR_fx_delay_CYCLES_must_be_at_least_1 u_error ();
    end
  endgenerate

  // Stage i at [i*WIDTH +: WIDTH]; the input is stage 0 of the chain, the youngest register stage
  // 1.
  reg  [    CYCLES*WIDTH-1:0] stages_q;
  wire [(CYCLES+1)*WIDTH-1:0] chain = {stages_q, a};

  always @(posedge clk) stages_q <= chain[CYCLES*WIDTH-1:0];
  assign out = chain[CYCLES*WIDTH+:WIDTH];
endmodule

`default_nettype wire
