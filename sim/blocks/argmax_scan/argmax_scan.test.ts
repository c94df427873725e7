import { expect, test } from "vitest";
import { hexFile, pack, randomSource, runBench, type StreamCase, survivors } from "../../harness/bench.js";
import { prove } from "../../harness/formal.js";

const random = randomSource(7);

function argmaxCase(CLASSES: number, ACC_WIDTH: number, RANK_WIDTH: number): StreamCase {
  const ranks = Array.from({ length: CLASSES }, () => random.bits(RANK_WIDTH));
  const classBits = Math.max(1, Math.ceil(Math.log2(CLASSES)));
  const half = 1n << BigInt(ACC_WIDTH - 1);
  const input: Record<string, bigint>[] = [];
  const output: Record<string, bigint>[] = [];
  for (let beat = 0; beat < 120; beat++) {
    // Few distinct logits, so that ties decided by rank and by index occur; now and then the extremes.
    const spread = beat % 3 === 0 ? ACC_WIDTH : 2;
    const logits = Array.from({ length: CLASSES }, () =>
      beat % 10 === 9 ? (random.below(2) ? half - 1n : -half) : random.signed(spread),
    );
    let best = 0;
    for (let c = 1; c < CLASSES; c++) {
      const [logit, rank] = [logits[c]!, ranks[c]!];
      if (logit > logits[best]! || (logit === logits[best]! && rank > ranks[best]!)) best = c;
    }
    const tuser = random.bits(1);
    const packed = pack(logits, ACC_WIDTH);
    input.push({ tdata: packed, tuser });
    output.push({ tdata: BigInt(best), logits: packed, tuser });
  }
  const file = `ranks_${CLASSES}_${RANK_WIDTH}.hex`;
  return {
    kind: "streams",
    name: `argmax_scan ${CLASSES}`,
    module: "argmax_scan",
    parameters: { CLASSES, ACC_WIDTH, RANK_WIDTH, RANK_FILE: file },
    files: { [file]: hexFile([pack(ranks, RANK_WIDTH)], CLASSES * RANK_WIDTH) },
    inputs: { s_axis: { fields: { tdata: CLASSES * ACC_WIDTH, tuser: 1 }, beats: input } },
    outputs: {
      m_axis: { fields: { tdata: classBits, logits: CLASSES * ACC_WIDTH, tuser: 1 }, beats: output },
    },
  };
}

const sizes = [1, 2, 4, 11];
const cases = sizes.map((classes) => argmaxCase(classes, 20 - classes, classes === 4 ? 1 : 3));

test("argmax_scan: largest logit, then rank, then lowest index; the stated latency", async () => {
  const timings = await runBench(cases);
  for (const classes of sizes) {
    const { s_axis, m_axis } = timings[`argmax_scan ${classes}`]!;
    const run = m_axis![0]!;
    expect(run.first - s_axis![0]!.first).toBe(classes + 1);
    expect(run.last - run.first).toBe((run.beats - 1) * (classes + 2));
  }
});

test("the argmax_scan bench notices every mutant", async () => {
  const alive = await survivors(cases, [
    { module: "argmax_scan", find: "key > best_key_q", replace: "key >= best_key_q" },
    { module: "argmax_scan", find: "wire signed [KEY_WIDTH-1:0] key", replace: "wire [KEY_WIDTH-1:0] key" },
    { module: "argmax_scan", find: "ranks[0][index_q*RANK_WIDTH", replace: "ranks[0][0*RANK_WIDTH" },
    { module: "argmax_scan", find: "(CLASSES - 1) * ACC_WIDTH", replace: "CLASSES * ACC_WIDTH" },
    { module: "argmax_scan", find: "if (valid_q && m_axis_tready)", replace: "if (valid_q)" },
  ]);
  expect(alive).toEqual([]);
});

test("argmax_scan: stability and the turned logits are proved", async () => {
  await prove({ module: "argmax_scan", parameters: { CLASSES: 3, ACC_WIDTH: 3, RANK_WIDTH: 2 }, depth: 10 });
});
