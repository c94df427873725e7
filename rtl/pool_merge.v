// pool_merge.v - merges the neuron groups of a pool window: spikes by OR, potentials by maximum.
//
// Contract   : beats window_first..window_last are one window, gaps are allowed; the merged window
//              leaves once if window_emits is high in its last beat, else it is dropped.
// Latency    : 1 cycle from the last beat of the window.   Throughput: 1 beat/cycle.
// Cost       : PE * (POTENTIAL_WIDTH + 1) + 1 FF, PE comparators.
// Reset      : rst, synchronous, active high; clears the valid, not the data.
// Golden     : OR and Math.max over the window     Bench: sim/blocks/pool_merge/
`default_nettype none

module pool_merge #(
    // Neurons of a group, >= 1
    parameter integer PE              = 2,
    // Potential bits, two's complement, >= 1
    parameter integer POTENTIAL_WIDTH = 24
) (
    input  wire                          clk,
    input  wire                          rst,

    input  wire                          in_valid,
    input  wire [PE-1:0]                 in_spikes,
    input  wire [PE*POTENTIAL_WIDTH-1:0] in_potentials,
    input  wire                          window_first,
    input  wire                          window_last,
    input  wire                          window_emits,

    // Valid for one cycle: there is no ready
    output wire                          out_valid,
    output wire [PE-1:0]                 out_spikes,
    output wire [PE*POTENTIAL_WIDTH-1:0] out_potentials
);

  generate
    if (PE < 1) begin : gen_check_pe
      ERROR_pool_merge_PE_must_be_at_least_1 u_error ();
    end
    if (POTENTIAL_WIDTH < 1) begin : gen_check_potential_width
      ERROR_pool_merge_POTENTIAL_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  reg          valid_q;
  reg [PE-1:0] spikes_q;

  always @(posedge clk) begin
    valid_q <= !rst && in_valid && window_last && window_emits;
    if (in_valid) spikes_q <= window_first ? in_spikes : (spikes_q | in_spikes);
  end

  assign out_valid  = valid_q;
  assign out_spikes = spikes_q;

  genvar p;
  generate
    for (p = 0; p < PE; p = p + 1) begin : gen_neuron
      reg  signed [POTENTIAL_WIDTH-1:0] potential_q;
      wire signed [POTENTIAL_WIDTH-1:0] potential =
          in_potentials[p*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];

      always @(posedge clk)
        if (in_valid && (window_first || potential > potential_q)) potential_q <= potential;

      assign out_potentials[p*POTENTIAL_WIDTH+:POTENTIAL_WIDTH] = potential_q;
    end
  endgenerate

endmodule

`default_nettype wire
