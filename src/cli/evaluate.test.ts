import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { success } from "../diagnostics/diagnostic.js";
import type { Services } from "./context.js";
import { csvOf } from "./evaluate.js";
import { evaluateReport, json, spikec } from "./testing/spikec.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("evaluate", () => {
  const args = ["evaluate", "build/net", "--cells", "x.npy", "--labels", "y.npy"];

  test("options reach the request; prints accuracy, confusion, rates and agreement", async () => {
    const evaluate = vi.fn<Services["evaluate"]>().mockResolvedValue(success(evaluateReport));
    const options = ["--snr", "s.npy", "--threads", "2", "--burn-in", "0", "--samples", "9"];
    const ended = await spikec([...args, ...options], { evaluate });
    expect(evaluate.mock.calls[0]?.[0]).toMatchObject({
      build: "build/net",
      cells: "x.npy",
      labels: "y.npy",
      snr: "s.npy",
      threads: 2,
      burnIn: 0,
      samples: 9,
    });
    expect(evaluate.mock.calls[0]?.[0]).not.toHaveProperty("ticks");
    expect(ended).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "build/net: 3 samples x 8 ticks, votes from tick 2; 0.1 s

      snr    samples  accuracy
      -----  -------  --------
      -4 dB        1  0.0 %
      10 dB        2  100.0 %
      all          3  66.7 %

      label by class
         0  1
      -  -  -
      0  1  1
      1  -  1

      layer   spikes a tick
      ------  -------------
      layer1  2.13 %

      agreement: class of 3, votes of 2 of 3 samples
      ",
      }
    `);
  });

  test("a readout's name stands in one field of the header, whatever it is", () => {
    const [readout] = evaluateReport.readouts;
    const first = { ...readout!, name: 'a,"b"\n', confusion: [[0]] };
    const { perSample, ...report } = evaluateReport;
    expect(csvOf({ ...report, perSample: [], readouts: [first, first] })).toBe(
      'sample,label,snr,"a,""b""\n.class","a,""b""\n.vote0",class,vote0\n',
    );
  });

  test("--json holds everything, --csv a line a sample", async () => {
    const path = join(folder, "samples.csv");
    const { out } = await spikec([...args, "--csv", path, "--json"]);
    expect(json(out)).toMatchObject({ command: "evaluate", ok: true, report: evaluateReport });
    expect(readFileSync(path, "utf8")).toMatchInlineSnapshot(`
      "sample,label,snr,class,vote0,vote1
      0,0,10,0,5,1
      1,0,-4,1,2,4
      2,1,10,1,0,6
      "
    `);
    const deep = join(folder, "deep/samples.csv");
    expect(await spikec([...args, "--csv", deep])).toMatchObject({ code: 0 });
    expect(readFileSync(deep, "utf8")).toBe(readFileSync(path, "utf8"));
    const refused = await spikec([...args, "--csv", join(path, "where.csv")]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("error[output-unwritable]") });
  });

  test("missing files and bad numbers exit with 2", async () => {
    for (const wrong of [
      ["evaluate", "b"],
      args.slice(0, 4),
      [...args, "--threads", "0"],
      [...args, "--ticks", "x"],
    ])
      expect(await spikec(wrong)).toMatchObject({ code: 2, out: "" });
  });
});
