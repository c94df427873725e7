import type { Config } from "../config/schema.js";
import type { StageEstimate } from "../cost/design.js";
import { assertNever, type Diagnostic, diagnostic, warningOf } from "../diagnostics/diagnostic.js";
import type { Written } from "../diagnostics/overruled.js";
import type { CompileReport } from "./report.js";

/** The slowest stage of a design, what it is, and what a tick takes there; on spikes, of all stages at once. */
export interface Slowest {
  readonly stage: string;
  readonly kind: StageEstimate["kind"] | "all";
  readonly cycles: number;
}

/** Of stages whose cycles are known by what they are alone: on events, of a tick without any, which is the least. */
export const slowestOf = (
  stages: readonly {
    readonly name: string;
    readonly kind: StageEstimate["kind"];
    readonly cyclesPerTick: number;
  }[],
): Slowest =>
  stages
    .map(({ name, kind, cyclesPerTick }) => ({ stage: name, kind, cycles: cyclesPerTick }))
    .reduce((slowest, other) => (other.cycles > slowest.cycles ? other : slowest));

/** Why a tick takes longer than `targetCyclesPerTick` asks for; nothing where it doesn't, or nothing is asked for. */
export function missedTarget(
  slowest: Slowest,
  { targetCyclesPerTick: target }: Pick<Config, "targetCyclesPerTick">,
  written: Written | undefined,
): readonly Diagnostic[] {
  if (target === undefined || slowest.cycles <= target) return [];
  const loc = written?.(["targetCyclesPerTick"]) ?? {};
  const cycles = Math.ceil(slowest.cycles);
  const where = slowest.kind === "event" ? `${slowest.stage} even without an event` : slowest.stage;
  return [diagnostic("target-missed", loc, { cycles, where, target }, { hint: wayToMeet(slowest) })];
}

/** What makes a stage of its kind faster. */
function wayToMeet({ stage, kind }: Slowest): string {
  const more = (options: string) => `more of ${options} for '${stage}'`;
  switch (kind) {
    case "dense":
      return `${more("--pe and --simd")}, or --engine event, where a tick takes what its spikes take (docs/engines.md)`;
    case "event":
      return `${more("--channels, --taps, --ports and --lanes")} (docs/engines.md)`;
    case "readout":
      return more("--acts");
    case "all":
      return "more lanes of the stages that take the most cycles on this input (docs/engines.md)";
    default:
      return assertNever(kind);
  }
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
    onSpikes === undefined
      ? slowestOf(stages)
      : { stage: "all stages", kind: "all" as const, cycles: onSpikes.whole.mean };
  const slow = missedTarget(slowest, config, written);
  return [
    ...large.map((d) => (force || place === undefined ? warningOf(d) : d)),
    ...slow.map((d) => (force ? warningOf(d) : { ...d, hint: `${d.hint}; --force builds it all the same` })),
  ];
}
