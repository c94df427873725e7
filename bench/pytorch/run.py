"""Runs a QONNX graph of one tick in PyTorch, in double precision, over a batch of frames; `make bench` times it.

    run.py GRAPH CELLS --frames 24 --ticks 64 --threads 2 --burn-in 50

Loads everything, then waits: each line on stdin is a run of all frames as one batch from states of 0, which one line of
JSON on stdout answers with its seconds and its votes (frame, class).
"""

import argparse
import json
import sys
import time

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch.nn import functional

# QONNX's rounding modes; ROUND is to the nearest, ties to even, as torch.round is.
ROUNDING = {"ROUND": torch.round_, "FLOOR": torch.floor_, "CEIL": torch.ceil_, "ROUND_TO_ZERO": torch.trunc_}


def number(constant):
    """A constant of one element as a plain number, which costs no broadcasting; any other constant as it is."""
    return constant.item() if constant is not None and constant.numel() == 1 else constant


# A maker an operator: from a node's attributes and inputs (a tensor where the input is constant, None where it is a
# signal) it makes the function of the signals that runs every tick.


def elementwise(operation):
    def make(attributes, a, b):
        a, b = number(a), number(b)
        if b is not None:
            return lambda x: operation(x, b)
        if a is not None:
            return lambda x: operation(a, x)
        return operation

    return make


def quant(attributes, x, scale, zero, bits):
    """Round x / scale, clip, scale back. The bounds are computed here, once."""
    if zero.any():
        raise ValueError("Quant: a zero point other than 0")
    scale, bits, narrow = number(scale), int(bits), attributes["narrow"]
    low = narrow - 2 ** (bits - 1) if attributes["signed"] else 0
    high = 2 ** (bits - 1) - 1 if attributes["signed"] else 2**bits - 1 - narrow
    to_integer = ROUNDING[attributes["rounding_mode"].decode()]
    return lambda x: to_integer(x / scale).clamp_(low, high).mul_(scale)


def conv(attributes, x, weight, bias=None):
    stride, padding = tuple(attributes["strides"]), tuple(attributes["pads"][:2])
    if attributes["pads"] != [*padding, *padding] or attributes["group"] != 1 or set(attributes["dilations"]) != {1}:
        raise ValueError("Conv: only symmetric padding, one group, no dilation")
    return lambda x: functional.conv2d(x, weight, bias, stride, padding)


def max_pool(attributes, x):
    if any(attributes["pads"]) or attributes["ceil_mode"]:
        raise ValueError("MaxPool: only without padding, rounded down")
    return lambda x: functional.max_pool2d(x, attributes["kernel_shape"], attributes["strides"])


def gemm(attributes, x, weight, bias):
    if not attributes["transB"] or attributes["alpha"] != 1 or attributes["beta"] != 1:
        raise ValueError("Gemm: only x @ weight.T + bias")
    return lambda x: functional.linear(x, weight, bias)


OPERATORS = {
    "Add": elementwise(torch.add),
    "Sub": elementwise(torch.sub),
    "Mul": elementwise(torch.mul),
    "Greater": elementwise(torch.gt),
    "Cast": lambda attributes, x: lambda x: x.to(torch.float64),
    "Sigmoid": lambda attributes, x: torch.sigmoid,
    "Flatten": lambda attributes, x: lambda x: x.flatten(attributes["axis"]),
    "Quant": quant,
    "Conv": conv,
    "MaxPool": max_pool,
    "Gemm": gemm,
}


class Graph:
    """A graph of one tick as a list of PyTorch calls. What depends on constants alone is computed once, here."""

    def __init__(self, path):
        graph = onnx.load(path).graph
        constants = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
        shapes = {p.name: [d.dim_value for d in p.type.tensor_type.shape.dim] for p in [*graph.input, *graph.output]}
        self.outputs = {port.name for port in graph.output}
        self.states = {name: shapes[name][1:] for name in shapes if f"{name}_next" in self.outputs}
        (self.input,) = (p.name for p in graph.input if p.name not in self.states and p.name not in constants)
        self.input_shape = shapes[self.input][1:]
        self.classes = shapes["logits"][-1]

        self.steps = []
        for node in graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            known = [constants.get(name) for name in node.input]
            call = OPERATORS[node.op_type](attributes, *known)
            signals = [name for name in node.input if name not in constants]
            if signals:
                self.steps.append((call, signals, node.output[0]))
            else:
                constants[node.output[0]] = call(known[0])
        self.done_with = self.last_uses()

    def last_uses(self):
        """For each step the values that no later step reads: freed at once, their memory serves again while cached."""
        needed, done_with = set(self.outputs), []
        for _, signals, _ in reversed(self.steps):
            done_with.insert(0, set(signals) - needed)
            needed.update(signals)
        return done_with

    def tick(self, values):
        """Runs one tick on the input and the states in `values`; returns the graph's outputs."""
        for (call, signals, output), done_with in zip(self.steps, self.done_with):
            values[output] = call(*[values[name] for name in signals])
            for name in done_with:
                del values[name]
        return values

    def run(self, cells):
        """Runs cells (frame, tick), one spike a tick, all frames as one batch; yields each tick's outputs."""
        frames, ticks = cells.shape
        zeros = lambda shape: torch.zeros([frames, *shape], dtype=torch.float64)
        states = {name: zeros(shape) for name, shape in self.states.items()}
        plane = zeros(self.input_shape)
        for t in range(ticks):
            plane.zero_().view(frames, -1).scatter_(1, cells[:, t : t + 1], 1.0)
            values = self.tick({self.input: plane, **states})
            states = {name: values[f"{name}_next"] for name in states}
            yield values

    def votes(self, cells, burn_in):
        """Ticks from `burn_in` on that chose each class: (frame, class)."""
        chosen = torch.stack([values["logits"].argmax(1) for values in self.run(cells)], 1)
        return functional.one_hot(chosen[:, burn_in:], self.classes).sum(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("graph")
    parser.add_argument("cells")
    parser.add_argument("--frames", type=int, required=True)
    parser.add_argument("--ticks", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--burn-in", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    graph = Graph(options.graph)
    cells = torch.from_numpy(np.load(options.cells)[: options.frames, : options.ticks].astype(np.int64))
    with torch.inference_mode():
        for _ in sys.stdin:
            begin = time.perf_counter()
            votes = graph.votes(cells, options.burn_in)
            seconds = time.perf_counter() - begin
            print(json.dumps({"seconds": seconds, "votes": votes.tolist()}), flush=True)


if __name__ == "__main__":
    main()
