import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { readRegular } from "./regular-file.js";
import { writeWhole } from "./whole-file.js";

/** File that marks a directory as written by spikec: JSON whose `tool` is "spikec". Only such a directory is replaced. */
export const manifestName = "manifest.json";

/** What of a directory is not spikec's, paths relative to it: files that it did not write, and files changed since. */
export interface Foreign {
  readonly added: readonly string[];
  readonly changed: readonly string[];
}

/** A folder that a build gets later, with a manifest of its own. */
export const waveformFolder = "waveforms";

/**
 * Files below a directory that its manifest does not have, or has with another hash: all of them where it has no
 * manifest of spikec's. Links, pipes and devices are never spikec's, nor is what can't be read.
 */
export function foreignFiles(directory: string): Foreign {
  const hashes = new Map([
    ...hashesOf(directory, ""),
    ...hashesOf(join(directory, waveformFolder), waveformFolder),
  ]);
  const added: string[] = [];
  const changed: string[] = [];
  for (const { path, regular } of below(directory, "")) {
    const expected = hashes.get(path);
    if (!regular || expected === undefined) added.push(path);
    else if (expected !== ANY && fileHash(join(directory, path)) !== expected) changed.push(path);
  }
  return { added: added.sort(), changed: changed.sort() };
}

/** Marks files of a directory, as they are now, as spikec's, beside those that its manifest has already. */
export function signFiles(directory: string, paths: readonly string[]): void {
  const before = manifestOf(directory)?.files;
  const signed = paths.map((path) => [path, fileHash(join(directory, path))] as const);
  const files = { ...(isJson(before) ? before : {}), ...Object.fromEntries(signed) };
  writeWhole(join(directory, manifestName), `${JSON.stringify({ tool: "spikec", files }, null, 2)}\n`);
}

/** What a directory that spikec writes is. */
export type FolderKind = "build" | "recording" | "folder of waveforms";

/** What a directory is, by its manifest's text; undefined where that is none of spikec's. */
export function kindOfManifest(text: string | Uint8Array): FolderKind | undefined {
  const manifest = parsed(text);
  if (manifest === undefined) return undefined;
  if (isJson(manifest.checkpoint)) return "build";
  return manifest.simulator === undefined ? "folder of waveforms" : "recording";
}

/** What an existing directory is; undefined where it has no manifest of spikec's. */
export function kindOfFolder(directory: string): FolderKind | undefined {
  try {
    const text = readRegular(join(directory, manifestName));
    return text instanceof Uint8Array ? kindOfManifest(text) : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 in hex. */
export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/** SHA-256 of each file, by path, as a manifest's `files` has them. */
export const hashesOfFiles = (
  files: ReadonlyMap<string, string | Uint8Array>,
): Readonly<Record<string, string>> =>
  Object.fromEntries([...files.keys()].sort().map((path) => [path, sha256(files.get(path) ?? "")]));

/** Everything below a directory but folders. */
function* below(
  directory: string,
  under: string,
): Generator<{ readonly path: string; readonly regular: boolean }> {
  for (const entry of readdirSync(join(directory, under), { withFileTypes: true })) {
    const path = join(under, entry.name);
    if (entry.isDirectory()) yield* below(directory, path);
    else yield { path, regular: entry.isFile() };
  }
}

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The manifest of a directory; undefined where there is none of spikec's. */
function manifestOf(directory: string): Json | undefined {
  try {
    const text = readRegular(join(directory, manifestName));
    return text instanceof Uint8Array ? parsed(text) : undefined;
  } catch {
    return undefined;
  }
}

function parsed(text: string | Uint8Array): Json | undefined {
  try {
    const manifest: unknown = JSON.parse(typeof text === "string" ? text : new TextDecoder().decode(text));
    return isJson(manifest) && manifest.tool === "spikec" ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** A manifest has no hash of itself. */
const ANY = "any";

/** Hashes of the files that a directory's manifest has, by path below `under`: none without one of spikec's. */
function hashesOf(directory: string, under: string): ReadonlyMap<string, unknown> {
  const manifest = manifestOf(directory);
  if (manifest === undefined) return new Map();
  // Single files have their hash beside their name.
  const single = Object.values(manifest).flatMap((value): [string, unknown][] =>
    isJson(value) && typeof value.file === "string" ? [[value.file, value.sha256]] : [],
  );
  const files = Object.entries(isJson(manifest.files) ? manifest.files : {});
  const all: readonly (readonly [string, unknown])[] = [...files, ...single, [manifestName, ANY]];
  return new Map(all.map(([path, hash]) => [join(under, path), hash]));
}

/** SHA-256 of a file, which may be larger than memory; undefined where it can't be read. */
function fileHash(path: string): string | undefined {
  const hash = createHash("sha256");
  const piece = Buffer.alloc(2 ** 20);
  try {
    const file = openSync(path, "r");
    try {
      for (let n = readSync(file, piece); n > 0; n = readSync(file, piece)) hash.update(piece.subarray(0, n));
    } finally {
      closeSync(file);
    }
    return hash.digest("hex");
  } catch {
    return undefined;
  }
}
