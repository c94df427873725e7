"""
Neurons behind a synapse: every family takes the sums and gives its spikes, what is compared, and the potential that a
readout would read. And what may stand before a synapse: traces of spikes.
"""

from dataclasses import dataclass

import numpy as np


@dataclass
class Neuron:
    fired: str  # the comparison's boolean
    spikes: str  # the same as floats
    left: str  # it fires where left > right (or ≥)
    right: str
    moves: bool  # the right side is no constant
    potential: str | None  # None where what is compared is no tensor of the graph


def fires(b, v, threshold, moves=False):
    """A comparison with a constant, or with a tensor that moves, in one of the ways to write it."""
    strict = b.chance(0.7)
    shape = b.shapes[v]
    potential = None if moves and b.chance(0.97) else v
    way = b.rng.random()
    if way < 0.6:
        fired = b.node("Greater" if strict else "GreaterOrEqual", [v, threshold], shape, "Greater")
    elif way < 0.85:
        fired = b.node("Less" if strict else "LessOrEqual", [threshold, v], shape, "Less")
    else:
        excess = b.sub(v, threshold)
        potential = v if not moves and b.chance(0.5) else excess
        zero = b.spread(0.0, shape, "zero")
        fired = b.node("Greater" if strict else "GreaterOrEqual", [excess, zero], shape, "Greater")
        v, threshold, moves = excess, zero, False
        if b.chance(0.5):
            return Neuron(fired, graded(b, step(b, excess, zero, strict)), v, threshold, moves, potential)
    return Neuron(fired, graded(b, b.cast(fired)), v, threshold, moves, potential)


def step(b, x, zero, strict):
    """Spikes of x above 0, or of 0 too, as exporters write a step function."""
    shape = b.shapes[x]
    one, nothing = b.spread(1.0, shape, "one"), b.spread(0.0, shape, "zero")
    way = b.rng.random()
    if way < 0.4 and b.opset >= 11:  # torch.heaviside
        below = b.where(b.node("Less", [x, zero], shape, "Less"), nothing, one)
        return b.where(b.node("Equal", [x, zero], shape, "Equal"), nothing if strict else one, below)
    if way < 0.6 and strict:
        sign = b.node("Sign", [x], shape, "Sign")
        return b.node("Relu", [sign], shape, "Relu") if b.chance(0.5) else b.clip(sign, 0.0, 1.0)
    if way < 0.8:
        return b.where(b.node("Greater" if strict else "GreaterOrEqual", [x, zero], shape, "Greater"), one, nothing)
    return b.where(b.node("LessOrEqual" if strict else "Less", [x, zero], shape, "Less"), nothing, one)


def graded(b, spikes):
    """Spikes times 1, as snnTorch sends them."""
    return b.scale(spikes, np.float64(1.0)) if b.chance(0.08) else spikes


def leak(b, d, x):
    """What a tick leaves of a state."""
    shape = b.shapes[x]
    if b.chance(0.2):
        k = d.rng.randint(1, 6)
        return b.sub(x, b.scale(x, np.float64(2.0**-k)))
    if b.chance(0.06):
        return x
    return b.scale(x, d.channels(shape, d.decay))


def drive(b, d, sums):
    """The synapse's sums with a bias or a gain."""
    if b.chance(0.3):
        sums = b.add(sums, b.spread(d.bias(b.shapes[sums]), b.shapes[sums], "bias"))
    if b.chance(0.12):
        sums = b.scale(sums, d.channels(b.shapes[sums], lambda: d.pick([0.5, 2.0, 0.75, 1.5, -1.0, d.decay()])))
    return sums


def bounded(b, d, x):
    low = d.pick([None, 0.0, d.bound(-4, 0), d.bound(-2, 0)])
    high = d.bound(0.5, 6) if low is None or b.chance(0.6) else None
    return b.clip(x, low, high)


def reset(b, d, v, fired, spikes, threshold):
    """What a spike leaves of a potential."""
    shape = b.shapes[v]
    way = d.pick(["subtract", "subtract", "subtract", "zero", "zero", "value", "half", "none", "swap"])
    if way == "subtract":
        if isinstance(threshold, float) and threshold == 1.0 and b.chance(0.5):
            return b.sub(v, spikes)
        weight = d.channels(shape, d.level) if threshold is None else np.asarray(threshold)
        if b.chance(0.2):
            return b.sub(v, b.where(fired, b.spread(weight, shape), b.spread(0.0, shape)))
        return b.sub(v, b.scale(spikes, weight))
    if way == "zero":
        if b.chance(0.3):
            return b.both("Mul", v, b.sub(b.spread(1.0, shape, "one"), spikes))
        return b.where(fired, b.spread(0.0, shape), v)
    if way == "value":
        return b.where(fired, b.spread(d.bound(-1, 1), shape, "v_reset"), v)
    if way == "half":
        return b.where(fired, b.scale(v, np.float64(0.5)), v)
    if way == "swap":
        return b.where(b.node("Not", [fired], shape, "Not"), v, b.spread(0.0, shape))
    return v


def lif(b, d, sums):
    """Leaky integrate and fire, on currents or sums."""
    shape = b.shapes[sums]
    u = b.state("u", shape)
    current = drive(b, d, sums)
    if b.chance(0.35):
        i = b.state("i", shape)
        after = b.states[i] = d.quantised(b.add(leak(b, d, i), current))
        current = after if b.chance(0.7) else i
    v = b.add(leak(b, d, u), current)
    if b.chance(0.3):
        v = bounded(b, d, v)
    quantised = b.chance(0.45)
    if quantised:
        v = d.quantised(v)
    threshold = d.level() if b.chance(0.7) else d.channels(shape, d.level)
    n = fires(b, v, b.spread(threshold, shape, "threshold"))
    after = reset(b, d, v, n.fired, n.spikes, threshold if b.chance(0.7) else None)
    if b.chance(0.2):
        after = bounded(b, d, after)
    bare = after == v and quantised
    b.states[u] = after if bare else d.quantised(after)
    return n


def earlier_reset(b, d, sums):
    """snnTorch's: the reset follows the spike of the tick before, found again from the stored potential."""
    shape = b.shapes[sums]
    u = b.state("mem", shape)
    threshold = d.level()
    before = b.node("Greater", [u, b.spread(threshold, shape, "threshold")], shape, "Greater")
    v = b.add(leak(b, d, u), drive(b, d, sums))
    if b.chance(0.5):
        v = b.sub(v, b.scale(b.cast(before), np.float64(threshold)))
    else:
        v = b.where(before, b.spread(0.0, shape), v)
    v = d.quantised(v)
    b.states[u] = v
    return fires(b, v, b.spread(threshold, shape, "threshold"))


def fed_back(b, d, sums):
    """The spike itself is a state that holds the neuron down a tick later."""
    shape = b.shapes[sums]
    u, s = b.state("u", shape), b.state("s", shape)
    v = b.sub(b.add(leak(b, d, u), drive(b, d, sums)), b.scale(s, d.channels(shape, lambda: d.pick([1.0, 0.5, 0.75, d.decay()]))))
    b.states[u] = v = d.quantised(v)
    n = fires(b, v, b.spread(d.level(), shape, "threshold"))
    b.states[s] = n.spikes if b.chance(0.3) else d.quantised(
        n.spikes, form={"bits": 2, "unit": 1.0, "signed": False, "narrow": False, "mode": "ROUND"}, per_channel=0
    )
    return n


def refractory(b, d, potential):
    """DCLL's: a decaying trace of the neuron's own spikes, taken off the potential."""
    shape = b.shapes[potential]
    r = b.state("arp", shape)
    decayed = leak(b, d, r)
    u = b.add(potential, decayed)
    n = fires(b, u, b.spread(0.0 if b.chance(0.7) else d.level(0.5), shape, "threshold"))
    b.states[r] = d.quantised(b.sub(decayed, b.scale(n.spikes, d.channels(shape, d.level))))
    return n


def traced(b, d, x, per_channel=0.15):
    """Two traces, one of the other: of spikes before a synapse, or of sums behind it."""
    shape = b.shapes[x]
    e0 = b.state("eps0", shape)
    after0 = b.states[e0] = d.quantised(b.add(leak(b, d, e0), x), per_channel=per_channel)
    if b.chance(0.35):
        return after0 if b.chance(0.7) else e0
    e1 = b.state("eps1", shape)
    source = after0 if b.chance(0.7) else e0
    gain = b.scale(source, d.channels(shape, lambda: d.pick([0.5, 0.25, 1.5, 2.0]))) if b.chance(0.25) else source
    after1 = b.states[e1] = d.quantised(b.add(leak(b, d, e1), gain), per_channel=per_channel)
    return after1 if b.chance(0.8) else e1


def gated(b, d, x):
    """A trace that only counts above a level."""
    seen = b.node("Greater", [x, b.spread(d.level(0.5), b.shapes[x])], b.shapes[x], "Greater")
    d.untaken.append("comparison before a synapse")
    return b.where(seen, x, b.spread(0.0, b.shapes[x]))


def behind(b, d, sums):
    """Traces behind the synapse."""
    u = drive(b, d, traced(b, d, sums))
    if b.chance(0.6):
        return refractory(b, d, u)
    return fires(b, u, b.spread(d.level() if b.chance(0.7) else 0.0, b.shapes[u], "threshold"))


def adaptive(b, d, sums):
    """A threshold that spikes raise."""
    shape = b.shapes[sums]
    u, a = b.state("u", shape), b.state("a", shape)
    v = d.quantised(b.add(leak(b, d, u), drive(b, d, sums)))
    raised = b.scale(a, np.float64(d.decay()))
    base = b.spread(d.level(), shape, "threshold")
    if b.chance(0.5):
        n = fires(b, v, b.add(raised, base), moves=True)
    else:
        n = fires(b, b.sub(v, raised), base)
    b.states[u] = d.quantised(reset(b, d, v, n.fired, n.spikes, None))
    b.states[a] = d.quantised(b.add(leak(b, d, a), n.spikes))
    return n


def counting(b, d, sums):
    """A counter keeps the neuron from firing for some ticks behind a spike."""
    shape = b.shapes[sums]
    u, c = b.state("u", shape), b.state("count", shape)
    ticks = float(d.rng.randint(1, 5))
    waits = b.node("Greater", [c, b.spread(0.0, shape)], shape, "Greater")
    v = b.add(leak(b, d, u), drive(b, d, sums))
    v = d.quantised(b.where(waits, b.spread(d.pick([0.0, -1.0]), shape), v) if b.chance(0.5) else v)
    seen = b.where(waits, b.spread(-1.0, shape), v)
    n = fires(b, seen, b.spread(d.level(), shape, "threshold"))
    b.states[u] = d.quantised(reset(b, d, v, n.fired, n.spikes, None))
    left = b.clip(b.sub(c, b.spread(1.0, shape)), 0.0, ticks)
    after = b.where(n.fired, b.spread(ticks, shape), left)
    form = {"bits": 4, "unit": 1.0, "signed": b.chance(0.5), "narrow": False, "mode": "ROUND"}
    real = not b.chance(0.8)
    d.real = d.real or real
    b.states[c] = after if real else d.quantised(after, form=form, per_channel=0)
    return n


def anything(b, d, sums):
    """A random recurrence of all that is element-wise."""
    shape = b.shapes[sums]
    states = [b.state(f"x{i}", shape) for i in range(d.rng.randint(1, 3))]
    known, conditions = [sums, *states], []
    for _ in range(d.rng.randint(2, 7)):
        x, y = d.pick(known), d.pick(known)
        op = d.pick(["add", "add", "sub", "scale", "scale", "clip", "quant", "where", "compare", "neg", "bias", "mask"])
        if op in ("add", "sub"):
            known.append(b.add(x, y) if op == "add" else b.sub(x, y))
        elif op == "scale":
            known.append(b.scale(x, d.channels(shape, d.decay)))
        elif op == "clip":
            known.append(bounded(b, d, x))
        elif op == "quant":
            known.append(d.quantised(x, signed=b.chance(0.8)))
        elif op == "bias":
            known.append(b.add(x, b.spread(d.bias(shape), shape, "bias")))
        elif op == "neg":
            known.append(b.scale(x, np.float64(-1)))
        elif op == "compare" or not conditions:
            other = y if x != y and b.chance(0.5) else b.spread(d.level(), shape)
            conditions.append(fires(b, x, other, moves=other in known))
        elif op == "where":
            known.append(b.where(d.pick(conditions).fired, x, y if b.chance(0.7) else b.spread(d.level(), shape)))
        else:
            known.append(b.scale(d.pick(conditions).spikes, np.float64(d.level())))
    v = b.add(known[-1], sums)
    n = fires(b, v, b.spread(d.level(), shape, "threshold"))
    for state in states:
        x = d.pick(known[1:] + [v])
        x = b.add(leak(b, d, state), x) if b.chance(0.6) else x
        b.states[state] = d.quantised(reset(b, d, x, n.fired, n.spikes, None), signed=b.chance(0.85))
    return n


def stateless(b, d, sums):
    """Weights and a threshold."""
    v = drive(b, d, sums)
    if b.chance(0.3):
        v = bounded(b, d, v)
    if b.chance(0.3):
        v = d.quantised(v)
    return fires(b, v, b.spread(d.channels(b.shapes[v], d.level), b.shapes[v], "threshold"))


FAMILIES = (
    [lif] * 7 + [behind] * 3 + [earlier_reset] * 2 + [adaptive] * 2 + [anything] * 4
    + [counting, fed_back, stateless, lambda b, d, sums: refractory(b, d, drive(b, d, sums))]
)
