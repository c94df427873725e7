import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/cli/program.js";
import { compile } from "../../src/commands/compile.js";
import { defaultConfig } from "../../src/config/defaults.js";
import { networks, rowOf } from "./results.js";

const readme = readFileSync("README.md", "utf8");
const pages = ["README.md", ...readdirSync("docs").map((page) => `docs/${page}`)];

/** One field of a module header, its continuation lines joined: `Latency`, `Throughput`, `Cost`. */
function field(header: string, name: string): string {
  const start = header.search(new RegExp(`\\b${name} *: `));
  if (start < 0) return "";
  const rest = header.slice(start).replace(new RegExp(`^${name} *: `), "");
  const end = rest.search(/ {2,}[A-Z][a-z]+ *: |\n\/\/ [A-Z][a-z]+ *: |\n`default|\n\/\/ *\n/);
  return (end < 0 ? rest : rest.slice(0, end))
    .replace(/\n\/\/ */g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/\.$/, "");
}

test("docs/rtl-blocks.md is the table of the module headers", async () => {
  const rows = readdirSync("rtl")
    .sort()
    .map((file) => {
      const text = readFileSync(`rtl/${file}`, "utf8");
      const purpose = (text.split("\n")[0] as string).replace(/^\/\/ \S+ - /, "").replace(/\.$/, "");
      const block = file.replace(/\.v$/, "");
      const proof = text.includes("`ifdef FORMAL") || existsSync(`sim/blocks/${block}/${block}_proof.v`);
      const proved = proof ? "proved, benched" : "benched";
      const cell = (name: string) => field(text, name).replaceAll("|", "\\|");
      return `| \`${file}\` | ${purpose} | ${cell("Latency")} | ${cell("Throughput")} | ${cell("Cost")} | ${proved} |`;
    });
  const head = ["# RTL blocks", "", "Made from the headers in `rtl/` by `sim/house/docs.test.ts`.", ""];
  const table = [
    "| block | function | latency | throughput | cost | checked |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
  ];
  await expect([...head, ...table].join("\n")).toMatchFileSnapshot("../../docs/rtl-blocks.md");
});

test("docs/measured.md: cost and cycles are what the compiler says", async () => {
  const measured = readFileSync("docs/measured.md", "utf8");
  const folder = mkdtempSync(join(tmpdir(), "spikec-measured-"));
  const config = { ...defaultConfig, engine: "dense" } as const;
  try {
    for (const network of ["small", "seed", "stress/floor", "stress/round"])
      for (const form of ["pre", "post"]) {
        const checkpoint = `../shared/data/radioml/${network}/${form}.qonnx.onnx`;
        const made = await compile({ checkpoint, config, output: join(folder, "build") });
        if (!made.ok) throw new Error(`${network} ${form} does not compile`);
        const { cyclesPerTick, total } = made.value;
        const blocks = total.ramb36 + total.ramb18 / 2;
        const row = `| ${network} \`${form}\` | ${cyclesPerTick.toLocaleString("en")} | ${blocks} | ${total.dsp} |`;
        expect(measured).toContain(row);
      }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Commands of a page's indented blocks, `$ spikec …`, each with the lines that stand below it. */
function commandsOf(
  text: string,
): readonly { readonly command: string; readonly lines: readonly string[] }[] {
  return [...text.matchAll(/^ {4}\$ spikec (.*)\n((?: {4}.*\n|\n(?= {4}[^$\s]| {4}-))*)/gm)].map(
    ([, command = "", below = ""]) => ({
      command,
      lines: below
        .split("\n")
        .map((line) => line.slice(4).trimEnd())
        .filter((line) => line !== ""),
    }),
  );
}

test("README: the commands print what stands below them", async () => {
  const small = "examples/radioml-small";
  const commands = commandsOf(readme);
  expect(commands.map(({ command }) => command.split(" ")[0])).toEqual([
    "compile",
    "estimate",
    "simulate",
    "verify",
    "evaluate",
  ]);
  const folder = mkdtempSync(join(tmpdir(), "spikec-readme-"));
  try {
    for (const { command, lines } of commands) {
      const said: string[] = [];
      const words = command.replaceAll("$small", small).replaceAll("build/", `${folder}/`).split(" ");
      const io = {
        out: (text: string) => void said.push(text),
        err: (text: string) => void said.push(text),
        terminal: undefined,
        colour: false,
        now: () => 0,
      };
      const status = await run(words, io);
      const printed = said.join("");
      expect(status, printed).toBe(0);
      const all = printed
        .replaceAll(`${folder}/`, "build/")
        .split("\n")
        .map((line) => line.trimEnd());
      // A line of dots stands for any number of lines; the others follow each other as they do here.
      let at = 0;
      for (const line of lines) {
        if (line === "...") continue;
        const found = all.indexOf(line, at);
        expect(found, `${command}: '${line}' is not in\n${printed}`).toBeGreaterThanOrEqual(at);
        at = found + 1;
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each(networks.filter(({ command }) => command === "make test"))("README: row of $name", async (row) => {
  expect(readme).toContain(await rowOf(row));
});

test("README is short and narrow, and names every example and document that there is", () => {
  const lines = readme.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(120);
  expect(lines.filter((line) => line.length > 120)).toEqual([]);
  for (const target of ["demo", "test", "test-long", "bench", "figures"])
    expect(readme).toContain(`make ${target}`);
  for (const example of readdirSync("examples")) expect(readme).toContain(example);
  const named = pages.map((page) => readFileSync(page, "utf8")).join("\n");
  for (const page of readdirSync("docs")) expect(named, page).toMatch(new RegExp(`[(/]${page}\\)`));
});

test("docs/configuration.md names every command", () => {
  const page = readFileSync("docs/configuration.md", "utf8");
  const commands = readdirSync("src/commands").filter((file) => !file.includes(".test."));
  expect(commands).toContain("compile.ts");
  for (const file of commands) expect(page).toContain(`| \`${file.replace(".ts", "")}`);
});

test("links of the pages lead somewhere", () => {
  for (const page of [...pages, "CHANGELOG.md"]) {
    const links = [...readFileSync(page, "utf8").matchAll(/\]\(([^)#]+)\)/g)].map(([, path = ""]) => path);
    const missing = links.filter((path) => !/^https?:/.test(path) && !existsSync(join(dirname(page), path)));
    expect(missing, page).toEqual([]);
  }
});
