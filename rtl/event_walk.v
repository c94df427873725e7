// event_walk.v - walks the outputs of each event: places in the banks, and addresses of weights.
//
// Contract   : per event, one beat for each output row (BANKS_Y = 1) and column (BANKS_X = 1) that
//              it touches and each output group; an event that touches nothing gives none. Output
//              (y, x) lies in bank (y mod BANKS_Y) * BANKS_X + x mod BANKS_X. Row unit u is the
//              banks u*BANKS_X and on; its weights are the word at its weight address, turned by
//              `rotation` banks upwards (event_axis.v says how words are stored). All places exist.
// Latency    : accepted -> first beat 3.   Throughput: 1 beat/cycle, no bubble between events; an
//              event without outputs takes 1 cycle.
// Cost       : per bank about 12 LUT and FF, per row unit an adder; two tables.
// Reset      : rst, synchronous, active high; abandons the event.
// Golden     : three nested loops     Bench: sim/blocks/event_walk/
`default_nettype none

module event_walk #(
    // Input map, >= 1 each
    parameter integer C_IN          = 32,
    parameter integer IN_H          = 16,
    parameter integer IN_W          = 16,
    // Output map; groups of output channels; >= 1 each
    parameter integer GROUPS        = 1,
    parameter integer OUT_H         = 16,
    parameter integer OUT_W         = 16,
    // Convolution: kernel and stride >= 1, padding above and to the left >= 0
    parameter integer K_H           = 7,
    parameter integer K_W           = 7,
    parameter integer STRIDE_H      = 1,
    parameter integer STRIDE_W      = 1,
    parameter integer PAD_TOP       = 3,
    parameter integer PAD_LEFT      = 3,
    // 1, or the most outputs of an event along the axis: min(ceil(K / STRIDE), OUT)
    parameter integer BANKS_Y       = 7,
    parameter integer BANKS_X       = 7,
    // Rotations that are not stored: 1 to BANKS_X; 1 when BANKS_X < ceil(K_W / STRIDE_W)
    parameter integer SHIFT         = 1,
    // Bits of a place in a bank: of ceil(OUT_H / BANKS_Y) * ceil(OUT_W / BANKS_X) * GROUPS words
    parameter integer PLACE_WIDTH   = 4,
    // Rows of weights of one kernel row (event_axis.v), and bits of a weight address, for
    // C_IN * GROUPS * K_H * ALIGNS words: ((c * GROUPS + group) * K_H + ky) * ALIGNS + row
    parameter integer ALIGNS        = 7,
    parameter integer ADDRESS_WIDTH = 11
) (
    input  wire                                            clk,
    input  wire                                            rst,

    // {channel, y, x}, each at least one bit, inside the map
    input  wire                                            s_axis_tvalid,
    output wire                                            s_axis_tready,
    input  wire [((C_IN > 1) ? $clog2(C_IN) : 1)
               + ((IN_H > 1) ? $clog2(IN_H) : 1)
               + ((IN_W > 1) ? $clog2(IN_W) : 1) - 1:0]    s_axis_tdata,

    // An accepted event has beats to come, or one is on the outputs
    output wire                                            busy,
    output wire                                            beat_valid,
    output wire [BANKS_Y*ADDRESS_WIDTH-1:0]                weight_address,
    output wire [((SHIFT > 1) ? $clog2(SHIFT) : 1)-1:0]    rotation,
    // Per bank: it adds, at this place; 0 without beat_valid
    output wire [BANKS_Y*BANKS_X-1:0]                      bank_valid,
    output wire [BANKS_Y*BANKS_X*PLACE_WIDTH-1:0]          bank_place
);

  localparam integer C_WIDTH        = (C_IN > 1) ? $clog2(C_IN) : 1;
  localparam integer Y_WIDTH        = (IN_H > 1) ? $clog2(IN_H) : 1;
  localparam integer X_WIDTH        = (IN_W > 1) ? $clog2(IN_W) : 1;
  localparam integer STEP_Y_WIDTH   = (OUT_H > 1) ? $clog2(OUT_H) : 1;
  localparam integer STEP_X_WIDTH   = (OUT_W > 1) ? $clog2(OUT_W) : 1;
  localparam integer ROTATION_WIDTH = (SHIFT > 1) ? $clog2(SHIFT) : 1;
  localparam integer BANKS          = BANKS_Y * BANKS_X;
  localparam integer PLACES_X       = (OUT_W + BANKS_X - 1) / BANKS_X;
  localparam integer PLACES         = PLACES_X * ((OUT_H + BANKS_Y - 1) / BANKS_Y);
  localparam integer ROWS           = K_H * ALIGNS;
  localparam integer CHANNEL_STEP   = ROWS * GROUPS;
  localparam integer GROUP_WIDTH    = (GROUPS > 1) ? $clog2(GROUPS) : 1;
  localparam integer LAST_GROUP     = GROUPS - 1;

  generate
    if (C_IN < 1 || GROUPS < 1) begin : gen_check_channels
      ERROR_event_walk_C_IN_and_GROUPS_must_be_at_least_1 u_error ();
    end
    if (PLACE_WIDTH < 1 || (PLACES * GROUPS - 1) >> PLACE_WIDTH != 0) begin : gen_check_place
      ERROR_event_walk_PLACE_WIDTH_must_hold_every_place u_error ();
    end
    if (ADDRESS_WIDTH < 1 || (C_IN * CHANNEL_STEP - 1) >> ADDRESS_WIDTH != 0)
    begin : gen_check_address
      ERROR_event_walk_ADDRESS_WIDTH_must_hold_every_weight_address u_error ();
    end
  endgenerate

  // channel * CHANNEL_STEP, of shifts and additions
  function automatic [ADDRESS_WIDTH-1:0] first_weight(input [C_WIDTH-1:0] channel);
    integer i;
    begin
      first_weight = {ADDRESS_WIDTH{1'b0}};
      for (i = 0; i < C_WIDTH; i = i + 1)
        if (channel[i]) first_weight = first_weight + weight_of(i);
    end
  endfunction
  function automatic [ADDRESS_WIDTH-1:0] weight_of(input integer bit_number);
    /* verilator lint_off UNUSEDSIGNAL */  // high bits
    integer product;
    /* verilator lint_on UNUSEDSIGNAL */
    begin
      product   = CHANNEL_STEP << bit_number;
      weight_of = product[ADDRESS_WIDTH-1:0];
    end
  endfunction

  // ---- The event in hand, and where in it the walk is ----
  reg                     valid_q;
  reg [Y_WIDTH-1:0]       y_q;
  reg [X_WIDTH-1:0]       x_q;
  reg [STEP_Y_WIDTH-1:0]  step_y_q;
  reg [STEP_X_WIDTH-1:0]  step_x_q;
  reg [GROUP_WIDTH-1:0]   group_q;
  reg [ADDRESS_WIDTH-1:0] first_weight_q;  // of the channel
  reg [ADDRESS_WIDTH-1:0] weight_q;        // of the channel and group
  reg [PLACE_WIDTH-1:0]   place_q;         // of the group

  wire                             none_y, last_y, none_x, last_x;
  wire [BANKS_Y-1:0]               mask_y;
  wire [BANKS_X-1:0]               mask_x;
  wire [BANKS_Y*PLACE_WIDTH-1:0]   places_y;
  wire [BANKS_X*PLACE_WIDTH-1:0]   places_x;
  wire [BANKS_Y*ADDRESS_WIDTH-1:0] taps_y;
  wire [ADDRESS_WIDTH-1:0]         taps_x;
  wire [ROTATION_WIDTH-1:0]        rotation_x;
  wire                             unused_rotation;

  event_axis #(
      .IN(IN_H),
      .OUT(OUT_H),
      .KERNEL(K_H),
      .STRIDE(STRIDE_H),
      .PAD(PAD_TOP),
      .BANKS(BANKS_Y),
      .PLACE_STEP(PLACES_X),
      .PLACE_WIDTH(PLACE_WIDTH),
      .TAP_STEP(ALIGNS),
      .TAP_WIDTH(ADDRESS_WIDTH)
  ) u_rows (
      .coordinate(y_q),
      .step(step_y_q),
      .none(none_y),
      .last(last_y),
      .mask(mask_y),
      .places(places_y),
      .taps(taps_y),
      .rotation(unused_rotation)
  );
  event_axis #(
      .IN(IN_W),
      .OUT(OUT_W),
      .KERNEL(K_W),
      .STRIDE(STRIDE_W),
      .PAD(PAD_LEFT),
      .BANKS(BANKS_X),
      .PLACE_WIDTH(PLACE_WIDTH),
      .TAP_WIDTH(ADDRESS_WIDTH),
      .ALIGNED(1),
      .SHIFT(SHIFT)
  ) u_columns (
      .coordinate(x_q),
      .step(step_x_q),
      .none(none_x),
      .last(last_x),
      .mask(mask_x),
      .places(places_x),
      .taps(taps_x),
      .rotation(rotation_x)
  );

  wire none       = none_y || none_x;
  wire last_group = group_q == LAST_GROUP[GROUP_WIDTH-1:0];
  wire wrap_x     = last_group && last_x;
  wire finished   = none || (wrap_x && last_y);

  assign s_axis_tready = !valid_q || finished;

  always @(posedge clk) begin
    if (s_axis_tready) begin
      valid_q        <= s_axis_tvalid;
      {y_q, x_q}     <= s_axis_tdata[Y_WIDTH+X_WIDTH-1:0];
      first_weight_q <= first_weight(s_axis_tdata[X_WIDTH+Y_WIDTH+:C_WIDTH]);
      weight_q       <= first_weight(s_axis_tdata[X_WIDTH+Y_WIDTH+:C_WIDTH]);
      place_q        <= {PLACE_WIDTH{1'b0}};
      group_q        <= {GROUP_WIDTH{1'b0}};
      step_y_q       <= {STEP_Y_WIDTH{1'b0}};
      step_x_q       <= {STEP_X_WIDTH{1'b0}};
    end else begin
      group_q  <= last_group ? {GROUP_WIDTH{1'b0}} : group_q + 1'b1;
      weight_q <= last_group ? first_weight_q : weight_q + ROWS[ADDRESS_WIDTH-1:0];
      place_q  <= last_group ? {PLACE_WIDTH{1'b0}} : place_q + PLACES[PLACE_WIDTH-1:0];
      if (last_group) step_x_q <= last_x ? {STEP_X_WIDTH{1'b0}} : step_x_q + 1'b1;
      if (wrap_x) step_y_q <= step_y_q + 1'b1;
    end
    if (rst) valid_q <= 1'b0;
  end

  // ---- A beat: first its parts, then their sums ----
  reg                             part_valid_q, beat_valid_q;
  reg [BANKS_Y-1:0]               mask_y_q;
  reg [BANKS_X-1:0]               mask_x_q;
  reg [BANKS_Y*PLACE_WIDTH-1:0]   places_y_q;
  reg [BANKS_X*PLACE_WIDTH-1:0]   places_x_q;
  reg [BANKS_Y*ADDRESS_WIDTH-1:0] taps_y_q, weight_address_q;
  reg [ADDRESS_WIDTH-1:0]         taps_x_q;
  reg [ROTATION_WIDTH-1:0]        part_rotation_q, rotation_q;
  reg [BANKS-1:0]                 bank_valid_q;
  reg [BANKS*PLACE_WIDTH-1:0]     bank_place_q;

  always @(posedge clk) begin : beat
    integer u, b;
    part_valid_q    <= !rst && valid_q && !none;
    mask_y_q        <= mask_y;
    mask_x_q        <= mask_x;
    places_x_q      <= places_x;
    taps_x_q        <= weight_q + taps_x;
    part_rotation_q <= rotation_x;
    taps_y_q        <= taps_y;
    for (u = 0; u < BANKS_Y; u = u + 1)
      places_y_q[u*PLACE_WIDTH+:PLACE_WIDTH] <= place_q + places_y[u*PLACE_WIDTH+:PLACE_WIDTH];

    beat_valid_q <= !rst && part_valid_q;
    rotation_q   <= part_rotation_q;
    for (u = 0; u < BANKS_Y; u = u + 1) begin
      weight_address_q[u*ADDRESS_WIDTH+:ADDRESS_WIDTH] <=
          taps_x_q + taps_y_q[u*ADDRESS_WIDTH+:ADDRESS_WIDTH];
      for (b = 0; b < BANKS_X; b = b + 1) begin
        bank_valid_q[u*BANKS_X+b] <= !rst && part_valid_q && mask_y_q[u] && mask_x_q[b];
        bank_place_q[(u*BANKS_X+b)*PLACE_WIDTH+:PLACE_WIDTH] <=
            places_y_q[u*PLACE_WIDTH+:PLACE_WIDTH] + places_x_q[b*PLACE_WIDTH+:PLACE_WIDTH];
      end
    end
  end

  assign busy           = valid_q || part_valid_q || beat_valid_q;
  assign beat_valid     = beat_valid_q;
  assign weight_address = weight_address_q;
  assign rotation       = rotation_q;
  assign bank_valid     = bank_valid_q;
  assign bank_place     = bank_place_q;

`ifdef FORMAL
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);

  // Events are inside the map. The numbers of a proof are small: 8 bits hold them.
  wire [C_WIDTH-1:0] next_c = s_axis_tdata[X_WIDTH+Y_WIDTH+:C_WIDTH];
  wire [Y_WIDTH-1:0] next_y = s_axis_tdata[X_WIDTH+:Y_WIDTH];
  wire [X_WIDTH-1:0] next_x = s_axis_tdata[X_WIDTH-1:0];
  always @(*) if (s_axis_tvalid) assume (next_c < C_IN && next_y < IN_H && next_x < IN_W);
  wire taken = s_axis_tvalid && s_axis_tready;
  reg [C_WIDTH-1:0] c;
  always @(posedge clk) if (taken) c <= next_c;

  // An event is taken when the one before has had its last beat, never earlier, and it is finished
  // in no more beats than it can have: the walk always comes to its end.
  localparam integer MOST_Y = (BANKS_Y > 1) ? 1 : (K_H + STRIDE_H - 1) / STRIDE_H;
  localparam integer MOST_X = (BANKS_X > 1) ? 1 : (K_W + STRIDE_W - 1) / STRIDE_W;
  reg [7:0] age;
  always @(posedge clk) age <= (rst || s_axis_tready) ? 8'd0 : age + 8'd1;
  wire [7:0] number = (step_y_q * MOST_X + step_x_q) * GROUPS + group_q;
  always @(*)
    if (started && valid_q) begin
      assert (step_y_q < MOST_Y && step_x_q < MOST_X && group_q < GROUPS);
      assert (age <= number && age < MOST_Y * MOST_X * GROUPS);
      assert (c < C_IN && y_q < IN_H && x_q < IN_W);
      assert (first_weight_q == c * CHANNEL_STEP && weight_q == first_weight_q + group_q * ROWS);
      assert (place_q == group_q * PLACES);
    end
  always @(posedge clk)
    if (started && !$past(rst) && !rst) begin
      if ($past(valid_q && !finished)) assert (valid_q && $stable({y_q, x_q, c}));
      if ($past(taken)) assert (valid_q && age == 0);
      if (valid_q && age == 0) assert ($past(taken));
    end

  // The event of the beat that is on the outputs
  reg [C_WIDTH-1:0] part_c, beat_c;
  reg [Y_WIDTH-1:0] part_y, beat_y;
  reg [X_WIDTH-1:0] part_x, beat_x;
  always @(posedge clk) begin
    {part_c, part_y, part_x} <= {c, y_q, x_q};
    {beat_c, beat_y, beat_x} <= {part_c, part_y, part_x};
  end
  always @(*)
    if (started) begin
      // A beat has an add, and no add is without one.
      if (part_valid_q) assert (mask_y_q != 0 && mask_x_q != 0);
      assert (beat_valid == (bank_valid != 0));
    end

  // Every bank's place exists, of those that add nothing too: a memory may rely on it.
  always @(*) begin : exist
    integer n;
    for (n = 0; n < BANKS; n = n + 1)
      if (started && beat_valid)
        assert (bank_place[n*PLACE_WIDTH+:PLACE_WIDTH] < PLACES * GROUPS);
  end

  // Each word of each bank, and the output that it is of: beyond the map too, where the banks have
  // more places than outputs. The tap of an event there is y + FROM_Y, x + FROM_X.
  localparam integer SPAN_W = (K_W + STRIDE_W - 1) / STRIDE_W;
  localparam integer COPIES = (BANKS_X + SHIFT - 1) / SHIFT;
  // 64 words at most, so that the module's own defaults are read quickly: the cover below fails
  // when there are more.
  localparam integer WORDS = (BANKS * PLACES * GROUPS > 64) ? 0 : BANKS * PLACES * GROUPS;
  wire [WORDS:0] added;
  assign added[WORDS] = 1'b0;
  genvar n;
  generate
    for (n = 0; n < WORDS; n = n + 1) begin : gen_word
      localparam integer PLACE  = n / BANKS;
      localparam integer BANK   = n % BANKS;
      localparam integer UNIT   = BANK / BANKS_X;
      localparam integer SLOT   = BANK % BANKS_X;
      localparam integer GROUP  = PLACE / PLACES;
      localparam integer OUT_Y  = PLACE % PLACES / PLACES_X * BANKS_Y + UNIT;
      localparam integer OUT_X  = PLACE % PLACES_X * BANKS_X + SLOT;
      localparam integer FROM_Y = PAD_TOP - OUT_Y * STRIDE_H;
      localparam integer FROM_X = PAD_LEFT - OUT_X * STRIDE_W;

      wire touches = OUT_Y < OUT_H && OUT_X < OUT_W && within(y_q, FROM_Y, K_H)
          && within(x_q, FROM_X, K_W);

      // How many outputs before it the event touches along each axis, each tried on its own
      reg [3:0] before_y, before_x;
      always @(*) begin : before
        integer o;
        before_y = 4'd0;
        before_x = 4'd0;
        for (o = 0; o < OUT_Y && BANKS_Y == 1; o = o + 1)
          before_y = before_y + within(y_q, PAD_TOP - o * STRIDE_H, K_H);
        for (o = 0; o < OUT_X && BANKS_X == 1; o = o + 1)
          before_x = before_x + within(x_q, PAD_LEFT - o * STRIDE_W, K_W);
      end

      // Events that touch the output whose add is still to come: one add each, and no others. They
      // are the event in hand until its beat for the output, and the two registers.
      wire ahead = step_y_q < before_y || (step_y_q == before_y
          && (step_x_q < before_x || (step_x_q == before_x && group_q <= GROUP)));
      wire in_hand = valid_q && touches && ahead;
      wire in_part = part_valid_q && mask_y_q[UNIT] && mask_x_q[SLOT]
          && places_y_q[UNIT*PLACE_WIDTH+:PLACE_WIDTH] + places_x_q[SLOT*PLACE_WIDTH+:PLACE_WIDTH]
          == PLACE;
      wire add = bank_valid[BANK] && bank_place[BANK*PLACE_WIDTH+:PLACE_WIDTH] == PLACE;
      assign added[n] = add;
      reg [1:0] due_q;
      wire [1:0] due = due_q + (valid_q && age == 0 && touches);
      always @(posedge clk) due_q <= rst ? 2'd0 : due - add;
      always @(*)
        if (started) begin
          assert (due == in_hand + in_part + add);
          if (!busy) assert (due == 0);
        end

      // The weight of an add: of the event's channel, the output's group, the kernel row, and, in
      // the slot that the bank takes, the tap: as event_axis.v says that rows are stored.
      wire [7:0] row = weight_address[UNIT*ADDRESS_WIDTH+:ADDRESS_WIDTH]
          - ((beat_c * GROUPS + GROUP) * K_H + beat_y + FROM_Y) * ALIGNS;
      reg stored;
      always @(*) begin : storage
        integer r, s;
        stored = 1'b0;
        for (r = 0; r < ALIGNS; r = r + 1)
          for (s = 0; s < BANKS_X; s = s + 1)
            if (row == r && rotation == (SLOT + BANKS_X - s) % BANKS_X)
              stored = stored || beat_x == tap_of(r, s) - FROM_X;
      end
      always @(*) if (started && add) assert (stored);
    end
  endgenerate
  function within(input [7:0] coordinate, input integer from, input integer kernel);
    within = $signed({1'b0, coordinate}) >= -from && $signed({1'b0, coordinate}) < kernel - from;
  endfunction
  function integer tap_of(input integer r, input integer s);
    tap_of = (BANKS_X == 1) ? r
        : (BANKS_X < SPAN_W) ? r + PAD_LEFT - s * STRIDE_W
        : r / COPIES + (r % COPIES * SHIFT + BANKS_X - s) % BANKS_X * STRIDE_W;
  endfunction

  // Every place is one of those.
  genvar m;
  generate
    for (m = 0; m < BANKS; m = m + 1) begin : gen_place
      always @(*)
        if (started && bank_valid[m])
          assert (bank_place[m*PLACE_WIDTH+:PLACE_WIDTH] < PLACES * GROUPS);
    end
  endgenerate
  always @(*) cover (started && added != 0 && !valid_q);
`endif

endmodule

`default_nettype wire
