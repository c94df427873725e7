// weight_rom.v - weights: a read-only memory, read at READS addresses a cycle.
//
// Contract   : word i of data in the next cycle is the word at address i in this one; an address
//              >= DEPTH reads anything. Two reads share one memory where it has two ports.
// Latency    : 1 cycle.   Throughput: READS words a cycle.
// Cost       : ceil(READS / 2) memories of WIDTH*DEPTH bits, block RAM or LUT as STYLE says.
// Reset      : none (data path).
// Golden     : table[address]     Bench: sim/blocks/memory/
`default_nettype none

module weight_rom #(
    // bits of a word, >= 1
    parameter integer WIDTH = 8,
    // words, >= 1
    parameter integer DEPTH = 16,
    // >= 1
    parameter integer READS = 2,
    // $readmemh file of DEPTH words; "" leaves the memory undefined
    parameter FILE = "",
    // "auto", "block", "distributed"
    parameter STYLE = "auto"
) (
    input  wire                                               clk,
    input  wire [READS*((DEPTH > 1) ? $clog2(DEPTH) : 1)-1:0] address,
    output wire [                            READS*WIDTH-1:0] data
);

  localparam integer ADDRESS_WIDTH = (DEPTH > 1) ? $clog2(DEPTH) : 1;

  // Strings of different lengths are compared, with zeros in front of the shorter one, as Verilog
  // defines it.
  /* verilator lint_off WIDTH */  // strings of different lengths
  generate
    if (WIDTH < 1) begin : gen_check_width
      ERROR_weight_rom_WIDTH_must_be_at_least_1 u_error ();
    end
    if (DEPTH < 1 || READS < 1) begin : gen_check_depth
      ERROR_weight_rom_DEPTH_and_READS_must_be_at_least_1 u_error ();
    end
    if (STYLE != "auto" && STYLE != "block" && STYLE != "distributed") begin : gen_check_style
      ERROR_weight_rom_STYLE_is_unknown u_error ();
    end
  endgenerate

  reg [READS*WIDTH-1:0] data_q;
  assign data = data_q;

  genvar p, r;
  generate
    for (p = 0; p < READS; p = p + 2) begin : gen_pair
      (* rom_style = STYLE *) reg [WIDTH-1:0] memory[0:DEPTH-1];
      initial if (FILE != "") $readmemh(FILE, memory);
      for (r = p; r < p + 2 && r < READS; r = r + 1) begin : gen_read
        always @(posedge clk)
          data_q[r*WIDTH+:WIDTH] <= memory[address[r*ADDRESS_WIDTH+:ADDRESS_WIDTH]];
      end
    end
  endgenerate
  /* verilator lint_on WIDTH */

endmodule

`default_nettype wire
