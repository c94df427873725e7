import { expect, test } from "vitest";
import { rotated, same } from "./ports.js";
import { type Port, provePort, reached } from "./prove.js";

// Input channels, groups of output channels, strides, a map that isn't square.
const large = {
  ...same,
  weightWidth: 5,
  accWidth: 6,
  input: [2, 4, 3],
  output: [2, 2, 3],
  kernel: [3, 2],
  stride: [2, 1],
  pad: [1, 1],
} as const;

const ports: Readonly<Record<string, Port>> = {
  patch: { ...same, taps: "patch" },
  one: { ...same, taps: "one" },
  rotated,
  "large patch": { ...large, taps: "patch", shift: 2, readX: 2 },
  "large patch, registered": { ...large, taps: "patch", registered: 1 },
  "large row, two channels": { ...large, taps: "row", channels: 2, readX: 2 },
};

test.each(Object.entries(ports))(
  "event_port: a read gives every event's weight once, is proved, for ever: %s",
  async (_, port) => {
    await provePort(port, 8);
    expect(await reached(port, 40)).not.toBeNull();
  },
);
