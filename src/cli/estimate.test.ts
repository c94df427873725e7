import { expect, test } from "vitest";
import type { EstimateReport, EstimateRequest } from "../commands/estimate.js";
import { success } from "../diagnostics/diagnostic.js";
import { estimateReport, json, spikec } from "./testing/spikec.js";

test("estimate prints stages by both rules, and the device", async () => {
  const ended = await spikec(["estimate", "x.onnx"]);
  expect(ended.code).toBe(0);
  expect(ended.out).toMatchInlineSnapshot(`
    "net, as Yosys 0.23 counts (LUT, FF: estimates):

    stage   engine  LUT   FF  LUTRAM  RAMB36  URAM  DSP  cycles/tick
    ------  ------  ---  ---  ------  ------  ----  ---  -----------
    layer1  event   900  800      64     2.5     0    4          130
    total           900  800      64     2.5     0    4          130

    by the rules of Vivado (unverified):

    stage   engine  LUT   FF  LUTRAM  RAMB36  URAM  DSP  cycles/tick
    ------  ------  ---  ---  ------  ------  ----  ---  -----------
    layer1  event   900  600      64     2.5     0    4          130
    total           900  600      64     2.5     0    4          130

    xczu28dr      used  available  percent
    ------------  ----  ---------  -------
    LUT + LUTRAM   964    425,280  0.2 %
    RAMB36         2.5      1,080  0.2 %
    fits 100 % of xczu28dr

    how far the counts of Yosys are to be trusted, where they were measured; the verdict is by Vivado's rules, which nothing measured:

    column  against     error
    ------  ----------  -----------------
    LUT     Yosys 0.23  within 12 %
    URAM    nothing     by the data sheet
    "
  `);
});

test("--check says first how long it may take, but for --json and --quiet", async () => {
  const said: string[] = [];
  const estimate = async (request: EstimateRequest) => {
    request.onCheck?.(190);
    said.push("estimated");
    return success(estimateReport);
  };
  const ended = await spikec(["estimate", "x.onnx", "--check"], { estimate });
  expect([ended.err, said]).toEqual([
    "--check: Yosys may take 4 minutes, by the sizes of the stages\n",
    ["estimated"],
  ]);
  expect((await spikec(["estimate", "x.onnx", "--check", "--quiet"], { estimate })).err).toBe("");
  const document = json((await spikec(["estimate", "x.onnx", "--json"], { estimate })).out);
  expect(document).toMatchObject({ report: { trust: [{ column: "LUT", percent: 12 }, { percent: null }] } });
});

test("estimate takes what compile takes, a budget and --check", async () => {
  const seen: EstimateRequest[] = [];
  const estimate = async (request: EstimateRequest) => {
    seen.push(request);
    return success<EstimateReport>({ ...estimateReport, budget: 70, fits: false });
  };
  const ended = await spikec(["estimate", "x.onnx", "--engine", "event", "--budget", "70", "--check"], {
    estimate,
  });
  expect(ended).toMatchObject({ code: 1, out: expect.stringContaining("does not fit 70 % of xczu28dr") });
  expect(seen[0]).toMatchObject({
    checkpoint: "x.onnx",
    budget: 70,
    check: true,
    config: { engine: "event" },
  });
  expect(await spikec(["estimate", "x.onnx", "--budget", "none"])).toMatchObject({ code: 2 });
  expect((await spikec(["estimate"])).err).toContain("error[config-missing]: no checkpoint given");
});

test("estimate sets what Yosys measured beside the estimates", async () => {
  const [stage] = estimateReport.stages;
  const measured = { ...stage!.yosys, lut: 1000, ff: 0, lutram: 65 };
  const estimate = async () => success({ ...estimateReport, stages: [{ ...stage!, measured }] });
  const { out } = await spikec(["estimate", "x.onnx"], { estimate });
  expect(out.slice(out.indexOf("stage   resource"))).toMatchInlineSnapshot(`
    "stage   resource  estimated  Yosys  error
    ------  --------  ---------  -----  -------
    layer1  LUT             900  1,000  -10.0 %
    layer1  FF              800      0  -
    layer1  LUTRAM           64     65  -1.5 %
    layer1  RAMB36          2.5    2.5  0 %
    layer1  DSP               4      4  0 %
    "
  `);
  const document = json((await spikec(["estimate", "x.onnx", "--json"], { estimate })).out);
  expect(document).toMatchObject({ ok: true, report: { stages: [{ measured: { lut: 1000 } }] } });
});
