import { type CompileRequest, load } from "./compile.js";
import type { DeviceName } from "./config/schema.js";
import { type Result, success } from "./diagnostics/diagnostic.js";
import { designNames, nameOf } from "./emit/names.js";
import { emitVerilog, type Files } from "./emit/verilog.js";
import type { Design, Stage } from "./ir/design.js";
import { type BlockCost, type Cost, plus, ramb36Of } from "./mapping/cost.js";
import { stageCosts } from "./mapping/cost-stage.js";
import { devices } from "./mapping/devices.js";
import { noProgress } from "./progress.js";
import { synthesise, withVerilog } from "./synthesis.js";

/** What to estimate: as for `compile`, but nothing is written. */
export interface EstimateRequest extends Omit<CompileRequest, "output"> {
  /** Percent of the device that may be used; 100 if not given. */
  readonly budget?: number;
  /** Whether Yosys synthesises each stage, for comparison. */
  readonly check?: boolean;
}

/** A stage: what it takes by Yosys's rules, block by block, and by Vivado's, which were not checked with Vivado. */
export interface StageEstimate {
  readonly name: string;
  readonly kind: Stage["kind"];
  readonly cyclesPerTick: number;
  readonly yosys: Cost;
  readonly vivado: Cost;
  readonly blocks: readonly BlockCost[];
  /** What Yosys made of it; only with `check`. */
  readonly measured?: Cost;
}

/** A kind of resource against the device: by Vivado's rules, as the device is filled with it. */
export interface ResourceUse {
  readonly name: "LUT" | "FF" | "RAMB36" | "URAM" | "DSP";
  readonly used: number;
  readonly available: number;
  readonly percent: number;
}

/** What a network would take of its device. */
export interface EstimateReport {
  readonly name: string;
  readonly stages: readonly StageEstimate[];
  readonly total: { readonly yosys: Cost; readonly vivado: Cost };
  readonly device: { readonly name: DeviceName; readonly uses: readonly ResourceUse[] };
  /** Percent of the device that may be used, and whether everything stays within. */
  readonly budget: number;
  readonly fits: boolean;
}

/** Estimates what a checkpoint's design takes of an FPGA, without writing it; with `check`, beside what Yosys measures. */
export async function estimate(request: EstimateRequest): Promise<Result<EstimateReport>> {
  const loaded = load({ ...request, output: "" });
  if (!loaded.ok) return loaded;
  const { design } = loaded.value.compiled;
  const files = emitVerilog(design, "an estimate");
  const measured = request.check === true ? await measure(design, files, request.progress) : success([]);
  if (!measured.ok) return measured;
  const estimates = estimateDesign(design, files);
  const stages = estimates.map((stage, i): StageEstimate => {
    const found = measured.value[i];
    return found === undefined ? stage : { ...stage, measured: found };
  });
  const total = {
    yosys: plus(...stages.map((s) => s.yosys)),
    vivado: plus(...stages.map((s) => s.vivado)),
  };
  const { device: name } = loaded.value.settings.config;
  const uses = usesOf(total.vivado, name);
  const budget = request.budget ?? 100;
  const fits = uses.every((use) => use.percent <= budget);
  return success(
    { name: design.name, stages, total, device: { name, uses }, budget, fits },
    loaded.diagnostics,
  );
}

/** Estimates of all stages; `files` are what emitVerilog writes, whose contents decide what ROMs in LUTs take. */
export function estimateDesign(design: Design, files: Files): readonly StageEstimate[] {
  const { stage: ids } = designNames(design);
  const columns = (stage: Stage): number | undefined => {
    const words = files.get(`rtl/${nameOf(ids, stage.name)}_weights.hex`);
    return words === undefined ? undefined : changingColumns(words);
  };
  return design.stages.map((stage) => {
    const blocks = stageCosts(design, stage, "yosys", columns);
    const vivado = stageCosts(design, stage, "vivado", columns);
    return {
      name: stage.name,
      kind: stage.kind,
      cyclesPerTick: stage.cycles.total,
      yosys: plus(...blocks.map((b) => b.cost)),
      vivado: plus(...vivado.map((b) => b.cost)),
      blocks,
    };
  });
}

/** Bits of a memory's words that differ between words, equal ones once: what synthesis makes a ROM in LUTs of. */
export function changingColumns(hex: string): number {
  const words = hex
    .trim()
    .split("\n")
    .map((word) => BigInt(`0x${word}`));
  const columns = new Map<number, bigint>();
  const width = Math.max(...words.map((word) => word.toString(2).length));
  for (let bit = 0; bit < width; bit++) {
    let column = 0n;
    for (const word of words) column = (column << 1n) | ((word >> BigInt(bit)) & 1n);
    columns.set(bit, column);
  }
  const constant = [0n, (1n << BigInt(words.length)) - 1n];
  return [...new Set(columns.values())].filter((column) => !constant.includes(column)).length;
}

/** Cells of every stage module, synthesised one after the other; never the whole network in one piece. */
async function measure(
  design: Design,
  files: Files,
  progress = noProgress,
): Promise<Result<readonly Cost[]>> {
  const names = designNames(design);
  return withVerilog(files, async (folder) => {
    const costs: Cost[] = [];
    progress.start("synthesis of stages", design.stages.length);
    for (const stage of design.stages) {
      const found = await synthesise(folder, `${names.core}_${nameOf(names.stage, stage.name)}`);
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

/** LUTs used as memory are LUTs, too. */
function usesOf(total: Cost, device: DeviceName): readonly ResourceUse[] {
  const has = devices[device];
  const use = (name: ResourceUse["name"], used: number, available: number): ResourceUse => ({
    name,
    used,
    available,
    percent: (100 * used) / available,
  });
  return [
    use("LUT", total.lut + total.lutram, has.lut),
    use("FF", total.ff, has.ff),
    use("RAMB36", ramb36Of(total), has.ramb36),
    use("URAM", total.uram, has.uram),
    use("DSP", total.dsp, has.dsp),
  ];
}
