import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { settingsOf } from "../config/defaults.js";
import type { BuildConfig, Config } from "../config/schema.js";
import type { Emitted } from "../cosim/run-rtl.js";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { loadCheckpoint, readNetwork } from "../frontends/front-end.js";
import { hasManifest, manifestName, readText } from "../host/files.js";
import { version } from "../host/version.js";
import { type Calibration, parseCalibration } from "../passes/formats/calibration.js";
import { type Compiled, runPipeline } from "../pipeline.js";

/** What manifest.json of a build holds; hashes are SHA-256 in hex. */
export interface Manifest {
  readonly tool: "spikec";
  readonly version: string;
  /** Copy of the checkpoint in the build, and its hash. */
  readonly checkpoint: { readonly file: string; readonly sha256: string };
  readonly settings: { readonly file: string; readonly sha256: string };
  /** Copy of the calibration that was given, if one was. */
  readonly calibration: string | null;
  /** Copy of the network file that was given, if one was. */
  readonly network: string | null;
  /** Every other file of the build. */
  readonly files: Readonly<Record<string, string>>;
}

/** A build as simulate and verify use it: its settings, and the network compiled anew from its own checkpoint. */
export interface Build {
  readonly path: string;
  readonly manifest: Manifest;
  readonly config: BuildConfig;
  readonly compiled: Compiled;
}

/** What the bench of a build runs on. */
export const emittedOf = ({ path, compiled, config }: Build): Emitted => ({
  folder: path,
  design: compiled.design,
  burnIn: config.readout.burnIn,
});

export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/** Settings of a build as settings.json: everything that decides emitted bytes. */
export function settingsText(config: Config): string {
  return `${JSON.stringify(settingsOf(config), null, 2)}\n`;
}

/** The manifest of `files` (paths relative to the build) as text. */
export function manifestText(checkpoint: string, files: ReadonlyMap<string, string | Uint8Array>): string {
  const hashOf = (path: string): string => sha256(files.get(path) ?? "");
  const own = new Set([checkpoint, "settings.json", manifestName]);
  const manifest: Manifest = {
    tool: "spikec",
    version,
    checkpoint: { file: checkpoint, sha256: hashOf(checkpoint) },
    settings: { file: "settings.json", sha256: hashOf("settings.json") },
    calibration: files.has(calibrationFile) ? calibrationFile : null,
    network: files.has(networkFile) ? networkFile : null,
    files: Object.fromEntries(
      [...files.keys()]
        .filter((p) => !own.has(p))
        .sort()
        .map((p) => [p, hashOf(p)]),
    ),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * Opens a build directory. The integers that simulators must equal come from the checkpoint that the build holds,
 * never from its Verilog; a build made by another version of the compiler is refused, since it may differ.
 */
export function openBuild(path: string): Result<Build> {
  if (!hasManifest(path)) return failure(diagnostic("not-a-build", { file: path }, { path }));
  const text = readText(join(path, manifestName));
  if (!text.ok) return text;
  const manifest = JSON.parse(text.value) as Manifest;
  if (manifest.version !== version || typeof manifest.checkpoint?.file !== "string") {
    return failure(
      diagnostic("build-version", { file: path }, { built: String(manifest.version), have: version }),
    );
  }
  const settings = readText(join(path, "settings.json"));
  if (!settings.ok) return settings;
  if (sha256(settings.value) !== manifest.settings.sha256) {
    return failure(diagnostic("build-changed", { file: path }, { file: "settings.json" }));
  }
  const { frameTicks, ...rest } = JSON.parse(settings.value) as ReturnType<typeof settingsOf>;
  const config = { ...rest, simulation: { frameTicks }, verify: {} } as unknown as BuildConfig;
  const network = readNetwork(manifest.network ? join(path, manifest.network) : undefined);
  if (!network.ok) return network;
  const spiking = loadCheckpoint(join(path, manifest.checkpoint.file), network.value);
  if (!spiking.ok) return spiking;
  const file = manifest.calibration === null ? undefined : join(path, manifest.calibration);
  const calibration = readCalibration(file);
  if (!calibration.ok) return calibration;
  const compiled = runPipeline(spiking.value, { config, calibration: calibration.value?.calibration });
  if (!compiled.ok) return compiled;
  return success({ path, manifest, config, compiled: compiled.value });
}

/** Where a build keeps the calibration that it was compiled with. */
export const calibrationFile = "calibration.json";

/** Where a build keeps the network file that it was compiled with. */
export const networkFile = "network.yaml";

/** A calibration as it was written, and what it says. */
export interface ReadCalibration {
  readonly text: string;
  readonly calibration: Calibration;
}

/** Reads a calibration file, if there is one to read. */
export function readCalibration(path: string | undefined): Result<ReadCalibration | undefined> {
  if (path === undefined) return success(undefined);
  const text = readText(path);
  if (!text.ok) return text;
  const calibration = parseCalibration(text.value, path);
  if (!calibration.ok) return calibration;
  return success({ text: text.value, calibration: calibration.value }, calibration.diagnostics);
}

/** Where a build keeps its copy of the checkpoint. */
export const checkpointPath = (checkpoint: string): string => `checkpoint/${basename(checkpoint)}`;
