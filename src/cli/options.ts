import { type Command, InvalidArgumentError, Option } from "commander";
import { type LoadedConfig, loadConfig, type Override } from "../config/load.js";
import { choicesAt } from "../config/schema.js";
import { diagnostic, failure, type Result } from "../diagnostics/diagnostic.js";

/** A command-line option that stands for a key of spikec.yaml; the schema checks its value. */
export interface ConfigOption {
  readonly flags: string;
  readonly help: string;
  readonly path: readonly [string, ...string[]];
  /** path: relative to the working directory; scalar: a number if it looks like one; list: between commas; flag: true. */
  readonly kind: "path" | "scalar" | "list" | "flag";
  /** A former name of another option: it works, and no help shows it. */
  readonly former?: true;
}

/** An option of `options` under a former name, which stands before it. */
const formerly = (flags: string, { path, kind, help }: ConfigOption): ConfigOption => ({
  flags,
  help,
  path,
  kind,
  former: true,
});

const option = (flags: string, path: ConfigOption["path"], kind: ConfigOption["kind"], help: string) => ({
  flags,
  help,
  path,
  kind,
});

/** Options of `compile`. */
export const compileOptions: readonly ConfigOption[] = [
  option("--name <name>", ["name"], "scalar", "name of the network in the emitted design"),
  option(
    "--network <file>",
    ["network"],
    "path",
    "description of the network, for checkpoints that hold only weights",
  ),
  option(
    "--calibration <file>",
    ["calibration"],
    "path",
    "measured ranges of the states and clips of the weights",
  ),
  option("-o, --output <directory>", ["output"], "path", "build directory (default: build/<name>)"),
  option("--device <device>", ["device"], "scalar", "FPGA: xczu28dr (ZCU111) or xczu48dr (RFSoC 4x2)"),
  option(
    "--engine <engine>",
    ["engine"],
    "scalar",
    "hardware engine of the layers: dense, event, or auto: event where possible",
  ),
  option(
    "--traces <place>",
    ["traces"],
    "scalar",
    "trained, or commuted: behind the synapse where that is legal",
  ),
  option("--pe <n>", ["dense", "pe"], "scalar", "output channels that a layer computes at once, or auto"),
  option("--simd <n>", ["dense", "simd"], "scalar", "products per output channel and cycle, or auto"),
  option(
    "--channels <n>",
    ["event", "channels"],
    "scalar",
    "output channels that an event adds to at once, or auto",
  ),
  option("--taps <form>", ["event", "taps"], "scalar", "taps of an event at once: one, row, patch or auto"),
  option("--ports <n>", ["event", "ports"], "scalar", "events that a layer takes at once"),
  option("--lanes <n>", ["event", "lanes"], "scalar", "neurons that a sweep updates at once, or auto"),
  option(
    "--acts <n>",
    ["readout", "acts"],
    "scalar",
    "activations that the readout takes per cycle, or auto",
  ),
  option("--vote <vote>", ["readout", "vote"], "scalar", "auto, majority, sum, last or counts"),
  option("--burn-in <ticks>", ["readout", "burnIn"], "scalar", "ticks at a frame's start that don't count"),
  option("--readouts <which>", ["readouts"], "scalar", "last, all or none"),
  option("--weight-bits <n>", ["weightBits"], "scalar", "bits of weights that are still to be quantised (8)"),
  option("--state-bits <n>", ["stateBits"], "scalar", "bits of states without a format of their own (24)"),
  option("--coefficient-bits <n>", ["coefficientBits"], "scalar", "bits of decay coefficients (17)"),
  option("--target-cycles <n>", ["targetCyclesPerTick"], "scalar", "cycles per tick that auto lanes aim at"),
  option(
    "--frame-ticks <n>",
    ["simulation", "frameTicks"],
    "scalar",
    "ticks of a frame: samples of another length are refused",
  ),
];

/** The input spikes, by the one name that they have in every command. */
const input = option("--input <file>", ["simulation", "input"], "path", ".npy with the input spikes");

/** What the input's axes are, by the one name that it has in every command. */
const layoutAt = (section: "simulation" | "verify") =>
  option(
    "--layout <axes>",
    [section, "layout"],
    "scalar",
    "axes of the input: NTCHW, TNCHW, NTF, NT, ..., or events",
  );
const layout = layoutAt("simulation");

/** The spikes that `compile` counts cycles on. */
export const spikesOptions: readonly ConfigOption[] = [
  { ...input, help: ".npy with input spikes: says the cycles of their ticks" },
  layout,
];

const toolTimeout = option(
  "--tool-timeout <seconds>",
  ["toolTimeout"],
  "scalar",
  "silence after which a simulator or Yosys counts as hung (3600; 0: never)",
);

const integerOptions: readonly string[] = [
  "network",
  "traces",
  "readouts",
  "weightBits",
  "stateBits",
  "coefficientBits",
];

/** Options of `calibrate`: those of `compile` that decide the integers. The calibration is what it writes. */
export const calibrateOptions: readonly ConfigOption[] = [
  ...compileOptions.filter(({ path }) => integerOptions.includes(path[0]) || path[1] === "burnIn"),
  option("-o, --output <file>", ["calibration"], "path", "the calibration to write"),
  { ...input, help: ".npy with input spikes; others than those that accuracy is measured on" },
  layout,
];

const simulator = option(
  "--simulator <simulator>",
  ["simulation", "simulator"],
  "scalar",
  "reference, golden, wasm, verilator or icarus",
);

/** Options of `simulate`. */
export const simulateOptions: readonly ConfigOption[] = [
  formerly("--engine <simulator>", simulator),
  simulator,
  input,
  layout,
  option(
    "--record <kinds>",
    ["simulation", "record"],
    "list",
    "spikes, states, readout, final-states, cycles",
  ),
  option("-o, --output <directory>", ["simulation", "output"], "path", "where the .npy files go"),
  option("--samples <n>", ["simulation", "samples"], "scalar", "only the first n samples"),
  option("--ticks <n>", ["simulation", "ticks"], "scalar", "only the first n ticks of each"),
  toolTimeout,
];

const simulators = option("--simulators <simulators>", ["verify", "simulators"], "list", "verilator, icarus");

/** Options of `evaluate` that are keys of spikec.yaml. */
export const evaluateOptions: readonly ConfigOption[] = [formerly("--cells <file>", input), input, layout];

/** Options of `inspect`. */
export const inspectOptions: readonly ConfigOption[] = compileOptions.filter(
  ({ path }) => path[0] === "network",
);

/** Options of `estimate`: those of `compile`, but where a build goes and what it is called. */
export const estimateOptions: readonly ConfigOption[] = [
  ...compileOptions.filter(({ path }) => path[0] !== "output"),
  toolTimeout,
];

/** Options of `verify`. */
export const verifyOptions: readonly ConfigOption[] = [
  option("--input <file>", ["verify", "input"], "path", ".npy with the input spikes"),
  layoutAt("verify"),
  formerly("--engines <simulators>", simulators),
  simulators,
  option("--samples <n>", ["verify", "samples"], "scalar", "only the first n samples"),
  option("--ticks <n>", ["verify", "ticks"], "scalar", "only the first n ticks of each"),
  option(
    "--golden-ticks <n>",
    ["verify", "goldenTicks"],
    "scalar",
    "ticks on which golden itself checks the fast simulator (default 32)",
  ),
  option(
    "--pauses",
    ["verify", "pauses"],
    "flag",
    "random pauses at both ends of the core; the seed is printed",
  ),
  option("--seed <n>", ["verify", "seed"], "scalar", "random pauses with this seed"),
  option("--junit <file>", ["verify", "junit"], "path", "write the result as JUnit XML too"),
  toolTimeout,
];

/** Declares `options` and `--config` on a command. */
export function declare(command: Command, options: readonly ConfigOption[]): Command {
  command.addOption(new Option("--config <file>", "spikec.yaml; options given here win over it"));
  command.option("--print-config", "print every key, its value and where that comes from; do nothing else");
  for (const { flags, help, former, path } of options) {
    const made = new Option(flags, help).hideHelp(former === true);
    const choices = choicesAt(path);
    // For completion; the schema refuses what is none of them, in its own words.
    if (choices !== undefined) made.argChoices = [...choices];
    command.addOption(made);
  }
  return command;
}

/** Declares the option that takes a build whose emitted files were edited: a consent of one run, so no key of a file. */
export const declareAllowEdited = (command: Command): Command =>
  command.option(
    "--allow-edited",
    "take a build whose rtl/, sim/, golden/ or report.json was edited on purpose",
  );

/** What {@link declareAllowEdited} says in a request. */
export const allowEditedOf = (command: Command): { readonly allowEdited?: true } =>
  command.opts<{ readonly allowEdited?: boolean }>().allowEdited === true ? { allowEdited: true } : {};

/** The configuration of a command: its --config, its options, and what stands as its first argument. */
export function settingsOfCommand(
  command: Command,
  options: readonly ConfigOption[],
  argument?: { readonly key: "checkpoint" | "output"; readonly value: string | undefined },
): Result<LoadedConfig> {
  const given = command.opts() as Readonly<Record<string, string | true | undefined>>;
  const overrides = options.flatMap((each): Override[] => {
    const text = given[new Option(each.flags).attributeName()];
    const name = each.flags.split(" ").find((word) => word.startsWith("--")) as string;
    return text === undefined
      ? []
      : [
          {
            path: each.path,
            option: name,
            value: parseValue(text, each.kind),
            ...(each.former === true ? { former: true } : {}),
          },
        ];
  });
  if (argument?.value !== undefined) {
    overrides.push({ path: [argument.key], option: `<${argument.key}>`, value: argument.value });
  }
  return loadConfig(typeof given.config === "string" ? given.config : undefined, overrides);
}

/** A diagnostic for something that neither the command line nor spikec.yaml gives. */
export function missing<T>(what: string, hint: string): Result<T> {
  return failure(diagnostic("config-missing", {}, { what }, { hint }));
}

function parseValue(text: string | true, kind: ConfigOption["kind"]): unknown {
  if (text === true) return true;
  if (kind === "path") return text;
  if (kind === "list") return text.split(",").map((word) => word.trim());
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Parser of an option that takes an integer from `least` on. */
export function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected an integer from ${least} on`);
  };
}

/** `layout`, `samples` and `ticks` as requests carry them: absent rather than undefined. */
export function limitsOf(limits: {
  readonly layout: string | undefined;
  readonly samples: number | undefined;
  readonly ticks: number | undefined;
}) {
  return {
    ...(limits.layout === undefined ? {} : { layout: limits.layout }),
    ...(limits.samples === undefined ? {} : { samples: limits.samples }),
    ...(limits.ticks === undefined ? {} : { ticks: limits.ticks }),
  };
}
