// main.v - clocks the bench's top in Icarus (Verilator uses main.cpp).
`default_nettype none

module main;
  reg clk = 1'b0;
  always #1 clk = ~clk;
  bench u_bench (.clk(clk));
endmodule

`default_nettype wire
