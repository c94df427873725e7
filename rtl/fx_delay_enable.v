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
`ifdef FORMAL
  // Any one enabled cycle: how many enabled cycles ago it was, 0 when none is watched, and what `a`
  // was.
  (* anyseq *) reg pick_f;
  reg [7:0] age_f = 8'd0;
  reg [WIDTH-1:0] value_f;
  always @(posedge clk)
    if (enable) begin
      if (age_f != 0) age_f <= (age_f == CYCLES) ? 8'd0 : age_f + 8'd1;
      else if (pick_f) {age_f, value_f} <= {8'd1, a};
    end
  always @(*) begin
    assert (age_f <= CYCLES);
    // It comes out after CYCLES enabled cycles, and lies at its place on the way there.
    if (age_f == CYCLES) assert (out == value_f);
    if (age_f != 0) assert (stages_q[(age_f-1)*WIDTH+:WIDTH] == value_f);
  end

  // A value leaves that waited while the delay stood still.
  reg stood_f = 1'b0;
  always @(posedge clk) if (age_f == 8'd1 && !enable) stood_f <= 1'b1;
  always @(*) cover (stood_f && age_f == CYCLES && &out);
`endif
endmodule

`default_nettype wire
