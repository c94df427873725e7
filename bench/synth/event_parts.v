// event_parts.v - parts of an event port in the forms that docs/event-blocks.md compares. They are
// here to be synthesised, not to be simulated: what was chosen is in rtl/.
`default_nettype none

// One bank: two halves (ping-pong) of PLACES words of CHANNELS accumulators, and their adders.
// STAGES 1: asynchronous read, add and write in a cycle; 2: registered read, and forwarding;
//        3: a register between sum and memory as well, and forwarding from two places.
// CLEAR 0: the sweep writes zeros; 1: a bit a word says whether this tick has written it.
// USE_DSP: two 24-bit additions in a DSP48E2 (STAGES 2: the forwarding stays in LUT).
module form_bank #(
    parameter integer CHANNELS = 32,
    parameter integer ACC_WIDTH = 16,
    parameter integer PLACES = 9,
    parameter integer STAGES = 1,
    parameter integer CLEAR = 1,
    parameter integer USE_DSP = 0,
    parameter STYLE = "distributed"
) (
    input  wire                            clk,
    input  wire                            rst,
    input  wire                            half,
    input  wire                            valid,
    input  wire [CHANNELS*8-1:0]           weights,
    input  wire [$clog2(PLACES)-1:0]       place,
    input  wire                            read_enable,
    input  wire [$clog2(PLACES)-1:0]       read_place,
    output wire [2*CHANNELS*ACC_WIDTH-1:0] halves,
    output wire [1:0]                      fresh
);
  localparam integer WORD = CHANNELS * ACC_WIDTH;

  reg [$clog2(PLACES)-1:0] place_q, place_q2, read_place_q;
  reg [CHANNELS*8-1:0] weights_q;
  reg valid_q, valid_q2, read_enable_q, half_q, same_q, same_q2;
  reg [WORD-1:0] sum_q;
  wire [WORD-1:0] sum, stored;
  always @(posedge clk) begin
    {place_q2, place_q} <= {place_q, place};
    weights_q <= valid ? weights : 0;
    {valid_q2, valid_q} <= {valid_q, valid};
    {read_enable_q, read_place_q, half_q} <= {read_enable, read_place, half};
    same_q <= valid_q && place_q == place;
    same_q2 <= valid_q2 && place_q2 == place;
    sum_q <= sum;
  end
  reg [WORD-1:0] stored_q;
  always @(posedge clk) stored_q <= stored;

  // The words' two halves are chosen, and made zero, in the LUT that adds.
  wire keep = !CLEAR || fresh[half_q];
  wire [WORD-1:0] read = (half_q ? halves[WORD+:WORD] : halves[0+:WORD]) & {WORD{keep}};
  wire [WORD-1:0] old = STAGES == 1 ? read : same_q ? sum_q
                      : STAGES == 3 && same_q2 ? stored_q : read;
  genvar l, h;
  generate
    for (l = 0; l < CHANNELS; l = l + 1) begin : gen_lane
      if (!USE_DSP) begin : gen_lut
        wire signed [7:0] weight = weights_q[l*8+:8];
        wire signed [ACC_WIDTH-1:0] sum_old = old[l*ACC_WIDTH+:ACC_WIDTH];
        assign sum[l*ACC_WIDTH+:ACC_WIDTH] = weight + sum_old;
      end else if (l % 2 == 0) begin : gen_dsp
        wire [47:0] c = {
          {16{weights_q[l*8+15]}}, weights_q[l*8+8+:8], {16{weights_q[l*8+7]}}, weights_q[l*8+:8]
        };
        wire [47:0] ab = {
          8'd0, old[(l+1)*ACC_WIDTH+:ACC_WIDTH], 8'd0, old[l*ACC_WIDTH+:ACC_WIDTH]
        };
        wire [47:0] p;
        DSP48E2 #(
            .USE_SIMD("TWO24"), .AREG(0), .BREG(0), .CREG(0), .PREG(0), .USE_MULT("NONE")
        ) u_dsp (
            .CLK(clk), .A(ab[47:18]), .B(ab[17:0]), .C(c), .OPMODE(9'b000110011), .ALUMODE(4'd0),
            .P(p)
        );
        assign sum[l*ACC_WIDTH+:ACC_WIDTH] = p[0+:ACC_WIDTH];
        assign sum[(l+1)*ACC_WIDTH+:ACC_WIDTH] = p[24+:ACC_WIDTH];
      end
    end
    for (h = 0; h < 2; h = h + 1) begin : gen_half
      (* ram_style = STYLE *) reg [WORD-1:0] memory[0:PLACES-1];
      wire mine = half_q == h;
      wire [$clog2(PLACES)-1:0] write_at =
          !mine && !CLEAR ? read_place_q : STAGES == 3 ? place_q2 : place_q;
      wire write = mine ? (STAGES == 3 ? valid_q2 : valid_q) : !CLEAR && read_enable_q;
      wire [WORD-1:0] new_word = STAGES == 3 ? sum_q : sum;
      always @(posedge clk)
        if (write) memory[write_at] <= mine || CLEAR ? new_word : {WORD{1'b0}};
      // Bits that say what this tick has written
      reg [PLACES-1:0] written_q;
      always @(posedge clk)
        if (rst) written_q <= 0;
        else if (mine && write) written_q[write_at] <= 1'b1;
        else if (!mine && read_enable_q) written_q[read_place_q] <= 1'b0;
      if (STAGES == 1) begin : gen_async
        wire [$clog2(PLACES)-1:0] at = mine ? place_q : read_place_q;
        assign halves[h*WORD+:WORD] = memory[at];
        // Known a cycle before it is needed
        wire [$clog2(PLACES)-1:0] next_at = mine ? place : read_place;
        reg fresh_q;
        always @(posedge clk) fresh_q <= written_q[next_at] || (mine && write && place_q == place);
        assign fresh[h] = fresh_q;
      end else begin : gen_sync
        wire [$clog2(PLACES)-1:0] at = mine ? place : read_place;
        reg [WORD-1:0] data_q;
        reg fresh_q;
        always @(posedge clk) begin
          data_q <= memory[at];
          fresh_q <= written_q[at];
        end
        assign halves[h*WORD+:WORD] = data_q;
        assign fresh[h] = fresh_q;
      end
    end
  endgenerate
endmodule

// The same bank with both halves in one memory, of which there are two copies: one for the
// integration to read, one for the sweep. STAGES = 1, CLEAR = 1.
module form_bank_copies #(
    parameter integer CHANNELS = 32,
    parameter integer ACC_WIDTH = 16,
    parameter integer PLACES = 9,
    parameter STYLE = "distributed"
) (
    input  wire                          clk,
    input  wire                          half,
    input  wire                          valid,
    input  wire [CHANNELS*8-1:0]         weights,
    input  wire [$clog2(PLACES)-1:0]     place,
    input  wire                          read_enable,
    input  wire [$clog2(PLACES)-1:0]     read_place,
    output wire [CHANNELS*ACC_WIDTH-1:0] read_data,
    output wire                          read_fresh
);
  localparam integer WORD = CHANNELS * ACC_WIDTH;
  localparam integer DEPTH = 2 << $clog2(PLACES);
  (* ram_style = STYLE *) reg [WORD-1:0] memory[0:DEPTH-1];
  (* ram_style = STYLE *) reg [WORD-1:0] copy[0:DEPTH-1];
  reg [DEPTH-1:0] written_q;
  reg [$clog2(DEPTH)-1:0] place_q, read_place_q;
  reg [CHANNELS*8-1:0] weights_q;
  reg valid_q, keep_q, fresh_q, read_enable_q;
  wire [$clog2(DEPTH)-1:0] next_place = {half, place};
  wire [$clog2(DEPTH)-1:0] next_read = {!half, read_place};
  wire [WORD-1:0] old = memory[place_q] & {WORD{keep_q}};
  wire [WORD-1:0] sum;
  genvar l;
  generate
    for (l = 0; l < CHANNELS; l = l + 1) begin : gen_lane
      wire signed [7:0] weight = weights_q[l*8+:8];
      wire signed [ACC_WIDTH-1:0] sum_old = old[l*ACC_WIDTH+:ACC_WIDTH];
      assign sum[l*ACC_WIDTH+:ACC_WIDTH] = weight + sum_old;
    end
  endgenerate
  always @(posedge clk) begin
    place_q <= next_place;
    read_place_q <= next_read;
    read_enable_q <= read_enable;
    weights_q <= valid ? weights : 0;
    valid_q <= valid;
    keep_q <= written_q[next_place] || (valid_q && place_q == next_place);
    fresh_q <= written_q[next_read];
    if (read_enable_q) written_q[read_place_q] <= 1'b0;
    if (valid_q) written_q[place_q] <= 1'b1;
    if (valid_q) memory[place_q] <= sum;
    if (valid_q) copy[place_q] <= sum;
  end
  assign read_data = copy[read_place_q];
  assign read_fresh = fresh_q;
endmodule

// Rotates TAPS slots of WIDTH bits to the left by 0 to SHIFT - 1 slots.
module form_rotate #(
    parameter integer TAPS = 7,
    parameter integer WIDTH = 256,
    parameter integer SHIFT = 7
) (
    input  wire                  clk,
    input  wire [2:0]            amount,
    input  wire [TAPS*WIDTH-1:0] in,
    output reg  [TAPS*WIDTH-1:0] out
);
  function automatic [TAPS*WIDTH-1:0] turn(input [TAPS*WIDTH-1:0] word, input integer slots);
    turn = (word << (slots * WIDTH)) | (word >> ((TAPS - slots) * WIDTH));
  endfunction
  wire [TAPS*WIDTH-1:0] by1 = SHIFT > 1 && amount[0] ? turn(in, 1) : in;
  wire [TAPS*WIDTH-1:0] by2 = SHIFT > 2 && amount[1] ? turn(by1, 2) : by1;
  wire [TAPS*WIDTH-1:0] by4 = SHIFT > 4 && amount[2] ? turn(by2, 4) : by2;
  always @(posedge clk) out <= by4;
endmodule

// Weights: PORTS words of one read-only memory a cycle.
module form_weights #(
    parameter integer WIDTH = 1792,
    parameter integer WORDS = 224,
    parameter integer PORTS = 1,
    parameter STYLE = "block",
    parameter FILE = ""
) (
    input  wire                           clk,
    input  wire [PORTS*$clog2(WORDS)-1:0] address,
    output reg  [PORTS*WIDTH-1:0]         data
);
  (* rom_style = STYLE *) reg [WIDTH-1:0] memory[0:WORDS-1];
  initial $readmemh(FILE, memory);
  genvar p;
  generate
    for (p = 0; p < PORTS; p = p + 1) begin : gen_port
      always @(posedge clk)
        data[p*WIDTH+:WIDTH] <= memory[address[p*$clog2(WORDS)+:$clog2(WORDS)]];
    end
  endgenerate
endmodule

// What the sweep reads: one WIDTH-bit slice of READ_X neighbours out of ROWS x COLUMNS banks in two
// halves.
module form_read #(
    parameter integer COLUMNS = 7,
    parameter integer ROWS = 7,
    parameter integer WIDTH = 16,
    parameter integer READ_X = 1
) (
    input  wire                            clk,
    input  wire                            half,
    input  wire [2:0]                      row,
    input  wire [2:0]                      column,
    input  wire [2*ROWS*COLUMNS*WIDTH-1:0] halves,
    output reg  [READ_X*WIDTH-1:0]         data
);
  // First a choice of four (two rows, two halves), a LUT6 a bit, then a choice of the row pairs.
  localparam integer PAIRS = (ROWS + 1) / 2;
  reg [COLUMNS*WIDTH-1:0] row_q;
  reg [2:0] column_q;
  genvar c, p;
  generate
    for (c = 0; c < COLUMNS; c = c + 1) begin : gen_column
      wire [4*PAIRS*WIDTH-1:0] banks = {{4{{WIDTH{1'b0}}}}, halves[c*2*ROWS*WIDTH+:2*ROWS*WIDTH]};
      (* keep *) wire [PAIRS*WIDTH-1:0] pairs;
      for (p = 0; p < PAIRS; p = p + 1) begin : gen_pair
        assign pairs[p*WIDTH+:WIDTH] = row[0]
            ? (half ? banks[(4*p+3)*WIDTH+:WIDTH] : banks[(4*p+2)*WIDTH+:WIDTH])
            : (half ? banks[(4*p+1)*WIDTH+:WIDTH] : banks[(4*p)*WIDTH+:WIDTH]);
      end
      always @(posedge clk) row_q[c*WIDTH+:WIDTH] <= pairs[row[2:1]*WIDTH+:WIDTH];
    end
  endgenerate
  // A column by halves: bit k of its number between neighbours 2^k apart.
  reg [8*WIDTH-1:0] words;
  integer b, k, m;
  always @(posedge clk) begin
    column_q <= column;
    for (m = 0; m < READ_X; m = m + 1) begin
      words = {8 * WIDTH{1'b0}};
      for (b = 0; b < COLUMNS; b = b + 1)
        words[b*WIDTH+:WIDTH] = row_q[((b+m)%COLUMNS)*WIDTH+:WIDTH];
      for (k = 0; k < 3; k = k + 1)
        for (b = 0; b < 8; b = b + (2 << k))
          if (column_q[k]) words[b*WIDTH+:WIDTH] = words[(b+(1<<k))*WIDTH+:WIDTH];
      data[m*WIDTH+:WIDTH] <= words[WIDTH-1:0];
    end
  end
endmodule

`default_nettype wire
