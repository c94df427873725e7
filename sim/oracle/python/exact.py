"""
Arithmetic without rounding. A value is a float64 array where float64 holds every result exactly, else an object array
of Fractions: the graph's real-number meaning with the constants as the file stores them.
"""

from fractions import Fraction

import numpy as np

SPLITTER = 134217729.0  # 2^27 + 1
HUGE, TINY = 2.0**900, 2.0**-900


def is_exact_float(x):
    return x.dtype == np.float64


def fractions_of(x):
    """The same values as Fractions."""
    if x.dtype == object:
        return x
    out = np.empty(x.shape, dtype=object)
    flat = out.reshape(-1)
    for i, v in enumerate(np.asarray(x, dtype=np.float64).reshape(-1)):
        flat[i] = Fraction(float(v))
    return out


def simplest(x):
    """Float64 again, where every element is one."""
    if x.dtype != object:
        return x
    out = np.empty(x.shape)
    flat = out.reshape(-1)
    for i, v in enumerate(x.reshape(-1)):
        v = Fraction(v)
        power = v.denominator & (v.denominator - 1) == 0
        if not power or abs(v.numerator).bit_length() > 2000 or v.denominator.bit_length() > 900:
            return x
        f = float(v)
        if Fraction(f) != v:
            return x
        flat[i] = f
    return out


def each(f, *operands):
    """Applies `f` to Fractions, element by element; shapes broadcast as ONNX says."""
    arrays = np.broadcast_arrays(*[fractions_of(o) for o in operands])
    out = np.empty(arrays[0].shape, dtype=object)
    flat = out.reshape(-1)
    for i, values in enumerate(zip(*[a.reshape(-1) for a in arrays])):
        flat[i] = f(*values)
    return simplest(out)


def add(a, b):
    if is_exact_float(a) and is_exact_float(b):
        s = a + b
        t = s - a
        if not ((a - (s - t)) + (b - t)).any() and np.isfinite(s).all():
            return s
    return each(lambda x, y: x + y, a, b)


def neg(a):
    return -a


def sub(a, b):
    return add(a, neg(b))


def _halves(a):
    c = a * SPLITTER
    high = c - (c - a)
    return high, a - high


def _calm(a):
    size = np.abs(a[a != 0])
    return size.size == 0 or (size.max() < HUGE and size.min() > TINY)


def mul(a, b):
    if is_exact_float(a) and is_exact_float(b) and _calm(a) and _calm(b):
        p = a * b
        if _calm(p) and not ((p == 0) & (a != 0) & (b != 0)).any():
            (ah, al), (bh, bl) = _halves(a), _halves(b)
            if not (((ah * bh - p) + ah * bl + al * bh) + al * bl).any():
                return p
    return each(lambda x, y: x * y, a, b)


def div(a, b):
    if is_exact_float(a) and is_exact_float(b):
        mantissa, _ = np.frexp(b)
        if (np.abs(mantissa) == 0.5).all() and _calm(a) and _calm(b):
            return a / b
    return each(lambda x, y: x / y, a, b)


def compare(f, a, b):
    """`f` on numbers; the result is a boolean array."""
    if is_exact_float(a) and is_exact_float(b):
        return f(a, b)
    x, y = np.broadcast_arrays(fractions_of(a), fractions_of(b))
    return np.array([bool(f(p, q)) for p, q in zip(x.reshape(-1), y.reshape(-1))], dtype=bool).reshape(x.shape)


def sign(x):
    zero = np.zeros(1).reshape((1,) * x.ndim)
    above, below = compare(lambda a, b: a > b, x, zero), compare(lambda a, b: a < b, x, zero)
    return above.astype(np.float64) - below.astype(np.float64)


def choose(condition, a, b):
    if is_exact_float(a) and is_exact_float(b):
        return np.where(condition, a, b)
    return simplest(np.where(condition, fractions_of(a), fractions_of(b)))


def least(a, b):
    return choose(compare(lambda x, y: x < y, a, b), a, b)


def most(a, b):
    return choose(compare(lambda x, y: x > y, a, b), a, b)


def _unit(x):
    """Exponent of the largest power of two of which all elements are multiples, and the elements in that unit."""
    mantissa, exponent = np.frexp(x)
    whole = (mantissa * 2.0**53).astype(np.int64)
    low = np.where(whole == 0, 1 << 53, whole & -whole)
    trailing = np.log2(low.astype(np.float64)).astype(np.int64)
    units = np.where(whole == 0, 10000, exponent - 53 + trailing)
    unit = int(units.min()) if units.size else 0
    return 0 if unit == 10000 else unit


def matmul(a, b):
    """a @ b, exactly: as float64 where no partial sum can leave 53 bits."""
    if is_exact_float(a) and is_exact_float(b) and _calm(a) and _calm(b) and a.size and b.size:
        ua, ub = _unit(a), _unit(b)
        if abs(ua) < 500 and abs(ub) < 500:
            ia, ib = np.ldexp(a, -ua), np.ldexp(b, -ub)
            if np.abs(ia).max() * np.abs(ib).max() * a.shape[-1] < 2.0**53:
                return np.ldexp(ia @ ib, ua + ub)
    return simplest(np.dot(fractions_of(a), fractions_of(b)))


def _half_away(x):
    return np.sign(x) * np.floor(np.abs(x) + 0.5)


def _half_to_zero(x):
    return np.sign(x) * np.ceil(np.abs(x) - 0.5)


def _sign(x):
    return (x > 0) - (x < 0)


# QONNX's rounding modes: on floats, and on fractions.
ROUNDINGS = {
    "ROUND": (np.round, round),
    "HALF_EVEN": (np.round, round),
    "CEIL": (np.ceil, lambda x: -((-x.numerator) // x.denominator)),
    "FLOOR": (np.floor, lambda x: x.numerator // x.denominator),
    "UP": (lambda x: np.sign(x) * np.ceil(np.abs(x)), lambda x: _sign(x) * -(-abs(x.numerator) // x.denominator)),
    "DOWN": (np.trunc, lambda x: _sign(x) * (abs(x.numerator) // x.denominator)),
    "ROUND_TO_ZERO": (np.trunc, lambda x: _sign(x) * (abs(x.numerator) // x.denominator)),
    "HALF_UP": (_half_away, lambda x: _sign(x) * ((2 * abs(x) + 1).__floor__() // 2)),
    "HALF_DOWN": (_half_to_zero, lambda x: -_sign(x) * ((1 - 2 * abs(x)).__floor__() // 2)),
}


def round_quotient(x, scale, mode, low, high, stored=None):
    """
    clamp(round(x / scale), low, high) as integers, whatever floats make of the quotient; of what the file stores, the
    quotient is that of the file's own floats, by which the network was trained: a float32's 0.35 / 0.1 is 3.5.
    """
    on_floats, on_fractions = ROUNDINGS[mode]
    if stored is not None and is_exact_float(x) and is_exact_float(scale):
        quotient = (x / scale).astype(stored).astype(np.float64)
        return on_floats(np.clip(quotient, low, high)) + 0.0
    if is_exact_float(x) and is_exact_float(scale):
        mantissa, _ = np.frexp(scale)
        power = (np.abs(mantissa) == 0.5).all() and _calm(x) and _calm(scale)
        y = np.clip(x / scale, low, high)
        if high >= 2**50 or low <= -(2**50):
            power, doubtful = False, np.ones(y.shape, dtype=bool)
        else:
            off = 2 * y - np.round(2 * y)
            doubtful = np.abs(off) <= 2.0**-40 * (1 + np.abs(y))
        q = on_floats(y) + 0.0
        if power or not doubtful.any():
            return q
        xs, ss = np.broadcast_to(x, y.shape), np.broadcast_to(scale, y.shape)
        q = np.array(q, dtype=np.float64)
        for at in np.argwhere(doubtful):
            at = tuple(at)
            exact = on_fractions(Fraction(float(xs[at])) / Fraction(float(ss[at])))
            q[at] = min(max(exact, low), high)
        return q
    return each(lambda v, s: Fraction(min(max(on_fractions(v / s), low), high)), x, scale)
