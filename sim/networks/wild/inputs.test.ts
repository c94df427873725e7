import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import { encodeNpy, type NpyArray, npyArray, readNpy } from "../../../src/data/npy.js";
import { encodeNpz } from "../../../src/data/npz.js";
import { readStimulus, type Stimulus, type StimulusLimits, stimulusOf } from "../../../src/data/stimulus.js";
import type { Result } from "../../../src/diagnostics/diagnostic.js";
import { shape } from "../../../src/ir/builders.js";
import type { Shape } from "../../../src/ir/spiking.js";
import { random } from "../../../src/testing/random-model.js";
import { must } from "../cosim/build.js";
import { wild } from "./wild.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-inputs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const codes = ({ diagnostics }: Result<unknown>) =>
  diagnostics.map((d) => [d.severity, d.code, d.text, d.hint]);
const spikesOf = (s: Stimulus) =>
  Array.from({ length: s.samples }, (_, n) =>
    Array.from({ length: s.ticks }, (_, t) => Array.from(s.active(n, t))),
  );
const zeros = (...sizes: number[]): NpyArray =>
  npyArray("u1", sizes, new Uint8Array(sizes.reduce((n, size) => n * size, 1)));
const read = (array: NpyArray, input: Shape, limits: StimulusLimits = {}) => stimulusOf(array, input, limits);

describe("the traps of wild", () => {
  test("spikes as (tick, neuron) for an MLP of as many inputs: both readings are named, and one may be chosen", () => {
    const path = join(wild, "trap-ticks-by-neurons.npy");
    const mlp = shape(12, 1, 1);
    expect(codes(readStimulus(path, mlp))).toEqual([
      [
        "error",
        "input-ambiguous",
        "array of shape (64, 12) can be read in several ways: NT: 64 samples of 12 ticks, a cell number each; TF: 1 samples of 64 ticks",
        "name one: --layout NT or --layout TF",
      ],
    ]);
    const whole = must(readStimulus(join(wild, "spike-count.input.npy"), mlp));
    expect(spikesOf(must(readStimulus(path, mlp, { layout: "TF" })))).toEqual(spikesOf(whole).slice(0, 1));
  });

  test("time first is warned of, with the layout that turns it", () => {
    const path = join(wild, "trap-time-first.npy");
    const input = shape(2, 6, 6);
    expect(codes(readStimulus(path, input))).toEqual([
      [
        "warning",
        "input-axes",
        "array of shape (64, 2, 2, 6, 6) is read as NTCHW: 64 samples of 2 ticks: more samples than ticks",
        "--layout NTCHW says that this is meant; TNCHW: 2 samples of 64 ticks",
      ],
    ]);
    expect(readStimulus(path, input, { layout: "NTCHW" }).diagnostics).toEqual([]);
    const turned = must(readStimulus(path, input, { layout: "TNCHW" }));
    const expected = must(readStimulus(join(wild, "torch29-default.input.npy"), input));
    expect([turned.samples, turned.ticks, turned.layout]).toEqual([2, 64, "TNCHW"]);
    expect(spikesOf(turned)).toEqual(spikesOf(expected));
  });
});

test("(60, 20) for 20 inputs: zeros and ones are refused with both readings, cell numbers are read", () => {
  const mlp = shape(20, 1, 1);
  expect(codes(read(zeros(60, 20), mlp))[0]?.slice(1, 3)).toEqual([
    "input-ambiguous",
    "array of shape (60, 20) can be read in several ways: NT: 60 samples of 20 ticks, a cell number each; TF: 1 samples of 60 ticks",
  ]);
  const cells = npyArray(
    "i4",
    [60, 20],
    Int32Array.from({ length: 1200 }, (_, i) => i % 20),
  );
  expect(codes(read(cells, mlp))[0]?.slice(0, 2)).toEqual(["warning", "input-axes"]);
  expect(must(read(cells, mlp)).layout).toBe("NT");
  // A bool is never a cell number.
  const bools = npyArray("b1", [60, 20], new Uint8Array(1200).fill(1));
  expect(must(read(bools, mlp)).layout).toBe("TF");
  // Two axes of one channel: one sample's rows, or samples of one row.
  expect(codes(read(zeros(5, 1, 4, 4), shape(1, 4, 4)))[0]?.[1]).toBe("input-ambiguous");
  expect(must(read(zeros(1, 1, 4, 4), shape(1, 4, 4)))).toMatchObject({ samples: 1, ticks: 1 });
});

test("every order of the axes gives the same spikes", () => {
  const { int, chance, shuffled } = random(7);
  for (const [axes, input] of [
    ["NTCHW", shape(2, 3, 4)],
    ["NTHW", shape(1, 3, 4)],
    ["NTCL", shape(3, 1, 5)],
    ["NTL", shape(1, 1, 6)],
    ["NTF", shape(2, 2, 3)],
    ["TCHW", shape(2, 3, 2)],
    ["TF", shape(6, 1, 1)],
    ["NT", shape(2, 3, 4)],
  ] as const) {
    const size = {
      N: int(1, 3),
      T: int(2, 4),
      C: input.channels,
      H: input.height,
      W: input.width,
      L: input.width,
    };
    const sizes = { ...size, F: input.channels * input.height * input.width } as Record<string, number>;
    const own = [...axes].map((axis) => sizes[axis] as number);
    const count = own.reduce((n, each) => n * each, 1);
    const values = Array.from({ length: count }, () =>
      axes === "NT" ? int(0, sizes.F! - 1) : Number(chance(0.4)),
    );
    const straight = must(read(npyArray("i4", own, Int32Array.from(values)), input, { layout: axes }));
    for (let turn = 0; turn < 4; turn++) {
      const order = shuffled([...axes].map((_, axis) => axis));
      const turnedSizes = order.map((axis) => own[axis] as number);
      const turned = new Int32Array(count);
      values.forEach((value, flat) => {
        const at: number[] = [];
        for (let axis = own.length - 1, rest = flat; axis >= 0; axis--) {
          at[axis] = rest % own[axis]!;
          rest = Math.floor(rest / own[axis]!);
        }
        turned[order.reduce((index, axis) => index * own[axis]! + at[axis]!, 0)] = value;
      });
      const layout = order.map((axis) => axes[axis]).join("");
      const found = must(read(npyArray("i4", turnedSizes, turned), input, { layout }));
      expect([layout, spikesOf(found)]).toEqual([layout, spikesOf(straight)]);
      const cut = { layout, samples: 1, ticks: 2 };
      expect(spikesOf(must(read(npyArray("i4", turnedSizes, turned), input, cut)))).toEqual([
        spikesOf(straight)[0]?.slice(0, 2),
      ]);
    }
  }
});

test("counts, floats and wrong layouts are refused with their place", () => {
  const input = shape(1, 2, 2);
  const counts = npyArray("u1", [1, 2, 2, 2], Uint8Array.of(0, 1, 0, 0, 0, 0, 3, 0));
  expect(codes(read(counts, input))).toEqual([
    [
      "error",
      "input-not-binary",
      "spikes are 0 or 1: 3 at sample 0, tick 1, channel 0, y 1, x 0",
      "a cell spikes once a tick or not: clip counts, or take shorter ticks",
    ],
  ]);
  const samples = npyArray("f4", [1, 1, 2, 2], Float32Array.of(0, 1, 0.5, 0));
  expect(codes(read(samples, input))[0]?.[3]).toContain("encode it: ");
  const ones = npyArray("f4", [1, 1, 2, 2], Float32Array.of(0, 1, 1, 0));
  expect(spikesOf(must(read(ones, input)))).toEqual([[[1, 2]]]);
  const said = (layout: string, ...sizes: number[]) =>
    codes(read(zeros(...sizes), input, { layout }))[0]?.[2];
  expect(said("NTHW", 1, 2, 2)).toBe("array of shape (1, 2, 2): NTHW names 4 axes, the array has 3");
  expect(said("NTHW", 1, 1, 2, 3)).toBe(
    "array of shape (1, 1, 2, 3): W of NTHW has 3, the network's input 2",
  );
  expect(said("NTL", 1, 1, 2)).toBe("array of shape (1, 1, 2): L of NTL is a row, the network's input has 2");
  const wrong = ["NNT", "NCHW", "NTQ", "NTCW", ""].map((layout) => {
    const file = parseConfig(`simulation: { layout: "${layout}" }\n`, "spikec.yaml");
    return file.diagnostics.map(({ code, text }) => `${code}: ${text}`)[0];
  });
  for (const text of wrong) expect(text).toContain("config-value");
  expect(wrong[2]).toContain("'Q' is no axis");
});

describe("events and archives", () => {
  const input = shape(2, 2, 2);
  const rows = npyArray("i8", [4, 2], BigInt64Array.from([0, 3, 2, 7, 2, 1, 0, 5].map(BigInt)));

  test("rows of (tick, cell) or (sample, tick, cell) are read where the layout says so", () => {
    expect(spikesOf(must(read(rows, input, { layout: "events" })))).toEqual([[[3, 5], [], [1, 7]]]);
    expect(codes(read(rows, input))).toMatchObject([
      [
        "warning",
        "input-axes",
        expect.any(String),
        expect.stringContaining("; --layout events reads rows of events"),
      ],
    ]);
    const samples = npyArray("i4", [3, 3], Int32Array.of(1, 0, 2, 0, 1, 4, 1, 1, 0));
    expect(spikesOf(must(read(samples, input, { layout: "events" })))).toEqual([
      [[], [4]],
      [[2], [0]],
    ]);
  });

  test("an event twice, outside the map, or of a tick before 0 is refused by its place", () => {
    const said = (...values: number[]) =>
      codes(
        read(npyArray("i4", [values.length / 2, 2], Int32Array.from(values)), input, { layout: "events" }),
      )[0]?.slice(1, 3);
    expect(said(0, 1, 3, 2, 3, 2)).toEqual([
      "input-not-binary",
      "spikes are 0 or 1: 2 at sample 0, tick 3, cell 2",
    ]);
    expect(said(0, 1, 3, 8)).toEqual(["input-cell-range", "cell 8 at event 1 is outside 0 to 7"]);
    expect(said(-1, 1)?.[0]).toBe("input-layout");
    expect(codes(read(zeros(2, 4), input, { layout: "events" }))[0]?.[1]).toBe("input-layout");
    // Two rows that would make 2^40 ticks of nothing.
    const far = npyArray("i4", [2, 3], Int32Array.from([0, 2 ** 20, 1, 2 ** 20, 0, 1]));
    const refused = read(far, input, { layout: "events" }).diagnostics[0];
    expect(refused?.text).toContain("1048577 samples of 1048577 ticks are more than 16777216 ticks in all");
  });

  test("tables of events and complex samples are refused by name, with what works", () => {
    const save = (name: string, descr: string, bytes: number) => {
      const header = `${`{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }`.padEnd(117)}\n`;
      const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
      const path = join(folder, name);
      writeFileSync(path, Buffer.concat([head, Buffer.from(header, "latin1"), Buffer.alloc(bytes)]));
      return codes(readStimulus(path, input))[0];
    };
    const events = save("aedat.npy", "[('t', '<i8'), ('x', '<i2'), ('y', '<i2'), ('p', '|b1')]", 26);
    expect([events?.[1], events?.[3]]).toEqual([
      "npy-element-type",
      expect.stringContaining("--layout events"),
    ]);
    const iq = save("iq.npy", "'<c8'", 16);
    expect([iq?.[1], iq?.[3]]).toEqual(["npy-element-type", expect.stringContaining("encode I/Q samples")]);
  });

  test("an archive of one array is that array; of several it is said which it holds", () => {
    const spikes = npyArray("u1", [1, 1, 2, 2, 2], Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 1));
    const path = join(folder, "x.npz");
    writeFileSync(path, encodeNpz(new Map([["spikes", spikes]])));
    expect(spikesOf(must(readStimulus(path, input)))).toEqual([[[1, 7]]]);
    writeFileSync(
      path,
      encodeNpz(
        new Map([
          ["spikes", spikes],
          ["labels", spikes],
        ]),
      ),
    );
    expect(codes(readStimulus(path, input))[0]?.slice(1, 3)).toEqual([
      "input-archive",
      expect.stringMatching(/it holds '.*', '.*'/),
    ]);
  });
});

test("of samples that stand first only those that are run are read, of others all", () => {
  const path = join(folder, "many.npy");
  writeFileSync(path, encodeNpy(zeros(50, 3, 1, 2, 2)));
  expect(must(readStimulus(path, shape(1, 2, 2), { samples: 2 }))).toMatchObject({ samples: 2, ticks: 3 });
  const turned = { samples: 2, layout: "TNCHW" };
  expect(must(readStimulus(path, shape(1, 2, 2), turned))).toMatchObject({ samples: 2, ticks: 50 });
  expect(must(readNpy(path)).shape).toEqual([50, 3, 1, 2, 2]);
});
