"""Norse: cells that take a state and give it back; its tensors become the graph's states."""

import sys
from pathlib import Path

import numpy as np
import norse.torch as norse
import torch
from norse.torch.functional.lif import LIFFeedForwardState

NAMES = ["v1", "i1", "v2", "i2"]
SIZES = [16, 16, 5, 5]


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        parameters = norse.LIFParameters(v_th=torch.as_tensor(0.1))
        self.fc1, self.lif1 = torch.nn.Linear(20, 16), norse.LIFCell(parameters)
        self.fc2, self.lif2 = torch.nn.Linear(16, 5), norse.LIFCell(parameters)

    def forward(self, spikes, v1, i1, v2, i2):
        s1, one = self.lif1(self.fc1(spikes), LIFFeedForwardState(v=v1, i=i1))
        s2, two = self.lif2(self.fc2(s1), LIFFeedForwardState(v=v2, i=i2))
        return s2, one.v, one.i, two.v, two.i


STATES = {name: torch.zeros(1, size) for name, size in zip(NAMES, SIZES)}
EXAMPLE = torch.zeros(1, 20)


def make():
    torch.manual_seed(7)
    return Net().eval()


def run(net, sample):
    """The output spikes of a sample's ticks, in the framework's own way."""
    one = two = None
    for spikes in sample:
        s1, one = net.lif1(net.fc1(spikes), one)
        out, two = net.lif2(net.fc2(s1), two)
        yield out


def export(net, path):
    torch.onnx.export(
        net, (EXAMPLE, *STATES.values()), path, dynamo=False, opset_version=17,
        input_names=["spikes", *NAMES], output_names=["out", *(f"{name}_next" for name in NAMES)],
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    export(make(), str(folder / "net.onnx"))
    np.save(folder / "input.npy", np.random.default_rng(1).random((2, 64, 20)) < 0.3)
