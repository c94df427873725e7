import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../src/commands/compile.js";
import { defaultConfig } from "../../src/config/defaults.js";

const readme = readFileSync("README.md", "utf8");

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

test("README: the table of results is what the compiler says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "spikec-readme-"));
  try {
    for (const network of ["small", "seed", "stress/floor", "stress/round"])
      for (const form of ["pre", "post"]) {
        const checkpoint = `../shared/data/radioml/${network}/${form}.qonnx.onnx`;
        const made = await compile({ checkpoint, config: defaultConfig, output: join(folder, "build") });
        if (!made.ok) throw new Error(`${network} ${form} does not compile`);
        const { cyclesPerTick, total } = made.value;
        const blocks = total.ramb36 + total.ramb18 / 2;
        const row = `| ${network} \`${form}\` | ${cyclesPerTick.toLocaleString("en")} | ${blocks} | ${total.dsp} |`;
        expect(readme).toContain(row);
      }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("README names every command, example and document that there is", () => {
  for (const file of readdirSync("src/cli").filter((f) =>
    /^(calibrate|estimate|compile|simulate|verify|inspect|doctor|evaluate)\.ts$/.test(f),
  )) {
    expect(readme).toContain(`\`${file.replace(".ts", "")}`);
  }
  for (const example of readdirSync("examples")) expect(readme).toContain(example);
  for (const doc of readdirSync("docs")) expect(readme).toContain(`docs/${doc}`);
});
