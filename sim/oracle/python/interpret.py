"""
Executes a step graph tick after tick: each state is an input whose next value is an output (`X` and `X_next`, or
`state:X` in the metadata), 0 at the start of every sample. The one input left carries the spikes.
"""

from fractions import Fraction
from math import lcm

import numpy as np
from onnx import helper, numpy_helper

import exact
from operators import OPERATORS, STORED
from values import number, value_of


class StepGraph:
    """A file, its constants folded."""

    def __init__(self, model):
        graph = model.graph
        self.constants = {t.name: value_of(numpy_helper.to_array(t)) for t in graph.initializer}
        inputs = [i for i in graph.input if i.name not in self.constants]
        outputs = {o.name for o in graph.output}
        self.shapes = {i.name: [d.dim_value or 1 for d in i.type.tensor_type.shape.dim] for i in inputs}
        said = {p.key[len("state:") :]: p.value for p in model.metadata_props if p.key.startswith("state:")}
        self.states = {
            i.name: said.get(i.name, f"{i.name}_next")
            for i in inputs
            if i.name in said or f"{i.name}_next" in outputs
        }
        (self.spikes,) = [i.name for i in inputs if i.name not in self.states]
        kinds = {i.name: i.type.tensor_type.elem_type for i in inputs}
        real = helper.tensor_dtype_to_np_dtype(kinds[self.spikes])
        self.nodes = []
        for node in graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            step = (OPERATORS[node.op_type], attributes, list(node.input), node.output[0])
            if all(name == "" or name in self.constants for name in node.input):
                attributes[STORED] = real
                self._run(step, self.constants)
            else:
                self.nodes.append(step)

    @staticmethod
    def _run(step, values):
        run, attributes, inputs, output = step
        while inputs and inputs[-1] == "":
            inputs = inputs[:-1]
        values[output] = run(attributes, *[None if name == "" else values[name] for name in inputs])

    def zeros(self):
        return {name: np.zeros(self.shapes[name]) for name in self.states}

    def tick(self, spikes, states):
        """All values of a tick, and the states after it."""
        values = {**self.constants, self.spikes: spikes.reshape(self.shapes[self.spikes]), **states}
        for step in self.nodes:
            self._run(step, values)
        return values, {name: number(values[after]) for name, after in self.states.items()}


class Record:
    """The values of one tensor, tick after tick, as integers over one denominator."""

    def __init__(self):
        self.ticks = []

    def add(self, value):
        self.ticks.append(number(value).reshape(-1))

    def encoded(self):
        whole = np.concatenate([t.astype(object) if t.dtype == object else t for t in self.ticks])
        fractions = [v if isinstance(v, Fraction) else Fraction(float(v)) for v in whole]
        denominator = lcm(*{f.denominator for f in fractions}) if fractions else 1
        integers = [f.numerator * (denominator // f.denominator) for f in fractions]
        small = all(abs(n) < 2**53 for n in integers)
        return {"den": str(denominator), "num": integers if small else [str(n) for n in integers]}


def argmax(row):
    """Index of the largest, the lowest of equal ones."""
    best = 0
    for i, v in enumerate(row):
        if v > row[best]:
            best = i
    return best


def classes_of(rows, ticks, burn_in, vote):
    """Each tick's class, and each sample's class and votes, of one readout's logits."""
    tick_classes = [argmax(row) for row in rows]
    samples, votes = [], []
    for start in range(0, len(rows), ticks):
        counted = range(start + burn_in, start + ticks)
        if vote == "sum":
            tally = [sum((rows[t][c] for t in counted), Fraction(0)) for c in range(len(rows[0]))]
        else:
            tally = [sum(1 for t in counted if tick_classes[t] == c) for c in range(len(rows[0]))]
        votes.append(tally)
        samples.append(tick_classes[start + ticks - 1] if vote == "last" else argmax(tally))
    return tick_classes, samples, votes


def run(model, case):
    """What a network does on a case's events: all that `case` asks for."""
    graph = StepGraph(model)
    layers = [
        {key: Record() for key in ("spikes", "left", "right", "shown") if layer[key] is not None} for layer in case["layers"]
    ]
    states = {name: Record() for name in graph.states}
    outputs = {r.get("name", r["output"]): r["output"] for r in case["readouts"]}
    logits = {name: [] for name in outputs}
    size = int(np.prod(graph.shapes[graph.spikes]))
    for sample in case["events"]:
        now = graph.zeros()
        for active in sample:
            spikes = np.zeros(size)
            spikes[active] = 1.0
            values, now = graph.tick(spikes, now)
            for layer, records in zip(case["layers"], layers):
                shape = values[layer["left"]].shape
                for key, record in records.items():
                    value = number(values[layer[key]])
                    # What is shown of a layer may be a view of what is compared.
                    same = key == "spikes" or value.size == np.prod(shape)
                    record.add(value if same else np.broadcast_to(value, shape))
            for name, record in states.items():
                record.add(now[name])
            for name, rows in logits.items():
                rows.append(list(exact.fractions_of(number(values[outputs[name]])).reshape(-1)))
    ticks = len(case["events"][0])
    readouts = {}
    for name, rows in logits.items():
        record = Record()
        for row in rows:
            record.add(np.array(row, dtype=object))
        settings = case["settings"]["readout"]
        vote = "sum" if settings["vote"] == "counts" else settings["vote"]
        best, samples, votes = classes_of(rows, ticks, settings["burnIn"], vote)
        shown = votes if vote != "sum" else [[float(v) for v in tally] for tally in votes]
        readouts[name] = {"logits": record.encoded(), "tickClass": best, "classes": samples, "votes": shown}
    return {
        "layers": [{key: record.encoded() for key, record in records.items()} for records in layers],
        "states": {name: record.encoded() for name, record in states.items()},
        "readouts": readouts,
    }
