import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileSource } from "../../../src/artifact/source.js";
import { defaultConfig } from "../../../src/config/defaults.js";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import { readStimulus, type Stimulus } from "../../../src/data/stimulus.js";
import type { Result } from "../../../src/diagnostics/diagnostic.js";
import { emitGolden } from "../../../src/emit/golden.js";
import { packageRoot } from "../../../src/emit/render.js";
import type { FixedModel } from "../../../src/ir/fixed.js";
import { runGolden, stateList } from "../../../src/simulators/golden.js";
import type { SampleTrace, TickTrace } from "../../../src/simulators/trace.js";

const data = `${packageRoot}../shared/data`;
const ticks = 32;
const burnIn = 8;
const networks = [
  ...["small", "stress/floor", "stress/round", "seed"].flatMap((folder) =>
    ["post", "pre"].map((form) => ({ folder, form })),
  ),
  ...["19900", "49"].map((form) => ({ folder: "dcll-mnist", form })),
];

const root = mkdtempSync(join(tmpdir(), "spikec-emitted-"));
afterAll(() => rmSync(root, { recursive: true }));

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.text).join("; "));
  return result.value;
}

interface Program {
  run(input: Stimulus, onTick?: (trace: TickTrace) => void): SampleTrace[];
}

/** A network of the shared data with its emitted program on disk. */
interface Built {
  readonly model: FixedModel;
  readonly folder: string;
  readonly cells: string;
}

function build({ folder, form }: { readonly folder: string; readonly form: string }): Built {
  const mnist = `${data}/dcll-mnist`;
  const isMnist = folder === "dcll-mnist";
  const config = { ...defaultConfig, readouts: "all" } as const;
  const source = isMnist
    ? {
        checkpoint: `${mnist}/parameters_${form}.pkl`,
        config: { ...config, network: `${mnist}/network.yaml` },
      }
    : { checkpoint: `${data}/radioml/${folder}/${form}.qonnx.onnx`, config };
  const { fixed: model } = must(compileSource(source)).compiled;
  const target = join(root, folder, form);
  for (const [file, content] of emitGolden(model, { burnIn }, "a test; do not edit")) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    writeFileSync(join(target, file), content);
  }
  const cells = isMnist ? `${mnist}/vectors-${form}/input.npy` : `${data}/radioml/${folder}/cells.npy`;
  return { model, folder: join(target, "golden"), cells };
}

/** A copy of a program whose network.js was changed by hand: each text becomes another where it first stands. */
function edited({ folder }: Built, changes: readonly (readonly [from: string, to: string])[]): string {
  const copy = mkdtempSync(join(root, "edited-"));
  cpSync(folder, copy, { recursive: true });
  let text = readFileSync(join(copy, "network.js"), "utf8");
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  writeFileSync(join(copy, "network.js"), text);
  return copy;
}

const sha256 = (values: Uint8Array | Int32Array) => createHash("sha256").update(values).digest("hex");

/** What `--trace` writes of a tick. */
const traceOf = (model: FixedModel, t: TickTrace) => ({
  sample: t.sample,
  tick: t.tick,
  spikes: Object.fromEntries(model.layers.map((l, n) => [l.name, sha256(t.spikes[n] as Uint8Array)])),
  states: Object.fromEntries(
    stateList(model).map((s, n) => [s.name, sha256(Int32Array.from(t.states[n] as ArrayLike<number>))]),
  ),
  logits: Object.fromEntries(model.readouts.map((r, n) => [r.name, Array.from(t.logits[n] ?? [])])),
  classes: Object.fromEntries(model.readouts.map((r, n) => [r.name, t.tickClass[n]])),
});

/** Runs the program where nothing of this checkout is in reach. */
const goldenOf = (folder: string, ...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [`${folder}/golden.js`, ...args], { cwd: root, encoding: "utf8" });

/** Writes bytes as an input file. */
const inputFile = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(root, name), content);
  return join(root, name);
};

describe("emitted golden simulator", () => {
  test.each(networks)(
    "$folder $form equals the specification on every spike, state, logit and class",
    async (net) => {
      const { model, folder, cells } = build(net);
      const stimulus = must(readStimulus(cells, model.input, { samples: 1, ticks }));
      const expected: unknown[] = [];
      const samples: SampleTrace[] = [];
      runGolden(
        model,
        stimulus,
        { burnIn },
        { tick: (t) => expected.push(traceOf(model, t)), sample: (s) => samples.push(structuredClone(s)) },
      );
      const program = (await import(/* @vite-ignore */ pathToFileURL(`${folder}/golden.js`).href)) as Program;
      const found: unknown[] = [];
      expect(program.run(stimulus, (t) => found.push(traceOf(model, t)))).toEqual(samples);
      expect(found).toEqual(expected);
    },
  );

  test("its types are strict, and say what a recurrence may read", () => {
    const options = [
      "--ignoreConfig --noEmit --allowJs --checkJs --strict --noUnusedLocals --target es2022 --lib es2022",
      `--module nodenext --types node --typeRoots ${packageRoot}node_modules/@types`,
    ].flatMap((line) => line.split(" "));
    const tsc = (...files: readonly string[]) => {
      const { stdout, status } = spawnSync(`${packageRoot}node_modules/.bin/tsc`, [...options, ...files]);
      return { status, said: stdout.toString().replaceAll(/^.*network\.js/gm, "network.js") };
    };
    const folders = networks.map((net) => build(net).folder);
    expect(tsc(...folders.map((folder) => `${folder}/golden.js`))).toEqual({ status: 0, said: "" });

    const folder = edited(build({ folder: "small", form: "post" }), [["state.eps0 *", "state.eps9 *"]]);
    const { status, said } = tsc(`${folder}/golden.js`);
    expect(status).not.toBe(0);
    expect(said).toMatch(/^network.js.*Property 'eps9' does not exist/);
  });
});

describe("emitted golden simulator on the command line", () => {
  let built: Built;
  beforeAll(() => {
    built = build({ folder: "small", form: "post" });
  });
  const golden = (...args: readonly string[]): SpawnSyncReturns<string> => goldenOf(built.folder, ...args);

  test("prints classes and votes of each sample and writes the trace of each tick", () => {
    const { model, cells } = built;
    const stimulus = must(readStimulus(cells, model.input, { samples: 2, ticks: 12 }));
    const expected: unknown[] = [];
    const samples: string[] = [];
    runGolden(
      model,
      stimulus,
      { burnIn },
      {
        tick: (t) => expected.push(traceOf(model, t)),
        sample: ({ sample, classes, votes }) => samples.push(JSON.stringify({ sample, classes, votes })),
      },
    );
    const trace = join(root, "trace.jsonl");
    const { status, stdout, stderr } = golden(cells, "--samples", "2", "--ticks", "12", "--trace", trace);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual(samples);
    const lines = readFileSync(trace, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(expected);
  });

  test("reads planes, with and without channels, and cell indices of any integer type alike", () => {
    const cells = [17, 200, 17, 0, 255, 31, 90, 90];
    const planes = new Uint8Array(8 * 256);
    for (const [tick, cell] of cells.entries()) planes[tick * 256 + cell] = 1;
    const outputs = [
      npyArray("u1", [2, 4, 1, 16, 16], planes),
      npyArray("b1", [2, 4, 16, 16], planes),
      npyArray("u1", [2, 4], Uint8Array.from(cells)),
      npyArray("i2", [2, 4], Int16Array.from(cells)),
      npyArray("u4", [2, 4], Uint32Array.from(cells)),
      npyArray("i8", [2, 4], BigInt64Array.from(cells, BigInt)),
    ].map((array, n) => golden(inputFile(`form${n}.npy`, encodeNpy(array))).stdout);
    expect(new Set(outputs).size).toBe(1);
    expect(outputs[0]?.trimEnd().split("\n").length).toBe(2);
  });

  test("a reader that stops early is no error", () => {
    const command = `"${process.execPath}" "${join(built.folder, "golden.js")}" "${built.cells}" --ticks 4 | head -c 1`;
    const { status, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", command], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  test("says what is wrong with its input and exits with status 2", () => {
    const npy = (...parts: Parameters<typeof npyArray>) => encodeNpy(npyArray(...parts));
    const good = npy("u1", [1, 2], Uint8Array.of(1, 2));
    const two = inputFile("two.npy", npy("u1", [1, 1, 16, 16], new Uint8Array(256).fill(2)));
    const cases: readonly (readonly string[])[] = [
      [],
      ["a.npy", "b.npy"],
      [join(root, "missing.npy")],
      [inputFile("text.npy", "no array at all")],
      [inputFile("cut.npy", good.subarray(0, -1))],
      [inputFile("head.npy", good.subarray(0, 40))],
      [inputFile("shape.npy", npy("u1", [1, 1, 8, 8], new Uint8Array(64)))],
      [inputFile("flat.npy", npy("u1", [4], new Uint8Array(4)))],
      [inputFile("float.npy", npy("f4", [1, 2], new Float32Array(2)))],
      [inputFile("plane.npy", npy("i2", [1, 1, 16, 16], new Int16Array(256)))],
      [inputFile("empty.npy", npy("u1", [1, 0], new Uint8Array(0)))],
      [inputFile("range.npy", npy("i2", [1, 2], Int16Array.of(5, -1)))],
      [two],
      [inputFile("good.npy", good), "--samples", "2"],
      [join(root, "good.npy"), "--ticks", "3"],
      [join(root, "good.npy"), "--ticks", "0"],
      [join(root, "good.npy"), "--trace", join(root, "missing/out.jsonl")],
    ];
    const said = cases.map((args) => {
      const { status, stdout, stderr } = golden(...args);
      return `${status}${stdout} ${stderr.trimEnd().replaceAll(`${root}/`, "")}`;
    });
    const unknown = golden(join(root, "good.npy"), "--speed");
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringMatching(/^error: .*--speed.*\n$/)]);
    const negative = golden(join(root, "good.npy"), "--ticks", "-1");
    expect([negative.status, negative.stderr]).toEqual([2, expect.stringMatching(/^error: .*--ticks.*\n$/)]);
    expect(said).toMatchInlineSnapshot(`
      [
        "2 error: usage: golden.js input.npy [--samples n] [--ticks n] [--trace out.jsonl]",
        "2 error: usage: golden.js input.npy [--samples n] [--ticks n] [--trace out.jsonl]",
        "2 error: ENOENT: no such file or directory, open 'missing.npy'",
        "2 error: text.npy: not a .npy file",
        "2 error: cut.npy: holds 1 bytes of elements, its shape takes 2",
        "2 error: head.npy: its .npy header is damaged",
        "2 error: shape.npy: array of shape (1, 1, 8, 8): this network reads (sample, tick, 1, 16, 16)",
        "2 error: flat.npy: array of shape (4): this network reads (sample, tick, 1, 16, 16)",
        "2 error: float.npy: elements of type '<f4': use integers or bool",
        "2 error: plane.npy: elements of type 'i2' can't be spikes: use uint8 or bool",
        "2 error: empty.npy: array of shape (1, 0) is empty",
        "2 error: range.npy: cell -1 at sample 0, tick 1 is outside 0 to 255",
        "2 error: two.npy: spikes are 0 or 1: 2 at sample 0, tick 0, index 0",
        "2 error: good.npy: 2 samples asked for, the input has 1",
        "2 error: good.npy: 3 ticks asked for, the input has 2",
        "2 error: --ticks: '0' is no positive whole number",
        "2 error: ENOENT: no such file or directory, open 'missing/out.jsonl'",
      ]
    `);
  });
});

describe("a golden network that was changed by hand", () => {
  let built: Built;
  beforeAll(() => {
    built = build({ folder: "small", form: "post" });
  });

  test("runs a network that was changed by hand", () => {
    const { model, cells } = built;
    const few = 2 * burnIn;
    const [first, ...others] = model.layers;
    const exprs = first?.post.exprs.map((expr) =>
      expr.kind === "mulc" && expr.by[0] === 109n ? { ...expr, by: [110n] } : expr,
    );
    if (first === undefined || exprs === undefined) throw new Error("a network without layers");
    const changed: FixedModel = {
      ...model,
      layers: [{ ...first, post: { ...first.post, exprs } }, ...others],
      readouts: model.readouts.map((readout) => ({ ...readout, vote: "sum" })),
    };
    const printed = (m: FixedModel, ticksOfBurnIn: number): string => {
      const stimulus = must(readStimulus(cells, m.input, { samples: 1, ticks: few }));
      const lines: string[] = [];
      const sample = ({ sample, classes, votes }: SampleTrace) =>
        lines.push(`${JSON.stringify({ sample, classes, votes })}\n`);
      runGolden(m, stimulus, { burnIn: ticksOfBurnIn }, { sample });
      return lines.join("");
    };
    const votes = model.readouts.map(() => ['vote: "majority"', 'vote: "sum"'] as const);
    const changes = [["eps0 * 109;", "eps0 * 110;"], [`burnIn: ${burnIn},`, "burnIn: 3,"], ...votes] as const;
    const { stdout, stderr } = goldenOf(edited(built, changes), cells, "--samples", "1", "--ticks", `${few}`);
    expect(stderr).toBe("");
    expect(stdout).toBe(printed(changed, 3));
    // Each change alone is seen.
    const unchanged = { ...changed, layers: model.layers };
    expect(new Set([stdout, printed(unchanged, 3), printed(changed, burnIn), printed(model, 3)]).size).toBe(
      4,
    );
  });

  test("--help says what it takes; tables of thresholds that can't be read are said", () => {
    const help = goldenOf(built.folder, "--help");
    expect([help.status, help.stdout]).toEqual([
      0,
      expect.stringMatching(/^node golden\.js input\.npy .*--trace FILE/s),
    ]);
    const { stdout } = goldenOf(built.folder, "-h");
    expect(stdout).toBe(help.stdout);
    const file = join(built.folder, "logits.thresholds.json");
    const kept = readFileSync(file);
    const said = ["[[1, 2", '[["x"]]', "[1.5]", "{}"].map((text) => {
      writeFileSync(file, text);
      const { status, stderr } = goldenOf(built.folder, built.cells);
      return [status, stderr.split(": ").slice(0, 3).join(": ").trimEnd()];
    });
    writeFileSync(file, kept);
    const [broken, ...others] = said;
    expect(broken).toEqual([2, expect.stringContaining("thresholds.json: is no JSON")]);
    for (const other of others)
      expect(other).toEqual([2, expect.stringContaining("thresholds.json: holds no lists of integers")]);
  });

  test("says what doesn't fit in a network that was changed by hand", () => {
    const cases: readonly (readonly [from: string, to: string])[] = [
      ["channels: 16, height: 8", "channels: 17, height: 8"],
      ["kernel: [5, 5]", "kernel: [3, 5]"],
      ["20, 19, 20,", "20, 19,"],
      ['weights: "layer1.weights.npy"', 'weights: "layer0.weights.npy"'],
      ['layer: "layer3"', 'layer: "layer9"'],
      ['layer: "layer3"', 'layer: "layer2"'],
    ];
    const said = cases.map((change) => {
      const folder = edited(built, [change]);
      const { status, stdout, stderr } = goldenOf(folder, built.cells);
      return `${status}${stdout} ${stderr.trimEnd().replaceAll(`${folder}/`, "")}`;
    });
    expect(said).toMatchInlineSnapshot(`
      [
        "2 error: layer 'layer2': reads 17×8×8, what comes is 16×8×8",
        "2 error: layer1.weights.npy: holds 400 weights, the network has 240",
        "2 error: layer 'layer1': 'in_1' has 15 numbers for 16 channels",
        "2 error: ENOENT: no such file or directory, open 'layer0.weights.npy'",
        "2 error: readout 'logits': reads layer 'layer9', which isn't there",
        "2 error: logits.readout.npy: holds 5632 weights, the network has 16896",
      ]
    `);
  });
});
