import { join } from "node:path";
import { parseConfig } from "../config/load.js";
import type { BuildConfig, Config } from "../config/schema.js";
import type { Emitted } from "../cosim/run-rtl.js";
import { parseJson } from "../data/json.js";
import { type Diagnostic, diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { readBytes, readText } from "../host/files.js";
import { manifestName, sha256 } from "../host/ownership.js";
import type { Compiled } from "../pipeline.js";
import { changes, type Edit, isNamed, readContents } from "./contents.js";
import { buildFiles } from "./files.js";
import { type Manifest, readManifest } from "./manifest-file.js";
import { type CompiledSource, compileSource } from "./source.js";

/** A build as simulate and verify use it: its settings, and the network compiled anew from its own checkpoint. */
export interface Build {
  readonly path: string;
  readonly manifest: Manifest;
  readonly config: BuildConfig;
  readonly compiled: Compiled;
  /** Files that are not as they were compiled, where that is allowed. */
  readonly edits: readonly Edit[];
}

/** What the bench of a build runs on. */
export const emittedOf = ({
  path,
  compiled,
  config,
}: Pick<Build, "path" | "compiled" | "config">): Emitted => ({
  folder: path,
  design: compiled.design,
  burnIn: config.readout.burnIn,
});

/** How to open a build. */
export interface OpenOptions {
  /** Takes edits of what was emitted (never of what it was emitted from), and warns of them. */
  readonly allowEdited?: boolean | undefined;
}

/**
 * Opens a build directory, all of whose files are held against the manifest. The integers that simulators must equal
 * come from the checkpoint that the build holds, never from its Verilog; a build made by another version of the
 * compiler is refused, since it may differ.
 */
export function openBuild(path: string, options: OpenOptions = {}): Result<Build> {
  const opened = openSource(path);
  if (!opened.ok) return opened;
  const { manifest, edits } = opened.value;
  const refused = refusals(path, manifest, edits, options);
  if (refused.length > 0) return failure(...refused);
  const compiled = compileOpened(opened.value);
  return compiled.ok ? success(compiled.value.build, warningOf(path, edits)) : compiled;
}

/**
 * The same, and all files are made anew from checkpoint and settings and held against what stands there: a file that
 * was edited together with its hash is found too.
 */
export async function openRemade(path: string, options: OpenOptions = {}): Promise<Result<Build>> {
  const opened = openSource(path);
  if (!opened.ok) return opened;
  const { manifest, hashes } = opened.value;
  const refused = refusals(path, manifest, opened.value.edits, options);
  if (refused.length > 0) return failure(...refused);
  const compiled = compileOpened(opened.value);
  if (!compiled.ok) return compiled;
  const { build, source } = compiled.value;
  const { files } = await buildFiles(source, manifest.checkpoint.file, manifest.from);
  const edits = [...opened.value.edits];
  const add = (file: string, how: Edit["how"]): void => {
    if (!isNamed(edits, file)) edits.push({ file, how });
  };
  for (const [file, content] of files)
    if (!hashes.has(file)) add(file, "missing");
    else if (hashes.get(file) !== sha256(content)) add(file, "remade");
  for (const file of hashes.keys()) if (!files.has(file)) add(file, "added");
  const found = refusals(path, manifest, edits, options);
  if (found.length > 0) return failure(...found);
  return success({ ...build, edits }, warningOf(path, edits));
}

/** A build that was read, and nothing of it compiled. */
interface Opened {
  readonly path: string;
  readonly manifest: Manifest;
  /** Of every file that has to be there, the manifest among them. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly edits: readonly Edit[];
}

/** Reads the manifest and holds all files against it. */
function openSource(path: string): Result<Opened> {
  const found = readManifest(path);
  if (!found.ok) return found;
  const manifest = found.value;
  const { checkpoint, settings } = manifest;
  const listed = new Map([
    ...Object.entries(manifest.files),
    ...[checkpoint, settings].map(({ file, sha256: hash }) => [file, hash] as const),
  ]);
  // A copy of the source that the list lacks is none that was compiled.
  for (const file of [manifest.network, manifest.calibration])
    if (file !== null && !listed.has(file)) listed.set(file, "");
  const contents = readContents(path, listed);
  if (!contents.ok) return contents;
  const text = readBytes(join(path, manifestName));
  if (!text.ok) return text;
  const { hashes, edits } = contents.value;
  return success({ path, manifest, hashes: new Map([...hashes, [manifestName, sha256(text.value)]]), edits });
}

/** Compiles what a build was compiled from. */
function compileOpened({ path, manifest, edits }: Opened): Result<{
  readonly build: Build;
  readonly source: CompiledSource;
}> {
  const settings = readSettings(path, manifest);
  if (!settings.ok) return settings;
  const { network, calibration } = manifest;
  const inBuild = (file: string | null): string | undefined => (file === null ? undefined : join(path, file));
  const source = compileSource({
    checkpoint: join(path, manifest.checkpoint.file),
    config: { ...settings.value, network: inBuild(network), calibration: inBuild(calibration) },
  });
  if (!source.ok) return source;
  const { settings: settled, compiled } = source.value;
  return success({
    build: { path, manifest, config: settled.config, compiled, edits },
    source: source.value,
  });
}

/** What forbids to go on with a build: an edit of its source, and any other that isn't allowed. */
function refusals(
  path: string,
  { checkpoint, settings, network, calibration }: Manifest,
  edits: readonly Edit[],
  { allowEdited = false }: OpenOptions,
): readonly Diagnostic[] {
  const sources = new Set([checkpoint.file, settings.file, network, calibration]);
  // What a checkpoint keeps in other files lies in its folder.
  const isSource = (file: string) => sources.has(file) || file.startsWith("checkpoint/");
  return edits.flatMap(({ file, how }) => {
    const loc = { file: path };
    const holes = { file, how: changes[how] };
    if (isSource(file)) return [diagnostic("build-changed", loc, holes)];
    return allowEdited ? [] : [diagnostic("build-edited", loc, holes)];
  });
}

const warningOf = (path: string, edits: readonly Edit[]): readonly Diagnostic[] =>
  edits.length === 0
    ? []
    : [diagnostic("build-edits", { file: path }, { edits: edits.map(printEdit).join(", ") })];

/** An edit in words. */
export const printEdit = ({ file, how }: Edit): string => `${file} ${changes[how]}`;

/** The settings of a build: a configuration in JSON, whose paths are no part of it. */
function readSettings(path: string, manifest: Manifest): Result<Config> {
  const place = join(path, manifest.settings.file);
  const text = readText(place);
  if (!text.ok) return text;
  const json = parseJson(text.value, place);
  if (!("tree" in json)) return failure(diagnostic("manifest-syntax", json.loc, { reason: json.reason }));
  const settings = parseConfig(text.value, place);
  if (!settings.ok) return settings;
  return success({ ...settings.value.config, checkpoint: undefined, output: undefined });
}
