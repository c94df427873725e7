"""snnTorch: neurons that are given their membrane potential and give it back, one tick a call."""

import sys
from pathlib import Path

import numpy as np
import snntorch as snn
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.lif1 = torch.nn.Linear(20, 16), snn.Leaky(beta=0.875, threshold=0.5)
        self.fc2, self.lif2 = torch.nn.Linear(16, 5), snn.Leaky(beta=0.875, threshold=0.5)

    def forward(self, spikes, mem1, mem2):
        spk1, mem1 = self.lif1(self.fc1(spikes), mem1)
        spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
        return spk2, mem1, mem2


STATES = {"mem1": torch.zeros(1, 16), "mem2": torch.zeros(1, 5)}
EXAMPLE = torch.zeros(1, 20)


def make():
    torch.manual_seed(7)
    return Net().eval()


def run(net, sample):
    """The output spikes of a sample's ticks, in the framework's own way."""
    mem1, mem2 = STATES.values()
    for spikes in sample:
        out, mem1, mem2 = net(spikes, mem1, mem2)
        yield out


def export(net, path):
    torch.onnx.export(
        net, (EXAMPLE, *STATES.values()), path, dynamo=False, opset_version=17,
        input_names=["spikes", "mem1", "mem2"], output_names=["out", "mem1_next", "mem2_next"],
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    export(make(), str(folder / "net.onnx"))
    np.save(folder / "input.npy", np.random.default_rng(1).random((2, 64, 20)) < 0.3)
