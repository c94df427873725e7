import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBuild } from "../../../src/artifact/manifest.js";
import { compile } from "../../../src/commands/compile.js";
import { simulate } from "../../../src/commands/simulate.js";
import { verify } from "../../../src/commands/verify.js";
import { fillDefaults } from "../../../src/config/defaults.js";
import { loadConfig } from "../../../src/config/load.js";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import type { Result } from "../../../src/diagnostics/diagnostic.js";
import { renderDiagnostic } from "../../../src/diagnostics/render.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";
import { version } from "../../../src/host/version.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-manifest-"));
const good = join(folder, "good");
const input = join(folder, "x.npy");
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const request = {
  checkpoint: file("net.pkl", pickleFile(dcllArrays())),
  config: fillDefaults({
    network: file("net.yaml", dcllNetwork),
    calibration: file("c.json", '{"version": 1, "states": {}}'),
    layers: { layer2: { pe: 3 } },
    simulation: { frameTicks: 9 },
  }),
};

const copyTo = (place: string): void => cpSync(good, place, { recursive: true });

beforeAll(async () => {
  expect((await compile({ ...request, output: good })).ok).toBe(true);
  writeFileSync(input, encodeNpy(npyArray("u1", [1, 9, 1, 6, 6], new Uint8Array(324))));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** First lines of what is said, paths relative to `folder`. */
const said = (result: Result<unknown>): readonly string[] => {
  expect(result.ok).toBe(false);
  return result.diagnostics.map((d) => (renderDiagnostic(d).split("\n")[0] as string).replaceAll(folder, ""));
};

let copies = 0;
/** What is said of a copy of the build with some of its files changed. */
function changed(files: Readonly<Record<string, (text: string) => string>>): readonly string[] {
  const name = `copy${copies++}`;
  const copy = join(folder, name);
  copyTo(copy);
  for (const [path, change] of Object.entries(files))
    writeFileSync(join(copy, path), change(readFileSync(join(copy, path), "utf8")));
  return said(openBuild(copy)).map((line) => line.replaceAll(`/${name}`, "BUILD"));
}

const changedSource = (file: string) =>
  `error[build-changed] BUILD: ${file} is not as it was compiled: what the build was compiled from is another`;

/** The same of a copy whose manifest has another value at `path`. */
const withValue = (path: readonly string[], value: unknown): readonly string[] =>
  changed({
    "manifest.json": (text) => {
      const manifest = JSON.parse(text);
      const parent = path.slice(0, -1).reduce((at, key) => at[key], manifest);
      if (value === undefined) delete parent[path.at(-1) as string];
      else parent[path.at(-1) as string] = value;
      return JSON.stringify(manifest);
    },
  }).map((line) => line.replace(/json:1:\d+/, "json:1:…"));

test("a build opens with the settings that it was compiled with", () => {
  const build = openBuild(good);
  if (!build.ok) throw new Error("does not open");
  const { config } = build.value;
  expect(config).toEqual({
    ...request.config,
    network: join(good, "network.yaml"),
    calibration: join(good, "calibration.json"),
    readout: { ...request.config.readout, burnIn: 5 },
  });
  expect(build.value.compiled.design.stages.map(({ name }) => name)).toEqual([
    "layer1",
    "layer2",
    "layer2.output_",
  ]);
});

test("settings.json is a configuration file", () => {
  const loaded = loadConfig(join(good, "settings.json"));
  expect(loaded.ok && loaded.value.config).toMatchObject({
    layers: { layer2: { pe: 3 } },
    readout: { burnIn: 5 },
    simulation: { frameTicks: 9 },
  });
});

describe("not-a-build", () => {
  test.each([
    ["no manifest", undefined, "it has no manifest.json"],
    ["another tool's", '{"tool": "webpack"}', "its manifest.json is not spikec's"],
    ["a list", "[]", "its manifest.json is not spikec's"],
    [
      "a run's",
      `{"tool": "spikec", "version": "${version}", "samples": 1}`,
      "its manifest.json is of what a build recorded",
    ],
  ])("%s", (_, text, reason) => {
    const place = mkdtempSync(join(folder, "none-"));
    if (text !== undefined) writeFileSync(join(place, "manifest.json"), text);
    const short = place.replace(folder, "");
    expect(said(openBuild(place))).toEqual([`error[not-a-build]: ${short} is no build of spikec: ${reason}`]);
  });
});

test("manifest-syntax: no JSON, or nested too deep, in either file", () => {
  expect(changed({ "manifest.json": () => "{" })[0]).toMatch(
    /^error\[manifest-syntax\] BUILD\/manifest\.json(:1:2)?: not valid JSON: /,
  );
  expect(changed({ "manifest.json": () => "[".repeat(100_000) })).toEqual([
    "error[manifest-syntax] BUILD/manifest.json: not valid JSON: it is nested more than 500 levels deep",
  ]);
});

describe("manifest-value", () => {
  const wrong = (key: string, problem: string, place = ":1:…") =>
    `error[manifest-value] BUILD/manifest.json${place}: ${key}: ${problem}`;
  const outside = "expected a path that stays in the build";

  test.each([
    "../net.pkl",
    "..",
    ".",
    "",
    "a/../../net.pkl",
    "checkpoint/../checkpoint/net.pkl",
    "./net.pkl",
    "/etc/passwd",
    "C:/net.pkl",
    "C:net.pkl",
    "..\\net.pkl",
    "\\\\host\\net.pkl",
    "net.pkl\0.onnx",
    5,
    null,
    ["net.pkl"],
  ])("a path that leaves the build: %j", (path) => {
    expect(withValue(["checkpoint", "file"], path)).toEqual([wrong("checkpoint.file", outside)]);
    expect(withValue(["settings", "file"], path)).toEqual([wrong("settings.file", outside)]);
    if (path !== null) {
      expect(withValue(["network"], path)).toEqual([wrong("network", outside)]);
      expect(withValue(["calibration"], path)).toEqual([wrong("calibration", outside)]);
    }
  });

  test.each([
    [["version"], 7, wrong("version", "expected a version")],
    [["version"], undefined, wrong("version", "expected a version", "")],
    [["checkpoint"], "net.pkl", wrong("checkpoint", "expected keys and values")],
    [["checkpoint"], null, wrong("checkpoint", "expected keys and values")],
    [["checkpoint", "sha256"], "5", wrong("checkpoint.sha256", "expected 64 hexadecimal digits")],
    [["settings"], undefined, wrong("settings", "expected keys and values", "")],
    [["files"], [], wrong("files", "expected keys and values")],
    [["files", "../x"], "0".repeat(64), wrong("files.../x", outside)],
    [["files", "rtl/x.v"], { toString: 1 }, wrong("files.rtl/x.v", "expected 64 hexadecimal digits")],
    [["more"], 1, wrong("more", "is no key of a manifest")],
  ] as const)("%j: %j", (path, value, expected) => {
    expect(withValue(path, value)).toEqual([expected]);
  });

  test("a copy that the manifest's files don't have is not as it was compiled", () => {
    expect(withValue(["files", "network.yaml"], undefined)).toEqual([changedSource("network.yaml")]);
  });
});

test("build-changed names each file of the source that is another", () => {
  const more = (text: string) => `${text}\n`;
  expect(changed({ "settings.json": more })).toEqual([changedSource("settings.json")]);
  expect(changed({ "checkpoint/net.pkl": more, "network.yaml": more, "calibration.json": more })).toEqual([
    changedSource("calibration.json"),
    changedSource("network.yaml"),
    changedSource("checkpoint/net.pkl"),
  ]);
});

test("settings that no version writes are refused as in spikec.yaml, whatever their hash says", () => {
  const hostile = (settings: string) => {
    const hash = createHash("sha256").update(settings).digest("hex");
    return changed({
      "settings.json": () => settings,
      "manifest.json": (text) =>
        JSON.stringify({ ...JSON.parse(text), settings: { file: "settings.json", sha256: hash } }),
    });
  };
  expect(hostile('{"weightBits": "8",\n"shell": "rm"}')).toEqual([
    "error[config-value] BUILD/settings.json:1:2: weightBits: expected an integer from 2 to 16, found '8'",
    "error[config-unknown-key] BUILD/settings.json:2:1: unknown key 'shell'",
  ]);
  expect(hostile("a: 1")[0]).toContain("error[manifest-syntax] BUILD/settings.json");
  expect(hostile("[]")).toEqual([
    "error[config-value] BUILD/settings.json:1:1: the file: expected keys and values, found an empty list",
  ]);
});

describe("a build of the version before", () => {
  const old = join(folder, "it's old");

  beforeAll(() => {
    for (const path of ["settings.json", "network.yaml", "calibration.json", "checkpoint/net.pkl"])
      cpSync(join(good, path), join(old, path));
    rmSync(join(old, "calibration.json"));
    // With the hashes of the files that stand in for its own.
    const manifest = JSON.parse(readFileSync("src/artifact/testing/manifest-0.1.0.json", "utf8"));
    const hash = (name: string) =>
      createHash("sha256")
        .update(readFileSync(join(old, name)))
        .digest("hex");
    for (const entry of [manifest.checkpoint, manifest.settings]) entry.sha256 = hash(entry.file);
    manifest.files["network.yaml"] = hash("network.yaml");
    writeFileSync(join(old, "manifest.json"), JSON.stringify(manifest));
  });

  test("simulate and verify say which made it and how to compile it again", async () => {
    const quoted = (name: string) => `'${join(folder, "it'\\''s old", name)}'`;
    const text = `built by spikec 0.1.0, this is ${version}: it must be compiled again`;
    const hint = `compile it again: spikec compile ${quoted("checkpoint/net.pkl")} --config ${quoted("settings.json")} --network ${quoted("network.yaml")} -o ${quoted("").replace("/'", "'")}`;
    const expected = [{ code: "build-version", loc: { file: old }, text, hint }];
    const run = { build: old, input, record: ["readout"], output: join(folder, "run") } as const;
    expect((await simulate({ ...run, simulator: "golden" })).diagnostics).toMatchObject(expected);
    expect((await verify({ build: old, input, simulators: ["icarus"] })).diagnostics).toMatchObject(expected);
  });

  test("the command makes a build of this version in its place", async () => {
    const loaded = loadConfig(join(old, "settings.json"), [
      { path: ["network"], option: "--network", value: join(old, "network.yaml") },
    ]);
    if (!loaded.ok) throw new Error("its settings are no configuration");
    const made = await compile({
      ...loaded.value,
      checkpoint: join(old, "checkpoint/net.pkl"),
      output: old,
    });
    expect(made.ok).toBe(true);
    expect(openBuild(old).ok).toBe(true);
  });

  test("whatever its manifest holds otherwise", () => {
    mkdirSync(join(folder, "odd"));
    const say = (manifest: object) => {
      writeFileSync(join(folder, "odd", "manifest.json"), JSON.stringify({ tool: "spikec", ...manifest }));
      return openBuild(join(folder, "odd")).diagnostics.map(({ hint }) => hint);
    };
    const plain = `compile it again: spikec compile <checkpoint> -o ${join(folder, "odd")}`;
    expect(say({ version: "0.0.1", checkpoint: 5 })).toEqual([plain]);
    expect(say({ version: "0.0.1", checkpoint: { file: "../x" }, settings: { file: "s.json" } })).toEqual([
      plain,
    ]);
  });
});
