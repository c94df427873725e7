import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeNpy, npyArray } from "../data/npy.js";
import { stimulusOf } from "../data/stimulus.js";
import { sizeOf } from "../ir/spiking.js";
import { boundRanges } from "../passes/bound-ranges.js";
import { lowerToFixed } from "../passes/lower-to-fixed.js";
import { runGolden } from "../simulators/golden.js";
import type { SampleTrace } from "../simulators/trace.js";
import { random } from "../testing/random-model.js";
import { smallModel } from "../testing/small-model.js";
import { type EvaluateRequest, evaluateModel } from "./evaluate.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-evaluate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const model = boundRanges.run(
  lowerToFixed.run(smallModel(), { coefficientBits: 17 }).output,
  undefined,
).output;
const [samples, ticks] = [4, 20];
const r = random(5);
const planes = npyArray(
  "u1",
  [samples, ticks, 3, 6, 5],
  Uint8Array.from({ length: samples * ticks * sizeOf(model.input) }, () => (r.chance(0.3) ? 1 : 0)),
);

/** What golden says of every sample: the classes, and the spikes of each layer. */
function golden() {
  const stimulus = stimulusOf(planes, model.input);
  if (!stimulus.ok) throw new Error("a bad stimulus");
  const found: SampleTrace[] = [];
  const spikes = model.layers.map(() => 0);
  runGolden(
    model,
    stimulus.value,
    { burnIn: 3 },
    {
      tick: (t) =>
        t.spikes.forEach((row, l) => {
          spikes[l] = (spikes[l] as number) + row.reduce((n, s) => n + s, 0);
        }),
      sample: (s) => void found.push(structuredClone(s)),
    },
  );
  return { found, spikes };
}

function file(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}
const labelled = (name: string, values: readonly number[]): string =>
  file(name, encodeNpy(npyArray("u1", [values.length], Uint8Array.from(values))));

test("labels-left: more labels than samples are a warning, unless --samples says so", async () => {
  const labels = labelled("more.npy", [0, 1, 2, 0, 1, 2]);
  const cells = file("cells.npy", encodeNpy(planes));
  const warned = async (more: Partial<EvaluateRequest>) =>
    (await evaluateModel(model, { build: "b", cells, labels, burnIn: 0, ...more })).diagnostics.map(
      ({ code, text }) => [code, text],
    );
  const text = "labels are of 6 samples, the input has 4: the last 2 are left out";
  expect(await warned({})).toEqual([["labels-left", text]]);
  expect(await warned({ samples: 4 })).toEqual([]);
});

const expected = golden();
const classes = expected.found.map((s) => s.classes[0] as number);
/** The first sample's label is another class than golden's. */
const labels = classes.map((c, s) => (s === 0 ? (c + 1) % 3 : c));
const request = {
  build: "net",
  cells: file("cells.npy", encodeNpy(planes)),
  labels: labelled("labels.npy", labels),
  burnIn: 3,
} satisfies EvaluateRequest;

describe("evaluate", () => {
  test("accuracy, confusion, SNR, spike rates and agreement are those of golden's run", async () => {
    const snr = file("snr.npy", encodeNpy(npyArray("f4", [samples], Float32Array.of(-4, 10, 10, -4))));
    const steps: number[] = [];
    const progress = { start() {}, step: (done: number) => void steps.push(done), end() {} };
    const other = labelled("classes.npy", classes);
    const result = await evaluateModel(model, { ...request, snr, classes: other, progress });
    expect(result.ok && result.value).toMatchObject({
      samples,
      ticks,
      readouts: [
        {
          samples,
          correct: 3,
          accuracy: 0.75,
          bySnr: [
            { snr: -4, samples: 2, correct: 1, accuracy: 0.5 },
            { snr: 10, samples: 2, correct: 2, accuracy: 1 },
          ],
        },
      ],
      spikeRates: model.layers.map((layer, l) => ({
        layer: layer.name,
        rate: (expected.spikes[l] as number) / (samples * ticks * sizeOf(layer.sent)),
      })),
      agreement: { samples, sameClass: 4 },
      perSample: expected.found.map(({ classes: found, votes }, s) => ({
        label: labels[s],
        classes: found,
        votes,
      })),
    });
    const confusion = (result.ok && result.value.readouts[0]?.confusion) || [];
    labels.forEach((label, s) => {
      expect(confusion[label]?.[classes[s] as number]).toBeGreaterThan(0);
    });
    expect(confusion.flat().reduce((n, m) => n + m)).toBe(samples);
    expect(steps).toEqual([1, 2, 3, 4]);
  });

  test("votes of another program are compared one by one", async () => {
    const votes = expected.found.flatMap((s) => s.votes[0] as readonly number[]);
    const changed = votes.map((n, i) => (i < 3 ? n * 2 : n));
    const put = (name: string, values: readonly number[]) =>
      file(name, encodeNpy(npyArray("u2", [samples, 3], Uint16Array.from(values))));
    const agreement = async (path: string) => {
      const result = await evaluateModel(model, { ...request, classes: path });
      return result.ok ? result.value.agreement : result.diagnostics;
    };
    expect(await agreement(put("votes.npy", votes))).toEqual({ samples, sameClass: 4, sameVotes: 4 });
    expect(await agreement(put("changed.npy", changed))).toEqual({ samples, sameClass: 4, sameVotes: 3 });
  });

  test("labels must be classes, and one a sample", async () => {
    const said = async (changes: Partial<EvaluateRequest>) =>
      (await evaluateModel(model, { ...request, ...changes })).diagnostics;
    expect(await said({ labels: labelled("wrong.npy", [0, 1, 3, 0]) })).toMatchObject([
      { code: "label-range", text: "label 3 of sample 2 is outside 0 to 2" },
    ]);
    expect(await said({ labels: labelled("short.npy", [0, 1]) })).toMatchObject([
      { code: "evaluate-array", text: "labels of shape (2), need (sample) of at least 4" },
    ]);
    const need = `need (sample), or (sample, class) of 3 classes, of at least ${samples} samples`;
    expect(await said({ classes: request.cells })).toMatchObject([
      { code: "evaluate-array", text: `classes of shape (4, 20, 3, 6, 5), ${need}` },
    ]);
    expect(await said({ snr: request.cells })).toMatchObject([{ code: "evaluate-array" }]);
    const snr = join(folder, "nan.npy");
    writeFileSync(snr, encodeNpy(npyArray("f4", [4], Float32Array.of(0, -6, Number.NaN, 2))));
    expect(await said({ snr })).toMatchObject([
      { code: "snr-value", text: "the SNR of sample 2 is NaN, no finite number" },
    ]);
    expect(await said({ labels: "nowhere.npy" })).toMatchObject([{ code: "file-not-found" }]);
  });

  test("of longer arrays no more is read than the samples need: these are larger than any file that is read", async () => {
    const long = (name: string, shape: readonly number[]) => {
      const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape},), }`.padEnd(117);
      const head = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text}\n`, "latin1");
      const path = file(name, head);
      truncateSync(path, head.length + shape.reduce((n, size) => n * size, 1));
      return path;
    };
    const [column, votes] = [long("column.npy", [5e9]), long("long-votes.npy", [2e9, 3])];
    const arrays = { labels: column, snr: column, classes: votes };
    const result = await evaluateModel(model, { ...request, ...arrays });
    expect(result.ok && result.value.perSample.map(({ label, snr }) => [label, snr])).toEqual(
      labels.map(() => [0, 0]),
    );
    expect(result.ok && result.value.agreement?.sameClass).toBe(classes.filter((c) => c === 0).length);
    const cells = long("long-cells.npy", [2e8, ticks]);
    const first = await evaluateModel(model, { ...request, ...arrays, cells, samples: 2 });
    expect(first.ok && first.value.samples).toBe(2);
    expect((await evaluateModel(model, { ...request, cells })).diagnostics[0]?.text).toContain(
      "4000000000 of its bytes are needed, at most 2147483647 are read",
    );
  });

  test("a burn-in that no hardware counts is refused, one of a whole frame is a warning", async () => {
    for (const burnIn of [-1, 0.5, 65_536, Number.NaN])
      expect((await evaluateModel(model, { ...request, burnIn })).diagnostics).toMatchObject([
        { code: "burn-in-range", loc: { name: "--burn-in" } },
      ]);
    const whole = await evaluateModel(model, { ...request, burnIn: ticks });
    expect(whole.diagnostics).toMatchObject([
      {
        code: "burn-in-whole",
        text: "a burn-in of 20 ticks leaves none of a frame of 20: no tick votes, so that every class is 0",
      },
    ]);
    expect(whole.ok && whole.value.perSample.map((sample) => sample.classes)).toEqual(labels.map(() => [0]));
    expect((await evaluateModel(model, { ...request, burnIn: ticks - 1 })).diagnostics).toEqual([]);
    const last = { ...model, readouts: model.readouts.map((r) => ({ ...r, vote: "last" as const })) };
    expect((await evaluateModel(last, { ...request, burnIn: ticks })).diagnostics).toEqual([]);
  });

  test("evaluate-no-readout: a network without a readout has no classes", async () => {
    const { diagnostics } = await evaluateModel({ ...model, readouts: [] }, request);
    expect(diagnostics.map((d) => d.code)).toEqual(["evaluate-no-readout"]);
  });
});
