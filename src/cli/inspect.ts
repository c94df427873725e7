import type { Command } from "commander";
import type { InspectReport } from "../commands/inspect.js";
import { isDirectory } from "../host/files.js";
import type { Shape } from "../ir/spiking.js";
import { alsoSaying, type Context, finish } from "./context.js";
import {
  allowEditedOf,
  declare,
  declareAllowEdited,
  inspectOptions,
  missing,
  settingsOfCommand,
} from "./options.js";
import { printsConfig } from "./print-config.js";
import { table } from "./table.js";

/** `spikec inspect`: what a checkpoint or a build holds. */
export function addInspect(program: Command, context: Context): void {
  const command = program
    .command("inspect")
    .summary("say what a checkpoint or a build holds")
    .description("Shows layers, states with their formats, readouts and sizes of a checkpoint or a build.")
    .argument("[path]", "checkpoint or build directory; else checkpoint of spikec.yaml, or its output");
  declareAllowEdited(declare(command, inspectOptions)).action((path: string | undefined) =>
    run(context, command, path),
  );
}

async function run(context: Context, command: Command, argument: string | undefined): Promise<void> {
  const settings = settingsOfCommand(command, inspectOptions, { key: "checkpoint", value: argument });
  if (!settings.ok) return finish(context, command, settings, () => ({ text: "" }));
  if (printsConfig(context, command, settings)) return;
  const { checkpoint, output, network } = settings.value.config;
  const path = checkpoint ?? output;
  if (path === undefined) {
    const hint = "spikec inspect <path>, or `checkpoint:` or `output:` in --config spikec.yaml";
    return finish(context, command, missing<never>("checkpoint or build", hint), () => ({ text: "" }));
  }
  // A build has a network file of its own: that of spikec.yaml is for the checkpoint.
  const given = command.opts().network !== undefined || !isDirectory(path) ? network : undefined;
  const result = await context.services.inspect(path, given, allowEditedOf(command));
  finish(context, command, alsoSaying(settings, result), (report) => ({ text: printReport(report) }));
}

function printReport(report: InspectReport): string {
  const layers = table(
    ["layer", "synapse", "kernel", "input", "neurons", "sends", "weights", "bits", "MAC/tick"],
    report.layers.map((l) => [
      l.name,
      l.synapse,
      l.kernel.join("x"),
      printSize(l.input),
      printSize(l.output),
      printSize(l.sent),
      l.weights,
      l.weightBits,
      l.macsPerTick,
    ]),
  );
  const states = table(
    ["state", "shape", "format", "last bit"],
    report.states.map((s) => [s.name, printSize(s.shape), s.format ?? "float", printScale(s.scale)]),
  );
  const readouts = table(
    ["readout", "of layer", "inputs", "classes", "bits", "vote"],
    report.readouts.map((r) => [r.name, r.layer, r.inputs, r.classes, r.weightBits, r.vote]),
  );
  const { weights, stateWords, macsPerTick } = report.total;
  const sum = [
    `${weights} weights`,
    `${stateWords} state words`,
    `${macsPerTick} multiply-accumulates a tick`,
  ];
  const head = `${report.kind} ${report.name}: input ${printSize(report.input)}, ${sum.join(", ")}`;
  return [head, "", layers, states, readouts].join("\n");
}

const printSize = (shape: Shape): string => `${shape.channels}x${shape.height}x${shape.width}`;

function printScale(scale: readonly number[]): string {
  const [first] = scale;
  if (first === undefined) return "-";
  if (scale.some((value) => value !== first)) return "per channel";
  const exponent = Math.log2(first);
  return Number.isInteger(exponent) ? `2^${exponent}` : first.toExponential(4);
}
