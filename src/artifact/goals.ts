import type { Config } from "../config/schema.js";
import { type Diagnostic, diagnostic, warningOf } from "../diagnostics/diagnostic.js";
import type { Written } from "../diagnostics/overruled.js";
import type { CompileReport } from "./report.js";

/** The slowest stage of a design, and what a tick takes there. */
export interface Slowest {
  readonly stage: string;
  readonly cycles: number;
}

/** Of stages whose cycles are known by what they are alone: on events, of a tick without any, which is the least. */
export const slowestOf = (
  stages: readonly { readonly name: string; readonly cyclesPerTick: number }[],
): Slowest =>
  stages
    .map(({ name, cyclesPerTick }) => ({ stage: name, cycles: cyclesPerTick }))
    .reduce((slowest, other) => (other.cycles > slowest.cycles ? other : slowest));

/** Why a tick takes longer than `targetCyclesPerTick` asks for; nothing where it doesn't, or nothing is asked for. */
export function missedTarget(
  { stage, cycles }: Slowest,
  { targetCyclesPerTick: target }: Pick<Config, "targetCyclesPerTick">,
  written: Written | undefined,
): readonly Diagnostic[] {
  if (target === undefined || cycles <= target) return [];
  const loc = written?.(["targetCyclesPerTick"]) ?? {};
  return [diagnostic("target-missed", loc, { cycles: Math.ceil(cycles), stage, target })];
}

/**
 * What of its goals a design misses: the device, the target. Errors, unless they are passed over; a device that nobody
 * named is the compiler's guess, and only warned of.
 */
export function missedGoals(
  { name, device, stages, onSpikes }: Pick<CompileReport, "name" | "device" | "stages" | "onSpikes">,
  config: Pick<Config, "targetCyclesPerTick">,
  { force, written }: { readonly force: boolean; readonly written?: Written | undefined },
): readonly Diagnostic[] {
  const place = written?.(["device"]);
  const over = device.uses.filter((use) => use.used > use.available);
  const uses = over.map((use) => `${use.name} ${use.percent.toFixed(1)} %`).join(", ");
  const large =
    over.length === 0
      ? []
      : [diagnostic("device-too-small", place ?? {}, { name, device: device.name, uses })];
  const slowest =
    onSpikes === undefined ? slowestOf(stages) : { stage: "all stages", cycles: onSpikes.whole.mean };
  const slow = missedTarget(slowest, config, written);
  return [
    ...large.map((d) => (force || place === undefined ? warningOf(d) : d)),
    ...slow.map((d) => (force ? warningOf(d) : d)),
  ];
}
