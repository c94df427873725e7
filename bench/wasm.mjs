// The wasm engine: generation, time a tick, and the C++ program of the same algorithm (bench/cpp/dcll.cpp) beside it,
// which must give the same logits. Needs dist/ and g++. node bench/wasm.mjs [rounds]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../dist/config/defaults.js";
import { readStimulus } from "../dist/data/stimulus.js";
import { loadCheckpoint } from "../dist/frontends/load.js";
import { runPipeline } from "../dist/pipeline.js";
import { compileWasm, runNetwork } from "../dist/simulators/wasm/run.js";

const data = "../shared/data/radioml";
const rounds = Number(process.argv[2] ?? 9);
const must = (result) => {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.text).join("\n"));
  return result.value;
};

/** The layer's expressions by the names that the exporter gives them, as parameters of bench/cpp/dcll.cpp. */
function layerParameters(layer) {
  const isPre = layer.pre.states.length > 0;
  const traces = isPre ? layer.pre : layer.post;
  const find = (graph, test) => graph.exprs.find(test);
  const of = (graph, id) => graph.exprs.find((e) => e.id === id);
  const nextOf = (graph, name) => {
    const state = graph.states.find((s) => s.name.endsWith(name));
    const sat = of(graph, state.next);
    const shr = sat.kind === "sat" ? of(graph, sat.a) : sat;
    const sum = of(graph, shr.a);
    const product = [sum.a, sum.b].map((id) => of(graph, id)).find((e) => e.kind === "mulc");
    const other = [sum.a, sum.b].map((id) => of(graph, id)).find((e) => e.kind === "shl");
    return { decay: product.by[0], bits: shr.bits, up: other?.bits, sum };
  };
  const e0 = nextOf(traces, ".eps0");
  const e1 = nextOf(traces, ".eps1");
  const arp = nextOf(layer.post, ".arp");
  const threshold = of(layer.post, find(layer.post, (e) => e.kind === "compare").a);
  const constant = of(layer.post, threshold.b);
  const up2 = isPre
    ? 0
    : find(
        layer.post,
        (e) => e.kind === "shl" && e.a === layer.post.states.find((s) => s.name.endsWith(".eps1")).next,
      ).bits[0];
  const inShift = isPre ? find(layer.post, (e) => e.kind === "shl" && e.a === "in").bits : e0.up;
  const each = (values) => Array.from({ length: layer.output.channels }, (_, c) => values[c] ?? values[0]);
  const isWide = e1.sum.range.high >= 2n ** 31n || e1.sum.range.low < -(2n ** 31n);
  const list = (values) => [values.length, ...values];
  return [
    layer.input.channels,
    layer.output.channels,
    layer.synapse.kernel[0],
    layer.synapse.padding[0],
    isPre ? 1 : 0,
    isWide ? 1 : 0,
    e0.decay,
    e0.bits,
    e1.decay,
    e1.up[0],
    e1.bits,
    arp.decay,
    up2,
    arp.bits,
    2n ** BigInt(arp.up[0]),
    isPre ? e0.up[0] : 0,
    ...list(each(inShift)),
    ...list(each(constant.value)),
    ...list([...layer.synapse.weights]),
  ];
}

function readoutParameters(readout) {
  const [tables, classes] = [readout.thresholds, readout.classes];
  const spans = tables.map((t) => t.at(-1) - t[0]);
  const buckets = 256;
  let shift = 0;
  while (spans.some((span) => span >> BigInt(shift) >= BigInt(buckets))) shift++;
  const bucketOf = (table, t) => Number((t - table[0]) >> BigInt(shift));
  const start = tables.flatMap((t) =>
    Array.from({ length: buckets }, (_, b) => t.filter((x) => bucketOf(t, x) < b).length),
  );
  const inside = tables.flatMap((t) =>
    Array.from({ length: buckets }, (_, b) => t.filter((x) => bucketOf(t, x) === b).length),
  );
  const steps = Math.ceil(Math.log2(Math.max(...inside) + 1));
  const entries = tables[0].length + 2 ** steps;
  const plane = readout.input.height * readout.input.width;
  const channels = readout.input.channels;
  const width = Math.ceil(classes / 8) * 8;
  const weights = new Array(plane * channels * width).fill(0);
  for (let c = 0; c < classes; c++)
    for (let i = 0; i < plane * channels; i++)
      weights[((i % plane) * channels + Math.floor(i / plane)) * width + c] =
        readout.weights[c * plane * channels + i];
  const list = (values) => [values.length, ...values];
  const padded = tables.flatMap((t) => [...t, ...new Array(2 ** steps).fill(2n ** 62n)]);
  return [
    classes,
    width,
    entries,
    buckets,
    shift,
    steps,
    ...list(padded),
    ...list(start),
    ...list(weights),
    ...list([...readout.bias, ...new Array(width - classes).fill(0)]),
  ];
}

const folder = mkdtempSync(join(tmpdir(), "spikec-bench-"));
try {
  const program = join(folder, "dcll");
  const built = spawnSync("g++", ["-O3", "-march=x86-64-v3", "-o", program, "bench/cpp/dcll.cpp"], {
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(built.stderr);
  for (const [network, form] of [
    ["small", "post"],
    ["small", "pre"],
    ["seed", "post"],
    ["seed", "pre"],
  ]) {
    const checkpoint = must(loadCheckpoint(`${data}/${network}/${form}.qonnx.onnx`));
    const { fixed } = must(runPipeline(checkpoint, { config: defaultConfig, calibration: undefined }));
    const stimulus = must(readStimulus(`${data}/${network}/cells.npy`, fixed.input, { samples: 1 }));
    let generation = Number.POSITIVE_INFINITY;
    let wasm;
    for (let i = 0; i < 5; i++) {
      const begin = performance.now();
      wasm = must(compileWasm(fixed));
      generation = Math.min(generation, performance.now() - begin);
    }
    let hash = 0n;
    runNetwork(
      wasm,
      stimulus,
      { burnIn: 0 },
      {
        tick: ({ logits }) => {
          for (const x of logits[0])
            hash = BigInt.asUintN(64, hash * 1000003n + BigInt.asUintN(32, BigInt(x)));
        },
      },
    );
    let native = Number.POSITIVE_INFINITY;
    let best = Number.POSITIVE_INFINITY;
    let same = true;
    const file = join(folder, "parameters.bin");
    if (network === "seed") {
      const cells = Array.from({ length: stimulus.ticks }, (_, t) => stimulus.active(0, t)[0]);
      const numbers = [
        stimulus.ticks,
        5,
        cells.length,
        ...cells,
        fixed.layers.length,
        ...fixed.layers.flatMap(layerParameters),
        ...readoutParameters(fixed.readouts[0]),
      ];
      writeFileSync(file, new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer));
    }
    // In turn, so that a busy moment of the machine meets both.
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now();
      runNetwork(wasm, stimulus, { burnIn: 0 }, {});
      best = Math.min(best, (performance.now() - begin) / stimulus.ticks);
      if (network !== "seed") continue;
      const ended = spawnSync(program, [file], { encoding: "utf8" });
      const said = JSON.parse(ended.stdout);
      native = Math.min(native, said.msPerTick);
      same &&= said.hash === hash.toString(16).padStart(16, "0");
    }
    const beside =
      network === "seed"
        ? `, C++ ${native.toFixed(4)} ms, ratio ${(native / best).toFixed(2)}, logits ${same ? "equal" : "DIFFER"}`
        : "";
    console.log(
      `${network} ${form}: generated in ${generation.toFixed(0)} ms, ${best.toFixed(4)} ms a tick${beside}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
