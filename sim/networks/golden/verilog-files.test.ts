import { expect, test } from "vitest";
import { libraryModules } from "../../../src/emit/library.js";
import { designOf } from "../../../src/emit/testing/design.js";
import { emitBench, emitVerilog, type Files } from "../../../src/emit/verilog.js";
import { randomModel } from "../../../src/testing/random-model.js";

const emit = (seed: number): Files => {
  const design = designOf(randomModel(seed));
  return new Map([...emitVerilog(design, "banner"), ...emitBench(design, "banner")]);
};

test("emitting twice gives the same bytes", () => {
  for (let seed = 0; seed < 8; seed++) expect([...emit(seed)]).toEqual([...emit(seed)]);
});

test("every file that a module reads is there, and every file is read", () => {
  for (let seed = 0; seed < 8; seed++) {
    const files = emit(seed);
    const library = new Set(libraryModules().map((name) => `rtl/${name}`));
    const own = [...files].filter(
      ([path]) => path.startsWith("rtl/") && path.endsWith(".v") && !library.has(path),
    );
    const read = own.flatMap(([, text]) =>
      [...text.matchAll(/FILE\("([^"]+)"\)/g)].map(([, name]) => `rtl/${name}`),
    );
    const hex = [...files.keys()].filter((path) => path.endsWith(".hex"));
    for (const path of read) expect(files.has(path), path).toBe(true);
    for (const path of hex) expect(read, path).toContain(path);
  }
});

test("generated modules have one module each, called like their file, and the house's frame", () => {
  for (let seed = 0; seed < 8; seed++)
    for (const [path, text] of emit(seed)) {
      if (!path.endsWith(".v") || path.startsWith("sim/")) continue;
      expect([...text.matchAll(/^module (\w+)/gm)].map(([, name]) => `rtl/${name}.v`)).toEqual([path]);
      expect(text).toContain("`default_nettype none\n");
      expect(text.endsWith("`default_nettype wire\n"), path).toBe(true);
    }
});
