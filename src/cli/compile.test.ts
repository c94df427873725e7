import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { CompileRequest } from "../commands/compile.js";
import { defaultConfig } from "../config/defaults.js";
import { failure, success } from "../diagnostics/diagnostic.js";
import type { Services } from "./context.js";
import { compileReport, json, missingFile, spikec } from "./testing/spikec.js";

const root = mkdtempSync(join(tmpdir(), "spikec-cli-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("compile", () => {
  test("prints stages, device and deviations", async () => {
    const ended = await spikec(["compile", "x.onnx"]);
    expect([ended.code, ended.err]).toEqual([0, ""]);
    expect(ended.out).toMatchInlineSnapshot(`
      "net -> build/net

      stage    engine   cycles/tick  RAMB18  RAMB36  URAM  DSP
      -------  -------  -----------  ------  ------  ----  ---
      layer1   dense          1,200       3       8     0   16
      readout  readout          100       1       0     0    1
      total                   1,200       4       8     0   17

      burn-in: 50 ticks of a frame don't vote (given by '--burn-in')
      fits xczu28dr: LUT 10.0 % (estimated by the rules of Vivado)
      deviations from the checkpoint: 1 approximate, 1 exact
      a tick takes the potentials of 'layer1' at most 0.020 from the real ones, 4.0 % of its threshold

      deviation    where   what                   relative error  potential  states
      -----------  ------  ---------------------  --------------  ---------  ------
      coefficient  layer1  alpha 0.94 -> 241/256  1.5e-3          2.0e-2     3.0e-2
      against float64, 4 random ticks: 1 of 64 spikes differ
      "
    `);
  });

  test("--emit makes no build: what is about one is refused", async () => {
    const emitText = vi.fn<Services["emitText"]>().mockReturnValue(success("text\n"));
    const said = async (...args: readonly string[]) => {
      const { code, err } = await spikec(["compile", "x.onnx", "--emit", "fixed", ...args], { emitText });
      return [code, err.split("\n")[0]];
    };
    expect(await said()).toEqual([0, ""]);
    for (const [name, ...value] of [["--force"], ["--input", "x.npy"], ["--output", "build/x"]] as const)
      expect(await said(name, ...value)).toEqual([
        2,
        `error[option-unused] '${name}': ${name} has no effect: --emit makes no build`,
      ]);
    expect(emitText).toHaveBeenCalledTimes(1);
  });

  test("prints cycles on spikes beside those of no event, and what they are of", async () => {
    const [layer1, readout] = compileReport.stages;
    const stages = [{ ...layer1!, kind: "event" as const }, readout!];
    const without = await spikec(["compile", "x.onnx"], {
      compile: async () => success({ ...compileReport, stages }),
    });
    expect(without.out).toContain(
      "cycles/tick of event stages: of a tick without events, which is the least that any tick takes; --input x.npy says those of your spikes\n",
    );
    const of = (name: string, mean: number, most: number) => ({ name, first: 1, mean, most });
    const onSpikes = {
      input: "x.npy",
      samples: 1,
      ticks: 512,
      of: { samples: 8, ticks: 512 },
      stages: [of("layer1", 1412.25, 2003), of("readout", 100, 100)],
      whole: of("whole", 1500, 2100),
      clockMHz: 300,
      ticksPerSecond: 200_000,
    };
    const compile = vi
      .fn<Services["compile"]>()
      .mockResolvedValue(success({ ...compileReport, stages, onSpikes }));
    const args = ["compile", "x.onnx", "--input", "in/x.npy", "--force"];
    const { out } = await spikec(args, { compile });
    expect(out.slice(0, out.indexOf("fits"))).toMatchInlineSnapshot(`
      "net -> build/net

      stage    engine   cycles/tick     mean   most  RAMB18  RAMB36  URAM  DSP
      -------  -------  -----------  -------  -----  ------  ------  ----  ---
      layer1   event          1,200  1,412.3  2,003       3       8     0   16
      readout  readout          100      100    100       1       0     0    1
      total                   1,200    1,500  2,100       4       8     0   17

      cycles/tick of event stages: of a tick without events, which is the least
      mean, most: of 1 samples x 512 ticks of x.npy (it has 8 x 512; more would take long), by the cycle model
      200,000 ticks a second at 300 MHz (assumed), on these spikes
      burn-in: 50 ticks of a frame don't vote (given by '--burn-in')
      "
    `);
    expect(compile.mock.calls[0]?.[0]).toMatchObject({ input: "in/x.npy", force: true });
  });

  test("options reach the request, and win over --config", async () => {
    const yaml = join(root, "spikec.yaml");
    writeFileSync(yaml, "checkpoint: a.onnx\nweightBits: 4\nstateBits: 20\ndense: { pe: 2 }\n");
    const compile = vi.fn<Services["compile"]>().mockResolvedValue(success(compileReport));
    const options =
      "--weight-bits 6 --simd 9 --pe auto --vote sum --burn-in 5 --acts 2 -o out --name n".split(" ");
    expect((await spikec(["compile", "--config", yaml, ...options], { compile })).code).toBe(0);
    const request = compile.mock.calls[0]?.[0] as CompileRequest;
    expect(request).toMatchObject({ checkpoint: join(root, "a.onnx"), output: "out" });
    expect(request.config).toEqual({
      ...defaultConfig,
      name: "n",
      checkpoint: join(root, "a.onnx"),
      output: "out",
      weightBits: 6,
      stateBits: 20,
      dense: { pe: "auto", simd: 9 },
      readout: { acts: 2, vote: "sum", burnIn: 5 },
    });
    expect(request.locate?.(["stateBits"])).toEqual({ file: yaml, line: 3, column: 1 });
    expect(request.locate?.(["weightBits"])).toEqual({ name: "--weight-bits" });
  });

  test("a key that is overruled is said, before what the command says; in --json its notes are data", async () => {
    const yaml = join(root, "overruled.yaml");
    writeFileSync(yaml, "weightBits: 4\n");
    const args = ["compile", "x.onnx", "--config", yaml, "--weight-bits", "6"];
    const compile: Services["compile"] = async () => failure(missingFile);
    expect((await spikec(args, { compile })).err).toBe(
      `note[key-overruled] ${yaml}:1:1: weightBits is 4 here and 6 on the command line, which counts\n` +
        "  note: '--weight-bits': this counts\n" +
        "error[file-not-found]: file not found: x.onnx\n",
    );
    expect(json((await spikec([...args, "--json"])).out).diagnostics).toEqual([
      {
        code: "key-overruled",
        severity: "note",
        text: "weightBits is 4 here and 6 on the command line, which counts",
        args: { key: "weightBits", said: "4", have: "6", where: "on the command line" },
        loc: { file: yaml, line: 1, column: 1 },
        notes: [{ text: "this counts", loc: { name: "--weight-bits" } }],
      },
    ]);
  });

  test("without -o a build goes to build/<checkpoint>", async () => {
    const compile = vi.fn<Services["compile"]>().mockResolvedValue(success(compileReport));
    await spikec(["compile", "nets/post.qonnx.onnx"], { compile });
    expect(compile.mock.calls[0]?.[0]).toMatchObject({
      checkpoint: "nets/post.qonnx.onnx",
      output: "build/post",
    });
  });

  test("bad values, a missing checkpoint and a bad file exit with 2 before anything runs", async () => {
    const compile = vi.fn();
    const wrong = await spikec(["compile", "x", "--state-bits", "many"], { compile });
    expect(wrong).toMatchObject({
      code: 2,
      err: "error[config-value] '--state-bits': stateBits: expected an integer from 4 to 32, found 'many'\n",
    });
    const none = await spikec(["compile"], { compile });
    expect(none.err).toContain("error[config-missing]: no checkpoint given\n  hint: ");
    const absent = await spikec(["compile", "x", "--config", join(root, "absent.yaml")], { compile });
    expect([none.code, absent.code]).toEqual([2, 2]);
    expect(compile).not.toHaveBeenCalled();
  });

  test("--json is one document with report and diagnostics", async () => {
    const ended = await spikec(["compile", "x.onnx", "--json"]);
    const good = { command: "compile", ok: true, report: compileReport, diagnostics: [] };
    expect([ended.err, json(ended.out)]).toEqual(["", good]);
    const bad = await spikec(["compile", "x", "--json"], { compile: async () => failure(missingFile) });
    expect([bad.code, json(bad.out)]).toEqual([
      2,
      { command: "compile", ok: false, diagnostics: [missingFile] },
    ]);
  });

  test("--emit prints a text form", async () => {
    const emitText = vi.fn<Services["emitText"]>().mockReturnValue(success("fixed net\n"));
    expect(await spikec(["compile", "x.onnx", "--emit", "fixed"], { emitText })).toMatchObject({
      out: "fixed net\n",
    });
    expect(emitText.mock.calls[0]?.[1]).toBe("fixed");
  });
});
