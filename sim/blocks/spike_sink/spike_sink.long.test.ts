import { expect, test } from "vitest";
import { prove } from "../../harness/formal.js";

// A map whose sizes are no powers of two, one lane, many lanes: [channels, height, width, simd, cycles to the cover]
const shapes = [
  [6, 2, 3, 3, 40],
  [5, 1, 1, 1, 40],
  [5, 2, 1, 5, 16],
] as const;

test.each(shapes)("spike_sink: %i channels of %i x %i, %i a word, is proved", async (...shape) => {
  const [CHANNELS, HEIGHT, WIDTH, SIMD, coverDepth] = shape;
  const parameters = { CHANNELS, HEIGHT, WIDTH, SIMD };
  await expect(
    prove({ module: "spike_sink", parameters, depth: 2, coverDepth, unroll: true }),
  ).resolves.toBeUndefined();
});
