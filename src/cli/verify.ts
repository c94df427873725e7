import type { Command } from "commander";
import type { SimulatorComparison, VerifyReport } from "../commands/verify.js";
import { failure, type Result } from "../diagnostics/diagnostic.js";
import { writeText } from "../host/files.js";
import { checkFile } from "../host/outputs.js";
import { alsoSaying, type Context, finish, printLayout, progressOf } from "./context.js";
import { printDifference } from "./difference.js";
import { junit, junitOfRefusal, printReached } from "./junit.js";
import {
  allowEditedOf,
  declare,
  declareAllowEdited,
  limitsOf,
  missing,
  settingsOfCommand,
  verifyOptions,
} from "./options.js";
import { printsConfig } from "./print-config.js";
import { table } from "./table.js";

/** `spikec verify`: emitted Verilog against the golden simulator, value by value. */
export function addVerify(program: Command, context: Context): void {
  const command = program
    .command("verify")
    .summary("compare the Verilog with the golden simulator")
    .description(
      "Runs the integers and the Verilog on the same input; compares every spike, state, logit, class and vote.",
    )
    .argument("[build]", "build directory; may stand as output in spikec.yaml");
  declareAllowEdited(declare(command, verifyOptions)).action((build: string | undefined) =>
    run(context, command, build),
  );
}

async function run(context: Context, command: Command, argument: string | undefined): Promise<void> {
  const settings = settingsOfCommand(command, verifyOptions, { key: "output", value: argument });
  const fail = (what: string, hint: string) =>
    finish(context, command, missing<never>(what, hint), () => ({ text: "" }));
  if (!settings.ok) return finish(context, command, settings, () => ({ text: "" }));
  if (printsConfig(context, command, settings)) return;
  const { output: build, verify } = settings.value.config;
  if (build === undefined)
    return fail("build", "spikec verify <build>, or `output:` in --config spikec.yaml");
  if (verify.input === undefined)
    return fail("input", "--input x.npy, or `verify: input:` in --config spikec.yaml");
  const refusal = verify.junit === undefined ? undefined : checkFile(verify.junit, ownJunit, [verify.input]);
  if (refusal !== undefined) return finish(context, command, failure(refusal), () => ({ text: "" }));
  const began = context.io.now();
  const result = await context.services.verify({
    build: build,
    input: verify.input,
    ...(verify.simulators === undefined ? {} : { simulators: verify.simulators }),
    ...(verify.pauses === undefined ? {} : { pauses: verify.pauses }),
    ...(verify.seed === undefined ? {} : { seed: verify.seed }),
    ...limitsOf(verify),
    ...allowEditedOf(command),
    toolTimeout: settings.value.config.toolTimeout,
    ...(verify.goldenTicks === undefined ? {} : { goldenTicks: verify.goldenTicks }),
    progress: progressOf(context, command),
  });
  const seconds = (context.io.now() - began) / 1000;
  const written = withJunit(result, verify.junit, build, seconds);
  finish(context, command, alsoSaying(settings, written), (report) => ({
    text: printReport(report),
    good: report.simulators.every(({ equal }) => equal),
  }));
}

/** What is replaced by a report. */
const ownJunit = {
  what: "a report that verify wrote",
  isOne: (text: string) => text.startsWith("<?xml") && text.includes('<testsuite name="spikec verify '),
};

/** Writes the report as JUnit XML where that is asked for. */
function withJunit(
  result: Result<VerifyReport>,
  path: string | undefined,
  build: string,
  seconds: number,
): Result<VerifyReport> {
  if (path === undefined) return result;
  const text = result.ok ? junit(result.value) : junitOfRefusal(build, result.diagnostics, seconds);
  const written = writeText(path, text);
  return written.ok ? result : failure(...result.diagnostics, ...written.diagnostics);
}

const wordOf = ({ equal, failure: why }: SimulatorComparison): string =>
  equal ? "equal" : why === undefined ? "DIFFERS" : "FAILED";

function printReport(report: VerifyReport): string {
  const rows = report.simulators.map((e) => {
    const { spikes, states, logits, classes, votes } = e.compared;
    return [e.simulator, wordOf(e), spikes, states, logits, classes, votes, e.cycles];
  });
  const counts = table(
    ["simulator", "golden", "spikes", "state words", "logits", "classes", "votes", "cycles"],
    rows,
  );
  const reached = table(
    ["reached in", "weights", "thresholds", "neurons that fired", "silent"],
    report.reach.map(({ layer, weights, thresholds, neurons }) => [
      layer,
      ...[weights, thresholds, neurons].map(printReached),
      neurons.total - neurons.reached,
    ]),
  );
  const pauses =
    report.pauses === undefined ? "" : `random pauses at both ends, --seed ${report.pauses.seed}\n`;
  const found = report.simulators.flatMap(({ simulator, dropped = 0, difference, waveform, view }) => [
    ...(dropped === 0 ? [] : [`${simulator}: the core's input dropped ${dropped} events\n`]),
    ...(difference === undefined
      ? []
      : [`${simulator}: first difference at ${printDifference(difference)}\n`]),
    ...(waveform === undefined ? [] : [`${simulator}: waveform in ${waveform}\n`]),
    ...(view === undefined ? [] : [`${simulator}: gtkwave ${view} shows where\n`]),
  ]);
  const edited =
    report.edits.length === 0 ? "" : `an edited build, not what was compiled: ${report.edits.join(", ")}\n`;
  const { simulator, goldenTicks } = report.vectors;
  const vectors =
    simulator === "golden" ? "golden" : `${simulator}, equal to golden on the first ${goldenTicks} ticks`;
  return `${report.build}: ${report.samples} samples x ${report.ticks} ticks${printLayout(report.layout)}\n${edited}vectors: ${vectors}\n${pauses}\n${counts}\n${reached}${found.length > 0 ? "\n" : ""}${found.join("")}`;
}
