import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventOf } from "../../../src/cosim/events.js";
import { runBench } from "../../../src/cosim/simulators.js";
import { eventCollector, predictCycles } from "../../../src/cycles/predict.js";
import type { Stimulus } from "../../../src/data/stimulus.js";
import { type Design, layerStages } from "../../../src/ir/design.js";
import { sizeOf } from "../../../src/ir/spiking.js";
import { dataBits, inputStream, outputStream } from "../../../src/ir/stream.js";
import { runGolden } from "../../../src/simulators/golden.js";
import type { RtlSimulatorName } from "../../../src/simulators/names.js";
import { type Random, random } from "../../../src/testing/random-model.js";
import { withEmitted } from "../random/run.js";
import { streamBench } from "./bench.js";

/** How a stream is sent and taken. */
export interface Manner {
  /** Gaps between beats: none, some, long ones. */
  readonly gaps: "none" | "some" | "long";
  /** 0: always ready, 1: at random, 2: seldom. */
  readonly sink: 0 | 1 | 2;
  /** Cycles in which the sink takes nothing, from a cycle of the run on. */
  readonly stall: { readonly from: number; readonly cycles: number };
  /** Whole or broken runs, each ended by a reset, before the last. */
  readonly resets: number;
}

/** A run from one reset to the next: frames of ticks, each a list of events as they are sent. */
interface Segment {
  readonly frames: number;
  readonly ticks: number;
  /** Raw data of each tick's events: any that the field widths can say. */
  readonly events: readonly (readonly number[])[];
}

/** What a segment must bring about: what the map has of it, once a tick. */
interface Cleaned {
  readonly stimulus: Stimulus;
  /** Elements as they are sent, -1 for one outside the map. */
  readonly sent: readonly (readonly number[])[];
  readonly dropped: number;
}

/** Elements of a map by the data of their events. */
function elementsOf(design: Design): ReadonlyMap<number, number> {
  const { payload } = inputStream(design);
  const { input } = design.model;
  return new Map(
    Array.from({ length: sizeOf(input) }, (_, element) => [eventOf(payload, input, element), element]),
  );
}

/** Ticks of every kind: empty, a few cells, all of them, repeats (at once, and later), addresses outside the map. */
function randomTick(r: Random, inside: readonly number[], all: number, last: readonly number[]): number[] {
  const some = (count: number): number[] => Array.from({ length: count }, () => r.pick(inside));
  switch (r.pick(["empty", "few", "few", "all", "twice", "again", "outside", "noise"] as const)) {
    case "empty":
      return [];
    case "few":
      return some(r.int(1, 5));
    case "all":
      return [...r.shuffled(inside.slice(0, 400))];
    case "twice":
      return some(r.int(1, 6)).flatMap((event) => Array.from({ length: r.int(1, 3) }, () => event));
    case "again":
      return [...last, ...last];
    case "outside":
      return [...some(2), ...Array.from({ length: r.int(1, 6) }, () => r.int(0, all - 1)), all - 1];
    case "noise":
      return Array.from({ length: r.int(1, 40) }, () => r.int(0, all - 1));
  }
}

function randomSegment(r: Random, design: Design, frames: number, ticks: number): Segment {
  const inside = [...elementsOf(design).keys()];
  const all = 2 ** dataBits(inputStream(design).payload);
  const events: number[][] = [];
  for (let t = 0; t < frames * ticks; t++) events.push(randomTick(r, inside, all, events.at(-2) ?? []));
  return { frames, ticks, events };
}

/** The first event of each cell and tick, and how many are none. */
function cleaned(design: Design, { frames, ticks, events }: Segment): Cleaned {
  const elements = elementsOf(design);
  const sent = events.map((tick) => tick.map((event) => elements.get(event) ?? -1));
  const active = sent.map((tick) => [...new Set(tick.filter((element) => element >= 0))]);
  const dropped = sent.reduce((sum, tick, t) => sum + tick.length - (active[t]?.length ?? 0), 0);
  const sorted = active.map((tick) => tick.sort((a, b) => a - b));
  const stimulus: Stimulus = {
    samples: frames,
    ticks,
    shape: design.model.input,
    active: (sample, tick) => sorted[sample * ticks + tick] as readonly number[],
  };
  return { stimulus, sent, dropped };
}

/** What leaves the core: a line a beat, events of a tick sorted; and when stages close where nothing makes them wait. */
function expectedOf(design: Design, segment: Segment, burnIn: number) {
  const { stimulus, sent, dropped } = cleaned(design, segment);
  const collector = eventCollector(design, stimulus);
  const classes: string[][] = design.model.readouts.map(() => []);
  const events: number[][] = [];
  const output = outputStream(design);
  const shape = layerStages(design).at(-1)?.layer.sent;
  runGolden(
    design.model,
    stimulus,
    { burnIn },
    {
      tick(trace) {
        collector.tick(trace);
        if (output === undefined || shape === undefined) return;
        const spikes = Array.from(trace.spikes.at(-1) ?? []);
        events.push(
          spikes
            .flatMap((spike, e) => (spike ? [eventOf(output.payload, shape, e)] : []))
            .sort((a, b) => a - b),
        );
      },
      sample(trace) {
        trace.classes.forEach((best, k) => {
          const counted = design.model.readouts[k]?.vote === "majority";
          classes[k]?.push(`${best}${counted ? ` of ${trace.votes[k]?.[best]}` : ""}`);
        });
      },
    },
  );
  const run = collector.collected();
  // The cycle model gets the stream as it is sent: what is dropped costs its beat.
  const input = run.input.map((tick, t) => {
    const raw = Int32Array.from(sent[t] ?? []);
    return { ...tick, events: raw, starts: Int32Array.of(0, raw.length) };
  });
  const beats =
    output === undefined
      ? segment.frames * classes.length
      : events.reduce((n, tick) => n + tick.length + 1, 0);
  const cycles = (): readonly Int32Array[] => predictCycles(design, { ...run, input }).stages;
  return { classes, events: output === undefined ? undefined : events, dropped, beats, cycles };
}

type Expected = ReturnType<typeof expectedOf>;

/** The script of a run: segments broken off at any step or beat, then one that is whole. */
function scriptOf(r: Random, design: Design, segments: readonly Segment[], manner: Manner): string[] {
  const bits = dataBits(inputStream(design).payload);
  const lines: string[] = [];
  segments.forEach(({ events, ticks }, s) => {
    lines.push(`3 ${s === 0 ? 16 : r.int(16, 40)} 0`, "0 1 0");
    const steps: string[] = [];
    const beat = (data: number): void => {
      if (manner.gaps === "some" && r.chance(0.3)) steps.push(`0 ${r.int(1, 4)} 0`);
      if (manner.gaps === "long" && r.chance(0.05)) steps.push(`0 ${r.int(50, 400)} 0`);
      steps.push(`1 1 ${data.toString(16)}`);
    };
    events.forEach((tick, t) => {
      tick.forEach(beat);
      const user = (t + 1) % ticks === 0 ? 1 : 0;
      // The data beside tlast mean nothing.
      beat((2 + user) * 2 ** bits + r.int(0, 2 ** bits - 1));
    });
    if (s + 1 === segments.length) lines.push(...steps);
    else {
      const end = r.int(0, steps.length);
      const broken = (steps[end] ?? "1 1 0").replace(/^1 1/, `2 ${r.int(1, 60)}`);
      lines.push(...steps.slice(0, end), broken, ...(r.chance(0.5) ? [`0 ${r.int(1, 2000)} 0`] : []));
    }
  });
  return lines;
}

/** What left the core in one segment, put as {@link expectedOf} does; the last tick's events may be some of it. */
function outputsOf(design: Design, lines: readonly string[]) {
  const classes: string[][] = design.model.readouts.map(() => []);
  const events: number[][] = [];
  let open: number[] = [];
  for (const line of lines) {
    const [kind, port, ...fields] = line.split(" ");
    if (kind !== "o") continue;
    const [data = 0, second = 0] = fields.map((field) => Number.parseInt(field, 16));
    if (outputStream(design) === undefined) {
      const counted = design.model.readouts[Number(port)]?.vote === "majority";
      classes[Number(port)]?.push(`${data}${counted ? ` of ${second}` : ""}`);
    } else if (second === 1) {
      events.push(open.sort((a, b) => a - b));
      open = [];
    } else open.push(data);
  }
  return { classes, events, open };
}

/** What differs between a segment's outputs and what must come; of a broken one only what came. */
function differenceIn(design: Design, expected: Expected, lines: readonly string[], whole: boolean): string {
  const have = outputsOf(design, lines);
  const cut = <T>(wanted: readonly T[], seen: readonly T[]) =>
    whole ? wanted : wanted.slice(0, seen.length);
  const wanted = {
    classes: expected.classes.map((row, k) => cut(row, have.classes[k] ?? [])),
    events: cut(expected.events ?? [], have.events),
  };
  const rest = expected.events?.[have.events.length] ?? [];
  const surplus = have.open.filter((event) => !rest.includes(event));
  const seen = { classes: have.classes, events: have.events };
  if (
    JSON.stringify(seen) === JSON.stringify(wanted) &&
    surplus.length === 0 &&
    (!whole || have.open.length === 0)
  )
    return "";
  return `${whole ? "the whole run" : "a broken run"}: ${JSON.stringify(seen)}, open ${have.open}; must be ${JSON.stringify(wanted)}`;
}

/** What came of a stream. */
export interface StreamOutcome {
  /** Empty where all is as golden says of the cleaned stream. */
  readonly difference: string;
  /** Of the last run: events that were to be dropped, and beats that were to leave. */
  readonly dropped: number;
  readonly beats: number;
  /** Ticks' ends that were compared with the cycle model. */
  readonly ends: number;
}

/** Sends the stream of a seed to a design's Verilog. */
export async function runStream(
  design: Design,
  seed: number,
  manner: Manner,
  simulator: RtlSimulatorName = "icarus",
): Promise<StreamOutcome> {
  const r = random(seed);
  const burnIn = r.int(0, 1);
  const segments = Array.from({ length: manner.resets + 1 }, () =>
    randomSegment(r, design, r.int(1, 3), r.int(2, 8)),
  );
  const expected = segments.map((segment) => expectedOf(design, segment, burnIn));
  const last = expected.at(-1) as Expected;
  const script = scriptOf(r, design, segments, manner);
  return withEmitted(design, async (folder) => {
    const [events, trace] = [join(folder, "events.txt"), join(folder, "trace.txt")];
    writeFileSync(join(folder, "sim/tb.v"), streamBench(design));
    const { from, cycles } = manner.stall;
    writeFileSync(events, `${[`${manner.sink} ${from} ${cycles} ${last.beats}`, ...script].join("\n")}\n`);
    const run = { folder, events, trace, ticks: 0, frames: 0, burnIn, maxCycles: 1_000_000 };
    const ran = await runBench(simulator, run);
    if (!ran.ok) throw new Error(ran.diagnostics.map((d) => d.text).join("\n"));
    const text = readFileSync(trace, "utf8");
    const found = text.split("r\n").map((part) => part.split("\n").filter((line) => line !== ""));
    const parts = found.slice(1);
    const end = parts.at(-1)?.at(-1);
    const closes = (parts.at(-1) ?? []).filter((line) => line.startsWith("e "));
    // The cycle model knows what a guard drops, not what a stage makes of a repeated event.
    const paced = design.guard !== undefined && manner.gaps === "none" && manner.sink === 0 && cycles === 0;
    const difference = [
      ...text.split("\n").filter((line) => /^(unstable|unknown|timeout)/.test(line)),
      ...(parts.length === segments.length ? [] : [`${parts.length} of ${segments.length} resets`]),
      ...parts.map((part, s) => differenceIn(design, expected[s] as Expected, part, s + 1 === parts.length)),
      end === `done ${last.dropped}` ? "" : `'${end}', must be 'done ${last.dropped}'`,
      paced ? cyclesDiffer(last, closes) : "",
    ]
      .filter((line) => line !== "")
      .join("\n");
    return { difference, dropped: last.dropped, beats: last.beats, ends: paced ? closes.length : 0 };
  });
}

/** Whether stages closed their ticks in other cycles than the model says. */
function cyclesDiffer(expected: Expected, closes: readonly string[]): string {
  const wanted = expected.cycles().flatMap((ends, s) => Array.from(ends, (cycle) => `e ${s} ${cycle}`));
  const [have, want] = [[...closes].sort(), wanted.sort()];
  return JSON.stringify(have) === JSON.stringify(want) ? "" : `ticks end ${have}; must end ${want}`;
}
