import { holdTarget, type Met, missedBudget, type Slowest, slowestOf } from "../artifact/goals.js";
import { compileSource, type SourceRequest } from "../artifact/source.js";
import type { Cost } from "../cost/cost.js";
import {
  type DesignEstimate,
  estimateDesign,
  type ResourceUse,
  type StageEstimate,
  usesOf,
} from "../cost/design.js";
import type { DeviceName } from "../cost/devices.js";
import { synthesise, synthesisSeconds, withVerilog } from "../cost/synthesis.js";
import { type Trust, trustOf } from "../cost/trust.js";
import { type Result, success } from "../diagnostics/diagnostic.js";
import { designNames, nameOf } from "../emit/names.js";
import { emitVerilog } from "../emit/verilog.js";
import { noProgress, type Progress } from "../host/progress.js";
import type { Design } from "../ir/design.js";

/** What to estimate: as for `compile`, but nothing is written. */
export interface EstimateRequest extends SourceRequest {
  readonly progress?: Progress;
  /** Percent of the device that may be used; 100 if not given. */
  readonly budget?: number;
  /** Whether Yosys synthesises each stage, for comparison. */
  readonly check?: boolean;
  /** Hears, before Yosys starts, about how many seconds it will take. */
  readonly onCheck?: (seconds: number) => void;
}

/** What a network would take of its device. */
export interface EstimateReport extends DesignEstimate {
  readonly name: string;
  readonly device: { readonly name: DeviceName; readonly uses: readonly ResourceUse[] };
  /** Percent of the device that may be used, and whether everything stays within. */
  readonly budget: number;
  readonly fits: boolean;
  /** How far to trust each column. */
  readonly trust: readonly Trust[];
  /** Cycles of a tick in the slowest stage (on events: of a tick without any), and what was to be met: null where events decide. */
  readonly slowest: Slowest;
  readonly target?: { readonly cycles: number; readonly met: Met };
}

/** Estimates what a checkpoint's design takes of an FPGA, without writing it; with `check`, beside what Yosys measures. */
export async function estimate(request: EstimateRequest): Promise<Result<EstimateReport>> {
  const loaded = compileSource(request);
  if (!loaded.ok) return loaded;
  const { design } = loaded.value.compiled;
  const { guard, stages: estimates, total } = estimateDesign(design);
  if (request.check === true) request.onCheck?.(synthesisSeconds(estimates.map(({ yosys }) => yosys)));
  const { toolTimeout } = request.config;
  const measured =
    request.check === true ? await measure(design, toolTimeout, request.progress) : success([]);
  if (!measured.ok) return measured;
  const stages = estimates.map((stage, i): StageEstimate => {
    const found = measured.value[i];
    return found === undefined ? stage : { ...stage, measured: found };
  });
  const { config } = loaded.value.settings;
  const { device: name } = config;
  const uses = usesOf(total.vivado, name);
  const budget = request.budget ?? 100;
  const fits = uses.every((use) => use.percent <= budget);
  const slowest = slowestOf(stages);
  const { met, said } = holdTarget({ design }, config, request.written);
  const cycles = config.targetCyclesPerTick;
  const target = cycles === undefined ? {} : { target: { cycles, met } };
  const report = {
    name: design.name,
    stages,
    total,
    ...(guard === undefined ? {} : { guard }),
    device: { name, uses },
    budget,
    fits,
    trust: trustOf(design),
    slowest,
    ...target,
  };
  return success(report, [...loaded.diagnostics, ...measured.diagnostics, ...said, ...missedBudget(report)]);
}

/** Cells of every stage module, synthesised one after the other; never the whole network in one piece. */
async function measure(
  design: Design,
  toolTimeout: number,
  progress = noProgress,
): Promise<Result<readonly Cost[]>> {
  const names = designNames(design);
  return withVerilog(emitVerilog(design, "an estimate"), async (folder) => {
    const costs: Cost[] = [];
    progress.start("synthesis of stages", design.stages.length);
    for (const stage of design.stages) {
      const found = await synthesise(folder, `${names.core}_${nameOf(names.stage, stage.name)}`, toolTimeout);
      if (!found.ok) {
        progress.end();
        return found;
      }
      costs.push(found.value);
      progress.step(costs.length);
    }
    progress.end();
    return success(costs);
  });
}
