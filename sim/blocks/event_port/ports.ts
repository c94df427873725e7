import type { Port } from "./prove.js";

/** A port with a map of 3 x 3, all but how it is banked. */
export const same = {
  channels: 1,
  shift: 1,
  readX: 1,
  registered: 0,
  weightWidth: 4,
  accWidth: 5,
  input: [1, 3, 3],
  output: [1, 3, 3],
  kernel: [2, 2],
  stride: [1, 1],
  pad: [1, 1],
} as const;

/** Three banks: a rotation one way isn't one the other way. */
export const rotated: Port = { ...same, kernel: [1, 3], pad: [0, 1], taps: "row", shift: 3 };
