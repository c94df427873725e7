import {
  existsSync,
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
import { diagnostic, failure } from "../diagnostics/diagnostic.js";
import { readBytes, readText, replaceDirectory, writeDirectory, writeText } from "./files.js";

const root = mkdtempSync(join(tmpdir(), "spikec-files-"));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = () => mkdtempSync(join(root, "t-"));
const build = (content: string) =>
  new Map<string, string | Uint8Array>([
    ["manifest.json", '{"tool": "spikec"}'],
    ["rtl/top.v", content],
  ]);

test("a directory is written whole, made anew, and nothing else stays behind", async () => {
  const folder = fresh();
  const target = join(folder, "deep", "x");
  expect(await writeDirectory(target, build("one"))).toMatchObject({ ok: true, value: target });
  writeFileSync(join(target, "stale.v"), "");
  expect((await writeDirectory(target, build("two"))).ok).toBe(true);
  expect(readFileSync(join(target, "rtl/top.v"), "utf8")).toBe("two");
  expect(readdirSync(join(folder, "deep"))).toEqual(["x"]);
  expect(readdirSync(target).sort()).toEqual(["manifest.json", "rtl"]);
});

test("an empty directory, and one behind a link, are replaced", async () => {
  const folder = fresh();
  mkdirSync(join(folder, "real"));
  symlinkSync("real", join(folder, "link"));
  expect((await writeDirectory(join(folder, "link"), build("one"))).ok).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(["link", "real"]);
  expect(readFileSync(join(folder, "real/rtl/top.v"), "utf8")).toBe("one");
});

test("output-not-ours: somebody's files stay", async () => {
  const folder = fresh();
  writeFileSync(join(folder, "thesis.txt"), "years");
  for (const manifest of [undefined, "{", "[]", '{"tool": "other"}']) {
    if (manifest !== undefined) writeFileSync(join(folder, "manifest.json"), manifest);
    const result = await writeDirectory(folder, build("one"));
    expect(result.diagnostics[0]).toMatchObject({ code: "output-not-ours", loc: { file: folder } });
    expect(result.diagnostics[0]!.text).toBe(`${folder} holds files that are not spikec's: not replaced`);
  }
  expect(readFileSync(join(folder, "thesis.txt"), "utf8")).toBe("years");
});

test("output-unwritable: a file is in the way", async () => {
  const folder = fresh();
  writeFileSync(join(folder, "file"), "");
  for (const target of [join(folder, "file"), join(folder, "file", "below")]) {
    const result = await writeDirectory(target, build("one"));
    expect(result.diagnostics[0]).toMatchObject({ code: "output-unwritable", loc: { file: target } });
    expect(result.diagnostics[0]!.text).toBe(`cannot write ${target}: a part of the path is a file`);
  }
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("what fails or throws leaves the old directory and no other", async () => {
  const folder = fresh();
  const target = join(folder, "x");
  await writeDirectory(target, build("one"));
  const wrong = diagnostic("file-not-found", {}, { path: "p" });
  expect((await replaceDirectory(target, async () => failure(wrong))).ok).toBe(false);
  const thrown = replaceDirectory(target, async (inside) => {
    expect(existsSync(inside)).toBe(true);
    throw new Error("compiler bug: x");
  });
  await expect(thrown).rejects.toThrow("compiler bug");
  expect(readdirSync(folder)).toEqual(["x"]);
  expect(readFileSync(join(target, "rtl/top.v"), "utf8")).toBe("one");
});

test("a name that leaves the directory is a bug", async () => {
  const files = build("one").set("../escape", "");
  await expect(writeDirectory(join(fresh(), "x"), files)).rejects.toThrow("compiler bug");
});

test("file-not-found and file-unreadable", () => {
  const folder = fresh();
  const absent = join(folder, "absent");
  expect(readBytes(absent).diagnostics[0]).toMatchObject({
    code: "file-not-found",
    text: `file not found: ${absent}`,
    loc: { file: absent },
  });
  expect(readBytes(folder).diagnostics[0]).toMatchObject({
    code: "file-unreadable",
    text: `cannot read ${folder}: it is a directory`,
  });
  const binary = join(folder, "binary");
  writeFileSync(binary, Uint8Array.of(0xff, 0xfe, 0x41));
  expect(readText(binary).diagnostics[0]).toMatchObject({ code: "file-unreadable", loc: { file: binary } });
});

test("a text is written whole, over an older one, through a link, and leaves nothing behind", async () => {
  const folder = fresh();
  const target = join(folder, "deep", "c.json");
  expect(await writeText(target, "one")).toMatchObject({ ok: true, value: target });
  symlinkSync("deep/c.json", join(folder, "link"));
  expect((await writeText(join(folder, "link"), "two")).ok).toBe(true);
  expect(readFileSync(target, "utf8")).toBe("two");
  expect(readdirSync(join(folder, "deep"))).toEqual(["c.json"]);
  const refused = await writeText(join(folder, "deep"), "three");
  expect(refused.diagnostics).toMatchObject([{ code: "output-unwritable" }]);
  expect(readdirSync(folder).sort()).toEqual(["deep", "link"]);
});
