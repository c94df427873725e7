"""
SpikingJelly in single-step mode: its nodes keep `v`; a wrapper sets it before a call and gives it back behind it. Since
version 2 a node is one operator of its own, which ONNX has not: it is written out for the export.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from spikingjelly.activation_based import functional, layer, neuron


def make():
    torch.manual_seed(7)
    node = lambda: neuron.LIFNode(tau=2.0, v_threshold=0.25, step_mode="s")
    return torch.nn.Sequential(layer.Linear(20, 16), node(), layer.Linear(16, 5), node()).eval()


def lif_step(x, v, tau, decay_input, v_threshold, v_reset, *_):
    rest = 0.0 if v_reset is None else v_reset
    v = v + (rest - v + x) / tau if decay_input else v + (rest - v) / tau + x
    spike = (v >= v_threshold).to(v.dtype)
    return spike, v - v_threshold * spike if v_reset is None else v * (1 - spike) + v_reset * spike


class Step(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, spikes, v1, v2):
        self.net[1].v, self.net[3].v = v1, v2
        return self.net(spikes), self.net[1].v, self.net[3].v


STATES = {"v1": torch.zeros(1, 16), "v2": torch.zeros(1, 5)}
EXAMPLE = torch.zeros(1, 20)


def run(net, sample):
    """The output spikes of a sample's ticks, in the framework's own way."""
    functional.reset_net(net)
    for spikes in sample:
        yield net(spikes)


def export(net, path):
    own, functional.lif_step = functional.lif_step, lif_step
    try:
        torch.onnx.export(
            Step(net), (EXAMPLE, *STATES.values()), path, dynamo=False, opset_version=17,
            input_names=["spikes", "v1", "v2"], output_names=["out", "v1_next", "v2_next"],
        )
    finally:
        functional.lif_step = own


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    export(make(), str(folder / "net.onnx"))
    np.save(folder / "input.npy", np.random.default_rng(1).random((2, 64, 20)) < 0.3)
