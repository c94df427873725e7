import { z } from "zod";
import { type DeviceName, deviceNames } from "../cost/devices.js";
import { EVENTS } from "../data/event-list.js";
import { layoutProblem } from "../data/layout.js";
import { MAX_FRAME_TICKS } from "../ir/frame.js";
import type { VoteChoice } from "../ir/spiking.js";
import {
  type RtlSimulatorName,
  rtlSimulatorNames,
  type SimulatorName,
  simulatorNames,
} from "../simulators/names.js";
import { type RecordKind, recordKinds } from "../simulators/recorded-arrays.js";

/** Hardware engines that can compute a layer; `auto` lets the compiler choose. */
export const engineChoices = ["dense", "event", "auto"] as const;
/** One of {@link engineChoices}. */
export type EngineChoice = (typeof engineChoices)[number];

/** Where traces stand: as trained, or moved behind the synapse where that is legal. */
export const tracesChoices = ["trained", "commuted"] as const;
/** One of {@link tracesChoices}. */
export type TracesChoice = (typeof tracesChoices)[number];

/** A degree of parallelism: a number, or the mapping's choice. */
export type Lanes = number | "auto";

/** Parallelism of a dense layer: output channels at once (PE) and products per output channel and cycle (SIMD). */
export interface DenseLanes {
  readonly pe: Lanes;
  readonly simd: Lanes;
}

/** What of an event's taps is added in a cycle. */
export const tapsChoices = ["one", "row", "patch"] as const;

/**
 * Parallelism of a layer on events: output channels and taps that an event adds to at once, events at once, and neurons
 * that the sweep updates at once.
 */
export interface EventLanes {
  readonly channels: Lanes;
  readonly taps: (typeof tapsChoices)[number] | "auto";
  readonly ports: number;
  readonly lanes: Lanes;
}

/** How one layer is computed. */
export interface LayerChoice extends DenseLanes, EventLanes {
  readonly engine: EngineChoice;
}

/** Every option of spikec, each with a value. Paths are from the working directory, and absolute only where they were given so. */
export interface Config {
  readonly name: string | undefined;
  readonly checkpoint: string | undefined;
  readonly network: string | undefined;
  readonly calibration: string | undefined;
  readonly output: string | undefined;
  readonly device: DeviceName;
  readonly engine: EngineChoice;
  readonly traces: TracesChoice;
  readonly weightBits: number;
  readonly stateBits: number;
  readonly coefficientBits: number;
  readonly dense: DenseLanes;
  readonly event: EventLanes;
  /** By layer name; a layer that isn't here has `engine`, `dense` and `event`. */
  readonly layers: Readonly<Record<string, LayerChoice>>;
  /**
   * Activations of the readout's linear map per cycle; the vote; ticks at a frame's start that don't count (undefined:
   * what the network file says, else 0).
   */
  readonly readout: { readonly acts: Lanes; readonly vote: VoteChoice; readonly burnIn: number | undefined };
  readonly readouts: "last" | "all" | "none";
  /** Whether the core's input drops events that come twice in a tick or lie outside the map. */
  readonly guardInput: boolean;
  /** What `auto` lanes aim at; undefined: the mapping's default. */
  readonly targetCyclesPerTick: number | undefined;
  /** Seconds that a tool which spikec started may be silent before it counts as hung; 0: for ever. */
  readonly toolTimeout: number;
  readonly simulation: {
    readonly frameTicks: number | undefined;
    readonly simulator: SimulatorName;
    readonly input: string | undefined;
    readonly record: readonly RecordKind[];
    readonly output: string | undefined;
    /** What each axis of the input is (src/data/layout.ts), or `events`. */
    readonly layout: string | undefined;
    readonly samples: number | undefined;
    readonly ticks: number | undefined;
  };
  readonly verify: {
    readonly input: string | undefined;
    readonly layout: string | undefined;
    readonly samples: number | undefined;
    readonly ticks: number | undefined;
    /** Undefined: what the build says, else `defaultSimulators`. */
    readonly simulators: readonly RtlSimulatorName[] | undefined;
    readonly pauses: boolean | undefined;
    readonly seed: number | undefined;
    readonly goldenTicks: number | undefined;
    readonly junit: string | undefined;
  };
}

/** A configuration as a build has it: nothing is left to a network file. */
export type BuildConfig = Config & { readonly readout: { readonly burnIn: number } };

const integer = (low: number, high: number) => {
  const error = `expected an integer from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error }).optional();
};
const positive = (error: string) => z.int({ error }).positive({ error });
const count = positive("expected a positive integer");
const lanesError = "expected a positive integer or 'auto'";
const lanes = z.union([positive(lanesError), z.literal("auto")], { error: lanesError }).optional();
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `expected ${values.join(", ")}` });
const someOf = <const T extends readonly [string, ...string[]]>(values: T) => {
  const error = `expected a list of ${values.join(", ")}`;
  return z.array(oneOf(values), { error }).min(1, { error }).optional();
};
const path = z.string({ error: "expected a path" }).min(1, { error: "expected a path" }).optional();
const name = z
  .string({ error: "expected a name" })
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: "expected letters, digits, _ and -, a letter first" })
  .optional();

const mapping = { error: "expected keys and values" };
const denseShape = { pe: lanes, simd: lanes };
const eventShape = {
  channels: lanes,
  taps: oneOf([...tapsChoices, "auto"]).optional(),
  ports: integer(1, 64),
  lanes,
};
const layerShape = { engine: oneOf(engineChoices).optional(), ...denseShape, ...eventShape };
const readoutShape = {
  acts: lanes,
  vote: oneOf(["auto", "majority", "sum", "last", "counts"]).optional(),
  burnIn: integer(0, MAX_FRAME_TICKS),
};
const layout = z
  .string({ error: "expected a layout such as NTCHW" })
  .superRefine((text, ctx) => {
    const problem = text === EVENTS ? undefined : layoutProblem(text);
    if (problem !== undefined)
      ctx.addIssue({ code: "custom", message: `expected a layout such as NTCHW, or ${EVENTS}: ${problem}` });
  })
  .optional();
const simulationShape = {
  frameTicks: integer(1, MAX_FRAME_TICKS),
  simulator: oneOf(simulatorNames).optional(),
  input: path,
  layout,
  record: someOf(recordKinds),
  output: path,
  samples: count.optional(),
  ticks: count.optional(),
};
const verifyShape = {
  input: path,
  layout,
  samples: count.optional(),
  ticks: count.optional(),
  simulators: someOf(rtlSimulatorNames),
  pauses: z.boolean({ error: "expected true or false" }).optional(),
  seed: integer(1, 2 ** 31 - 1),
  goldenTicks: integer(0, 2 ** 31 - 1),
  junit: path,
};
const topShape = {
  name,
  checkpoint: path,
  network: path,
  calibration: path,
  output: path,
  device: oneOf(deviceNames).optional(),
  engine: oneOf(engineChoices).optional(),
  traces: oneOf(tracesChoices).optional(),
  weightBits: integer(2, 16),
  stateBits: integer(4, 32),
  coefficientBits: integer(2, 17),
  dense: z.strictObject(denseShape, mapping).optional(),
  event: z.strictObject(eventShape, mapping).optional(),
  layers: z.record(z.string(), z.strictObject(layerShape, mapping), mapping).optional(),
  readout: z.strictObject(readoutShape, mapping).optional(),
  readouts: oneOf(["last", "all", "none"]).optional(),
  guardInput: z.boolean({ error: "expected true or false" }).optional(),
  targetCyclesPerTick: count.optional(),
  toolTimeout: integer(0, 2 ** 21),
  simulation: z.strictObject(simulationShape, mapping).optional(),
  verify: z.strictObject(verifyShape, mapping).optional(),
};

/** Shape of spikec.yaml: everything optional, nothing unknown. */
export const configSchema = z.strictObject(topShape, mapping);

/** A checked spikec.yaml, before defaults. */
export type ConfigFile = z.infer<typeof configSchema>;

/** Keys that are valid at a place of the file. */
export function keysAt(place: readonly string[]): readonly string[] {
  const [section] = place;
  if (section === undefined) return Object.keys(topShape);
  if (section === "dense") return Object.keys(denseShape);
  if (section === "event") return Object.keys(eventShape);
  if (section === "layers") return Object.keys(layerShape);
  if (section === "readout") return Object.keys(readoutShape);
  return Object.keys(section === "simulation" ? simulationShape : verifyShape);
}

/** What the value of a key may be, or each of a list's, where that can be listed. */
export function choicesAt(path: readonly string[]): readonly string[] | undefined {
  let at: unknown = configSchema;
  for (const key of path) at = at instanceof z.ZodObject ? plain((at.shape as Shape)[key]) : undefined;
  const each = at instanceof z.ZodArray ? plain(at.element) : at;
  return each instanceof z.ZodEnum ? each.options.map(String) : undefined;
}

type Shape = Readonly<Record<string, unknown>>;
const plain = (schema: unknown): unknown => (schema instanceof z.ZodOptional ? schema.unwrap() : schema);

/** Keys whose values are paths, relative to the file that holds them. */
export const pathKeys: readonly (readonly [string, ...string[]])[] = [
  ["checkpoint"],
  ["network"],
  ["calibration"],
  ["output"],
  ["simulation", "input"],
  ["simulation", "output"],
  ["verify", "input"],
  ["verify", "junit"],
];
