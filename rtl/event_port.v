// event_port.v - one lane of events: adds each event's weights to the accumulators that it touches.
//
// Contract   : takes events. half may change in the cycle after one in which busy is low, two after
//              the last read, no earlier. A read gives the accumulators of READ_X neighbours x,
//              x + 1 .. of output row y, and makes them zero but for read_keep; off the map they
//              read as zero. `clear` with clear_place, for all places, makes all zero: after reset.
// Latency    : accepted -> added 5, read_enable -> read_data 4 cycles.
// Throughput : beats of an event (event_walk.v) = touched outputs, or rows (BANKS_X > 1), or 1
//              (BANKS_Y > 1 too), each * GROUPS; a read a cycle; neither waits for the other.
// Cost       : docs/event-blocks.md     Reset: rst, synchronous, active high; use clear after it.
// Golden     : a sum over events  Bench: sim/blocks/event_integrate/  Proof: sim/blocks/event_port/
`default_nettype none

module event_port #(
    // Input map, >= 1 each
    parameter integer C_IN         = 2,
    parameter integer IN_H         = 8,
    parameter integer IN_W         = 8,
    // Output map, >= 1 each
    parameter integer C_OUT        = 4,
    parameter integer OUT_H        = 8,
    parameter integer OUT_W        = 8,
    // Convolution: kernel and stride >= 1, padding above and to the left >= 0
    parameter integer K_H          = 3,
    parameter integer K_W          = 3,
    parameter integer STRIDE_H     = 1,
    parameter integer STRIDE_W     = 1,
    parameter integer PAD_TOP      = 1,
    parameter integer PAD_LEFT     = 1,
    // Output channels at once, divides C_OUT
    parameter integer CHANNELS     = 4,
    // 1, or the most outputs of an event along the axis: min(ceil(K / STRIDE), OUT)
    parameter integer BANKS_Y      = 3,
    parameter integer BANKS_X      = 3,
    // Rotations of the weights that are not stored but made here: 1 to BANKS_X; 1 when BANKS_X <
    // ceil(K_W / STRIDE_W)
    parameter integer SHIFT        = 1,
    // Columns read at once, 1 to BANKS_X
    parameter integer READ_X       = 1,
    // Bits of a signed weight, >= 2, and of a signed accumulator, which must hold every sum
    parameter integer WEIGHT_WIDTH = 8,
    parameter integer ACC_WIDTH    = 16,
    // Rows of weights of a kernel row: K_W (BANKS_X = 1); STRIDE_W * ceil(BANKS_X / SHIFT); or IN_W
    // when BANKS_X < ceil(K_W / STRIDE_W)
    parameter integer ALIGNS       = 3,
    // Accumulators as in scatter_bank.v: registered read, memory; memory of weights ("auto", ...)
    parameter integer REGISTERED   = 0,
    parameter         STYLE        = "distributed",
    parameter         WEIGHT_STYLE = "auto",
    // $readmemh file of C_IN * GROUPS * K_H * ALIGNS words of BANKS_X * CHANNELS weights, ordered
    // as event_walk.v says; bank b, lane l at [(b*CHANNELS + l)*WEIGHT_WIDTH +: WEIGHT_WIDTH]
    parameter         FILE         = ""
) (
    input  wire                                               clk,
    input  wire                                               rst,
    input  wire                                               half,

    // {channel, y, x}, each at least one bit, inside the map
    input  wire                                               s_axis_tvalid,
    output wire                                               s_axis_tready,
    input  wire [((C_IN > 1) ? $clog2(C_IN) : 1)
               + ((IN_H > 1) ? $clog2(IN_H) : 1)
               + ((IN_W > 1) ? $clog2(IN_W) : 1) - 1:0]       s_axis_tdata,
    // Beats of an accepted event are still to come; the last one is added two cycles after
    output wire                                               busy,

    input  wire                                               clear,
    input  wire [((((OUT_H + BANKS_Y - 1) / BANKS_Y) * ((OUT_W + BANKS_X - 1) / BANKS_X)
               * (C_OUT / CHANNELS) > 1) ?
                  $clog2(((OUT_H + BANKS_Y - 1) / BANKS_Y) * ((OUT_W + BANKS_X - 1) / BANKS_X)
               * (C_OUT / CHANNELS)) : 1)-1:0]                clear_place,
    input  wire                                               read_enable,
    input  wire                                               read_keep,
    // {group, y, x}, each at least one bit
    input  wire [((C_OUT / CHANNELS > 1) ? $clog2(C_OUT / CHANNELS) : 1)
               + ((OUT_H > 1) ? $clog2(OUT_H) : 1)
               + ((OUT_W > 1) ? $clog2(OUT_W) : 1) - 1:0]     read_address,
    // Column x + i, lane l at [(i*CHANNELS + l)*ACC_WIDTH +: ACC_WIDTH]
    output wire [READ_X*CHANNELS*ACC_WIDTH-1:0]               read_data
);

  localparam integer GROUPS         = C_OUT / CHANNELS;
  localparam integer GROUP_WIDTH    = (GROUPS > 1) ? $clog2(GROUPS) : 1;
  localparam integer Y_WIDTH        = (OUT_H > 1) ? $clog2(OUT_H) : 1;
  localparam integer X_WIDTH        = (OUT_W > 1) ? $clog2(OUT_W) : 1;
  localparam integer BANKS          = BANKS_Y * BANKS_X;
  localparam integer PLACES_X       = (OUT_W + BANKS_X - 1) / BANKS_X;
  localparam integer PLACES         = PLACES_X * ((OUT_H + BANKS_Y - 1) / BANKS_Y);
  localparam integer DEPTH          = PLACES * GROUPS;
  localparam integer PLACE_WIDTH    = (DEPTH > 1) ? $clog2(DEPTH) : 1;
  localparam integer WEIGHT_WORDS   = C_IN * GROUPS * K_H * ALIGNS;
  localparam integer ADDRESS_WIDTH  = (WEIGHT_WORDS > 1) ? $clog2(WEIGHT_WORDS) : 1;
  localparam integer ROTATION_WIDTH = (SHIFT > 1) ? $clog2(SHIFT) : 1;
  localparam integer TAP_WIDTH      = CHANNELS * WEIGHT_WIDTH;
  localparam integer ROW_WIDTH      = BANKS_X * TAP_WIDTH;
  localparam integer WORD_WIDTH     = CHANNELS * ACC_WIDTH;
  localparam integer SPAN_W         = (K_W + STRIDE_W - 1) / STRIDE_W;
  localparam integer COPIES         = (BANKS_X + SHIFT - 1) / SHIFT;
  localparam integer EXPECTED       =
      (BANKS_X == 1) ? K_W : (BANKS_X < SPAN_W) ? IN_W : STRIDE_W * COPIES;

  generate
    if (CHANNELS < 1 || C_OUT % CHANNELS != 0) begin : gen_check_channels
      ERROR_event_port_CHANNELS_must_divide_C_OUT u_error ();
    end
    if (READ_X < 1 || READ_X > BANKS_X) begin : gen_check_read_x
      ERROR_event_port_READ_X_must_be_1_to_BANKS_X u_error ();
    end
    if (SHIFT != 1 && BANKS_X < SPAN_W) begin : gen_check_shift
      ERROR_event_port_SHIFT_must_be_1_when_BANKS_X_is_less_than_an_event_spans u_error ();
    end
    if (ALIGNS != EXPECTED) begin : gen_check_aligns
      ERROR_event_port_ALIGNS_does_not_follow_from_the_other_parameters u_error ();
    end
  endgenerate

  // ---- Events: places, and rows of weights ----
  wire                             unused_beat_valid;
  wire [BANKS_Y*ADDRESS_WIDTH-1:0] weight_address;
  wire [ROTATION_WIDTH-1:0]        rotation;
  wire [BANKS-1:0]                 bank_valid;
  wire [BANKS*PLACE_WIDTH-1:0]     bank_place;

  event_walk #(
      .C_IN(C_IN),
      .IN_H(IN_H),
      .IN_W(IN_W),
      .GROUPS(GROUPS),
      .OUT_H(OUT_H),
      .OUT_W(OUT_W),
      .K_H(K_H),
      .K_W(K_W),
      .STRIDE_H(STRIDE_H),
      .STRIDE_W(STRIDE_W),
      .PAD_TOP(PAD_TOP),
      .PAD_LEFT(PAD_LEFT),
      .BANKS_Y(BANKS_Y),
      .BANKS_X(BANKS_X),
      .SHIFT(SHIFT),
      .PLACE_WIDTH(PLACE_WIDTH),
      .ALIGNS(ALIGNS),
      .ADDRESS_WIDTH(ADDRESS_WIDTH)
  ) u_walk (
      .clk(clk),
      .rst(rst),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .s_axis_tdata(s_axis_tdata),
      .busy(busy),
      .beat_valid(unused_beat_valid),
      .weight_address(weight_address),
      .rotation(rotation),
      .bank_valid(bank_valid),
      .bank_place(bank_place)
  );

  wire [BANKS_Y*ROW_WIDTH-1:0] rows;
  weight_rom #(
      .WIDTH(ROW_WIDTH),
      .DEPTH(WEIGHT_WORDS),
      .READS(BANKS_Y),
      .FILE(FILE),
      .STYLE(WEIGHT_STYLE)
  ) u_weights (
      .clk(clk),
      .address(weight_address),
      .data(rows)
  );

  // Beside the memory, and beside the rotation
  reg [ROTATION_WIDTH-1:0]    rotation_q;
  reg [BANKS-1:0]             add_q;
  reg [BANKS*PLACE_WIDTH-1:0] add_place_q;
  reg [BANKS_Y*ROW_WIDTH-1:0] weights_q;

  always @(posedge clk) begin : rotate
    integer u, b, r;
    rotation_q  <= rotation;
    add_q       <= rst ? {BANKS{1'b0}} : bank_valid;
    add_place_q <= bank_place;
    // Row r slots up: bank b takes slot b - r.
    for (u = 0; u < BANKS_Y; u = u + 1)
      for (b = 0; b < BANKS_X; b = b + 1)
        for (r = 0; r < SHIFT; r = r + 1)
          if (rotation_q == r[ROTATION_WIDTH-1:0])
            weights_q[(u*BANKS_X+b)*TAP_WIDTH+:TAP_WIDTH] <=
                rows[(u*BANKS_X+(b+BANKS_X-r)%BANKS_X)*TAP_WIDTH+:TAP_WIDTH];
  end

  // ---- Reads: an axis each, as of an event that touches READ_X columns and one row ----
  localparam integer CLASS_WIDTH  = (BANKS_Y > 1) ? $clog2(BANKS_Y) : 1;
  localparam integer COLUMN_WIDTH = (BANKS_X > 1) ? $clog2(BANKS_X) : 1;

  wire [GROUP_WIDTH-1:0]         read_group = read_address[Y_WIDTH+X_WIDTH+:GROUP_WIDTH];
  wire [BANKS_Y-1:0]             read_mask_y;
  wire [BANKS_X-1:0]             read_mask_x;
  wire [BANKS_Y*PLACE_WIDTH-1:0] read_places_y;
  wire [BANKS_X*PLACE_WIDTH-1:0] read_places_x;
  wire [CLASS_WIDTH-1:0]         read_class;
  // Bank of column x + READ_X - 1
  wire [COLUMN_WIDTH-1:0]        read_column;
  wire [5:0]                     unused_axis;

  event_axis #(
      .IN(OUT_H),
      .OUT(OUT_H),
      .KERNEL(1),
      .STRIDE(1),
      .PAD(0),
      .BANKS(BANKS_Y),
      .PLACE_STEP(PLACES_X),
      .PLACE_WIDTH(PLACE_WIDTH),
      .TAP_WIDTH(1),
      .ALIGNED(1),
      .SHIFT(BANKS_Y)
  ) u_read_row (
      .coordinate(read_address[X_WIDTH+:Y_WIDTH]),
      .step({Y_WIDTH{1'b0}}),
      .none(unused_axis[0]),
      .last(unused_axis[1]),
      .mask(read_mask_y),
      .places(read_places_y),
      .taps(unused_axis[2]),
      .rotation(read_class)
  );
  event_axis #(
      .IN(OUT_W),
      .OUT(OUT_W),
      .KERNEL(READ_X),
      .STRIDE(1),
      .PAD(READ_X - 1),
      .BANKS(BANKS_X),
      .PLACE_WIDTH(PLACE_WIDTH),
      .TAP_WIDTH(1),
      .ALIGNED(1),
      .SHIFT(BANKS_X)
  ) u_read_column (
      .coordinate(read_address[X_WIDTH-1:0]),
      .step({X_WIDTH{1'b0}}),
      .none(unused_axis[3]),
      .last(unused_axis[4]),
      .mask(read_mask_x),
      .places(read_places_x),
      .taps(unused_axis[5]),
      .rotation(read_column)
  );
  wire unused = &{1'b0, unused_axis};

  // group * PLACES, of shifts and additions
  function automatic [PLACE_WIDTH-1:0] first_place(input [GROUP_WIDTH-1:0] group);
    integer i;
    begin
      first_place = {PLACE_WIDTH{1'b0}};
      for (i = 0; i < GROUP_WIDTH; i = i + 1)
        if (group[i]) first_place = first_place + places_of(i);
    end
  endfunction
  function automatic [PLACE_WIDTH-1:0] places_of(input integer bit_number);
    /* verilator lint_off UNUSEDSIGNAL */  // high bits
    integer product;
    /* verilator lint_on UNUSEDSIGNAL */
    begin
      product   = PLACES << bit_number;
      places_of = product[PLACE_WIDTH-1:0];
    end
  endfunction

  // Cycle 1: what every bank is asked; 2: its word; 3: the words of a row, one a column.
  reg                               clear_q, keep_q;
  reg [BANKS-1:0]                   read_q;
  reg [BANKS*PLACE_WIDTH-1:0]       read_place_q;
  reg [CLASS_WIDTH-1:0]             class_q, class_q2;
  reg [COLUMN_WIDTH-1:0]            column_q, column_q2, column_q3;
  reg [BANKS_X*WORD_WIDTH-1:0]      row_q;
  reg [BANKS_X-1:0]                 row_touched_q;
  reg [READ_X*WORD_WIDTH-1:0]       read_data_q;
  wire [BANKS-1:0]                  touched;
  wire [BANKS*WORD_WIDTH-1:0]       words;

  always @(posedge clk) begin : ask
    integer u, b;
    clear_q <= !rst && clear;
    keep_q  <= read_keep;
    {class_q2, class_q} <= {class_q, read_class};
    {column_q3, column_q2, column_q} <= {column_q2, column_q, read_column};
    for (u = 0; u < BANKS_Y; u = u + 1)
      for (b = 0; b < BANKS_X; b = b + 1) begin
        read_q[u*BANKS_X+b] <= !rst && read_enable && read_mask_y[u] && read_mask_x[b];
        read_place_q[(u*BANKS_X+b)*PLACE_WIDTH+:PLACE_WIDTH] <=
            clear ? clear_place
            : first_place(read_group) + read_places_y[u*PLACE_WIDTH+:PLACE_WIDTH]
            + read_places_x[b*PLACE_WIDTH+:PLACE_WIDTH];
      end
  end

  // One of a column's banks, by halves: bit k of the class between neighbours 2^k apart.
  reg [(1<<CLASS_WIDTH)*WORD_WIDTH-1:0] column_words;
  reg [(1<<CLASS_WIDTH)-1:0]            column_touched;
  reg [BANKS_X*WORD_WIDTH-1:0]          row;
  reg [BANKS_X-1:0]                     row_touched;
  always @(*) begin : pick_row
    integer u, b, k;
    for (b = 0; b < BANKS_X; b = b + 1) begin
      column_words   = {(1 << CLASS_WIDTH) * WORD_WIDTH{1'b0}};
      column_touched = {1 << CLASS_WIDTH{1'b0}};
      for (u = 0; u < BANKS_Y; u = u + 1) begin
        column_words[u*WORD_WIDTH+:WORD_WIDTH] = words[(u*BANKS_X+b)*WORD_WIDTH+:WORD_WIDTH];
        column_touched[u] = touched[u*BANKS_X+b];
      end
      for (k = 0; k < CLASS_WIDTH; k = k + 1)
        for (u = 0; u < (1 << CLASS_WIDTH); u = u + (2 << k))
          if (class_q2[k]) begin
            column_words[u*WORD_WIDTH+:WORD_WIDTH] =
                column_words[(u+(1<<k))*WORD_WIDTH+:WORD_WIDTH];
            column_touched[u] = column_touched[u+(1<<k)];
          end
      row[b*WORD_WIDTH+:WORD_WIDTH] = column_words[WORD_WIDTH-1:0];
      row_touched[b] = column_touched[0];
    end
  end

  // A column's word likewise, for each of READ_X columns; zero if nothing was added to it.
  reg [(1<<COLUMN_WIDTH)*WORD_WIDTH-1:0] read_words;
  reg [(1<<COLUMN_WIDTH)-1:0]            words_touched;
  reg [READ_X*WORD_WIDTH-1:0]            picked;
  always @(*) begin : pick_columns
    integer b, m, k;
    for (m = 0; m < READ_X; m = m + 1) begin
      read_words    = {(1 << COLUMN_WIDTH) * WORD_WIDTH{1'b0}};
      words_touched = {1 << COLUMN_WIDTH{1'b0}};
      for (b = 0; b < BANKS_X; b = b + 1) begin
        read_words[b*WORD_WIDTH+:WORD_WIDTH] =
            row_q[((b+m+1+BANKS_X-READ_X)%BANKS_X)*WORD_WIDTH+:WORD_WIDTH];
        words_touched[b] = row_touched_q[(b+m+1+BANKS_X-READ_X)%BANKS_X];
      end
      for (k = 0; k < COLUMN_WIDTH; k = k + 1)
        for (b = 0; b < (1 << COLUMN_WIDTH); b = b + (2 << k))
          if (column_q3[k]) begin
            read_words[b*WORD_WIDTH+:WORD_WIDTH] = read_words[(b+(1<<k))*WORD_WIDTH+:WORD_WIDTH];
            words_touched[b] = words_touched[b+(1<<k)];
          end
      picked[m*WORD_WIDTH+:WORD_WIDTH] =
          read_words[WORD_WIDTH-1:0] & {WORD_WIDTH{words_touched[0]}};
    end
  end

  always @(posedge clk) begin
    row_q         <= row;
    row_touched_q <= row_touched;
    read_data_q   <= picked;
  end
  assign read_data = read_data_q;

  // ---- Banks ----
  genvar n;
  generate
    for (n = 0; n < BANKS; n = n + 1) begin : gen_bank
      scatter_bank #(
          .CHANNELS(CHANNELS),
          .WEIGHT_WIDTH(WEIGHT_WIDTH),
          .ACC_WIDTH(ACC_WIDTH),
          .DEPTH(DEPTH),
          .REGISTERED(REGISTERED),
          .STYLE(STYLE)
      ) u_bank (
          .clk(clk),
          .rst(rst),
          .half(half),
          .add_valid(add_q[n]),
          .add_place(add_place_q[n*PLACE_WIDTH+:PLACE_WIDTH]),
          .weights(weights_q[n*TAP_WIDTH+:TAP_WIDTH]),
          .clear(clear_q),
          .read_enable(read_q[n]),
          .read_keep(keep_q),
          .read_place(read_place_q[n*PLACE_WIDTH+:PLACE_WIDTH]),
          .read_touched(touched[n]),
          .read_data(words[n*WORD_WIDTH+:WORD_WIDTH])
      );
    end
  endgenerate

endmodule

`default_nettype wire
