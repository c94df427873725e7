import { assertNever } from "../../diagnostics/diagnostic.js";
import type { CommandWords, OptionWords, Value } from "./words.js";

/** Shells that have a completion. */
export const shells = ["bash", "zsh", "fish"] as const;
/** One of {@link shells}. */
export type Shell = (typeof shells)[number];

/** The completion of spikec as a script of a shell. */
export function completionScript(shell: Shell, commands: readonly CommandWords[]): string {
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
    default:
      return assertNever(shell);
  }
}

const lines = (...parts: readonly (string | readonly string[])[]): string => `${parts.flat().join("\n")}\n`;

const names = (commands: readonly CommandWords[]): readonly string[] => commands.map(({ name }) => name);

/** To be read by `eval "$(spikec completion bash)"`, or to be put into the folder of completions. */
function bash(commands: readonly CommandWords[]): string {
  const branches = commands.flatMap(({ name, options, argument }) => [
    ...options.flatMap(({ flags, value }) =>
      value === undefined
        ? []
        : [`    ${flags.map((flag) => `"${name} ${flag}"`).join("|")}) ${bashValue(value)}; return ;;`],
    ),
    `    "${name} "*)`,
    `      if [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W "${options.flatMap(({ flags }) => flags).join(" ")}" -- "$current"));`,
    `      else ${argument === undefined ? ":" : bashValue(argument)}; fi ;;`,
  ]);
  return lines(
    "# Completion of spikec in bash, made by `spikec completion bash`.",
    "_spikec_paths() {",
    "  local IFS=$'\\n'",
    "  compopt -o filenames 2> /dev/null",
    '  COMPREPLY=($(compgen "$1" -- "$current"))',
    "}",
    "_spikec_list() {",
    '  local head=""',
    `  if [[ "$current" == *,* ]]; then head="\${current%,*},"; fi`,
    "  compopt -o nospace 2> /dev/null",
    `  COMPREPLY=($(compgen -P "$head" -W "$1" -- "\${current##*,}"))`,
    "}",
    "_spikec() {",
    `  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" command="" i`,
    "  COMPREPLY=()",
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    `    case "\${COMP_WORDS[i]}" in ${names(commands).join("|")}) command="\${COMP_WORDS[i]}"; break ;; esac`,
    "  done",
    '  case "$command $previous" in',
    branches,
    `    *) COMPREPLY=($(compgen -W "${names(commands).join(" ")} --help --version" -- "$current")) ;;`,
    "  esac",
    "}",
    "complete -F _spikec spikec",
  );
}

function bashValue(value: Value): string {
  switch (value.kind) {
    case "file":
      return "_spikec_paths -f";
    case "directory":
      return "_spikec_paths -d";
    case "any":
      return ":";
    case "words": {
      const words = value.words.join(" ");
      return value.list ? `_spikec_list "${words}"` : `COMPREPLY=($(compgen -W "${words}" -- "$current"))`;
    }
    default:
      return assertNever(value);
  }
}

/** To be put as `_spikec` into a folder of `$fpath`, or read by `source <(spikec completion zsh)`. */
function zsh(commands: readonly CommandWords[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const plain = (text: string): string => text.replace(/[[\]:\\]/g, (letter) => `\\${letter}`);
  const action = (value: Value): string => {
    switch (value.kind) {
      case "file":
        return "_files";
      case "directory":
        return "_files -/";
      case "any":
        return " ";
      case "words":
        return value.list ? `_values -s , value ${value.words.join(" ")}` : `(${value.words.join(" ")})`;
      default:
        return assertNever(value);
    }
  };
  const option = ({ flags, text, value }: OptionWords): readonly string[] =>
    flags.map((flag) =>
      quoted(`${flag}[${plain(text)}]${value === undefined ? "" : `:value:${action(value)}`}`),
    );
  const branches = commands.flatMap(({ name, options, argument }) => [
    `    ${name})`,
    `      _arguments ${[...options.flatMap(option), ...(argument === undefined ? [] : [quoted(`1:argument:${action(argument)}`)])].join(" \\\n        ")} ;;`,
  ]);
  return lines(
    "#compdef spikec",
    "# Completion of spikec in zsh, made by `spikec completion zsh`.",
    "_spikec() {",
    "  local -a commands",
    `  commands=(${commands.map(({ name, text }) => quoted(`${name}:${plain(text)}`)).join("\n    ")})`,
    "  if (( CURRENT == 2 )); then _describe command commands; return; fi",
    `  local command="\${words[2]}"`,
    "  shift words",
    "  (( CURRENT-- ))",
    '  case "$command" in',
    branches,
    "  esac",
    "}",
    // As a file of $fpath it is the body of the function that is called.
    `if [[ "\${funcstack[1]}" == _spikec ]]; then _spikec "$@"; else compdef _spikec spikec; fi`,
  );
}

/** To be put as `spikec.fish` into a folder of completions, or read by `spikec completion fish | source`. */
function fish(commands: readonly CommandWords[]): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, (letter) => `\\${letter}`)}'`;
  const value = (of: Value | undefined): string => {
    if (of === undefined) return "";
    switch (of.kind) {
      case "file":
        return " -r -F";
      case "directory":
        return " -x -a '(__fish_complete_directories)'";
      case "any":
        return " -x";
      case "words":
        return of.list
          ? ` -x -a '(__fish_complete_list , "printf %s\\\\\\\\n ${of.words.join(" ")}")'`
          : ` -x -a ${quoted(of.words.join(" "))}`;
      default:
        return assertNever(of);
    }
  };
  const flag = (name: string): string =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
  return lines(
    "# Completion of spikec in fish, made by `spikec completion fish`.",
    "complete -c spikec -f",
    commands.map(
      ({ name, text }) => `complete -c spikec -n __fish_use_subcommand -a ${name} -d ${quoted(text)}`,
    ),
    commands.flatMap(({ name, options, argument }) => {
      const here = `complete -c spikec -n '__fish_seen_subcommand_from ${name}'`;
      return [
        ...options.map((o) => `${here} ${o.flags.map(flag).join(" ")}${value(o.value)} -d ${quoted(o.text)}`),
        ...(argument === undefined ? [] : [`${here}${value(argument).replace(" -r", "")}`]),
      ];
    }),
  );
}
