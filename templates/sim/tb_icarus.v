// tb_icarus.v - a clock for tb.v, and the waveform window: +vcd=FILE +vcd_from=CYCLE +vcd_to=CYCLE.
`default_nettype none
`timescale 1ns / 1ps

module tb_icarus;

  reg clk;
  integer from;
  integer to;
  reg [1023:0] vcd_file;

  tb u_tb (.clk(clk));

  initial begin
    clk = 1'b0;
    forever #5 clk = !clk;
  end

  initial
    if ($value$plusargs("vcd=%s", vcd_file) != 0) begin
      if ($value$plusargs("vcd_from=%d", from) == 0) from = 0;
      if ($value$plusargs("vcd_to=%d", to) == 0) to = 2000000000;
      $dumpfile(vcd_file);
      repeat (from) @(posedge clk);
      $dumpvars(0, u_tb.u_core);
      repeat (to - from) @(posedge clk);
      $dumpoff;
      $finish;
    end

endmodule

`default_nettype wire
