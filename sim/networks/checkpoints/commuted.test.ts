import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { simulate } from "../../../src/commands/simulate.js";
import { verify } from "../../../src/commands/verify.js";
import { decodeNpy } from "../../../src/data/npy.js";
import { builtGraph, graphFile, must } from "../cosim/build.js";

/** A graph whose traces stand before the synapse, moved behind it. */
const graph = { network: "small", form: "pre" } as const;
const input = graphFile(graph, "cells.npy");
let build: string;
beforeAll(async () => {
  const made = await builtGraph(graph, "checkpoints-commuted", { traces: "commuted" });
  expect(made.build.compiled.fixed.layers.every((layer) => layer.pre.states.length === 0)).toBe(true);
  build = made.build.path;
});

test("Verilog of commuted traces equals golden", async () => {
  const report = must(await verify({ build, input, simulators: ["icarus"], samples: 1, ticks: 6 }));
  expect(report.simulators).toMatchObject([{ simulator: "icarus", equal: true }]);
});

test("reference records the states as they were trained, the others as they are stored", async () => {
  const shapes = async (simulator: "reference" | "golden") => {
    const output = join(build, "..", `checkpoints-commuted-${simulator}`);
    must(await simulate({ build, simulator, input, record: ["states"], output, samples: 1, ticks: 2 }));
    return ["layer1.eps1", "layer1.arp"].map(
      (state) => must(decodeNpy(readFileSync(join(output, `${state}.npy`)), {})).shape,
    );
  };
  expect(await shapes("reference")).toEqual([
    [1, 2, 1, 16, 16],
    [1, 2, 16, 16, 16],
  ]);
  expect(await shapes("golden")).toEqual([
    [1, 2, 16, 16, 16],
    [1, 2, 16, 16, 16],
  ]);
});
