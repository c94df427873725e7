"""What a network's numbers are drawn from: scales, decays, thresholds, biases, quantisers."""

import math
import random

import numpy as np

MODES = ["ROUND", "HALF_EVEN", "CEIL", "FLOOR", "UP", "DOWN", "ROUND_TO_ZERO", "HALF_UP", "HALF_DOWN"]


class Draw:
    """A network's taste: power-of-two or float scales, decays that are short binary fractions or not."""

    def __init__(self, b):
        self.b, self.rng = b, b.rng
        self.power = b.chance(0.75)
        self.short = b.chance(0.85)  # decays of at most 16 fraction bits
        self.tidy = b.chance(0.5)  # thresholds, resets and bounds are short binary fractions
        self.per_channel = b.chance(0.4)
        self.qcdq = b.chance(0.25) and b.opset >= 13
        # A network in float64 is one that was trained in float32, and converted; hardly ever one of float64 numbers.
        self.float = b.float if b.chance(0.1) else np.float32
        self.real = False  # a state has no quantiser
        self.untaken = []  # what docs/checkpoints.md says is not taken

    def chance(self, p):
        return self.b.chance(p)

    def pick(self, values):
        return self.rng.choice(values)

    def stored(self, x):
        """As the file's precision stores it."""
        return float(self.float(x))

    def channels(self, shape, make, often=0.4):
        """One number, or one a channel."""
        if self.per_channel and self.chance(often):
            return np.array([make() for _ in range(shape[1])])
        return np.float64(make())

    def mantissa(self):
        return 1.0 if self.power else self.stored(0.6 + self.rng.random() * 0.8)

    def decay(self):
        way = self.rng.random()
        if not self.short and way < 0.6:
            if self.chance(0.5):
                return self.stored(math.exp(-1 / self.rng.uniform(1, 30)))
            return self.stored(self.pick([0.9, 0.95, 0.99, 0.7, self.rng.random()]))
        if way < 0.3:
            return 1 - 2.0 ** -self.rng.randint(1, 7)
        n = self.rng.randint(9, 16) if way > 0.85 else self.rng.randint(1, 8)
        return self.rng.randint(1, 2**n - 1) / 2.0**n

    def level(self, size=1.0):
        """A threshold, a reset's weight: mostly positive."""
        if self.tidy or self.chance(0.5):
            return size * self.pick([1.0, 1.0, 0.5, 0.5, 0.75, 0.25, 2.0, self.rng.randint(1, 24) / 16])
        return self.stored(size * (0.1 + self.rng.random()))

    def bound(self, low, high):
        """A bound of a Clip."""
        x = self.rng.uniform(low, high)
        if self.tidy or self.chance(0.6):
            return round(x * 16) / 16
        return self.stored(x)

    def bias(self, shape):
        """Numbers, one a channel."""
        make = self.pick(
            [
                lambda: self.stored(self.rng.uniform(-0.5, 0.5)),
                lambda: self.rng.randint(-16, 16) / 32,
                lambda: self.stored(self.rng.gauss(0.2, 0.4)),
                lambda: self.pick([0.0, 0.0, 0.25]),
            ]
        )
        return np.array([make() for _ in range(shape[1])])

    def format(self, signed=True, reach=None):
        """Bits, unit and rounding of a state: narrow ones saturate all the time, wide ones never."""
        bits = self.rng.choice([4, 5, 6, 8, 8, 10, 12, 16, 16, 20, 24, 24, 24, 28, 32])
        reach = reach if reach is not None else self.rng.randint(-1, 4)
        unit = 2.0 ** (reach + (1 if signed else 0) - bits)
        mode = "ROUND" if self.chance(0.3) else self.pick(MODES)
        return {"bits": bits, "unit": unit, "signed": signed, "narrow": self.chance(0.25), "mode": mode}

    def quantised(self, x, signed=True, form=None, per_channel=0.15):
        """Quant, or QuantizeLinear, Clip and DequantizeLinear where that says the same."""
        form = form or self.format(signed)
        unit, shape = form["unit"], self.b.shapes[x]
        if self.per_channel and self.chance(per_channel):
            scale = np.array([unit * self.mantissa() * 2.0 ** self.rng.randint(-1, 1) for _ in range(shape[1])])
        else:
            scale = np.float64(unit * self.mantissa())
        if self.qcdq and form["bits"] in (4, 5, 6, 8) and form["mode"] in ("ROUND", "HALF_EVEN"):
            return self._qcdq(x, scale, form)
        mode = form["mode"] if self.chance(0.8) else form["mode"].lower()
        attributes = {"signed": int(form["signed"]), "narrow": int(form["narrow"]), "rounding_mode": mode}
        inputs = [x, self.b.spread(scale, shape, "scale"), self._zero(), self.b.const(np.float64(form["bits"]), "bits")]
        op = "IntQuant" if self.b.domain == "qonnx.custom_op.general" and self.chance(0.1) else "Quant"
        return self.b.node(op, inputs, shape, "Quant", attributes, self.b.domain)

    def _zero(self):
        return self.b.const(np.float64(0), "zero")

    def _qcdq(self, x, scale, form):
        b, shape = self.b, self.b.shapes[x]
        kind = np.int8 if form["signed"] else np.uint8
        factor = b.const(scale, "scale")
        zero = b.const(np.zeros(scale.shape, dtype=kind), "zero")
        attributes = {"axis": 1} if scale.ndim else {}
        q = b.node("QuantizeLinear", [x, factor, zero], shape, "QuantizeLinear", attributes)
        whole = form["bits"] == 8 and not form["narrow"]
        if not whole:
            bits, narrow = form["bits"], int(form["narrow"])
            low = -(2 ** (bits - 1)) + narrow if form["signed"] else 0
            high = 2 ** (bits - 1) - 1 if form["signed"] else 2**bits - 1 - narrow
            bounds = [b.const(np.array(v, dtype=kind), "bound") for v in (low, high)]
            q = b.node("Clip", [q, *bounds], shape, "Clip")
        return b.node("DequantizeLinear", [q, factor, zero], shape, "DequantizeLinear", attributes)

    def weights(self, shape, narrowest=2, alike=False):
        """
        Quantised weights of (out, in, ...): the id of their dequantised tensor. `alike`: scales of one mantissa.
        """
        b = self.b
        bits = self.rng.randint(narrowest, 8)
        narrow = self.chance(0.6)
        high = 2 ** (bits - 1) - 1
        low = -high if narrow else -high - 1
        unit = 2.0 ** (self.rng.randint(-1, 1) - bits + 1)
        rows = shape[0] if self.per_channel and self.chance(0.7) else 1
        one = self.mantissa()
        make = lambda: unit * (one if alike else self.mantissa()) * 2.0 ** self.rng.randint(-1, 1)
        scale = np.array([make() for _ in range(rows)])
        scale = scale.astype(b.float).astype(np.float64)
        sparse, lean = self.chance(0.2), self.pick([0, 0.2, 0.35])
        raw = np.array([
            0 if sparse and self.chance(0.7) else round(self.rng.uniform(low + lean * (high - low), high))
            for _ in range(int(np.prod(shape)))
        ]).reshape(shape)
        column = [-1] + [1] * (len(shape) - 1)
        form = self.rng.random()
        if form < 0.3 and b.opset >= 13:  # integers in the file
            factor = b.const(scale if rows > 1 else scale.reshape(()), "scale")
            zero = [b.const(np.zeros(rows if rows > 1 else (), dtype=np.int8), "zero")] if self.chance(0.6) else []
            attributes = {"axis": 0} if rows > 1 else {}
            q = b.const(raw.astype(np.int8), "weight_int")
            return b.node("DequantizeLinear", [q, factor, *zero], shape, "DequantizeLinear", attributes)
        stretch = raw * scale.reshape(column) if form < 0.6 else (
            (raw + np.array([self.rng.uniform(-0.6, 0.6) for _ in range(raw.size)]).reshape(shape)) * scale.reshape(column)
        )
        # Ties, which floats of the file decide. A coin of their own, so that other draws stay what they were.
        coin = random.Random(f"tie {raw.sum()} {b.count}")
        if form >= 0.6 and coin.random() < 0.25:
            halves = np.array([coin.choice([-0.5, 0.5]) for _ in range(raw.size)]).reshape(shape)
            stretch = (raw + halves) * scale.reshape(column)
        real = b.const(stretch.astype(np.float64), "weight")
        factor = b.const(scale.reshape(column) if rows > 1 else scale.reshape(()), "scale")
        mode = self.pick(["ROUND", "ROUND", *MODES])
        attributes = {"signed": 1, "narrow": int(narrow), "rounding_mode": mode}
        inputs = [real, factor, self._zero(), b.const(np.float64(bits), "bits")]
        return b.node("Quant", inputs, shape, "weight_quant", attributes, b.domain)
