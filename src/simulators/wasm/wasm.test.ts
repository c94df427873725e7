import { describe, expect, test } from "vitest";
import type { Stimulus } from "../../data/stimulus.js";
import { type Rounding, roundings } from "../../fixed/format.js";
import { shape } from "../../ir/builders.js";
import {
  type FixedExpr,
  type FixedGraph,
  type FixedLayer,
  type FixedModel,
  rangeOfId,
} from "../../ir/fixed.js";
import { type Shape, sizeOf } from "../../ir/spiking.js";
import { boundRanges } from "../../passes/bound-ranges.js";
import { lowerToFixed } from "../../passes/lower-to-fixed.js";
import {
  exprBase,
  type FixedLayerSpec,
  fixedLayer,
  fixedModel,
  type GraphBits,
  inputExpr,
  passedOn,
  randomGraph,
  randomInteger,
  randomReadout,
  stateOf,
} from "../../testing/random-fixed.js";
import { random, randomModel, randomStimulus } from "../../testing/random-model.js";
import { runGolden } from "../golden.js";
import type { Observer, SampleTrace, TickTrace } from "../trace.js";
import { compileWasm, runNetwork } from "./run.js";
import { splitOf } from "./synapse/split.js";

const copied = (trace: TickTrace) => ({
  sample: trace.sample,
  tick: trace.tick,
  spikes: trace.spikes.map((x) => Array.from(x)),
  states: trace.states.map((x) => Array.from(x)),
  logits: trace.logits.map((x) => Array.from(x)),
  potentials: trace.potentials?.map((row) => Array.from(row)),
  tickClass: [...trace.tickClass],
});

function record(): {
  readonly observer: Observer;
  readonly ticks: object[];
  readonly samples: SampleTrace[];
} {
  const ticks: object[] = [];
  const samples: SampleTrace[] = [];
  const observer: Observer = {
    tick: (trace) => void ticks.push(copied(trace)),
    sample: (trace) => void samples.push(structuredClone(trace)),
  };
  return { observer, ticks, samples };
}

/** Runs both engines and expects all of both to be equal; false where the model is refused as too wide. */
function expectEqual(model: FixedModel, stimulus: Stimulus, burnIn = 1): boolean {
  const network = compileWasm(model);
  if (!network.ok) {
    expect(network.diagnostics.map((d) => d.code)).toEqual(["wasm-too-wide"]);
    return false;
  }
  const [golden, wasm] = [record(), record()];
  runGolden(model, stimulus, { burnIn }, golden.observer);
  runNetwork(network.value, stimulus, { burnIn }, wasm.observer);
  if (JSON.stringify(wasm.ticks) !== JSON.stringify(golden.ticks)) {
    // Slow on large arrays, but this says what differs.
    golden.ticks.forEach((tick, n) => {
      expect(wasm.ticks[n], `${model.name}, tick ${n}`).toEqual(tick);
    });
    expect(wasm.ticks).toEqual(golden.ticks);
  }
  expect(wasm.samples, model.name).toEqual(golden.samples);
  return true;
}

/** Spikes in every input and tick, or where `chosen` says. */
const stimulusOf = (input: Shape, ticks: number, chosen: (i: number, tick: number) => boolean): Stimulus => ({
  samples: 1,
  ticks,
  shape: input,
  active: (_, tick) => Array.from({ length: sizeOf(input) }, (_, i) => i).filter((i) => chosen(i, tick)),
});
const everywhere = (input: Shape, ticks: number): Stimulus => stimulusOf(input, ticks, () => true);

// ---- FixedModels by hand: what no checkpoint brings, but the IR allows ----

/** s' = sat(s + in · by), a trace that saturates soon; the operand is s' − offset. */
const trace = (name: string, by: bigint, width: number, offset: bigint): FixedGraph<"operand"> => ({
  exprs: [
    inputExpr,
    { ...exprBase, kind: "state", id: "s", state: name },
    { ...exprBase, kind: "mulc", id: "step", a: "in", by: [by] },
    { ...exprBase, kind: "add", id: "sum", a: "s", b: "step" },
    {
      ...exprBase,
      kind: "sat",
      id: "next",
      a: "sum",
      low: -(2n ** BigInt(width - 1)),
      high: 2n ** BigInt(width - 1) - 1n,
    },
    { ...exprBase, kind: "constant", id: "offset", value: [offset] },
    { ...exprBase, kind: "sub", id: "operand", a: "next", b: "offset" },
  ],
  states: [stateOf(name, "next", width)],
  outputs: { operand: "operand" },
});

/** Spikes above 0; the sum is seen in a state as it is. */
const shown = (name: string): FixedLayer["post"] => ({
  exprs: [inputExpr, { ...exprBase, kind: "compare", id: "spike", a: "in", orEqual: false }],
  states: [stateOf(name, "in", 60)],
  outputs: { spike: "spike", potential: "in" },
});

/** A layer whose sums are shown where nothing else is asked for. */
const layerOf = (name: string, spec: Omit<FixedLayerSpec, "post"> & Partial<FixedLayerSpec>): FixedLayer =>
  fixedLayer(name, { post: shown(`${name}.sum`), ...spec });

/** Of a recurrence whose values stay within some 63 bits. */
const graphBits = (bits: number): GraphBits => ({
  state: bits - 4,
  constant: bits - 4,
  span: bits - 2,
  factor: bits / 5,
  shift: bits / 6,
});

describe("simulators/wasm", () => {
  test("equals golden on random spiking networks", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const scales = seed % 2 === 0 ? "power-of-two" : "any";
      const { output, diagnostics } = lowerToFixed.run(randomModel(seed, { scales }), {
        coefficientBits: 17,
      });
      expect(diagnostics).toEqual([]);
      const model = boundRanges.run(output, undefined).output;
      expect(expectEqual(model, randomStimulus(seed, model.input, 2, 6)), model.name).toBe(true);
    }
  });

  test("equals golden on random recurrences of up to 63 bits", () => {
    let compiled = 0;
    for (let seed = 1; seed <= 16; seed++) {
      const r = random(seed);
      const from = shape(r.int(1, 3), r.int(1, 3), r.int(1, 3));
      const channels = r.int(1, 9);
      const post = randomGraph(r, channels, graphBits(r.pick([28, 40, 60])));
      const layer = layerOf("w", {
        input: from,
        channels,
        kernel: [1, 1],
        weight: () => r.int(-200, 200),
        post,
      });
      const { layers } = fixedModel(`wide${seed}`, [layer]);
      const model = fixedModel(`wide${seed}`, layers, [randomReadout(r, layers[0] as FixedLayer)]);
      if (expectEqual(model, randomStimulus(seed, from, 1, 6))) compiled++;
    }
    expect(compiled).toBeGreaterThan(12);
  });

  test.each(roundings)("rounds by %s as golden does, in 32 and in 64 bits", (rounding: Rounding) => {
    const around = (...xs: readonly bigint[]) => xs.flatMap((x) => [x - 2n, x - 1n, x, x + 1n, x + 2n]);
    const small = Array.from({ length: 25 }, (_, n) => BigInt(n - 12));
    const narrow = [...small, ...around(2n ** 29n, -(2n ** 29n)), 2n ** 31n - 1n, -(2n ** 31n)];
    const wide = [
      ...narrow,
      ...around(2n ** 53n, -(2n ** 61n), 2n ** 62n),
      2n ** 63n - 1n,
      -(2n ** 63n) + 1n,
    ];
    for (const by of [narrow, narrow.map((x) => x / 2n), wide, wide.map((x) => x / 2n)]) {
      const shifts = [0, 1, 2, 3, 7, 29, 30, 31, 32, 33, 52, 60, 61, 62, 63, 64, 70];
      const exprs: FixedExpr[] = [
        inputExpr,
        { ...exprBase, kind: "mulc", id: "x", a: "in", by },
        { ...exprBase, kind: "compare", id: "s", a: "x", orEqual: false },
        ...shifts.map(
          (bits): FixedExpr => ({ ...exprBase, kind: "shr", id: `q${bits}`, a: "x", bits, rounding }),
        ),
      ];
      const states = shifts.map((bits) => stateOf(`l.q${bits}`, `q${bits}`, 64));
      const post = { exprs, states, outputs: { spike: "s", potential: "x" } };
      const layer = layerOf("l", { input: shape(1), channels: by.length, weight: () => 1, post });
      expect(expectEqual(fixedModel(rounding, [layer]), everywhere(shape(1), 1))).toBe(true);
    }
  });

  test("sums of spikes at the ends of 16- and 32-bit lanes", () => {
    const check = (from: Shape, weight: (i: number) => number, ends: readonly [bigint, bigint]) => {
      const model = fixedModel("ends", [layerOf("l", { input: from, channels: 1, weight })]);
      const { low, high } = (model.layers[0] as FixedLayer).synapse.range;
      expect([low, high]).toEqual(ends);
      expect(expectEqual(model, everywhere(from, 1))).toBe(true);
    };
    check(shape(64, 2, 2), () => -128, [-32768n, 0n]);
    check(shape(257, 1, 1), () => -128, [-32896n, 0n]);
    check(shape(129, 1, 2), () => 127, [0n, 32766n]);
    check(shape(259, 1, 1), () => 127, [0n, 32893n]);
    check(shape(64, 32, 32), () => -32768, [-(2n ** 31n), 0n]);
    check(shape(65, 32, 32), () => -32768, [-(2n ** 31n) - 2n ** 25n, 0n]);
  });

  test("dense operands: saturated traces of both signs, extreme weights, every split", () => {
    const from = shape(3, 3, 3);
    const lows = new Set<number | undefined>();
    for (const width of [4, 16, 17, 24, 28, 31, 34])
      for (const [name, weight] of [
        ["low", () => -128],
        ["mixed", (i: number) => (i % 2 === 0 ? -128 : 127)],
        ["wide", (i: number) => (i % 3 === 0 ? -32768 : 32767)],
      ] as const) {
        const half = 2n ** BigInt(width - 1);
        for (const [by, offset] of [
          [half - 1n, 0n],
          [half - 1n, half - 1n],
          [-half / 2n, -1n],
        ] as const) {
          const pre = trace("l.s", by, width, offset);
          const layer = layerOf("l", {
            input: from,
            channels: 9,
            kernel: [3, 2],
            padding: [2, 1, 0, 1],
            weight,
            pre,
          });
          const model = fixedModel(`${width} bits, ${name}`, [layer]);
          const made = model.layers[0] as FixedLayer;
          const split = splitOf(made.synapse, rangeOfId(made.pre, "operand"));
          lows.add(split?.low);
          expect(
            expectEqual(
              model,
              stimulusOf(from, 3, (i, tick) => tick > 0 || i % 3 > 0),
            ),
          ).toBe(true);
        }
      }
    expect([...lows]).toEqual(expect.arrayContaining([16, 12, undefined]));
  });

  test("strides, paddings beyond the kernel, rectangles, one position", () => {
    const r = random(7);
    const from = shape(2, 4, 5);
    for (const kernel of [
      [1, 1],
      [3, 2],
      [4, 5],
    ] as const)
      for (const stride of [
        [1, 1],
        [3, 2],
        [4, 5],
      ] as const)
        for (const padding of [
          [0, 0, 0, 0],
          [2, 4, 1, 3],
        ] as const)
          for (const pre of [passedOn, trace("l.s", 77n, 10, 3n), trace("l.s", 77n, 40, 0n)]) {
            const weight = () => r.int(-128, 127);
            const layer = layerOf("l", { input: from, channels: 2, kernel, stride, padding, weight, pre });
            const model = fixedModel(`${kernel} ${stride} ${padding}`, [layer]);
            expect(expectEqual(model, randomStimulus(r.int(1, 99), from, 1, 2))).toBe(true);
          }
  });

  test("many classes, in 32 and in 64 bits", () => {
    for (const [seed, classes] of [48, 49, 130, 24].entries()) {
      const r = random(seed);
      const layer = layerOf("l", {
        input: shape(2, 3, 3),
        channels: 10,
        kernel: [2, 2],
        weight: () => r.int(-9, 9),
      });
      const { layers } = fixedModel("m", [layer]);
      const model = fixedModel(`${classes} classes`, layers, [
        randomReadout(r, layers[0] as FixedLayer, classes),
        {
          ...randomReadout(r, layers[0] as FixedLayer, classes),
          name: "wide",
          bias: new Array(classes).fill(2n ** 40n),
        },
      ]);
      expect(expectEqual(model, randomStimulus(seed, model.input, 1, 4))).toBe(true);
    }
  });

  test("products of more than 64 bits that are shifted back, in every mode", () => {
    const r = random(3);
    const shifts = [17, 18, 24, 31, 45, 60, 78, 79, 80, 90];
    const exact = [0n, 1n, 3n, -1n, -3n].map((x) => x * 2n ** 43n);
    for (const rounding of roundings) {
      const factors = [...exact, ...Array.from({ length: 20 }, () => randomInteger(r, 46))];
      const by = factors.map((_, n) => (n < 5 ? 2n ** 31n : randomInteger(r, 32)));
      const shift = (bits: number): FixedExpr => ({
        ...exprBase,
        kind: "shr",
        id: `q${bits}`,
        a: "y",
        bits,
        rounding,
      });
      const exprs: FixedExpr[] = [
        inputExpr,
        { ...exprBase, kind: "mulc", id: "x", a: "in", by: factors },
        { ...exprBase, kind: "mulc", id: "y", a: "x", by },
        ...shifts.map(shift),
        { ...exprBase, kind: "compare", id: "s", a: "x", orEqual: false },
      ];
      const states = shifts.map((bits) => stateOf(`l.q${bits}`, `q${bits}`, 64));
      const post = { exprs, states, outputs: { spike: "s", potential: "x" } };
      const layer = layerOf("l", { input: shape(1), channels: by.length, weight: () => 1, post });
      expect(expectEqual(fixedModel(rounding, [layer]), everywhere(shape(1), 1))).toBe(true);
    }
  });

  test("potentials and thresholds at the end of 32 bits, bounds beyond the lane of what they clamp", () => {
    const most = 2n ** 31n - 1n;
    for (const by of [
      [most, most - 1n, -most - 1n, 0n, 5n],
      [2n ** 20n, -1n, 9n, 0n, 7n],
    ]) {
      const exprs: FixedExpr[] = [
        inputExpr,
        { ...exprBase, kind: "mulc", id: "x", a: "in", by },
        { ...exprBase, kind: "sat", id: "above", a: "x", low: 2n ** 40n, high: 2n ** 41n },
        { ...exprBase, kind: "sat", id: "below", a: "x", low: -(2n ** 41n), high: -(2n ** 40n) },
        { ...exprBase, kind: "compare", id: "spike", a: "x", orEqual: true },
      ];
      const states = [stateOf("l.above", "above", 50), stateOf("l.below", "below", 50)];
      const post = { exprs, states, outputs: { spike: "spike", potential: "x" } };
      const first = layerOf("l", { input: shape(1), channels: by.length, weight: () => 1, post });
      const { layers } = fixedModel("ends", [first]);
      const out = randomReadout(random(2), layers[0] as FixedLayer);
      const tables = [
        [-(2n ** 40n), -most - 1n, 0n, most, most + 1n, 2n ** 40n],
        [most - 1n, most, most + 1n, 2n ** 32n, 2n ** 33n, 2n ** 62n],
        [5n, 2n ** 32n + 1n, 2n ** 33n, 2n ** 34n],
      ];
      for (const table of tables)
        expect(
          expectEqual(fixedModel("ends", layers, [{ ...out, thresholds: [table] }]), everywhere(shape(1), 2)),
        ).toBe(true);
    }
  });

  test("no spike comes out of padding", () => {
    // Neurons that spike at 0, three of eight channels; then inputs that are inverted, nine of sixteen places.
    const post: FixedLayer["post"] = {
      exprs: [inputExpr, { ...exprBase, kind: "compare", id: "spike", a: "in", orEqual: true }],
      states: [],
      outputs: { spike: "spike", potential: "in" },
    };
    const inverted: FixedGraph<"operand"> = {
      exprs: [
        inputExpr,
        { ...exprBase, kind: "constant", id: "one", value: [1n] },
        { ...exprBase, kind: "sub", id: "not", a: "one", b: "in" },
      ],
      states: [],
      outputs: { operand: "not" },
    };
    const weight = (i: number) => (i % 2 === 0 ? 3 : -2);
    const from = shape(1, 3, 3);
    const spec = { kernel: [2, 2], weight, post } as const;
    const first = layerOf("a", { ...spec, input: from, channels: 3, pre: inverted });
    const second = layerOf("b", { ...spec, input: first.sent, channels: 2 });
    const third = layerOf("c", { input: second.sent, channels: 1, weight, pre: inverted });
    const model = fixedModel("padding", [first, second, third]);
    expect(expectEqual(model, randomStimulus(4, from, 1, 5))).toBe(true);
    const counts: number[][] = [];
    const spikes: number[][] = [];
    const network = compileWasm(model);
    if (!network.ok) throw new Error("refused");
    runNetwork(
      network.value,
      randomStimulus(4, from, 1, 5),
      { burnIn: 0 },
      { tick: (t) => void spikes.push(t.spikes.map((row) => row.reduce((n, s) => n + s, 0))) },
      (engine) => void counts.push([...engine.spikeCounts()]),
    );
    expect(counts).toEqual(spikes);
  });

  test("wasm-too-wide: refuses what 64-bit lanes don't hold, and says which value", () => {
    const exprs: FixedExpr[] = [
      inputExpr,
      { ...exprBase, kind: "shl", id: "x", a: "in", bits: [63] },
      { ...exprBase, kind: "compare", id: "s", a: "x", orEqual: false },
    ];
    const post = { exprs, states: [], outputs: { spike: "s", potential: "x" } };
    const layer = layerOf("l", { input: shape(1), channels: 1, weight: () => 1, post });
    const refused = compileWasm(fixedModel("m", [layer]));
    expect(refused.diagnostics).toMatchObject([
      { code: "wasm-too-wide", text: "l.post.x takes 64 bits; the wasm engine computes in 64" },
    ]);
  });
});
