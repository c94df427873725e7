import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { success } from "../diagnostics/diagnostic.js";
import type { Services } from "./context.js";
import { json, spikec, verifyReport } from "./testing/spikec.js";

const root = mkdtempSync(join(tmpdir(), "spikec-cli-"));
afterAll(() => rmSync(root, { recursive: true }));

const difference = {
  sample: 0,
  tick: 3,
  layer: "layer1",
  signal: "spikes",
  channel: 1,
  y: 2,
  x: 3,
  expected: 1,
  actual: 0,
};

describe("verify", () => {
  const args = ["verify", "build/net", "--input", "x.npy", "--simulators", "verilator"];

  test("equal: exit 0 and what was compared", async () => {
    const ended = await spikec(args);
    expect(ended.code).toBe(0);
    expect(ended.out).toMatchInlineSnapshot(`
      "build/net: 1 samples x 64 ticks
      vectors: wasm, equal to golden on the first 32 ticks

      simulator  golden  spikes  state words  logits  classes  votes  cycles
      ---------  ------  ------  -----------  ------  -------  -----  ------
      verilator  equal    4,096       99,999     704       64     12  76,800

      reached in  weights               thresholds         neurons that fired      silent
      ----------  --------------------  -----------------  ----------------------  ------
      layer1      300 of 1,200, 25.0 %  16 of 16, 100.0 %  1,000 of 1,024, 97.7 %      24
      "
    `);
  });

  test("a difference: exit 1, its place, its waveform, and JUnit", async () => {
    const differs = { ...verifyReport.simulators[0]!, equal: false, difference, waveform: "w.vcd" };
    const verify = async () => success({ ...verifyReport, simulators: [differs] });
    const path = join(root, "ci", "out.xml");
    const ended = await spikec([...args, "--junit", path], { verify });
    expect(ended.code).toBe(1);
    expect(ended.out).toContain(
      "verilator: first difference at sample 0, tick 3, layer layer1, spikes, channel 1, y 2, x 3: expected 1, actual 0\nverilator: waveform in w.vcd\n",
    );
    expect(readFileSync(path, "utf8")).toContain('failures="1"');
    expect(json((await spikec([...args, "--json"], { verify })).out)).toMatchObject({ ok: false });
  });

  test("--engines is the former name of --simulators: it works, no help shows it, both are refused", async () => {
    const verify = vi.fn<Services["verify"]>().mockResolvedValue(success(verifyReport));
    const former = args.map((word) => (word === "--simulators" ? "--engines" : word));
    expect((await spikec(former, { verify })).code).toBe(0);
    expect(verify.mock.calls[0]?.[0]).toMatchObject({ simulators: ["verilator"] });
    const help = (await spikec(["verify", "--help"])).out;
    expect([help.includes("--simulators"), help.includes("--engines")]).toEqual([true, false]);
    const both = await spikec([...args, "--engines", "icarus"], { verify });
    expect([both.code, both.err]).toEqual([2, expect.stringMatching(/^error\[config-twice\] '--engines'/)]);
  });

  test("an unwritable JUnit file exits with 2", async () => {
    writeFileSync(join(root, "file"), "");
    const ended = await spikec([...args, "--junit", join(root, "file", "x.xml")]);
    expect([ended.code, ended.err]).toEqual([2, expect.stringMatching(/^error\[output-unwritable\]/)]);
  });
});
