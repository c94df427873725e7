import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { examinePlaces } from "../cosim/places.js";
import { withEnvironment } from "../testing/environment.js";
import { atLeast, doctor, type Probe } from "./doctor.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-doctor-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the tools of Debian 12 print. */
const debian: Readonly<Record<string, string>> = {
  node: "v20.20.2",
  verilator: "Verilator 5.006 2023-01-22 rev (Debian 5.006-3)",
  "g++": "12.2.0",
  make: "GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu",
  iverilog: "Icarus Verilog version 11.0 (stable) ()",
  yosys: "Yosys 0.23 (git sha1 7ce5011c24b)",
  z3: "Z3 version 4.8.12 - 64 bit",
  ccache: "ccache version 4.8",
};
const probe =
  (changes: Readonly<Record<string, string | undefined>>): Probe =>
  ([command]) =>
    Promise.resolve({ ...debian, ...changes }[command]);

test("Debian 12 has everything needed; Vivado is optional", async () => {
  const report = await doctor(probe({}), () => []);
  expect(report.ok).toBe(true);
  const states = Object.fromEntries(
    report.tools.map((tool) => [tool.name, `${tool.state} ${tool.version ?? ""}`]),
  );
  expect(states).toMatchInlineSnapshot(`
    {
      "ccache": "ok 4.8",
      "g++": "ok 12.2.0",
      "iverilog": "ok 11.0",
      "make": "ok 4.3",
      "node": "ok 20.20.2",
      "verilator": "ok 5.006",
      "vivado": "missing ",
      "yosys": "ok 0.23",
      "z3": "ok 4.8.12",
    }
  `);
});

test("a needed tool that is missing, too old, or of unknown version fails", async () => {
  const state = async (name: string, printed: string | undefined) => {
    const report = await doctor(probe({ [name]: printed }), () => []);
    return [report.ok, report.tools.find((tool) => tool.name === name)?.state];
  };
  expect(await state("verilator", undefined)).toEqual([false, "missing"]);
  expect(await state("verilator", "Verilator 4.038 2020-07-11")).toEqual([false, "old"]);
  expect(await state("yosys", "Yosys 0.9 (git sha1 1979e0b)")).toEqual([true, "old"]);
  expect(await state("iverilog", "what?")).toEqual([true, "old"]);
  expect(await state("ccache", undefined)).toEqual([true, "missing"]);
});

test("versions are compared number by number", () => {
  expect(atLeast("5.020", "5.006")).toBe(true);
  expect(atLeast("0.9", "0.23")).toBe(false);
  expect(atLeast("11", "11.0")).toBe(true);
  expect(atLeast("20.20.2", "20")).toBe(true);
});

test("the cache and the temporary folder are looked at: where, whether they can be used, what they have left", () => {
  writeFileSync(join(folder, "file"), "");
  const places = (SPIKEC_CACHE: string, TMPDIR: string) =>
    withEnvironment({ SPIKEC_CACHE, TMPDIR }, () =>
      examinePlaces().map(({ path, state, detail }) => [path.replace(folder, ""), state, detail]),
    );
  expect(places(folder, folder)).toEqual([
    ["/benches", "ok", "0 benches, 0.0 MiB (at most 1.0 GiB, 30 days unused)"],
    ["", "ok", ""],
  ]);
  expect(places(join(folder, "file"), join(folder, "none"))).toEqual([
    ["/file/benches", "unusable", "a part of the path is a file"],
    ["/none", "unusable", "no such directory"],
  ]);
  expect(examinePlaces().every(({ freeBytes }) => freeBytes !== undefined && freeBytes > 0)).toBe(true);
});
