// fx_rom.v - read-only memory with a registered read, filled from a file.
//
// Contract   : data in the next cycle is the word at address in this one; an address >= DEPTH reads
//              anything.
// Latency    : 1 cycle.   Throughput: 1/cycle.
// Cost       : WIDTH*DEPTH bits of block RAM or LUT, as STYLE says.
// Reset      : none (data path).
// Golden     : table[address]     Bench: sim/blocks/memory/
`default_nettype none

module fx_rom #(
    // bits of a word, >= 1
    parameter integer WIDTH = 8,
    // words, >= 1
    parameter integer DEPTH = 16,
    // $readmemh file of DEPTH words; "" leaves the memory undefined
    parameter FILE = "",
    // "auto", "block", "distributed" or "ultra"
    parameter STYLE = "auto"
) (
    input  wire                                         clk,
    input  wire [(DEPTH > 1 ? $clog2(DEPTH) : 1) - 1:0] address,
    output wire [                            WIDTH-1:0] data
);
  // Strings of different lengths are compared, with zeros in front of the shorter one, as Verilog
  // defines it.
  /* verilator lint_off WIDTH */  // strings of different lengths
  generate
    if (WIDTH < 1) begin : gen_check_width
      ERROR_fx_rom_WIDTH_must_be_at_least_1 u_error ();
    end
    if (DEPTH < 1) begin : gen_check_depth
      ERROR_fx_rom_DEPTH_must_be_at_least_1 u_error ();
    end
    if (STYLE != "auto" && STYLE != "block" && STYLE != "distributed" && STYLE != "ultra")
    begin : gen_check_style
      ERROR_fx_rom_STYLE_is_unknown u_error ();
    end
  endgenerate

  (* rom_style = STYLE *) reg [WIDTH-1:0] memory[0:DEPTH-1];
  initial if (FILE != "") $readmemh(FILE, memory);
  /* verilator lint_on WIDTH */

  reg [WIDTH-1:0] data_q;
  always @(posedge clk) data_q <= memory[address];
  assign data = data_q;
endmodule

`default_nettype wire
