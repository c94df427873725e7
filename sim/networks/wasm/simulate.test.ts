import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { simulate } from "../../../src/commands/simulate.js";
import { recordKinds } from "../../../src/simulators/recorded-arrays.js";
import { builtGraph, graphFile, must } from "../cosim/build.js";

test("simulate --simulator wasm writes golden's files, byte for byte", async () => {
  const graph = { network: "stress/round", form: "pre" } as const;
  const { build } = await builtGraph(graph, "wasm-simulate");
  const files = async (simulator: "golden" | "wasm") => {
    const output = join(build.path, `../../${simulator}`);
    const input = graphFile(graph, "cells.npy");
    must(
      await simulate({
        build: build.path,
        simulator,
        input,
        record: recordKinds,
        output,
        samples: 2,
        ticks: 24,
      }),
    );
    const names = readdirSync(output).filter((name) => name.endsWith(".npy"));
    return new Map(names.map((name) => [name, readFileSync(join(output, name)).toString("base64")]));
  };
  const golden = await files("golden");
  const wasm = await files("wasm");
  expect(golden.size).toBeGreaterThan(10);
  expect([...wasm.keys()]).toEqual([...golden.keys()]);
  for (const [name, content] of golden) expect(wasm.get(name) === content, name).toBe(true);
});
