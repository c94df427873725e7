// tensor_hash.v - a tensor's words as one hash a tick, so that equal runs are compared quickly.
//
// Contract   : words, low and high cover every word before this cycle, from the last one with take on; X in a word
//              makes them X. The order of words doesn't matter, their numbers do.
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
    output wire [31:0] words,
    output wire [31:0] low,
    output wire [31:0] high
);

  reg [31:0] words_q;
  reg [31:0] low_q;
  reg [31:0] high_q;
  reg [31:0] next_words;
  reg [31:0] next_low;
  reg [31:0] next_high;
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
    next_words = take ? 32'd0 : words_q;
    next_low = take ? 32'd0 : low_q;
    next_high = take ? 32'd0 : high_q;
    value = 64'd0;
    first = 32'd0;
    place = 32'd0;
    if (enable) begin
      next_words = next_words + 32'd1;
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        value = { {(64 - WIDTH) {(SIGNED != 0) && word[lane*WIDTH+WIDTH-1]}}, word[lane*WIDTH+:WIDTH]};
        place = number * LANES + lane;
        first = mix(value[31:0], place);
        if (WIDTH > 32) first = mix(value[63:32], first);
        next_low  = next_low + first;
        next_high = next_high + mix(first, place);
      end
    end
  end

  always @(posedge clk) begin
    words_q <= rst ? 32'd0 : next_words;
    low_q   <= rst ? 32'd0 : next_low;
    high_q  <= rst ? 32'd0 : next_high;
  end

  assign words = words_q;
  assign low   = low_q;
  assign high  = high_q;

endmodule

`default_nettype wire
