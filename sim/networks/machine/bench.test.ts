import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type BenchRun, runBench } from "../../../src/cosim/simulators.js";
import type { Result } from "../../../src/diagnostics/diagnostic.js";
import { withEnvironment } from "../../../src/testing/environment.js";

const root = mkdtempSync(join(tmpdir(), "spikec-bench-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Runs a bench whose Verilog is `body`; it may write to the file `trace`, and read the memory of words.hex. */
function running(body: string, changes: Partial<BenchRun> = {}, work = mkdtempSync(join(root, "work-"))) {
  const folder = mkdtempSync(join(root, "build-"));
  const bench = `module tb_icarus;
  reg [1023:0] name; integer trace; reg [7:0] words [0:0];
  initial begin
    if ($value$plusargs("trace=%s", name) == 0) $finish;
    trace = $fopen(name, "w");
    ${body}
  end
endmodule
`;
  mkdirSync(join(folder, "rtl"));
  mkdirSync(join(folder, "sim"));
  writeFileSync(join(folder, "rtl/words.hex"), "5a\n");
  for (const [file, text] of [
    ["rtl/net.v", "module net; endmodule\n"],
    ["sim/tb.v", "module tb; endmodule\n"],
    ["sim/tensor_hash.v", "module tensor_hash; endmodule\n"],
    ["sim/tb_icarus.v", bench],
  ] as const)
    writeFileSync(join(folder, file), text);
  const trace = join(work, "trace.txt");
  const run = {
    folder,
    events: join(work, "events.hex"),
    trace,
    ticks: 1,
    frames: 1,
    burnIn: 0,
    maxCycles: 10,
  };
  const ran = withEnvironment({ SPIKEC_CACHE: join(root, "cache") }, () =>
    runBench("icarus", { ...run, ...changes }),
  );
  return { ran, trace };
}
const said = (result: Result<unknown>) => result.diagnostics.map(({ code, text }) => [code, text]);

test("a bench runs whatever the temporary folder's length, and reads the build's memories", async () => {
  const work = join(root, "d".repeat(200), "e".repeat(200));
  mkdirSync(work, { recursive: true });
  const body = '$readmemh("words.hex", words); $fwrite(trace, "done %0d\\n", words[0]); $finish;';
  const { ran, trace } = running(body, {}, work);
  expect(said(await ran)).toEqual([]);
  expect(readFileSync(trace, "utf8")).toBe("done 90\n");
});

test("trace-cut: a simulator that ends without its last line", async () => {
  for (const body of ["$finish;", '$fwrite(trace, "done 1\\ne 0 1"); $finish;'])
    expect(said(await running(body).ran)).toEqual([
      ["trace-cut", "icarus ended before it had written all that it computed"],
    ]);
});

test("a bench that hangs, prints or writes without end is stopped", async () => {
  expect(said(await running("while (1) #1;", { quietSeconds: 1 }).ran)).toEqual([
    ["tool-hangs", "vvp said nothing for 1 seconds, and was stopped"],
  ]);
  const endless = 'while (1) begin $fwrite(trace, "w 0 0 0 0\\n"); end';
  expect(said(await running(endless, { traceLimitBytes: 2 ** 20 }).ran)).toEqual([
    ["tool-output", "vvp wrote more than 1048576 bytes to a file, and was stopped"],
  ]);
});
