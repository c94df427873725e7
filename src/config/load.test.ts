import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import { defaultConfig, settingsOf } from "./defaults.js";
import { checkConfig, loadConfig, type Override, outputOf, parseConfig } from "./load.js";

const file = "/net/spikec.yaml";
const config = (text: string, overrides: readonly Override[] = []) => {
  const result = parseConfig(text, file, overrides);
  if (!result.ok) throw new Error(result.diagnostics.map(renderDiagnostic).join("\n"));
  return result.value;
};
const refusals = (text: string, overrides: readonly Override[] = []) => {
  const result = parseConfig(text, file, overrides);
  expect(result.ok).toBe(false);
  return result.diagnostics.map(renderDiagnostic);
};

describe("spikec.yaml", () => {
  test("every default", () => {
    expect(config("").config).toEqual(defaultConfig);
    expect(settingsOf(defaultConfig)).toMatchInlineSnapshot(`
      {
        "coefficientBits": 17,
        "dense": {
          "pe": "auto",
          "simd": "auto",
        },
        "device": "xczu28dr",
        "engine": "auto",
        "event": {
          "channels": "auto",
          "lanes": "auto",
          "ports": 1,
          "taps": "auto",
        },
        "guardInput": true,
        "layers": {},
        "name": undefined,
        "readout": {
          "acts": "auto",
          "burnIn": undefined,
          "vote": "auto",
        },
        "readouts": "last",
        "stateBits": 24,
        "targetCyclesPerTick": undefined,
        "traces": "trained",
        "weightBits": 8,
      }
    `);
    expect(defaultConfig.verify.simulators).toBeUndefined();
  });

  test("every key, sections without anything, and layers that take what they don't say from `dense`", () => {
    const { config: all } = config(`
name: net
checkpoint: a.onnx
network: /abs/net.yaml
calibration: ../c.json
output: build/x
device: xczu48dr
engine: dense
weightBits: 6
stateBits: 20
coefficientBits: 16
dense: { pe: 4, simd: auto }
layers:
  layer1: { simd: 9 }
readout: { acts: 2, vote: sum, burnIn: 50 }
readouts: all
targetCyclesPerTick: 5000
simulation:
verify: { input: cells.npy, ticks: 64, samples: 2, simulators: [verilator], junit: out.xml }
`);
    expect(all).toMatchObject({
      checkpoint: "/net/a.onnx",
      network: "/abs/net.yaml",
      calibration: "/c.json",
      output: "/net/build/x",
      layers: { layer1: { pe: 4, simd: 9 } },
      readout: { acts: 2, vote: "sum", burnIn: 50 },
      simulation: defaultConfig.simulation,
      verify: {
        input: "/net/cells.npy",
        ticks: 64,
        samples: 2,
        simulators: ["verilator"],
        junit: "/net/out.xml",
      },
    });
  });

  test("config-unknown-key, at its line and column, with the nearest", () => {
    expect(refusals("name: x\nweigthBits: 8\ndense:\n  pee: 4\nlayers: { l1: { zzz: 1 } }")).toEqual([
      "error[config-unknown-key] /net/spikec.yaml:4:3: unknown key 'dense.pee'\n  hint: did you mean 'pe'?",
      "error[config-unknown-key] /net/spikec.yaml:5:17: unknown key 'layers.l1.zzz'\n  hint: known here: engine, pe, simd, channels, taps, ports, lanes",
      "error[config-unknown-key] /net/spikec.yaml:2:1: unknown key 'weigthBits'\n  hint: did you mean 'weightBits'?",
    ]);
  });

  test.each([
    ["weightBits: 99", "1:1: weightBits: expected an integer from 2 to 16, found 99"],
    ["stateBits: 8.5", "1:1: stateBits: expected an integer from 4 to 32, found 8.5"],
    ["dense:\n  pe: 0", "2:3: dense.pe: expected a positive integer or 'auto', found 0"],
    ["dense: 3", "1:1: dense: expected keys and values, found 3"],
    ["device: xc7z020", "1:1: device: expected xczu28dr, xczu48dr, found 'xc7z020'"],
    ["name: 9 lives", "1:1: name: expected letters, digits, _ and -, a letter first, found '9 lives'"],
    [
      "verify:\n  simulators: verilator",
      "2:3: verify.simulators: expected a list of verilator, icarus, found 'verilator'",
    ],
    ["verify:\n  simulators: [vcs]", "2:16: verify.simulators.0: expected verilator, icarus, found 'vcs'"],
    ["checkpoint: 5", "1:1: checkpoint: expected a path, found 5"],
    ["[1, 2]", "1:1: the file: expected keys and values, found a list"],
  ])("config-value: %j", (text, expected) => {
    expect(refusals(text)[0]).toBe(`error[config-value] /net/spikec.yaml:${expected}`);
  });

  test("config-syntax: broken YAML, a key twice, a flood of aliases", () => {
    expect(refusals("name: [x\n")[0]).toMatch(
      /^error\[config-syntax\] \/net\/spikec\.yaml:2:1: not valid YAML: /,
    );
    expect(refusals("name: a\nname: b\nweightBits: 99")).toEqual([
      "error[config-syntax] /net/spikec.yaml:2:1: not valid YAML: Map keys must be unique, 'name' is there already\n  note: /net/spikec.yaml:1:1: the first 'name' is here",
      "error[config-value] /net/spikec.yaml:3:1: weightBits: expected an integer from 2 to 16, found 99",
    ]);
    const level = (i: number) => `${"bcdef"[i]}: &${"bcdef"[i]} [${`*${"abcde"[i]},`.repeat(9)}]\n`;
    const flood = `a: &a [x,x,x,x]\n${[0, 1, 2, 3, 4].map(level).join("")}`;
    expect(refusals(flood)[0]).toContain(
      "error[config-syntax] /net/spikec.yaml: not valid YAML: Excessive alias count",
    );
  });

  test("engines and their lanes, layer by layer", () => {
    const text =
      "engine: auto\nevent: { taps: patch, lanes: 64 }\nlayers:\n  a: { engine: dense, pe: 2 }\n  b: {}";
    const { engine, event, layers } = config(text).config;
    const event1 = { channels: "auto", taps: "patch", ports: 1, lanes: 64 };
    expect([engine, event]).toEqual(["auto", event1]);
    expect(layers).toEqual({
      a: { engine: "dense", pe: 2, simd: "auto", ...event1 },
      b: { engine: "auto", pe: "auto", simd: "auto", ...event1 },
    });
    expect(refusals("event: { taps: two }")[0]).toContain("event.taps: expected one, row, patch, auto");
    expect(refusals("event: { ports: 0 }")[0]).toContain("event.ports: expected an integer from 1 to 64");
  });

  test("the command line wins, and is the place of its own mistakes", () => {
    const pe = (value: unknown): Override => ({ path: ["dense", "pe"], option: "--pe", value });
    expect(config("dense: { pe: 2, simd: 3 }", [pe(8)]).config.dense).toEqual({ pe: 8, simd: 3 });
    expect(config("", [pe(8)]).locate(["dense", "pe"])).toEqual({ name: "--pe" });
    expect(refusals("dense: { pe: 2 }", [pe("x")])).toEqual([
      "error[config-value] '--pe': dense.pe: expected a positive integer or 'auto', found 'x'",
    ]);
    expect(refusals("dense: 3", [pe(8)])[0]).toContain("spikec.yaml:1:1: dense: expected keys");
    expect(loadConfig(undefined, [{ path: ["output"], option: "-o", value: "b" }])).toMatchObject({
      value: { config: { output: "b" } },
    });
  });
});

test("ticks are no more than the hardware counts", () => {
  const text = "readout: { burnIn: 65536 }\nsimulation: { frameTicks: 65536 }\n";
  const loaded = parseConfig(text, "/net/spikec.yaml");
  expect(loaded.diagnostics.map((d) => renderDiagnostic(d))).toEqual([
    "error[config-value] /net/spikec.yaml:1:12: readout.burnIn: expected an integer from 0 to 65535, found 65536",
    "error[config-value] /net/spikec.yaml:2:15: simulation.frameTicks: expected an integer from 1 to 65535, found 65536",
  ]);
  expect(parseConfig(text.replaceAll("65536", "65535"), "/net/spikec.yaml").ok).toBe(true);
});

describe("spikec.yaml and the command line", () => {
  test("key-overruled: by the command line; both places are named", () => {
    const said = (text: string, overrides: readonly Override[]) => {
      const result = parseConfig(text, file, overrides);
      expect(result.ok).toBe(true);
      return result.diagnostics.map(renderDiagnostic);
    };
    const pe: Override = { path: ["dense", "pe"], option: "--pe", value: 8 };
    const yaml = "dense: { pe: 2 }\nlayers:\n  a: { pe: 4 }\n  b: { pe: 8 }\n  c: { simd: 3 }";
    expect(said(yaml, [pe])).toEqual([
      "note[key-overruled] /net/spikec.yaml:1:10: dense.pe is 2 here and 8 on the command line, which counts\n  note: '--pe': this counts",
    ]);
    expect(said("dense: { pe: 8 }", [pe])).toEqual([]);
    expect(said("dense: { pe: }", [pe])).toEqual([]);
    // Paths are given as they are needed: one file for several checkpoints.
    expect(said("output: x", [{ path: ["output"], option: "--output", value: "/y" }])).toEqual([]);
    const engines: Override = { path: ["verify", "simulators"], option: "--simulators", value: ["icarus"] };
    expect(said("verify: { simulators: [verilator, icarus] }", [engines])[0]).toContain(
      ":1:11: verify.simulators is verilator, icarus here and icarus on the command line, which counts",
    );
  });

  test("a key's place, if it is written at all", () => {
    const pe: Override = { path: ["dense", "pe"], option: "--pe", value: 8 };
    const { written } = config("dense: { pe: 2, simd: 3 }\nevent:", [pe]);
    expect(written(["dense", "pe"])).toEqual({ name: "--pe" });
    expect(written(["dense", "simd"])).toEqual({ file, line: 1, column: 17 });
    expect([written(["event"]), written(["event", "taps"]), written(["name"])]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("former names of keys work, at the place where they stand", () => {
    const former = "simulation: { engine: wasm }\nverify:\n  engines: [icarus]";
    const loaded = config(former);
    expect(loaded.config.simulation.simulator).toBe("wasm");
    expect(loaded.config.verify.simulators).toEqual(["icarus"]);
    expect(loaded.config.simulation).not.toHaveProperty("engine");
    expect(loaded.locate(["verify", "simulators", "0"])).toEqual({ file, line: 3, column: 13 });
    expect(refusals("verify:\n  engines: [vcs]")).toEqual([
      "error[config-value] /net/spikec.yaml:2:13: verify.engines.0: expected verilator, icarus, found 'vcs'",
    ]);
    expect(refusals("verify:\n  engine: [vcs]")[0]).toContain("unknown key 'verify.engine'");
    expect(refusals("simulation: { enginee: wasm }")[0]).not.toContain("'engine'");
    expect(config("simulation:\n  engine:\n").config.simulation.simulator).toBe("golden");
    const option: Override = { path: ["simulation", "simulator"], option: "--simulator", value: "icarus" };
    expect(config(former, [option]).config.simulation.simulator).toBe("icarus");
    expect(refusals("simulation: [engine]")[0]).toContain("simulation: expected keys and values");
  });

  test("config-twice: a key under both names, in the file or on the command line", () => {
    const both =
      "simulation:\n  simulator: wasm\n  engine: golden\nverify: { engines: [icarus], simulators: [icarus] }";
    expect(refusals(both)).toEqual([
      "error[config-twice] /net/spikec.yaml:3:3: simulation.engine is the former name of simulation.simulator: both are given\n" +
        "  note: /net/spikec.yaml:2:3: simulation.simulator stands here\n  hint: leave simulation.engine out",
      "error[config-twice] /net/spikec.yaml:4:11: verify.engines is the former name of verify.simulators: both are given\n" +
        "  note: /net/spikec.yaml:4:30: verify.simulators stands here\n  hint: leave verify.engines out",
    ]);
    const path = ["simulation", "simulator"] as const;
    const options = [
      { path, option: "--engine", value: "wasm" },
      { path, option: "--simulator", value: "wasm" },
    ];
    expect(refusals("", options)).toEqual([
      "error[config-twice] '--engine': --engine is the former name of --simulator: both are given\n" +
        "  note: '--simulator': --simulator stands here\n  hint: leave --engine out",
    ]);
  });
});

describe("a configuration's file", () => {
  test("is read from a file, or says why not", () => {
    const folder = mkdtempSync(join(tmpdir(), "spikec-config-"));
    writeFileSync(join(folder, "spikec.yaml"), "checkpoint: x.onnx\n");
    expect(loadConfig(join(folder, "spikec.yaml"))).toMatchObject({
      value: { config: { checkpoint: join(folder, "x.onnx") } },
    });
    expect(loadConfig(join(folder, "other.yaml")).diagnostics[0]!.code).toBe("file-not-found");
    rmSync(folder, { recursive: true });
  });
});

test.each(["radioml-small", "radioml-seed"])("examples/%s/spikec.yaml is valid", (name) => {
  const loaded = loadConfig(`examples/${name}/spikec.yaml`);
  expect(loaded.diagnostics.map(renderDiagnostic)).toEqual([]);
  expect(loaded.ok && loaded.value.config.checkpoint).toBe(`examples/${name}/post.qonnx.onnx`);
});

test("the table of defaults in docs/configuration.md is the defaults", () => {
  const yaml = /```yaml\n(.*?)```/s.exec(readFileSync("docs/configuration.md", "utf8"))?.[1] as string;
  expect(config(yaml).config).toEqual(defaultConfig);
});

test("a build without a name takes the checkpoint's", () => {
  expect(outputOf(defaultConfig, "nets/post.qonnx.onnx")).toBe("build/post");
  expect(outputOf({ ...defaultConfig, name: "n" }, "post.onnx")).toBe("build/n");
  expect(outputOf({ ...defaultConfig, output: "/x" }, "post.onnx")).toBe("/x");
  expect(outputOf(defaultConfig, "nets/.post.onnx")).toBe("build/post");
  for (const name of ["", ".", "..", "/"]) {
    expect(outputOf({ ...defaultConfig, name }, "post.onnx")).toMatch(/^build\/(network|_)$/);
    expect(outputOf(defaultConfig, `nets/${name}`)).toBe("build/network");
  }
  expect(outputOf({ ...defaultConfig, name: "../../x" }, "post.onnx")).toBe("build/_.._x");
});

test("a value that breaks several rules is one mistake; a misspelt choice says which was meant", () => {
  expect(refusals("weightBits: 99.5\nsimulation: { samples: -1.5 }")).toEqual([
    "error[config-value] /net/spikec.yaml:1:1: weightBits: expected an integer from 2 to 16, found 99.5",
    "error[config-value] /net/spikec.yaml:2:15: simulation.samples: expected a positive integer, found -1.5",
  ]);
  const hint = (text: string) => refusals(text).map((said) => said.split("hint: ")[1]);
  expect(hint("engine: evnt")).toEqual(["did you mean 'event'?"]);
  expect(hint("layers: { a: { taps: patsch } }")).toEqual(["did you mean 'patch'?"]);
  expect(hint("verify: { simulators: [verilator, icarsu] }")).toEqual(["did you mean 'icarus'?"]);
  expect(hint("device: zynq7000")).toEqual([undefined]);
});

test("a key or an option under its former name is named as it was written", () => {
  expect(refusals("simulation: { engine: wasn }")).toEqual([
    "error[config-value] /net/spikec.yaml:1:15: simulation.engine: expected reference, golden, wasm, verilator, icarus, found 'wasn'\n  hint: did you mean 'wasm'?",
  ]);
  const path = ["verify", "simulators"] as const;
  const engines: Override = { path, option: "--engines", former: true, value: ["x"] };
  expect(refusals("", [engines])[0]).toContain("'--engines': --engines: expected verilator, icarus");
  expect(refusals("", [{ ...engines, option: "--simulators", former: undefined as never }])[0]).toContain(
    "'--simulators': verify.simulators.0: expected",
  );
  const wasm: Override = { path: ["simulation", "simulator"], option: "--simulator", value: "golden" };
  const said = parseConfig("simulation: { engine: wasm }", file, [wasm]).diagnostics.map(renderDiagnostic);
  expect(said.join()).toContain("simulation.engine is wasm here and golden on the command line");
});

test("keys that JavaScript takes for its own, YAML that holds itself, a simulator twice, mistakes without number", () => {
  for (const [text, key] of [
    ["layers: { __proto__: { pe: 2 } }", "layers.__proto__"],
    ["__proto__: { pe: 2 }", "__proto__"],
    ["layers: { a: { __proto__: 1 } }", "layers.a.__proto__"],
  ] as const)
    expect(parseConfig(text, "s.yaml").diagnostics.map((d) => [d.code, d.text])).toEqual([
      ["config-unknown-key", `unknown key '${key}'`],
    ]);
  expect(parseConfig("layers: { constructor: { pe: 2 }, toString: { pe: 3 } }", "s.yaml").ok).toBe(true);
  expect(parseConfig("settings: null", "s.yaml").diagnostics[0]?.text).toBe("unknown key 'settings'");
  const itself = parseConfig("layers: &a { b: *a }", "s.yaml");
  expect(itself.diagnostics.map(({ code }) => code)).toEqual(["config-syntax"]);
  const twice = parseConfig("verify: { simulators: [icarus, icarus] }", "s.yaml");
  expect(twice.ok && twice.value.config.verify.simulators).toEqual(["icarus"]);
  const many = Array.from({ length: 1000 }, (_, i) => `k${i}: 1\n`).join("");
  expect(parseConfig(many, "s.yaml").diagnostics).toHaveLength(100);
});

test("config-syntax: a program's configuration stands in plain objects", () => {
  for (const [tree, found] of [
    [new Map([["engine", "dense"]]), "a Map"],
    [{ layers: new Date(0) }, "a Date"],
  ] as const)
    expect(checkConfig(tree).diagnostics[0]).toMatchObject({
      code: "config-syntax",
      text: expect.stringContaining(`keys and values stand in plain objects, found ${found}`),
    });
});
