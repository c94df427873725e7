import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../../diagnostics/render.js";
import { exprOf, type SpikingModel } from "../../ir/spiking.js";
import { printSpiking } from "../../ir/spiking-printer.js";
import { checkShapes } from "../../passes/check-shapes.js";
import { linearOf } from "../../testing/linear.js";
import { importOnnx } from "./import.js";

const data = "../shared/data/";

function importFile(path: string): SpikingModel {
  const result = importOnnx(readFileSync(data + path), path);
  if (!result.ok) throw new Error(result.diagnostics.map(renderDiagnostic).join("\n"));
  expect(result.diagnostics).toEqual([]);
  expect(checkShapes.run(result.value, undefined).diagnostics).toEqual([]);
  return result.value;
}

interface Manifest {
  readonly classes: readonly string[];
  readonly rounding: "ROUND" | "FLOOR";
  readonly weight_scales: string;
  readonly state_bits: number;
  readonly state_fraction_bits: Readonly<Record<string, number>>;
  readonly state_shapes: Readonly<Record<string, readonly number[]>>;
  readonly spike_shapes: Readonly<Record<string, readonly number[]>>;
  readonly layers: readonly {
    readonly co: number;
    readonly k: number;
    readonly pad: number;
    readonly pool: number;
    readonly alpha: readonly [number, number];
    readonly alphas: readonly [number, number];
    readonly alpharp: readonly [number, number];
    readonly wrp: number;
  }[];
}

const chw = (s: { channels: number; height: number; width: number }): number[] => [
  s.channels,
  s.height,
  s.width,
];

describe.each(["small", "seed", "stress/floor", "stress/round"])("radioml/%s", (folder) => {
  test.each(["pre", "post"])("%s imports as its manifest says", (form) => {
    const model = importFile(`radioml/${folder}/${form}.qonnx.onnx`);
    const text = readFileSync(`${data}radioml/${folder}/${form}.manifest.json`, "utf8");
    const manifest = JSON.parse(text) as Manifest;
    expect(model.name).toBe(form);
    expect(model.precision).toBe("float64");
    expect(chw(model.input)).toEqual([1, 16, 16]);
    expect(model.layers.map((l) => l.name)).toEqual(Object.keys(manifest.spike_shapes));
    const states: string[] = [];
    manifest.layers.forEach((m, i) => {
      const layer = model.layers[i]!;
      const { synapse } = layer;
      expect(chw(layer.sent)).toEqual(manifest.spike_shapes[layer.name]);
      expect(synapse.kind).toBe("conv2d");
      expect(synapse.outChannels).toBe(m.co);
      expect(synapse.kernel).toEqual([m.k, m.k]);
      expect(synapse.padding).toEqual([m.pad, m.pad, m.pad, m.pad]);
      expect(layer.pool).toEqual(m.pool === 1 ? undefined : { height: m.pool, width: m.pool });
      expect(synapse.weights).toMatchObject({ kind: "quantised", bits: 8, narrow: true });
      const scales = synapse.weights.kind === "quantised" ? synapse.weights.scale : [];
      const powers = scales.every((s) => Number.isInteger(Math.log2(s)));
      expect(powers).toBe(manifest.weight_scales !== "float");
      for (const part of [layer.pre, layer.post]) {
        const shape = part === layer.pre ? layer.input : layer.output;
        for (const state of part.states) {
          states.push(state.name);
          expect(chw(shape)).toEqual(manifest.state_shapes[state.name]);
          const next = exprOf(part, state.next);
          if (next.kind !== "quantise") throw new Error(`${state.name} is not quantised`);
          expect(next.quantiser).toEqual({
            scale: [2 ** -(manifest.state_fraction_bits[state.name] as number)],
            bits: manifest.state_bits,
            signed: true,
            narrow: false,
            rounding: manifest.rounding === "FLOOR" ? "floor" : "half_even",
          });
        }
      }
      const decays = [...layer.pre.exprs, ...layer.post.exprs].flatMap((e) =>
        e.kind === "scale" && exprOf2(layer, e.a) === "state" ? [e.by[0]] : [],
      );
      const wanted = m.wrp > 0 ? [m.alphas, m.alpha, m.alpharp] : [m.alphas, m.alpha];
      expect(decays).toEqual(wanted.map(([c, n]) => c / 2 ** n));
      expect(exprOf(layer.post, layer.post.outputs.spike)).toMatchObject({
        kind: "compare",
        a: layer.post.outputs.potential,
        orEqual: false,
      });
    });
    expect(states.sort()).toEqual(Object.keys(manifest.state_shapes).sort());
    const [readout] = model.readouts;
    expect(model.readouts.length).toBe(1);
    expect(readout).toMatchObject({ name: "logits", layer: "layer3", vote: "majority", pool: undefined });
    expect(readout?.classes).toBe(manifest.classes.length);
    expect(linearOf(readout).activation).toMatchObject({
      kind: "sigmoid",
      quantiser: { scale: [2 ** -8], bits: 8, signed: false, narrow: false, rounding: "half_even" },
    });
  });
});

function exprOf2(layer: SpikingModel["layers"][number], id: string): string {
  return [...layer.pre.exprs, ...layer.post.exprs].find((e) => e.id === id)?.kind ?? "";
}

describe("files of real tools", () => {
  const steps = readdirSync(`${data}formats`).filter(
    (f) => f.startsWith("dcll_step_") && f.endsWith(".onnx"),
  );

  test("all of them are there", () => {
    expect(steps.length).toBe(6);
  });

  test.each(steps)("%s is one DCLL layer", (file) => {
    const model = importFile(`formats/${file}`);
    const [layer] = model.layers;
    expect(model.layers.length).toBe(1);
    expect(model.precision).toBe(file.includes("double") ? "float64" : "float32");
    expect([model.input, layer!.output].map(chw)).toEqual([
      [1, 6, 6],
      [2, 6, 6],
    ]);
    expect(layer!.pre.states.map((s) => s.name)).toEqual(["eps0", "eps1"]);
    expect(layer!.post.states.map((s) => s.name)).toEqual(["arp"]);
    const next = exprOf(layer!.post, layer!.post.states[0]!.next);
    const rounding = file.includes("round_to_zero")
      ? "to_zero"
      : file.includes("qcdq")
        ? "half_even"
        : "floor";
    const bits = file.includes("6b") ? 6 : file.includes("8b") ? 8 : 24;
    expect(next).toMatchObject({
      kind: "quantise",
      quantiser: { bits, rounding, signed: true, narrow: false },
    });
    expect(layer!.synapse.weights).toMatchObject({
      kind: "quantised",
      scale: [2 ** -8],
      bits: 8,
      narrow: true,
    });
  });

  test("the weights of one network are the same integers in QONNX and QCDQ", () => {
    const raw = [
      "dcll_step_8b.qcdq.onnx",
      "dcll_step_6b.qcdq.onnx",
      "dcll_step_brevitas0.12.0.qonnx.onnx",
    ].map((f) => {
      const weights = importFile(`formats/${f}`).layers[0]!.synapse.weights;
      return weights.kind === "quantised" ? [...weights.raw] : [];
    });
    expect(raw[0]!.length).toBe(18);
    expect(raw[1]).toEqual(raw[0]);
    expect(raw[2]).toEqual(raw[0]);
  });

  test("text form of a step", () => {
    expect(printSpiking(importFile("formats/dcll_step_6b.qcdq.onnx"))).toMatchInlineSnapshot(`
      "spiking 'dcll_step_6b' float32 input 1x6x6
      layer 'layer1' 1x6x6 -> 2x6x6 -> 2x6x6
        pre: operand = eps1_next
          in = input
          eps0 = state 'eps0'
          eps1 = state 'eps1'
          mul = eps0 * 0.875
          add = in + mul
          eps0_next = quantise add to s6 half_even scale 4
          mul_1 = eps1 * 0.96875
          add_1 = mul_1 + eps0_next
          eps1_next = quantise add_1 to s6 half_even scale 4
          next 'eps0' = eps0_next
          next 'eps1' = eps1_next
        conv2d 2x1x3x3 s8 narrow -82..68 #50fb9872 scale 2^-8 stride 1x1 padding 1,1,1,1
        post: spike = greater, potential = add_2
          in = input
          arp = state 'arp'
          bias = [-0.22598037123680115, -0.14515428245067596]
          biased = in + bias
          mul_2 = arp * 0.6499999761581421
          add_2 = biased + mul_2
          greater = add_2 > 0
          sub = mul_2 - greater
          arp_next = quantise sub to s6 half_even scale 4
          next 'arp' = arp_next
        pool: none
      "
    `);
  });

  test.each(["misc_brevitas0.10.3.qonnx.onnx", "misc_brevitas0.12.0.qonnx.onnx"])(
    "%s says all that it can't",
    (file) => {
      const result = importOnnx(readFileSync(`${data}formats/${file}`), file);
      expect(result.ok).toBe(false);
      expect(result.diagnostics.map((d) => [d.code, d.loc.operator])).toEqual([
        ["onnx-operator", "Relu"],
        ["onnx-operator", "Trunc"],
        ["onnx-operator", "BipolarQuant"],
      ]);
      expect(result.diagnostics.every((d) => d.hint !== undefined && d.loc.file === file)).toBe(true);
    },
  );
});
