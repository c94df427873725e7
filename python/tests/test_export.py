"""Live modules of real frameworks: exported, compiled, and held against their own ticks. `make test-long` runs it."""

import importlib
import sys
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np
import norse.torch as norse
import snntorch as snn
import torch

import spikec

EXAMPLES = Path(__file__).resolve().parents[2] / "examples/export"
sys.path.insert(0, str(EXAMPLES))
SPIKES = np.random.default_rng(1).random((2, 64, 20)) < 0.3
SCRIPTS = ["pytorch_step", "snntorch_step", "norse_step", "spikingjelly_step", "brevitas_step"]


def ticked(net, run):
    """The output spikes of a module on every sample, (sample, tick, neuron)."""
    with torch.no_grad():
        samples = [torch.tensor(sample[:, None], dtype=torch.float32) for sample in SPIKES]
        return np.stack([torch.stack([out[0] for out in run(net, sample)]).numpy() for sample in samples])


class Hidden(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(7)
        self.fc1, self.lif1 = torch.nn.Linear(20, 16), snn.Leaky(beta=0.875, threshold=0.5, init_hidden=True)
        self.fc2, self.lif2 = torch.nn.Linear(16, 5), snn.Leaky(beta=0.875, threshold=0.5, init_hidden=True)

    def forward(self, spikes):
        return self.lif2(self.fc2(self.lif1(self.fc1(spikes))))


def run_hidden(net, sample):
    net.lif1.reset_mem()
    net.lif2.reset_mem()
    for spikes in sample:
        yield net(spikes)


def run_sequential(net, sample):
    state = None
    for spikes in sample:
        out, state = net(spikes, state)
        yield out


class Export(unittest.TestCase):
    def setUp(self):
        warnings.simplefilter("ignore")

    def held(self, path, want):
        build = spikec.compile(path)
        reference = build.simulate(SPIKES, simulator="reference", layout="NTF")
        np.testing.assert_array_equal(reference["layer2.spikes"].reshape(want.shape), want)
        self.assertGreater(want.mean(), 0.01)
        counts = want.sum(axis=1)
        np.testing.assert_array_equal(reference["class"], counts.argmax(axis=1))
        integers = build.simulate(SPIKES, layout="NTF")["layer2.spikes"].reshape(want.shape)
        self.assertLess((integers != want).mean(), 0.05)

    def test_scripts(self):
        for name in SCRIPTS:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                script = importlib.import_module(name)
                net = script.make()
                want = ticked(net, script.run)
                script.export(net, str(Path(folder) / "net.onnx"))
                self.held(Path(folder) / "net.onnx", want)

    def exported(self, net, want, names, **options):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "net.onnx"
            self.assertEqual(spikec.export(net, torch.zeros(1, 20), path, **options), names)
            self.held(path, want)

    def test_states_that_are_given(self):
        for name in ("pytorch_step", "snntorch_step", "norse_step", "brevitas_step"):
            with self.subTest(name):
                script = importlib.import_module(name)
                net = script.make()
                self.exported(net, ticked(net, script.run), list(script.STATES), states=script.STATES)

    def test_states_that_modules_keep(self):
        script = importlib.import_module("spikingjelly_step")
        net = script.make()
        self.exported(net, ticked(net, script.run), ["1.v", "3.v"])
        self.exported(Hidden().eval(), ticked(Hidden().eval(), run_hidden), ["lif1.mem", "lif2.mem"])

    def test_states_that_are_returned(self):
        torch.manual_seed(7)
        cell = lambda: norse.LIFCell(norse.LIFParameters(v_th=torch.as_tensor(0.1)))
        net = norse.SequentialState(torch.nn.Linear(20, 16), cell(), torch.nn.Linear(16, 5), cell()).eval()
        self.exported(net, ticked(net, run_sequential), ["state.1.v", "state.1.i", "state.3.v", "state.3.i"])

    def test_what_is_no_step(self):
        linear = torch.nn.Linear(20, 5)
        with self.assertRaisesRegex(ValueError, "no state was found"):
            spikec.export(linear, torch.zeros(1, 20), "x.onnx")
        with self.assertRaisesRegex(ValueError, "one sample of one tick"):
            spikec.export(linear, torch.zeros(4, 20), "x.onnx")


if __name__ == "__main__":
    unittest.main()
