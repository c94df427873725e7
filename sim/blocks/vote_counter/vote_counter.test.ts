import { expect, test } from "vitest";
import { pack, randomSource, runBench, type StreamCase, survivors } from "../../harness/bench.js";
import { prove } from "../../harness/formal.js";

const random = randomSource(8);
const ACC_WIDTH = 10;
const VOTES_WIDTH = 6;

/** Index of the first largest value. */
const firstLargest = (values: readonly bigint[]): number =>
  values.reduce((best, value, index) => (value > values[best]! ? index : best), 0);

/** Narrow, so that frames are longer than a tick's number can say. */
const TICK_WIDTH = 3;

/** A sum's logits have `fractionBits` more below them, the same in every tick. */
function votesCase(
  MODE: number,
  CLASSES: number,
  burnIn: number,
  { tickWidth = 16, fractionBits = 0 } = {},
): StreamCase {
  const classBits = Math.max(1, Math.ceil(Math.log2(CLASSES)));
  const fractions = Array.from({ length: CLASSES }, () => random.bits(fractionBits));
  const input: Record<string, bigint>[] = [];
  const output: Record<string, bigint>[] = [];
  for (let frame = 0; frame < 15; frame++) {
    const length = 1 + random.below(12);
    const votes: bigint[] = Array(CLASSES).fill(0n);
    const sums: bigint[] = Array(CLASSES).fill(0n);
    let counted = 0n;
    let winner = 0;
    for (let tick = 0; tick < length; tick++) {
      winner = random.below(CLASSES);
      const logits = Array.from({ length: CLASSES }, () => random.signed(frame % 3 === 0 ? 2 : ACC_WIDTH));
      if (tick >= burnIn) {
        counted++;
        votes[winner]!++;
        logits.forEach((logit, c) => {
          sums[c]! += (logit << BigInt(fractionBits)) + fractions[c]!;
        });
      }
      const tuser = BigInt(tick === length - 1);
      input.push({ tdata: BigInt(winner), logits: pack(logits, ACC_WIDTH), tuser });
    }
    const best = MODE === 0 ? firstLargest(votes) : MODE === 1 ? firstLargest(sums) : winner;
    output.push({ tdata: BigInt(best), votes: MODE === 0 ? votes[best]! : counted });
  }
  return {
    kind: "streams",
    name: `vote_counter mode ${MODE} classes ${CLASSES} burn-in ${burnIn} of ${tickWidth} bits, ${fractionBits} below`,
    module: "vote_counter",
    parameters: {
      MODE,
      CLASSES,
      ACC_WIDTH,
      TICK_WIDTH: tickWidth,
      VOTES_WIDTH,
      ...(fractionBits > 0
        ? {
            FRACTION_WIDTH: fractionBits,
            FRACTIONS: {
              verilog: `${CLASSES * fractionBits}'h${pack(fractions, fractionBits).toString(16)}`,
            },
          }
        : {}),
      SUM_WIDTH: (CLASSES === 4 ? 14 : 40) + fractionBits,
    },
    inputs: { s_axis: { fields: { tdata: classBits, logits: CLASSES * ACC_WIDTH, tuser: 1 }, beats: input } },
    outputs: { m_axis: { fields: { tdata: classBits, votes: VOTES_WIDTH }, beats: output } },
    constants: { burn_in: { width: tickWidth, value: BigInt(burnIn) } },
  };
}

const cases = [0, 1, 2].flatMap((mode) => [
  votesCase(mode, 4, 0),
  votesCase(mode, 4, 3),
  votesCase(mode, 11, 1),
  votesCase(mode, 3, 100),
  votesCase(mode, 1, 2),
  votesCase(mode, 2, 7, { tickWidth: TICK_WIDTH }),
]);
cases.push(
  // Logits of two bits, so that fractions decide.
  votesCase(1, 4, 1, { fractionBits: 3 }),
  votesCase(1, 11, 0, { fractionBits: 37 }),
  votesCase(1, 1, 0, { fractionBits: 1 }),
);

test("vote_counter: one class a frame, in each mode, with the stated latency", async () => {
  const timings = await runBench(cases);
  for (const { name, inputs, parameters } of cases) {
    // In a frame a tick is taken each cycle.
    const firstFrame = inputs.s_axis!.beats.findIndex(({ tuser }) => tuser === 1n);
    const latency = parameters!.MODE === 2 ? 1 : Number(parameters!.CLASSES) + 1;
    const { s_axis, m_axis } = timings[name!]!;
    expect(m_axis![0]!.first - s_axis![0]!.first).toBe(firstFrame + latency);
  }
});

test("the vote_counter bench notices every mutant", async () => {
  const alive = await survivors(cases, [
    { module: "vote_counter", find: "tick_q >= burn_in", replace: "tick_q > burn_in" },
    { module: "vote_counter", find: "score > best_score_q", replace: "score >= best_score_q" },
    {
      module: "vote_counter",
      find: "wire signed [SCORE_WIDTH-1:0] score",
      replace: "wire [SCORE_WIDTH-1:0] score",
    },
    { module: "vote_counter", find: "scores_q <= 0;\n            valid_q", replace: "valid_q" },
    { module: "vote_counter", find: "if (s_axis_tuser) tick_q <= 0;\n      else", replace: "" },
    { module: "vote_counter", find: "tick_q != {TICK_WIDTH{1'b1}}", replace: "1'b1" },
    { module: "vote_counter", find: "{key[KEY_WIDTH-1]}", replace: "{1'b0}" },
    { module: "vote_counter", find: "FRACTIONS[c*FRACTION_WIDTH+:", replace: "FRACTIONS[0+:" },
    {
      module: "vote_counter",
      find: "FRACTIONS[c*FRACTION_WIDTH+:FRACTION_WIDTH]",
      replace: "{FRACTION_WIDTH{1'b0}}",
    },
  ]);
  expect(alive).toEqual([]);
});

test("vote_counter: stability and the number of classes are proved", async () => {
  for (const MODE of [0, 1, 2]) {
    const fraction = MODE === 1 ? { FRACTION_WIDTH: 1, FRACTIONS: 5 } : {};
    const parameters = { MODE, CLASSES: 3, ACC_WIDTH: 3, VOTES_WIDTH: 4, SUM_WIDTH: 5, ...fraction };
    await prove({ module: "vote_counter", parameters, depth: 14 });
  }
});
