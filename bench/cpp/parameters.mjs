// A FixedModel as the file of 64-bit integers that a program of this folder reads, in the order in which it reads them.

/** For dcll.cpp: all numbers of a network and of one frame of one spike a tick, which is run `rounds` times. */
export function programParameters(fixed, stimulus, rounds) {
  const cells = Array.from({ length: stimulus.ticks }, (_, tick) => stimulus.active(0, tick)[0]);
  const numbers = [
    stimulus.ticks,
    rounds,
    ...list(cells),
    fixed.layers.length,
    ...fixed.layers.flatMap(layerParameters),
    ...readoutParameters(fixed.readouts[0], 2n ** 62n),
  ];
  return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
}

/** For mnist.cpp: the same of a frame of any number of spikes a tick. */
export function mnistParameters(fixed, stimulus, rounds) {
  const spikes = Array.from({ length: stimulus.ticks }, (_, tick) => [...stimulus.active(0, tick)]);
  const starts = [0];
  for (const [tick, active] of spikes.entries()) starts.push(starts[tick] + active.length);
  const numbers = [
    stimulus.ticks,
    rounds,
    ...list(starts),
    ...list(spikes.flat()),
    ...fixed.layers.flatMap(mnistLayer),
    ...readoutParameters(fixed.readouts[0], 2n ** 31n - 1n),
  ];
  return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
}

const list = (values) => [values.length, ...values];

/** A DCLL layer: traces eps0 and eps1 before the synapse (`pre`) or behind it, refractory arp, threshold. */
function layerParameters(layer) {
  const { synapse, input, output, post } = layer;
  const isPre = layer.pre.states.length > 0;
  if (!isPre) assertSums16(layer);
  const traces = isPre ? layer.pre : post;
  const eps0 = updateOf(traces, "eps0");
  const eps1 = updateOf(traces, "eps1");
  const arp = updateOf(post, "arp");
  /** Binary digits by which a value is shifted up before it is added to the potential. */
  const shiftOf = (id) => post.exprs.find((e) => e.kind === "shl" && e.a === id).bits;
  const perChannel = perChannelOf(output);
  return [
    input.channels,
    output.channels,
    synapse.kernel[0],
    synapse.padding[0],
    isPre ? 1 : 0,
    fitsBits(eps1.sum.range, 32) ? 0 : 1,
    eps0.decay,
    eps0.bits,
    eps1.decay,
    eps1.up[0],
    eps1.bits,
    arp.decay,
    isPre ? 0 : shiftOf(eps1.next)[0],
    arp.bits,
    2n ** BigInt(arp.up[0]),
    isPre ? eps0.up[0] : 0,
    ...list(perChannel(isPre ? shiftOf("in") : eps0.up)),
    ...list(perChannel(thresholdOf(post))),
    ...list([...synapse.weights]),
  ];
}

/** Digits by which mnist.cpp's products are shifted down. */
const scaling = 17;

/** A layer of mnist.cpp: traces behind the synapse, rounded half up, and no refractory state. */
function mnistLayer(layer) {
  const { synapse, output, post } = layer;
  assertSums16(layer);
  const perChannel = perChannelOf(output);
  const eps0 = updateOf(post, "eps0");
  const eps1 = updateOf(post, "eps1");
  const saturates = [eps0, eps1].some(({ shifted }) => !fitsBits(shifted.range, 24));
  for (const { shifted, bits } of [eps0, eps1]) {
    must(bits === scaling && shifted.rounding === "half_to_pos_inf", "shifts of another kind");
    must(fitsBits(shifted.range, 32), "a state beyond 32 bits before it is saturated");
  }
  must(
    eps0.up.every((up) => up >= scaling),
    "sums of a unit below the shift's",
  );
  return [
    saturates ? 1 : 0,
    eps0.decay,
    eps1.decay,
    ...list(perChannel(eps0.up).map((up) => up - scaling)),
    ...list(perChannel(eps1.up).map((up) => 2 ** up)),
    ...list(perChannel(thresholdOf(post))),
    ...list([...synapse.weights]),
  ];
}

/** What a layer's spikes are compared with. */
function thresholdOf(post) {
  const compared = exprOf(post, post.exprs.find((e) => e.kind === "compare").a);
  return exprOf(post, compared.b).value;
}

const perChannelOf = (output) => (values) =>
  Array.from({ length: output.channels }, (_, c) => values[c] ?? values[0]);

/** A spike meets a sum once: sums of 16 bits hold any part of a neuron's weights if they hold both signs' totals. */
function assertSums16({ name, synapse, output }) {
  const each = synapse.weights.length / output.channels;
  for (let c = 0; c < output.channels; c++) {
    const weights = synapse.weights.subarray(c * each, (c + 1) * each);
    must(
      weights.every((w) => w >= -128 && w <= 127),
      `${name}: weights beyond 8 bits`,
    );
    const low = weights.reduce((total, w) => total + Math.min(w, 0), 0);
    const high = weights.reduce((total, w) => total + Math.max(w, 0), 0);
    must(low >= -32768 && high <= 32767, `${name}: sums of ${low} to ${high} beyond 16 bits`);
  }
}

function must(holds, otherwise) {
  if (!holds) throw new Error(`the C++ program can't run this network: ${otherwise}`);
}

/** How a state becomes its next value: (decay · state + (other << up)) >> bits, saturated where that can happen. */
function updateOf(graph, name) {
  const { next } = graph.states.find((state) => state.name.endsWith(`.${name}`));
  const last = exprOf(graph, next);
  const shifted = last.kind === "sat" ? exprOf(graph, last.a) : last;
  const sum = exprOf(graph, shifted.a);
  const terms = [exprOf(graph, sum.a), exprOf(graph, sum.b)];
  const decay = terms.find((e) => e.kind === "mulc").by[0];
  const up = terms.find((e) => e.kind === "shl")?.bits;
  return { next, sum, shifted, decay, up, bits: shifted.bits };
}

const exprOf = (graph, id) => graph.exprs.find((e) => e.id === id);

const fitsBits = ({ low, high }, bits) => low >= -(2n ** BigInt(bits - 1)) && high < 2n ** BigInt(bits - 1);

/** Buckets of thresholds: as many as there are activations of 8 bits. */
const buckets = 256;

/**
 * The readout: thresholds by channel with an index of where each bucket begins, and weights by (place, class). No
 * potential reaches `never`.
 */
function readoutParameters({ thresholds, classes, weights, bias, input }, never) {
  let shift = 0;
  while (thresholds.some((table) => (table.at(-1) - table[0]) >> BigInt(shift) >= BigInt(buckets))) shift++;
  const counts = thresholds.map((table) => countsOf(table, shift));
  const starts = counts.flatMap((inside) => inside.map((_, b) => sum(inside.slice(0, b))));
  // A bucket's thresholds are searched by halving; the tables end in values that are never reached.
  const steps = Math.ceil(Math.log2(Math.max(...counts.flat()) + 1));
  const padding = new Array(2 ** steps).fill(never);

  const plane = input.height * input.width;
  const places = plane * input.channels;
  const width = Math.ceil(classes / 8) * 8;
  const byPlace = new Array(places * width).fill(0);
  for (let c = 0; c < classes; c++)
    for (let i = 0; i < places; i++) {
      const place = (i % plane) * input.channels + Math.floor(i / plane);
      byPlace[place * width + c] = weights[c * places + i];
    }
  return [
    classes,
    width,
    thresholds[0].length + padding.length,
    buckets,
    shift,
    steps,
    ...list(thresholds.flatMap((table) => [...table, ...padding])),
    ...list(starts),
    ...list(byPlace),
    ...list([...bias, ...new Array(width - classes).fill(0)]),
  ];
}

/** Thresholds of a table in each bucket. */
function countsOf(table, shift) {
  const inside = new Array(buckets).fill(0);
  for (const threshold of table) inside[Number((threshold - table[0]) >> BigInt(shift))]++;
  return inside;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
