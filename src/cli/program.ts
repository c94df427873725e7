import { Command, CommanderError, Help } from "commander";
import { calibrate } from "../commands/calibrate.js";
import { compile, emitText } from "../commands/compile.js";
import { doctor } from "../commands/doctor.js";
import { estimate } from "../commands/estimate.js";
import { evaluate } from "../commands/evaluate.js";
import { inspect } from "../commands/inspect.js";
import { simulate } from "../commands/simulate.js";
import { verify } from "../commands/verify.js";
import { diagnostic } from "../diagnostics/diagnostic.js";
import { nearest } from "../diagnostics/nearest.js";
import { printable, printableLines } from "../diagnostics/printable.js";
import { version } from "../host/version.js";
import { addCalibrate } from "./calibrate.js";
import { addCompile } from "./compile.js";
import { addCompletion } from "./completion.js";
import { type Context, type ExitCode, printJson, type Services } from "./context.js";
import { addDoctor } from "./doctor.js";
import { addEstimate } from "./estimate.js";
import { addEvaluate } from "./evaluate.js";
import { addInspect } from "./inspect.js";
import type { Io } from "./io.js";
import { printDiagnostics } from "./print-diagnostics.js";
import { addSimulate } from "./simulate.js";
import { addVerify } from "./verify.js";

/** The functions behind the commands. */
export const services: Services = {
  calibrate,
  compile,
  emitText,
  estimate,
  simulate,
  verify,
  evaluate,
  inspect,
  doctor,
};

/** Runs `spikec args` and returns its exit code. Never throws; what the user did wrong and bugs alike are printed. */
export async function run(
  args: readonly string[],
  io: Io,
  functions: Services = services,
): Promise<ExitCode> {
  let code: ExitCode = 0;
  let program: Command | undefined;
  const exit = (ended: ExitCode) => {
    code = ended;
  };
  try {
    program = buildProgram({ io, services: functions, exit });
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return usage(args, io, error, program?.commands ?? []);
    return bug(args, io, error);
  }
}

/** Variables of the environment that spikec reads, as its help lists them. */
const environment = `
Environment:
  SPIKEC_CACHE          folder of benches that were built (default: $XDG_CACHE_HOME/spikec, else ~/.cache/spikec)
  TMPDIR                folder of what is needed for a while (default: /tmp)
  NO_COLOR              no colours
`;

/** The commander program with every command; it throws where commander would exit. */
export function buildProgram(context: Context): Command {
  const { io } = context;
  const program = new Command("spikec")
    .description(
      "Compiles trained, quantised spiking networks to Verilog that equals its simulator bit for bit.",
    )
    .version(version)
    .option("--json", "one JSON document on stdout instead of text")
    .option("--quiet", "print nothing but errors")
    .option("--no-color", "no colours (NO_COLOR does the same)")
    .configureHelp({
      showGlobalOptions: true,
      // What a key of spikec.yaml may be stands in the option's own words.
      optionDescription: (option) =>
        option.parseArg === undefined && option.argChoices !== undefined
          ? option.description
          : new Help().optionDescription(option),
    })
    .addHelpText("after", environment)
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: () => {},
    })
    .exitOverride();
  addCalibrate(program, context);
  addCompile(program, context);
  addEstimate(program, context);
  addSimulate(program, context);
  addVerify(program, context);
  addEvaluate(program, context);
  addInspect(program, context);
  addDoctor(program, context);
  addCompletion(program, context);
  return program;
}

/** Help and --version end well; anything else that commander stops at is bad usage. */
function usage(
  args: readonly string[],
  io: Io,
  error: CommanderError,
  commands: readonly Command[],
): ExitCode {
  if (error.exitCode === 0) return 0;
  if (error.code === "commander.help") return 2;
  const problem = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const [, word = "", choices = ""] = /'([^']*)' is invalid.*Allowed choices are (.*)\./.exec(problem) ?? [];
  const command = commands.find((each) => args.includes(each.name()));
  const near = choices === "" ? optionLike(problem, command) : nearest(word, choices.split(", "));
  const meant = near === undefined ? "" : `did you mean '${near}'? `;
  const hint = `${meant}spikec --help, spikec <command> --help`;
  const found = diagnostic("cli-usage", {}, { problem }, { hint });
  if (args.includes("--json"))
    printJson(io, { command: command?.name() ?? null, ok: false, diagnostics: [found] });
  else printDiagnostics(io, { json: false, quiet: false, color: !args.includes("--no-color") }, [found]);
  return 2;
}

/** The option that an unknown one begins with, or that begins with it, where commander finds none that is near. */
function optionLike(problem: string, command: Command | undefined): string | undefined {
  const [, unknown = ""] = /^unknown option '(--[^']{4,})'$/.exec(problem) ?? [];
  const known = command?.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? "") ?? [];
  const like = known.filter(
    (each) => unknown !== "" && each !== "" && (unknown.startsWith(each) || each.startsWith(unknown)),
  );
  return like.length === 1 ? like[0] : undefined;
}

/** An exception that is nobody's input: say so, and how to report it. */
function bug(args: readonly string[], io: Io, error: unknown): ExitCode {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (args.includes("--json")) printJson(io, { ok: false, diagnostics: [], bug: stack });
  io.err(`spikec ${version} stopped at a bug of its own; the input may be fine.\n${printableLines(stack)}\n
Please report it with the text above, the command (spikec ${printable(args.join(" "))}) and, if you can, its input files.\n`);
  return 1;
}
