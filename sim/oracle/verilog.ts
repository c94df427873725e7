import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CompiledSource } from "../../src/artifact/source.js";
import { compile } from "../../src/commands/compile.js";
import { simulate } from "../../src/commands/simulate.js";
import { verify } from "../../src/commands/verify.js";
import { encodeNpy, npyArray } from "../../src/data/npy.js";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.js";
import type { RtlSimulatorName } from "../../src/simulators/names.js";
import { type Case, configOf, stimulusOf } from "./case.js";

/** A case's spikes as a file, u1 (samples, ticks, C, H, W). */
export function inputOf(from: Case): Uint8Array {
  const { samples, ticks, shape } = stimulusOf(from);
  const size = from.shape.reduce((n, d) => n * d, 1);
  const spikes = new Uint8Array(samples * ticks * size);
  from.events.flat().forEach((active, t) => {
    for (const i of active) spikes[t * size + i] = 1;
  });
  return encodeNpy(npyArray("u1", [samples, ticks, shape.channels, shape.height, shape.width], spikes));
}

/** Cycles of a case's run, about: what Icarus has to simulate. */
export function cyclesOf({ compiled }: CompiledSource, from: Case): number {
  const { samples, ticks } = stimulusOf(from);
  return samples * ticks * compiled.design.stages.reduce((sum, stage) => sum + stage.cycles.total, 0);
}

/** Whether a network has a layer on events. */
export const hasEvents = ({ compiled }: CompiledSource): boolean =>
  compiled.design.stages.some(({ kind }) => kind === "event");

/**
 * Compiles, simulates and verifies a network as a user would: what is wrong, or undefined. All values are recorded, so
 * that files of any names are written.
 */
export async function differenceInVerilog(
  network: string,
  from: Case,
  simulators: readonly RtlSimulatorName[],
): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "spikec-oracle-build-"));
  const refused = (diagnostics: readonly Diagnostic[]): string =>
    diagnostics.map(({ text }) => text).join("; ");
  try {
    const [output, input] = [join(folder, "build"), join(folder, "input.npy")];
    writeFileSync(input, inputOf(from));
    const built = await compile({ checkpoint: network, config: configOf(from), output });
    if (!built.ok) return `compile: ${refused(built.diagnostics)}`;
    const record = ["spikes", "states", "readout"] as const;
    const recorded = join(folder, "recorded");
    const ran = await simulate({ build: output, simulator: "golden", input, record, output: recorded });
    if (!ran.ok) return `simulate: ${refused(ran.diagnostics)}`;
    const files = new Set(readdirSync(recorded));
    const lost = ran.value.files.filter((file) => !files.has(file));
    if (lost.length > 0) return `simulate: no ${lost.join(", ")} in its folder`;
    const verified = await verify({ build: output, input, simulators });
    if (!verified.ok) return `verify: ${refused(verified.diagnostics)}`;
    const bad = verified.value.simulators.filter(({ equal }) => !equal);
    return bad.length === 0 ? undefined : `verify: ${JSON.stringify(bad)}`;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
