import { describe, expect, test, vi } from "vitest";
import type { CompileReport } from "../commands/compile.js";
import { diagnostic, failure } from "../diagnostics/diagnostic.js";
import { version } from "../host/version.js";
import { exitCodeOf } from "./context.js";
import { json, missingFile, spikec } from "./testing/spikec.js";

describe("spikec", () => {
  test("--version and --help end well", async () => {
    expect(await spikec(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
    const help = await spikec(["compile", "--help"]);
    expect([help.code, help.err]).toEqual([0, ""]);
    expect(help.out).toContain("--weight-bits <n>");
    expect(help.out).toContain("--json");
  });

  test("cli-usage: unknown options and commands, missing arguments and none at all exit with 2", async () => {
    const wrong = await spikec(["compile", "x.onnx", "--weigth-bits", "8"]);
    expect(wrong).toEqual({
      code: 2,
      out: "",
      err: "error[cli-usage]: unknown option '--weigth-bits' (Did you mean --weight-bits?)\n  hint: spikec --help, spikec <command> --help\n",
    });
    for (const args of [["comple"], ["completion"], ["compile", "a", "b"], ["compile", "a", "--emit", "rtl"]])
      expect(await spikec(args)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/cli-usage/) });
    expect((await spikec(["compile", "a", "--emit", "fixd"])).err).toContain("hint: did you mean 'fixed'?");
    expect((await spikec(["comple"])).err).toContain("Did you mean compile?");
    const long = await spikec(["compile", "a", "--target-cycles-per-tick", "9"]);
    expect(long.err).toContain("hint: did you mean '--target-cycles'? spikec");
    expect(json((await spikec(["compile", "a", "--json", "--burn", "1"])).out)).toMatchObject({
      command: "compile",
      diagnostics: [{ code: "cli-usage" }],
    });
    expect((await spikec([])).code).toBe(2);
    const document = json((await spikec(["completion", "--json"])).out);
    expect(document).toMatchObject({ ok: false, diagnostics: [{ code: "cli-usage" }] });
  });

  test("a bug says that it is one, and exits with 1", async () => {
    const compile = vi.fn().mockRejectedValue(new Error("compiler bug: x"));
    const ended = await spikec(["compile", "x.onnx"], { compile });
    expect(ended).toMatchObject({ code: 1, out: "" });
    expect(ended.err).toContain("stopped at a bug of its own");
    expect(ended.err).toContain("(spikec compile x.onnx)");
    expect(json((await spikec(["compile", "x", "--json"], { compile })).out)).toMatchObject({ ok: false });
  });

  test("diagnostics: red on a terminal, plain with --no-color, errors alone with --quiet", async () => {
    const warning = { ...missingFile, severity: "warning" } as const;
    const compile = async () => failure<CompileReport>(warning, missingFile);
    const red = await spikec(["compile", "x"], { compile }, true);
    expect(red.err).toContain("\x1b[31merror[file-not-found]\x1b[0m: file not found");
    const plain = "warning[file-not-found]: file not found: x.onnx\n";
    const error = plain.replace("warning", "error");
    expect(await spikec(["compile", "x", "--no-color"], { compile }, true)).toMatchObject({
      err: plain + error,
    });
    expect(await spikec(["compile", "x", "--quiet"], { compile })).toEqual({ code: 2, out: "", err: error });
    expect(await spikec(["--quiet", "compile", "x"])).toEqual({ code: 0, out: "", err: "" });
  });

  test("errors that aren't the user's exit with 1", () => {
    const entry = { severity: "error", text: "" } as const;
    const entries = { "file-not-found": { ...entry, exitCode: 1 }, "cli-usage": entry } as const;
    const usage = diagnostic("cli-usage", {}, { problem: "x" });
    expect(exitCodeOf([missingFile], entries)).toBe(1);
    expect(exitCodeOf([missingFile, { ...usage, severity: "warning" }], entries)).toBe(1);
    expect(exitCodeOf([missingFile, usage], entries)).toBe(2);
    expect(exitCodeOf([missingFile])).toBe(2);
  });
});
