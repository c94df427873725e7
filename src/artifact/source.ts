import { join } from "node:path";
import { burnInFrom, overruledBurnIn, type SettledBurnIn, settleBurnIn } from "../config/defaults.js";
import type { LoadedConfig } from "../config/load.js";
import type { BuildConfig, Config } from "../config/schema.js";
import { wholeBurnIn } from "../data/burn-in.js";
import { failure, type Result, success } from "../diagnostics/diagnostic.js";
import { importCheckpoint } from "../frontends/checkpoint.js";
import { checkpointLimitBytes } from "../frontends/front-end.js";
import { readBytes, readText } from "../host/files.js";
import { kindOfFolder } from "../host/ownership.js";
import type { SpikingModel } from "../ir/spiking.js";
import { type Calibration, parseCalibration } from "../passes/formats/calibration.js";
import { type Compiled, prepareModel, runPipeline, type Settings } from "../pipeline.js";
import { readManifest } from "./manifest-file.js";

/** A checkpoint and how to compile it; `config` names the network file and the calibration. */
export interface SourceRequest {
  readonly checkpoint: string;
  readonly config: Config;
  /** Where a value of `config` was written, for diagnostics. */
  readonly locate?: LoadedConfig["locate"] | undefined;
  readonly written?: LoadedConfig["written"] | undefined;
  /** Contents of its files that need not be read: the paths are what messages call them. */
  readonly inMemory?: Partial<SourceFiles> | undefined;
}

/** The files of a source as they were read: a build keeps copies of them. */
export interface SourceFiles {
  readonly checkpoint: Uint8Array;
  /** Files beside the checkpoint that it keeps tensors in, by their paths from its folder. */
  readonly beside?: ReadonlyMap<string, Uint8Array>;
  readonly network: string | undefined;
  readonly calibration: string | undefined;
}

/** What is compiled: the network as its front end read it, how to compile it, and the files that said so. */
export interface Source {
  readonly files: SourceFiles;
  readonly model: SpikingModel;
  readonly settings: Settings & { readonly config: BuildConfig };
  /** The burn-in of `settings.config`, and who gave it. */
  readonly burnIn: SettledBurnIn;
}

/** Reads a source's files, each once, and what they say. All that is wrong with them is said together. */
export function readSource(request: SourceRequest): Result<Source> {
  const files = readSourceFiles(request);
  return files.ok ? parseSource(request, files.value) : files;
}

/** A source and what the passes made of it. */
export interface CompiledSource extends Source {
  readonly compiled: Compiled;
}

/** Reads a source and compiles it, in memory. */
export function compileSource(request: SourceRequest): Result<CompiledSource> {
  const source = readSource(request);
  if (!source.ok) return source;
  const compiled = runPipeline(source.value.model, source.value.settings);
  const said = [...source.diagnostics, ...compiled.diagnostics];
  return compiled.ok ? success({ ...source.value, compiled: compiled.value }, said) : failure(...said);
}

/** Reads a source's files, and nothing of what they say. */
export function readSourceFiles(request: SourceRequest): Result<SourceFiles> {
  const { checkpoint, config, inMemory = {} } = request;
  const textOf = (path: string | undefined, held: string | undefined): Result<string | undefined> =>
    path === undefined || held !== undefined ? success(held) : readText(path);
  const bytes = inMemory.checkpoint === undefined ? readCheckpoint(checkpoint) : success(inMemory.checkpoint);
  const network = textOf(config.network, inMemory.network);
  const calibration = textOf(config.calibration, inMemory.calibration);
  if (!bytes.ok || !network.ok || !calibration.ok)
    return failure(...bytes.diagnostics, ...network.diagnostics, ...calibration.diagnostics);
  const { beside } = inMemory;
  const texts = { network: network.value, calibration: calibration.value };
  return success({ checkpoint: bytes.value, ...(beside === undefined ? {} : { beside }), ...texts });
}

/** The bytes of a checkpoint; of a build in its place, where its copy of one is. */
function readCheckpoint(path: string): Result<Uint8Array> {
  const bytes = readBytes(path, checkpointLimitBytes);
  if (bytes.ok || kindOfFolder(path) !== "build") return bytes;
  const copy = readManifest(path);
  const where = copy.ok ? `, such as ${join(path, copy.value.checkpoint.file)}` : "";
  const hint = `it is a build: this command takes a checkpoint${where}`;
  return failure(...bytes.diagnostics.map((d) => ({ ...d, hint })));
}

/** What the files of a source say. */
export function parseSource(request: SourceRequest, files: SourceFiles): Result<Source> {
  const { checkpoint: file, config, locate, written } = request;
  const companion =
    files.network === undefined || config.network === undefined
      ? undefined
      : { file: config.network, text: files.network };
  const imported = importCheckpoint({ file, bytes: files.checkpoint, companion, beside: files.beside });
  const calibration = calibrationOf(config.calibration, files.calibration);
  const said = [...imported.diagnostics, ...calibration.diagnostics];
  if (!imported.ok) return failure(...said);
  const { model, burnIn: stated } = imported.value;
  const place = written?.(["readout", "burnIn"]);
  const burnIn = burnInFrom(config, stated, place);
  const settings = { config: settleBurnIn(config, stated?.ticks), locate, written };
  if (!calibration.ok) {
    // What is wrong whatever was calibrated is said beside it.
    const { diagnostics } = prepareModel(model, { ...settings, calibration: undefined });
    return failure(...said, ...diagnostics.filter((d) => d.severity === "error"));
  }
  const overruled = overruledBurnIn(config, stated, place);
  const { readout, simulation } = settings.config;
  const { frameTicks = Number.POSITIVE_INFINITY } = simulation;
  const votes = model.readouts.map((own) => (readout.vote === "auto" ? own : readout));
  const whole = wholeBurnIn(votes, readout.burnIn, frameTicks, burnIn.loc);
  const calibrated = { ...settings, calibration: calibration.value };
  const { beside = new Map<string, Uint8Array>() } = imported.value;
  const read = beside.size === 0 ? files : { ...files, beside };
  return success({ files: read, model, settings: calibrated, burnIn }, [...said, ...overruled, ...whole]);
}

const calibrationOf = (
  path: string | undefined,
  text: string | undefined,
): Result<Calibration | undefined> =>
  path === undefined || text === undefined ? success(undefined) : parseCalibration(text, path);
