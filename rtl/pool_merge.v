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

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // The surroundings: beats of a window come in order. The beat after a reset, or after a last, is
  // a first.
  reg open_f;
  always @(posedge clk) begin
    if (in_valid) open_f <= !window_last;
    if (rst) open_f <= 1'b0;
  end
  always @(*) if (in_valid) assume (window_first == !open_f);

  // A window leaves in the cycle after its last beat if that says so; nothing else leaves.
  reg merged_f, begun_f;
  always @(posedge clk) merged_f <= !rst && in_valid && window_last && window_emits;
  always @(posedge clk) begun_f <= !rst && (begun_f || in_valid);
  always @(*)
    if (started) begin
      assert (out_valid == merged_f);
      assert (begun_f || !(out_valid || open_f));
    end

  genvar f;
  generate
    for (f = 0; f < PE; f = f + 1) begin : gen_window_f
      // Of any potential, whether it came in the window; and in how many beats the neuron spiked.
      (* anyconst *) reg signed [POTENTIAL_WIDTH-1:0] any_f;
      wire signed [POTENTIAL_WIDTH-1:0] out_f = out_potentials[f*POTENTIAL_WIDTH+:POTENTIAL_WIDTH];
      reg seen_f;
      reg [3:0] spikes_f;
      wire [3:0] before_f = window_first ? 4'd0 : spikes_f;
      always @(posedge clk)
        if (in_valid) begin
          seen_f <= (seen_f && !window_first)
              || in_potentials[f*POTENTIAL_WIDTH+:POTENTIAL_WIDTH] == any_f;
          spikes_f <= before_f + {3'd0, in_spikes[f] && before_f != 4'd15};
        end
      always @(*)
        if (started && begun_f) begin
          // It spikes if it spiked in a beat.
          assert (out_spikes[f] == (spikes_f != 4'd0));
          // None of its potentials is above the one that leaves, and that is one of them.
          if (seen_f) assert (any_f <= out_f);
          if (out_f == any_f) assert (seen_f);
        end
    end
  endgenerate

  // A window of three beats or more, in one of which it spiked, above a negative potential.
  reg [1:0] beats_f;
  always @(posedge clk)
    if (in_valid) beats_f <= window_first ? 2'd1 : beats_f + {1'b0, beats_f != 2'd3};
  always @(*)
    cover (started && out_valid && beats_f == 2'd3 && gen_window_f[0].spikes_f == 4'd1
           && gen_window_f[0].seen_f && gen_window_f[0].any_f < 0 && gen_window_f[0].out_f > 0);
`endif

endmodule

`default_nettype wire
