import { expect, test } from "vitest";
import { rotated, same } from "./ports.js";
import { type Port, provePort, reached, refuted } from "./prove.js";

// Small enough for a proof. Every depth of an induction is longer than an event has beats.
const patch: Port = { ...same, taps: "patch", shift: 2, readX: 2 };
const row: Port = { ...same, taps: "row", readX: 2 };
const one: Port = { ...same, taps: "one", registered: 1 };
const ports = { patch, row, one };

test.each(Object.entries(ports))(
  "event_port: a read gives every event's weight once, is proved, for ever: %s",
  async (_, port) => {
    await provePort(port, 8);
    // What was proved isn't empty: two events in one half, and reads that keep, clear and find their sum.
    expect(await reached(port, 40)).not.toBeNull();
  },
);

const mutants: readonly (readonly [find: string, replace: string, port: Port])[] = [
  // Weights: turned the wrong way, or a cycle early
  ["(b+BANKS_X-r)%BANKS_X", "(b+r)%BANKS_X", rotated],
  ["if (rotation_q ==", "if (rotation ==", rotated],
  [".weights(weights_q[", ".weights(rows[", row],
  // Reads: of the next place, of the other row of banks too, of a row or column of another read
  ["first_place(read_group)", "first_place(read_group) + 1'b1", patch],
  ["read_mask_y[u] && read_mask_x[b]", "read_mask_x[b]", patch],
  ["{class_q, read_class}", "{read_class, read_class}", patch],
  ["{column_q2, column_q, read_column}", "{column_q, column_q, read_column}", patch],
  // Words that nothing was added to, that are kept, that are cleared, that are of the other half
  ["& {WORD_WIDTH{words_touched[0]}}", "", patch],
  ["keep_q  <= read_keep", "keep_q  <= 1'b0", patch],
  ["clear ? clear_place", "1'b0 ? clear_place", patch],
  [".half(half)", ".half(1'b0)", patch],
];

test.each(mutants)(
  "the contract of event_port, without lemmas, refutes %s -> %s",
  async (find, replace, port) => {
    expect(await refuted(port, { module: "event_port", find, replace }, 20)).not.toBeNull();
  },
);
