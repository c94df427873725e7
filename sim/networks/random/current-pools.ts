import { designOf } from "../../../src/emit/testing/design.js";
import {
  conv,
  integratorLayer,
  lifLayer,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
  unsignedQuantiser,
} from "../../../src/ir/builders.js";
import { layerStages } from "../../../src/ir/design.js";
import { type Pool, type SpikingModel, sizeOf } from "../../../src/ir/spiking.js";
import type { LayerMapping } from "../../../src/passes/map-stages.js";
import { random, randomStimulus } from "../../../src/testing/random-model.js";
import { withOwnCache } from "../../harness/own-cache.js";
import { lintOf, runCase } from "./run.js";

/** Two layers, the first of which pools its 4 x 5 x 8 sums, most of them negative; readouts of both. */
function modelOf(pool: Pool, seed: number): SpikingModel {
  const r = random(seed);
  const weights = (count: number) => {
    const raw = Array.from({ length: count }, () => r.int(-9, 7));
    return quantisedWeights(raw, 2 ** -3, 8);
  };
  const u = () => quantiser(r.pick([6, 12]), r.pick([3, 4]), r.pick(["half_even", "floor"] as const));
  const input = shape(2, 5, 8);
  const spec = {
    name: "layer1",
    input,
    synapse: conv({ outChannels: 4, kernel: [3, 3], padding: [1, 1, 1, 1], weights: weights(4 * 2 * 9) }),
    currentPool: pool,
    bias: [0.5, -0.25, 1, 0],
  };
  const layer1 = lifLayer({
    ...spec,
    decay: [0.5, 0.75, 0.5, 0.25],
    reset: "subtract",
    quantisers: { u: u() },
  });
  const { sent } = layer1;
  // A layer of one place may be an integrator, whose potentials are the logits.
  if (sizeOf(sent) === sent.channels && seed % 2 === 0) {
    const last = integratorLayer({ ...spec, decay: [0.5, 0.75, 0.5, 0.25], quantisers: { u: u() } });
    const classes = sent.channels;
    const shown = { kind: "potential", name: "logits", origin: [], layer: "layer1", classes } as const;
    return network(`pools${seed}`, [last], [{ ...shown, vote: "sum" }]);
  }
  const layer2 = lifLayer({
    name: "layer2",
    input: sent,
    synapse: conv({ outChannels: 2, kernel: [1, 1], weights: weights(2 * sent.channels) }),
    bias: 0.5,
    decay: 0.5,
    reset: "zero",
    quantisers: { u: u() },
  });
  const activation = { kind: "relu", quantiser: unsignedQuantiser(6, 4, "floor") } as const;
  const logits = (name: string, layer: typeof layer1) =>
    readout({
      name,
      layer,
      classes: 3,
      weights: weights(3 * sizeOf(layer.sent)),
      bias: [0, 0.5, 0],
      activation,
    });
  return network(`pools${seed}`, [layer1, layer2], [logits("a", layer1), logits("b", layer2)]);
}

/** Windows that tile the map, leave rows and columns over, are one row, one column, or the whole map. */
const pools: readonly Pool[] = [
  { height: 2, width: 2 },
  { height: 5, width: 4 },
  { height: 1, width: 3 },
  { height: 3, width: 1 },
  { height: 5, width: 8 },
  { height: 2, width: 3 },
];

const dense = (pe: number, simd: number): LayerMapping => ({ engine: "dense", pe, simd });
const event = (taps: "one" | "row" | "patch", channels: number, lanes: number, ports = 1): LayerMapping => ({
  engine: "event",
  taps,
  channels,
  lanes,
  ports,
});

/** Of each pool: words of one sum, of a slice, of a column, of columns of a window, of several windows. */
const mappings: readonly LayerMapping[] = [
  dense(1, 1),
  dense(4, 2),
  dense(2, 1),
  event("one", 4, 4),
  event("one", 4, 2, 2),
  event("row", 2, 2),
  event("row", 4, 8),
  event("patch", 2, 4, 2),
  event("patch", 2, 6),
  event("row", 1, 3, 3),
];

/** Whether lanes of several columns divide a window of the pool, or it them. */
const fits = ({ width }: Pool, { channels = 1, lanes = 1 }: LayerMapping): boolean => {
  const columns = Math.max(1, Number(lanes) / Number(channels));
  return columns % width === 0 || width % columns === 0;
};

/** What came of networks that pool their sums. */
export interface PoolsTried {
  readonly count: number;
  /** A line for each network that differs from golden, or does not lint. */
  readonly failures: readonly string[];
  /** Engine, columns of a word of sums and of neurons. */
  readonly seen: readonly string[];
}

/** Runs every `step`-th of all pools on all mappings in Icarus, against golden and the cycle model. */
export async function tryPools(step: number): Promise<PoolsTried> {
  const failures: string[] = [];
  const seen = new Set<string>();
  const tried = pools
    .flatMap((pool) => mappings.filter((m) => fits(pool, m)).map((mapping) => ({ pool, mapping })))
    .map((each, seed) => ({ ...each, seed }))
    .filter(({ seed }) => seed % step === 0);
  await withOwnCache(async () => {
    for (const { pool, mapping, seed } of tried) {
      const model = modelOf(pool, seed);
      const engine = seed % 2 === 0 ? "auto" : "dense";
      const design = designOf(model, { layers: { layer1: mapping }, engine });
      const { sums, word } = layerStages(design)[0]?.geometry ?? {};
      seen.add(`${mapping.engine} ${sums?.word.columns} to ${word?.columns}`);
      const lint = seed % 7 === 0 ? await lintOf(design) : "";
      // Without pauses the cycle of every tick's end is compared too.
      const paced = seed % 4 !== 0;
      const from = {
        seed,
        model,
        lanes: {},
        acts: 1,
        stimulus: randomStimulus(seed, model.input, 2, 5),
        burnIn: 1,
        pauseIn: paced ? 0 : 1,
        pauseOut: paced ? 0 : 2,
        order: (events: readonly number[]) => events,
      };
      const { difference } = await runCase(from, design);
      if (lint + difference !== "")
        failures.push(`${JSON.stringify({ seed, pool, mapping })}: ${lint}${difference}`);
    }
  });
  return { count: tried.length, failures, seen: [...seen].sort() };
}
