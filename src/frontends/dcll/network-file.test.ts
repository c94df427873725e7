import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderDiagnostic } from "../../diagnostics/render.js";
import { parseNetwork } from "./network-file.js";

const spec = (text: string) => {
  const result = parseNetwork(text, "net.yaml");
  if (!result.ok) throw new Error(result.diagnostics.map(renderDiagnostic).join("\n"));
  return result.value.spec;
};
const refusals = (text: string) => {
  const result = parseNetwork(text, "net.yaml");
  expect(result.ok).toBe(false);
  return result.diagnostics.map(renderDiagnostic);
};

test("the data's network file", () => {
  const conv = { kernel_size: [7, 7], padding: [2, 2] };
  expect(spec(readFileSync("../shared/data/dcll-mnist/network.yaml", "utf8"))).toEqual({
    input_shape: [1, 28, 28],
    burnin: 50,
    conv_layers: [
      { ...conv, out_channels: 16, pooling: [2, 2] },
      { ...conv, out_channels: 24, pooling: [1, 1] },
      { ...conv, out_channels: 32, pooling: [2, 2] },
    ],
  });
});

test("every key; sizes as integers, lists and Python's tuples; numbers for all layers or one each", () => {
  expect(
    spec(`
input_shape: "(2, 32, 16)"
alpha: 0.92
alphas: [0.85, 0.9]
alpharp: 0.65
arp: 1
random_tau: True
burnin: 0
lif_layer_type: LIFLayer
conv_layers:
  - {out_channels: 4, kernel_size: "(3,5)", padding: "( 0, 2 )", pooling: [1, 2], stride: 2}
`),
  ).toEqual({
    input_shape: [2, 32, 16],
    alpha: [0.92],
    alphas: [0.85, 0.9],
    alpharp: [0.65],
    arp: [1],
    random_tau: true,
    burnin: 0,
    lif_layer_type: "LIFLayer",
    conv_layers: [{ out_channels: 4, kernel_size: [3, 5], padding: [0, 2], pooling: [1, 2], stride: [2, 2] }],
  });
  expect(spec("")).toEqual({});
  expect(spec("wrp: 0.5")).toEqual({ wrp: [0.5] });
});

test.each([
  ["input_shape: [28, 28]", '1:1: input_shape: expected integers as [C, H, W] or "(C, H, W)"'],
  ["input_shape: 28", "1:1: input_shape: expected integers as"],
  ["input_shape: [1, 99999, 1]", "1:1: input_shape: expected integers as"],
  ["conv_layers: 3", "1:1: conv_layers: expected a list of layers"],
  ["conv_layers:\n  - 3", "2:5: conv_layers.0: expected keys and values"],
  [
    "conv_layers:\n  - {padding: 1}\n  - {padding: -1}",
    '3:6: conv_layers.1.padding: expected an integer from 0 to 4096, or two as [h, w] or "(h, w)"',
  ],
  ["conv_layers: [{padding: (1, 2)}]", "conv_layers.0.padding"],
  ["conv_layers: [{padding: '(1,)'}]", "conv_layers.0.padding"],
  ["conv_layers: [{padding: '2 + 2'}]", "conv_layers.0.padding"],
  ["conv_layers: [{pooling: 0}]", "1:16: conv_layers.0.pooling: expected an integer from 1"],
  ["conv_layers: [{stride: 1.5}]", "conv_layers.0.stride"],
  ["conv_layers: [{out_channels: '4'}]", "1:16: conv_layers.0.out_channels: expected a positive integer"],
  ["alpha: 1", "1:1: alpha: expected a decay from 0 to below 1, or a list of one a layer"],
  ["alpharp: []", "1:1: alpharp: expected a decay"],
  ["arp: -1", "1:1: arp: expected a number from 0 on, or a list of one a layer"],
  ["arp: .inf", "1:1: arp: expected a number"],
  ["burnin: 0.5", "1:1: burnin: expected an integer from 0 to 65535"],
  ["burnin: 65536", "1:1: burnin: expected an integer from 0 to 65535"],
  ["random_tau: 3", "1:1: random_tau: expected true or false"],
  ["lif_layer_type: LIF", "1:1: lif_layer_type: expected BaseLIFLayer, LIFLayer, "],
  ["arp: 1\nwrp: 1", "2:1: wrp: is the same as arp, which is there too\n  note: net.yaml:1:1: arp is here"],
  ["[1]", "1:1: the file: expected keys and values"],
])("network-value: %j", (text, expected) => {
  expect(refusals(text)[0]).toMatch("error[network-value] net.yaml:");
  expect(refusals(text)[0]).toContain(expected);
});

test("network-unknown-key, with the nearest", () => {
  expect(refusals("burn_in: 3\nconv_layers: [{poling: 2}]")).toEqual([
    "error[network-unknown-key] net.yaml:2:16: unknown key 'conv_layers.0.poling'\n  hint: did you mean 'pooling'?",
    "error[network-unknown-key] net.yaml:1:1: unknown key 'burn_in'\n  hint: did you mean 'burnin'?",
  ]);
  expect(refusals("learning_rate_of_the_optimiser: 3")[0]).toContain("hint: known here: input_shape, ");
});

test("all of a file's mistakes at once", () => {
  expect(refusals("arp: 1\nwrp: 2\nalpha: 1\nburn_in: 3").map((text) => text.split(": ")[0])).toEqual([
    "error[network-value] net.yaml:3:1",
    "error[network-unknown-key] net.yaml:4:1",
    "error[network-value] net.yaml:2:1",
  ]);
});

test("network-syntax", () => {
  expect(refusals("conv_layers:\n  - { padding: 1, pooling: 2, padding: 2 }")).toEqual([
    "error[network-syntax] net.yaml:2:31: not valid YAML: Map keys must be unique, 'padding' is there already\n  note: net.yaml:2:7: the first 'padding' is here",
  ]);
  expect(refusals("a: [")[0]).toMatch(/^error\[network-syntax\] net\.yaml:1:\d+: not valid YAML: /);
});
