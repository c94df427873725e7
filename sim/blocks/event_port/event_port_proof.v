// event_port_proof.v - the contract of event_port.v, as a user sees it, and the lemmas of its proof
// (yosys only).
//
// Contract   : of one output, any: a read gives the sum of the weights of the accepted events that
//              touch it, of the half that was added to before; off the map it gives zero.
// Method     : a sum beside the port, kept from events and reads alone, with weights of a table of
//              its own in plain order; k-induction over lemmas; bounded without them.
// Bench      : event_port.test.ts
`default_nettype none

module event_port_proof #(
    // What is asserted. 0: the contract; 1: the lemmas too, which look inside; 2: only that the
    // cover is never reached, which is to fail
    parameter integer GOAL         = 1,
    // As in event_port.v
    parameter integer C_IN         = 1,
    parameter integer IN_H         = 3,
    parameter integer IN_W         = 3,
    parameter integer C_OUT        = 1,
    parameter integer OUT_H        = 3,
    parameter integer OUT_W        = 3,
    parameter integer K_H          = 2,
    parameter integer K_W          = 2,
    parameter integer STRIDE_H     = 1,
    parameter integer STRIDE_W     = 1,
    parameter integer PAD_TOP      = 1,
    parameter integer PAD_LEFT     = 1,
    parameter integer CHANNELS     = 1,
    parameter integer BANKS_Y      = 2,
    parameter integer BANKS_X      = 2,
    parameter integer SHIFT        = 1,
    parameter integer READ_X       = 1,
    parameter integer WEIGHT_WIDTH = 4,
    parameter integer ACC_WIDTH    = 5,
    parameter integer ALIGNS       = 2,
    parameter integer REGISTERED   = 0,
    parameter         FILE         = "",
    // $readmemh file of the weights, [output channel][input channel][y][x]
    parameter         TAPS_FILE    = ""
) (
    input wire                                                clk,
    input wire                                                rst,
    input wire                                                half,
    input wire                                                s_axis_tvalid,
    input wire [((C_IN > 1) ? $clog2(C_IN) : 1)
              + ((IN_H > 1) ? $clog2(IN_H) : 1)
              + ((IN_W > 1) ? $clog2(IN_W) : 1) - 1:0]        s_axis_tdata,
    input wire                                                clear,
    input wire                                                read_enable,
    input wire                                                read_keep,
    input wire [((C_OUT / CHANNELS > 1) ? $clog2(C_OUT / CHANNELS) : 1)
              + ((OUT_H > 1) ? $clog2(OUT_H) : 1)
              + ((OUT_W > 1) ? $clog2(OUT_W) : 1) - 1:0]      read_address
);

  localparam integer GROUPS      = C_OUT / CHANNELS;
  localparam integer C_WIDTH     = (C_IN > 1) ? $clog2(C_IN) : 1;
  localparam integer Y_WIDTH     = (IN_H > 1) ? $clog2(IN_H) : 1;
  localparam integer X_WIDTH     = (IN_W > 1) ? $clog2(IN_W) : 1;
  localparam integer GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
  localparam integer LANE_WIDTH  = (CHANNELS > 1) ? $clog2(CHANNELS) : 1;
  localparam integer OY_WIDTH    = (OUT_H > 1) ? $clog2(OUT_H) : 1;
  localparam integer OX_WIDTH    = (OUT_W > 1) ? $clog2(OUT_W) : 1;
  localparam integer BANKS       = BANKS_Y * BANKS_X;
  localparam integer PLACES_X    = (OUT_W + BANKS_X - 1) / BANKS_X;
  localparam integer PLACES      = PLACES_X * ((OUT_H + BANKS_Y - 1) / BANKS_Y);
  localparam integer DEPTH       = PLACES * GROUPS;
  localparam integer PLACE_WIDTH = (DEPTH > 1) ? $clog2(DEPTH) : 1;
  localparam integer TAPS        = C_OUT * C_IN * K_H * K_W;
  localparam integer WORD_WIDTH  = CHANNELS * ACC_WIDTH;
  localparam integer BEATS       = ((BANKS_Y > 1) ? 1 : (K_H + STRIDE_H - 1) / STRIDE_H)
      * ((BANKS_X > 1) ? 1 : (K_W + STRIDE_W - 1) / STRIDE_W) * GROUPS;

  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;

  // ---- What a user may do ----
  wire s_axis_tready, busy;
  wire taken = s_axis_tvalid && s_axis_tready;
  wire [C_WIDTH-1:0] next_c = s_axis_tdata[X_WIDTH+Y_WIDTH+:C_WIDTH];
  wire [Y_WIDTH-1:0] next_y = s_axis_tdata[X_WIDTH+:Y_WIDTH];
  wire [X_WIDTH-1:0] next_x = s_axis_tdata[X_WIDTH-1:0];
  wire [GROUP_WIDTH-1:0] read_group = read_address[OX_WIDTH+OY_WIDTH+:GROUP_WIDTH];
  wire [OY_WIDTH-1:0]    read_y = read_address[OX_WIDTH+:OY_WIDTH];
  wire [OX_WIDTH-1:0]    read_x = read_address[OX_WIDTH-1:0];

  // After reset one clearing pass over all places, with any pauses; nothing else before it is done.
  reg [PLACE_WIDTH:0] cleared;
  wire ready = cleared == DEPTH;
  always @(posedge clk) begin
    if (clear) cleared <= cleared + 1'b1;
    if (rst) cleared <= 0;
  end

  // The half changes in the cycle after one in which busy is low, two after the last read.
  reg reset_q, half_q, busy_q, read_q;
  always @(posedge clk) {reset_q, half_q, busy_q, read_q} <= {rst, half, busy, read_enable};

  always @(*) begin
    if (!started) assume (rst);
    if (s_axis_tvalid) assume (next_c < C_IN && next_y < IN_H && next_x < IN_W);
    if (read_enable) assume (read_group < GROUPS && read_y < OUT_H && read_x < OUT_W);
    if (started && !rst && ready) assume (!clear);
    if (started && !rst && !ready) assume (!s_axis_tvalid && !read_enable);
    if (started && !rst && !reset_q && half != half_q) assume (!busy_q && !read_q);
  end

  wire [READ_X*WORD_WIDTH-1:0] read_data;
  event_port #(
      .C_IN(C_IN),
      .IN_H(IN_H),
      .IN_W(IN_W),
      .C_OUT(C_OUT),
      .OUT_H(OUT_H),
      .OUT_W(OUT_W),
      .K_H(K_H),
      .K_W(K_W),
      .STRIDE_H(STRIDE_H),
      .STRIDE_W(STRIDE_W),
      .PAD_TOP(PAD_TOP),
      .PAD_LEFT(PAD_LEFT),
      .CHANNELS(CHANNELS),
      .BANKS_Y(BANKS_Y),
      .BANKS_X(BANKS_X),
      .SHIFT(SHIFT),
      .READ_X(READ_X),
      .WEIGHT_WIDTH(WEIGHT_WIDTH),
      .ACC_WIDTH(ACC_WIDTH),
      .ALIGNS(ALIGNS),
      .REGISTERED(REGISTERED),
      .FILE(FILE)
  ) u_port (
      .clk(clk),
      .rst(rst),
      .half(half),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .s_axis_tdata(s_axis_tdata),
      .busy(busy),
      .clear(clear),
      .clear_place(cleared[PLACE_WIDTH-1:0]),
      .read_enable(read_enable),
      .read_keep(read_keep),
      .read_address(read_address),
      .read_data(read_data)
  );

  // ---- One output, any, and the weight that an event has for it ----
  (* anyconst *) reg [GROUP_WIDTH-1:0] group;
  (* anyconst *) reg [LANE_WIDTH-1:0]  lane;
  (* anyconst *) reg [3:0] place_y, bank_y, place_x, bank_x;
  wire [7:0] out_y = place_y * BANKS_Y[3:0] + bank_y;
  wire [7:0] out_x = place_x * BANKS_X[3:0] + bank_x;
  always @(*) begin
    assume (group < GROUPS && lane < CHANNELS);
    assume (bank_y < BANKS_Y && bank_x < BANKS_X && out_y < OUT_H && out_x < OUT_W);
    // The banks' own lemmas are of their first lane.
    if (GOAL == 1) assume (lane == 0);
  end

  reg [WEIGHT_WIDTH-1:0] taps[0:TAPS-1];
  initial if (TAPS_FILE != "") $readmemh(TAPS_FILE, taps);

  // The event that was taken last: it is of the half of the cycle after.
  reg came;
  reg [C_WIDTH-1:0] event_c;
  reg [Y_WIDTH-1:0] event_y;
  reg [X_WIDTH-1:0] event_x;
  always @(posedge clk) begin
    came <= !rst && taken;
    if (taken) {event_c, event_y, event_x} <= s_axis_tdata;
  end
  wire signed [7:0] tap_y = event_y + PAD_TOP[7:0] - out_y * STRIDE_H[7:0];
  wire signed [7:0] tap_x = event_x + PAD_LEFT[7:0] - out_x * STRIDE_W[7:0];
  wire touches = tap_y >= 0 && tap_y < K_H && tap_x >= 0 && tap_x < K_W;
  wire [7:0] out = group * CHANNELS[7:0] + lane;
  wire [7:0] tap =
      ((out * C_IN[7:0] + event_c) * K_H[7:0] + $unsigned(tap_y)) * K_W[7:0] + $unsigned(tap_x);
  wire signed [WEIGHT_WIDTH-1:0] kept = taps[tap[$clog2(TAPS)-1:0]];
  wire signed [ACC_WIDTH-1:0] weight = touches ? kept : 0;

  // ---- The sums of both halves, and what a read gives ----
  reg [ACC_WIDTH-1:0] sum_0, sum_1;
  wire [7:0] offset = out_x - read_x;
  wire read = read_enable && !rst;
  wire hit = read && read_group == group && read_y == out_y && out_x >= read_x && offset < READ_X;
  wire [ACC_WIDTH-1:0] value = half ? sum_0 : sum_1;
  always @(posedge clk) begin
    if (came && !half) sum_0 <= sum_0 + weight;
    if (came && half) sum_1 <= sum_1 + weight;
    if (hit && !read_keep && half) sum_0 <= 0;
    if (hit && !read_keep && !half) sum_1 <= 0;
    if (rst) {sum_0, sum_1} <= 0;
  end

  reg [3:0] reads, hits;
  reg keep_1, keep_2;
  reg [ACC_WIDTH-1:0] value_1, value_2, value_3, value_4;
  reg [7:0] offset_1, offset_2, offset_3, offset_4;
  reg [OX_WIDTH-1:0] x_1, x_2, x_3, x_4;
  always @(posedge clk) begin
    reads <= rst ? 4'd0 : {reads[2:0], read};
    hits  <= rst ? 4'd0 : {hits[2:0], hit};
    {keep_2, keep_1} <= {keep_1, read_keep};
    {value_4, value_3, value_2, value_1} <= {value_3, value_2, value_1, value};
    {offset_4, offset_3, offset_2, offset_1} <= {offset_3, offset_2, offset_1, offset};
    {x_4, x_3, x_2, x_1} <= {x_3, x_2, x_1, read_x};
  end

  genvar m;
  generate
    for (m = 0; m < READ_X; m = m + 1) begin : gen_column
      wire [WORD_WIDTH-1:0] word = read_data[m*WORD_WIDTH+:WORD_WIDTH];
      wire [ACC_WIDTH-1:0] number = word >> (lane * ACC_WIDTH);
      always @(*)
        if (started && GOAL != 2) begin
          // The sum of the weights of all events that touch the output, each once
          if (hits[3] && offset_4 == m) assert (number == value_4);
          // Off the map: zero
          if (reads[3] && x_4 + m >= OUT_W) assert (word == 0);
        end
    end
  endgenerate

  // Events are taken and walked: none waits for longer than the beats of the one before.
  reg [7:0] waited, quiet;
  always @(posedge clk) begin
    waited <= (rst || s_axis_tready) ? 8'd0 : waited + 8'd1;
    quiet  <= (rst || taken) ? 8'd0 : (quiet == BEATS + 2) ? quiet : quiet + 8'd1;
  end
  always @(*)
    if (started && GOAL != 2) begin
      assert (waited < BEATS);
      if (quiet == BEATS + 2) assert (!busy);
      if (came) assert (busy);
    end

  // Reached: two events that touch the output in one half, then a read of their sum that keeps it,
  // one that makes it zero, and one of the zero, after two changes of the half.
  reg [1:0] touched, halves;
  always @(posedge clk) begin
    if (came && touches && halves == 0 && touched != 2) touched <= touched + 2'd1;
    if (started && !rst && !reset_q && ready && half != half_q && halves != 3)
      halves <= halves + 2'd1;
    if (rst) {touched, halves} <= 0;
  end
  reg [1:0] seen;
  always @(posedge clk) begin
    if (rst) seen <= 0;
    else if (hits[3] && touched == 2) begin
      if (seen == 0 && value_4 != 0) seen <= 1;
      if (seen == 1 && value_4 != 0) seen <= 2;
      if (seen == 2 && value_4 == 0) seen <= 3;
    end
  end
  wire reached = started && seen == 3 && halves == 1;
  always @(*) if (GOAL == 2) assert (!reached);

  // ---- Lemmas: where inside the port the events and reads are that the sums know of ----
  // Wires of the port, by their names after flattening.
  localparam integer ADDER = CHANNELS * WEIGHT_WIDTH;
  localparam integer WORDS = BANKS * DEPTH;
  (* hierconn *) wire                             \u_port.u_walk.valid_q ;
  (* hierconn *) wire [C_WIDTH-1:0]               \u_port.u_walk.c ;
  (* hierconn *) wire [Y_WIDTH-1:0]               \u_port.u_walk.y_q ;
  (* hierconn *) wire [X_WIDTH-1:0]               \u_port.u_walk.x_q ;
  (* hierconn *) wire [BANKS-1:0]                 \u_port.add_q ;
  (* hierconn *) wire [BANKS*PLACE_WIDTH-1:0]     \u_port.add_place_q ;
  (* hierconn *) wire [BANKS*ADDER-1:0]           \u_port.weights_q ;
  (* hierconn *) wire                             \u_port.clear_q ;
  (* hierconn *) wire                             \u_port.keep_q ;
  (* hierconn *) wire [BANKS-1:0]                 \u_port.read_q ;
  (* hierconn *) wire [BANKS*PLACE_WIDTH-1:0]     \u_port.read_place_q ;

  wire [7:0] bank = bank_y * BANKS_X[3:0] + bank_x;
  wire [7:0] place = group * PLACES[7:0] + place_y * PLACES_X[3:0] + place_x;

  // Adds for the output: of the event in hand, of the beat's parts, of the beat; how many
  wire [WORDS-1:0] hand_of, part_of, beat_of;
  genvar n, h;
  generate
    for (n = 0; n < WORDS; n = n + 1) begin : \u_port.u_walk.gen_word 
      (* hierconn *) wire in_hand, in_part, add;
      wire is_it = n == place * BANKS[7:0] + bank;
      assign hand_of[n] = in_hand && is_it;
      assign part_of[n] = in_part && is_it;
      assign beat_of[n] = add && is_it;
    end
  endgenerate
  wire in_hand = hand_of != 0;
  wire in_part = part_of != 0;
  wire in_beat = beat_of != 0;

  // What bank holds and does at the place
  wire [BANKS-1:0] add_of, sum_of, ask_of, answer_of;
  wire [ACC_WIDTH-1:0] totals_0[0:BANKS], totals_1[0:BANKS];
  assign totals_0[BANKS] = 0;
  assign totals_1[BANKS] = 0;
  reg [ACC_WIDTH-1:0] weight_1, weight_2, weight_3, weight_4;
  always @(posedge clk)
    {weight_4, weight_3, weight_2, weight_1} <= {weight_3, weight_2, weight_1, weight};
  generate
    for (n = 0; n < BANKS; n = n + 1) begin : \u_port.gen_bank 
      (* hierconn *) wire [PLACE_WIDTH-1:0] \u_bank.watched , \u_bank.add_place_f ;
      (* hierconn *) wire [PLACE_WIDTH-1:0] \u_bank.read_place_f ;
      (* hierconn *) wire [PLACE_WIDTH:0]   \u_bank.cleared ;
      (* hierconn *) wire \u_bank.add_f , \u_bank.read_q , \u_bank.keep_f ;
      (* hierconn *) wire \u_bank.watched_is_clear ;
      for (h = 0; h < 2; h = h + 1) begin : \u_bank.gen_half 
        (* hierconn *) wire [ACC_WIDTH-1:0] total;
        if (h == 0) assign totals_0[n] = \u_bank.watched_is_clear ? total : 0;
        else assign totals_1[n] = \u_bank.watched_is_clear ? total : 0;
      end
      wire is_it = n == bank;
      wire [PLACE_WIDTH-1:0] adds = \u_port.add_place_q [n*PLACE_WIDTH+:PLACE_WIDTH];
      wire [PLACE_WIDTH-1:0] asks = \u_port.read_place_q [n*PLACE_WIDTH+:PLACE_WIDTH];
      wire signed [WEIGHT_WIDTH-1:0] added = \u_port.weights_q [n*ADDER+:WEIGHT_WIDTH];
      wire signed [ACC_WIDTH-1:0] added_wide = added;
      assign add_of[n] = is_it && \u_port.add_q [n] && adds == place;
      assign sum_of[n] = is_it && \u_bank.add_f && \u_bank.add_place_f == place;
      assign ask_of[n] = is_it && \u_port.read_q [n] && asks == place;
      assign answer_of[n] = is_it && \u_bank.read_q && \u_bank.read_place_f == place;
      always @(*)
        if (GOAL == 1) begin
          assume (\u_bank.watched == place);
          if (started) begin
            assert (\u_bank.cleared + \u_port.clear_q == cleared);
            if (\u_port.clear_q ) assert (asks == \u_bank.cleared );
            if (sum_of[n]) assert (added_wide == $signed(weight_4));
            if (answer_of[n]) assert (\u_bank.keep_f == keep_2);
            // Nothing is read or added outside the places, which would be another's in a memory.
            if (\u_port.add_q [n]) assert (adds < DEPTH);
            if (\u_port.read_q [n] || \u_port.clear_q ) assert (asks < DEPTH);
            if (is_it && !\u_bank.watched_is_clear )
              assert (sum_0 == 0 && sum_1 == 0);
          end
        end
    end
  endgenerate

  // The sums are the totals of the bank, the reads and adds that are on their way taken off and on.
  wire [ACC_WIDTH-1:0] walked = (in_hand && !came ? weight : 0) + (in_part ? weight_1 : 0)
      + (in_beat ? weight_2 : 0) + (add_of != 0 ? weight_3 : 0);
  wire [ACC_WIDTH-1:0] coming = sum_of != 0 ? weight_4 : 0;
  wire [ACC_WIDTH-1:0] total_0 = totals_0[bank];
  wire [ACC_WIDTH-1:0] total_1 = totals_1[bank];
  wire [ACC_WIDTH-1:0] answer = half_q ? total_0 : total_1;
  wire [ACC_WIDTH-1:0] asked = (hits[1] && !keep_2) ? 0 : answer;
  wire [ACC_WIDTH-1:0] left = (hits[0] && !keep_1) ? 0 : asked;
  always @(*)
    if (GOAL == 1 && started && !rst) begin
      if (\u_port.u_walk.valid_q )
        assert ({event_c, event_y, event_x}
            == {\u_port.u_walk.c , \u_port.u_walk.y_q , \u_port.u_walk.x_q });
      assert (!came || \u_port.u_walk.valid_q );
      assert (!in_hand || touches);
      assert ((ask_of != 0) == hits[0] && (answer_of != 0) == hits[1]);
      if (hits[0]) assert (\u_port.keep_q == keep_1 && value_1 == asked);
      if (hits[1]) assert (value_2 == answer);
      assert ((half ? sum_1 : sum_0)
          == (half == half_q ? (half ? total_1 : total_0) + coming : left) + walked);
      assert ((half ? sum_0 : sum_1)
          == (half == half_q ? left : (half ? total_0 : total_1) + coming));
      if (!ready) assert (sum_0 == 0 && sum_1 == 0);
    end
endmodule

`default_nettype wire
