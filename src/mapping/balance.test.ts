import { expect, test } from "vitest";
import { random } from "../testing/random-model.js";
import { chooseParallelism, type Lanes, type LayerWork } from "./balance.js";
import { divisorsOf } from "./divisors.js";

const work = (inChannels: number, outChannels: number, inPositions: number, taps: number): LayerWork => ({
  inChannels,
  outChannels,
  inPositions,
  taps,
  pe: undefined,
  simd: undefined,
});

/** Cycles of sweep and walk. */
const cyclesOf = (w: LayerWork, { pe, simd }: Lanes): number =>
  (w.inChannels / simd) * (w.inPositions + (w.taps * w.outChannels) / pe);

const every = (w: LayerWork): Lanes[] =>
  divisorsOf(w.outChannels).flatMap((pe) => divisorsOf(w.inChannels).map((simd) => ({ pe, simd })));

const r = random(7);
const layers = Array.from({ length: 40 }, () =>
  work(r.pick([1, 2, 3, 5, 6, 16]), r.pick([1, 4, 6, 10, 12, 32]), r.int(1, 256), r.int(1, 5000)),
);

test("a target is met with the fewest multipliers, or as nearly as can be", () => {
  for (const w of layers)
    for (const target of [50, 1000, 20_000]) {
      const [lanes] = chooseParallelism([w], { targetCyclesPerTick: target, multiplierBudget: 1 });
      const good = every(w).filter((l) => cyclesOf(w, l) <= target);
      const fewest = Math.min(...(good.length > 0 ? good : every(w)).map((l) => l.pe * l.simd));
      const fastest = Math.min(...every(w).map((l) => cyclesOf(w, l)));
      if (good.length > 0) expect(lanes!.pe * lanes!.simd).toBe(fewest);
      else expect(cyclesOf(w, lanes!)).toBe(fastest);
    }
});

test("without a target the budget is kept, and spent on the slowest layer", () => {
  for (let i = 0; i + 3 <= layers.length; i++) {
    const three = layers.slice(i, i + 3);
    for (const multiplierBudget of [3, 10, 64, 100_000]) {
      const lanes = chooseParallelism(three, { targetCyclesPerTick: undefined, multiplierBudget });
      const used = lanes.reduce((sum, l) => sum + l.pe * l.simd, 0);
      expect(used).toBeLessThanOrEqual(multiplierBudget);
      const cycles = three.map((w, l) => cyclesOf(w, lanes[l]!));
      const slowest = cycles.indexOf(Math.max(...cycles));
      const own = lanes[slowest]!.pe * lanes[slowest]!.simd;
      // What the slowest layer would need to be faster is more than is left.
      for (const better of every(three[slowest]!)) {
        if (cyclesOf(three[slowest]!, better) >= cycles[slowest]!) continue;
        expect(used - own + better.pe * better.simd).toBeGreaterThan(multiplierBudget);
      }
    }
  }
});

test("lanes set by the user are kept", () => {
  const base = work(6, 12, 64, 900);
  const goals = [
    { targetCyclesPerTick: 10, multiplierBudget: 1 },
    { targetCyclesPerTick: undefined, multiplierBudget: 1000 },
  ];
  for (const goal of goals) {
    expect(chooseParallelism([{ ...base, pe: 3, simd: 2 }], goal)).toMatchObject([{ pe: 3, simd: 2 }]);
    expect(chooseParallelism([{ ...base, pe: 4 }], goal)).toMatchObject([{ pe: 4, simd: 6 }]);
    expect(chooseParallelism([{ ...base, simd: 3 }], goal)).toMatchObject([{ pe: 12, simd: 3 }]);
  }
});

test("of equal cost and cycles, the fewer output lanes", () => {
  const goal = { targetCyclesPerTick: undefined, multiplierBudget: 2 };
  // Positions cost nothing here, so two lanes are as good on either side.
  expect(chooseParallelism([work(2, 2, 0, 100)], goal)).toMatchObject([{ pe: 1, simd: 2 }]);
});
