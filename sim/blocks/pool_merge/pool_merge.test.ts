import { expect, test } from "vitest";
import { type Mutant, pack, randomSource, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, paces, willing } from "../../harness/dense-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

/** Random windows of 1 to 6 beats at each pace, a third of them not to be sent. */
function cyclesOf(lanes: number, bits: number, seed: number): Cycle[] {
  const random = randomSource(seed);
  const inputs: Record<string, bigint | number>[] = [{ rst: 1 }, {}];
  const merged = new Map<number, { readonly spikes: bigint; readonly potentials: bigint }>();
  for (const pace of paces) {
    for (let window = 0; window < 80; window++) {
      const beats = 1 + random.below(6);
      const emits = random.below(3) > 0;
      let spikes = 0n;
      const largest: (bigint | undefined)[] = [];
      for (let beat = 0; beat < beats; ) {
        const valid = willing(pace, inputs.length, random.below);
        const lanesSpike = random.bits(lanes) & random.bits(lanes);
        const potentials = Array.from({ length: lanes }, () => random.signed(bits));
        const last = beat === beats - 1;
        inputs.push({
          in_valid: Number(valid),
          in_spikes: lanesSpike,
          in_potentials: pack(potentials, bits),
          window_first: valid ? Number(beat === 0) : random.below(2),
          window_last: valid ? Number(last) : random.below(2),
          window_emits: valid ? Number(emits) : random.below(2),
        });
        if (!valid) continue;
        spikes |= lanesSpike;
        for (const [p, potential] of potentials.entries()) {
          const before = largest[p];
          largest[p] = before === undefined || potential > before ? potential : before;
        }
        beat++;
      }
      const potentials = pack(
        largest.map((value) => value ?? 0n),
        bits,
      );
      if (emits) merged.set(inputs.length, { spikes, potentials });
    }
  }
  inputs.push({}, {});
  return inputs.map((values, t) => ({
    inputs: values,
    outputs: {
      out_valid: t === 0 ? null : Number(merged.has(t)),
      out_spikes: merged.get(t)?.spikes ?? null,
      out_potentials: merged.get(t)?.potentials ?? null,
    },
  }));
}

const shapes: readonly (readonly [lanes: number, bits: number])[] = [
  [2, 24],
  [1, 1],
  [5, 3],
  [4, 40],
];

const cases = shapes.map(([lanes, bits], i) =>
  cycleCase(
    `pool ${lanes}x${bits}`,
    "pool_merge",
    { PE: lanes, POTENTIAL_WIDTH: bits },
    {
      rst: 1,
      in_valid: 1,
      in_spikes: lanes,
      in_potentials: lanes * bits,
      window_first: 1,
      window_last: 1,
      window_emits: 1,
    },
    { out_valid: 1, out_spikes: lanes, out_potentials: lanes * bits },
    cyclesOf(lanes, bits, i),
  ),
);

const mutants: readonly Mutant[] = [
  { module: "pool_merge", find: "wire signed [POTENTIAL_WIDTH", replace: "wire [POTENTIAL_WIDTH" },
  { module: "pool_merge", find: "(spikes_q | in_spikes)", replace: "(spikes_q ^ in_spikes)" },
  { module: "pool_merge", find: "window_last && window_emits", replace: "window_last" },
];

test("pool_merge gives OR and signed maximum of each whole window, one cycle later", async () => {
  await runBench(cases);
});

test("the pool_merge bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

const proof: Proof = {
  module: "pool_merge",
  parameters: { PE: 2, POTENTIAL_WIDTH: 3 },
  depth: 2,
  coverDepth: 6,
  unroll: true,
};

test("pool_merge: OR and maximum of each window, which leaves once, are proved", async () => {
  await prove(proof);
});

test("the proof of pool_merge refutes every mutant", async () => {
  const alive = await unrefuted(proof, [
    ...mutants,
    {
      module: "pool_merge",
      find: "window_first || potential > potential_q",
      replace: "potential > potential_q",
    },
    { module: "pool_merge", find: "!rst && in_valid &&", replace: "!rst &&" },
  ]);
  expect(alive).toEqual([]);
});
