import { Argument, type Command } from "commander";
import { success } from "../diagnostics/diagnostic.js";
import { completionScript, type Shell, shells } from "./completion/shells.js";
import { wordsOf } from "./completion/words.js";
import { type Context, finish } from "./context.js";

/** `spikec completion`: what makes a shell complete commands, options, choices and files. Added last: it reads the others. */
export function addCompletion(program: Command, context: Context): void {
  const command = program
    .command("completion")
    .summary("print a completion script for bash, zsh or fish")
    .description(
      'Prints a script that completes spikec in a shell: eval "$(spikec completion bash)", source <(spikec completion zsh), spikec completion fish | source.',
    )
    .addArgument(new Argument("<shell>", "shell").choices(shells))
    .action((shell: Shell) => {
      finish(context, command, success(completionScript(shell, wordsOf(program))), (text) => ({ text }));
    });
}
