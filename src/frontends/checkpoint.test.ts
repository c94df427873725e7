import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inspect } from "../commands/inspect.js";
import { renderDiagnostic } from "../diagnostics/render.js";
import { checkpointEndings, importCheckpoint } from "./checkpoint.js";
import type { CompanionFile } from "./front-end.js";

const data = "../shared/data";
const checkpoint = `${data}/dcll-mnist/parameters_49.pkl`;
const folder = mkdtempSync(join(tmpdir(), "spikec-load-"));
const network = join(folder, "net.yaml");
writeFileSync(network, "input_shape: [1, 28, 28]\n");
afterAll(() => rmSync(folder, { recursive: true }));

const codes = (result: { readonly diagnostics: readonly { readonly code: string }[] }) =>
  result.diagnostics.map((d) => d.code);
const read = (file: string, companion?: CompanionFile) =>
  importCheckpoint({ file, bytes: readFileSync(file), companion });

test("each ending has its front end", () => {
  expect(checkpointEndings).toEqual([".onnx", ".pkl", ".pth", ".pt", ".tar"]);
  expect(codes(read("package.json"))).toEqual(["checkpoint-kind"]);
  expect(codes(read(`${data}/formats/dcll_random_tau_legacy.pth`))).toEqual(["torch-legacy"]);
  expect(codes(read(checkpoint))).toEqual(["dcll-missing"]);
});

test("a front end reads its companion file, and says what is wrong there", () => {
  const file = `${data}/dcll-mnist/network.yaml`;
  const imported = read(checkpoint, { file, text: readFileSync(file, "utf8") });
  expect(imported).toMatchObject({
    ok: true,
    value: { model: { name: "parameters_49" }, burnIn: { ticks: 50, loc: { file, line: 3, column: 1 } } },
  });
  expect(codes(read(checkpoint, { file: "net.yaml", text: "input_shape: [1, 28, 28]\n" }))).toEqual([
    "dcll-missing",
  ]);
  expect(read(checkpoint, { file: "net.yaml", text: "input: 3\n" }).diagnostics).toMatchObject([
    { code: "network-unknown-key", loc: { file: "net.yaml", line: 1, column: 1 } },
  ]);
});

test("network-not-used: a checkpoint that describes its network itself", async () => {
  const onnx = `${data}/radioml/small/post.qonnx.onnx`;
  const found = (await inspect(onnx, network)).diagnostics.map(renderDiagnostic);
  expect(found).toEqual([
    `error[network-not-used] ${network}: a network file, but ${onnx} describes its network itself\n` +
      "  hint: leave --network (`network:` in spikec.yaml) out",
  ]);
  expect(codes(await inspect("src", network))).toEqual(["network-not-used"]);
});

test("inspect shows what a checkpoint of parameters and its network file make together", async () => {
  const made = await inspect(checkpoint, `${data}/dcll-mnist/network.yaml`);
  if (!made.ok) throw new Error(made.diagnostics.map(renderDiagnostic).join("\n"));
  expect(made.value.readouts.map((r) => [r.name, r.inputs, r.weightBits])).toEqual([
    ["layer1.i2o", 2704, undefined],
    ["layer2.i2o", 2904, undefined],
    ["layer3.i2o", 512, undefined],
    ["layer3.output_", 512, undefined],
  ]);
  expect(made.value.total).toEqual({ weights: 123552, stateWords: 12784, macsPerTick: 5921232 });
});
