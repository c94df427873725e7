import type { Command } from "commander";
import type { CalibratedLayer, CalibrateReport } from "../commands/calibrate.js";
import { checkpointEndings } from "../frontends/checkpoint.js";
import { alsoSaying, type Context, finish, printLayout, progressOf } from "./context.js";
import { atLeast, calibrateOptions, declare, limitsOf, missing, settingsOfCommand } from "./options.js";
import { printsConfig } from "./print-config.js";
import { table } from "./table.js";

interface Options {
  readonly samples?: number;
  readonly ticks?: number;
}

/** `spikec calibrate`: a float checkpoint and spikes to the calibration that `compile` reads. */
export function addCalibrate(program: Command, context: Context): void {
  const command = program
    .command("calibrate")
    .summary("measure a float checkpoint on spikes, for compile --calibration")
    .description(
      "Measures a float checkpoint's states on input spikes, and chooses where its weights are clipped so that the integers agree best with float64.",
    )
    .argument("[checkpoint]", `trained network, *${checkpointEndings.join(", *")}; may stand in spikec.yaml`);
  declare(command, calibrateOptions)
    .option("--samples <n>", "only the first n samples", atLeast(1))
    .option("--ticks <n>", "only the first n ticks of each", atLeast(1))
    .action((checkpoint: string | undefined) => run(context, command, checkpoint));
}

async function run(context: Context, command: Command, argument: string | undefined): Promise<void> {
  const settings = settingsOfCommand(command, calibrateOptions, { key: "checkpoint", value: argument });
  const fail = (what: string, hint: string) =>
    finish(context, command, missing<never>(what, hint), () => ({ text: "" }));
  if (!settings.ok) return finish(context, command, settings, () => ({ text: "" }));
  if (printsConfig(context, command, settings)) return;
  const { config, locate, written } = settings.value;
  if (config.checkpoint === undefined)
    return fail("checkpoint", "spikec calibrate <checkpoint>, or `checkpoint:` in --config spikec.yaml");
  if (config.calibration === undefined)
    return fail("calibration file", "-o c.json, or `calibration:` in --config spikec.yaml");
  const { input } = config.simulation;
  if (input === undefined)
    return fail("input", "--input x.npy, or `simulation: input:` in --config spikec.yaml");
  const { samples, ticks } = command.opts<Options>();
  const result = await context.services.calibrate({
    checkpoint: config.checkpoint,
    config,
    locate,
    written,
    input,
    output: config.calibration,
    ...limitsOf({ layout: config.simulation.layout, samples, ticks }),
    progress: progressOf(context, command),
  });
  finish(context, command, alsoSaying(settings, result), (report) => ({ text: printReport(report) }));
}

function printReport(report: CalibrateReport): string {
  const { layers, bits } = report;
  const widths = `weights of ${bits.weightBits} bits, states of ${bits.stateBits}, decays of ${bits.coefficientBits}`;
  const quantiles = [...new Set(layers.flatMap((l) => l.tried.map((t) => t.clip)))].sort((a, b) => b - a);
  const parts = [
    `${report.samples} samples x ${report.ticks} ticks${printLayout(report.layout)}, votes from tick ${report.burnIn}; ${report.seconds.toFixed(1)} s
${widths}; shares are of spikes that differ from float64\n`,
    table(
      ["state", "min", "max"],
      report.states.map(({ state, min, max }) => [state, min.toPrecision(5), max.toPrecision(5)]),
    ),
  ];
  if (quantiles.length > 0) {
    const tried = quantiles.map((clip) => [`${clip}`, ...layers.map((l) => triedShare(l, clip))]);
    parts.push(table(["clip", ...layers.map((l) => l.layer)], tried));
  }
  parts.push(
    table(
      ["layer", "clip chosen", "differ", "by weights", "by states", "by decays"],
      layers.map((l) => [
        l.layer,
        printClip(l.clip),
        ...[l.differ, l.weights, l.states, l.coefficients].map((n) => share(n, l)),
      ]),
    ),
  );
  if (layers.some((l) => [l.differ, l.states, l.coefficients].includes(undefined)))
    parts.push("-: not measured, as values are too wide for the wasm simulator\n");
  if (report.readouts.length > 0)
    parts.push(
      table(
        ["readout", "ticks of another class", "samples of another class"],
        report.readouts.map((r) => [r.readout, r.ticksDiffer, r.samplesDiffer]),
      ),
    );
  return `${parts.join("\n")}\n${report.output} written\n`;
}

function triedShare(layer: CalibratedLayer, clip: number): string | undefined {
  return share(layer.tried.find((t) => t.clip === clip)?.differ, layer);
}

const share = (n: number | undefined, { spikes }: CalibratedLayer): string | undefined =>
  n === undefined ? undefined : `${((100 * n) / spikes).toFixed(3)} %`;

/** `0.99`, or the least and the largest of the output channels'. */
function printClip(clip: CalibratedLayer["clip"]): string | undefined {
  if (clip === undefined || typeof clip === "number") return clip?.toString();
  return `${Math.min(...clip)} to ${Math.max(...clip)}`;
}
