import type { Command } from "commander";
import type { EvaluateReport } from "../commands/evaluate.js";
import { failure, type Result } from "../diagnostics/diagnostic.js";
import { writeText } from "../host/files.js";
import { checkFile } from "../host/outputs.js";
import { alsoSaying, type Context, finish, printLayout, progressOf } from "./context.js";
import {
  allowEditedOf,
  atLeast,
  declare,
  declareAllowEdited,
  evaluateOptions,
  limitsOf,
  missing,
  settingsOfCommand,
} from "./options.js";
import { printsConfig } from "./print-config.js";
import { table } from "./table.js";

interface Options {
  readonly labels?: string;
  readonly snr?: string;
  readonly classes?: string;
  readonly samples?: number;
  readonly ticks?: number;
  readonly burnIn?: number;
  readonly threads?: number;
  readonly csv?: string;
}

/** `spikec evaluate`: accuracy of a build on labelled frames. */
export function addEvaluate(program: Command, context: Context): void {
  const command = program
    .command("evaluate")
    .summary("accuracy, confusion and spike rates on labelled frames")
    .description("Runs a build on labelled frames in the wasm simulator, one frame a thread.")
    .argument("[build]", "build directory; may stand as output in spikec.yaml");
  declareAllowEdited(declare(command, evaluateOptions))
    .option("--labels <file>", ".npy with each sample's class")
    .option("--snr <file>", ".npy with each sample's signal-to-noise ratio")
    .option("--classes <file>", ".npy with classes or votes to compare with")
    .option("--samples <n>", "only the first n samples", atLeast(1))
    .option("--ticks <n>", "only the first n ticks of each", atLeast(1))
    .option("--burn-in <ticks>", "ticks at a frame's start that don't count; else the build's", atLeast(0))
    .option("--threads <n>", "frames at once; else as many as the machine runs", atLeast(1))
    .option("--csv <file>", "write a line a sample")
    .action((build: string | undefined) => run(context, command, build));
}

async function run(context: Context, command: Command, argument: string | undefined): Promise<void> {
  const settings = settingsOfCommand(command, evaluateOptions, { key: "output", value: argument });
  const fail = (what: string, hint: string) =>
    finish(context, command, missing<never>(what, hint), () => ({ text: "" }));
  if (!settings.ok) return finish(context, command, settings, () => ({ text: "" }));
  if (printsConfig(context, command, settings)) return;
  const { output: build, simulation } = settings.value.config;
  const { labels, snr, classes, samples, ticks, burnIn, threads, csv } = command.opts<Options>();
  if (build === undefined)
    return fail("build", "spikec evaluate <build>, or `output:` in --config spikec.yaml");
  if (simulation.input === undefined)
    return fail("input", "--input x.npy, or `simulation: input:` in --config spikec.yaml");
  if (labels === undefined) return fail("labels", "--labels y.npy: the class of each sample");
  const refusal =
    csv === undefined ? undefined : checkFile(csv, ownCsv, [simulation.input, labels, snr, classes]);
  if (refusal !== undefined) return finish(context, command, failure(refusal), () => ({ text: "" }));
  const result = await context.services.evaluate({
    build,
    cells: simulation.input,
    labels,
    ...(snr === undefined ? {} : { snr }),
    ...(classes === undefined ? {} : { classes }),
    ...limitsOf({ layout: simulation.layout, samples, ticks }),
    ...(burnIn === undefined ? {} : { burnIn }),
    ...(threads === undefined ? {} : { threads }),
    ...allowEditedOf(command),
    progress: progressOf(context, command),
  });
  finish(context, command, alsoSaying(settings, withCsv(result, csv)), (report) => ({
    text: printReport(report),
  }));
}

/** What is replaced by a table. */
const ownCsv = {
  what: "a table that evaluate wrote",
  isOne: (text: string) => /^sample,label,snr,(?:.*\.)?class"?,"?(?:.*\.)?vote0"?[,\n]/s.test(text),
};

/** Writes a line a sample where that is asked for. */
function withCsv(result: Result<EvaluateReport>, path: string | undefined): Result<EvaluateReport> {
  if (!result.ok || path === undefined) return result;
  const written = writeText(path, csvOf(result.value));
  return written.ok ? result : failure(...result.diagnostics, ...written.diagnostics);
}

/** `sample,label,snr,class,vote0,…`; readouts but the last with their name in front of `class` and `vote`. */
export function csvOf(report: EvaluateReport): string {
  const last = report.readouts.length - 1;
  const columns = report.readouts.flatMap((readout, r) => {
    const prefix = r === last ? "" : `${readout.name}.`;
    return [`${prefix}class`, ...readout.confusion.map((_, c) => `${prefix}vote${c}`)];
  });
  const rows = report.perSample.map((sample, s) => {
    const results = report.readouts.flatMap((_, r) => [sample.classes[r], ...(sample.votes[r] ?? [])]);
    return [s, sample.label, sample.snr ?? "", ...results].join(",");
  });
  return `${[["sample", "label", "snr", ...columns].map(field).join(","), ...rows].join("\n")}\n`;
}

/** A field as RFC 4180 has it: in quotes where a reader would take a part of it for something else. */
const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function printReport(report: EvaluateReport): string {
  const { samples, ticks, burnIn, seconds, readouts, agreement } = report;
  const heads = readouts.map((r) => (readouts.length > 1 ? r.name : "accuracy"));
  const levels = readouts[0]?.bySnr ?? [];
  const rows = [
    ...levels.map((level, i) => [
      `${level.snr} dB`,
      level.samples,
      ...readouts.map((r) => percent(r.bySnr[i]?.accuracy ?? 0)),
    ]),
    ["all", samples, ...readouts.map((r) => percent(r.accuracy))],
  ];
  const last = readouts.at(-1);
  const classes = last?.confusion.map((_, c) => `${c}`) ?? [];
  const parts = [
    `${report.build}: ${samples} samples x ${ticks} ticks${printLayout(report.layout)}, votes from tick ${burnIn}; ${seconds.toFixed(1)} s\n`,
    table(["snr", "samples", ...heads], rows),
    `label by class${readouts.length > 1 ? ` of ${last?.name}` : ""}\n${table(
      ["", ...classes],
      last?.confusion.map((row, label) => [`${label}`, ...row.map((n) => (n === 0 ? undefined : n))]) ?? [],
    )}`,
    table(
      ["layer", "spikes a tick"],
      report.spikeRates.map((r) => [r.layer, `${(100 * r.rate).toFixed(2)} %`]),
    ),
  ];
  if (agreement !== undefined) {
    const votes = agreement.sameVotes === undefined ? "" : `, votes of ${agreement.sameVotes}`;
    parts.push(`agreement: class of ${agreement.sameClass}${votes} of ${agreement.samples} samples\n`);
  }
  return parts.join("\n");
}
