import { type Design, isLayerStage, type Stage } from "../ir/design.js";
import type { Cost } from "./cost.js";

/**
 * How far estimates were from Yosys's counts of the stages that sim/networks/estimate synthesises, where they are held to
 * it: as a share of Yosys's count, or so many cells where those are few.
 */
export const measuredErrors = {
  lut: { share: 0.12, cells: 10 },
  ff: { share: 0.04, cells: 10 },
  lutram: { share: 0.04, cells: 8 },
} as const satisfies Partial<Record<keyof Cost, { readonly share: number; readonly cells: number }>>;

/** How far a column of an estimate is to be trusted. */
export interface Trust {
  readonly column: "LUT" | "FF" | "LUTRAM" | "RAMB36" | "URAM" | "DSP" | "cycles/tick";
  /** Percent that it was off at most where it was measured; null where nothing was measured. */
  readonly percent: number | null;
  readonly against: string;
  /** By how much, in words. */
  readonly says: string;
}

const YOSYS = "Yosys 0.23";

/** How far to trust each column of a design's estimate: measured errors, not promises. */
export function trustOf(design: Design): readonly Trust[] {
  const within = (column: "LUT" | "FF" | "LUTRAM", more = ""): Trust => {
    const { share, cells } = measuredErrors[column === "LUT" ? "lut" : column === "FF" ? "ff" : "lutram"];
    const percent = Math.round(100 * share);
    return {
      column,
      percent,
      against: YOSYS,
      says: `within ${percent} %, or ${cells} where they are few${more}`,
    };
  };
  const equal = (column: "RAMB36" | "DSP"): Trust => ({ column, percent: 0, against: YOSYS, says: "equal" });
  return [
    within(
      "LUT",
      beyondMeasured(design)
        ? "; not measured of patches or ports as wide as here"
        : "; a small stage beside those was 16 % off",
    ),
    within("FF"),
    within("LUTRAM"),
    equal("RAMB36"),
    {
      column: "URAM",
      percent: null,
      against: "nothing",
      says: "by the data sheet alone; only where it is asked for",
    },
    equal("DSP"),
    cyclesTrust(design),
  ];
}

/** Dense stages take a constant, which co-simulation holds; events take what their spikes take. */
function cyclesTrust(design: Design): Trust {
  const events = design.stages.some((stage) => isLayerStage(stage) && stage.kind === "event");
  return {
    column: "cycles/tick",
    percent: events ? null : 0,
    against: "the Verilog",
    says: events
      ? "of event stages a lower bound, that of a tick without events: not what your spikes take (compile --input)"
      : "equal, in every tick",
  };
}

/** Channels at once of a whole patch, and ports, up to which estimates were held against synthesis. */
const MEASURED = { patchChannels: 8, ports: 3 };

const beyondMeasured = ({ stages }: Design): boolean => stages.some(isBeyond);

function isBeyond(stage: Stage): boolean {
  if (stage.kind !== "event") return false;
  const { taps, channels, ports } = stage;
  return (taps === "patch" && channels > MEASURED.patchChannels) || ports > MEASURED.ports;
}
