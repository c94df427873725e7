"""Windows over maps and rows, as networks have them: averages and pools."""

import numpy as np


def size_of(shape):
    """Height and width of a map or a row."""
    return (1, shape[2]) if len(shape) == 3 else (shape[2], shape[3])


def flat(row, attributes):
    """Attributes of a node on maps as those of one on rows."""
    if not row:
        return attributes
    last = {"strides", "dilations", "kernel_shape"}
    cut = lambda key, v: v[1:] if key in last else v[1::2] if key == "pads" else v
    return {key: cut(key, v) for key, v in attributes.items()}


def averaged(b, d, x, padded=True):
    """
    An average or a sum over windows of a map, such that float64 divides exactly: windows of 2 or 4, or the whole map.
    """
    row, channels, (height, width) = len(b.shapes[x]) == 3, b.shapes[x][1], size_of(b.shapes[x])
    whole = height * width
    ways = ["ReduceSum"] + (["GlobalAveragePool", "ReduceMean"] if whole & (whole - 1) == 0 else [])
    if b.chance(0.25):
        op, shape = d.rng.choice(ways), [1, channels, 1] if row else [1, channels, 1, 1]
        if op == "GlobalAveragePool":
            return b.node(op, [x], shape, op)
        axes = d.rng.choice([[2, 3], [-1, -2]])
        axes = axes[:1] if row else axes
        over, given = b.ints(axes, 13 if op == "ReduceSum" else 18, "axes", "axes")
        return b.node(op, [x, *over], shape, op, {**given, "keepdims": 1})
    windows = [w for w in [(1, 2), (2, 1), (2, 2), (1, 4), (4, 1)] if w[0] <= height and w[1] <= width]
    if not windows:
        return x
    window = d.rng.choice(windows)
    stride = [d.rng.randint(1, w + 1) for w in window] if b.chance(0.5) else list(window)
    attributes = {"kernel_shape": list(window), "strides": stride}
    pads = [0] * 4
    if padded and b.chance(0.3):
        pads = [d.rng.randint(0, w - 1) for w in window + window]
        attributes |= {"pads": pads, "count_include_pad": 1}
    size = [(n + p + q - w) // s + 1 for n, p, q, w, s in zip((height, width), pads, pads[2:], window, stride)]
    return b.node("AveragePool", [x], [1, channels, *size[1 if row else 0 :]], "Average", flat(row, attributes))


def pooled(b, d, x, window):
    if window is None:
        return x
    row, channels, (height, width) = len(b.shapes[x]) == 3, b.shapes[x][1], size_of(b.shapes[x])
    attributes = {"kernel_shape": list(window), "strides": list(window)}
    if b.chance(0.6):
        attributes |= {"pads": [0] * 4, "ceil_mode": 0, "dilations": [1, 1]}
    if b.chance(0.15):
        zeros, given = b.ints([0] * 2 * len(b.shapes[x]), 11, "pads", "pads")
        x = b.node("Pad", [x, *zeros], b.shapes[x], "Pad", given)
    shape = [1, channels, *([] if row else [height // window[0]]), width // window[1]]
    return b.node("MaxPool", [x], shape, "MaxPool", flat(row, attributes))


def window_of(b, d, shape):
    if len(shape) < 3 or b.chance(0.55):
        return None
    height, width = size_of(shape)
    return d.rng.randint(1, min(3, height)), d.rng.randint(1, min(3, width))
