"""Whole networks: layers in a chain, pools between them, readouts beside them, and how they are to be compiled."""

import random
from dataclasses import replace

import numpy as np

import neurons
from builder import Builder
from draw import Draw
from maps import averaged, flat, pooled, size_of, window_of
from names import Names

MOST_WORK = 5000


def normalised(b, d, x):
    """A BatchNormalization of trained statistics, whose gains float64 computes exactly: variances are powers of 4."""
    shape = b.shapes[x]
    many = lambda make: b.const(np.array([make() for _ in range(shape[1])]), "statistic")
    # As many digits as a product with a scale has room for.
    sizes = [0.5, 1.0, 2.0] if b.double else [0.375, 0.5, 0.75, 1.0, 1.25, 2.0]
    gain = lambda: d.rng.choice(sizes) * d.rng.choice([1, 1, 1, -1])
    eighths = lambda: d.rng.randint(-8, 8) / 8
    tiny = 2.0**-20
    inputs = [x, many(gain), many(eighths), many(eighths), many(lambda: d.rng.choice([0.25, 1.0, 4.0]) - tiny)]
    return b.node("BatchNormalization", inputs, shape, "BatchNorm", {"epsilon": tiny})


def convolution(b, d, x, room=True):
    """The synapse of a map or a row; None where it would be too large."""
    row, channels, (height, width) = len(b.shapes[x]) == 3, b.shapes[x][1], size_of(b.shapes[x])
    out = d.pick([1, 2, 2, 3, 4, 5, 6, 8])
    pads = [0, 0, 0, 0] if not room or b.chance(0.45) else [d.rng.randint(0, 2) for _ in range(4)]
    pads = [0, pads[1], 0, pads[3]] if row else pads
    kernel = [d.rng.randint(1, min(4, height + pads[0] + pads[2])), d.rng.randint(1, min(4, width + pads[1] + pads[3]))]
    stride = [d.pick([1, 1, 1, 2, 3]), d.pick([1, 1, 1, 2, 3])]
    padded = (height + pads[0] + pads[2], width + pads[1] + pads[3])
    dilation = [d.rng.randint(1, (p - 1) // (k - 1)) if k > 1 and b.chance(0.12) else 1 for p, k in zip(padded, kernel)]
    groups = [g for g in range(2, channels + 1) if channels % g == 0 and out % g == 0]
    group = d.rng.choice(groups) if groups and b.chance(0.2) else 1
    attributes = {"strides": stride, "pads": pads}
    if dilation != [1, 1] or group > 1 or b.chance(0.7):
        attributes |= {"kernel_shape": kernel, "dilations": dilation, "group": group}
    size = [(p - (k - 1) * t - 1) // s + 1 for p, k, t, s in zip(padded, kernel, dilation, stride)]
    if room and b.chance(0.06):
        mode = d.rng.choice(["SAME_UPPER", "SAME_LOWER", "VALID"])
        attributes = {**{k: v for k, v in attributes.items() if k != "pads"}, "auto_pad": mode}
        if mode == "VALID":
            kernel = [min(kernel[0], height), min(kernel[1], width)]
            attributes = {"strides": stride, "auto_pad": mode}
            size, group = [(n - k) // s + 1 for n, k, s in zip((height, width), kernel, stride)], 1
        else:
            size = [-(-n // s) for n, s in zip((height, width), stride)]
    if row:
        kernel, size = kernel[1:], size[1:]
    shape = [1, out, *size]
    if np.prod(shape) * channels * np.prod(kernel) > MOST_WORK:
        return None
    inside, weights = channels // group, None
    if b.chance(0.004):
        real = b.const(np.array([d.rng.gauss(0, 1) for _ in range(out * inside * int(np.prod(kernel)))]).reshape(
            out, inside, *kernel), "weight")
        weights = b.node("BipolarQuant", [real, b.const(np.float64(0.5))], [out, inside, *kernel], "Bipolar", {}, b.domain)
        d.untaken.append("BipolarQuant")
    inputs = [x, weights or d.weights([out, inside, *kernel])]
    if b.chance(0.35):
        inputs.append(b.const(d.bias(shape), "bias"))
    return b.node("Conv", inputs, shape, "Conv", flat(row, attributes))


def linear(b, d, x, out, bias=0.4, alike=False):
    """A matrix on a flat tensor: Gemm, or MatMul and Add."""
    x = b.flatten(x)
    count = b.shapes[x][1]
    weights = d.weights([out, count], alike=alike)
    if b.chance(0.6):
        straight = b.chance(0.3)
        if straight:
            weights = b.node("Transpose", [weights], [count, out], "Transpose", {"perm": [1, 0]})
        inputs = [x, weights] + ([b.const(d.bias([1, out]), "bias")] if b.chance(bias) else [])
        return b.node("Gemm", inputs, [1, out], "Gemm", {} if straight else {"transB": 1})
    weights = b.node("Transpose", [weights], [count, out], "Transpose", {"perm": [1, 0]})
    y = b.node("MatMul", [x, weights], [1, out], "MatMul")
    return b.add(y, b.const(d.bias([1, out]), "bias")) if b.chance(bias) else y


def layer(b, d, x):
    """One layer on spikes `x`: its neuron, its pool, and what it sends."""
    before = x
    mean = len(b.shapes[x]) > 2 and b.chance(0.1)
    if len(b.shapes[x]) == 2 or b.chance(0.3):
        x = b.flatten(x) if b.chance(0.15) else x
        if b.chance(0.35):
            x = neurons.traced(b, d, x, per_channel=0.02)
            x = neurons.gated(b, d, x) if b.chance(0.006) else x
        x = averaged(b, d, x) if mean and len(b.shapes[x]) > 2 else x
        sums = linear(b, d, x, d.pick([1, 2, 3, 4, 6, 8, 10]))
    else:
        if b.chance(0.35):
            x = neurons.traced(b, d, x, per_channel=0.02)
            x = neurons.gated(b, d, x) if b.chance(0.006) else x
        x = averaged(b, d, x) if mean else x
        sums = None
        while sums is None:
            sums = convolution(b, d, x, room=not mean)
        if b.chance(0.08):
            sums = averaged(b, d, sums, padded=False)
    # A pool of the sums, before or behind the normalisation, instead of one of the spikes.
    of_sums = b.chance(0.15) and len(b.shapes[sums]) == 4
    early = b.chance(0.5)
    if of_sums and early:
        sums = pooled(b, d, sums, window_of(b, d, b.shapes[sums]))
    if b.chance(0.1):
        sums = normalised(b, d, sums)
    if of_sums and not early:
        sums = pooled(b, d, sums, window_of(b, d, b.shapes[sums]))
    if b.chance(0.0025):
        sums = b.node("Relu", [sums], b.shapes[sums], "Relu")
        d.untaken.append("Relu")
    if b.shapes[before] == b.shapes[sums] and b.chance(0.01):
        sums = b.add(sums, before)
        d.untaken.append("skip")
    shape = b.shapes[sums]
    # A neuron may see its map as a row of each channel; what it sends, and what is read of it, is the map again.
    as_rows = len(shape) == 4 and random.Random(f"rows {b.count} {shape}").random() < 0.1
    sums = b.viewed(sums, [1, shape[1], shape[2] * shape[3]]) if as_rows else sums
    n = d.pick(neurons.FAMILIES)(b, d, sums)
    if as_rows:
        potential = n.potential and b.viewed(n.potential, shape)
        n = replace(n, spikes=b.viewed(n.spikes, shape), potential=potential)
    window = None if of_sums else window_of(b, d, shape)
    sent = pooled(b, d, n.spikes, window)
    return n, window, sent


def readout(b, d, n, window):
    """Logits of a layer's potential, or of what it sends; and the tensor that it reads of the layer, None for spikes."""
    bits = d.pick([1, 2, 3, 4, 6, 8, 8, 8, 10])
    unit = 2.0 ** (d.rng.randint(-1, 1) - bits)
    form = {"bits": bits, "unit": unit, "signed": False, "narrow": b.chance(0.1), "mode": "ROUND"}
    if b.chance(0.4):
        form["mode"] = d.pick(["FLOOR", "CEIL", "HALF_UP", "HALF_DOWN", "UP", "DOWN"])
    pool_first = b.chance(0.5)
    x = pooled(b, d, n.potential, window) if pool_first else n.potential
    activation = d.pick(["Sigmoid", "Sigmoid", "Relu", None])
    if b.chance(0.06):
        x = pooled(b, d, n.spikes, window)
        return linear(b, d, x, d.pick([2, 2, 3, 4, 5]), bias=0.6), None
    if activation is not None:
        x = b.node(activation, [x], b.shapes[x], activation)
    elif b.chance(0.01):
        form["signed"] = True
        form["bits"] = max(2, bits)
        d.untaken.append("signed readout")
    x = d.quantised(x, form=form, per_channel=0)
    if not pool_first:
        x = pooled(b, d, x, window)
    if len(b.shapes[x]) > 2 and b.chance(0.1):
        classes = d.pick([2, 3, 5])
        whole = [1 for _ in b.shapes[x][2:]]
        y = b.node("Conv", [x, d.weights([classes, *b.shapes[x][1:]])], [1, classes, *whole], "Conv", {})
        return (y if b.chance(0.3) else b.flatten(y)), n.potential
    return linear(b, d, x, d.pick([2, 2, 3, 4, 5, 8, 11]), bias=0.6, alike=b.chance(0.95)), n.potential


def spikes_of(rng, size):
    """Events of samples and ticks, with ticks in which none and ticks in which all inputs spike."""
    ticks = rng.choice([1, 4, 5, 6, 8, 8, 12, 12])
    return [
        [[i for i in range(size) if rng.random() < density] for density in
         [rng.choice([0, 0.1, 0.3, 0.5, 0.5, 0.8, 1]) for _ in range(ticks)]]
        for _ in range(rng.choice([1, 1, 2, 3]))
    ]


def settings_of(rng, passing, ticks):
    """How it is compiled: engine, lanes, votes, burn-in. Engine `event` where no trace stands before a synapse."""
    engine = rng.choice(["dense", "auto", "auto"] + (["event", "event"] if passing else []))
    return {
        "engine": engine,
        "traces": "commuted" if rng.random() < 0.04 else "trained",
        "dense": {"pe": rng.choice(["auto", "auto", 1]), "simd": rng.choice(["auto", 1])},
        "event": {
            "channels": rng.choice(["auto", "auto", 1]),
            "taps": rng.choice(["auto", "one", "row", "patch"]),
            "ports": rng.choice([1, 1, 2]),
            "lanes": rng.choice(["auto", "auto", "auto", 1]),
        },
        "readout": {
            "acts": rng.choice(["auto", "auto", 1]),
            "vote": rng.choice(["majority", "majority", "sum", "last"]),
            "burnIn": rng.choice([0, 0, 0, 1, 2, ticks, ticks + 3]),
        },
        "readouts": rng.choice(["last", "all", "all"]),
    }


def network(seed, attempt):
    """A network of a seed, and the case around it: events, settings, and what is to be recorded of it."""
    rng = random.Random(f"{seed}:{attempt}")
    double, opset = rng.random() < 0.3, rng.choice([13, 14, 16, 17, 18, 19, 20, 21])
    # Opsets on either side, by a coin of their own.
    coin = random.Random(f"opset {seed}")
    b = Builder(rng, double, coin.choice([9, 10, 11, 12, 22, 23]) if coin.random() < 0.25 else opset)
    d, names = Draw(b), Names(rng)
    if b.chance(0.12):
        shape = [1, rng.randint(1, 20)]
    else:
        shape = [1, rng.choice([1, 1, 2, 3, 4]), rng.randint(1, 7), rng.randint(1, 7)]
        # Rows: maps of height 1, as Conv1d reads them. A coin of their own, so that other seeds stay what they were.
        if random.Random(f"row {seed}").random() < 0.15:
            shape = [*shape[:2], shape[2] * shape[3] // rng.choice([1, 1, 2, 3]) + 1]
    x = first = b.fresh("spikes", shape)
    b.inputs.append(first)
    layers, readouts, passing = [], [], True
    for _ in range(random.Random(seed).choice([1, 1, 2, 2, 3])):
        states = set(b.states)
        n, window, sent = layer(b, d, x)
        passing = passing and not any(b.hints[s].startswith("eps") for s in set(b.states) - states)
        layers.append((n, window, sent))
        x = sent
    shown = ["left"] * len(layers)
    for i, (n, window, _) in enumerate(layers):
        if n.potential is not None and b.chance(0.75 if i + 1 == len(layers) else 0.2):
            for _ in range(2 if b.chance(0.1) else 1):
                logits, shown[i] = readout(b, d, n, window)
                readouts.append(logits)
    taken = set()
    # A network that ends in the spikes of a vector has a readout of its own: their counts.
    end = b.shapes[layers[-1][2]]
    is_vector = (len(end) < 3 or size_of(end) == (1, 1)) and 2 <= end[1] <= 256
    counts = [layers[-1][2]] if is_vector and not readouts else []
    if counts:
        shown[-1] = None
    # Spikes that a readout reads are all that the layer shows of itself: nothing else is compared then.
    shown = [n.left if at == "left" else at for (n, _, _), at in zip(layers, shown)]

    def output(at, name):
        b.outputs.append(at)
        b.fixed[at] = name
        taken.add(name)

    for i, (_, _, sent) in enumerate(layers):
        # The last layer's spikes are an output where no readout leads to it.
        if (i + 1 == len(layers) or b.chance(0.8)) and sent not in b.fixed:
            output(sent, names.layer(i + 1, taken))
    for i, logits in enumerate(readouts):
        output(logits, names.readout(i, taken))
    rng.shuffle(b.outputs)
    events = spikes_of(rng, int(np.prod(shape)))
    model, named = b.finish(names.draw("graph"), names)
    settings = settings_of(rng, passing, len(events[0]))
    if counts and random.Random(f"counts {seed}").random() < 0.5:
        settings["readout"]["vote"] = "counts"
    case = {
        "seed": seed,
        "power": d.power,
        "short": d.short and not d.real,
        "tidy": d.tidy,
        "names": names.style,
        "untaken": d.untaken,
        "shape": [shape[1], *size_of(shape)] if len(shape) > 2 else shape[1:],
        "settings": settings,
        "events": events,
        "layers": [
            {"spikes": named[sent], "left": named[n.left], "right": named[n.right], "moves": n.moves, "shown": at and named[at]}
            for (n, _, sent), at in zip(layers, shown)
        ],
        "readouts": [{"output": named[logits]} for logits in readouts]
        + [{"output": named[sent], "name": "counts"} for sent in counts],
    }
    return model, case
