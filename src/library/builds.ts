import { type Build, type OpenOptions, openBuild as openFolder } from "../artifact/manifest.js";
import { failure, type Result, success } from "../diagnostics/diagnostic.js";
import type { Shape } from "../ir/spiking.js";
import { argument, schemas, wrongArgument } from "./arguments.js";

const inside: unique symbol = Symbol("what spikec knows of a build");

/** What simulators run of a build. */
export type Network = Pick<Build, "config" | "compiled">;

/** A compiled network in a program's hands: opened from a directory, or compiled and never written. */
export interface LoadedBuild {
  readonly name: string;
  /** Shape of its input spikes in a tick. */
  readonly input: Shape;
  /** Names of its readouts, in the order of `classes`. */
  readonly readouts: readonly string[];
  /** The directory that it lies in, if it does. */
  readonly folder: string | undefined;
  /** What a directory would hold, by path; of a build that lies in one: nothing. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly [inside]: Network;
}

/** A build as programs hold it. */
export function loadedBuild(
  network: Network,
  folder: string | undefined,
  files: LoadedBuild["files"] = new Map(),
): LoadedBuild {
  const { name, input, readouts } = network.compiled.fixed;
  return { name, input, readouts: readouts.map((r) => r.name), folder, files, [inside]: network };
}

/** Opens a build directory, which must be as it was compiled, but for what `allowEdited` allows. */
export function openBuild(folder: string, options?: OpenOptions): Result<LoadedBuild> {
  const path = argument("openBuild", schemas.openBuild, folder);
  if (!path.ok) return path;
  const given = argument("openBuild", schemas.openOptions, options);
  if (!given.ok) return given;
  const build = openFolder(path.value, { allowEdited: given.value?.allowEdited });
  return build.ok ? success(loadedBuild(build.value, path.value), build.diagnostics) : build;
}

/** A build as it was given: a directory, or what `compile` or `openBuild` made. */
export function buildArgument(call: string, value: unknown, options: OpenOptions = {}): Result<LoadedBuild> {
  if (typeof value === "string" && value !== "") return openBuild(value, options);
  const isBuild = typeof value === "object" && value !== null && Object.hasOwn(value, inside);
  return isBuild
    ? success(value as LoadedBuild)
    : failure(wrongArgument(call, "build", "expected a directory, or what compile or openBuild gave"));
}

/** What spikec's own functions run of a build. */
export const networkOf = (build: LoadedBuild): Network => build[inside];
