import fc from "fast-check";
import { expect, test } from "vitest";
import { npyArray } from "../data/npy.js";
import { stimulusOf } from "../data/stimulus.js";
import type { FixedLayer, FixedModel } from "../ir/fixed.js";
import { sizeOf } from "../ir/spiking.js";
import { reachCollector, shareOf } from "./reach.js";

/** A model of one layer, as far as its reach depends on it. */
function model(
  [height, width]: readonly [number, number],
  kernel: readonly [number, number],
  stride: readonly [number, number],
  padding: readonly [number, number, number, number],
): FixedModel {
  const out = (axis: 0 | 1, size: number) =>
    Math.floor((size + padding[axis] + padding[axis + 2]! - kernel[axis]) / stride[axis]) + 1;
  const input = { channels: 2, height, width };
  const output = { channels: 3, height: out(0, height), width: out(1, width) };
  const weights = new Int32Array(3 * 2 * kernel[0] * kernel[1]);
  const layer = {
    name: "l",
    input,
    output,
    sent: output,
    synapse: { weights, outChannels: 3, kernel, stride, padding },
  };
  return { input, layers: [layer as unknown as FixedLayer] } as unknown as FixedModel;
}

const stimulus = ({ input }: FixedModel, ticks: number, on: (tick: number, place: number) => boolean) => {
  const size = sizeOf(input);
  const spikes = Uint8Array.from({ length: ticks * size }, (_, i) =>
    on(Math.floor(i / size), i % size) ? 1 : 0,
  );
  const read = stimulusOf(
    npyArray("u1", [1, ticks, input.channels, input.height, input.width], spikes),
    input,
  );
  if (!read.ok) throw new Error("no stimulus");
  return read.value;
};

test("a corner's event meets the taps whose outputs are on the map", () => {
  const net = model([4, 4], [3, 3], [1, 1], [1, 1, 1, 1]);
  const collector = reachCollector(
    net,
    stimulus(net, 1, (_, place) => place === 0),
  );
  collector.tick({ sample: 0, tick: 0, spikes: [new Uint8Array(48)] });
  // Of 9 taps of channel 0 the four that reach outputs (0 or 1, 0 or 1), for three output channels.
  expect(collector.collected()).toEqual([
    {
      layer: "l",
      weights: { total: 54, reached: 12 },
      thresholds: { total: 3, reached: 0 },
      neurons: { total: 48, reached: 0 },
    },
  ]);
});

test("weights are those that the sums of the convolution took, whatever its geometry", () => {
  const small = fc.integer({ min: 1, max: 3 });
  const pad = fc.integer({ min: 0, max: 2 });
  const shapes = fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 }));
  const geometry = fc.tuple(
    shapes,
    fc.tuple(small, small),
    fc.tuple(small, small),
    fc.tuple(pad, pad, pad, pad),
  );
  fc.assert(
    fc.property(
      geometry,
      fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
      ([map, kernel, stride, padding], dice) => {
        const net = model(map, kernel, stride, padding);
        const input = stimulus(net, 2, () => dice.next().value === 0);
        const { height, width } = net.input;
        const { output } = net.layers[0]!;
        const taken = new Set<string>();
        for (const tick of [0, 1])
          for (const place of Array.from(input.active(0, tick)))
            for (let y = 0; y < output.height; y++)
              for (let x = 0; x < output.width; x++)
                for (let ky = 0; ky < kernel[0]; ky++)
                  for (let kx = 0; kx < kernel[1]; kx++) {
                    const [row, column] = [y * stride[0] + ky - padding[0], x * stride[1] + kx - padding[1]];
                    const channel = Math.floor(place / (height * width));
                    if ((channel * height + row) * width + column !== place) continue;
                    if (row >= 0 && row < height && column >= 0 && column < width)
                      taken.add(`${channel} ${ky} ${kx}`);
                  }
        const collector = reachCollector(net, input);
        for (const tick of [0, 1])
          collector.tick({ sample: 0, tick, spikes: [new Uint8Array(sizeOf(output))] });
        expect(collector.collected()[0]?.weights.reached).toBe(3 * taken.size);
      },
    ),
    { numRuns: 60 },
  );
});

test("a threshold is compared on both sides where its channel spiked and was silent", () => {
  const net = model([2, 1], [1, 1], [1, 1], [0, 0, 0, 0]);
  const collector = reachCollector(
    net,
    stimulus(net, 2, () => false),
  );
  // Channel 0 never, 1 always, 2 at one place in one tick.
  collector.tick({ sample: 0, tick: 0, spikes: [Uint8Array.of(0, 0, 1, 1, 0, 1)] });
  collector.tick({ sample: 0, tick: 1, spikes: [Uint8Array.of(0, 0, 1, 1, 0, 0)] });
  const [reach] = collector.collected();
  expect(reach?.thresholds).toEqual({ total: 3, reached: 1 });
  expect(reach?.neurons).toEqual({ total: 6, reached: 3 });
  expect([shareOf({ total: 6, reached: 3 }), shareOf({ total: 0, reached: 0 })]).toEqual([50, 100]);
});
