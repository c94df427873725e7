import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "../../../src/cli/program.js";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";

// Realpath's own prefix isn't looked for: `mkdtemp` gives the path as tools would print it.
const folder = mkdtempSync(join(tmpdir(), "spikec-paths-"));
const here = relative(process.cwd(), folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that a command prints, with and without --json. */
async function printed(...args: readonly string[]) {
  let text = "";
  const print = (more: string) => {
    text += more;
  };
  const io = { out: print, err: print, terminal: undefined, colour: false, now: () => 0 };
  const codes = [await run(args, io), await run([...args, "--json"], io)];
  return { codes, text };
}

test("paths are printed as they were given: no command, nor what it writes, names an absolute one", async () => {
  for (const file of ["two.onnx", "in.npy"])
    copyFileSync(join("../shared/data/faults", file), join(folder, file));
  writeFileSync(join(folder, "labels.npy"), encodeNpy(npyArray("i4", [1], Int32Array.of(0))));
  writeFileSync(
    join(folder, "spikec.yaml"),
    "checkpoint: two.onnx\noutput: build/net\nsimulation: { input: in.npy, output: run, samples: 1 }\n" +
      "verify: { input: in.npy, samples: 1, simulators: [icarus], junit: report.xml }\n",
  );
  writeFileSync(join(folder, "wrong.yaml"), "checkpoint: none.onnx\noutput: spikec.yaml/x\n");
  const yaml = ["--config", join(here, "spikec.yaml")];
  const build = join(here, "build/net");
  const cells = ["--cells", join(here, "in.npy"), "--labels", join(here, "labels.npy"), "--samples", "1"];
  const good = [
    await printed("compile", ...yaml),
    await printed("inspect", build),
    await printed("estimate", ...yaml),
    await printed("simulate", ...yaml),
    await printed("verify", ...yaml),
    await printed("evaluate", build, ...cells, "--csv", join(here, "out.csv")),
  ];
  expect(good.map(({ codes }) => codes)).toEqual(good.map(() => [0, 0]));
  expect(good[0]?.text).toContain(`two -> ${build}\n`);
  expect(good[4]?.text).toContain(`${build}: 1 samples`);
  expect(readFileSync(join(folder, "report.xml"), "utf8")).toContain(build);

  const core = join(folder, "build/net/rtl/two_core.v");
  writeFileSync(core, `${readFileSync(core, "utf8")}\nmodule broken (\n`);
  const bad = [
    await printed("verify", ...yaml),
    await printed("compile", "--config", join(here, "wrong.yaml")),
    await printed("compile", join(here, "two.onnx"), "-o", here),
    await printed("simulate", here, "--input", join(here, "in.npy"), "-o", join(here, "run")),
    await printed("evaluate", build, ...cells, "--csv", here),
    await printed("inspect", join(here, "none.onnx")),
  ];
  expect(bad.every(({ codes }) => codes.every((code) => code !== 0))).toBe(true);
  const all =
    [...good, ...bad].map(({ text }) => text).join("") + readFileSync(join(folder, "report.xml"), "utf8");
  for (const absolute of [folder, process.cwd()])
    expect(all.split("\n").filter((line) => line.replaceAll(here, "").includes(absolute))).toEqual([]);
});
