import { expect, test } from "vitest";
import { type Mutant, pack, randomSource, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth } from "../../harness/dense-bench.js";
import { count } from "../../harness/event-bench.js";
import { prove } from "../../harness/formal.js";

interface Shape {
  readonly channels: number;
  readonly weightWidth: number;
  readonly accWidth: number;
  readonly depth: number;
  /** Memory; all but `direct` have a registered read. */
  readonly style: "direct" | "distributed" | "block" | "ultra";
}

/** Cycles: reset and clearing, then adds and reads at once in ticks; few places, so that they often repeat. */
function cyclesOf({ channels, weightWidth, accWidth, depth }: Shape, seed: number): Cycle[] {
  const random = randomSource(seed);
  const zero = (): bigint[] => count(channels).map(() => 0n);
  const halves = [0, 1].map(() => count(depth).map(zero));
  // Words that are zero because nothing was added, or because they were read, say so.
  const touched = [0, 1].map(() => count(depth).map(() => false));
  const cycles: Cycle[] = [];
  let half = 0;
  let answer: { readonly touched: boolean; readonly data: bigint | null } = { touched: false, data: null };
  let adds: number | null = null;
  const cycle = (add: number | null, read: number | null, extra: Cycle["inputs"] = {}): void => {
    const weights = count(channels).map(() =>
      random.below(6) === 0 ? -(1n << BigInt(weightWidth - 1)) : random.signed(weightWidth),
    );
    const keep = read !== null && random.below(3) === 0;
    cycles.push({
      inputs: {
        half,
        add_valid: Number(add !== null),
        add_place: add ?? random.below(depth),
        weights: pack(weights, weightWidth),
        read_enable: Number(read !== null),
        read_place: read ?? random.below(depth),
        read_keep: Number(keep),
        ...extra,
      },
      outputs: { read_touched: Number(answer.touched), read_data: answer.data },
    });
    if (adds !== null) {
      const word = (halves[half] as bigint[][])[adds] as bigint[];
      weights.forEach((weight, l) => {
        word[l] = BigInt.asIntN(accWidth, (word[l] as bigint) + weight);
      });
      (touched[half] as boolean[])[adds] = true;
    }
    adds = add;
    answer = { touched: false, data: null };
    if (read !== null) {
      const other = 1 - half;
      const isTouched = (touched[other] as boolean[])[read] as boolean;
      const word = (halves[other] as bigint[][])[read] as bigint[];
      answer = { touched: isTouched, data: isTouched ? pack(word, accWidth) : null };
      if (keep) return;
      (halves[other] as bigint[][])[read] = zero();
      (touched[other] as boolean[])[read] = false;
    }
  };
  const reset = (): void => {
    cycle(null, null, { rst: 1 });
    if (cycles.length === 1) cycles[0] = { inputs: { rst: 1 }, outputs: {} };
    for (const place of count(depth)) cycle(null, null, { clear: 1, read_place: place });
    for (const h of [0, 1])
      for (const place of count(depth)) {
        (halves[h] as bigint[][])[place] = zero();
        (touched[h] as boolean[])[place] = false;
      }
  };
  reset();
  cycle(null, null);
  for (const [tick, density] of [4, 2, 1, 4, 0, 3, 4].entries()) {
    const fewPlaces = tick % 2 === 0 ? Math.min(2, depth) : depth;
    for (let t = 0; t < 40; t++) {
      const add = random.below(4) < density ? random.below(fewPlaces) : null;
      const read = random.below(3) > 0 ? random.below(depth) : null;
      cycle(add, read);
    }
    // The last add may end in the cycle in which half changes.
    if (tick % 3 === 0) cycle(random.below(depth), random.below(depth));
    if (tick === 3) reset();
    if (tick % 2 === 1) cycle(null, null);
    // In the cycle of the change, an add of the cycle before still belongs to the old half.
    cycle(null, null, { half: 1 - half });
    half = 1 - half;
  }
  for (const place of count(depth)) cycle(null, place);
  cycle(null, null);
  return cycles;
}

const shapes: readonly Shape[] = [
  { channels: 2, weightWidth: 8, accWidth: 16, depth: 9, style: "direct" },
  { channels: 1, weightWidth: 3, accWidth: 9, depth: 3, style: "distributed" },
  { channels: 2, weightWidth: 8, accWidth: 16, depth: 9, style: "block" },
  { channels: 3, weightWidth: 4, accWidth: 5, depth: 4, style: "ultra" },
  { channels: 1, weightWidth: 2, accWidth: 2, depth: 1, style: "direct" },
  { channels: 4, weightWidth: 8, accWidth: 8, depth: 1, style: "block" },
  { channels: 1, weightWidth: 8, accWidth: 20, depth: 40, style: "direct" },
];

const cases = shapes.map((shape, i) => {
  const { channels, weightWidth, accWidth, depth, style } = shape;
  return cycleCase(
    `bank ${JSON.stringify(shape).replaceAll('"', "")}`,
    "scatter_bank",
    {
      CHANNELS: channels,
      WEIGHT_WIDTH: weightWidth,
      ACC_WIDTH: accWidth,
      DEPTH: depth,
      REGISTERED: Number(style !== "direct"),
      STYLE: style === "direct" ? "distributed" : style,
    },
    {
      rst: 1,
      half: 1,
      add_valid: 1,
      add_place: indexWidth(depth),
      weights: channels * weightWidth,
      clear: 1,
      read_enable: 1,
      read_keep: 1,
      read_place: indexWidth(depth),
    },
    { read_touched: 1, read_data: channels * accWidth },
    cyclesOf(shape, i),
  );
});

const mutants: readonly Mutant[] = [
  { module: "scatter_bank", find: "(writes_q && place_q == next_place) ? adds_q :", replace: "" },
  { module: "scatter_bank", find: "again_q     <= add_q &&", replace: "again_q     <=" },
  { module: "scatter_bank", find: "old = again_q ? sum_q", replace: "old = 1'b0 ? sum_q" },
  { module: "scatter_bank", find: "add_place == add_place_q;", replace: "1'b1;" },
  { module: "scatter_bank", find: "adds ? add_valid : read_enable &&", replace: "adds && add_valid &&" },
  { module: "scatter_bank", find: "read_enable && !read_keep", replace: "read_enable" },
  { module: "scatter_bank", find: "adds && !clear;", replace: "adds;" },
  { module: "scatter_bank", find: "if (writes_q) memory[place_q]", replace: "if (adds_q) memory[place_q]" },
  { module: "scatter_bank", find: "{weights[(l+1)*WEIGHT_WIDTH-1]}", replace: "{1'b0}" },
  { module: "scatter_bank", find: "half_q ? words_0 : words_1", replace: "half_q ? words_1 : words_0" },
  { module: "scatter_bank", find: "read_touched = read_q &&", replace: "read_touched =" },
];

test("scatter_bank adds a word and reads and clears another every cycle, repeats included", async () => {
  await runBench(cases);
});

test("the scatter_bank bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

test("scatter_bank: a read gives every add since the last read, once, is proved", async () => {
  for (const REGISTERED of [0, 1]) {
    const parameters = { CHANNELS: 1, WEIGHT_WIDTH: 2, ACC_WIDTH: 3, DEPTH: 2, REGISTERED };
    await prove({ module: "scatter_bank", parameters, depth: 9, simplify: true, unroll: true });
  }
});
