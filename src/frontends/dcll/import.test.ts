import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../../diagnostics/render.js";
import type { SpikingModel } from "../../ir/spiking.js";
import { printSpiking } from "../../ir/spiking-printer.js";
import { checkShapes } from "../../passes/check-shapes.js";
import { importDcll } from "./import.js";
import { type NetworkFile, parseNetwork } from "./network-file.js";
import { channelMap, dcllArrays, dcllNetwork, scalar } from "./testing/networks.js";
import {
  type ArraySpec,
  dict,
  elementBytes,
  int,
  pickle,
  pickleFile,
  rowMajor,
  stateDictFile,
  tensor,
  torchFile,
} from "./testing/pickle.js";

const data = "../shared/data/";

function networkOf(text: string): NetworkFile {
  const result = parseNetwork(text, "net.yaml");
  if (!result.ok) throw new Error(result.diagnostics.map(renderDiagnostic).join("\n"));
  return result.value;
}

const run = (bytes: Uint8Array, text: string | undefined, file = "dir/net.pkl") =>
  importDcll(bytes, file, text === undefined ? undefined : networkOf(text));

function model(bytes: Uint8Array, text: string | undefined, file?: string): SpikingModel {
  const result = run(bytes, text, file);
  if (!result.ok) throw new Error(result.diagnostics.map(renderDiagnostic).join("\n"));
  expect(result.diagnostics).toEqual([]);
  expect(checkShapes.run(result.value, undefined).diagnostics).toEqual([]);
  return result.value;
}

/** What is said of a changed checkpoint or network file. */
const said = (
  change: (arrays: Record<string, ArraySpec>) => void,
  text: string | undefined = dcllNetwork,
): readonly string[] => {
  const arrays = dcllArrays();
  change(arrays);
  return run(pickleFile(arrays), text).diagnostics.map(renderDiagnostic);
};
const nothing = () => undefined;

test("a small network: equations, time constants per channel, readouts, names", () => {
  expect(printSpiking(model(pickleFile(dcllArrays()), dcllNetwork))).toMatchInlineSnapshot(`
    "spiking 'net' float32 input 1x6x6
    layer 'layer1' 1x6x6 -> 2x6x6 -> 2x3x3
      pre: operand = eps1_sum
        in = input
        eps0 = state 'layer1.eps0'
        eps1 = state 'layer1.eps1'
        eps0_decay = eps0 * 0.75
        eps0_gain = in * 4
        eps0_sum = eps0_decay + eps0_gain
        eps1_decay = eps1 * 0.875
        eps1_gain = eps0_sum * 8
        eps1_sum = eps1_decay + eps1_gain
        next 'layer1.eps0' = eps0_sum
        next 'layer1.eps1' = eps1_sum
      conv2d 2x1x3x3 real -0.9013176560401917..0.9678739905357361 #60a266ed stride 1x1 padding 1,1,1,1
      post: spike = spike, potential = biased
        in = input
        bias = [-0.05178400129079819, 0.7042869329452515]
        biased = in + bias
        spike = biased > 0
      pool: max 2x2
    layer 'layer2' 2x3x3 -> 3x1x1 -> 3x1x1
      pre: operand = eps1_sum
        in = input
        eps0 = state 'layer2.eps0'
        eps1 = state 'layer2.eps1'
        eps0_decay = eps0 * [0.25, 0.5]
        eps0_gain = in * [1.3333333730697632, 2]
        eps0_sum = eps0_decay + eps0_gain
        eps1_decay = eps1 * [0.5, 0.75]
        eps1_gain = eps0_sum * [2, 4]
        eps1_sum = eps1_decay + eps1_gain
        next 'layer2.eps0' = eps0_sum
        next 'layer2.eps1' = eps1_sum
      conv2d 3x2x3x3 real -0.9411920309066772..0.9901757836341858 #38512541 stride 1x1 padding 0,0,0,0
      post: spike = spike, potential = biased
        in = input
        bias = [0.6681652665138245, 0.29570937156677246, 0.1246945932507515]
        biased = in + bias
        spike = biased > 0
      pool: none
    readout 'layer1.i2o' of 'layer1': 3 classes, vote majority
      activation: sigmoid, pool: max 2x2
      weights 3x18 real -0.9959105849266052..0.992710530757904 #8c3a51a0
      bias [-0.3511222004890442, 0.7696639895439148, -0.5857448577880859]
    readout 'layer2.i2o' of 'layer2': 3 classes, vote majority
      activation: sigmoid, pool: none
      weights 3x3 real -0.9804630279541016..0.5288359522819519 #3546121f
      bias [0.9847090840339661, -0.6219350099563599, 0.10743938386440277]
    readout 'layer2.output_' of 'layer2': 3 classes, vote majority
      activation: sigmoid, pool: none
      weights 3x3 real -0.8833451867103577..0.49500370025634766 #46e47c76
      bias [0.4970038831233978, -0.1369827687740326, -0.7664070129394531]
    "
  `);
});

test("time constants and weights are the checkpoint's single-precision numbers, promoted", () => {
  const third = Math.fround(1 / 3);
  const arrays = { ...dcllArrays(), "layer1.i2h.tau_s__dt": scalar(third) };
  const [layer] = model(pickleFile(arrays), dcllNetwork).layers;
  expect(layer?.pre.exprs).toContainEqual(expect.objectContaining({ id: "eps0_gain", by: [third] }));
  expect(third).not.toBe(1 / 3);
});

test("all names of parameters, in pickles and archives; `origin` names the parameter", () => {
  const first = model(pickleFile(dcllArrays()), dcllNetwork);
  const prefixes = [
    (k: number) => `layer${k + 1}.`,
    (k: number) => `layers.${k}.`,
    (k: number) => `dcll_slices.${k}.dclllayer.`,
  ];
  for (const prefix of prefixes) {
    const made = model(stateDictFile(dcllArrays(prefix)), dcllNetwork, "net.pth");
    expect(printSpiking(made)).toBe(printSpiking(first));
    expect(made.layers[1]?.origin).toEqual([{ file: "net.pth", name: `${prefix(1)}i2h.weight` }]);
  }
});

test("a refractory term only where its weight is above 0; alpharp is its decay", () => {
  const arps = (text: string) =>
    model(pickleFile(dcllArrays()), `${text}\n${dcllNetwork}`).layers.map((layer) =>
      layer.post.states.map((s) => s.name).join(),
    );
  expect(arps("arp: 0")).toEqual(["", ""]);
  expect(arps("arp: [0, 1]\nalpharp: 0.65")).toEqual(["", "layer2.arp"]);
  const [layer] = model(pickleFile(dcllArrays()), `wrp: 2\nalpharp: 0.5\n${dcllNetwork}`).layers;
  expect(layer?.post.exprs.map((e) => e.id)).toEqual([
    "in",
    "bias",
    "biased",
    "arp",
    "arp_decay",
    "u",
    "spike",
    "arp_loss",
    "arp_sum",
  ]);
  expect(layer?.post.exprs.find((e) => e.id === "u")).toMatchObject({ a: "biased", b: "arp_decay" });
  expect(layer?.post.exprs.find((e) => e.id === "arp_loss")).toMatchObject({ by: [2] });
});

test("a layer without bias; linear layers, which need no network file", () => {
  const arrays = dcllArrays();
  delete arrays["layer1.i2h.bias"];
  const [first] = model(pickleFile(arrays), dcllNetwork).layers;
  expect(first?.post.exprs.find((e) => e.id === "bias")).toMatchObject({ value: [0, 0] });
  const taus = {
    "layer1.i2h.alpha": scalar(0.5),
    "layer1.i2h.alphas": { shape: [3], data: [0.25, 0.5, 0.75] },
  };
  const weight = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
  const dense = model(pickleFile({ "layer1.i2h.weight": weight, ...taus }), undefined);
  expect(dense.layers[0]).toMatchObject({
    input: { channels: 3, height: 1, width: 1 },
    synapse: { kind: "linear" },
    output: { channels: 2, height: 1, width: 1 },
  });
  // Gains that the file leaves out follow from the decays.
  expect(dense.layers[0]?.pre.exprs.find((e) => e.id === "eps0_gain")).toMatchObject({
    by: [1 / 0.75, 2, 4],
  });
});

test("square maps of time constants say the input's shape", () => {
  const arrays = { ...dcllArrays(), "layer1.i2h.alpha": channelMap([0.875], 6, 6) };
  const text = dcllNetwork.replace("input_shape: [1, 6, 6]\n", "");
  expect(printSpiking(model(pickleFile(arrays), text))).toBe(
    printSpiking(model(pickleFile(dcllArrays()), dcllNetwork)),
  );
  const oblong = { ...dcllArrays(), "layer1.i2h.alpha": channelMap([0.875], 9, 4) };
  expect(run(pickleFile(oblong), text).diagnostics.map((d) => d.code)).toEqual(["dcll-missing"]);
});

test("doubles throughout are a network of doubles", () => {
  const doubles = Object.entries(dcllArrays()).map(([name, a]) => [name, { ...a, code: "f8" as const }]);
  expect(model(pickleFile(Object.fromEntries(doubles)), dcllNetwork).precision).toBe("float64");
  expect(model(pickleFile(dcllArrays()), dcllNetwork).precision).toBe("float32");
});

describe("the checkpoints of ../shared/data", () => {
  const mnist = readFileSync(`${data}dcll-mnist/network.yaml`, "utf8");
  test.each([
    ["dcll-mnist/parameters_19900.pkl", ["layer1.i2o", "layer2.i2o", "layer3.i2o"], 1],
    ["dcll-mnist/parameters_49.pkl", ["layer1.i2o", "layer2.i2o", "layer3.i2o", "layer3.output_"], 24],
  ])("%s", (file, readouts, constants) => {
    const made = model(readFileSync(data + file), mnist, file);
    expect(made.layers.map((l) => [l.name, l.sent])).toEqual([
      ["layer1", { channels: 16, height: 13, width: 13 }],
      ["layer2", { channels: 24, height: 11, width: 11 }],
      ["layer3", { channels: 32, height: 4, width: 4 }],
    ]);
    expect(made.readouts.map((r) => r.name)).toEqual(readouts);
    const decay = made.layers[2]?.pre.exprs.find((e) => e.id === "eps1_decay");
    expect(decay?.kind === "scale" && decay.by.length).toBe(constants);
  });

  const seed = `input_shape: [1, 8, 8]
arp: 1.0
alpharp: 0.65
conv_layers:
${'  - {out_channels: 4, kernel_size: 7, padding: "(3, 3)", pooling: 1}\n'.repeat(3)}`;
  test.each([
    ["formats/dcll_scalar_tau_zip.pth", 1],
    ["formats/dcll_random_tau_zip.pth", 4],
  ])("%s", (file, constants) => {
    const made = model(readFileSync(data + file), seed, file);
    expect(made.readouts.map((r) => [r.name, r.classes])).toEqual([
      ["layer1.i2o", 24],
      ["layer2.i2o", 24],
      ["layer3.i2o", 24],
      ["layer3.output_", 24],
    ]);
    const decay = made.layers[1]?.pre.exprs.find((e) => e.id === "eps0_decay");
    expect(decay?.kind === "scale" && decay.by.length).toBe(constants);
  });
});

describe("dcll-missing: what checkpoint and network file lack together, by name", () => {
  test("no network file", () => {
    const found = run(pickleFile(dcllArrays()), undefined).diagnostics.map(renderDiagnostic);
    expect(found).toMatchInlineSnapshot(`
      [
        "error[dcll-missing] dir/net.pkl: neither the checkpoint nor a network file (none is given) says input_shape, conv_layers (padding and pooling of each)
        hint: give --network net.yaml (\`network:\` in spikec.yaml) with \`input_shape: [C, H, W]\`, \`conv_layers: [{padding: …, pooling: …}, {padding: …, pooling: …}]\`",
      ]
    `);
  });
  test("a network file that says less", () => {
    expect(
      said(nothing, "arp: 1\nconv_layers:\n  - {padding: 1, pooling: 2}\n  - {padding: 0}"),
    ).toMatchInlineSnapshot(`
      [
        "error[dcll-missing] net.yaml: neither dir/net.pkl nor this file says input_shape
        hint: add \`input_shape: [C, H, W]\`",
        "error[dcll-missing] net.yaml:4:5: neither dir/net.pkl nor this file says conv_layers.1.pooling
        hint: add \`pooling: …\`",
        "error[dcll-missing] net.yaml: neither dir/net.pkl nor this file says alpharp
        hint: add \`alpharp: …\` (decay of the refractory term; the training scripts' default is 0.65)",
      ]
    `);
    expect(said(nothing, "burnin: 3")).toMatchInlineSnapshot(`
      [
        "error[dcll-missing] net.yaml: neither dir/net.pkl nor this file says input_shape
        hint: add \`input_shape: [C, H, W]\`",
        "error[dcll-missing] net.yaml: neither dir/net.pkl nor this file says conv_layers (padding and pooling of each)
        hint: add \`conv_layers: [{padding: …, pooling: …}, {padding: …, pooling: …}]\`",
      ]
    `);
  });
  test("decays that an older checkpoint does not hold: asked for, or taken from the network file", () => {
    const without = (arrays: Record<string, ArraySpec>) => {
      delete arrays["layer1.i2h.alphas"];
      delete arrays["layer1.i2h.tau_s__dt"];
    };
    expect(said(without)).toEqual([
      "error[dcll-missing] net.yaml: neither dir/net.pkl nor this file says alphas\n" +
        "  hint: add `alphas: …` (a decay from 0 to below 1)",
    ]);
    expect(said(without, `alphas: 0.75\n${dcllNetwork}`)).toEqual([]);
  });
});

describe("dcll-parameter", () => {
  const set = (name: string, spec: ArraySpec) => (arrays: Record<string, ArraySpec>) => {
    arrays[name] = spec;
  };
  const zeros = (...shape: number[]): ArraySpec => ({
    shape,
    data: new Array<number>(shape.reduce((n, size) => n * size, 1)).fill(0),
  });
  test.each<readonly [string, ArraySpec, string]>([
    [
      "layer1.i2o.weight",
      zeros(3, 9),
      "it has shape (3, 9), but layer1 sends 2 x 3 x 3 = 18 values\n  hint: check input_shape, padding, stride and pooling",
    ],
    [
      "layer1.i2o.weight",
      zeros(18),
      "it has shape (18), but layer1 sends 2 x 3 x 3 = 18 values\n  hint: check input_shape, padding, stride and pooling",
    ],
    ["layer1.i2o.bias", zeros(4), "it has shape (4), its weights need (3)"],
    ["layer1.i2h.bias", zeros(1, 2), "it has shape (1, 2), its weights need (2)"],
    [
      "layer2.i2h.weight",
      zeros(3, 1, 3, 3),
      "it reads 1 channels, the layer's input is 2 x 3 x 3\n  hint: check input_shape, padding and pooling; groups are not compiled",
    ],
    ["layer1.i2h.weight", zeros(0, 1, 3, 3), "it has no element"],
    [
      "layer1.i2h.weight",
      zeros(2, 9, 1),
      "weights of shape (2, 9, 1) are neither those of Conv2d nor of Linear",
    ],
    ["layer1.i2h.alpha", scalar(1.5), "alpha is 1.5, a decay from 0 to below 1 is needed"],
    ["layer1.i2h.alpha", scalar(Number.NaN), "it holds NaN at element 0"],
    [
      "layer2.i2h.alpha",
      channelMap([0.5, 0.75], 4, 4),
      "it has shape (2, 4, 4), the layer's input is 2 x 3 x 3\n  hint: it is one number, one per input channel, or a map like the input: check input_shape, padding and pooling",
    ],
  ])("%s %#", (name, spec, expected) => {
    expect(said(set(name, spec))).toEqual([`error[dcll-parameter] dir/net.pkl: '${name}': ${expected}`]);
  });

  test("a tensor that strides of 0 make larger than its file; all of a file's mistakes", () => {
    const wide = tensor({ key: "0", elements: 1, shape: [1000, 1000], strides: [0, 0] });
    const file = torchFile(pickle(dict({ "layer1.i2h.weight": wide }), 2), { 0: new Uint8Array(4) });
    const text = "alpha: 0.5\nalphas: 0.5";
    expect(run(file, text).diagnostics.map((d) => d.text)).toEqual([
      "it and those before it have more elements than the file has bytes",
    ]);
    const several = said((arrays) => {
      arrays["layer1.i2o.weight"] = zeros(3, 9);
      arrays["layer2.i2o.bias"] = zeros(1);
    });
    expect(several.map((each) => /'(\S+)'/.exec(each)?.[1])).toEqual([
      "layer1.i2o.weight",
      "layer2.i2o.bias",
    ]);
    const layers = said((arrays) => {
      arrays["layer1.i2h.alphas"] = scalar(1);
      arrays["layer1.i2h.alpha"] = scalar(-1);
      arrays["layer1.i2h.bias"] = zeros(1);
      arrays["layer2.i2h.alpha"] = channelMap([0.5, 0.75], 4, 4);
    });
    expect(layers.map((each) => /'(\S+)'/.exec(each)?.[1])).toEqual([
      "layer1.i2h.alphas",
      "layer1.i2h.alpha",
      "layer1.i2h.bias",
      "layer2.i2h.alpha",
    ]);
  });
});

test("dcll-tau-varies", () => {
  const map = channelMap([0.5, 0.75], 3, 3);
  const data = map.data.map((x, i) => (i === 9 + 3 + 1 ? 0.625 : x));
  expect(
    said((arrays) => {
      arrays["layer2.i2h.alphas"] = { ...map, data };
    }),
  ).toEqual([
    "error[dcll-tau-varies] dir/net.pkl: 'layer2.i2h.alphas': differs within channel 1: 0.75 at its first place, 0.625 at row 1, column 1\n" +
      "  hint: time constants are one number, or one number a channel",
  ]);
});

test("dcll-unread-parameter: batch norms, quantisers, layers after a gap", () => {
  const more = (name: string) => said((arrays) => (arrays[name] = scalar(1)));
  expect(more("layer1.bn.weight")).toEqual([
    "error[dcll-unread-parameter] dir/net.pkl: 'layer1.bn.weight': no parameter of dcll layers or readouts: the network is another one than would be compiled\n" +
      "  hint: save the parameters of these layers alone, or export the network to QONNX",
  ]);
  expect(more("layer4.i2h.weight")[0]).toContain("'layer4.i2h.weight'");
  expect(more("layer1.output_.weight")[0]).toContain("'layer1.output_.weight'");
});

test("a module that is registered twice", () => {
  const [first, second] = [dcllArrays(), dcllArrays((k) => `dcll_slices.${k}.dclllayer.`)];
  const names = Object.keys(second);
  const specs = Object.entries(first);
  const tensors = specs.flatMap(([name, { shape, data }], i) => {
    const both = tensor({ key: `${i}`, elements: data.length, shape, strides: rowMajor(shape) });
    return [
      [name, both],
      [names[i] as string, both],
    ];
  });
  const storages = specs.map(([, { data }], i) => [`${i}`, elementBytes(data)]);
  const file = torchFile(pickle(dict(Object.fromEntries(tensors)), 2), Object.fromEntries(storages));
  expect(printSpiking(model(file, dcllNetwork))).toBe(printSpiking(model(pickleFile(first), dcllNetwork)));
});

test("dcll-argument-differs: an argument of another training", () => {
  expect(said(nothing, `alpha: 0.95\n${dcllNetwork}`)).toEqual([
    "warning[dcll-argument-differs] net.yaml:1:1: alpha is 0.95 here and 0.875 in the checkpoint, which counts\n  note: dir/net.pkl: 'layer1.i2h.alpha': this counts",
  ]);
  expect(said(nothing, `alpha: 0.875\n${dcllNetwork}`)).toEqual([]);
  expect(said(nothing, `alpha: 0.95\nrandom_tau: true\n${dcllNetwork}`)).toEqual([]);
});

test("dcll-no-network", () => {
  const found = run(pickle(dict({ alpha: int(1) })), dcllNetwork).diagnostics.map(renderDiagnostic);
  expect(found).toEqual([
    "error[dcll-no-network] dir/net.pkl: no parameters of a DCLL or DECOLLE network; it holds no tensor\n" +
      "  hint: a state dict of another framework holds weights and no graph: export one tick to ONNX (examples/export); layers of DCLL and DECOLLE are layerN.i2h.*, layers.N.i2h.*, dcll_slices.N.dclllayer.i2h.* or LIF_layers.N.base_layer.*",
  ]);
  const other = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, scalar(1)]));
  expect(run(pickleFile(other), dcllNetwork).diagnostics[0]?.text).toContain("'a', 'b', 'c' and 1 more");
});

test("network-value: what the network file says against the checkpoint", () => {
  const changed = (from: string, to: string) => said(nothing, dcllNetwork.replace(from, to)).at(-1);
  expect(changed("out_channels: 2", "out_channels: 4")).toBe(
    "error[network-value] net.yaml:4:6: conv_layers.0.out_channels: 4, the checkpoint's weights have 2\n  note: dir/net.pkl: 'layer1.i2h.weight': these weights have shape (2, 1, 3, 3)",
  );
  expect(changed('"(3, 3)"', "5")).toBe(
    "error[network-value] net.yaml:5:23: conv_layers.1.kernel_size: 5 x 5, the checkpoint's weights have 3 x 3\n  note: dir/net.pkl: 'layer2.i2h.weight': these weights have shape (3, 2, 3, 3)",
  );
  expect(changed("[1, 6, 6]", "[1, 2, 2]")).toBe(
    "error[network-value] net.yaml:5:5: conv_layers.1: its input 2 x 1 x 1 makes a map of 3 x -1 x -1",
  );
  expect(changed("pooling: 2", "pooling: 3")).toBe(
    "error[network-value] net.yaml:4:51: conv_layers.0.pooling: DCLL's code pads pools of 3 and more by ⌊(n − 1)/2⌋, which is not compiled; 1 and 2 are",
  );
  expect(changed("[1, 6, 6]", "[3000, 3000, 3000]")).toContain("input_shape: 27000000000 places");
  expect(said(nothing, `arp: [1, 2, 3]\nalpharp: 0.5\n${dcllNetwork}`)[0]).toBe(
    "error[network-value] net.yaml:1:1: arp: 3 numbers for 2 layers",
  );
  expect(said(nothing, `${dcllNetwork}  - {padding: 0, pooling: 1}\n`)).toEqual([
    "error[network-value] net.yaml:3:1: conv_layers: 3 layers, the checkpoint has 2 with Conv2d weights",
  ]);
});
