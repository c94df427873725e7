import type { Diagnostic, Loc } from "../diagnostics/diagnostic.js";
import { overruled } from "../diagnostics/overruled.js";
import { QUIET_SECONDS } from "../host/process.js";
import type { RtlSimulatorName } from "../simulators/names.js";
import type { BuildConfig, Config, ConfigFile, DenseLanes, EventLanes } from "./schema.js";

/** Simulators of Verilog that `verify` runs where neither it nor the build says. */
export const defaultSimulators: readonly RtlSimulatorName[] = ["verilator"];

/** A list without what stands in it again. */
const once = <T>(list: readonly T[] | undefined): readonly T[] | undefined => list && [...new Set(list)];

/** Fills in the defaults: the whole table of them stands here. */
export function fillDefaults(file: ConfigFile): Config {
  const dense: DenseLanes = { pe: file.dense?.pe ?? "auto", simd: file.dense?.simd ?? "auto" };
  const event: EventLanes = {
    channels: file.event?.channels ?? "auto",
    taps: file.event?.taps ?? "auto",
    ports: file.event?.ports ?? 1,
    lanes: file.event?.lanes ?? "auto",
  };
  const engine = file.engine ?? "auto";
  const layers = Object.entries(file.layers ?? {}).map(([layer, own]) => {
    const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    return [layer, { engine, ...dense, ...event, ...given }] as const;
  });
  return {
    name: file.name,
    checkpoint: file.checkpoint,
    network: file.network,
    calibration: file.calibration,
    output: file.output,
    device: file.device ?? "xczu28dr",
    engine,
    traces: file.traces ?? "trained",
    weightBits: file.weightBits ?? 8,
    stateBits: file.stateBits ?? 24,
    coefficientBits: file.coefficientBits ?? 17,
    dense,
    event,
    layers: Object.fromEntries(layers),
    readout: {
      acts: file.readout?.acts ?? "auto",
      vote: file.readout?.vote ?? "auto",
      burnIn: file.readout?.burnIn,
    },
    readouts: file.readouts ?? "last",
    guardInput: file.guardInput ?? true,
    targetCyclesPerTick: file.targetCyclesPerTick,
    toolTimeout: file.toolTimeout ?? QUIET_SECONDS,
    simulation: {
      frameTicks: file.simulation?.frameTicks,
      simulator: file.simulation?.simulator ?? "golden",
      input: file.simulation?.input,
      layout: file.simulation?.layout,
      record: once(file.simulation?.record) ?? ["spikes", "readout"],
      output: file.simulation?.output,
      samples: file.simulation?.samples,
      ticks: file.simulation?.ticks,
    },
    verify: {
      input: file.verify?.input,
      layout: file.verify?.layout,
      samples: file.verify?.samples,
      ticks: file.verify?.ticks,
      simulators: once(file.verify?.simulators),
      pauses: file.verify?.pauses,
      seed: file.verify?.seed,
      goldenTicks: file.verify?.goldenTicks,
      junit: file.verify?.junit,
    },
  };
}

/** Every option at its default. */
export const defaultConfig: Config = fillDefaults({});

/** A burn-in that stands beside or in the checkpoint. */
interface StatedBurnIn {
  readonly ticks: number;
  readonly key: string;
  readonly from: "network file" | "checkpoint";
  readonly loc: Loc;
}

/** The burn-in that counts, and who gave it: the configuration, the network file, the checkpoint, or nobody. */
export interface SettledBurnIn {
  readonly ticks: number;
  readonly from: "configuration" | StatedBurnIn["from"] | "default";
  /** Where it was written; absent where that is nowhere, or not known. */
  readonly loc?: Loc;
}

/** Which burn-in counts: the configuration's, given at `place`, else what stands beside or in the checkpoint, else 0. */
export function burnInFrom(
  { readout }: Config,
  stated: StatedBurnIn | undefined,
  place: Loc | undefined,
): SettledBurnIn {
  if (readout.burnIn !== undefined)
    return { ticks: readout.burnIn, from: "configuration", ...(place === undefined ? {} : { loc: place }) };
  if (stated === undefined) return { ticks: 0, from: "default" };
  return { ticks: stated.ticks, from: stated.from, loc: stated.loc };
}

/** What the configuration leaves open, as it stands beside or in the checkpoint, if it does. */
export function settleBurnIn(config: Config, stated: number | undefined): BuildConfig {
  return { ...config, readout: { ...config.readout, burnIn: config.readout.burnIn ?? stated ?? 0 } };
}

/**
 * Says that a burn-in beside or in the checkpoint is overruled by the configuration, which gives its own at `place`. A build's
 * settings have no place: what they overrule was said when it was compiled.
 */
export const overruledBurnIn = (
  { readout }: Config,
  burnIn: StatedBurnIn | undefined,
  place: Loc | undefined,
): readonly Diagnostic[] =>
  burnIn === undefined || place === undefined
    ? []
    : overruled({
        key: burnIn.key,
        said: burnIn.ticks,
        loc: burnIn.loc,
        have: readout.burnIn,
        where: "in the configuration",
        by: [place],
      });

/** What of a configuration decides the emitted bytes, as a configuration file, and the simulators to verify it in: no paths. */
export function settingsOf(config: Config) {
  const { checkpoint, network, calibration, output, simulation, verify, toolTimeout, ...settings } = config;
  const { frameTicks } = simulation;
  const { simulators } = verify;
  return {
    ...settings,
    ...(frameTicks === undefined ? {} : { simulation: { frameTicks } }),
    ...(simulators === undefined ? {} : { verify: { simulators } }),
  };
}
