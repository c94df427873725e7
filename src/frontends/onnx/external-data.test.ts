import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { externalDataIn } from "./external-data.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-external-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

test("files beside the model are read, below a link to its folder too", () => {
  mkdirSync(at("weights"));
  writeFileSync(at("weights/w.bin"), "abc");
  symlinkSync("weights", at("there"));
  expect(externalDataIn(folder, 100)("weights/w.bin")).toEqual(Buffer.from("abc"));
  expect(externalDataIn(folder, 100)("./weights/w.bin")).toEqual(Buffer.from("abc"));
  expect(externalDataIn(at("there"), 100)("w.bin")).toEqual(Buffer.from("abc"));
  expect(externalDataIn(folder, 100)("none.bin")).toBeUndefined();
});

test("links, pipes, devices, folders and files that are too large are refused", () => {
  writeFileSync(at("plain"), "abc");
  symlinkSync("plain", at("link"));
  symlinkSync("/dev/zero", at("device"));
  symlinkSync(tmpdir(), at("outside"));
  symlinkSync(at("loop"), at("loop"));
  execFileSync("mkfifo", [at("pipe")]);
  mkdirSync(at("folder"));
  writeFileSync(at("sparse"), "");
  truncateSync(at("sparse"), 2 ** 32);
  const read = externalDataIn(folder, 100);
  for (const [name, reason] of [
    ["link", "'link' is a link, or behind one"],
    ["device", "'device' is a link, or behind one"],
    ["outside", "'outside' is a link, or behind one"],
    ["loop", "'loop': too many symbolic links"],
    ["pipe", "'pipe': it is a pipe, not a file"],
    ["folder", "'folder': it is a directory"],
    ["sparse", "'sparse': it has 4294967296 bytes, at most 100 are read"],
  ] as const)
    expect(read(name)).toEqual({ reason });
});
