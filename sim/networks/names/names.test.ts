import { Script } from "node:vm";
import { expect, test } from "vitest";
import { verilogFiles } from "../../../src/cosim/simulators.js";
import { emitGolden } from "../../../src/emit/golden.js";
import { libraryModules, stripComments } from "../../../src/emit/library.js";
import { designNames } from "../../../src/emit/names.js";
import { emitBench, emitVerilog } from "../../../src/emit/verilog.js";
import { runProgram } from "../../../src/host/process.js";
import type { Design } from "../../../src/ir/design.js";
import { identifier } from "../../../src/mapping/identifiers.js";
import { recordedFiles } from "../../../src/simulators/recorded-files.js";
import { random } from "../../../src/testing/random-model.js";
import { withOwnCache } from "../../harness/own-cache.js";
import { randomCase } from "../random/models.js";
import { runCase, withEmitted } from "../random/run.js";
import { hostileCase, hostileNames, withHostileNames } from "./hostile.js";

/**
 * Whatever layers, states, expressions, readouts and networks are called: identifiers, modules and files of a build are
 * distinct, legal and safe, tools read it, and it computes what golden says.
 */

/** Names that occur twice, upper and lower case taken for one. */
const twice = (names: readonly string[]): readonly string[] => {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name.toLowerCase()).size);
};

/** What a Verilog text declares in its one module, instances included; parameters have names of the library. */
function declaredIn(text: string): readonly string[] {
  const code = stripComments(text);
  const nets = code.matchAll(
    /\b(?:wire|reg|integer|genvar)\s+(?:signed\s+)?(?:\[[^\]]*\]\s*)?([^\s;,=)[]+)/g,
  );
  const instances = code.matchAll(/\b(u_\w+)\s*\(/g);
  return [...nets, ...instances].map(([, name]) => name as string);
}

/** A name that every tool and file system takes, and that is kept short. */
const isSafe = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_.-]*$/.test(name) && name.length <= 220;

/** A name that Verilog takes as an identifier: no word of its own, nor of what reads it. */
const isLegal = (name: string): boolean =>
  /^[A-Za-z]\w*$/.test(name) && name.length <= 200 && identifier(name) !== `n_${name}`;

/** Files of the bench that are the same for all networks. */
const harness = ["sim/tensor_hash.v", "sim/tb_icarus.v"];

/** What is wrong with the names of a design's files. */
function complaints(design: Design): readonly string[] {
  const says = `from network '${design.name}'`;
  const verilog = emitVerilog(design, says);
  const files = new Map([
    ...verilog,
    ...emitBench(design, says),
    ...emitGolden(design.model, { burnIn: 0 }, says),
  ]);
  const paths = [...files.keys()];
  const texts = [...files].flatMap(([path, text]) =>
    path.endsWith(".v") && typeof text === "string" ? [[path, text] as const] : [],
  );
  const fixed = new Set([...libraryModules().map((file) => `rtl/${file}`), ...harness]);
  const generated = texts.filter(([path]) => !fixed.has(path));
  const modules = texts.flatMap(([, text]) =>
    [...stripComments(text).matchAll(/^module (\S+)/gm)].map(([, name]) => name as string),
  );
  const inputs = texts.flatMap(([, text]) =>
    [...text.matchAll(/FILE\("([^"]*)"\)/g)].map(([, name]) => `rtl/${name}`),
  );
  return [
    ...paths.filter((path) => !path.split("/").every(isSafe)).map((path) => `file '${path}'`),
    ...twice(paths).map((path) => `two files '${path}'`),
    ...twice(modules).map((module) => `two modules '${module}'`),
    ...inputs.filter((path) => !files.has(path)).map((path) => `no file '${path}'`),
    ...generated.flatMap(([path, text]) => {
      const declared = declaredIn(text);
      return [
        ...declared.filter((name) => !isLegal(name)).map((name) => `${path}: '${name}'`),
        ...declared
          .filter((name, i) => declared.indexOf(name) < i)
          .map((name) => `${path}: two of '${name}'`),
        ...(/[^\n\x20-\x7e]/.test(text) ? [`${path}: more than ASCII`] : []),
      ];
    }),
    ...scriptErrors(files),
  ];
}

/** What JavaScript says of the golden program's network. */
function scriptErrors(files: ReadonlyMap<string, string | Uint8Array>): readonly string[] {
  const text = String(files.get("golden/network.js"));
  try {
    new Script(`"use strict"; ${text.replace(/^import .*$/gm, "").replace("export const", "const")}`);
    return [];
  } catch (error) {
    return [`network.js: ${error}`];
  }
}

const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, seed) => seed);

test("identifiers, modules and files are distinct, legal and safe, whatever a network calls its own", () => {
  const used = new Set<string>();
  for (const seed of seeds(250)) {
    const { from, design } = hostileCase(seed);
    for (const { name } of [...design.stages, from.model]) used.add(name);
    expect(complaints(design), `seed ${seed}`).toEqual([]);
  }
  expect(
    hostileNames.filter((name) => !used.has(name)),
    "names that no network had",
  ).toEqual([]);
});

test("recorded arrays have files of their own, all of them in their folder", () => {
  for (const seed of seeds(250)) {
    const model = withHostileNames(randomCase(seed).model, random(seed));
    const fileOf = recordedFiles(model);
    const { layers, readouts } = model;
    const files = [
      ...layers.flatMap(({ name, pre, post }) => [
        fileOf({ kind: "spikes", of: name }),
        fileOf({ kind: "cycles", of: name }),
        ...[...pre.states, ...post.states].map((state) => fileOf({ kind: "state", of: state.name })),
      ]),
      ...readouts.flatMap(({ name }) =>
        (["logits", "tick_class", "class", "cycles"] as const).map((kind) => fileOf({ kind, of: name })),
      ),
    ];
    expect(twice(files), `seed ${seed}`).toEqual([]);
    const unsafe = files.filter(
      (file) => !/^\w[\w.-]{0,200}\.npy$/.test(file) || /^(con|nul|aux)\./i.test(file),
    );
    expect(unsafe, `seed ${seed}`).toEqual([]);
  }
});

test("three tools read such networks without a warning, and they do what golden says", () =>
  withOwnCache(async () => {
    for (const seed of seeds(6)) {
      const { from, design } = hostileCase(seed);
      const { core } = designNames(design);
      const said = await withEmitted(design, async (folder) => {
        const files = verilogFiles(folder);
        const tools = [
          ["verilator", "--lint-only", "-Wall", "--language", "1364-2005", "--top-module", core, ...files],
          ["iverilog", "-g2005", "-Wall", "-t", "null", "-s", core, ...files],
          ["yosys", "-q", "-p", `read_verilog ${files.join(" ")}; hierarchy -check -top ${core}`],
        ] as const;
        const ends = [];
        for (const [tool, ...args] of tools) ends.push(await runProgram(tool, args, folder));
        return ends.map((end) => ("code" in end && typeof end.code === "number" ? end.output : end));
      });
      expect(said, `seed ${seed}`).toEqual(["", "", ""]);
      expect((await runCase(from, design)).difference, `seed ${seed}`).toBe("");
    }
  }));
