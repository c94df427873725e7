import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { catalogue, type Entry } from "./catalogue.js";
import { type Diagnostic, diagnostic, fillHoles, type Loc } from "./diagnostic.js";
import { renderDiagnostic } from "./render.js";

const entries: readonly (readonly [string, Entry])[] = Object.entries(catalogue);

/** Paths of all files below `folder`. */
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));

/** Text of every test file but this one. */
function testTexts(): string {
  const tests = [...filesBelow("src"), ...filesBelow("sim")].filter(
    (name) => name.endsWith(".test.ts") && !name.endsWith("catalogue.test.ts"),
  );
  return tests.map((name) => readFileSync(name, "utf8")).join("\n");
}

test('every code has a fixture: a test that names it as "code" or in a rendered error[code]', () => {
  const texts = testTexts();
  const without = entries.filter(
    ([code, { severity }]) => !texts.includes(`"${code}"`) && !texts.includes(`${severity}[${code}]`),
  );
  expect(without.map(([code]) => code)).toEqual([]);
});

test("no code is read back as data: none is compared with, listed or switched on", () => {
  const readBack = new RegExp(
    `(?:[=!]==\\s*|[[,]\\s*|case\\s+)"(${entries.map(([code]) => code).join("|")})"`,
  );
  expect(readBack.test('errors.filter((d) => d.code !== "file-not-found")')).toBe(true);
  expect(readBack.test('const codes = [\n  "gains-folded",\n  "weights-quantised",\n];')).toBe(true);
  const sources = filesBelow("src").filter(
    (name) => /(?<!\.test|catalogue)\.ts$/.test(name) && !name.includes("/testing/"),
  );
  expect(sources.filter((name) => readBack.test(readFileSync(name, "utf8")))).toEqual([]);
});

test("codes are lower-kebab slugs, texts are phrases without a full stop", () => {
  for (const [code, { text }] of entries) {
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
    expect(text).not.toMatch(/\.$|^$/);
  }
});

test("holes are filled, everywhere and with what stands in them", () => {
  const made = diagnostic("npy-data-size", {}, { have: 7, need: 8, shape: "$&", type: "<u2" });
  expect(made.text).toBe("holds 7 bytes of elements, but shape ($&) of '<u2' takes 8");
});

test("text and hint of every code are printed without a hole", () => {
  const made = diagnostic as (code: string, loc: Loc, args: Readonly<Record<string, number>>) => Diagnostic;
  const printed = entries.map(([code, { text, hint = "" }]) => {
    const args: Record<string, number> = {};
    fillHoles(`${text} ${hint}`, (hole) => {
      args[hole] = 4711;
      return "";
    });
    const shown = renderDiagnostic(made(code, {}, args)).replace(`[${code}]`, "");
    return { code, holes: Object.keys(args).length, shown };
  });
  expect(printed.filter(({ shown }) => /\{\w+\}|undefined/.test(shown)).map(({ code }) => code)).toEqual([]);
  expect(printed.filter(({ holes, shown }) => holes > 0 && !shown.includes("4711"))).toEqual([]);
});

test("holes of a hint are demanded and filled", () => {
  const args = { samples: 2, ticks: 9, cycles: 1e9, most: 1e8, fit: 7 };
  expect(diagnostic("cycles-long", {}, args).hint).toContain("to 7 ticks in all");
  // @ts-expect-error: `fit` stands in the hint.
  diagnostic("cycles-long", {}, { samples: 2, ticks: 9, cycles: 1e9, most: 1e8 });
  // Braces of JSON in a hint are no holes.
  expect(diagnostic("calibration-syntax", {}, { reason: "x" }).hint).toContain('"states": {"layer1.eps0": {');
});
