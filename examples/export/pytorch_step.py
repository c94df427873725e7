"""A step written by hand: module(spikes, m1, m2) gives spikes and the states of the next tick."""

import sys
from pathlib import Path

import numpy as np
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = torch.nn.Linear(20, 16), torch.nn.Linear(16, 5)

    def forward(self, spikes, m1, m2):
        m1 = 0.875 * m1 + self.fc1(spikes)
        s1 = (m1 > 0.5).to(m1.dtype)
        m2 = 0.875 * m2 + self.fc2(s1)
        s2 = (m2 > 0.5).to(m2.dtype)
        return s2, m1 * (1 - s1), m2 * (1 - s2)


STATES = {"m1": torch.zeros(1, 16), "m2": torch.zeros(1, 5)}
EXAMPLE = torch.zeros(1, 20)


def make():
    torch.manual_seed(7)
    return Net().eval()


def run(net, sample):
    """The output spikes of a sample's ticks, in the framework's own way."""
    m1, m2 = STATES.values()
    for spikes in sample:
        out, m1, m2 = net(spikes, m1, m2)
        yield out


def export(net, path):
    torch.onnx.export(
        net, (EXAMPLE, *STATES.values()), path, dynamo=False, opset_version=17,
        input_names=["spikes", "m1", "m2"], output_names=["out", "m1_next", "m2_next"],
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    export(make(), str(folder / "net.onnx"))
    np.save(folder / "input.npy", np.random.default_rng(1).random((2, 64, 20)) < 0.3)
