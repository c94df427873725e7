import { expect, test } from "vitest";
import type { VerifyReport } from "../commands/verify.js";
import { junit } from "./junit.js";

const compared = { spikes: 10, states: 20, logits: 30, classes: 4 };
const difference = {
  sample: 1,
  tick: 2,
  layer: "layer1",
  signal: "state 'layer1.eps0' <next>",
  channel: 3,
  y: 4,
  x: 5,
  expected: -7,
  actual: 8,
};

test("a suite, a case per simulator, the difference located", () => {
  const report: VerifyReport = {
    build: 'build/a & "b"',
    samples: 2,
    ticks: 64,
    vectors: { simulator: "wasm", goldenTicks: 32 },
    simulators: [
      { simulator: "verilator", equal: true, compared, cycles: 1000 },
      { simulator: "icarus", equal: false, compared, cycles: 900, difference, waveform: "w.vcd" },
    ],
    edits: [],
  };
  expect(junit(report)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="2" failures="1" errors="0">
      <testsuite name="spikec verify build/a &amp; &quot;b&quot;" tests="2" failures="1" errors="0">
        <testcase classname="build/a &amp; &quot;b&quot;" name="verilator equals golden, 2 samples x 64 ticks"/>
        <testcase classname="build/a &amp; &quot;b&quot;" name="icarus equals golden, 2 samples x 64 ticks">
          <failure message="icarus differs from golden: sample 1, tick 2, layer layer1, state &apos;layer1.eps0&apos; &lt;next&gt;, channel 3, y 4, x 5: expected -7, actual 8">waveform: w.vcd</failure>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `);
});

test("holds nothing that XML has no form for, whatever a build is called", () => {
  const build = "a\0b\x1bc\ud800d\ufffee\u{1f600}";
  const vectors = { simulator: "wasm", goldenTicks: 0 } as const;
  const text = junit({ build, samples: 1, ticks: 1, vectors, simulators: [], edits: [] });
  expect(text).toContain('name="spikec verify abcde\u{1f600}"');
});
