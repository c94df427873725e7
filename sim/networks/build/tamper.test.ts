import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emittedOf, openBuild } from "../../../src/artifact/manifest.js";
import { exitCodeOf } from "../../../src/cli/context.js";
import { compile } from "../../../src/commands/compile.js";
import { evaluate } from "../../../src/commands/evaluate.js";
import { inspect } from "../../../src/commands/inspect.js";
import { simulate } from "../../../src/commands/simulate.js";
import { verify } from "../../../src/commands/verify.js";
import { fillDefaults } from "../../../src/config/defaults.js";
import { loadConfig } from "../../../src/config/load.js";
import { withBenchRun } from "../../../src/cosim/run-rtl.js";
import { runBench } from "../../../src/cosim/simulators.js";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import { readStimulus } from "../../../src/data/stimulus.js";
import { type Result, success } from "../../../src/diagnostics/diagnostic.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";
import { random } from "../../../src/testing/random-model.js";
import { mendManifest, tamper, tamperings } from "./tamper.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-tamper-"));
const [good, other, copy, input] = ["good", "other", "copy", "x.npy"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
  string,
];
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const calibration =
  '{"version": 1, "states": {"layer1.eps0": {"min": 0, "max": 2}}, "clips": {"layer1": 0.75}}';

beforeAll(async () => {
  const request = (net: string, clip: string, network: string) => ({
    checkpoint: net,
    config: fillDefaults({
      network: file("net.yaml", network),
      calibration: file("c.json", clip),
      layers: { layer2: { pe: 3 } },
    }),
  });
  const arrays = dcllArrays();
  const first = await compile({
    ...request(file("net.pkl", pickleFile(arrays)), calibration, dcllNetwork),
    output: good,
  });
  const weights = "layer1.i2h.weight";
  const changed = {
    ...arrays,
    [weights]: { ...arrays[weights]!, data: arrays[weights]!.data.map((w) => w / 3) },
  };
  const second = await compile({
    ...request(
      file("net.pkl", pickleFile(changed)),
      calibration.replace("0.75", "0.5"),
      dcllNetwork.replace("burnin: 5", "burnin: 7"),
    ),
    output: other,
  });
  expect([first.ok, second.ok]).toEqual([true, true]);
  const { chance } = random(3);
  const spikes = Uint8Array.from({ length: 12 * 36 }, () => (chance(0.4) ? 1 : 0));
  writeFileSync(input, encodeNpy(npyArray("u1", [1, 12, 1, 6, 6], spikes)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Codes of what is said of files; how much of a network the input reached is none of these. */
const saidOfFiles = ({ diagnostics }: Result<unknown>): readonly string[] =>
  diagnostics.map(({ code }) => code).filter((code) => code !== "verify-reach");

/** Places of the files that errors are about, and of no other diagnostic. */
const named = (result: Result<unknown>): readonly string[] =>
  result.diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, text, loc }) =>
      code.startsWith("build-") || code === "not-a-build"
        ? (/(\S+) (is|was) /.exec(
            text.replace(/^.* no build of spikec: it has no (.*)$/, "$1 is "),
          )?.[1] as string)
        : (loc.file as string).replace(`${copy}/`, ""),
    );

/** A file of each kind, and what of it a bit is changed in (else in its middle). */
const kinds = [
  ["manifest.json", '"rtl'],
  ["settings.json", "4,"],
  ["report.json", "cyclesPerTick"],
  ["network.yaml", "padding: 1"],
  ["calibration.json", "75"],
  ["checkpoint/net.pkl", ""],
  ["rtl/net_core.v", ""],
  ["rtl/dense_walk.v", "assign"],
  ["rtl/layer1_weights.hex", ""],
  ["sim/tb.v", "cycle <="],
  ["sim/main.cpp", "gotFinish"],
  ["golden/network.js", "layer1"],
  ["golden/runtime/maps.js", "export"],
  ["golden/layer1.weights.npy", ""],
] as const;
/** What a build is compiled from: with its hash mended, what was made from it is found, or it can't be read. */
const sources = ["settings.json", "network.yaml", "calibration.json", "checkpoint/net.pkl"];

/** These give what another compilation gives: a remark in a source, a burn-in that settings.json overrules. */
const consistent = ["addition network.yaml", "addition calibration.json", "swap network.yaml"];

/** The manifest of what the source in the copy compiles to. */
async function compiledAgain(): Promise<string> {
  const loaded = loadConfig(join(copy, "settings.json"));
  if (!loaded.ok) throw new Error("settings are no configuration");
  const { config } = loaded.value;
  const [network, clips] = [join(copy, "network.yaml"), join(copy, "calibration.json")];
  const output = join(folder, "again");
  const made = await compile({
    checkpoint: join(copy, "checkpoint/net.pkl"),
    config: { ...config, network, calibration: clips },
    output,
  });
  expect(made.ok).toBe(true);
  return readFileSync(join(output, "manifest.json"), "utf8");
}

describe.each(kinds)("%s", (path, at) => {
  test.each(tamperings)("a %s is found and named", (what) => {
    const changed = tamper(good, copy, path, what, { at, other });
    if (path !== "manifest.json") {
      const opened = openBuild(copy);
      expect(opened.ok).toBe(false);
      expect([...named(opened)].sort()).toEqual([...changed].sort());
      expect(exitCodeOf(opened.diagnostics)).toBe(1);
    }
  });

  test.each(tamperings)("a %s is found and named though the manifest was made to fit", async (what) => {
    const changed = tamper(good, copy, path, what, { at, other });
    mendManifest(copy, changed);
    // No simulator: nothing that runs is needed to find it.
    const verified = await verify({ build: copy, input, simulators: [] });
    if (consistent.includes(`${what} ${path}`)) {
      expect(saidOfFiles(verified)).toEqual([]);
      return expect(await compiledAgain()).toBe(readFileSync(join(copy, "manifest.json"), "utf8"));
    }
    expect(verified.ok).toBe(false);
    const found = named(verified);
    if (sources.includes(path) && what !== "addition") expect(found.length).toBeGreaterThan(0);
    else if (path === "manifest.json" && (what === "bit" || what === "swap"))
      expect(found.length).toBeGreaterThan(0);
    else expect(found).toEqual(expect.arrayContaining([...changed]));
  });
});

/** Puts a fresh copy of the good build in place. */
function fresh(): void {
  rmSync(copy, { recursive: true, force: true });
  cpSync(good, copy, { recursive: true });
}

test("a build that is wholly consistent passes: as compiled, another one, one with a remark in its source", async () => {
  const equal = async (build: string) => {
    const verified = await verify({ build, input, simulators: ["icarus"] });
    return verified.ok && verified.value.simulators[0]?.equal === true && verified.value.edits.length === 0;
  };
  expect(await equal(good)).toBe(true);
  rmSync(copy, { recursive: true });
  cpSync(other, copy, { recursive: true });
  expect(await equal(copy)).toBe(true);
  fresh();
  appendFileSync(join(copy, "network.yaml"), "# a remark\n");
  mendManifest(copy, ["network.yaml"]);
  expect(await equal(copy)).toBe(true);
});

test("a wrong weight with a bench that replays a recording is found; where edits are allowed they are said", async () => {
  fresh();
  const build = openBuild(good);
  if (!build.ok) throw new Error("does not open");
  const stimulus = readStimulus(input, build.value.compiled.fixed.input);
  if (!stimulus.ok) throw new Error("no stimulus");
  const recorded = await withBenchRun(emittedOf(build.value), stimulus.value, async (run) => {
    await runBench("icarus", run);
    return success(readFileSync(run.trace, "utf8"));
  });
  if (!recorded.ok) throw new Error("no recording");
  const lines = recorded.value.trimEnd().split("\n");
  const bench = `module tb (input wire clk);
  integer trace;
  reg [1023:0] name;
  wire u_core = clk;
  initial begin
    if ($value$plusargs("trace=%s", name) == 0) $finish;
    trace = $fopen(name, "w");
${lines.map((line) => `    $fwrite(trace, "${line}\\n");`).join("\n")}
    $fclose(trace);
    $finish;
  end
endmodule
`;
  writeFileSync(join(copy, "sim/tb.v"), bench);
  writeFileSync(
    join(copy, "sim/tb_icarus.v"),
    "module tb_icarus; reg clk = 0; tb u_tb (.clk(clk)); endmodule\n",
  );
  const weights = join(copy, "rtl/layer1_weights.hex");
  writeFileSync(weights, readFileSync(weights, "utf8").replace(/[0-7]/, "8"));
  const edited = ["rtl/layer1_weights.hex", "sim/tb.v", "sim/tb_icarus.v"];
  mendManifest(copy, edited);
  const request = { build: copy, input, simulators: ["icarus"] } as const;
  expect([...named(await verify(request))].sort()).toEqual(["manifest.json", ...edited]);
  const allowed = await verify({ ...request, allowEdited: true });
  // The bench replays: nothing but the list of edits tells.
  expect(allowed.ok && allowed.value.simulators[0]?.equal).toBe(true);
  expect(allowed.ok && [...allowed.value.edits].sort()).toEqual(
    ["manifest.json", ...edited].map((path) => `${path} is not what checkpoint and settings give`),
  );
  expect(saidOfFiles(allowed)).toEqual(["build-edits"]);
});

test("every command refuses an edited build, and takes one where that is allowed: never another source", async () => {
  fresh();
  const output = join(folder, "run");
  const labels = file("y.npy", encodeNpy(npyArray("i4", [1], Int32Array.of(0))));
  const run = (allowEdited: boolean) =>
    Promise.all([
      simulate({ build: copy, input, simulator: "golden", record: ["readout"], output, allowEdited }),
      evaluate({ build: copy, cells: input, labels, threads: 1, allowEdited }),
      inspect(copy, undefined, { allowEdited }),
      verify({ build: copy, input, simulators: [], allowEdited }),
    ]);
  const codes = async (allowEdited: boolean) =>
    (await run(allowEdited)).map((result) => saidOfFiles(result).join());
  appendFileSync(join(copy, "rtl/dense_walk.v"), "// edited\n");
  expect(await codes(false)).toEqual(new Array(4).fill("build-edited"));
  expect(await codes(true)).toEqual(new Array(4).fill("build-edits"));
  appendFileSync(join(copy, "network.yaml"), "# edited\n");
  expect(await codes(true)).toEqual(new Array(4).fill("build-changed"));
});

test("links are not followed out of a build, and what is no file is not read", () => {
  const path = join(copy, "rtl/dense_walk.v");
  const said = (make: () => void) => {
    fresh();
    rmSync(path);
    make();
    return openBuild(copy).diagnostics.map(({ code, text }) => `${code}: ${text}`);
  };
  const away = "build-edited: rtl/dense_walk.v is a link to a folder or out of the build";
  expect(said(() => symlinkSync(join(good, "rtl/dense_walk.v"), path))).toEqual([away]);
  expect(said(() => symlinkSync("../..", path))).toEqual([away]);
  expect(said(() => symlinkSync("nowhere", path))).toEqual([away]);
  expect(said(() => execFileSync("mkfifo", [path]))).toEqual(["build-edited: rtl/dense_walk.v is no file"]);
  const inside = () => {
    cpSync(join(good, "rtl/dense_walk.v"), join(copy, "moved.v"));
    symlinkSync("../moved.v", path);
  };
  expect(said(inside)).toEqual([]);
  const whole = () => {
    rmSync(join(copy, "rtl"), { recursive: true });
    symlinkSync(join(good, "rtl"), join(copy, "rtl"));
  };
  expect(said(whole)).toEqual(["build-edited: rtl is a link to a folder or out of the build"]);
  const manifest = () => {
    cpSync(join(good, "rtl/dense_walk.v"), path);
    rmSync(join(copy, "manifest.json"));
    execFileSync("mkfifo", [join(copy, "manifest.json")]);
  };
  expect(said(manifest)).toEqual([
    `not-a-build: ${copy} is no build of spikec: its manifest.json is no file`,
  ]);
});
