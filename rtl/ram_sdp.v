// ram_sdp.v - memory with one write port and one registered read port.
//
// Contract   : a read gives the word before a write of the same cycle (old data); read_data holds
//              while read_enable is low. All words are zero at start, but for "ultra", which is
//              undefined.
// Latency    : 1 cycle (read).   Throughput: one read and one write a cycle.
// Cost       : WIDTH*DEPTH bits of memory, as STYLE says; no logic.
// Reset      : none.
// Golden     : an array     Bench: sim/blocks/memory/
`default_nettype none

module ram_sdp #(
    // bits of a word, >= 1
    parameter integer WIDTH = 16,
    // words, >= 1
    parameter integer DEPTH = 16,
    // "auto", "block", "distributed" or "ultra"
    parameter STYLE = "auto"
) (
    input  wire                                         clk,
    input  wire                                         write_enable,
    input  wire [(DEPTH > 1 ? $clog2(DEPTH) : 1) - 1:0] write_address,
    input  wire [                            WIDTH-1:0] write_data,
    input  wire                                         read_enable,
    input  wire [(DEPTH > 1 ? $clog2(DEPTH) : 1) - 1:0] read_address,
    output wire [                            WIDTH-1:0] read_data
);
  (* ram_style = STYLE *) reg [WIDTH-1:0] memory[0:DEPTH-1];

  // Strings of different lengths are compared, with zeros in front of the shorter one, as Verilog
  // defines it.
  /* verilator lint_off WIDTH */  // strings of different lengths
  generate
    if (WIDTH < 1) begin : gen_check_width
      ERROR_ram_sdp_WIDTH_must_be_at_least_1 u_error ();
    end
    if (DEPTH < 1) begin : gen_check_depth
      ERROR_ram_sdp_DEPTH_must_be_at_least_1 u_error ();
    end
    if (STYLE != "auto" && STYLE != "block" && STYLE != "distributed" && STYLE != "ultra")
    begin : gen_check_style
      ERROR_ram_sdp_STYLE_is_unknown u_error ();
    end
    // UltraRAM has no initial content.
    if (STYLE != "ultra") begin : gen_initial
      initial begin : fill
        integer i;
        for (i = 0; i < DEPTH; i = i + 1) memory[i] = {WIDTH{1'b0}};
      end
    end
  endgenerate
  /* verilator lint_on WIDTH */

  reg [WIDTH-1:0] read_data_q;
  always @(posedge clk) begin
    if (write_enable) memory[write_address] <= write_data;
    if (read_enable) read_data_q <= memory[read_address];
  end
  assign read_data = read_data_q;
endmodule

`default_nettype wire
