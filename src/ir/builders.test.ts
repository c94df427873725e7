import { expect, test } from "vitest";
import { checkShapes } from "../passes/check-shapes.js";
import { randomModel } from "../testing/random-model.js";
import {
  conv,
  dcllLayer,
  integratorLayer,
  lifLayer,
  linear,
  network,
  quantisedWeights,
  quantiser,
  readout,
  realWeights,
  renameOperands,
  shape,
} from "./builders.js";
import { printSpiking } from "./spiking-printer.js";

const synapse = conv({
  outChannels: 2,
  kernel: [3, 3],
  padding: [1, 1, 1, 1],
  weights: quantisedWeights(new Array(18).fill(1), 0.25),
});
const base = { name: "l1", input: shape(1, 5, 4), synapse };

test("a DCLL layer with everything", () => {
  const layer = dcllLayer({
    ...base,
    form: "pre",
    alpha: 0.875,
    alphas: [0.75],
    gains: [2, 1],
    bias: [-0.5, 0.25],
    refractory: { decay: 0.5, weight: 1 },
    quantisers: { eps0: quantiser(12, 4), eps1: quantiser(12, 2, "floor") },
    pool: { height: 2, width: 2 },
  });
  expect(printSpiking(network("net", [layer]))).toMatchInlineSnapshot(`
    "spiking 'net' float64 input 1x5x4
    layer 'l1' 1x5x4 -> 2x5x4 -> 2x2x2
      pre: operand = eps1_next
        in = input
        eps0 = state 'l1.eps0'
        eps1 = state 'l1.eps1'
        eps0_decay = eps0 * 0.75
        eps0_gain = in * 2
        eps0_sum = eps0_decay + eps0_gain
        eps0_next = quantise eps0_sum to s12 half_even scale 2^-4
        eps1_decay = eps1 * 0.875
        eps1_sum = eps1_decay + eps0_next
        eps1_next = quantise eps1_sum to s12 floor scale 0.25
        next 'l1.eps0' = eps0_next
        next 'l1.eps1' = eps1_next
      conv2d 2x1x3x3 s8 narrow 1..1 #95563225 scale 0.25 stride 1x1 padding 1,1,1,1
      post: spike = spike, potential = u
        in = input
        bias = [-0.5, 0.25]
        biased = in + bias
        arp = state 'l1.arp'
        arp_decay = arp * 0.5
        u = biased + arp_decay
        spike = u > 0
        arp_sum = arp_decay - spike
        next 'l1.arp' = arp_sum
      pool: max 2x2
    "
  `);
});

test("LIF, with each reset", () => {
  const post = (reset: "subtract" | "zero" | "none", threshold?: number) =>
    lifLayer({ ...base, decay: 0.75, reset, ...(threshold && { threshold }) })
      .post.exprs.slice(7)
      .map((e) => `${e.id}: ${e.kind}`);
  expect(post("subtract", 0.5)).toEqual(["excess: sub", "spike: compare", "loss: scale", "u_reset: sub"]);
  expect(post("subtract", 1)).toEqual(["excess: sub", "spike: compare", "u_reset: sub"]);
  expect(post("zero")).toEqual(["excess: sub", "spike: compare", "zero: constant", "u_reset: select"]);
  expect(post("none")).toEqual(["excess: sub", "spike: compare"]);
});

test("networks of them are sound", () => {
  const pool = { height: 2, width: 3 };
  const first = dcllLayer({ ...base, form: "post", alpha: 0.5, alphas: 0.5, delayed: true, pool });
  const second = lifLayer({
    name: "l2",
    input: first.sent,
    synapse: linear(first.sent, 3, realWeights(new Array(12).fill(0.5))),
    decay: [0.5, 0.75, 0.25],
    current: { decay: 0.5 },
    reset: "zero",
    quantisers: { u: quantiser(8, 4), i: quantiser(8, 4) },
  });
  const third = integratorLayer({
    name: "l3",
    input: second.sent,
    synapse: linear(second.sent, 2, realWeights(new Array(6).fill(1))),
    decay: 0.5,
  });
  expect([first.output, first.sent, second.sent].map((s) => Object.values(s))).toEqual([
    [2, 5, 4],
    [2, 2, 1],
    [3, 1, 1],
  ]);
  const logits = readout({ layer: third, classes: 2, weights: realWeights([1, 0, 0, 1]), bias: [0, 0] });
  const model = network("net", [first, second, third], [logits]);
  expect(checkShapes.run(model, undefined).diagnostics).toEqual([]);
});

test("random models are sound, and the same for the same seed", () => {
  for (let seed = 0; seed < 50; seed++) {
    const model = randomModel(seed, seed % 2 === 0 ? {} : { scales: "any", stateBits: 6 });
    expect(checkShapes.run(model, undefined).diagnostics).toEqual([]);
  }
  expect(randomModel(7)).toEqual(randomModel(7));
  expect(randomModel(7)).not.toEqual(randomModel(8));
});

test("renameOperands changes operands alone", () => {
  const e = { kind: "select", id: "x", origin: [], condition: "c", a: "a", b: "b" } as const;
  expect(renameOperands(e, (id) => `${id}2`)).toEqual({ ...e, condition: "c2", a: "a2", b: "b2" });
  const constant = { kind: "constant", id: "a", origin: [], value: [1] } as const;
  expect(renameOperands(constant, () => "b")).toEqual(constant);
});
