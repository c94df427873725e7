// bench_vectors.v - drives one word a cycle from a file and compares the response, cycle by cycle
// (simulation only).
//
// Contract   : word t is on `stimulus` in cycle t; `response` is sampled at the end of cycle t and
//              compared with word t of RESPONSE_FILE = {mask, value}. Before word 0 the stimulus is
//              zero, after the last it holds. Runs once, from the end of the first reset.
`default_nettype none

module bench_vectors #(
    parameter integer STIMULUS_WIDTH = 8,
    parameter integer RESPONSE_WIDTH = 8,
    parameter integer STIMULUS_COUNT = 1,
    parameter integer RESPONSE_COUNT = 1,
    parameter STIMULUS_FILE = "",
    parameter RESPONSE_FILE = "",
    parameter NAME = ""
) (
    input  wire                      clk,
    // the first stimulus is applied in the cycle after the first one in which hold is low
    input  wire                      hold,
    output reg  [STIMULUS_WIDTH-1:0] stimulus,
    input  wire [RESPONSE_WIDTH-1:0] response,
    output wire                      done,
    output reg                       failed
);
  reg [STIMULUS_WIDTH-1:0] stimuli[0:STIMULUS_COUNT-1];
  reg [2*RESPONSE_WIDTH-1:0] responses[0:RESPONSE_COUNT-1];
  reg [31:0] cycle;
  initial begin
    $readmemh(STIMULUS_FILE, stimuli);
    $readmemh(RESPONSE_FILE, responses);
    cycle = 32'd0;
    stimulus = {STIMULUS_WIDTH{1'b0}};
    failed = 1'b0;
  end

  wire [2*RESPONSE_WIDTH-1:0] expected = responses[cycle-32'd1];
  wire [RESPONSE_WIDTH-1:0] mask = expected[2*RESPONSE_WIDTH-1:RESPONSE_WIDTH];
  wire differs = (response & mask) !== (expected[RESPONSE_WIDTH-1:0] & mask);
  assign done = cycle == RESPONSE_COUNT + 1;

  // Cycle t of the contract is the one in which the counter holds t + 1.
  always @(posedge clk) begin
    if (!hold && !done) begin
      cycle <= cycle + 32'd1;
      if (cycle < STIMULUS_COUNT) stimulus <= stimuli[cycle];
      if (cycle != 32'd0 && !failed && differs) begin
        failed <= 1'b1;
        $display("FAIL %0s cycle %0d: %h, expected %h (mask %h), inputs %h", NAME, cycle - 32'd1,
                 response, expected[RESPONSE_WIDTH-1:0], mask, stimulus);
      end
    end
  end
endmodule

`default_nettype wire
