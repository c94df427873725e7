import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importDcll } from "../../../src/frontends/dcll/import.js";
import { type NetworkFile, parseNetwork } from "../../../src/frontends/dcll/network-file.js";
import {
  dcllArrays,
  dcllNetwork,
  decolleArrays,
  decolleNetwork,
} from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile, stateDictFile } from "../../../src/frontends/dcll/testing/pickle.js";
import { generator, mutate } from "../../../src/frontends/onnx/testing/mutate.js";
import { checkShapes } from "../../../src/passes/check-shapes.js";

const networkOf = (text: string): NetworkFile | undefined => {
  const result = parseNetwork(text, "net.yaml");
  const errors = result.diagnostics.filter((d) => d.severity === "error");
  expect(errors.length > 0).toBe(!result.ok);
  return result.ok ? result.value : undefined;
};

/** An import ends in a consistent model or in errors with a place; an exception would fail the test. */
function checkImport(bytes: Uint8Array, network: NetworkFile | undefined): boolean {
  const result = importDcll(bytes, "fuzz.pth", network);
  const errors = result.diagnostics.filter((d) => d.severity === "error");
  expect(errors.length > 0).toBe(!result.ok);
  expect(errors.every((d) => d.loc.file === "fuzz.pth" || d.loc.file === "net.yaml")).toBe(true);
  // A mutated number may be one that nothing can be computed with; whatever else is wrong was to be found before.
  if (result.ok) {
    const found = checkShapes.run(result.value, undefined).diagnostics.map(({ code }) => code);
    expect(found.filter((code) => code !== "model-value")).toEqual([]);
  }
  return result.ok;
}

const files: readonly (readonly [string, Uint8Array, string])[] = [
  ["a pickle of arrays", pickleFile(dcllArrays()), dcllNetwork],
  ["an archive", stateDictFile(dcllArrays((k) => `dcll_slices.${k}.dclllayer.`)), dcllNetwork],
  ["an archive of DECOLLE", stateDictFile(decolleArrays()), decolleNetwork],
];

test.each(files)("mutations and truncations of %s", (_, file, text) => {
  const random = generator(5);
  const network = networkOf(text);
  expect(checkImport(file, network)).toBe(true);
  let failed = 0;
  for (let i = 0; i < 200; i++) failed += Number(!checkImport(mutate(file, random), network));
  for (let i = 0; i < 60; i++) {
    const cut = file.subarray(0, Math.floor((i / 60) * file.length));
    expect(checkImport(cut, network)).toBe(false);
  }
  // Some changes touch numbers alone; most don't: otherwise this campaign would test nothing.
  expect(failed).toBeGreaterThan(60);
  expect(failed).toBeLessThan(200);
});

test("mutations of trained checkpoints", () => {
  const random = generator(6);
  const network = networkOf(readFileSync("../shared/data/dcll-mnist/network.yaml", "utf8"));
  const pkl = readFileSync("../shared/data/dcll-mnist/parameters_49.pkl");
  const zip = readFileSync("../shared/data/formats/dcll_random_tau_zip.pth");
  for (let i = 0; i < 3; i++) checkImport(mutate(pkl, random), network);
  for (let i = 0; i < 12; i++) checkImport(mutate(zip, random), network);
});

test("mutations of a network file, and of its numbers", () => {
  const random = generator(7);
  const file = pickleFile(dcllArrays());
  const text = `arp: 1\nalpharp: [0.5, 0.25]\n${dcllNetwork}`;
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] as string;
  const otherNumbers = () =>
    text.replace(/\d+/g, (n) => (random() < 0.2 ? pick(["0", "1", "2", "3", "7", "4096", "-1", "0.5"]) : n));
  const damaged = () => new TextDecoder().decode(mutate(new TextEncoder().encode(text), random));
  let read = 0;
  for (let i = 0; i < 200; i++) {
    const network = networkOf(i % 2 === 0 ? otherNumbers() : damaged());
    if (network === undefined) continue;
    read++;
    checkImport(file, network);
  }
  expect(read).toBeGreaterThan(20);
});
