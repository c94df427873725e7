// fx_delay_enable.v - the input, some enabled cycles later: beside a pipeline that can stop.
//
// Contract   : what `a` holds in an enabled cycle is on `out` after CYCLES enabled cycles.
// Latency    : CYCLES enabled cycles.   Throughput: 1/cycle.
// Cost       : WIDTH SRL for every 32 cycles (Yosys: 16 as well), or WIDTH FF a cycle.
// Reset      : none (data path), so that synthesis may use shift-register LUTs.
// Golden     : a queue     Bench: sim/blocks/readout_columns/
`default_nettype none

module fx_delay_enable #(
    // bits, >= 1
    parameter integer WIDTH  = 16,
    // >= 1
    parameter integer CYCLES = 2
) (
    input  wire             clk,
    // the delay stands still while it is low
    input  wire             enable,
    input  wire [WIDTH-1:0] a,
    output wire [WIDTH-1:0] out
);
  generate
    if (WIDTH < 1) begin : gen_check_width
      ERROR_fx_delay_enable_WIDTH_must_be_at_least_1 u_error ();
    end
    if (CYCLES < 1) begin : gen_check_cycles
      ERROR_fx_delay_enable_CYCLES_must_be_at_least_1 u_error ();
    end
  endgenerate

  // Stage i at [i*WIDTH +: WIDTH]; the input is stage 0 of the chain, the youngest register stage
  // 1.
  reg  [    CYCLES*WIDTH-1:0] stages_q;
  wire [(CYCLES+1)*WIDTH-1:0] chain = {stages_q, a};

  always @(posedge clk) if (enable) stages_q <= chain[CYCLES*WIDTH-1:0];
  assign out = chain[CYCLES*WIDTH+:WIDTH];
endmodule

`default_nettype wire
