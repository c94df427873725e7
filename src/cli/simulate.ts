import type { Command } from "commander";
import type { RecordedFile, SimulateReport } from "../commands/simulate.js";
import { alsoSaying, type Context, finish, printLayout, progressOf } from "./context.js";
import {
  allowEditedOf,
  declare,
  declareAllowEdited,
  limitsOf,
  missing,
  settingsOfCommand,
  simulateOptions,
} from "./options.js";
import { printsConfig } from "./print-config.js";
import { table } from "./table.js";

/** `spikec simulate`: run a build in one simulator and record .npy files. */
export function addSimulate(program: Command, context: Context): void {
  const command = program
    .command("simulate")
    .summary("run a build and record spikes, states, readouts")
    .description("Runs a build on input spikes in one simulator and records what happens as .npy files.")
    .argument("[build]", "build directory; may stand as output in spikec.yaml");
  declareAllowEdited(declare(command, simulateOptions)).action((build: string | undefined) =>
    run(context, command, build),
  );
}

async function run(context: Context, command: Command, argument: string | undefined): Promise<void> {
  const settings = settingsOfCommand(command, simulateOptions, { key: "output", value: argument });
  const fail = (what: string, hint: string) =>
    finish(context, command, missing<never>(what, hint), () => ({ text: "" }));
  if (!settings.ok) return finish(context, command, settings, () => ({ text: "" }));
  if (printsConfig(context, command, settings)) return;
  const { output: build, simulation } = settings.value.config;
  if (build === undefined)
    return fail("build", "spikec simulate <build>, or `output:` in --config spikec.yaml");
  if (simulation.input === undefined)
    return fail("input", "--input x.npy, or `simulation: input:` in --config spikec.yaml");
  if (simulation.output === undefined)
    return fail("output directory", "-o directory, or `simulation: output:` in --config spikec.yaml");
  const result = await context.services.simulate({
    build: build,
    simulator: simulation.simulator,
    input: simulation.input,
    record: simulation.record,
    output: simulation.output,
    ...limitsOf(simulation),
    ...allowEditedOf(command),
    toolTimeout: settings.value.config.toolTimeout,
    progress: progressOf(context, command),
  });
  finish(context, command, alsoSaying(settings, result), (report) => ({ text: printReport(report) }));
}

function printReport(report: SimulateReport): string {
  const readouts = report.classes[0]?.length ?? 0;
  const heading = [
    "sample",
    ...Array.from({ length: readouts }, (_, i) => (readouts > 1 ? `class ${i}` : "class")),
  ];
  const classes = report.classes.map((row, sample) => [sample, ...row]);
  const files = report.arrays.map((array) => `  ${fileText(array)}\n`).join("");
  const found =
    readouts === 0 ? "the network has no readout: no sample has a class\n" : table(heading, classes);
  return `${found}\n${printCycles(report)}${report.samples} samples x ${report.ticks} ticks${printLayout(report.layout)}; written:\n${files}`;
}

/** A file, with what it holds where its name doesn't say so. */
function fileText({ file, kind, of }: RecordedFile): string {
  const plain = [kind === "state" ? of : kind, `${of}.${kind}`];
  return plain.includes(file.replace(/\.npy$/, ""))
    ? file
    : `${file}  (${kind === "state" ? "state" : `${kind} of`} '${of}')`;
}

/** What the cycle model says of the hardware, while nothing outside makes it wait. */
function printCycles({ cycles }: SimulateReport): string {
  if (cycles === undefined) return "";
  const rows = cycles.stages.map(({ name, first, mean, most }) => [
    name,
    first,
    Number(mean.toFixed(1)),
    most,
  ]);
  return `${table(["stage", "first tick ends", "from end to end", "most"], rows)}\n${cycles.total} cycles in all\n\n`;
}
