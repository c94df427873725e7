import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type BuildReport, costDetails, reportOf } from "../../../src/artifact/report.js";
import { compile } from "../../../src/commands/compile.js";
import { estimate } from "../../../src/commands/estimate.js";
import { defaultConfig } from "../../../src/config/defaults.js";
import { loadConfig } from "../../../src/config/load.js";
import type { Config } from "../../../src/config/schema.js";
import type { Cost, Mapper } from "../../../src/cost/cost.js";
import { estimateDesign } from "../../../src/cost/design.js";
import { type Design, pipelinesOf } from "../../../src/ir/design.js";
import { randomCase } from "../random/models.js";
import { designOf, eventDesignOf, eventSeeds } from "../random/run.js";

const floor = "../shared/data/radioml/stress/floor/post.qonnx.onnx";

const resources = ["lut", "ff", "lutram", "ramb18", "ramb36", "uram", "dsp"] as const;

const countsOf = (cost: Cost) => resources.map((what) => cost[what]);

/** Block RAM, URAM and DSPs that the lists of memories and multipliers in report.json add up to. */
function listed(details: ReturnType<typeof costDetails>[number], mapper: Mapper): readonly number[] {
  const { memories, multipliers } = details;
  const sum = (what: "ramb18" | "ramb36" | "uram") =>
    memories.reduce((total, memory) => total + memory.copies * memory[mapper][what], 0);
  const dsp = multipliers.reduce((total, m) => total + (mapper === "yosys" ? m.yosysDsp : m.vivadoDsp), 0);
  return [sum("ramb18"), sum("ramb36"), sum("uram"), dsp];
}

/** What is reported of a design is what is estimated, and what its memories and multipliers add up to. */
function holds(design: Design, report: Pick<BuildReport, "stages" | "total">): void {
  const { guard, stages, total } = estimateDesign(design);
  const parts = guard === undefined ? stages : [guard, ...stages];
  const details = costDetails(design);
  expect(report.stages.map(countsOf)).toEqual(stages.map(({ vivado }) => countsOf(vivado)));
  expect(countsOf(report.total)).toEqual(countsOf(total.vivado));
  for (const mapper of ["yosys", "vivado"] as const) {
    const blocks = stages.map((stage) => [
      stage[mapper].ramb18,
      stage[mapper].ramb36,
      stage[mapper].uram,
      stage[mapper].dsp,
    ]);
    expect(blocks).toEqual(details.map((stage) => listed(stage, mapper)));
    for (const what of resources)
      expect(total[mapper][what]).toBe(parts.reduce((sum, part) => sum + part[mapper][what], 0));
  }
}

test("random designs: reported, estimated and listed costs are the same", () => {
  const designs = [
    ...Array.from({ length: 60 }, (_, seed) => designOf(randomCase(seed))),
    ...eventSeeds(100, 40).map((seed) => eventDesignOf(randomCase(seed))),
  ];
  const effect = { ticks: 0, layers: [], readouts: [] };
  for (const design of designs) holds(design, reportOf(design, defaultConfig, [], effect, undefined));

  // Products of a spike: counted where synthesis makes a multiplier of them, and where it makes none.
  const products = designs.flatMap(({ stages }) =>
    stages.flatMap((stage) => pipelinesOf(stage).flatMap(({ ops }) => ops.filter((op) => op.kind === "mul"))),
  );
  const factors = products.filter(({ a }) => a.kind === "net" && a.net.bit).map(({ b }) => b.kind);
  expect([...new Set(factors)].sort()).toEqual(["literal", "table"]);
});

describe("examples: report.json says what estimate says", () => {
  const folder = mkdtempSync(join(tmpdir(), "spikec-agree-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const configOf = (path: string): Config => {
    const loaded = loadConfig(path);
    if (!loaded.ok) throw new Error(`${path} does not load`);
    return loaded.value.config;
  };
  test.each([
    ["small", "spikec.yaml", "pre", {}],
    ["small", "spikec.yaml", "post", { engine: "event" }],
    ["seed", "spikec.yaml", "post", { engine: "dense" }],
    ["seed", "fastest.yaml", "post", {}],
  ] as const)("radioml-%s, %s, %s, %o", async (name, file, form, changes) => {
    const place = `examples/radioml-${name}`;
    const config: Config = { ...configOf(`${place}/${file}`), ...changes };
    const request = { checkpoint: `${place}/${form}.qonnx.onnx`, config };
    const output = join(folder, `${name}-${form}-${file}`);
    const made = await compile({ ...request, output });
    const estimated = await estimate(request);
    if (!made.ok || !estimated.ok) throw new Error(`${name} does not compile`);
    const report = JSON.parse(readFileSync(join(output, "report.json"), "utf8")) as BuildReport;
    expect(report.stages.map(countsOf)).toEqual(estimated.value.stages.map(({ vivado }) => countsOf(vivado)));
    expect(report.stages.map((s) => s.cyclesPerTick)).toEqual(
      estimated.value.stages.map((s) => s.cyclesPerTick),
    );
    expect(report.total).toEqual(estimated.value.total.vivado);
    expect(report.device.uses).toEqual(estimated.value.device.uses);
    expect(made.value.total).toEqual(report.total);
  });
});

test("guard and stages add up, and are held against the device and the budget", async () => {
  const found = await estimate({ checkpoint: floor, config: defaultConfig });
  if (!found.ok) throw new Error("no estimate");
  const { guard, stages, total, device, fits, budget } = found.value;
  expect(stages.map((s) => [s.name, s.kind])).toEqual([
    ["layer1", "event"],
    ["layer2", "event"],
    ["layer3", "event"],
    ["logits", "readout"],
  ]);
  expect(guard?.yosys.lut).toBeGreaterThan(0);
  expect(total.yosys.lut).toBe(stages.reduce((sum, s) => sum + s.yosys.lut, guard?.yosys.lut ?? 0));
  expect(device.uses[0]?.used).toBe(total.vivado.lut + total.vivado.lutram);
  expect([fits, budget]).toEqual([true, 100]);
  const most = Math.max(...device.uses.map((use) => use.percent));
  const tight = await estimate({ checkpoint: floor, config: defaultConfig, budget: most / 2 });
  expect(tight.ok && tight.value.fits).toBe(false);
});
