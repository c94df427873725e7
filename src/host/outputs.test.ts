import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkApart, checkFile } from "./outputs.js";
import { signFiles } from "./ownership.js";

const root = mkdtempSync(join(tmpdir(), "spikec-outputs-"));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string): string => join(root, name);
const codeOf = (d: { readonly code: string } | undefined): string | undefined => d?.code;

test("output-is-read: no output takes the place of what a command reads, through links neither", () => {
  mkdirSync(at("run"));
  writeFileSync(at("run/x.npy"), "x");
  symlinkSync("run", at("link"));
  expect(codeOf(checkApart(at("run"), [at("run/x.npy")]))).toBe("output-is-read");
  expect(codeOf(checkApart(at("link"), [at("run/x.npy")]))).toBe("output-is-read");
  expect(codeOf(checkApart(at("run/x.npy"), [at("link/x.npy")]))).toBe("output-is-read");
  expect(checkApart(at("run2"), [at("run/x.npy"), undefined, at("none.npy")])).toBeUndefined();
});

test("output-inside: nothing is put into a build or a recording", () => {
  mkdirSync(at("build/rtl"), { recursive: true });
  signFiles(at("build"), []);
  for (const name of ["build/rtl/run", "build/run", "build/x.csv", "build/deep/er/run"])
    expect(codeOf(checkApart(at(name), []))).toBe("output-inside");
  expect(checkApart(at("build"), [])).toBeUndefined();
});

test("output-not-own-file: a file is replaced only by one of its kind", () => {
  const csv = { what: "a table of evaluate", isOne: (text: string) => text.startsWith("sample,") };
  for (const [name, content, code] of [
    ["own.csv", "sample,label\n", undefined],
    ["empty.csv", "", undefined],
    ["notes.csv", "years of notes\n", "output-not-own-file"],
    ["labels.npy", "\x93NUMPY", "output-not-own-file"],
  ] as const) {
    writeFileSync(at(name), content);
    expect([name, codeOf(checkFile(at(name), csv, []))]).toEqual([name, code]);
    expect(readFileSync(at(name), "utf8")).toBe(content);
  }
  expect(checkFile(at("new.csv"), csv, [])).toBeUndefined();
  expect(checkFile("/dev/null", csv, [])).toBeUndefined();
});

test("output-unwritable: said before the work, where nothing can be made, a link leads nowhere or a folder stands", () => {
  const reasonOf = (d: { readonly text: string } | undefined): string | undefined => d?.text;
  symlinkSync("nowhere/at/all", at("dangling"));
  mkdirSync(at("folder"));
  const before = readdirSync(root);
  expect(reasonOf(checkApart("/proc/none", []))).toBe(
    "cannot write /proc/none: nothing new can be made in /proc",
  );
  for (const path of [at("dangling"), join(at("dangling"), "x.csv")])
    expect(reasonOf(checkApart(path, []))).toBe(
      `cannot write ${path}: ${at("dangling")} is a link to what is not there`,
    );
  expect(reasonOf(checkApart(at("own.csv/x"), []))).toMatch(/: a part of the path is a file$/);
  expect(reasonOf(checkApart(at("x".repeat(250)), []))).toMatch(/: the name is too long$/);
  expect(reasonOf(checkApart("a\0b", []))).toMatch(/: its name holds a zero byte$/);
  const csv = { what: "a table of evaluate", isOne: () => true };
  expect(reasonOf(checkFile(at("folder"), csv, []))).toMatch(/: it is a directory$/);
  expect(checkApart(at("new/and/deeper"), [])).toBeUndefined();
  expect(readdirSync(root)).toEqual(before);
});
