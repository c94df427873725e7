import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Build } from "../../../src/artifact/manifest.js";
import { simulate } from "../../../src/commands/simulate.js";
import { readNpy } from "../../../src/data/npy.js";
import type { SimulatorName } from "../../../src/simulators/names.js";
import type { RecordKind } from "../../../src/simulators/recorded-arrays.js";
import { builtGraph, graphFile, must } from "./build.js";

const graph = { network: "small", form: "post" } as const;
const [samples, ticks] = [1, 3];

let build: Build;
beforeAll(async () => {
  ({ build } = await builtGraph(graph, "cosim-simulate"));
});

/** Runs `spikec simulate` and reads back what it recorded, by file name. */
async function recorded(simulator: SimulatorName, record: readonly RecordKind[]) {
  const output = join(build.path, "..", `run-${simulator}-${record.join("-")}`);
  const request = { build: build.path, simulator, input: graphFile(graph, "cells.npy"), record, output };
  const { files, classes } = must(await simulate({ ...request, samples, ticks }));
  const contents = files.map((file) => [file, readFileSync(join(output, file)).toString("base64")] as const);
  const array = (file: string) => {
    const { dtype, shape, data } = must(readNpy(join(output, file)));
    return { dtype, shape, numbers: Array.from<number | bigint>(data).map(Number) };
  };
  return { files, classes, contents: new Map(contents), array };
}

const all = ["spikes", "states", "readout"] as const;
const layers = [
  { name: "layer1", sent: [16, 8, 8], neurons: [16, 16, 16], states: ["eps0", "eps1", "arp"] },
  { name: "layer2", sent: [24, 4, 4], neurons: [24, 8, 8], states: ["eps0", "eps1", "arp"] },
  { name: "layer3", sent: [32, 4, 4], neurons: [32, 4, 4], states: ["eps0", "eps1"] },
];

describe("simulate", () => {
  test("golden records (sample, tick, ...) under the checkpoint's own names", async () => {
    const { files, array } = await recorded("golden", all);
    const want = new Map<string, readonly [dtype: string, shape: readonly number[]]>([
      ...layers.map((l) => [`${l.name}.spikes.npy`, ["u1", [samples, ticks, ...l.sent]]] as const),
      ...layers.flatMap((l) =>
        l.states.map((s) => [`${l.name}.${s}.npy`, ["i4", [samples, ticks, ...l.neurons]]] as const),
      ),
      ["logits.npy", ["i4", [samples, ticks, 11]]],
      ["tick_class.npy", ["i4", [samples, ticks]]],
      ["class.npy", ["i4", [samples]]],
    ]);
    const have = files.map((file) => [file, [array(file).dtype, array(file).shape]] as const);
    expect([...have].sort()).toEqual([...want].sort());
  });

  test("final-states is the last tick of states", async () => {
    const every = await recorded("golden", all);
    const final = await recorded("golden", ["final-states"]);
    expect(final.files).toHaveLength(8);
    for (const file of final.files) {
      const { shape, numbers } = final.array(file);
      const run = every.array(file);
      expect(shape).toEqual([samples, ...run.shape.slice(2)]);
      expect(numbers).toEqual(run.numbers.slice(-numbers.length));
    }
  });

  test.each(["verilator", "icarus"] as const)("%s records the same bytes as golden", async (simulator) => {
    const golden = await recorded("golden", all);
    const rtl = await recorded(simulator, all);
    expect(rtl.classes).toEqual(golden.classes);
    expect(rtl.files).toEqual(golden.files);
    for (const file of golden.files) expect(rtl.contents.get(file), file).toBe(golden.contents.get(file));
  });

  test("reference records the same spikes and classes, and states as reals", async () => {
    const golden = await recorded("golden", all);
    const reference = await recorded("reference", all);
    expect(reference.files).toEqual(golden.files);
    const states = build.compiled.fixed.layers.flatMap((l) => [...l.pre.states, ...l.post.states]);
    const scales = new Map<string, readonly number[]>(states.map((s) => [`${s.name}.npy`, s.scale]));
    for (const file of golden.files) {
      const [want, have] = [golden.array(file), reference.array(file)];
      expect(have.shape, file).toEqual(want.shape);
      const scale = scales.get(file);
      if (scale !== undefined) {
        expect(have.dtype, file).toBe("f8");
        expect(scale, file).toHaveLength(1);
        expect(have.numbers, file).toEqual(want.numbers.map((x) => x * (scale[0] as number)));
      } else if (file !== "logits.npy") expect(have, file).toEqual(want);
    }
  });
});
