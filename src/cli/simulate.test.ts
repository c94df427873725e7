import { describe, expect, test, vi } from "vitest";
import { success } from "../diagnostics/diagnostic.js";
import type { Services } from "./context.js";
import { simulateReport, spikec } from "./testing/spikec.js";

describe("simulate", () => {
  const args = ["simulate", "build/net", "--simulator", "icarus", "--input", "x.npy", "-o", "out"];

  test("options reach the request; prints classes and files", async () => {
    const simulate = vi.fn<Services["simulate"]>().mockResolvedValue(success(simulateReport));
    const ended = await spikec([...args, "--record", "spikes,final-states", "--ticks", "8"], { simulate });
    expect(simulate.mock.calls[0]?.[0]).toMatchObject({
      build: "build/net",
      simulator: "icarus",
      input: "x.npy",
      output: "out",
      record: ["spikes", "final-states"],
      ticks: 8,
    });
    expect(simulate.mock.calls[0]?.[0]).not.toHaveProperty("samples");
    expect(ended).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "sample  class
      ------  -----
           0      3
           1      0

      2 samples x 8 ticks; written:
        class.npy
        class_2.npy  (state 'class')
      ",
      }
    `);
  });

  test("--engine is the former name of --simulator: it works, no help shows it, both are refused", async () => {
    const simulate = vi.fn<Services["simulate"]>().mockResolvedValue(success(simulateReport));
    const former = args.map((word) => (word === "--simulator" ? "--engine" : word));
    expect((await spikec(former, { simulate })).code).toBe(0);
    expect(simulate.mock.calls[0]?.[0]).toMatchObject({ simulator: "icarus" });
    const help = (await spikec(["simulate", "--help"])).out;
    expect([help.includes("--simulator"), help.includes("--engine")]).toEqual([true, false]);
    const both = await spikec([...args, "--engine", "golden"], { simulate });
    expect([both.code, both.err]).toEqual([2, expect.stringMatching(/^error\[config-twice\] '--engine'/)]);
  });

  test("cycles are printed, stage by stage", async () => {
    const stages = [{ name: "layer1", first: 402, mean: 130.25, most: 141 }];
    const simulate = vi
      .fn<Services["simulate"]>()
      .mockResolvedValue(success({ ...simulateReport, cycles: { total: 2100, stages } }));
    const { out } = await spikec([...args, "--record", "cycles"], { simulate });
    expect(out).toContain("layer1              402            130.3   141\n\n2100 cycles in all\n");
  });

  test("bad kinds and missing paths exit with 2", async () => {
    expect((await spikec([...args, "--record", "spikes,all"])).err).toContain(
      "'--record': simulation.record.1: expected",
    );
    for (const without of [["simulate"], args.slice(0, 2), args.slice(0, 6)])
      expect(await spikec(without)).toMatchObject({ code: 2, out: "" });
  });
});
