import { expect, test } from "vitest";
import { atLeast, doctor, type Probe } from "./doctor.js";

/** What the tools of Debian 12 print. */
const debian: Readonly<Record<string, string>> = {
  node: "v20.20.2",
  verilator: "Verilator 5.006 2023-01-22 rev (Debian 5.006-3)",
  "g++": "12.2.0",
  make: "GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu",
  iverilog: "Icarus Verilog version 11.0 (stable) ()",
  yosys: "Yosys 0.23 (git sha1 7ce5011c24b)",
  ccache: "ccache version 4.8",
};
const probe =
  (changes: Readonly<Record<string, string | undefined>>): Probe =>
  ([command]) =>
    ({ ...debian, ...changes })[command];

test("Debian 12 has everything needed; Vivado is optional", () => {
  const report = doctor(probe({}));
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
    }
  `);
});

test("a needed tool that is missing, too old, or of unknown version fails", () => {
  const state = (name: string, printed: string | undefined) => {
    const report = doctor(probe({ [name]: printed }));
    return [report.ok, report.tools.find((tool) => tool.name === name)?.state];
  };
  expect(state("verilator", undefined)).toEqual([false, "missing"]);
  expect(state("verilator", "Verilator 4.038 2020-07-11")).toEqual([false, "old"]);
  expect(state("yosys", "Yosys 0.9 (git sha1 1979e0b)")).toEqual([false, "old"]);
  expect(state("iverilog", "what?")).toEqual([false, "old"]);
  expect(state("ccache", undefined)).toEqual([true, "missing"]);
});

test("versions are compared number by number", () => {
  expect(atLeast("5.020", "5.006")).toBe(true);
  expect(atLeast("0.9", "0.23")).toBe(false);
  expect(atLeast("11", "11.0")).toBe(true);
  expect(atLeast("20.20.2", "20")).toBe(true);
});
