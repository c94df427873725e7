import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { compile, emitText } from "../../../src/commands/compile.js";
import { simulate } from "../../../src/commands/simulate.js";
import { loadConfig } from "../../../src/config/load.js";
import { decodeNpy } from "../../../src/data/npy.js";

/** Ticks of the first frame whose classes are kept in expected/. */
const TICKS = { "radioml-small": 64, "radioml-seed": 12 } as const;

const folder = mkdtempSync(join(tmpdir(), "spikec-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(["radioml-small", "radioml-seed"] as const)("examples/%s", (name) => {
  const place = `examples/${name}`;
  const loaded = loadConfig(`${place}/spikec.yaml`);
  if (!loaded.ok) throw new Error("its spikec.yaml does not load");
  const { config } = loaded.value;
  const checkpoint = `${place}/post.qonnx.onnx`;
  const output = join(folder, name);
  const expected = (file: string): string => `../../../${place}/expected/${file}`;

  test.each(["spiking", "fixed", "design"] as const)("--emit %s", async (stage) => {
    const text = emitText({ checkpoint, config, output }, stage);
    expect(text.ok).toBe(true);
    await expect(text.ok && text.value).toMatchFileSnapshot(expected(`${stage}.txt`));
  });

  test("report.json, but for the lists that stand in the text forms", async () => {
    const made = await compile({ checkpoint, config, output });
    expect(made.ok).toBe(true);
    const report = JSON.parse(readFileSync(join(output, "report.json"), "utf8")) as Record<string, unknown>;
    const { costs, arithmetic, ...summary } = report;
    expect(costs).toBeDefined();
    expect(arithmetic).toBeDefined();
    await expect(`${JSON.stringify(summary, null, 2)}\n`).toMatchFileSnapshot(expected("report.json"));
  });

  test("classes of the first ticks", async () => {
    const ticks = TICKS[name];
    const request = {
      build: output,
      simulator: "golden",
      input: `${place}/cells.npy`,
      record: ["readout"],
    } as const;
    const run = await simulate({ ...request, output: join(folder, `${name}-run`), samples: 1, ticks });
    expect(run.ok).toBe(true);
    const array = decodeNpy(readFileSync(join(folder, `${name}-run`, "tick_class.npy")), {});
    const classes = array.ok ? Array.from(array.value.data, Number) : [];
    await expect(`${JSON.stringify({ ticks, tickClass: classes })}\n`).toMatchFileSnapshot(
      expected("classes.json"),
    );
  });
});
