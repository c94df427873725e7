import type { Argument, Command, Option } from "commander";

/** What may stand behind an option or as an argument. */
export type Value =
  | { readonly kind: "file" | "directory" | "any" }
  /** One of `words`; several between commas if `list`. */
  | { readonly kind: "words"; readonly words: readonly string[]; readonly list: boolean };

/** An option: its names with their dashes, what it is for, and what stands behind it, if anything does. */
export interface OptionWords {
  readonly flags: readonly string[];
  readonly text: string;
  readonly value: Value | undefined;
}

/** A command: its options, the global ones too, and what its first argument is. */
export interface CommandWords {
  readonly name: string;
  readonly text: string;
  readonly options: readonly OptionWords[];
  readonly argument: Value | undefined;
}

/** All that can be completed, as the commander program has it: nothing is listed a second time. */
export function wordsOf(program: Command): readonly CommandWords[] {
  const help = program.createHelp();
  const globals = help.visibleOptions(program);
  return program.commands.map((command) => ({
    name: command.name(),
    text: command.summary() || command.description(),
    options: [
      ...help.visibleOptions(command),
      ...globals.filter(({ long }) => long !== "--help" && long !== "--version"),
    ].map(optionWords),
    argument: command.registeredArguments.map(argumentValue)[0],
  }));
}

function optionWords(option: Option): OptionWords {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
  const { description: text, argChoices } = option;
  if (!option.required && !option.optional) return { flags, text, value: undefined };
  const placeholder = /<(.*)>/.exec(option.flags)?.[1] ?? "";
  if (argChoices !== undefined)
    return { flags, text, value: { kind: "words", words: argChoices, list: placeholder.endsWith("s") } };
  const kind = placeholder === "file" || placeholder === "directory" ? placeholder : "any";
  return { flags, text, value: { kind } };
}

function argumentValue(argument: Argument): Value {
  const { argChoices: words } = argument;
  if (words !== undefined) return { kind: "words", words, list: false };
  return { kind: argument.name() === "build" ? "directory" : "file" };
}
