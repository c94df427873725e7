/** Lines by which tools say what is wrong: Verilator and g++, Icarus, make. */
const ERROR = /%Error|\b(?:fatal )?error:|: (?:syntax error|sorry|internal error)\b|^(?:make\S*: )?\*\*\*/i;

/** Lines that are shown behind it, as far as they belong to it: Verilator shows the place in the source. */
const CONTEXT = 3;

/** The first error in what a tool printed, with what the tool shows of its place; else the last lines of it. */
export function firstError(output: string): string {
  const lines = output.trimEnd().split("\n");
  const at = lines.findIndex((line) => ERROR.test(line));
  if (at < 0) return lines.slice(-CONTEXT).join("\n");
  const behind = lines.slice(at + 1, at + 1 + CONTEXT);
  const end = behind.findIndex((line) => !/^\s/.test(line));
  return [lines[at], ...(end < 0 ? behind : behind.slice(0, end))].join("\n");
}
