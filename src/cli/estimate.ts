import { type Command, Option } from "commander";
import type { EstimateReport } from "../commands/estimate.js";
import { type Cost, ramb36Of } from "../cost/cost.js";
import type { StageEstimate } from "../cost/design.js";
import { checkpointEndings } from "../frontends/checkpoint.js";
import { alsoSaying, type Context, finish, mannerOf, progressOf } from "./context.js";
import { atLeast, declare, estimateOptions, missing, settingsOfCommand } from "./options.js";
import { printsConfig } from "./print-config.js";
import { table } from "./table.js";

/** `spikec estimate`: what a checkpoint's design takes of the FPGA, stage by stage. */
export function addEstimate(program: Command, context: Context): void {
  const command = program
    .command("estimate")
    .summary("say what a checkpoint's design takes of the FPGA")
    .description(
      "Compiles a checkpoint in memory and estimates LUTs, flip-flops, memories and DSPs of every stage; exits with 1 if the device has too few, or a tick takes longer than --target-cycles.",
    )
    .argument("[checkpoint]", `trained network, *${checkpointEndings.join(", *")}; may stand in spikec.yaml`);
  declare(command, estimateOptions)
    .addOption(
      new Option("--budget <percent>", "percent of the device that may be used")
        .argParser(atLeast(1))
        .default(100),
    )
    .option("--check", "synthesise each stage with Yosys and compare (minutes)")
    .action((checkpoint: string | undefined) => run(context, command, checkpoint));
}

async function run(context: Context, command: Command, argument: string | undefined): Promise<void> {
  const settings = settingsOfCommand(command, estimateOptions, { key: "checkpoint", value: argument });
  if (!settings.ok) return finish(context, command, settings, () => ({ text: "" }));
  if (printsConfig(context, command, settings)) return;
  const { config, locate, written } = settings.value;
  if (config.checkpoint === undefined) {
    const hint = "spikec estimate <checkpoint>, or `checkpoint:` in --config spikec.yaml";
    return finish(context, command, missing<never>("checkpoint", hint), () => ({ text: "" }));
  }
  const { budget, check } = command.opts() as { readonly budget: number; readonly check?: boolean };
  const result = await context.services.estimate({
    checkpoint: config.checkpoint,
    config,
    locate,
    written,
    budget,
    check: check === true,
    onCheck: (seconds) => sayDuration(context, command, seconds),
    progress: progressOf(context, command),
  });
  finish(context, command, alsoSaying(settings, result), (report) => ({
    text: printReport(report),
    good: report.fits && report.target?.met !== false,
  }));
}

/** Says how long Yosys may take, before it starts: on the way to --json and with --quiet nothing. */
function sayDuration(context: Context, command: Command, seconds: number): void {
  const { json, quiet } = mannerOf(command);
  const minutes = Math.ceil(seconds / 60);
  if (json || quiet) return;
  context.io.err(
    `--check: Yosys may take ${minutes < 2 ? "a minute" : `${minutes} minutes`}, by the sizes of the stages\n`,
  );
}

const heading = ["stage", "engine", "LUT", "FF", "LUTRAM", "RAMB36", "URAM", "DSP"];

const cells = (c: Cost): readonly number[] => [c.lut, c.ff, c.lutram, ramb36Of(c), c.uram, c.dsp];

/** The guard of the input, stages and their total by the rules of one tool. */
function printCosts(report: EstimateReport, mapper: "yosys" | "vivado"): string {
  return table(
    [...heading, "cycles/tick"],
    [
      ...(report.guard === undefined ? [] : [["input", "guard", ...cells(report.guard[mapper]), 0]]),
      ...report.stages.map((s) => [s.name, s.kind, ...cells(s[mapper]), s.cyclesPerTick]),
      ["total", "", ...cells(report.total[mapper]), report.slowest.cycles],
    ],
  );
}

function printReport(report: EstimateReport): string {
  const { device, budget, fits } = report;
  const uses = table(
    [device.name, "used", "available", "percent"],
    device.uses.map((u) => [
      u.name === "LUT" ? "LUT + LUTRAM" : u.name,
      u.used,
      u.available,
      `${u.percent.toFixed(1)} %`,
    ]),
  );
  const verdict = `${fits ? "fits" : "does not fit"} ${budget} % of ${device.name}\n`;
  return [
    `${report.name}, as Yosys 0.23 counts (LUT, FF: estimates):\n\n${printCosts(report, "yosys")}`,
    `by the rules of Vivado (unverified):\n\n${printCosts(report, "vivado")}`,
    `${uses}${verdict}`,
    `how far the counts of Yosys are to be trusted, where they were measured; the verdict is by Vivado's rules, which nothing measured:\n\n${printTrust(report)}`,
    ...printChecks(report.stages),
  ].join("\n");
}

/** What is known of each column's error. */
const printTrust = ({ trust }: EstimateReport): string =>
  table(
    ["column", "against", "error"],
    trust.map(({ column, against, says }) => [column, against, says]),
  );

/** Estimates beside what was measured, where they were. */
function printChecks(stages: readonly StageEstimate[]): readonly string[] {
  const rows = stages.flatMap(({ name, yosys, measured }) => {
    if (measured === undefined) return [];
    const [estimated, found] = [cells(yosys), cells(measured)];
    return heading.slice(2).flatMap((resource, i) => {
      const [a, b] = [estimated[i] as number, found[i] as number];
      return a === 0 && b === 0 ? [] : [[name, resource, a, b, errorText(a, b)]];
    });
  });
  return rows.length === 0 ? [] : [table(["stage", "resource", "estimated", "Yosys", "error"], rows)];
}

function errorText(estimated: number, measured: number): string {
  if (estimated === measured) return "0 %";
  if (measured === 0) return "-";
  const percent = (100 * (estimated - measured)) / measured;
  return `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`;
}
