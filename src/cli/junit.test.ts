import { expect, test } from "vitest";
import type { VerifyReport } from "../commands/verify.js";
import { diagnostic } from "../diagnostics/diagnostic.js";
import { junit, junitOfRefusal } from "./junit.js";

const compared = { spikes: 10, states: 20, logits: 30, classes: 4, votes: 12 };
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

const broken = diagnostic(
  "simulator-failed",
  { file: "build/a" },
  { tool: "icarus", what: "build", output: "rtl/x.v:1: syntax error" },
);

test("a suite, a case per simulator, the difference located", () => {
  const report: VerifyReport = {
    build: 'build/a & "b"',
    samples: 2,
    ticks: 64,
    vectors: { simulator: "wasm", goldenTicks: 32 },
    simulators: [
      { simulator: "verilator", equal: true, compared, cycles: 1000, seconds: 1.25 },
      { simulator: "icarus", equal: false, compared, cycles: 900, difference, waveform: "w.vcd", seconds: 2 },
      { simulator: "icarus", equal: false, compared, cycles: 0, seconds: 0.5, failure: broken },
    ],
    reach: [
      {
        layer: "layer1",
        weights: { total: 12, reached: 3 },
        thresholds: { total: 4, reached: 4 },
        neurons: { total: 1024, reached: 1000 },
      },
    ],
    versions: { spikec: "0.3.0", verilator: "Verilator 5.006" },
    hashes: { manifest: "ab" },
    pauses: { seed: 17 },
    edits: ["rtl/a.v was added"],
  };
  expect(junit(report)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="3" failures="1" errors="1" time="3.750">
      <testsuite name="spikec verify build/a &amp; &quot;b&quot;" tests="3" failures="1" errors="1" time="3.750">
        <properties>
          <property name="version.spikec" value="0.3.0"/>
          <property name="version.verilator" value="Verilator 5.006"/>
          <property name="sha256.manifest" value="ab"/>
          <property name="edited" value="rtl/a.v was added"/>
          <property name="pauses.seed" value="17"/>
          <property name="reached.layer1.weights" value="3 of 12, 25.0 %"/>
          <property name="reached.layer1.thresholds" value="4 of 4, 100.0 %"/>
          <property name="reached.layer1.neurons" value="1,000 of 1,024, 97.7 %"/>
        </properties>
        <testcase classname="build/a &amp; &quot;b&quot;" name="verilator equals golden, 2 samples x 64 ticks" time="1.250"/>
        <testcase classname="build/a &amp; &quot;b&quot;" name="icarus equals golden, 2 samples x 64 ticks" time="2.000">
          <failure message="icarus differs from golden: sample 1, tick 2, layer layer1, state &apos;layer1.eps0&apos; &lt;next&gt;, channel 3, y 4, x 5: expected -7, actual 8">waveform: w.vcd</failure>
        </testcase>
        <testcase classname="build/a &amp; &quot;b&quot;" name="icarus equals golden, 2 samples x 64 ticks" time="0.500">
          <error message="icarus failed to build:&#10;rtl/x.v:1: syntax error">error[simulator-failed] build/a: icarus failed to build:&#10;  rtl/x.v:1: syntax error</error>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `);
});

test("a refusal is one case with an error: which build, why, how long it took", () => {
  const text = junitOfRefusal("build/a", [broken], 0.25);
  expect(text).toContain('tests="1" failures="0" errors="1" time="0.250"');
  expect(text).toContain('<property name="version.spikec" value="');
  expect(text).toContain(
    '<error message="icarus failed to build:&#10;rtl/x.v:1: syntax error">error[simulator-failed] build/a: icarus',
  );
});

test("holds nothing that XML has no form for, whatever a build is called", () => {
  const build = "a\0b\x1bc\ud800d\ufffee\u{1f600}";
  const vectors = { simulator: "wasm", goldenTicks: 0 } as const;
  const text = junit({
    build,
    samples: 1,
    ticks: 1,
    vectors,
    simulators: [],
    versions: {},
    hashes: {},
    reach: [],
    edits: [],
  });
  expect(text).toContain('name="spikec verify abcde\u{1f600}"');
});
