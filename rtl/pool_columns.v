// pool_columns.v - merges neighbouring columns of a beat: spikes by OR, potentials by maximum.
//
// Contract   : of WINDOWS * MERGE columns of PE neurons, columns w*MERGE to w*MERGE + MERGE-1
//              become window w of the output.
// Latency    : 1 cycle.   Throughput: 1 beat/cycle.
// Cost       : WINDOWS*PE*(POTENTIAL_WIDTH + 1) FF, (MERGE - 1)*WINDOWS*PE comparators.
// Reset      : none (data path).
// Golden     : OR and Math.max over the columns     Bench: sim/blocks/pool_columns/
`default_nettype none

module pool_columns #(
    // Neurons of a column, >= 1
    parameter integer PE              = 2,
    // Columns of a window, windows, each >= 1
    parameter integer MERGE           = 2,
    parameter integer WINDOWS         = 1,
    // Potential bits, two's complement, >= 1
    parameter integer POTENTIAL_WIDTH = 24
) (
    input  wire                                        clk,
    // Column c, neuron p at bit c*PE + p
    input  wire [WINDOWS*MERGE*PE-1:0]                 in_spikes,
    input  wire [WINDOWS*MERGE*PE*POTENTIAL_WIDTH-1:0] in_potentials,
    // Window w, neuron p at bit w*PE + p
    output wire [WINDOWS*PE-1:0]                       out_spikes,
    output wire [WINDOWS*PE*POTENTIAL_WIDTH-1:0]       out_potentials
);

  generate
    if (PE < 1 || MERGE < 1 || WINDOWS < 1) begin : gen_check_size
      ERROR_pool_columns_PE_MERGE_and_WINDOWS_must_be_at_least_1 u_error ();
    end
    if (POTENTIAL_WIDTH < 1) begin : gen_check_potential_width
      ERROR_pool_columns_POTENTIAL_WIDTH_must_be_at_least_1 u_error ();
    end
  endgenerate

  genvar w, p;
  generate
    for (w = 0; w < WINDOWS; w = w + 1) begin : gen_window
      for (p = 0; p < PE; p = p + 1) begin : gen_neuron
        reg                              spike, spike_q;
        reg signed [POTENTIAL_WIDTH-1:0] highest, other, highest_q;
        always @(*) begin : merge
          integer c;
          spike   = 1'b0;
          highest = in_potentials[(w*MERGE*PE+p)*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];
          other   = highest;
          for (c = 0; c < MERGE; c = c + 1) begin
            spike = spike | in_spikes[(w*MERGE+c)*PE+p];
            other = in_potentials[((w*MERGE+c)*PE+p)*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];
            if (other > highest) highest = other;
          end
        end
        always @(posedge clk) begin
          spike_q   <= spike;
          highest_q <= highest;
        end
        assign out_spikes[w*PE+p] = spike_q;
        assign out_potentials[(w*PE+p)*POTENTIAL_WIDTH+:POTENTIAL_WIDTH] = highest_q;
      end
    end
  endgenerate

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;

  // The beat of the cycle before
  reg [WINDOWS*MERGE*PE-1:0]                 spikes_f;
  reg [WINDOWS*MERGE*PE*POTENTIAL_WIDTH-1:0] potentials_f;
  always @(posedge clk) {spikes_f, potentials_f} <= {in_spikes, in_potentials};

  // Any one column, neuron by neuron, and the window that it is of.
  (* anyconst *) reg [7:0] column_f;
  always @(*) assume (column_f < WINDOWS * MERGE);
  wire [7:0] window_f = column_f / MERGE;
  genvar f;
  generate
    for (f = 0; f < PE; f = f + 1) begin : gen_neuron_f
      wire spike_f = spikes_f[column_f*PE+f];
      wire signed [POTENTIAL_WIDTH-1:0] potential_f =
          potentials_f[(column_f*PE+f)*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];
      wire out_spike_f = out_spikes[window_f*PE+f];
      wire signed [POTENTIAL_WIDTH-1:0] out_f =
          out_potentials[(window_f*PE+f)*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];
      // What the columns of that window hold: a spike, the potential that leaves.
      reg spiked_f, held_f;
      always @(*) begin : search_f
        integer i;
        {spiked_f, held_f} = 2'b00;
        for (i = 0; i < WINDOWS * MERGE; i = i + 1)
          if (i / MERGE == window_f) begin
            if (spikes_f[i*PE+f]) spiked_f = 1'b1;
            if (potentials_f[(i*PE+f)*POTENTIAL_WIDTH+:POTENTIAL_WIDTH] == out_f) held_f = 1'b1;
          end
      end
      always @(*)
        if (started) begin
          // No column of a window spikes without it, and it doesn't without any of them.
          assert (out_spike_f == spiked_f && (out_spike_f || !spike_f));
          // No column is above its window, and one of them is as high.
          assert (potential_f <= out_f && held_f);
        end
    end
  endgenerate

  always @(*)
    cover (started && column_f == 1 && !gen_neuron_f[0].spike_f && gen_neuron_f[0].spiked_f
           && gen_neuron_f[0].potential_f < gen_neuron_f[0].out_f && gen_neuron_f[0].out_f < 0);
`endif

endmodule

`default_nettype wire
