import { buildFiles } from "../artifact/files.js";
import { missedGoals } from "../artifact/goals.js";
import type { BuildReport } from "../artifact/report.js";
import { compileSource } from "../artifact/source.js";
import { checkConfig, type LoadedConfig } from "../config/load.js";
import type { Config, ConfigFile } from "../config/schema.js";
import { failure, type Result, success } from "../diagnostics/diagnostic.js";
import { writeDirectory } from "../host/files.js";
import { checkFolder } from "../host/outputs.js";
import type { Progress } from "../host/progress.js";
import { argument, type MemoryFile, schemas } from "./arguments.js";
import { type LoadedBuild, loadedBuild } from "./builds.js";

/** What to compile, and how. */
export interface CompileArguments {
  /** A path, or a checkpoint's bytes. */
  readonly checkpoint:
    | string
    | (MemoryFile<Uint8Array> & {
        /** Contents of files beside it, by their paths from its folder: tensors that it keeps there. */
        readonly beside?: Readonly<Record<string, Uint8Array>> | undefined;
      });
  /** The keys of spikec.yaml (docs/configuration.md); every default where nothing is said. */
  readonly config?: ConfigFile | Config;
  /** Texts of the network file and of the calibration; their paths may stand in `config`. */
  readonly network?: MemoryFile<string>;
  readonly calibration?: MemoryFile<string>;
  /** The directory that the build is written into; it stays in memory where none is named. */
  readonly output?: string;
  /** Build what misses its target or does not fit its device, too. */
  readonly force?: boolean;
  readonly progress?: Progress;
  /** Where values of `config` were written, for diagnostics: as `loadConfig` gives it. */
  readonly locate?: LoadedConfig["locate"];
  readonly written?: LoadedConfig["written"];
}

/** A compiled network, and what `compile` says of it. */
export interface CompiledNetwork extends BuildReport {
  readonly output: string | undefined;
  readonly build: LoadedBuild;
}

const contentsOf = ({ content, beside }: Exclude<CompileArguments["checkpoint"], string>) => ({
  checkpoint: content,
  ...(beside === undefined ? {} : { beside: new Map(Object.entries(beside)) }),
});

/** Compiles a checkpoint: into a directory, where one is named, else in memory alone. */
export async function compile(request: CompileArguments): Promise<Result<CompiledNetwork>> {
  const checked = argument("compile", schemas.compile, request);
  if (!checked.ok) return checked;
  const { checkpoint, network, calibration, output, force = false } = checked.value;
  const loaded = checkConfig(request.config ?? {});
  if (!loaded.ok) return loaded;
  const refusal = output === undefined ? undefined : checkFolder(output, "build", []);
  if (refusal !== undefined) return failure(refusal);
  const { config } = loaded.value;
  const source = {
    checkpoint: typeof checkpoint === "string" ? checkpoint : checkpoint.name,
    config: {
      ...config,
      network: network?.name ?? config.network,
      calibration: calibration?.name ?? config.calibration,
    },
    locate: request.locate ?? loaded.value.locate,
    written: request.written ?? loaded.value.written,
    inMemory: {
      ...(typeof checkpoint === "string" ? {} : contentsOf(checkpoint)),
      ...(network === undefined ? {} : { network: network.content }),
      ...(calibration === undefined ? {} : { calibration: calibration.content }),
    },
  };
  const made = compileSource(source);
  if (!made.ok) return made;
  const { report, files } = await buildFiles(made.value, source.checkpoint);
  const held = { design: made.value.compiled.design };
  const missed = missedGoals(report, held, made.value.settings.config, { force, written: source.written });
  const said = [...made.diagnostics, ...missed];
  if (missed.some(({ severity }) => severity === "error")) return failure(...said);
  const written = output === undefined ? undefined : await writeDirectory(output, files);
  if (written !== undefined && !written.ok) return written;
  const { settings, compiled } = made.value;
  const build = loadedBuild(
    { config: settings.config, compiled },
    output,
    output === undefined ? files : undefined,
  );
  return success({ ...report, output, build }, said);
}
