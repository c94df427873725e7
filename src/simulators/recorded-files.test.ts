import { expect, test } from "vitest";
import type { SpikingModel } from "../ir/spiking.js";
import { randomModel } from "../testing/random-model.js";
import { recordedFiles } from "./recorded-files.js";

/** A network of one layer, with one state a name. */
function withStates(layer: string, states: readonly string[], readout = "logits1"): SpikingModel {
  const model = randomModel(1);
  const [first] = model.layers;
  const [answer] = model.readouts;
  const post = { ...first!.post, states: states.map((name) => ({ name, next: "u" })) };
  const pre = { ...first!.pre, states: [] };
  return {
    ...model,
    layers: [{ ...first!, name: layer, pre, post }],
    readouts: [{ ...answer!, name: readout, layer }],
  };
}

test("an array has the file of its name, whatever stands beside it", () => {
  const fileOf = recordedFiles(withStates("layer1", ["layer1.eps0", "layer1.arp"]));
  expect(fileOf({ kind: "state", of: "layer1.eps0" })).toBe("layer1.eps0.npy");
  expect(fileOf({ kind: "spikes", of: "layer1" })).toBe("layer1.spikes.npy");
  expect(fileOf({ kind: "cycles", of: "layer1" })).toBe("layer1.cycles.npy");
  for (const kind of ["logits", "tick_class", "class"] as const)
    expect(fileOf({ kind, of: "logits1" })).toBe(`${kind}.npy`);
});

test("names that are taken get a number, names that no file system takes another name", () => {
  const names = [
    "class",
    "CLASS",
    "logits",
    "net.cycles",
    "..",
    "../../../x",
    "a/b",
    "a\\b",
    "",
    "con",
    "é\0",
  ];
  const fileOf = recordedFiles(withStates("net", names));
  expect(names.map((of) => fileOf({ kind: "state", of }))).toEqual([
    "class_2.npy",
    "CLASS_3.npy",
    "logits_2.npy",
    "net.cycles_2.npy",
    "_...npy",
    "_.._.._.._x.npy",
    "a_b.npy",
    "a_b_2.npy",
    "_.npy",
    "_con.npy",
    "__2.npy",
  ]);
  expect(fileOf({ kind: "class", of: "logits1" })).toBe("class.npy");
});

test("what a network does not have has no file", () => {
  expect(() => recordedFiles(withStates("net", []))({ kind: "state", of: "x" })).toThrow(
    "no file for state x",
  );
});
