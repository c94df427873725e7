import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { hashTensor, type TensorHash } from "../../../src/cosim/hash.js";
import { pack, randomSource, runBench } from "../../harness/bench.js";
import { type Cycle, cycleCase, willing } from "../../harness/dense-bench.js";

const source = fileURLToPath(new URL("../../../templates/sim/tensor_hash.v", import.meta.url));

/** Tensors of 12 words whose order is random; the next one's first word may come in the cycle of take, or later. */
function hashCase(lanes: number, width: number, signed: boolean, seed: number) {
  const random = randomSource(seed);
  const cycles: Cycle[] = [{ inputs: { rst: 1 }, outputs: {} }];
  const shape = { channels: 12 * lanes, height: 1, width: 1 };
  const order = Int32Array.from({ length: 12 * lanes }, (_, i) => i);
  const layout = { signal: "state", shape, lanes, width, signed, order };
  let taken: TensorHash | undefined;
  for (let tensor = 0; tensor < 20; tensor++) {
    const values = Array.from({ length: 12 * lanes }, () =>
      signed ? random.signed(width) : random.bits(width),
    );
    const want: TensorHash = hashTensor(values.map(Number), layout);
    const left = [...new Array(12).keys()];
    while (left.length > 0) {
      const enable = willing("random", cycles.length, random.below);
      const number = enable ? (left.splice(random.below(left.length), 1)[0] as number) : random.below(12);
      const take = taken !== undefined && (enable || random.below(2) === 0);
      const word = pack(values.slice(number * lanes, (number + 1) * lanes), width);
      const outputs = take ? { ...(taken as TensorHash) } : {};
      if (take) taken = undefined;
      cycles.push({ inputs: { enable: Number(enable), take: Number(take), number, word }, outputs });
    }
    taken = want;
  }
  cycles.push({ inputs: { enable: 0, take: 1, number: 0, word: 0n }, outputs: { ...(taken as TensorHash) } });
  const name = `${lanes} lanes of ${signed ? "s" : "u"}${width}`;
  const parameters = { LANES: lanes, WIDTH: width, SIGNED: Number(signed) };
  const inputs = { rst: 1, enable: 1, take: 1, number: 32, word: lanes * width };
  return cycleCase(name, "tensor_hash", parameters, inputs, { words: 32, low: 32, high: 32 }, cycles);
}

test("the bench's hash is hashTensor, for every width of a state", async () => {
  const shapes = [
    [1, 1, false],
    [16, 1, false],
    [4, 24, true],
    [3, 32, true],
    [2, 33, true],
    [5, 53, true],
    [2, 31, false],
  ] as const;
  const cases = shapes.map(([lanes, width, signed], i) => hashCase(lanes, width, signed, i + 1));
  expect(cases.length).toBe(shapes.length);
  await runBench(cases, { sources: [source] });
});
