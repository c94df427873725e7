import type { SettledBurnIn } from "../config/defaults.js";
import type { Config } from "../config/schema.js";
import type { Cost } from "../cost/cost.js";
import { estimateDesign, type ResourceUse, type StageEstimate, usesOf } from "../cost/design.js";
import type { DeviceName } from "../cost/devices.js";
import { mapMemoryVivado, mapMemoryYosys } from "../cost/memory.js";
import { dspOf } from "../cost/multiplier.js";
import { assertNever } from "../diagnostics/diagnostic.js";
import { type Design, type DesignMemory, isLayerStage, type Stage } from "../ir/design.js";
import { memoryTexts, multiplierTexts } from "../ir/design-printer.js";
import { type Deviation, type FixedGraph, type FixedModel, rangeOfId } from "../ir/fixed.js";
import type { Commutation } from "../ir/spiking.js";
import type { ChoiceReport } from "../measure/choice-effects.js";
import type { Effect } from "../measure/effect.js";
import type { SpikeCycles } from "../measure/tick-cycles.js";
import type { LayerBound } from "../passes/deviations/layer-bounds.js";

/** A stage of the design with its cycles (on events: of a tick without any, the least) and its cost, by the rules of Vivado. */
export interface StageReport extends Cost {
  readonly name: string;
  readonly kind: StageEstimate["kind"];
  readonly cyclesPerTick: number;
  /** Of a layer with traces before its synapse, when they were to be moved: whether they were, or why not. */
  readonly traces?: Commutation;
}

/** What `compile` says of a build, and report.json with it. */
export interface BuildReport {
  readonly name: string;
  readonly stages: readonly StageReport[];
  readonly cyclesPerTick: number;
  /** By the rules of Vivado (not checked with Vivado); LUTs and flip-flops are estimates. */
  readonly total: Cost;
  /** What the total is of the device. */
  readonly device: {
    readonly name: DeviceName;
    readonly uses: readonly ResourceUse[];
    readonly fits: boolean;
  };
  readonly deviations: readonly Deviation[];
  /** Of the layers that deviate: how far a tick's membrane potential is at most from the real one; absent for none. */
  readonly bounds?: readonly LayerBound[];
  /** Against the float64 network, on a short made-up input. */
  readonly effect: Effect;
  /** What the compiler chose for what the checkpoint leaves open; absent where that is nothing. */
  readonly choices?: ChoiceReport;
}

/** What `compile` says of a build, and where it is. */
export type CompileReport = BuildReport & {
  readonly output: string;
  /** Cycles of ticks on the spikes that were given; not in report.json, as the build doesn't hold the spikes. */
  readonly onSpikes?: SpikeCycles;
  /** Ticks of a frame that don't vote, and who said so. */
  readonly burnIn: SettledBurnIn;
};

/** What a design costs and what the compiler changed: the content of report.json and of what `compile` prints. */
export function reportOf(
  design: Design,
  config: Config,
  bounds: readonly LayerBound[],
  effect: Effect,
  choices: ChoiceReport | undefined,
): BuildReport {
  const estimate = estimateDesign(design);
  const stages = estimate.stages.map((stage, i) => stageReport(stage, design.stages[i] as Stage));
  const total = estimate.total.vivado;
  const uses = usesOf(total, config.device);
  return {
    name: design.name,
    stages,
    cyclesPerTick: Math.max(...stages.map((s) => s.cyclesPerTick)),
    total,
    device: { name: config.device, uses, fits: uses.every((use) => use.used <= use.available) },
    deviations: design.model.deviations,
    ...(bounds.length === 0 ? {} : { bounds }),
    effect,
    ...(choices === undefined ? {} : { choices }),
  };
}

const stageReport = ({ name, kind, cyclesPerTick, vivado }: StageEstimate, stage: Stage): StageReport => ({
  name,
  kind,
  cyclesPerTick,
  ...(isLayerStage(stage) && stage.layer.commutation !== undefined
    ? { traces: stage.layer.commutation }
    : {}),
  ...vivado,
});

/** What a stage does at once. */
function parallelismOf(stage: Stage): Readonly<Record<string, number | string>> {
  switch (stage.kind) {
    case "dense":
      return { pe: stage.pe, simd: stage.simd };
    case "event":
      return { channels: stage.channels, taps: stage.taps, ports: stage.ports, lanes: stage.lanes };
    case "dense-readout":
    case "event-readout":
      return { acts: stage.acts };
    case "potential-readout":
      return { lanes: stage.lanes };
    default:
      return assertNever(stage);
  }
}

const memoryDetails = ({ role, ...m }: DesignMemory) => ({
  ...m,
  holds: memoryTexts[role],
  yosys: mapMemoryYosys(m),
  vivado: mapMemoryVivado(m),
});

/** Each stage's memories and multipliers by Yosys's rules and by Vivado's (the latter not checked with Vivado). */
export function costDetails(design: Design) {
  return design.stages.map((stage) => ({
    stage: stage.name,
    cycles: stage.cycles,
    lanes: parallelismOf(stage),
    memories: stage.memories.map(memoryDetails),
    multipliers: stage.multipliers.map(({ role, ...m }) => ({
      ...m,
      holds: multiplierTexts[role],
      yosysDsp: m.copies * dspOf(m, "yosys"),
      vivadoDsp: m.copies * dspOf(m, "vivado"),
    })),
  }));
}

/** The guard of the core's input: its cells and its memory, likewise; undefined where there is none. */
export const guardDetails = ({ guard }: Design) =>
  guard && { ...guard, memory: guard.memory && memoryDetails(guard.memory) };

/** Every place where integers depart from real numbers: roundings, saturations, coefficients, comparisons. */
export function arithmeticDetails(model: FixedModel): readonly Readonly<Record<string, unknown>>[] {
  return model.layers.flatMap((layer) =>
    (["pre", "post"] as const).flatMap((part) => {
      const graph: FixedGraph<string> = layer[part];
      return graph.exprs.flatMap((e): readonly Readonly<Record<string, unknown>>[] => {
        const at = { layer: layer.name, graph: part, expression: e.id, node: e.origin[0]?.name };
        const unit = Math.max(...e.scale);
        switch (e.kind) {
          case "shr": {
            const nearest = e.rounding.startsWith("half");
            return [
              {
                ...at,
                kind: "rounding",
                bits: e.bits,
                mode: e.rounding,
                largestError: nearest ? unit / 2 : unit,
              },
            ];
          }
          case "sat": {
            const { low, high } = rangeOfId(graph, e.a);
            const canAct = low < e.low || high > e.high;
            return [{ ...at, kind: "saturation", low: String(e.low), high: String(e.high), canAct }];
          }
          case "mulc":
            return [{ ...at, kind: "coefficient", values: e.by.length, first: String(e.by[0]) }];
          default:
            return [];
        }
      });
    }),
  );
}
