// readout_gather.v - takes from a tick's potentials those that give an activation, ACTS a cycle.
//
// Contract   : lane l of beat k (from 0 in each tick) leaves in slot l mod ACTS if it is >= lane l
//              of the threshold file's word k mod GROUPS; else it takes no cycle. A last beat is a
//              beat of its own here too, after all of its tick. Slots don't wait for each other;
//              slot by slot, order is kept. s_axis_tready comes from registers.
// Latency    : 3 cycles when empty.   Throughput: 1 beat in, ACTS slots out a cycle.
// Cost       : ACTS readout_bank, LANES comparators, LANES*WIDTH + ACTS*(WIDTH + ADDRESS_WIDTH +
//              TABLE_WIDTH + 1) FF, LANES*WIDTH more where GROUPS > 1.
// Reset      : rst, synchronous, active high; empties the queues, not the data.
// Golden     : a filter     Bench: sim/blocks/readout_gather/
`default_nettype none

module readout_gather #(
    // potentials of an input beat, >= 1
    parameter integer LANES = 4,
    // slots of an output beat, divides LANES
    parameter integer ACTS = 2,
    // bits of a signed potential and of the thresholds, >= 1
    parameter integer WIDTH = 16,
    // beats of a tick without the last, >= 1
    parameter integer BEATS = 8,
    // words of the threshold file, divides BEATS
    parameter integer GROUPS = 1,
    // vectors of LANES/ACTS potentials that wait for each slot, a power of two >= 4
    parameter integer DEPTH = 32,
    // bits of a weight address, >= 1: BEATS*LANES/ACTS addresses
    parameter integer ADDRESS_WIDTH = 4,
    // bits of a table's number, >= 1: GROUPS*LANES/ACTS tables a slot
    parameter integer TABLE_WIDTH = 1,
    // $readmemh file of GROUPS words: lowest threshold of lane l at [l*WIDTH +: WIDTH]
    parameter FILE = ""
) (
    input  wire                          clk,
    input  wire                          rst,
    input  wire [       LANES*WIDTH-1:0] s_axis_tdata,
    input  wire                          s_axis_tlast,
    // frame end, on a last beat
    input  wire                          s_axis_tuser,
    input  wire                          s_axis_tvalid,
    output wire                          s_axis_tready,
    // slots that hold an activation; none on a last beat
    output wire [              ACTS-1:0] m_axis_slots,
    // slot j at [j*ADDRESS_WIDTH +: ADDRESS_WIDTH]: k*LANES/ACTS + slice; lane slice*ACTS + j. An
    // empty slot: 0
    output wire [ACTS*ADDRESS_WIDTH-1:0] m_axis_addresses,
    // slot j at [j*TABLE_WIDTH +: TABLE_WIDTH]: (k mod GROUPS)*LANES/ACTS + slice
    output wire [  ACTS*TABLE_WIDTH-1:0] m_axis_tables,
    output wire [        ACTS*WIDTH-1:0] m_axis_potentials,
    output wire                          m_axis_tlast,
    output wire                          m_axis_tuser,
    output wire                          m_axis_tvalid,
    input  wire                          m_axis_tready
);
  localparam integer SLICES = LANES / (ACTS < 1 ? 1 : ACTS);
  generate
    if (LANES < 1 || ACTS < 1 || LANES % (ACTS < 1 ? 1 : ACTS) != 0) begin : gen_check_lanes
      ERROR_readout_gather_ACTS_must_divide_LANES u_error ();
    end
    if (WIDTH < 1 || BEATS < 1) begin : gen_check_width
      ERROR_readout_gather_WIDTH_and_BEATS_must_be_at_least_1 u_error ();
    end
    if (GROUPS < 1 || BEATS % (GROUPS < 1 ? 1 : GROUPS) != 0) begin : gen_check_groups
      ERROR_readout_gather_GROUPS_must_divide_BEATS u_error ();
    end
    if (DEPTH < 4 || (DEPTH & (DEPTH - 1)) != 0) begin : gen_check_depth
      ERROR_readout_gather_DEPTH_must_be_a_power_of_two_from_4 u_error ();
    end
    if (ADDRESS_WIDTH < 1 || $clog2(BEATS * SLICES) > ADDRESS_WIDTH) begin : gen_check_address
      ERROR_readout_gather_ADDRESS_WIDTH_must_hold_BEATS_LANES_over_ACTS u_error ();
    end
    if (TABLE_WIDTH < 1 || $clog2(GROUPS * SLICES) > TABLE_WIDTH) begin : gen_check_table
      ERROR_readout_gather_TABLE_WIDTH_must_hold_GROUPS_LANES_over_ACTS u_error ();
    end
  endgenerate

  localparam integer BEAT_WIDTH = BEATS > 1 ? $clog2(BEATS) : 1;
  localparam integer GROUP_WIDTH = GROUPS > 1 ? $clog2(GROUPS) : 1;
  localparam integer SLICE_WIDTH = SLICES > 1 ? $clog2(SLICES) : 1;
  localparam integer LEVEL_WIDTH = $clog2(DEPTH) + 1;
  localparam integer MOST = DEPTH - 2;
`ifdef FORMAL
  localparam integer TAG_WIDTH = 1 + GROUP_WIDTH + BEAT_WIDTH;
  reg started = 1'b0;
  always @(posedge clk) started <= 1'b1;
  always @(*) if (!started) assume (rst);
  // parity of the tick that is queued, and of the one that leaves
  reg push_tick, send_tick;
  wire [ACTS-1:0] ticks_agree;
  wire [8*ACTS-1:0] found, offers, closings;
`else
  localparam integer TAG_WIDTH = GROUP_WIDTH + BEAT_WIDTH;
`endif

  // ---- The beat and its thresholds, a cycle after it was taken ----
  wire accept = s_axis_tvalid && s_axis_tready;
  wire [BEAT_WIDTH-1:0] beat;
  wire [GROUP_WIDTH-1:0] group;
  step_counter #(
      .WIDTH(BEAT_WIDTH),
      .STEP(1),
      .LAST(BEATS - 1)
  ) u_beat (
      .clk(clk),
      .rst(rst),
      .restart(accept && s_axis_tlast),
      .advance(accept),
      .value(beat)
  );
  step_counter #(
      .WIDTH(GROUP_WIDTH),
      .STEP(1),
      .LAST(GROUPS - 1)
  ) u_group (
      .clk(clk),
      .rst(rst),
      .restart(accept && s_axis_tlast),
      .advance(accept),
      .value(group)
  );
  wire [LANES*WIDTH-1:0] thresholds;
  fx_rom #(
      .WIDTH(LANES * WIDTH),
      .DEPTH(GROUPS),
      .FILE(FILE)
  ) u_thresholds (
      .clk(clk),
      .address(group),
      .data(thresholds)
  );

  reg taken_q, taken_last_q, taken_user_q;
  reg [LANES*WIDTH-1:0] data_q;
  reg [BEAT_WIDTH-1:0] beat_q;
  reg [GROUP_WIDTH-1:0] group_q;
  always @(posedge clk) begin
    taken_q <= accept;
    taken_last_q <= s_axis_tlast;
    taken_user_q <= s_axis_tuser;
    data_q <= s_axis_tdata;
    beat_q <= beat;
    group_q <= group;
    if (rst) taken_q <= 1'b0;
  end

  // A bank gets a vector with something to send, and each last beat, which is an empty vector that
  // has its frame end at bit 0.
  wire [BEAT_WIDTH-1:0] number = taken_last_q ? {BEAT_WIDTH{taken_user_q}} : beat_q;
  wire [TAG_WIDTH-1:0] push_tag = {
`ifdef FORMAL
    push_tick,
`endif
    group_q,
    number
  };

  // ---- A queue for each slot ----
  wire [ACTS-1:0] room, active, closing, frame_end;
  // Nothing goes past the end of a tick.
  wire close = &closing;
  wire step = !m_axis_tvalid || m_axis_tready;
  // A beat is on its way to the queues when the next is taken.
  assign s_axis_tready = &room;

  genvar j, s;
  generate
    for (j = 0; j < ACTS; j = j + 1) begin : gen_slot
      wire [SLICES-1:0] reached;
      wire [SLICES*WIDTH-1:0] potentials;
      for (s = 0; s < SLICES; s = s + 1) begin : gen_lane
        wire signed [WIDTH-1:0] potential = data_q[(s*ACTS+j)*WIDTH+:WIDTH];
        wire signed [WIDTH-1:0] threshold = thresholds[(s*ACTS+j)*WIDTH+:WIDTH];
        assign reached[s] = potential >= threshold && !taken_last_q;
        assign potentials[s*WIDTH+:WIDTH] = potential;
      end

      wire [LEVEL_WIDTH-1:0] level;
      wire [TAG_WIDTH-1:0] tag;
      wire [SLICE_WIDTH-1:0] slice;
      wire [WIDTH-1:0] potential;
      wire push = taken_q && (taken_last_q || reached != 0);
      readout_bank #(
          .SLICES(SLICES),
          .WIDTH(WIDTH),
          .TAG_WIDTH(TAG_WIDTH),
          .DEPTH(DEPTH)
      ) u_bank (
          .clk(clk),
          .rst(rst),
          .push(push),
          .push_mask(reached),
          .push_tag(push_tag),
          .push_potentials(potentials),
          .level(level),
          .active(active[j]),
          .closing(closing[j]),
          .tag(tag),
          .slice(slice),
          .potential(potential),
`ifdef FORMAL
          .formal_tick(send_tick),
          .formal_ticks_agree(ticks_agree[j]),
          .formal_closings(closings[8*j+:8]),
          .formal_offers(offers[8*j+:8]),
`endif
          .take(step && (active[j] || close))
      );
`ifdef FORMAL
      reg [7:0] found_count;
      always @(*) begin : count_found
        integer i;
        found_count = 8'd0;
        for (i = 0; i < SLICES; i = i + 1)
          found_count = found_count + {7'd0, taken_q && reached[i]};
      end
      assign found[8*j+:8] = found_count;
      // What is on its way to the queue finds room.
      always @(*) if (started && taken_q) assert (level < DEPTH);
`endif
      assign room[j] = level <= MOST[LEVEL_WIDTH-1:0];
      assign frame_end[j] = tag[0];

      wire [31:0] address = {{(32 - BEAT_WIDTH) {1'b0}}, tag[BEAT_WIDTH-1:0]} * SLICES +
          {{(32 - SLICE_WIDTH) {1'b0}}, slice};
      wire [31:0] tables = {{(32 - GROUP_WIDTH) {1'b0}}, tag[BEAT_WIDTH+:GROUP_WIDTH]} * SLICES +
          {{(32 - SLICE_WIDTH) {1'b0}}, slice};
      wire unused_bits = &{1'b0, address, tables};
      reg [ADDRESS_WIDTH-1:0] address_q;
      reg [TABLE_WIDTH-1:0] table_q;
      reg [WIDTH-1:0] potential_q;
      reg slot_q;
      always @(posedge clk) begin
        if (step) begin
          slot_q <= active[j];
          // An empty slot has a known address, so that its weights are known in a simulation.
          address_q <= active[j] ? address[ADDRESS_WIDTH-1:0] : {ADDRESS_WIDTH{1'b0}};
          table_q <= tables[TABLE_WIDTH-1:0];
          potential_q <= potential;
        end
      end
      assign m_axis_slots[j] = slot_q;
      assign m_axis_addresses[j*ADDRESS_WIDTH+:ADDRESS_WIDTH] = address_q;
      assign m_axis_tables[j*TABLE_WIDTH+:TABLE_WIDTH] = table_q;
      assign m_axis_potentials[j*WIDTH+:WIDTH] = potential_q;
    end
  endgenerate
  wire unused_ends = &{1'b0, frame_end};

  reg valid_q, last_q, user_q;
  always @(posedge clk) begin
    if (step) begin
      valid_q <= |active || close;
      last_q  <= close;
      user_q  <= close && frame_end[0];
    end
    if (rst) valid_q <= 1'b0;
  end
  assign m_axis_tvalid = valid_q;
  assign m_axis_tlast  = last_q;
  assign m_axis_tuser  = user_q;

`ifdef FORMAL
  // A stalled beat stays, and stays the same; a beat holds an activation, or closes a tick.
  always @(posedge clk) begin
    if (started && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
      assert (m_axis_tvalid);
      assert ($stable({m_axis_slots, m_axis_addresses, m_axis_tables, m_axis_potentials}));
      assert ($stable({m_axis_tlast, m_axis_tuser}));
    end
    if (started && m_axis_tvalid) assert (m_axis_tlast == (m_axis_slots == 0));
  end

  // Last beats that have come and left, and activations: slot j at [8*j +: 8].
  reg [8*ACTS-1:0] due, left;
  reg [7:0] ends_due, ends_left;
  always @(posedge clk) begin : count
    integer i;
    for (i = 0; i < ACTS; i = i + 1) begin
      due[8*i+:8] <= due[8*i+:8] + found[8*i+:8];
      if (m_axis_tvalid && m_axis_tready && m_axis_slots[i]) left[8*i+:8] <= left[8*i+:8] + 8'd1;
    end
    if (accept && s_axis_tlast) ends_due <= ends_due + 8'd1;
    if (m_axis_tvalid && m_axis_tready && m_axis_tlast) ends_left <= ends_left + 8'd1;
    if (taken_q && taken_last_q) push_tick <= !push_tick;
    if (step && close) send_tick <= !send_tick;
    if (rst) {due, left, ends_due, ends_left, push_tick, send_tick} <= 0;
  end

  wire [7:0] ends_missing = ends_due - ends_left;
  wire [7:0] ends_outside = {7'd0, taken_q && taken_last_q} + {7'd0, m_axis_tvalid && m_axis_tlast};
  always @(*) begin : check_queues
    integer i;
    reg [7:0] missing, inside_count;
    if (started) begin
      for (i = 0; i < ACTS; i = i + 1) begin
        // No activation is lost or doubled.
        missing = due[8*i+:8] - left[8*i+:8];
        inside_count = offers[8*i+:8] - closings[8*i+:8] + (m_axis_tvalid && m_axis_slots[i]);
        assert (missing == inside_count);
        // Nor a last beat, in any queue; and the ticks leave one after the other.
        assert (ends_missing == closings[8*i+:8] + ends_outside);
        assert (ticks_agree[i]);
        assert (push_tick == (send_tick ^ closings[8*i]));
        // While the sink is ready and something waits, there is less of it in each cycle.
        if (offers[8*i+:8] != 0) assert (|active || close);
      end
    end
  end
  always @(*) cover (started && ends_left == 8'd1 && left[7:0] == 8'd2);
`endif
endmodule

`default_nettype wire
