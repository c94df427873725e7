import { describe, expect, test, vi } from "vitest";
import { failure, success } from "../diagnostics/diagnostic.js";
import type { Services } from "./context.js";
import { calibrateReport, json, missingFile, spikec } from "./testing/spikec.js";

describe("calibrate", () => {
  const args = ["calibrate", "net.pkl", "--input", "x.npy", "-o", "c.json"];

  test("options reach the request; prints ranges, what was tried and what was chosen", async () => {
    const calibrate = vi.fn<Services["calibrate"]>().mockResolvedValue(success(calibrateReport));
    const options = ["--network", "net.yaml", "--weight-bits", "6", "--samples", "9", "--burn-in", "3"];
    const ended = await spikec([...args, ...options], { calibrate });
    expect(calibrate.mock.calls[0]?.[0]).toMatchObject({
      checkpoint: "net.pkl",
      input: "x.npy",
      output: "c.json",
      samples: 9,
      config: { weightBits: 6, readout: { burnIn: 3 } },
    });
    expect(calibrate.mock.calls[0]?.[0].config.network).toMatch(/net\.yaml$/);
    expect(calibrate.mock.calls[0]?.[0]).not.toHaveProperty("ticks");
    expect(ended).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "2 samples x 8 ticks, votes from tick 1; 1.3 s
      weights of 8 bits, states of 24, decays of 17; shares are of spikes that differ from float64

      state        min     max
      -----------  ------  ------
      layer1.eps0  0.0000  3.2500

      clip  layer1   layer2   layer3
      ----  -------  -------  ------
      1     1.001 %  -             -
      0.99  -        0.000 %       -
      0.95  0.488 %  -             -

      layer   clip chosen  differ   by weights  by states  by decays
      ------  -----------  -------  ----------  ---------  ---------
      layer1  0.95 to 1    0.317 %  0.293 %     0.024 %            -
      layer2  0.99         0.000 %  1.172 %     0.098 %            -
      layer3  -            0.000 %  18.750 %    1.563 %            -

      -: not measured, as values are too wide for the wasm simulator

      readout  ticks of another class  samples of another class
      -------  ----------------------  ------------------------
      logits                        1                         0

      c.json written
      ",
      }
    `);
  });

  test("--json holds everything", async () => {
    const { out } = await spikec([...args, "--json"]);
    const report = JSON.parse(JSON.stringify(calibrateReport));
    expect(json(out)).toMatchObject({ command: "calibrate", ok: true, report });
  });

  test("what is missing or wrong", async () => {
    const calibrate: Services["calibrate"] = async () => failure(missingFile);
    expect((await spikec(args, { calibrate })).code).toBe(2);
    for (const [given, expected] of [
      [["calibrate", "net.pkl", "-o", "c.json"], "error[config-missing]: no input given"],
      [["calibrate", "--input", "x.npy", "-o", "c.json"], "error[config-missing]: no checkpoint given"],
      [["calibrate", "net.pkl", "--input", "x.npy"], "error[config-missing]: no calibration file given"],
      [[...args, "--ticks", "0"], "expected an integer from 1 on"],
      [[...args, "--pe", "4"], "unknown option '--pe'"],
    ] as const) {
      const { code, err } = await spikec(given);
      expect([code, err]).toEqual([2, expect.stringContaining(expected)]);
    }
  });
});
