import { expect, test } from "vitest";
import {
  type BenchCase,
  hexFile,
  pack,
  randomSource,
  runBench,
  survivors,
  type VectorCase,
} from "../../harness/bench.js";

const random = randomSource(2);

const addressBits = (depth: number): number => Math.max(1, Math.ceil(Math.log2(depth)));

const romCases: readonly VectorCase[] = [
  { DEPTH: 1, WIDTH: 3, STYLE: "auto" },
  { DEPTH: 5, WIDTH: 17, STYLE: "distributed" },
  { DEPTH: 64, WIDTH: 72, STYLE: "block" },
  { DEPTH: 16, WIDTH: 8, STYLE: "ultra" },
].map(({ DEPTH, WIDTH, STYLE }) => {
  const words = Array.from({ length: DEPTH }, () => random.bits(WIDTH));
  const address = Array.from({ length: 200 }, () => random.below(DEPTH));
  const file = `rom_${DEPTH}.hex`;
  return {
    kind: "vectors",
    name: `fx_rom ${DEPTH}`,
    module: "fx_rom",
    parameters: { DEPTH, WIDTH, STYLE, FILE: file },
    files: { [file]: hexFile(words, WIDTH) },
    inputs: { address: { width: addressBits(DEPTH), values: address.map(BigInt) } },
    outputs: { data: { width: WIDTH, latency: 1, values: address.map((index) => words[index]!) } },
  };
});

const weightCases: readonly VectorCase[] = [
  { DEPTH: 9, WIDTH: 12, READS: 1, STYLE: "auto" },
  { DEPTH: 40, WIDTH: 7, READS: 5, STYLE: "block" },
].map(({ DEPTH, WIDTH, READS, STYLE }) => {
  const words = Array.from({ length: DEPTH }, () => random.bits(WIDTH));
  const addresses = Array.from({ length: 200 }, () =>
    Array.from({ length: READS }, () => random.below(DEPTH)),
  );
  const file = `weights_${DEPTH}.hex`;
  const read = addresses.map((all) =>
    pack(
      all.map((index) => words[index]!),
      WIDTH,
    ),
  );
  return {
    kind: "vectors",
    name: `weight_rom ${READS}`,
    module: "weight_rom",
    parameters: { DEPTH, WIDTH, READS, STYLE, FILE: file },
    files: { [file]: hexFile(words, WIDTH) },
    inputs: {
      address: {
        width: READS * addressBits(DEPTH),
        values: addresses.map((all) => pack(all.map(BigInt), addressBits(DEPTH))),
      },
    },
    outputs: { data: { width: READS * WIDTH, latency: 1, values: read } },
  };
});

const ramCases: readonly VectorCase[] = [
  { DEPTH: 1, WIDTH: 4, STYLE: "auto" },
  { DEPTH: 6, WIDTH: 13, STYLE: "distributed" },
  { DEPTH: 8, WIDTH: 72, STYLE: "block" },
  { DEPTH: 4, WIDTH: 9, STYLE: "ultra" },
].map(({ DEPTH, WIDTH, STYLE }) => {
  // "ultra" starts undefined: null until written.
  const memory: (bigint | null)[] = Array(DEPTH).fill(STYLE === "ultra" ? null : 0n);
  let read: bigint | null = null;
  const cycles = Array.from({ length: 400 }, (_, t) => {
    // The first reads come before any write; addresses are few, so reads and writes often meet.
    const cycle = {
      writeEnable: t >= 20 && random.below(2) === 1,
      writeAddress: random.below(DEPTH),
      writeData: random.bits(WIDTH),
      readEnable: random.below(3) > 0,
      readAddress: random.below(DEPTH),
    };
    if (cycle.readEnable) read = memory[cycle.readAddress]!;
    if (cycle.writeEnable) memory[cycle.writeAddress] = cycle.writeData;
    return { ...cycle, read };
  });
  const port = (width: number, get: (cycle: (typeof cycles)[number]) => bigint | number | boolean) => ({
    width,
    values: cycles.map((cycle) => BigInt(get(cycle))),
  });
  return {
    kind: "vectors",
    name: `ram_sdp ${STYLE}`,
    module: "ram_sdp",
    parameters: { DEPTH, WIDTH, STYLE },
    inputs: {
      write_enable: port(1, (cycle) => cycle.writeEnable),
      write_address: port(addressBits(DEPTH), (cycle) => cycle.writeAddress),
      write_data: port(WIDTH, (cycle) => cycle.writeData),
      read_enable: port(1, (cycle) => cycle.readEnable),
      read_address: port(addressBits(DEPTH), (cycle) => cycle.readAddress),
    },
    outputs: { read_data: { width: WIDTH, latency: 1, values: cycles.map((cycle) => cycle.read) } },
  };
});

const cases: readonly BenchCase[] = [...romCases, ...weightCases, ...ramCases];

test("fx_rom, weight_rom and ram_sdp equal arrays in Icarus and Verilator", async () => {
  await runBench(cases);
});

test("the memory benches notice every mutant", async () => {
  const alive = await survivors(cases, [
    { module: "fx_rom", find: "memory[address]", replace: "memory[address ^ 1'b1]" },
    { module: "fx_rom", find: "always @(posedge clk) data_q <=", replace: "always @(*) data_q =" },
    {
      module: "ram_sdp",
      find: "if (read_enable) read_data_q <= memory[read_address]",
      replace:
        "if (read_enable) read_data_q <= write_enable && write_address == read_address ? write_data : memory[read_address]",
    },
    { module: "weight_rom", find: "r < p + 2 && r < READS", replace: "r < p + 1" },
    { module: "weight_rom", find: "address[r*ADDRESS_WIDTH", replace: "address[p*ADDRESS_WIDTH" },
    { module: "ram_sdp", find: "if (read_enable)", replace: "" },
    { module: "ram_sdp", find: "if (write_enable)", replace: "" },
    { module: "ram_sdp", find: "{WIDTH{1'b0}}", replace: "{WIDTH{1'b1}}" },
  ]);
  expect(alive).toEqual([]);
});
