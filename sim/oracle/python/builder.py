"""Writes ONNX graphs. Tensors have ids until the end; then every name of the file is drawn by the network's style."""

import random

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

QONNX_DOMAINS = ("qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general")

# Comparisons that opset 12 brought, by what they are not.
OPPOSITES = {"GreaterOrEqual": "Less", "LessOrEqual": "Greater"}


class Builder:
    def __init__(self, rng, double, opset):
        self.rng, self.double, self.opset = rng, double, opset
        self.float = np.float64 if double else np.float32
        self.domain = rng.choice(QONNX_DOMAINS)
        self.nodes, self.constants, self.shapes = [], {}, {}
        self.inputs, self.outputs = [], []
        self.states = {}  # id of a state's input -> id of its next value
        self.hints, self.fixed = {}, {}  # id -> what it is called by; id -> its name in the file
        self.count = 0

    def chance(self, p):
        return self.rng.random() < p

    def fresh(self, hint, shape):
        self.count += 1
        at = f"%{self.count}"
        self.hints[at], self.shapes[at] = hint, list(shape)
        return at

    def const(self, value, hint="constant"):
        """A constant: floats in the graph's precision, integer arrays as they are."""
        array = np.asarray(value)
        array = array.astype(self.float) if array.dtype.kind == "f" else array
        at = self.fresh(hint, array.shape)
        if array.size < 20 and self.chance(0.4):
            self.nodes.append(("Constant", [], at, {"value": numpy_helper.from_array(array)}, ""))
        else:
            self.constants[at] = array
        return at

    def node(self, op, inputs, shape, hint, attributes=None, domain=""):
        attributes = dict(attributes or {})
        if op in OPPOSITES and self.opset < 12:
            opposite = self.node(OPPOSITES[op], inputs, shape, hint)
            return self.node("Not", [opposite], shape, hint)
        if op == "Gemm" and len(inputs) == 2 and self.opset < 11:
            inputs = [*inputs, self.const(np.zeros(shape[1:]), "none")]
        if op == "MaxPool" and self.opset < 10:
            attributes = {key: v for key, v in attributes.items() if key not in ("ceil_mode", "dilations")}
        at = self.fresh(hint, shape)
        self.nodes.append((op, list(inputs), at, attributes, domain))
        if self.chance(0.02):
            same = self.fresh("identity", shape)
            # In eval mode both do nothing; a Dropout is of floats.
            way = "Dropout" if op in ("Add", "Sub", "Mul", "Cast", "Conv") and self.count % 2 else "Identity"
            self.nodes.append((way, [at], same, {}, ""))
            return same
        return at

    def ints(self, values, since, attribute, hint):
        """A list of integers: an input since an opset, an attribute before."""
        if self.opset < since:
            return [], {attribute: values}
        return [self.const(np.array(values, dtype=np.int64), hint)], {}

    def state(self, hint, shape):
        at = self.fresh(hint, shape)
        self.inputs.append(at)
        self.states[at] = None
        return at

    # Element-wise operators on tensors of one shape; constants broadcast.

    def spread(self, values, shape, hint="constant"):
        """One number, or one a channel of `shape`, as exporters write them."""
        values = np.asarray(values, dtype=np.float64)
        if hint == "threshold" and random.Random(f"{self.count} {values.sum()}").random() < 0.05:
            return self.halved(self.spread(values, shape, "level"))
        if values.ndim == 0 or values.size == 1:
            one = values.reshape(())
            return self.const(one if self.chance(0.7) else one.reshape([1] * self.rng.choice([1, len(shape)])), hint)
        tail = [1] * (len(shape) - 2)
        return self.const(values.reshape(([1] if self.chance(0.7) else []) + [-1] + tail), hint)

    def halved(self, x):
        """A constant that has gone through half precision."""
        half = self.node("Cast", [x], self.shapes[x], "half", {"to": TensorProto.FLOAT16})
        return self.cast(half)

    def both(self, op, a, b, hint=None):
        """A commutative operator, its operands in either order."""
        shape = self.shapes[a] if len(self.shapes[a]) >= len(self.shapes[b]) else self.shapes[b]
        return self.node(op, [a, b] if self.chance(0.5) else [b, a], shape, hint or op)

    def add(self, a, b):
        return self.both("Add", a, b)

    def sub(self, a, b):
        shape = self.shapes[a] if len(self.shapes[a]) >= len(self.shapes[b]) else self.shapes[b]
        return self.node("Sub", [a, b], shape, "Sub")

    def scale(self, x, by):
        """x times a constant; by powers of two sometimes as a division."""
        by = np.asarray(by, dtype=np.float64)
        mantissa, _ = np.frexp(by)
        if (np.abs(mantissa) == 0.5).all() and self.chance(0.25):
            return self.node("Div", [x, self.spread(1.0 / by, self.shapes[x])], self.shapes[x], "Div")
        if by.ndim == 0 and by == -1 and self.chance(0.5):
            return self.node("Neg", [x], self.shapes[x], "Neg")
        return self.both("Mul", x, self.spread(by, self.shapes[x]))

    def cast(self, condition):
        to = TensorProto.DOUBLE if self.double else TensorProto.FLOAT
        return self.node("Cast", [condition], self.shapes[condition], "Cast", {"to": to})

    def where(self, condition, a, b):
        return self.node("Where", [condition, a, b], self.shapes[condition], "Where")

    def clip(self, x, low, high):
        if self.opset < 11:
            attributes = {key: float(v) for key, v in (("min", low), ("max", high)) if v is not None}
            return self.node("Clip", [x], self.shapes[x], "Clip", attributes)
        bounds = [None if v is None else self.const(np.float64(v), "bound") for v in (low, high)]
        inputs = [x, bounds[0] or "", bounds[1] or ""]
        while inputs[-1] == "":
            inputs.pop()
        return self.node("Clip", inputs, self.shapes[x], "Clip")

    def viewed(self, x, shape):
        """The same elements under other dims."""
        return self.node("Reshape", [x, self.const(np.array(shape, dtype=np.int64), "shape")], shape, "Reshape")

    def flatten(self, x):
        """[1, N] of [1, C, H, W], in one of the ways in which exporters say so."""
        shape = self.shapes[x]
        if len(shape) == 2:
            return x
        size = int(np.prod(shape))
        way = self.rng.choice(["Flatten", "Flatten", "Reshape", "ReshapeKeep", "Computed"])
        if way == "Flatten":
            return self.node("Flatten", [x], [1, size], "Flatten", {"axis": 1} if self.chance(0.7) else {})
        if way != "Computed":
            target = np.array([1, -1] if way == "Reshape" else [0, -1], dtype=np.int64)
            return self.node("Reshape", [x, self.const(target, "shape")], [1, size], "Reshape")
        dims = self.node("Shape", [x], [len(shape)], "Shape")
        first = self.node("Gather", [dims, self.const(np.array(0, dtype=np.int64), "index")], [], "Gather", {"axis": 0})
        axes, attributes = self.ints([0], 13, "axes", "axes")
        lifted = self.node("Unsqueeze", [first, *axes], [1], "Unsqueeze", attributes)
        rest = self.const(np.array([-1], dtype=np.int64), "rest")
        target = self.node("Concat", [lifted, rest], [2], "Concat", {"axis": 0})
        return self.node("Reshape", [x, target], [1, size], "Reshape")

    def finish(self, name, names):
        """The model, and every id's name in it. `names` draws names by hint."""
        metadata = {}
        named = dict(self.fixed)
        taken = set(named.values())
        for at, after in self.states.items():
            state = named.get(at) or names.unique(self.hints[at], taken)
            named[at] = state
            taken.add(state)
            owned = after in named or after in self.inputs or after in self.constants
            if owned or list(self.states.values()).count(after) > 1:
                copy = self.fresh("next", self.shapes[after])
                self.nodes.append(("Identity", [after], copy, {}, ""))
                after = self.states[at] = copy
            if f"{state}_next" in taken or names.by_metadata():
                named[after] = names.unique("after", taken)
                metadata[f"state:{state}"] = named[after]
            else:
                named[after] = f"{state}_next"
            taken.add(named[after])
        for at in self.hints:
            if at not in named:
                named[at] = names.unique(self.hints[at], taken)
                taken.add(named[at])
        return self._model(name, named, names, metadata), named

    def _model(self, name, named, names, metadata):
        kind = TensorProto.DOUBLE if self.double else TensorProto.FLOAT
        info = lambda at: helper.make_tensor_value_info(named[at], kind, self.shapes[at])
        nodes = []
        for op, inputs, output, attributes, domain in self.nodes:
            made = helper.make_node(
                op, [named.get(i, "") for i in inputs], [named[output]], names.node(op), domain=domain, **attributes
            )
            nodes.append(made)
        constants = [numpy_helper.from_array(array, named[at]) for at, array in self.constants.items()]
        listed = [
            helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in constants if self.chance(0.1)
        ]
        inputs = [info(at) for at in self.inputs] + listed
        outputs = [info(at) for at in self.outputs] + [info(after) for after in self.states.values()]
        self.rng.shuffle(inputs)
        graph = helper.make_graph(nodes, name, inputs, outputs, constants)
        opsets = [helper.make_opsetid("", self.opset)]
        if any(domain for *_, domain in self.nodes):
            opsets.append(helper.make_opsetid(self.domain, 1))
        model = helper.make_model(graph, opset_imports=opsets, ir_version=self.rng.choice([8, 9, 10]))
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model)
        return model
