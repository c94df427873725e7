import { type Command, Option } from "commander";
import type { CompileReport, StageReport, TextStage } from "../commands/compile.js";
import { outputOf } from "../config/load.js";
import { type Diagnostic, diagnostic, failure } from "../diagnostics/diagnostic.js";
import { renderLoc } from "../diagnostics/render.js";
import { checkpointEndings } from "../frontends/checkpoint.js";
import { type Deviation, isExact } from "../ir/fixed.js";
import type { LayerBound } from "../passes/deviations/layer-bounds.js";
import { alsoSaying, type Context, finish, printLayout, progressOf } from "./context.js";
import { compileOptions, declare, limitsOf, missing, settingsOfCommand, spikesOptions } from "./options.js";
import { printsConfig } from "./print-config.js";
import { table } from "./table.js";

const options = [...compileOptions, ...spikesOptions];

/** `spikec compile`: checkpoint to build directory, or to a text form on stdout. */
export function addCompile(program: Command, context: Context): void {
  const command = program
    .command("compile")
    .summary("compile a checkpoint to Verilog")
    .description("Compiles a trained checkpoint into a build directory: Verilog, golden simulator, reports.")
    .argument("[checkpoint]", `trained network, *${checkpointEndings.join(", *")}; may stand in spikec.yaml`);
  declare(command, options)
    .option("--force", "build what misses --target-cycles or does not fit --device, too")
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
  const settings = settingsOfCommand(command, options, { key: "checkpoint", value: argument });
  if (!settings.ok) return finish(context, command, settings, () => ({ text: "" }));
  if (printsConfig(context, command, settings)) return;
  const { config, locate, written } = settings.value;
  if (config.checkpoint === undefined) {
    const result = missing<never>(
      "checkpoint",
      "spikec compile <checkpoint>, or `checkpoint:` in --config spikec.yaml",
    );
    return finish(context, command, result, () => ({ text: "" }));
  }
  const checkpoint = config.checkpoint;
  const output = outputOf(config, checkpoint);
  const unnamed = config.output === undefined;
  const request = { checkpoint, config, locate, written, output, unnamed };
  const stage = command.opts().emit as TextStage | undefined;
  const idle = stage === undefined ? [] : withoutBuild(command);
  if (idle.length > 0) return finish(context, command, failure(...idle), () => ({ text: "" }));
  if (stage !== undefined)
    return finish(
      context,
      command,
      alsoSaying(settings, context.services.emitText(request, stage)),
      (text) => ({ text }),
    );
  const progress = progressOf(context, command);
  const { input, ...limits } = config.simulation;
  const spikes = input === undefined ? {} : { input, ...limitsOf(limits) };
  const force = command.opts().force === true;
  const result = await context.services.compile({ ...request, ...spikes, force, progress });
  finish(context, command, alsoSaying(settings, result), (report) => ({ text: printReport(report) }));
}

/** Options that were given, but are about a build. */
const withoutBuild = (command: Command): readonly Diagnostic[] =>
  ["--force", "--input", "--layout", "--output"].flatMap((name) =>
    command.getOptionValueSource(name.slice(2)) === "cli"
      ? [diagnostic("option-unused", { name }, { what: name, reason: "--emit makes no build" })]
      : [],
  );

function printReport(report: CompileReport): string {
  const { total, device, onSpikes } = report;
  const onThem = (i: number): readonly number[] => {
    const cycles = onSpikes && (onSpikes.stages[i] ?? onSpikes.whole);
    return cycles === undefined ? [] : [Number(cycles.mean.toFixed(1)), cycles.most];
  };
  const cells = (s: StageReport | CompileReport["total"]) => [s.ramb18, s.ramb36, s.uram, s.dsp];
  const stages = table(
    [
      "stage",
      "engine",
      "cycles/tick",
      ...(onSpikes === undefined ? [] : ["mean", "most"]),
      "RAMB18",
      "RAMB36",
      "URAM",
      "DSP",
    ],
    [
      ...report.stages.map((s, i) => [s.name, s.kind, s.cyclesPerTick, ...onThem(i), ...cells(s)]),
      ["total", "", report.cyclesPerTick, ...onThem(report.stages.length), ...cells(total)],
    ],
  );
  const votes = report.stages.some(({ kind }) => kind === "readout");
  const burnIn = !votes
    ? ""
    : `burn-in: ${report.burnIn.ticks} ticks of a frame don't vote (${printOrigin(report.burnIn)})\n`;
  const fits = device.fits ? "fits" : "does not fit";
  const uses = device.uses.map((use) => `${use.name} ${use.percent.toFixed(1)} %`).join(", ");
  const changes = report.deviations.filter((d) => !isExact(d));
  const exact = report.deviations.length - changes.length;
  const worst = changes.length === 0 ? "" : `\n${printBounds(report.bounds)}\n${printDeviations(changes)}`;
  return `${report.name} -> ${report.output}\n\n${stages}\n${printCycles(report)}${burnIn}${fits} ${device.name}: ${uses} (estimated by the rules of Vivado)
deviations from the checkpoint: ${changes.length} approximate, ${exact} exact${worst || "\n"}${printEffect(report)}`;
}

/** What the cycles of the table are of. */
function printCycles({ stages, onSpikes }: CompileReport): string {
  const events = stages.some((s) => s.kind === "event");
  const least = "cycles/tick of event stages: of a tick without events, which is the least";
  if (onSpikes === undefined)
    return events ? `${least} that any tick takes; --input x.npy says those of your spikes\n` : "";
  const { input, samples, ticks, of, clockMHz, ticksPerSecond } = onSpikes;
  const run = `${samples} samples x ${ticks} ticks of ${input}${printLayout(onSpikes.layout)}`;
  const all = samples === of.samples && ticks === of.ticks;
  const limited = all ? "" : ` (it has ${of.samples} x ${of.ticks}; more would take long)`;
  const rate = Math.floor(ticksPerSecond).toLocaleString("en");
  return `${events ? `${least}\n` : ""}mean, most: of ${run}${limited}, by the cycle model\n${rate} ticks a second at ${clockMHz} MHz (assumed), on these spikes\n`;
}

/** Who gave the burn-in, and where. */
function printOrigin({ from, loc }: CompileReport["burnIn"]): string {
  if (from === "default") return "nothing says otherwise";
  if (loc === undefined) return from;
  return from === "configuration" ? `given by ${renderLoc(loc)}` : `${from}, ${renderLoc(loc)}`;
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
  const unmeasured = choices.effects.some((e) => [e.weights, e.states, e.coefficients].includes(undefined));
  const dashes = unmeasured ? "-: not measured, as values are too wide for the wasm simulator\n" : "";
  return `\n${choices.made.length} choices for what the checkpoint leaves open${calibrated}; spikes that each kind changes:\n${table(heading, rows)}${dashes}`;
}

/** The layer whose potential may be off the most, of its threshold where it has one. */
function printBounds(bounds: CompileReport["bounds"] = []): string {
  const partOf = ({ bound, threshold }: LayerBound): number => (threshold ? bound / threshold : bound);
  const [worst] = [...bounds].sort((a, b) => partOf(b) - partOf(a));
  if (worst === undefined) return "";
  const { layer, bound, threshold } = worst;
  if (!Number.isFinite(bound)) return `nothing bounds what they change of the potentials of '${layer}'\n`;
  const part = threshold ? `, ${((100 * bound) / threshold).toPrecision(2)} % of its threshold` : "";
  return `a tick takes the potentials of '${layer}' at most ${bound.toPrecision(2)} from the real ones${part}\n`;
}

/** The largest few; report.json lists all. */
function printDeviations(changes: CompileReport["deviations"]): string {
  const largest = [...changes]
    .sort((a, b) => b.bound - a.bound || b.relativeError - a.relativeError)
    .slice(0, 8);
  const size = (x: number): string => x.toExponential(1);
  const ofStates = (d: Deviation): number => Math.max(0, ...d.stateBounds.map(({ bound }) => bound));
  return table(
    ["deviation", "where", "what", "relative error", "potential", "states"],
    largest.map((d) => [d.kind, d.where, d.text, size(d.relativeError), size(d.bound), size(ofStates(d))]),
  );
}
