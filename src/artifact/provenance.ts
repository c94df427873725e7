import { tmpdir } from "node:os";
import { join } from "node:path";
import { compilers } from "../cosim/simulators.js";
import { readBytes } from "../host/files.js";
import { manifestName, sha256 } from "../host/ownership.js";
import { isDiagnostic, runProgram } from "../host/process.js";
import { version } from "../host/version.js";
import type { RtlSimulatorName } from "../simulators/names.js";
import type { Build } from "./manifest.js";

/** What a run was made of and by what. */
export interface Provenance {
  /** Of spikec, Node and the simulators. */
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of the build's manifest, which has those of its files, of its checkpoint and of the input. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** Versions of what always runs. */
export const ownVersions = { spikec: version, node: process.versions.node } as const;

/** Versions and hashes of a run of a build on an input file. */
export async function provenanceOf(
  { path, manifest }: Build,
  input: string,
  simulators: readonly RtlSimulatorName[],
): Promise<Provenance> {
  const versions: Record<string, string> = { ...ownVersions };
  for (const simulator of new Set(simulators)) {
    const [command, flag] = compilers[simulator];
    const found = await runProgram(command, [flag], tmpdir());
    if (!isDiagnostic(found)) versions[simulator] = (found.output.split("\n")[0] as string).trim();
  }
  const hashOf = (file: string): string => {
    const bytes = readBytes(file);
    return bytes.ok ? sha256(bytes.value) : "";
  };
  return {
    versions,
    hashes: {
      manifest: hashOf(join(path, manifestName)),
      checkpoint: manifest.checkpoint.sha256,
      input: hashOf(input),
    },
  };
}
