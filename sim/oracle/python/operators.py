"""
ONNX's operators, and QONNX's Quant and BipolarQuant, as their specifications say, on exact values.
https://onnx.ai/onnx/operators, https://github.com/fastmachinelearning/qonnx/tree/main/docs/qonnx-custom-ops
"""

import numpy as np
from onnx import helper, numpy_helper

import exact
from values import number, value_of
from windows import average_pool, conv, max_pool

# Attribute of nodes that only constants lead to, which the interpreter adds: the file's floats, in which they are computed.
STORED = "oracle: stored"


def _whole(x):
    return x.dtype.kind in "iu"


def arithmetic(f, on_integers):
    def run(node, a, b):
        if _whole(a) and _whole(b):
            return on_integers(a, b)
        y = f(number(a), number(b))
        return y.astype(np.float64).astype(node[STORED]).astype(np.float64) if STORED in node else y

    return run


def comparison(f):
    return lambda _, a, b: exact.compare(f, number(a), number(b))


def clip(node, x, low=None, high=None):
    low = node.get("min") if low is None else low
    high = node.get("max") if high is None else high
    y = number(x)
    if low is not None:
        y = exact.most(y, number(np.asarray(low)))
    if high is not None:
        y = exact.least(y, number(np.asarray(high)))
    return y.astype(x.dtype) if _whole(x) else y


def cast(node, x):
    to = helper.tensor_dtype_to_np_dtype(node["to"])
    if np.dtype(to).kind == "f":
        return number(x).astype(to).astype(np.float64) if STORED in node else number(x)
    if np.dtype(to).kind == "b":
        return exact.compare(lambda a, b: a != b, number(x), np.zeros(1)).reshape(x.shape)
    return np.trunc(number(x)).astype(to)


def quant(node, x, scale, zero, bits):
    signed, narrow = node["signed"], node["narrow"]
    mode = node.get("rounding_mode", b"ROUND").decode().upper()
    width = int(np.asarray(bits).reshape(-1)[0])
    low = -(2 ** (width - 1)) + (1 if narrow else 0) if signed else 0
    high = 2 ** (width - 1) - 1 if signed else 2**width - 1 - (1 if narrow else 0)
    assert not np.any(zero), "the generator writes zero points of 0"
    q = exact.round_quotient(number(x), number(scale), mode, low, high, node.get(STORED))
    return exact.mul(q, number(scale))


def bipolar_quant(_, x, scale):
    one = exact.compare(lambda a, b: a >= b, number(x), np.zeros(1))
    return exact.mul(np.where(one.reshape(x.shape), 1.0, -1.0), number(scale))


def _along(node, scale, shape):
    if scale.ndim == 0 or scale.size == 1:
        return scale.reshape(())
    axis = node.get("axis", 1) % len(shape)
    return scale.reshape([-1 if i == axis else 1 for i in range(len(shape))])


def quantize_linear(node, x, scale, zero=None):
    zero = np.zeros((), dtype=np.uint8) if zero is None else zero
    info = np.iinfo(zero.dtype)
    assert not zero.any(), "the generator writes zero points of 0"
    factor = number(_along(node, scale, x.shape))
    stored = node.get(STORED)
    q = exact.round_quotient(number(x), factor, "ROUND", int(info.min), int(info.max), stored)
    return q.astype(zero.dtype)


def dequantize_linear(node, x, scale, zero=None):
    assert zero is None or not zero.any(), "the generator writes zero points of 0"
    return exact.mul(number(x), number(_along(node, scale, x.shape)))


def gemm(node, a, b, c=None):
    a = number(a).T if node.get("transA", 0) else number(a)
    b = number(b).T if node.get("transB", 0) else number(b)
    y = exact.matmul(a, b)
    y = exact.mul(y, np.float64(node.get("alpha", 1.0)))
    return y if c is None else exact.add(y, exact.mul(number(c), np.float64(node.get("beta", 1.0))))


def _reduce(node, x, axes, mean):
    axes = node["axes"] if axes is None else axes
    axes = tuple(int(a) for a in axes)
    x = number(x)
    total = exact.simplest(exact.fractions_of(x).sum(axis=axes, keepdims=bool(node.get("keepdims", 1))))
    return exact.div(number(total), np.float64(np.prod([x.shape[a] for a in axes]))) if mean else total


def batch_normalization(node, x, scale, bias, mean, variance):
    """Of statistics whose standard deviation is a float64: what is exact then is computed exactly."""
    column = lambda v: number(v).reshape([1, -1] + [1] * (x.ndim - 2))
    deviation = np.sqrt(number(variance) + node.get("epsilon", 1e-5))
    assert (deviation**2 == number(variance) + node.get("epsilon", 1e-5)).all(), "the generator draws powers of 4"
    centred = exact.div(exact.sub(number(x), column(mean)), column(deviation))
    return exact.add(exact.mul(centred, column(scale)), column(bias))


def sigmoid(_, x):
    """In float64, as a double-precision run computes it."""
    doubles = number(x).astype(np.float64)
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-doubles))


def reshape(_, x, shape):
    sizes = [x.shape[i] if s == 0 else int(s) for i, s in enumerate(shape)]
    return x.reshape(sizes)


def flatten(node, x):
    axis = node.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return x.reshape(int(np.prod(x.shape[:axis])), -1)


def squeeze(node, x, axes=None):
    axes = node.get("axes") if axes is None else axes
    return np.squeeze(x) if axes is None else np.squeeze(x, axis=tuple(int(a) for a in axes))


def unsqueeze(node, x, axes=None):
    axes = node["axes"] if axes is None else axes
    return np.expand_dims(x, axis=tuple(int(a) for a in axes))


def pad(node, x, pads=None, fill=None):
    pads = node["pads"] if pads is None else pads
    n = x.ndim
    value = 0 if fill is None else fill.item()
    return np.pad(x, [(int(pads[i]), int(pads[n + i])) for i in range(n)], constant_values=value)


def constant(node):
    if "value" in node:
        return value_of(numpy_helper.to_array(node["value"]))
    for key, dtype in (("value_float", None), ("value_floats", None), ("value_int", np.int64), ("value_ints", np.int64)):
        if key in node:
            return np.asarray(node[key], dtype=dtype or np.float64)
    raise KeyError("value")


def floating(f):
    """A function that float64 rounds: on constants, as a double-precision run computes it."""
    return lambda _, *xs: f(*[number(x).astype(np.float64) for x in xs])


OPERATORS = {
    "Add": arithmetic(exact.add, lambda a, b: a + b),
    "Sub": arithmetic(exact.sub, lambda a, b: a - b),
    "Mul": arithmetic(exact.mul, lambda a, b: a * b),
    "Div": arithmetic(exact.div, lambda a, b: np.trunc(a / b).astype(a.dtype)),
    "Neg": lambda _, x: exact.neg(x),
    "Abs": lambda _, x: np.abs(x),
    "Exp": floating(np.exp),
    "Greater": comparison(lambda a, b: a > b),
    "GreaterOrEqual": comparison(lambda a, b: a >= b),
    "Less": comparison(lambda a, b: a < b),
    "LessOrEqual": comparison(lambda a, b: a <= b),
    "Equal": comparison(lambda a, b: a == b),
    "Sign": lambda _, x: exact.sign(number(x)),
    "Not": lambda _, x: ~x,
    "And": lambda _, a, b: a & b,
    "Or": lambda _, a, b: a | b,
    "Where": lambda _, c, a, b: exact.choose(c, number(a), number(b)),
    "Max": lambda _, a, b: exact.most(number(a), number(b)),
    "Min": lambda _, a, b: exact.least(number(a), number(b)),
    "Clip": clip,
    "Cast": cast,
    "Relu": lambda _, x: exact.most(number(x), np.zeros(1).reshape((1,) * x.ndim)),
    "Sigmoid": sigmoid,
    "Quant": quant,
    "IntQuant": quant,
    "BipolarQuant": bipolar_quant,
    "QuantizeLinear": quantize_linear,
    "DequantizeLinear": dequantize_linear,
    "Conv": conv,
    "Gemm": gemm,
    "MatMul": lambda _, a, b: exact.matmul(number(a), number(b)),
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda _, x: _reduce({}, x, range(2, x.ndim), True),
    "ReduceMean": lambda node, x, axes=None: _reduce(node, x, axes, True),
    "ReduceSum": lambda node, x, axes=None: _reduce(node, x, axes, False),
    "BatchNormalization": batch_normalization,
    "Identity": lambda _, x: x,
    "Dropout": lambda _, x: x,
    "Reshape": reshape,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": lambda node, x: np.transpose(x, node.get("perm")),
    "Pad": pad,
    "Constant": constant,
    "Shape": lambda _, x: np.asarray(x.shape, dtype=np.int64),
    "Gather": lambda node, x, i: np.take(x, np.asarray(i, dtype=np.int64), axis=node.get("axis", 0)),
    "Concat": lambda node, *xs: np.concatenate(xs, axis=node["axis"]),
}
