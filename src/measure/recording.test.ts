import { expect, test } from "vitest";
import { shape } from "../ir/builders.js";
import { random } from "../testing/random-model.js";
import { differences, emptyRecording, record, replay } from "./recording.js";

test("what is recorded is replayed, and differences are counted by channel", () => {
  for (const [channels, height, width] of [
    [1, 1, 1],
    [3, 3, 5],
    [2, 4, 4],
  ] as const) {
    const r = random(channels);
    const map = shape(channels, height, width);
    const plane = height * width;
    const [a, b] = [emptyRecording(map, 2, 3), emptyRecording(map, 2, 3)];
    const expected = new Array<number>(channels).fill(0);
    const spikes = new Map<string, number[]>();
    for (let sample = 0; sample < 2; sample++)
      for (let tick = 0; tick < 3; tick++) {
        const make = () => Array.from({ length: channels * plane }, () => (r.chance(0.3) ? 1 : 0));
        const [x, y] = [make(), make()];
        record(a, sample, tick, x);
        record(b, sample, tick, y);
        spikes.set(
          `${sample} ${tick}`,
          x.flatMap((s, i) => (s === 1 ? [i] : [])),
        );
        x.forEach((s, i) => {
          if (s !== y[i]) expected[Math.floor(i / plane)]! += 1;
        });
      }
    const again = replay(a);
    expect(again).toMatchObject({ samples: 2, ticks: 3, shape: map });
    for (const [at, active] of spikes) {
      const [sample, tick] = at.split(" ").map(Number) as [number, number];
      expect(Array.from(again.active(sample, tick))).toEqual(active);
    }
    expect(differences(a, b)).toEqual(expected);
    expect(differences(a, a)).toEqual(expected.map(() => 0));
  }
});
