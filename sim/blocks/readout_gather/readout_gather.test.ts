import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  type BenchCase,
  hexFile,
  type Mutant,
  pack,
  randomSource,
  runBench,
  type StreamCase,
  survivors,
  type VectorCase,
} from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth, type Pace, paces, willing } from "../../harness/dense-bench.js";
import { count } from "../../harness/event-bench.js";
import { prove } from "../../harness/formal.js";
import { type GatherBeat, type GatherShape, gatherModel, type Slot, type SlotBeat } from "./model.js";

const random = randomSource(11);

/** Lowest thresholds, [group][lane]. */
const thresholdsOf = ({ GROUPS, LANES, WIDTH }: GatherShape): bigint[][] =>
  count(GROUPS).map(() => count(LANES).map(() => random.signed(WIDTH - 1)));

/**
 * Ticks of all beats, of some and of none; one in `rarity` potentials reaches its threshold, which is met exactly
 * or missed by one at times.
 */
function ticksOf(shape: GatherShape, thresholds: readonly (readonly bigint[])[], rarity: number) {
  const beats: GatherBeat[] = [];
  const { WIDTH, BEATS, GROUPS, LANES } = shape;
  const lowest = -(1n << BigInt(WIDTH - 1));
  for (let tick = 0; tick < 12; tick++) {
    const length = tick % 3 === 2 ? random.below(BEATS) : BEATS;
    // Some ticks are full, so that the queues fill up.
    const full = tick % 4 === 0;
    for (let k = 0; k < length; k++) {
      const lanes = count(LANES).map((l) => {
        const threshold = thresholds[k % GROUPS]?.[l] as bigint;
        const far = BigInt(random.below(2)) * random.bits(WIDTH - 2);
        const reach = full || random.below(rarity) === 0;
        const value = reach ? threshold + far : threshold - 1n - far;
        return value < lowest ? lowest : BigInt.asIntN(WIDTH, value) === value ? value : threshold;
      });
      beats.push({ lanes, last: false, user: random.below(2) === 1 });
    }
    beats.push({ lanes: count(LANES).map(() => random.signed(WIDTH)), last: true, user: tick % 2 === 1 });
  }
  return beats;
}

function parametersOf(shape: GatherShape, file: string) {
  const slices = shape.LANES / shape.ACTS;
  const ADDRESS_WIDTH = indexWidth(shape.BEATS * slices);
  const TABLE_WIDTH = indexWidth(shape.GROUPS * slices);
  return { ...shape, ADDRESS_WIDTH, TABLE_WIDTH, FILE: file };
}

const thresholdFile = (thresholds: readonly (readonly bigint[])[], { LANES, WIDTH }: GatherShape): string =>
  hexFile(
    thresholds.map((lanes) => pack(lanes, WIDTH)),
    LANES * WIDTH,
  );

/** Fields of an output beat, with zeros in empty slots (masked.v). */
function fieldsOf(beat: SlotBeat, shape: GatherShape) {
  const { ADDRESS_WIDTH, TABLE_WIDTH } = parametersOf(shape, "");
  const packed = (value: (slot: Slot) => bigint, width: number): bigint =>
    pack(
      beat.slots.map((slot) => (slot === null ? 0n : value(slot))),
      width,
    );
  return {
    m_axis_slots: packed(() => 1n, 1),
    m_axis_addresses: packed(({ address }) => BigInt(address), ADDRESS_WIDTH),
    m_axis_tables: packed(({ table }) => BigInt(table), TABLE_WIDTH),
    m_axis_potentials: packed(({ potential }) => potential, shape.WIDTH),
    m_axis_tlast: BigInt(beat.last),
    m_axis_tuser: BigInt(beat.user),
  };
}

const widthsOf = (shape: GatherShape) => {
  const { ACTS, WIDTH, ADDRESS_WIDTH, TABLE_WIDTH } = parametersOf(shape, "");
  return {
    m_axis_slots: ACTS,
    m_axis_addresses: ACTS * ADDRESS_WIDTH,
    m_axis_tables: ACTS * TABLE_WIDTH,
    m_axis_potentials: ACTS * WIDTH,
    m_axis_tlast: 1,
    m_axis_tuser: 1,
  };
};

/** Every output in every cycle, against the model; the source and the sink in a pace each. */
function modelCase(name: string, shape: GatherShape, rarity: number, source: Pace, sink: Pace): VectorCase {
  const thresholds = thresholdsOf(shape);
  const title = `${name}_${source}_${sink}`;
  const step = gatherModel(shape, thresholds);
  const beats = ticksOf(shape, thresholds, rarity);
  const cycles: Cycle[] = [{ inputs: { rst: 1 }, outputs: {} }];
  let offering = false;
  for (let t = 0, idle = 0; idle < 12; t++) {
    if (t > 20_000) throw new Error("the model stands still");
    // What was offered stays until it is taken.
    offering ||= beats.length > 0 && willing(source, t, random.below);
    const offered = offering ? (beats[0] as GatherBeat) : null;
    const sinkReady = willing(sink, t, random.below);
    const { ready, out } = step(offered, sinkReady);
    cycles.push({
      inputs: {
        rst: 0,
        s_axis_tdata: pack(offered?.lanes ?? [], shape.WIDTH),
        s_axis_tlast: Number(offered?.last ?? false),
        s_axis_tuser: Number(offered?.user ?? false),
        s_axis_tvalid: Number(offered !== null),
        m_axis_tready: Number(sinkReady),
      },
      outputs: {
        s_axis_tready: Number(ready),
        m_axis_tvalid: Number(out !== null),
        ...(out === null ? {} : fieldsOf(out, shape)),
      },
    });
    if (offered !== null && ready) {
      beats.shift();
      offering = false;
    }
    idle = beats.length === 0 && out === null ? idle + 1 : 0;
  }
  const inputs = { s_axis_tdata: shape.LANES * shape.WIDTH, s_axis_tlast: 1, s_axis_tuser: 1 };
  const base = cycleCase(
    title,
    "masked",
    parametersOf(shape, `${title}.hex`),
    { rst: 1, ...inputs, s_axis_tvalid: 1, m_axis_tready: 1 },
    { s_axis_tready: 1, m_axis_tvalid: 1, ...widthsOf(shape) },
    cycles,
  );
  return { ...base, files: { [`${title}.hex`]: thresholdFile(thresholds, shape) } };
}

/** One slot: its beats are the same whatever the pauses. */
function streamCase(name: string, shape: GatherShape, rarity: number): StreamCase {
  const thresholds = thresholdsOf(shape);
  const beats = ticksOf(shape, thresholds, rarity);
  const step = gatherModel(shape, thresholds);
  const sent: Record<string, bigint>[] = [];
  for (let at = 0, idle = 0; idle < 12; ) {
    const { ready, out } = step(beats[at] ?? null, true);
    if (ready && at < beats.length) at++;
    idle = at === beats.length && out === null ? idle + 1 : 0;
    if (out === null) continue;
    const fields = Object.entries(fieldsOf(out, shape));
    sent.push(Object.fromEntries(fields.map(([port, value]) => [port.slice("m_axis_".length), value])));
  }
  const widths = Object.entries(widthsOf(shape)).map(([port, width]) => [port.slice(7), width] as const);
  return {
    kind: "streams",
    name,
    module: "masked",
    parameters: parametersOf(shape, `${name}.hex`),
    files: { [`${name}.hex`]: thresholdFile(thresholds, shape) },
    inputs: {
      s_axis: {
        fields: { tdata: shape.LANES * shape.WIDTH, tlast: 1, tuser: 1 },
        beats: beats.map(({ lanes, last, user }) => ({
          tdata: pack(lanes, shape.WIDTH),
          tlast: BigInt(last),
          tuser: BigInt(user),
        })),
      },
    },
    outputs: { m_axis: { fields: Object.fromEntries(widths), beats: sent } },
  };
}

const shapes: Readonly<Record<string, GatherShape>> = {
  two: { LANES: 4, ACTS: 2, WIDTH: 9, BEATS: 6, GROUPS: 3, DEPTH: 4 },
  whole: { LANES: 3, ACTS: 3, WIDTH: 5, BEATS: 4, GROUPS: 1, DEPTH: 4 },
  thirds: { LANES: 12, ACTS: 4, WIDTH: 24, BEATS: 5, GROUPS: 5, DEPTH: 8 },
  single: { LANES: 1, ACTS: 1, WIDTH: 4, BEATS: 1, GROUPS: 1, DEPTH: 4 },
};
const one = { LANES: 6, ACTS: 1, WIDTH: 12, BEATS: 5, GROUPS: 5, DEPTH: 4 };
const wide = { LANES: 16, ACTS: 4, WIDTH: 12, BEATS: 20, GROUPS: 2, DEPTH: 32 };

const cases: readonly BenchCase[] = [
  ...Object.entries(shapes).flatMap(([name, shape]) =>
    paces.flatMap((source) => paces.map((sink) => modelCase(name, shape, 3, source, sink))),
  ),
  modelCase("wide", wide, 8, "always", "always"),
  streamCase("one", one, 4),
];
const options = { sources: [fileURLToPath(new URL("masked.v", import.meta.url))] };

test("readout_gather: the model's outputs in every cycle, and one slot with any pauses", async () => {
  const timings = await runBench(cases, options);
  // The first tick's potentials all leave.
  expect(timings.one!.m_axis![0]!.first - timings.one!.s_axis![0]!.first).toBe(3);
});

const mutants: readonly Mutant[] = [
  { module: "readout_gather", find: "potential >= threshold", replace: "potential > threshold" },
  {
    module: "readout_gather",
    find: "wire signed [WIDTH-1:0] threshold",
    replace: "wire [WIDTH-1:0] threshold",
  },
  { module: "readout_gather", find: "close = &closing", replace: "close = |closing" },
  { module: "readout_gather", find: "&& !taken_last_q", replace: "" },
  { module: "readout_gather", find: "(taken_last_q || reached != 0)", replace: "1'b1" },
  { module: "readout_gather", find: "restart(accept && s_axis_tlast)", replace: "restart(1'b0)" },
  { module: "readout_gather", find: "MOST = DEPTH - 2", replace: "MOST = DEPTH - 1" },
  { module: "readout_gather", find: "!m_axis_tvalid || m_axis_tready", replace: "1'b1" },
  { module: "readout_bank", find: "later == 0 ? {SLICES{1'b0}} :", replace: "" },
  { module: "readout_bank", find: "mask & ~sent_q", replace: "mask" },
  {
    module: "readout_bank",
    find: "s = SLICES - 1; s >= 0; s = s - 1",
    replace: "s = 0; s < SLICES; s = s + 1",
  },
];

test("the readout_gather bench notices every mutant", async () => {
  expect(await survivors(cases, mutants, options)).toEqual([]);
});

test("readout_bank: no offer is lost, doubled or late is proved", async () => {
  const parameters = { SLICES: 3, WIDTH: 1, TAG_WIDTH: 2, DEPTH: 4 };
  await prove({ module: "readout_bank", parameters, depth: 8, coverDepth: 12, simplify: true, unroll: true });
});

test("readout_gather: no activation and no tick's end is lost, doubled, out of order or stuck is proved", async () => {
  const sizes = { LANES: 4, ACTS: 2, WIDTH: 1, BEATS: 2, GROUPS: 2, DEPTH: 4 };
  const parameters = { ...sizes, ADDRESS_WIDTH: 2, TABLE_WIDTH: 2, FILE: "zeros.hex" };
  // Potentials are -1 or 0: any lanes may reach a threshold of 0.
  const files = [{ name: "zeros.hex", text: "0\n0\n" }];
  const depths = { depth: 6, coverDepth: 13 };
  const options = { files, plain: "step_counter", simplify: true, unroll: true };
  await prove({ module: "readout_gather", parameters, ...depths, ...options });
});
