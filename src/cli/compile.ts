import { type Command, Option } from "commander";
import type { CompileReport, TextStage } from "../commands/compile.js";
import { outputOf } from "../config/load.js";
import { checkpointEndings } from "../frontends/checkpoint.js";
import { alsoSaying, type Context, finish, progressOf, shortPath } from "./context.js";
import { compileOptions, declare, missing, settingsOfCommand } from "./options.js";
import { table } from "./table.js";

/** `spikec compile`: checkpoint to build directory, or to a text form on stdout. */
export function addCompile(program: Command, context: Context): void {
  const command = program
    .command("compile")
    .summary("compile a checkpoint to Verilog")
    .description("Compiles a trained checkpoint into a build directory: Verilog, golden simulator, reports.")
    .argument("[checkpoint]", `trained network, *${checkpointEndings.join(", *")}; may stand in spikec.yaml`);
  declare(command, compileOptions)
    .addOption(
      new Option("--emit <stage>", "print an intermediate form, write nothing").choices([
        "spiking",
        "fixed",
        "design",
      ]),
    )
    .action((checkpoint: string | undefined) => run(context, command, checkpoint));
}

async function run(context: Context, command: Command, argument: string | undefined): Promise<void> {
  const settings = settingsOfCommand(command, compileOptions, { key: "checkpoint", value: argument });
  if (!settings.ok) return finish(context, command, settings, () => ({ text: "" }));
  const { config, locate, written } = settings.value;
  if (config.checkpoint === undefined) {
    const result = missing<never>(
      "checkpoint",
      "spikec compile <checkpoint>, or `checkpoint:` in --config spikec.yaml",
    );
    return finish(context, command, result, () => ({ text: "" }));
  }
  const checkpoint = shortPath(config.checkpoint);
  const output = shortPath(outputOf(config, checkpoint));
  const unnamed = config.output === undefined;
  const request = { checkpoint, config, locate, written, output, unnamed };
  const stage = command.opts().emit as TextStage | undefined;
  if (stage !== undefined)
    return finish(
      context,
      command,
      alsoSaying(settings, context.services.emitText(request, stage)),
      (text) => ({ text }),
    );
  const progress = progressOf(context, command);
  const result = await context.services.compile({ ...request, progress });
  finish(context, command, alsoSaying(settings, result), (report) => ({ text: printReport(report) }));
}

function printReport(report: CompileReport): string {
  const { total, device } = report;
  const stages = table(
    ["stage", "engine", "cycles/tick", "RAMB18", "RAMB36", "URAM", "DSP"],
    [
      ...report.stages.map((s) => [s.name, s.kind, s.cyclesPerTick, s.ramb18, s.ramb36, s.uram, s.dsp]),
      ["total", "", report.cyclesPerTick, total.ramb18, total.ramb36, total.uram, total.dsp],
    ],
  );
  const events = report.stages.some((s) => s.kind === "event")
    ? "cycles of event stages: of a tick without events; simulate --record cycles has those of your data\n"
    : "";
  const fits = device.fits ? "fits" : "does not fit";
  const uses = device.uses.map((use) => `${use.name} ${use.percent.toFixed(1)} %`).join(", ");
  const changes = report.deviations.filter((d) => d.relativeError !== 0);
  const exact = report.deviations.length - changes.length;
  const worst = changes.length === 0 ? "" : `\n\n${printDeviations(changes)}`;
  return `${report.name} -> ${report.output}\n\n${stages}\n${events}${fits} ${device.name}: ${uses} (estimated by the rules of Vivado)
deviations from the checkpoint: ${changes.length} approximate, ${exact} exact${worst || "\n"}${printEffect(report)}`;
}

/** What the integers change, as measured. */
function printEffect({ effect, choices }: CompileReport): string {
  const differ = effect.layers.reduce((sum, layer) => sum + layer.differ, 0);
  const spikes = effect.layers.reduce((sum, layer) => sum + layer.spikes, 0);
  return `against float64, ${effect.ticks} random ticks: ${differ} of ${spikes} spikes differ\n${printChoices(choices)}`;
}

/** What single choices change, each layer driven by float64; report.json lists the choices. */
function printChoices(choices: CompileReport["choices"]): string {
  if (choices === undefined) return "";
  const rows = choices.effects.map((e) => [e.layer, e.spikes, e.moved, e.weights, e.states, e.coefficients]);
  const heading = ["layer", "spikes", "by moving gains", "by weights", "by states", "by decays"];
  const calibrated = choices.calibration === null ? "" : "; on the calibration's data: see report.json";
  return `\n${choices.made.length} choices for what the checkpoint leaves open${calibrated}; spikes that each kind changes:\n${table(heading, rows)}`;
}

/** The largest few; report.json lists all. */
function printDeviations(changes: CompileReport["deviations"]): string {
  const largest = [...changes].sort((a, b) => b.relativeError - a.relativeError).slice(0, 8);
  return table(
    ["deviation", "where", "what", "relative error"],
    largest.map((d) => [d.kind, d.where, d.text, d.relativeError.toExponential(1)]),
  );
}
