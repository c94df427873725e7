import { join } from "node:path";
import { expect } from "vitest";
import { readSource } from "../../../src/artifact/source.js";
import { defaultConfig } from "../../../src/config/defaults.js";
import { readNpy } from "../../../src/data/npy.js";
import { readStimulus } from "../../../src/data/stimulus.js";
import { type Pool, type Shape, type SpikingModel, sizeOf } from "../../../src/ir/spiking.js";
import { runReference } from "../../../src/simulators/reference.js";
import { dataFolder, must } from "../cosim/build.js";

/** The two MNIST checkpoints of ../shared/data/dcll-mnist, and how many ticks of each digit were replayed. */
export const checkpoints = { "19900": 150, "49": 100 } as const;
type Checkpoint = keyof typeof checkpoints;

const folder = join(dataFolder, "dcll-mnist");

/** A checkpoint as the front end reads it, with all its readouts. */
export const checkpointModel = (name: Checkpoint): SpikingModel =>
  must(
    readSource({
      checkpoint: join(folder, `parameters_${name}.pkl`),
      config: { ...defaultConfig, network: join(folder, "network.yaml") },
    }),
  ).model;

/** The replay's file that has a readout's class of every tick. */
const classFile = (readout: string): string =>
  readout.endsWith(".output_") ? "output_class" : readout.replace(".i2o", "_class");

/** What was compared, and what differed; `near` names every neuron that a sum's rounding could flip. */
export interface Replay {
  readonly spikes: number;
  readonly classes: number;
  readonly potentials: number;
  readonly differences: readonly string[];
  readonly near: readonly string[];
}

/** A float64 sum in another order can flip a neuron whose potential is this close to 0, and no other. */
const NEAR = 1e-9;

/**
 * Runs the reference simulator on the first digits and ticks of a checkpoint's vectors and compares every spike of every
 * layer, every readout's class of every tick, and the last layer's pooled potential at each digit's last tick. A spike may
 * differ only where a neuron behind it is named in `near`.
 */
export function replay(name: Checkpoint, model: SpikingModel, digits: number, ticks: number): Replay {
  const file = (array: string) => join(folder, `vectors-${name}`, `${array}.npy`);
  const array = (what: string) => must(readNpy(file(what)));
  const spikes = model.layers.map((layer) => array(`${layer.name}_spikes`));
  const classes = model.readouts.map((r) => array(classFile(r.name)));
  const last = array("layer3_potential");
  const differences: string[] = [];
  const near: string[] = [];
  const counts = { spikes: 0, classes: 0, potentials: 0 };
  let potentials: readonly Float64Array[] = [];
  const same = (kind: keyof typeof counts, where: string, good: boolean): void => {
    counts[kind]++;
    if (!good) differences.push(where);
  };
  runReference(
    model,
    must(readStimulus(file("input"), model.input, { samples: digits, ticks })),
    { burnIn: 0 },
    {
      potentials(all, { sample, tick }) {
        potentials = all;
        all.forEach((u, l) => {
          for (let i = 0; i < u.length; i++)
            if (Math.abs(u[i] as number) <= NEAR)
              near.push(`digit ${sample} tick ${tick} ${model.layers[l]?.name}[${i}] u ${u[i]}`);
        });
        if (tick + 1 !== checkpoints[name]) return;
        const pooled = maxima(all.at(-1) as Float64Array, model.layers.at(-1) as SpikingModel["layers"][0]);
        pooled.forEach((u, i) => {
          const want = Number(last.data[sample * pooled.length + i]);
          same(
            "potentials",
            `digit ${sample} layer3 potential[${i}]: ${u}, expected ${want}`,
            close(u, want),
          );
        });
      },
      tick(trace) {
        const at = trace.sample * checkpoints[name] + trace.tick;
        const where = `digit ${trace.sample} tick ${trace.tick}`;
        trace.spikes.forEach((have, l) => {
          const layer = model.layers[l] as SpikingModel["layers"][0];
          const data = spikes[l]?.data.subarray(at * have.length, (at + 1) * have.length);
          for (let i = 0; i < have.length; i++) {
            const good = Number(data?.[i]) === have[i];
            const excused = !good && Math.abs(windowOf(potentials[l] as Float64Array, layer, i)) <= NEAR;
            same("spikes", `${where} ${layer.name}[${i}]: ${have[i]}`, good || excused);
          }
        });
        trace.tickClass.forEach((have, r) => {
          const want = Number(classes[r]?.data[at]);
          same("classes", `${where} ${model.readouts[r]?.name}: ${have}, expected ${want}`, have === want);
        });
      },
    },
  );
  return { ...counts, differences, near };
}

const close = (have: number, want: number): boolean =>
  Math.abs(have - want) <= 1e-9 * Math.max(1, Math.abs(want));

type Pooled = { readonly output: Shape; readonly sent: Shape; readonly pool: Pool | undefined };

/** The largest potential of each window that the layer pools. */
const maxima = (u: Float64Array, layer: Pooled): Float64Array =>
  Float64Array.from({ length: sizeOf(layer.sent) }, (_, i) => windowOf(u, layer, i));

/** The largest potential behind place `i` of what the layer sends: the one that decides whether it spikes. */
function windowOf(u: Float64Array, { output, sent, pool }: Pooled, i: number): number {
  const [height, width] = [pool?.height ?? 1, pool?.width ?? 1];
  const channel = Math.floor(i / (sent.height * sent.width));
  const y = (Math.floor(i / sent.width) % sent.height) * height;
  const x = (i % sent.width) * width;
  let best = Number.NEGATIVE_INFINITY;
  for (let dy = 0; dy < height; dy++)
    for (let dx = 0; dx < width; dx++)
      best = Math.max(best, u[(channel * output.height + y + dy) * output.width + x + dx] as number);
  return best;
}

/** Nothing differs, everything was there to be compared, and no neuron is so near to 0 that it could. */
export function expectReplay(name: Checkpoint, digits: number, ticks: number): void {
  const model = checkpointModel(name);
  const size = model.layers.reduce((sum, layer) => sum + sizeOf(layer.sent), 0);
  const whole = ticks === checkpoints[name] ? digits : 0;
  expect(replay(name, model, digits, ticks)).toEqual({
    spikes: digits * ticks * size,
    classes: digits * ticks * model.readouts.length,
    potentials: whole * sizeOf((model.layers.at(-1) as SpikingModel["layers"][0]).sent),
    differences: [],
    near: [],
  });
}
