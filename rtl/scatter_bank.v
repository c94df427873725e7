// scatter_bank.v - one bank of accumulators: adds a word a cycle, while the tick before is read.
//
// Contract   : two halves of DEPTH words of CHANNELS accumulators. In half `half`, word `place` of
//              a cycle with add_valid grows by the weights of the next cycle; repeats of a place
//              add up. In the other half a read gives the word, and makes it zero but for
//              read_keep. `clear` makes word read_place of both halves zero. In the cycle in which
//              half changes nothing is added, read or cleared. Sums wrap in ACC_WIDTH bits.
// Latency    : read_enable -> read_data 1.   Throughput: 1 add and 1 read a cycle, never a stall.
// Cost       : 2*DEPTH words, an adder bit each; REGISTERED 2 FF a bit more.
// Reset      : rst, synchronous; no add or read is left; words keep what they hold: use clear.
// Golden     : two arrays     Bench: sim/blocks/scatter_bank/
`default_nettype none

module scatter_bank #(
    // Accumulators of a word, >= 1
    parameter integer CHANNELS     = 4,
    // Bits of a signed weight, >= 2, and of a signed accumulator, >= WEIGHT_WIDTH
    parameter integer WEIGHT_WIDTH = 8,
    parameter integer ACC_WIDTH    = 16,
    // Words of a half, >= 1
    parameter integer DEPTH        = 9,
    // 0: read, add and write are one cycle. 1: the read is registered, and a word that was added to
    // in the cycle before is forwarded: a shorter path, more flip-flops
    parameter integer REGISTERED   = 0,
    // "distributed"; "block" and "ultra" with REGISTERED only
    parameter         STYLE        = "distributed"
) (
    input  wire                                       clk,
    input  wire                                       rst,
    input  wire                                       half,

    input  wire                                       add_valid,
    input  wire [((DEPTH > 1) ? $clog2(DEPTH) : 1)-1:0] add_place,
    // In the cycle after add_valid
    input  wire [CHANNELS*WEIGHT_WIDTH-1:0]           weights,

    input  wire                                       clear,
    input  wire                                       read_enable,
    input  wire                                       read_keep,
    input  wire [((DEPTH > 1) ? $clog2(DEPTH) : 1)-1:0] read_place,
    // Something was added to the word since it was last zero; 0 when nothing was read
    output wire                                       read_touched,
    // Means something with read_touched only: else the word is zero
    output wire [CHANNELS*ACC_WIDTH-1:0]              read_data
);

  localparam integer PLACE_WIDTH = (DEPTH > 1) ? $clog2(DEPTH) : 1;
  localparam integer WORD_WIDTH  = CHANNELS * ACC_WIDTH;

  /* verilator lint_off WIDTH */  // strings of different lengths
  generate
    if (CHANNELS < 1 || DEPTH < 1) begin : gen_check_size
      ERROR_scatter_bank_CHANNELS_and_DEPTH_must_be_at_least_1 u_error ();
    end
    if (WEIGHT_WIDTH < 2 || ACC_WIDTH < WEIGHT_WIDTH) begin : gen_check_width
      ERROR_scatter_bank_WEIGHT_WIDTH_must_be_2_to_ACC_WIDTH u_error ();
    end
    if (REGISTERED < 0 || REGISTERED > 1) begin : gen_check_registered
      ERROR_scatter_bank_REGISTERED_must_be_0_or_1 u_error ();
    end
    if (STYLE != "distributed" && !(REGISTERED == 1 && (STYLE == "block" || STYLE == "ultra")))
    begin : gen_check_style
      ERROR_scatter_bank_STYLE_must_be_distributed_or_REGISTERED_1 u_error ();
    end
  endgenerate
  /* verilator lint_on WIDTH */

  // Of the word that is next, whether it was added to: of the half that adds, and of the other.
  wire [1:0] touched;
  reg        half_q, read_q, add_touched_q, read_touched_q;
  always @(posedge clk) begin
    half_q         <= half;
    read_q         <= !rst && read_enable;
    add_touched_q  <= half_q ? touched[1] : touched[0];
    read_touched_q <= half_q ? touched[0] : touched[1];
  end

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // What a user may do: in the cycle in which half changes nothing starts; places exist; one
  // clearing pass over all words follows reset.
  reg [PLACE_WIDTH:0] cleared;
  wire ready = cleared == DEPTH;
  always @(posedge clk) begin
    if (clear && !ready) cleared <= cleared + 1'b1;
    if (rst) cleared <= 0;
  end
  always @(*) begin
    assume (add_place < DEPTH && read_place < DEPTH);
    if (rst || half != half_q) assume (!add_valid && !read_enable && !clear);
    if (!ready) assume (!add_valid && !read_enable);
    if (ready) assume (!clear);
    if (!ready && clear) assume (read_place == cleared[PLACE_WIDTH-1:0]);
  end

  reg [PLACE_WIDTH-1:0] add_place_f, read_place_f;
  reg add_f, clear_f, keep_f;
  always @(posedge clk) begin
    {add_place_f, read_place_f} <= {add_place, read_place};
    {add_f, clear_f, keep_f} <= {!rst && add_valid, !rst && clear, read_keep};
  end
  (* anyconst *) reg [PLACE_WIDTH-1:0] watched;
  always @(*) assume (watched < DEPTH);
  wire watched_is_clear = cleared > {1'b0, watched}
      && !(clear_f && read_place_f == watched);
  always @(*)
    if (started) begin
      assert (cleared <= DEPTH);
      assert (ready || !(add_f || read_q));
    end
`endif

  wire [WORD_WIDTH-1:0] old, sum;
  wire [WORD_WIDTH-1:0] words_0, words_1;

  genvar h, l;
  generate
    for (h = 0; h < 2; h = h + 1) begin : gen_half
      wire adds = half_q == h;

      // What the half does next, and what it does: an add, or a read that makes zero.
      wire                   next_adds = adds && !clear;
      wire [PLACE_WIDTH-1:0] next_place = next_adds ? add_place : read_place;
      reg                    writes_q, adds_q;
      reg  [PLACE_WIDTH-1:0] place_q;
      always @(posedge clk) begin
        writes_q <= !rst && (clear || (adds ? add_valid : read_enable && !read_keep));
        adds_q   <= next_adds;
        place_q  <= next_place;
      end

      // Whether a word of this half was added to: known in the cycle before it is used.
      reg memory_touched[0:DEPTH-1];
      always @(posedge clk) begin
        if (writes_q) memory_touched[place_q] <= adds_q;
      end
      assign touched[h] = (writes_q && place_q == next_place) ? adds_q : memory_touched[next_place];

      (* ram_style = STYLE *) reg [WORD_WIDTH-1:0] memory[0:DEPTH-1];
      wire [WORD_WIDTH-1:0] word;
      always @(posedge clk) if (writes_q) memory[place_q] <= sum;

      if (REGISTERED == 1) begin : gen_registered
        reg [WORD_WIDTH-1:0] word_q;
        always @(posedge clk) word_q <= memory[next_place];
        assign word = word_q;
      end else begin : gen_direct
        assign word = memory[place_q];
      end

`ifdef FORMAL
      // One word of the half, followed beside the memory: what was added since it was last zero.
      reg [ACC_WIDTH-1:0] total;
      wire [ACC_WIDTH-1:0] weight = {
        {(ACC_WIDTH - WEIGHT_WIDTH + 1) {weights[WEIGHT_WIDTH-1]}}, weights[0+:WEIGHT_WIDTH-1]
      };
      always @(posedge clk) begin
        if (adds && add_f && add_place_f == watched) total <= total + weight;
        if (read_place_f == watched && (clear_f || (!adds && read_q && !keep_f))) total <= 0;
      end
      // The memory agrees with the total, and a read gives it.
      wire [WORD_WIDTH-1:0] held = memory[watched];
      always @(*)
        if (started && watched_is_clear) begin
          assert ((memory_touched[watched] ? held[ACC_WIDTH-1:0] : {ACC_WIDTH{1'b0}}) == total);
          if (!adds && read_q && read_place_f == watched) begin
            assert (read_touched_q == memory_touched[watched]);
            assert (!read_touched_q || word[ACC_WIDTH-1:0] == total);
          end
          if (adds && add_f && add_place_f == watched) begin
            assert (add_touched_q == memory_touched[watched]);
            assert (old[ACC_WIDTH-1:0] == total);
          end
        end
`endif

      if (h == 0) begin : gen_0
        assign words_0 = word;
      end else begin : gen_1
        assign words_1 = word;
      end
    end
  endgenerate

  // The word that is added to: of the half, or forwarded, or zero.
  generate
    if (REGISTERED == 1) begin : gen_forward
      reg [ WORD_WIDTH-1:0] sum_q;
      reg                   add_q, again_q;
      reg [PLACE_WIDTH-1:0] add_place_q;
      always @(posedge clk) begin
        sum_q       <= sum;
        add_q       <= !rst && add_valid;
        add_place_q <= add_place;
        again_q     <= add_q && add_place == add_place_q;
      end
      assign old = again_q ? sum_q
                 : (half_q ? words_1 : words_0) & {WORD_WIDTH{add_touched_q}};
    end else begin : gen_no_forward
      assign old = (half_q ? words_1 : words_0) & {WORD_WIDTH{add_touched_q}};
    end
    // Declared signed: else Yosys takes a LUT a bit more for the choice before the addition.
    for (l = 0; l < CHANNELS; l = l + 1) begin : gen_lane
      wire signed [ACC_WIDTH-1:0] weight = {
        {(ACC_WIDTH - WEIGHT_WIDTH + 1) {weights[(l+1)*WEIGHT_WIDTH-1]}},
        weights[l*WEIGHT_WIDTH+:WEIGHT_WIDTH-1]
      };
      wire signed [ACC_WIDTH-1:0] accumulator = old[l*ACC_WIDTH+:ACC_WIDTH];
      assign sum[l*ACC_WIDTH+:ACC_WIDTH] = accumulator + weight;
    end
  endgenerate

  assign read_touched = read_q && read_touched_q;
  assign read_data    = half_q ? words_0 : words_1;

`ifdef FORMAL
  always @(*) cover (started && read_touched && read_data[1:0] == 2'd3);
`endif

endmodule

`default_nettype wire
