// tensor_hash.v - a tensor's words as one hash a tick, so that equal runs are compared quickly.
//
// Contract   : words, low and high cover every word since the last cycle with take, this cycle's included;
//              X in a word makes them X. The order of words doesn't matter, their numbers do.
// Golden     : hashTensor, src/cosim/hash.ts
`default_nettype none

module tensor_hash #(
    parameter integer LANES = 1,
    // Bits of a lane, 1 to 63; a lane of more than 32 bits is mixed in two halves
    parameter integer WIDTH = 1,
    parameter integer SIGNED = 0
) (
    input wire clk,
    input wire rst,
    input wire enable,
    input wire take,
    // Number of the word in its tensor
    input wire [31:0] number,
    input wire [LANES*WIDTH-1:0] word,
    output reg [31:0] words,
    output reg [31:0] low,
    output reg [31:0] high
);

  reg [31:0] words_q;
  reg [31:0] low_q;
  reg [31:0] high_q;
  reg [63:0] value;
  reg [31:0] first;
  reg [31:0] place;
  integer lane;

  function [31:0] mix(input [31:0] bits, input [31:0] at);
    begin
      mix = (at * 32'h9E3779B1) ^ bits;
      mix = (mix ^ (mix >> 16)) * 32'h85EBCA6B;
      mix = (mix ^ (mix >> 13)) * 32'hC2B2AE35;
      mix = mix ^ (mix >> 16);
    end
  endfunction

  always @(*) begin
    words = words_q;
    low = low_q;
    high = high_q;
    value = 64'd0;
    first = 32'd0;
    place = 32'd0;
    if (enable) begin
      words = words_q + 32'd1;
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        value = { {(64 - WIDTH) {(SIGNED != 0) && word[lane*WIDTH+WIDTH-1]}}, word[lane*WIDTH+:WIDTH]};
        place = number * LANES + lane;
        first = mix(value[31:0], place);
        if (WIDTH > 32) first = mix(value[63:32], first);
        low  = low + first;
        high = high + mix(first, place);
      end
    end
  end

  always @(posedge clk) begin
    words_q <= (rst || take) ? 32'd0 : words;
    low_q   <= (rst || take) ? 32'd0 : low;
    high_q  <= (rst || take) ? 32'd0 : high;
  end

endmodule

`default_nettype wire
