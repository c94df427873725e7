import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "../../../src/cli/program.js";
import type { CompileReport } from "../../../src/commands/compile.js";
import { simulate } from "../../../src/commands/simulate.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-spikes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const small = "examples/radioml-small";

async function spikec(line: string) {
  let said = "";
  const say = (text: string) => {
    said += text;
  };
  const io = { out: say, err: say, terminal: undefined, colour: false, now: () => 0 };
  return { code: await run(line.split(" "), io), said };
}
/** What `spikec --json` says of a compilation. */
const reportOf = (said: string) => (JSON.parse(said) as { readonly report: CompileReport }).report;

test("compile --input: the cycles that simulate records, and a rate; a long input is limited, and says so", async () => {
  const build = join(folder, "build");
  const compiled = await spikec(`compile ${small}/post.qonnx.onnx --input ${small}/cells.npy -o ${build}`);
  expect(compiled.code).toBe(0);
  const again = await spikec(
    `compile --json ${small}/post.qonnx.onnx --input ${small}/cells.npy -o ${join(folder, "again")}`,
  );
  const cycles = reportOf(again.said).onSpikes!;
  const { samples, ticks } = cycles;
  expect(compiled.said).toContain(
    `mean, most: of ${samples} samples x ${ticks} ticks of cells.npy (read as NT) (it has ${cycles.of.samples} x ${cycles.of.ticks}; more would take long), by the cycle model`,
  );
  const recorded = await simulate({
    build,
    simulator: "wasm",
    input: `${small}/cells.npy`,
    record: ["cycles"],
    output: join(folder, "run"),
    samples,
    ticks,
  });
  expect(recorded.ok && recorded.value.cycles?.stages).toEqual(cycles.stages);
  const slowest = Math.max(...cycles.stages.map(({ mean }) => mean));
  expect(cycles.whole.mean).toBeGreaterThan(slowest - 2);
  expect(cycles.whole.most).toBeGreaterThanOrEqual(cycles.whole.mean);
  expect(cycles.ticksPerSecond).toBe(3e8 / cycles.whole.mean);
});

test("a target that is missed ends with 1 and no build, on these spikes, unless it is forced", async () => {
  const build = join(folder, "target");
  const line = `compile ${small}/post.qonnx.onnx -o ${build}`;
  const missed = await spikec(`${line} --engine dense --target-cycles 10`);
  expect([missed.code, existsSync(build)]).toEqual([1, false]);
  expect(missed.said).toContain("error[target-missed] '--target-cycles': a tick takes ");
  // Without events a tick is short enough, with those of the input it isn't.
  const spikes = `${line} --target-cycles 360 --input ${small}/cells.npy`;
  expect((await spikec(spikes)).said).toContain(
    "cycles in all stages on the spikes of cells.npy (most of them, ",
  );
  expect(existsSync(build)).toBe(false);
  const forced = await spikec(`${spikes} --force`);
  expect([forced.code, existsSync(build)]).toEqual([0, true]);
  expect(forced.said).toContain("warning[target-missed]");
  const estimated = await spikec(`estimate ${small}/post.qonnx.onnx --engine dense --target-cycles 10`);
  expect(estimated.code).toBe(1);
});

test("an input that a file names and that isn't there is a warning, on the command line an error", async () => {
  const line = `compile ${small}/post.qonnx.onnx -o ${join(folder, "none")}`;
  const none = join(folder, "none.npy");
  expect(await spikec(`${line} --input ${none}`)).toMatchObject({
    code: 2,
    said: expect.stringContaining("error[file-not-found]"),
  });
  writeFileSync(join(folder, "s.yaml"), "simulation: { input: none.npy }\n");
  const warned = await spikec(`${line} --config ${join(folder, "s.yaml")}`);
  expect(warned).toMatchObject({ code: 0, said: expect.stringContaining("warning[file-not-found]") });
});
