import { expect, test } from "vitest";
import { designs, unguarded } from "./designs.js";
import { type Manner, runStream } from "./run.js";

const still = { from: 0, cycles: 0 };
const steady: Manner = { gaps: "none", sink: 0, stall: still, resets: 0 };

/** As fast as beats come, whose cycles are compared too; gaps; a sink that takes seldom, or nothing for long; resets. */
const manners: readonly Manner[] = [
  { ...steady, resets: 1 },
  steady,
  { gaps: "some", sink: 1, stall: still, resets: 4 },
  { gaps: "long", sink: 2, stall: { from: 400, cycles: 2000 }, resets: 1 },
];

test.each(Object.entries(designs))(
  "raw beats into %s: golden on the cleaned stream, whatever comes",
  async (_, design) => {
    const outcomes = [];
    for (const [seed, manner] of manners.entries()) outcomes.push(await runStream(design(), seed, manner));
    expect(outcomes.map(({ difference }) => difference)).toEqual(manners.map(() => ""));
    // Something had to be dropped, something left, and the cycles of ticks with repeats are the model's.
    for (const { dropped, beats } of outcomes) expect(Math.min(dropped, beats)).toBeGreaterThan(0);
    expect(outcomes.filter(({ ends }) => ends > 0).length).toBe(2);
  },
);

test("a sink that takes nothing for 40,000 cycles loses nothing", async () => {
  const design = designs["a mixed core that sends classes"]();
  const stall = { from: 300, cycles: 40_000 };
  const outcome = await runStream(design, 9, { ...steady, sink: 1, stall });
  expect(outcome).toMatchObject({ difference: "" });
});

test("without the guard a core on events adds a repeated event twice: the bench sees it", async () => {
  const { difference } = await runStream(unguarded(), 1, steady);
  expect(difference).toContain("the whole run: ");
});
