import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { instancesIn, libraryClosure, libraryModules, stripComments } from "../../../src/emit/library.js";
import { packageRoot } from "../../../src/emit/render.js";
import { designOf } from "../../../src/emit/testing/design.js";
import { emitBench, emitVerilog } from "../../../src/emit/verilog.js";
import { randomModel } from "../../../src/testing/random-model.js";

const moduleOf = (path: string): string => path.replace(/^(rtl|sim)\//, "").replace(/\.v$/, "");

/** Modules that a text in the house's style instantiates: one to a line, instances are called u_…; refusals are none. */
const used = (text: string): readonly string[] =>
  [...stripComments(text).matchAll(/^ *(\w+) (?:#\(|u_\w+ \()/gm)]
    .map(([, name]) => name as string)
    .filter((name) => !name.startsWith("ERROR_"));

test("rtl/ of a build is its modules and the blocks that they instantiate, no more, whatever the engines", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 24; seed++)
    for (const engine of ["dense", "auto"] as const) {
      const design = designOf(randomModel(seed), { engine });
      for (const { kind } of design.stages) seen.add(kind);
      const modules = [...emitVerilog(design, "banner")].filter(([path]) => path.endsWith(".v"));
      const bench = emitBench(design, "banner").get("sim/tb.v") as string;
      const instantiated = new Set([bench, ...modules.map(([, text]) => text)].flatMap(used));
      for (const name of ["module", "tensor_hash"]) instantiated.delete(name);
      expect(modules.map(([path]) => moduleOf(path)).sort()).toEqual([...instantiated].sort());
    }
  expect([...seen].sort()).toEqual(["dense", "dense-readout", "event", "event-readout"]);
});

test("the closure of a block's instances holds its parts, and never the block itself", () => {
  const names = libraryModules();
  for (const name of names) {
    const text = readFileSync(`${packageRoot}rtl/${name}`, "utf8");
    const parts = libraryClosure(instancesIn(text)).map((file) => file.name);
    for (const part of used(text).map((module) => `${module}.v`))
      if (names.includes(part)) expect(parts, name).toContain(part);
    expect(parts, name).not.toContain(name);
  }
});

test("instances are modules in front of a name or of parameters; comments and declarations are none", () => {
  const text = `module axis_fifo #(parameter integer A = 1) (input wire a);
  // ram_sdp u_ram (
  fx_add #(.A(1)) u_add (.a(fx_mul), .b(fx_sub));
  begin : gen_x class_sums u_sums (.a(a)); end
  wire [3:0] event_walk = mac_array + (vote_counter);
endmodule`;
  const names = libraryClosure(instancesIn(text)).map(({ name }) => name);
  expect(names).toEqual(libraryClosure(["fx_add", "class_sums"]).map(({ name }) => name));
  expect(names).toContain("fx_add.v");
  expect(names).not.toContain("ram_sdp.v");
});

test("what is taken is left out, with all that it alone uses", () => {
  const names = (taken: readonly string[]) =>
    libraryClosure(["event_integrate"], new Set(taken)).map(({ name }) => name);
  expect(names([])).toContain("event_walk.v");
  expect(names(["event_port"])).not.toContain("event_walk.v");
  expect(names(["event_integrate"])).toEqual([]);
});
