import type { DesignNames } from "../emit/names.js";
import { nameOf } from "../emit/names.js";
import { writeSignals } from "../emit/views/core.js";
import { type Design, layerStages, readoutStages } from "../ir/design.js";
import { layoutsOf } from "../mapping/layout.js";
import type { RtlSimulatorName } from "../simulators/names.js";
import type { LocatedDifference } from "./difference.js";

/** Clock edges of a waveform: time of the first, time between two, in the unit of the file (main.cpp, tb_icarus.v). */
const edges: Readonly<Record<RtlSimulatorName, { readonly first: number; readonly period: number }>> = {
  verilator: { first: 1, period: 2 },
  icarus: { first: 5000, period: 10_000 },
};

/** Time at which the waveform shows the values of a cycle: from the edge before it on. */
export const timeOf = (simulator: RtlSimulatorName, cycle: number): number =>
  edges[simulator].first + Math.max(0, cycle - 1) * edges[simulator].period;

/** Signals of the core that say what a difference is about, the differing one first; paths below the core. */
export function signalsOf(
  design: Design,
  names: DesignNames,
  { layer, signal }: Pick<LocatedDifference, "layer" | "signal">,
): readonly string[] {
  const id = nameOf(names.stage, layer);
  const at = (path: string): string => `u_${id}.${path}`;
  if (readoutStages(design).some(({ name }) => name === layer)) return readoutSignals(id, at, signal);
  const index = layerStages(design).findIndex(({ name }) => name === layer);
  const layout = layoutsOf(design)[index];
  const state = layout?.tensors.slice(0, -1).findIndex((tensor) => tensor.signal === signal) ?? -1;
  const own = ["close", "busy", "stalled"].map(at);
  if (layout !== undefined && state >= 0) {
    const { enable, number } = writeSignals(layout.stage, state);
    return [at(`${nameOf(names.state, signal)}_after`), at(number), at(enable), ...own];
  }
  switch (signal) {
    case "spikes":
      return [at("u_output.window_spikes"), at("u_output.window_valid"), ...own];
    case "event sent":
    case "ticks sent":
      return ["m_axis_tdata", "m_axis_tvalid", "m_axis_tready", "m_axis_tlast", ...own];
    case "busy cycles":
      return [at("busy"), at("stalled"), at("close")];
    default:
      return own;
  }
}

/** The same of a readout. */
function readoutSignals(id: string, at: (path: string) => string, signal: string): readonly string[] {
  const tick = ["tick_valid", "tick_ready"].map(at);
  const frame = [`m_axis_${id}_tvalid`, `m_axis_${id}_tready`];
  switch (signal) {
    case "logits":
      return [at("tick_logits"), ...tick];
    case "tick class":
      return [at("tick_class"), ...tick, at("tick_logits")];
    case "class":
      return [`m_axis_${id}_tdata`, ...frame, `m_axis_${id}_votes`];
    case "votes":
      return [`m_axis_${id}_votes`, ...frame, `m_axis_${id}_tdata`];
    case "votes of a class":
    case "votes of a class, below one":
      return ["scores_q", "scanning_q", "index_q"].map((name) => at(`u_vote.gen_scan.${name}`));
    default:
      return [...tick, ...frame];
  }
}

/** A signal of a waveform: its full name, with the bits as GTKWave has them. */
interface WaveSignal {
  readonly path: string;
  readonly name: string;
  readonly bits: number;
}

/** Signals that the head of a VCD file declares, by path below the instance `core`. */
export function declaredSignals(head: string, core = "u_core"): ReadonlyMap<string, WaveSignal> {
  const found = new Map<string, WaveSignal>();
  const scopes: string[] = [];
  for (const [, scope, up, bits, name = "", range = ""] of head.matchAll(
    /\$scope\s+\w+\s+(\S+)\s+\$end|(\$upscope)|\$var\s+\w+\s+(\d+)\s+\S+\s+(\S+)(?:\s+(\[\S+\]))?\s+\$end/g,
  )) {
    if (scope !== undefined) scopes.push(scope);
    else if (up !== undefined) scopes.pop();
    else {
      const below = scopes.indexOf(core);
      if (below < 0) continue;
      const path = [...scopes.slice(below + 1), name].join(".");
      found.set(path, { path, name: [...scopes, `${name}${range}`].join("."), bits: Number(bits) });
    }
  }
  return found;
}

/** What a save file shows. */
export interface View {
  readonly simulator: RtlSimulatorName;
  /** Absolute paths of the waveform and of the save file. */
  readonly waveform: string;
  readonly saved: string;
  /** Paths below the core, the most important first; those that the waveform lacks are left out. */
  readonly signals: readonly string[];
  /** One line, shown beneath the first signal. */
  readonly remark: string;
  readonly cycle: number;
}

/** A GTKWave save file: the signals in their order, and a marker at a cycle. */
export function saveFile(head: string, view: View): string {
  const declared = declaredSignals(head);
  const common = [
    "clk",
    "rst",
    "s_axis_tvalid",
    "s_axis_tready",
    "s_axis_tdata",
    "s_axis_tlast",
    "stage_busy",
  ];
  const shown = [...new Set([...view.signals, ...common])].flatMap((path) => declared.get(path) ?? []);
  const rows = shown.flatMap(({ name, bits }, i) => [
    bits > 1 ? "@22" : "@28",
    name,
    ...(i === 0 ? ["@200", `-${view.remark}`] : []),
  ]);
  const marker = timeOf(view.simulator, view.cycle);
  const { period } = edges[view.simulator];
  const none = new Array<string>(26).fill("-1").join(" ");
  return [
    "[*] made by spikec verify",
    `[dumpfile] "${view.waveform}"`,
    `[savefile] "${view.saved}"`,
    `[timestart] ${Math.max(0, marker - 20 * period)}`,
    `*${(-Math.log2(Math.max(1, period / 20))).toFixed(6)} ${marker} ${none}`,
    ...rows,
    "",
  ].join("\n");
}
