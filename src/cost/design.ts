import { type Design, engineOf, type InputGuard } from "../ir/design.js";
import { type BlockCost, type Cost, type Mapper, plus, ramb36Of, sumOf } from "./cost.js";
import { type DeviceName, devices } from "./devices.js";
import { guardCosts } from "./guard.js";
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

/** The guard of a core's input, likewise; what it holds up is in the cycle model. */
export type GuardEstimate = Pick<StageEstimate, "yosys" | "vivado" | "blocks">;

/** What a design takes: its guard, if it has one, stage by stage, and all of it by either rule. */
export interface DesignEstimate {
  readonly guard?: GuardEstimate;
  readonly stages: readonly StageEstimate[];
  readonly total: Readonly<Record<Mapper, Cost>>;
}

/** A kind of resource against the device: by Vivado's rules, as the device is filled with it. */
export interface ResourceUse {
  readonly name: "LUT" | "FF" | "RAMB36" | "URAM" | "DSP";
  readonly used: number;
  readonly available: number;
  readonly percent: number;
}

/** What a design takes: the one sum, which `compile` reports and `estimate` prints. */
export function estimateDesign(design: Design): DesignEstimate {
  const stages = design.stages.map((stage): StageEstimate => {
    const blocks = stageCosts(design, stage, "yosys");
    return {
      name: stage.name,
      kind: engineOf(stage),
      cyclesPerTick: stage.cycles.total,
      yosys: sumOf(blocks),
      vivado: sumOf(stageCosts(design, stage, "vivado")),
      blocks,
    };
  });
  const guard = design.guard && guardEstimate(design.guard);
  const parts = [...(guard === undefined ? [] : [guard]), ...stages];
  const total = (mapper: Mapper): Cost => plus(...parts.map((part) => part[mapper]));
  return {
    ...(guard === undefined ? {} : { guard }),
    stages,
    total: { yosys: total("yosys"), vivado: total("vivado") },
  };
}

function guardEstimate(guard: InputGuard): GuardEstimate {
  const blocks = guardCosts(guard, "yosys");
  return { yosys: sumOf(blocks), vivado: sumOf(guardCosts(guard, "vivado")), blocks };
}

/** What a cost takes of a device; LUTs used as memory are LUTs, too. */
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
