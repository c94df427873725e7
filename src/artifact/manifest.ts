import { join } from "node:path";
import { settingsOf } from "../config/defaults.js";
import { parseConfig } from "../config/load.js";
import type { BuildConfig, Config } from "../config/schema.js";
import type { Emitted } from "../cosim/run-rtl.js";
import { parseJson } from "../data/json.js";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { readText } from "../host/files.js";
import { hashesOfFiles, manifestName, sha256 } from "../host/ownership.js";
import { version } from "../host/version.js";
import { type Compiled, runPipeline } from "../pipeline.js";
import { type Manifest, readManifest } from "./manifest-file.js";
import { parseSource, readSourceFiles, type SourceFiles } from "./source.js";

/** A build as simulate and verify use it: its settings, and the network compiled anew from its own checkpoint. */
export interface Build {
  readonly path: string;
  readonly manifest: Manifest;
  readonly config: BuildConfig;
  readonly compiled: Compiled;
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

/** Settings of a build as settings.json: everything that decides emitted bytes, as a configuration file says it. */
export function settingsText(config: Config): string {
  return `${JSON.stringify(settingsOf(config), null, 2)}\n`;
}

/** The manifest of `files` (paths relative to the build) as text; `from` says where the checkpoint was, if it should. */
export function manifestText(
  checkpoint: string,
  files: ReadonlyMap<string, string | Uint8Array>,
  from?: string,
): string {
  const hashOf = (path: string): string => sha256(files.get(path) ?? "");
  const own = new Set([checkpoint, settingsFile, manifestName]);
  const manifest: Manifest = {
    tool: "spikec",
    version,
    checkpoint: { file: checkpoint, sha256: hashOf(checkpoint) },
    ...(from === undefined ? {} : { from }),
    settings: { file: settingsFile, sha256: hashOf(settingsFile) },
    calibration: files.has(calibrationFile) ? calibrationFile : null,
    network: files.has(networkFile) ? networkFile : null,
    files: hashesOfFiles(new Map([...files].filter(([path]) => !own.has(path)))),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * Opens a build directory. The integers that simulators must equal come from the checkpoint that the build holds,
 * never from its Verilog; a build made by another version of the compiler is refused, since it may differ.
 */
export function openBuild(path: string): Result<Build> {
  const found = readManifest(path);
  if (!found.ok) return found;
  const manifest = found.value;
  const settings = readSettings(path, manifest);
  if (!settings.ok) return settings;
  const { network, calibration } = manifest;
  const inBuild = (file: string | null): string | undefined => (file === null ? undefined : join(path, file));
  const request = {
    checkpoint: join(path, manifest.checkpoint.file),
    config: { ...settings.value, network: inBuild(network), calibration: inBuild(calibration) },
  };
  const files = readSourceFiles(request);
  if (!files.ok) return files;
  const changed = changedFiles(manifest, files.value);
  if (changed.length > 0)
    return failure(...changed.map((file) => diagnostic("build-changed", { file: path }, { file })));
  const source = parseSource(request, files.value);
  if (!source.ok) return source;
  const compiled = runPipeline(source.value.model, source.value.settings);
  if (!compiled.ok) return compiled;
  return success({ path, manifest, config: source.value.settings.config, compiled: compiled.value });
}

/** The settings of a build: a configuration in JSON, whose paths are no part of it. */
function readSettings(path: string, manifest: Manifest): Result<Config> {
  const { file, sha256: expected } = manifest.settings;
  const place = join(path, file);
  const text = readText(place);
  if (!text.ok) return text;
  if (sha256(text.value) !== expected) return failure(diagnostic("build-changed", { file: path }, { file }));
  const json = parseJson(text.value, place);
  if (!("tree" in json)) return failure(diagnostic("manifest-syntax", json.loc, { reason: json.reason }));
  const settings = parseConfig(text.value, place);
  if (!settings.ok) return settings;
  return success({ ...settings.value.config, checkpoint: undefined, output: undefined });
}

/** The files of a build's source that are not those that it was compiled from. */
function changedFiles(manifest: Manifest, files: SourceFiles): readonly string[] {
  const { checkpoint, network, calibration } = manifest;
  const copies: readonly (readonly [string | null, string | undefined, string | Uint8Array | undefined])[] = [
    [checkpoint.file, checkpoint.sha256, files.checkpoint],
    [network, manifest.files[network ?? ""], files.network],
    [calibration, manifest.files[calibration ?? ""], files.calibration],
  ];
  return copies.flatMap(([file, expected, content]) =>
    file === null || content === undefined || sha256(content) === expected ? [] : [file],
  );
}

/** Where a build keeps the settings that it was compiled with. */
const settingsFile = "settings.json";

/** Where a build keeps the calibration that it was compiled with. */
export const calibrationFile = "calibration.json";

/** Where a build keeps the network file that it was compiled with. */
export const networkFile = "network.yaml";

/** Where a build keeps its copy of the checkpoint: under its own name, on whatever system that was given. */
export function checkpointPath(checkpoint: string): string {
  const name = checkpoint.split(/[\\/\0]/).at(-1) as string;
  return `checkpoint/${["", ".", ".."].includes(name) ? "network" : name}`;
}
