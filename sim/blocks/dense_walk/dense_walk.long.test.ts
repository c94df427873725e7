import { test } from "vitest";
import { prove } from "../../harness/formal.js";
import { chosen, count, proofOf, randomGeometry } from "./geometry.js";

// Their ticks are too long for a cover of the end: dense_walk.test.ts has those.
test.each([...chosen, ...count(20).map((i) => randomGeometry(100 + i))])(
  "dense_walk is proved: %j",
  async (geometry) => {
    await prove(proofOf(geometry, 0));
  },
);
