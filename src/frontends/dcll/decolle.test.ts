import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../../diagnostics/render.js";
import type { SpikingModel } from "../../ir/spiking.js";
import { checkShapes } from "../../passes/check-shapes.js";
import { runReference } from "../../simulators/reference.js";
import { importDcll } from "./import.js";
import { parseNetwork } from "./network-file.js";
import { decolleArrays, decolleNetwork, scalar } from "./testing/networks.js";
import { type ArraySpec, stateDictFile } from "./testing/pickle.js";

function imported(text: string, arrays = decolleArrays()) {
  const network = parseNetwork(text, "net.yaml");
  if (!network.ok) throw new Error(network.diagnostics.map(renderDiagnostic).join("\n"));
  return importDcll(stateDictFile(arrays), "net.pth", network.value);
}

function model(text: string, arrays?: Record<string, ArraySpec>): SpikingModel {
  const result = imported(text, arrays);
  if (!result.ok) throw new Error(result.diagnostics.map(renderDiagnostic).join("\n"));
  expect(checkShapes.run(result.value, undefined).diagnostics).toEqual([]);
  return result.value;
}

/** Spikes of input place i in tick t. */
const spikeAt = (tick: number, i: number): number => ((tick * 7 + i * 5) % 11 < 3 ? 1 : 0);
const ticks = 12;
const stimulus = {
  samples: 1,
  ticks,
  shape: { channels: 1, height: 6, width: 6 },
  active: (_: number, tick: number) =>
    Array.from({ length: 36 }, (_, i) => i).filter((i) => spikeAt(tick, i) === 1),
};

/** One neuron class as decolle/base_model.py writes its forward(): the equations, copied by hand, not our table of them. */
interface Forward {
  readonly gainQ: (beta: number, tauS: number) => number;
  readonly gainP: (alpha: number, tauM: number) => number;
  readonly loss: (alpharp: number, wrp: number) => number;
  readonly sg: (u: number) => number;
}
const strict = (u: number) => (u > 0 ? 1 : 0);
const reaches = (u: number) => (u >= 0 ? 1 : 0);
const forwards: Readonly<Record<string, Forward>> = {
  BaseLIFLayer: { gainQ: (_, t) => t, gainP: (_, t) => t, loss: (_, w) => w, sg: strict },
  LIFLayer: { gainQ: (b) => 1 - b, gainP: (a) => 1 - a, loss: (r, w) => (1 - r) * w, sg: strict },
  LIFLayerVariableTau: { gainQ: (b) => 1 - b, gainP: (a) => 1 - a, loss: (r, w) => (1 - r) * w, sg: strict },
  LIFLayerNonorm: { gainQ: () => 1, gainP: () => 1, loss: (_, w) => w, sg: reaches },
  "LIFLayer-2020": { gainQ: (_, t) => t, gainP: (_, t) => t, loss: (_, w) => w, sg: reaches },
};

/** LenetDECOLLE.step on the small network, in its own order: pool U, then the step; R from the un-pooled spikes. */
function decolle({ gainQ, gainP, loss, sg }: Forward, wrp: number, alpharp: number) {
  const arrays = decolleArrays();
  const of = (name: string) => (arrays[name] as ArraySpec).data.map(Math.fround);
  const layers = [0, 1].map((k) => {
    const [tauM, tauS] = [of(`LIF_layers.${k}.tau_m`)[0] as number, of(`LIF_layers.${k}.tau_s`)[0] as number];
    const inputs = [36, 18][k] as number;
    const neurons = [72, 4][k] as number;
    const zeros = (n: number) => new Float64Array(n);
    return {
      ...{ tauM, tauS, alpha: 1 - 1 / tauM, beta: 1 - 1 / tauS },
      w: of(`LIF_layers.${k}.base_layer.weight`),
      b: of(`LIF_layers.${k}.base_layer.bias`),
      ...{ P: zeros(inputs), Q: zeros(inputs), R: zeros(neurons), S: zeros(neurons) },
    };
  });
  const conv = (p: Float64Array, w: readonly number[], b: readonly number[]) =>
    Float64Array.from({ length: 72 }, (_, i) => {
      const [c, y, x] = [Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6];
      let sum = 0;
      for (let ky = 0; ky < 3; ky++)
        for (let kx = 0; kx < 3; kx++) {
          const [iy, ix] = [y + ky - 1, x + kx - 1];
          if (iy < 0 || ix < 0 || iy > 5 || ix > 5) continue;
          sum += (w[c * 9 + ky * 3 + kx] as number) * (p[iy * 6 + ix] as number);
        }
      return sum + (b[c] as number);
    });
  const dense = (p: ArrayLike<number>, w: readonly number[], b: readonly number[]) =>
    Float64Array.from(
      b,
      (bias, c) => Array.from(p).reduce((s, x, i) => s + x * (w[c * p.length + i] as number), 0) + bias,
    );
  const pool = (u: Float64Array) =>
    Float64Array.from({ length: 18 }, (_, i) => {
      const [c, y, x] = [Math.floor(i / 9), 2 * (Math.floor(i / 3) % 3), 2 * (i % 3)];
      const at = (dy: number, dx: number) => u[c * 36 + (y + dy) * 6 + x + dx] as number;
      return Math.max(at(0, 0), at(0, 1), at(1, 0), at(1, 1));
    });
  return Array.from({ length: ticks }, (_, tick) => {
    let input = Float64Array.from({ length: 36 }, (_, i) => spikeAt(tick, i));
    return layers.map((l, k) => {
      const oldQ = l.Q;
      l.Q = oldQ.map((q, i) => l.beta * q + gainQ(l.beta, l.tauS) * (input[i] as number));
      l.P = l.P.map((p, i) => l.alpha * p + gainP(l.alpha, l.tauM) * (oldQ[i] as number));
      l.R = l.R.map((r, i) => alpharp * r - (l.S[i] as number) * loss(alpharp, wrp));
      const base = k === 0 ? conv(l.P, l.w, l.b) : dense(l.P, l.w, l.b);
      const U = base.map((u, i) => u + (l.R[i] as number));
      l.S = U.map(sg);
      const s = (k === 0 ? pool(U) : U).map(sg);
      input = s;
      return {
        spikes: s,
        logits: dense(s, of(`readout_layers.${k}.weight`), of(`readout_layers.${k}.bias`)),
      };
    });
  });
}

describe.each(Object.keys(forwards))("%s", (type) => {
  test.each([
    [1, 0.625],
    [4, 0.25],
    [0, 0.5],
  ])("reference = base_model.py and LenetDECOLLE, wrp %d, alpharp %d", (wrp, alpharp) => {
    const text = decolleNetwork
      .replace("BaseLIFLayer", type)
      .replace("1.0", `${wrp}`)
      .replace("0.625", `${alpharp}`);
    const want = decolle(forwards[type] as Forward, wrp, alpharp);
    const made = model(text);
    expect(made.layers.map((l) => l.post.states.length)).toEqual(wrp > 0 ? [1, 1] : [0, 0]);
    let spikes = 0;
    runReference(
      made,
      stimulus,
      { burnIn: 0 },
      {
        tick({ tick, spikes: have, logits }) {
          want[tick]?.forEach((layer, k) => {
            expect([...(have[k] as Uint8Array)]).toEqual([...layer.spikes]);
            layer.logits.forEach((x, c) => {
              expect(logits[k]?.[c]).toBeCloseTo(x, 12);
            });
            spikes += layer.spikes.reduce((a, b) => a + b, 0);
          });
        },
      },
    );
    expect(spikes).toBeGreaterThan(20);
  });
});

test("decolle-layer-type: warned where the network file doesn't say it", () => {
  const made = imported(decolleNetwork.replace("lif_layer_type: BaseLIFLayer\n", ""));
  expect(made.ok).toBe(true);
  expect(made.diagnostics.map(renderDiagnostic)).toEqual([
    "warning[decolle-layer-type] net.yaml: the checkpoint doesn't say which neuron class was trained: taken as BaseLIFLayer\n" +
      "  hint: say lif_layer_type in the network file: BaseLIFLayer, LIFLayer, LIFLayerVariableTau, LIFLayerNonorm or LIFLayer-2020",
  ]);
});

test("dcll-missing: the refractory term's weight and decay, which DECOLLE always has", () => {
  const said = (text: string) => imported(text).diagnostics.map((d) => [d.code, d.text]);
  expect(said("input_shape: [1, 6, 6]\nconv_layers: [{padding: 1, pooling: 2}]")).toEqual([
    ["dcll-missing", "neither net.pth nor this file says wrp"],
  ]);
  expect(said("wrp: 1\ninput_shape: [1, 6, 6]\nconv_layers: [{padding: 1, pooling: 2}]")).toEqual([
    ["dcll-missing", "neither net.pth nor this file says alpharp"],
  ]);
});

test("time constants that differ within a channel, or are too short, are refused", () => {
  const data = [8, 8, 8, 8, 7, ...new Array<number>(31).fill(8)];
  const maps = { ...decolleArrays(), "LIF_layers.0.tau_m": { shape: [1, 6, 6], data } };
  expect(imported(decolleNetwork, maps).diagnostics.map((d) => [d.code, d.loc.name])).toEqual([
    ["dcll-tau-varies", "LIF_layers.0.tau_m"],
  ]);
  const short = { ...decolleArrays(), "LIF_layers.0.tau_s": scalar(0.5) };
  expect(imported(decolleNetwork, short).diagnostics.map((d) => d.text)).toEqual([
    "1 − 1/tau_s is -1, a decay from 0 to below 1 is needed",
  ]);
});

test("an output layer without readout is refused; no readout at all is none", () => {
  const arrays = decolleArrays();
  delete arrays["readout_layers.1.weight"];
  delete arrays["readout_layers.1.bias"];
  expect(imported(decolleNetwork, arrays).diagnostics.map((d) => [d.code, d.loc.name, d.text])).toEqual([
    [
      "dcll-parameter",
      "LIF_layers.1.base_layer.weight",
      "the last layer has no readout of its own: that its potential is the output (with_output_layer) is not compiled",
    ],
  ]);
});

test.each(Object.entries(forwards))("%s at a potential of exactly 0", (type, { sg }) => {
  const arrays = decolleArrays();
  arrays["LIF_layers.0.base_layer.bias"] = { shape: [2], data: [0, 0] };
  const first: number[] = [];
  runReference(
    model(decolleNetwork.replace("BaseLIFLayer", type), arrays),
    { ...stimulus, ticks: 1, active: () => [] },
    { burnIn: 0 },
    { tick: ({ spikes }) => first.push(...(spikes[0] as Uint8Array)) },
  );
  expect(first).toEqual(new Array(18).fill(sg(0)));
});

test("pools of 3, which are not padded here", () => {
  const ones = (...shape: readonly [number, number]) => ({
    shape,
    data: new Array(shape[0] * shape[1]).fill(1),
  });
  const weights = { "readout_layers.0.weight": ones(3, 8), "LIF_layers.1.base_layer.weight": ones(4, 8) };
  const made = model(decolleNetwork.replace("pooling: 2", "pooling: 3"), { ...decolleArrays(), ...weights });
  expect(made.layers[0]?.sent).toEqual({ channels: 2, height: 2, width: 2 });
});
