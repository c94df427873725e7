import type { Config } from "../config/schema.js";
import type { ResourceUse, StageEstimate } from "../cost/design.js";
import { type Diagnostic, diagnostic, invariant, warningOf } from "../diagnostics/diagnostic.js";
import type { Written } from "../diagnostics/overruled.js";
import type { Design, Stage } from "../ir/design.js";
import type { SpikeCycles } from "../measure/tick-cycles.js";
import { wayToMeet } from "./more-lanes.js";
import type { CompileReport } from "./report.js";

/** The slowest stage of a design, what it is, and what a tick takes there. */
export interface Slowest {
  readonly stage: string;
  readonly kind: StageEstimate["kind"];
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

/** What a target is held to: a design, and what its ticks take on spikes that were given, if some were. */
export interface Held {
  readonly design: Design;
  readonly onSpikes?: SpikeCycles | undefined;
}

/** Whether a target is met: null where only ticks without events are known to, and events take longer. */
export type Met = boolean | null;

/** Whether a tick keeps within `targetCyclesPerTick`, and what is to be said of it; nothing where nothing is asked for. */
export function holdTarget(
  { design, onSpikes }: Held,
  { targetCyclesPerTick: target }: Pick<Config, "targetCyclesPerTick">,
  written: Written | undefined,
): { readonly met: Met; readonly said: readonly Diagnostic[] } {
  if (target === undefined) return { met: true, said: [] };
  const loc = written?.(["targetCyclesPerTick"]) ?? {};
  const { stage, cycles, where } = onSpikes === undefined ? quietest(design) : onThem(design, onSpikes);
  if (cycles > target) {
    const holes = { cycles: Math.ceil(cycles), where, target };
    return { met: false, said: [diagnostic("target-missed", loc, holes, { hint: wayToMeet(stage) })] };
  }
  const events = design.stages.filter(({ kind }) => kind === "event" || kind === "event-readout");
  if (onSpikes !== undefined || events.length === 0) return { met: true, said: [] };
  const stages = events.map(({ name }) => `'${name}'`).join(", ");
  return { met: null, said: [diagnostic("target-open", loc, { target, stages })] };
}

interface Limit {
  readonly stage: Stage;
  readonly cycles: number;
  readonly where: string;
}

/** The slowest stage by what it is alone. */
function quietest(design: Design): Limit {
  const stage = design.stages.reduce((slowest, other) =>
    other.cycles.total > slowest.cycles.total ? other : slowest,
  );
  const where = stage.kind === "event" ? `${stage.name} even without an event` : stage.name;
  return { stage, cycles: stage.cycles.total, where };
}

/** All stages at once, on spikes: the one whose ticks take the most is what limits them. */
function onThem(design: Design, { stages, whole, input }: SpikeCycles): Limit {
  const slowest = stages.reduce((most, other) => (other.mean > most.mean ? other : most));
  const stage = design.stages.find(({ name }) => name === slowest.name);
  invariant(stage !== undefined, `cycles of '${slowest.name}', which is no stage`);
  const mean = Math.ceil(slowest.mean).toLocaleString("en");
  return {
    stage,
    cycles: whole.mean,
    where: `all stages on the spikes of ${input} (most of them, ${mean}, in ${slowest.name})`,
  };
}

/**
 * What of its goals a design misses: the device, the target. Errors, unless they are passed over; a device that nobody
 * named is the compiler's guess, and only warned of.
 */
export function missedGoals(
  { name, device }: Pick<CompileReport, "name" | "device">,
  held: Held,
  config: Pick<Config, "targetCyclesPerTick">,
  { force, written }: { readonly force: boolean; readonly written?: Written | undefined },
): readonly Diagnostic[] {
  const place = written?.(["device"]);
  const over = device.uses.filter((use) => use.used > use.available);
  const holes = { name, device: device.name, uses: printUses(over) };
  const large = over.length === 0 ? [] : [diagnostic("device-too-small", place ?? {}, holes)];
  const { said } = holdTarget(held, config, written);
  return [
    ...large.map((d) => (force || place === undefined ? warningOf(d) : d)),
    ...said.map((d) => {
      if (d.severity !== "error") return d;
      return force ? warningOf(d) : { ...d, hint: `${d.hint}; --force builds it all the same` };
    }),
  ];
}

/** A design's uses of its device, of which a part may be used, in percent. */
interface Budgeted {
  readonly name: string;
  readonly device: Pick<CompileReport["device"], "name" | "uses">;
  readonly budget: number;
}

/** What takes more than a part of the device, in percent; nothing where all of it stays within. */
export function missedBudget({ name, device, budget }: Budgeted): readonly Diagnostic[] {
  const over = device.uses.filter((use) => use.percent > budget);
  const holes = { name, device: device.name, budget, uses: printUses(over) };
  return over.length === 0 ? [] : [diagnostic("budget-missed", { name: "--budget" }, holes)];
}

const printUses = (uses: readonly ResourceUse[]): string =>
  uses.map((use) => `${use.name} ${use.percent.toFixed(1)} %`).join(", ");
