import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shells } from "../../src/cli/completion/shells.js";
import { wordsOf } from "../../src/cli/completion/words.js";
import { buildProgram, run, services } from "../../src/cli/program.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-completion-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const scripts = new Map<string, string>();

const io = (out: (text: string) => void) => ({
  out,
  err: out,
  terminal: undefined,
  colour: false,
  now: () => 0,
});

beforeAll(async () => {
  for (const shell of shells) {
    let text = "";
    const print = io((more) => {
      text += more;
    });
    expect(await run(["completion", shell], print)).toBe(0);
    scripts.set(shell, text);
    writeFileSync(join(folder, `spikec.${shell}`), text);
  }
  mkdirSync(join(folder, "nets"));
  mkdirSync(join(folder, "a build"));
  writeFileSync(join(folder, "nets.onnx"), "");
});

/** What bash offers behind `words`, of which the last is being written. */
function offered(...words: readonly string[]): readonly string[] {
  const script = [
    `source ./spikec.bash; COMP_WORDS=(${["spikec", ...words].map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length}; _spikec; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ].join("; ");
  const ended = spawnSync("bash", ["--norc", "-c", script], { cwd: folder, encoding: "utf8" });
  expect(ended.stderr).toBe("");
  // In the order of the alphabet: bash sorts what it shows, and files come in any order.
  return ended.stdout
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}

describe("bash", () => {
  test("commands, options, choices, lists, files and folders", () => {
    expect(offered("co")).toEqual(["compile", "completion"]);
    expect(offered("compile", "--en")).toEqual(["--engine"]);
    expect(offered("compile", "--engine", "")).toEqual(["auto", "dense", "event"]);
    expect(offered("compile", "x.onnx", "--emit", "f")).toEqual(["fixed"]);
    expect(offered("--json", "verify", "--simulators", "verilator,i")).toEqual(["verilator,icarus"]);
    expect(offered("simulate", "--record", "sp")).toEqual(["spikes"]);
    expect(offered("compile", "nets")).toEqual(["nets", "nets.onnx"]);
    expect(offered("verify", "")).toEqual(["a build", "nets"]);
    expect(offered("compile", "-o", "a")).toEqual(["a build"]);
    expect(offered("compile", "--burn-in", "")).toEqual([]);
    expect(offered("completion", "f")).toEqual(["fish"]);
    expect(offered("estimate", "-")).not.toContain("--output");
    expect(offered("evaluate", "--c")).toEqual(["--classes", "--config", "--csv"]);
  });
});

test.each([
  ["bash", ["-n"]],
  ["zsh", ["-n"]],
  ["fish", ["--no-execute"]],
] as const)("%s reads its script", (shell, options) => {
  const ended = spawnSync(shell, [...options, join(folder, `spikec.${shell}`)], { encoding: "utf8" });
  expect([ended.error, ended.stderr, ended.status]).toEqual([undefined, "", 0]);
});

test("fish offers what bash does", () => {
  const script = "source spikec.fish; complete -C 'spikec compile --engine '; complete -C 'spikec est'";
  const ended = spawnSync("fish", ["--no-config", "-c", script], { cwd: folder, encoding: "utf8" });
  const words = ended.stdout.split("\n").map((line) => line.split("\t")[0]);
  expect([ended.stderr, words.filter((word) => word !== "")]).toEqual([
    "",
    ["auto", "dense", "event", "estimate"],
  ]);
});

test("every script has every command, every option and every choice of the program", () => {
  const commands = wordsOf(buildProgram({ io: io(() => {}), services, exit() {} }));
  expect(commands.map(({ name }) => name)).toContain("completion");
  for (const shell of shells)
    for (const { name, options } of commands) {
      const text = scripts.get(shell) as string;
      expect(text).toContain(name);
      expect(options.flatMap(({ flags }) => flags)).toContain("--json");
      for (const { flags, value } of options) {
        const long = flags.at(-1) as string;
        expect(text).toContain(shell === "fish" ? `-l ${long.slice(2)} ` : long);
        if (value?.kind === "words") expect(text).toContain(value.words.join(" "));
      }
    }
});
