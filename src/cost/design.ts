import { designNames, nameOf } from "../emit/names.js";
import type { Files } from "../emit/verilog.js";
import { type Design, engineOf, type Stage } from "../ir/design.js";
import { type BlockCost, type Cost, plus, ramb36Of } from "./cost.js";
import { type DeviceName, devices } from "./devices.js";
import { stageCosts } from "./stage.js";

/** A stage: what it takes by Yosys's rules, block by block, and by Vivado's, which were not checked with Vivado. */
export interface StageEstimate {
  readonly name: string;
  readonly kind: ReturnType<typeof engineOf>;
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
      kind: engineOf(stage),
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

/** LUTs used as memory are LUTs, too. */
export function usesOf(total: Cost, device: DeviceName): readonly ResourceUse[] {
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
