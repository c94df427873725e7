// What a run on events can't be faster than: the bounds of an event stage without any constants, tick by tick.
import { eventBeats } from "../../dist/cycles/event-stage.js";
import { layerStages, readoutStages, sourceOf } from "../../dist/ir/design.js";
import { inputStream, layerStreams } from "../../dist/ir/stream.js";

/** Work of every tick: of each stage, of each readout, and of whoever sends the input, a beat a cycle. */
export function workOf(design, events) {
  const stages = layerStages(design);
  const inputs = [events.input, ...events.sent];
  const work = stages.map((stage, s) => ({
    name: stage.name,
    // Events that touch nothing cost nothing here; a cycle in hardware.
    integrate: inputs[s].map((tick) => portBeats(eventBeats(stage), tick.events, stage.ports)),
    sweep: sweepBeats(stage),
    send: sendBeats(layerStreams(design, stage.name).spikes, events.sent[s]),
  }));
  const readouts = readoutStages(design).map((stage, r) => ({
    source: stages.indexOf(sourceOf(design, stage)),
    take: events.counts[r].map((slots) => Math.ceil(sum(slots) / stage.acts)),
  }));
  const source = sendBeats(inputStream(design), events.input);
  return { ticks: events.ticks, source, stages: work, readouts };
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** Beats with events of every tick of a stream; undefined where there is none. */
const sendBeats = (stream, ticks) =>
  stream && ticks.map((tick) => Math.ceil(tick.events.length / stream.payload.eventsPerBeat));

/** Beats of the busiest port, were the events dealt out as evenly as they can be. */
function portBeats(beats, events, ports) {
  const total = events.reduce((n, event) => n + beats[event], 0);
  const most = events.reduce((n, event) => Math.max(n, beats[event]), 0);
  return Math.max(most, Math.ceil(total / ports));
}

/** Neurons, LANES a cycle; several columns at once are more than the map has at a row's end. */
const sweepBeats = (stage) => stage.geometry.words;

/**
 * The cycle in which the last tick ends everywhere, by recurrences that no machine of these parts can beat: nothing
 * takes a cycle but the work, queues between stages have no end. For tick t and stage s,
 *
 *     integrate(s,t) begins = max(integrate(s,t-1) ends, sweep(s,t-2) ends, sweep(s-1,t) begins)
 *     integrate(s,t) ends   = max(begins + beats of the busiest port, sweep(s-1,t) ends, send(s-1,t) ends)
 *     sweep(s,t)     begins = max(integrate(s,t) ends, sweep(s,t-1) ends);    ends = begins + beats
 *     send(s,t)      ends   = max(sweep(s,t) begins, send(s,t-1) ends) + events
 *     take(r,t)      ends   = max(max(sweep(s,t) begins, take(r,t-1) ends) + ⌈activations / ACTS⌉, sweep(s,t) ends)
 *
 * There are two halves of accumulators (so t-2), a tick's sums are not whole before the stage before has swept all its
 * neurons, its first events are there at the earliest when that sweep begins, an event goes from stage to stage a
 * cycle. The source sends an event a cycle.
 */
export function freeSchedule({ ticks, source, stages, readouts }) {
  const state = () => ({ integrated: 0, begun: 0, swept: 0, sweptBefore: 0, sent: 0 });
  const now = stages.map(state);
  const taken = readouts.map(() => 0);
  let given = 0;
  for (let t = 0; t < ticks; t++) {
    let [first, last] = [given, given + source[t]];
    given = last;
    stages.forEach(({ integrate, sweep, send }, s) => {
      const stage = now[s];
      const begins = Math.max(stage.integrated, stage.sweptBefore, first);
      stage.integrated = Math.max(begins + integrate[t], last);
      stage.begun = Math.max(stage.integrated, stage.swept);
      stage.sweptBefore = stage.swept;
      stage.swept = stage.begun + sweep;
      stage.sent = Math.max(stage.begun, stage.sent) + (send?.[t] ?? 0);
      [first, last] = [stage.begun, Math.max(stage.swept, stage.sent)];
    });
    readouts.forEach(({ source, take }, r) => {
      const { begun, swept } = now[source];
      taken[r] = Math.max(Math.max(begun, taken[r]) + take[t], swept);
    });
  }
  return Math.max(...taken, ...now.map(({ swept, sent }) => Math.max(swept, sent)));
}

/**
 * The same where queues between stages hold nothing: a stage's sweep, its sending, and the integration and the
 * readout behind it are one step, as long as the longest of them. This is what a machine of short queues comes near.
 *
 *     step(s,t) begins = max(step(s-1,t) ends, step(s,t-1) ends, step(s+1,t-2) ends)
 */
export function lockstepSchedule({ ticks, source, stages, readouts }) {
  const steps = [source, ...stages.map(({ send }) => send)].map((send, s) => (t) => {
    const taken = readouts.filter((readout) => readout.source === s - 1).map(({ take }) => take[t]);
    const behind = stages[s]?.integrate[t] ?? 0;
    return Math.max(send?.[t] ?? 0, s === 0 ? 0 : stages[s - 1].sweep, behind, ...taken);
  });
  const ends = steps.map(() => [0, 0]);
  for (let t = 0; t < ticks; t++)
    steps.forEach((length, s) => {
      const [, last] = ends[s];
      // The step behind has not yet had this tick: what it ended before last is t - 2.
      const begins = Math.max(s === 0 ? 0 : ends[s - 1][1], last, ends[s + 1]?.[0] ?? 0);
      ends[s] = [last, begins + length(t)];
    });
  return Math.max(...ends.map(([, last]) => last));
}
