import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { diagnostic, failure } from "../diagnostics/diagnostic.js";
import { readBytes, readText, replaceDirectory, writeDirectory, writeText } from "./files.js";
import { hashesOfFiles, signFiles } from "./ownership.js";

const root = mkdtempSync(join(tmpdir(), "spikec-files-"));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = () => mkdtempSync(join(root, "t-"));
const build = (content: string) => {
  const files = new Map<string, string | Uint8Array>([["rtl/top.v", content]]);
  const manifest = JSON.stringify({ tool: "spikec", files: hashesOfFiles(files) });
  return files.set("manifest.json", manifest);
};

test("a directory is written whole, made anew, and nothing else stays behind", async () => {
  const folder = fresh();
  const target = join(folder, "deep", "x");
  expect(await writeDirectory(target, build("one"))).toMatchObject({ ok: true, value: target });
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
    const files = manifest === undefined ? "thesis.txt" : "manifest.json, thesis.txt";
    expect(result.diagnostics[0]!.text).toBe(
      `${folder} holds what spikec did not write: ${files}; not replaced`,
    );
  }
  expect(readFileSync(join(folder, "thesis.txt"), "utf8")).toBe("years");
});

test("output-of-another-kind: a build never replaces a recording, nor a recording a build", async () => {
  const recording = new Map([
    ["manifest.json", JSON.stringify({ tool: "spikec", simulator: "wasm", files: {} })],
  ]);
  const checkpoint = { file: "checkpoint.onnx", sha256: "" };
  const whole = new Map([["manifest.json", JSON.stringify({ tool: "spikec", checkpoint, files: {} })]]);
  for (const [first, second] of [
    [recording, whole],
    [whole, recording],
    [whole, build("one")],
  ] as const) {
    const folder = fresh();
    expect((await writeDirectory(folder, first)).ok).toBe(true);
    const result = await writeDirectory(folder, second);
    expect(result.diagnostics[0]).toMatchObject({ code: "output-of-another-kind", loc: { file: folder } });
    expect(readFileSync(join(folder, "manifest.json"), "utf8")).toBe(first.get("manifest.json"));
    expect((await writeDirectory(folder, first)).ok).toBe(true);
  }
});

test("output-not-ours: what was added to a build or edited in it is named, and nothing changes", async () => {
  const change: Readonly<Record<string, (target: string) => void>> = {
    "notes.txt": (target) => writeFileSync(join(target, "notes.txt"), "mine"),
    "rtl/top.v (edited)": (target) => writeFileSync(join(target, "rtl/top.v"), "mine"),
    "rtl/deep/own.v": (target) => {
      mkdirSync(join(target, "rtl/deep"));
      writeFileSync(join(target, "rtl/deep/own.v"), "mine");
    },
    "rtl/top.v": (target) => {
      rmSync(join(target, "rtl/top.v"));
      symlinkSync("/dev/null", join(target, "rtl/top.v"));
    },
    // A build or a recording within a build is another one.
    "run/manifest.json": (target) => {
      mkdirSync(join(target, "run"));
      signFiles(join(target, "run"), []);
    },
    "waveforms/icarus.vcd (edited), waveforms/sketch.png": (target) => {
      writeFileSync(join(target, "waveforms/icarus.vcd"), "mine");
      writeFileSync(join(target, "waveforms/sketch.png"), "mine");
    },
  };
  for (const [named, add] of Object.entries(change)) {
    const target = join(fresh(), "x");
    await writeDirectory(target, build("one"));
    mkdirSync(join(target, "waveforms"));
    writeFileSync(join(target, "waveforms/icarus.vcd"), "$date");
    signFiles(join(target, "waveforms"), ["icarus.vcd"]);
    add(target);
    const before = readdirSync(target, { recursive: true });
    const result = await writeDirectory(target, build("two"));
    expect(result.diagnostics.map(({ text }) => text)).toEqual([
      `${target} holds what spikec did not write: ${named}; not replaced`,
    ]);
    expect(readdirSync(target, { recursive: true })).toEqual(before);
  }
});

test("waveforms that verify signed go with their build; many files are counted, a folder of builds stays", async () => {
  const folder = fresh();
  const target = join(folder, "x");
  await writeDirectory(target, build("one"));
  mkdirSync(join(target, "waveforms"));
  for (const name of ["icarus.vcd", "verilator.vcd"]) {
    writeFileSync(join(target, "waveforms", name), name);
    signFiles(join(target, "waveforms"), [name]);
  }
  expect((await writeDirectory(target, build("two"))).ok).toBe(true);
  expect(readdirSync(target).sort()).toEqual(["manifest.json", "rtl"]);
  for (let i = 0; i < 9; i++) writeFileSync(join(target, `n${i}`), "");
  expect((await writeDirectory(target, build("two"))).diagnostics[0]?.text).toContain(
    "n0, n1, n2, n3, n4, n5 and 3 more",
  );
  expect((await writeDirectory(folder, build("two"))).diagnostics[0]?.code).toBe("output-not-ours");
  const parent = fresh();
  mkdirSync(join(parent, "empty"));
  expect((await writeDirectory(parent, build("two"))).diagnostics[0]?.text).toContain("write: folders; not");
});

test("output-not-ours: a file that comes while the new directory is made stays", async () => {
  const target = join(fresh(), "x");
  await writeDirectory(target, build("one"));
  const result = await replaceDirectory(target, "folder of waveforms", async () => {
    writeFileSync(join(target, "late.txt"), "mine");
    return { ok: true, value: 0, diagnostics: [] };
  });
  expect(result.diagnostics[0]?.text).toContain("late.txt");
  expect(readdirSync(target).sort()).toEqual(["late.txt", "manifest.json", "rtl"]);
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
  expect((await replaceDirectory(target, "folder of waveforms", async () => failure(wrong))).ok).toBe(false);
  const thrown = replaceDirectory(target, "folder of waveforms", async (inside) => {
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

test("a text is written whole, over an older one, through a link, and leaves nothing behind", () => {
  const folder = fresh();
  const target = join(folder, "deep", "c.json");
  expect(writeText(target, "one")).toMatchObject({ ok: true, value: target });
  symlinkSync("deep/c.json", join(folder, "link"));
  expect(writeText(join(folder, "link"), "two").ok).toBe(true);
  expect(readFileSync(target, "utf8")).toBe("two");
  expect(readdirSync(join(folder, "deep"))).toEqual(["c.json"]);
  const refused = writeText(join(folder, "deep"), "three");
  expect(refused.diagnostics).toMatchObject([{ code: "output-unwritable" }]);
  expect(readdirSync(folder).sort()).toEqual(["deep", "link"]);
});

test("a text keeps permissions, and goes into a device or a pipe as it stands", () => {
  const target = join(fresh(), "secret.csv");
  writeFileSync(target, "one", { mode: 0o600 });
  writeFileSync(`${dirname(target)}/.secret.csv.new-${2 ** 22 + 1}-0123456789ab`, "of a killed process");
  expect(writeText(target, "two").ok).toBe(true);
  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(target))).toEqual(["secret.csv"]);
  expect(writeText("/dev/null", "two").ok).toBe(true);
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  expect(writeText("/dev/full", "two").diagnostics[0]?.text).toBe("cannot write /dev/full: the disk is full");
  // As /dev/stdout in a pipeline: a pipe without a name.
  const pipe = join(dirname(target), "pipe");
  execFileSync("mkfifo", [pipe]);
  const open = openSync(pipe, "r+");
  rmSync(pipe);
  expect(writeText(`/proc/self/fd/${open}`, "three").ok).toBe(true);
  const read = Buffer.alloc(9);
  expect(read.toString("utf8", 0, readSync(open, read))).toBe("three");
  closeSync(open);
});

test("what is no regular file is refused before it is opened: a pipe would wait, a device has no end", () => {
  const folder = fresh();
  const at = (name: string) => join(folder, name);
  execFileSync("mkfifo", [at("pipe")]);
  symlinkSync("/dev/zero", at("device"));
  symlinkSync(at("loop"), at("loop"));
  symlinkSync("nowhere", at("dangling"));
  writeFileSync(at("plain"), "abc");
  symlinkSync("plain", at("link"));
  const reasonOf = (name: string) => readBytes(at(name)).diagnostics[0]?.text.replaceAll(folder, "");
  expect(reasonOf("pipe")).toBe("cannot read /pipe: it is a pipe, not a file");
  expect(reasonOf("device")).toBe("cannot read /device: it is a device, not a file");
  expect(reasonOf("loop")).toBe("cannot read /loop: too many symbolic links");
  expect(reasonOf("dangling")).toBe("file not found: /dangling");
  expect(reasonOf("a\0b")).toContain("its name holds a zero byte");
  expect(readText(at("link"))).toMatchObject({ ok: true, value: "abc" });
});

test("sizes are looked at before anything is read", () => {
  const path = join(fresh(), "sparse");
  writeFileSync(path, "");
  truncateSync(path, 3 * 2 ** 30);
  expect(readBytes(path).diagnostics[0]?.text).toContain(
    "it has 3221225472 bytes, at most 2147483647 are read",
  );
  expect(readBytes(path, 1000).diagnostics[0]?.text).toContain("at most 1000 are read");
  expect(readText(path).diagnostics[0]?.text).toContain("at most 16777216 are read");
});

test("what a killed process left beside a directory goes, or comes back where nothing else is there", async () => {
  const folder = fresh();
  const target = join(folder, "x");
  const dead = `${2 ** 22 + 1}-0123456789ab`;
  await writeDirectory(target, build("one"));
  renameSync(target, join(folder, `.x.old-${dead}`));
  mkdirSync(join(folder, `.x.new-${dead}`));
  mkdirSync(join(folder, `.x.new-${process.pid}-0123456789ab`));
  writeFileSync(join(folder, ".x.mine"), "");
  const failed = await replaceDirectory(target, "folder of waveforms", async () =>
    failure(diagnostic("file-not-found", {}, { path: "p" })),
  );
  expect(failed.ok).toBe(false);
  expect(readdirSync(folder).sort()).toEqual([".x.mine", `.x.new-${process.pid}-0123456789ab`, "x"]);
  expect(readFileSync(join(target, "rtl/top.v"), "utf8")).toBe("one");
});
