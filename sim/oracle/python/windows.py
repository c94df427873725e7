"""ONNX's operators that walk a map, or a row, by windows."""

from fractions import Fraction

import numpy as np

import exact
from values import number


def _windows(x, kernel, stride, pads, dilation, fill):
    """Every window's elements: [channels, kernel elements, windows], and the size of the result."""
    _, channels, height, width = x.shape
    padded = np.full((channels, height + pads[0] + pads[2], width + pads[1] + pads[3]), fill, dtype=x.dtype)
    padded[:, pads[0] : pads[0] + height, pads[1] : pads[1] + width] = x[0]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    out = [(p - r) // s + 1 for p, r, s in zip(padded.shape[1:], reach, stride)]
    parts = []
    for ky in range(kernel[0]):
        for kx in range(kernel[1]):
            y, z = ky * dilation[0], kx * dilation[1]
            rows = slice(y, y + (out[0] - 1) * stride[0] + 1, stride[0])
            columns = slice(z, z + (out[1] - 1) * stride[1] + 1, stride[1])
            parts.append(padded[:, rows, columns].reshape(channels, -1))
    return np.stack(parts, axis=1), out


def pads_of(node, shape, kernel):
    """Padding as written out, or as auto_pad asks for it."""
    mode = node.get("auto_pad", b"NOTSET").decode()
    if mode in ("NOTSET", "VALID"):
        return node.get("pads", [0] * 4)
    stride, dilation = node.get("strides", [1, 1]), node.get("dilations", [1, 1])
    totals = [
        max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0) for n, k, s, d in zip(shape[2:], kernel, stride, dilation)
    ]
    less, more = [t // 2 for t in totals], [t - t // 2 for t in totals]
    return less + more if mode == "SAME_UPPER" else more + less


def on_rows(run):
    """An operator of maps, and the same of rows: maps of height 1."""
    one = {"strides": [1], "dilations": [1], "kernel_shape": [1], "pads": [0]}

    def either(node, x, *rest):
        if x.ndim == 4:
            return run(node, x, *rest)
        wide = {key: [v for part in np.split(np.array(value), 2) for v in one[key] + list(part)] if key == "pads"
                else one[key] + list(value) if key in one else value for key, value in node.items()}
        lifted = [r if r is None or r.ndim != 3 else r[:, :, None, :] for r in rest]
        return run(wide, x[:, :, None, :], *lifted)[:, :, 0, :]

    return either


@on_rows
def conv(node, x, weights, bias=None):
    x, weights = number(x), number(weights)
    kernel = weights.shape[2:]
    group = node.get("group", 1)
    fill = 0.0 if exact.is_exact_float(x) else Fraction(0)
    windows, out = _windows(
        x, kernel, node.get("strides", [1, 1]), pads_of(node, x.shape, kernel), node.get("dilations", [1, 1]), fill
    )
    per_in, per_out = x.shape[1] // group, weights.shape[0] // group
    parts = []
    for g in range(group):
        data = windows[g * per_in : (g + 1) * per_in].reshape(-1, out[0] * out[1])
        parts.append(exact.matmul(weights[g * per_out : (g + 1) * per_out].reshape(per_out, -1), data))
    kind = object if any(p.dtype == object for p in parts) else np.float64
    sums = np.concatenate([exact.fractions_of(p) if kind is object else p for p in parts])
    result = sums.reshape(1, weights.shape[0], *out)
    return result if bias is None else exact.add(result, number(bias).reshape(1, -1, 1, 1))


def _pool(node, x, fill, merge):
    kernel = node["kernel_shape"]
    x = number(x)
    windows, out = _windows(
        x, kernel, node.get("strides", [1, 1]), node.get("pads", [0] * 4), node.get("dilations", [1, 1]), fill
    )
    return merge(windows).reshape(1, x.shape[1], *out)


@on_rows
def max_pool(node, x):
    return _pool(node, x, -np.inf, lambda windows: windows.max(axis=1))


@on_rows
def average_pool(node, x):
    count = np.float64(np.prod(node["kernel_shape"]))
    fill = 0.0 if exact.is_exact_float(number(x)) else Fraction(0)
    total = lambda windows: exact.simplest(exact.fractions_of(windows).sum(axis=1))
    return exact.div(number(_pool(node, x, fill, total)), count)
