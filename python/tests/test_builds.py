"""Builds from Python, held against what PyTorch said of the same files: no torch is needed. `make test` runs it."""

import os
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np

import spikec

WILD = Path(os.environ.get("SPIKEC_WILD", Path(__file__).resolve().parents[3] / "shared/data/wild"))


def expected(name):
    return np.load(WILD / f"{name}.expected.npz")


class Builds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", spikec.SpikecWarning)
            cls.build = spikec.compile(WILD / "spike-count.onnx")

    def setUp(self):
        warnings.simplefilter("ignore", spikec.SpikecWarning)

    def test_reference_is_pytorch_and_wasm_is_golden(self):
        build = self.build
        spikes = np.load(WILD / "spike-count.input.npy")
        want = expected("spike-count")
        reference = build.simulate(spikes, simulator="reference")
        for layer in ("layer1.spikes", "layer2.spikes"):
            np.testing.assert_array_equal(reference[layer].reshape(want[layer].shape), want[layer])
        np.testing.assert_array_equal(reference["class"], want["classes"])
        golden, wasm = build.simulate(spikes, simulator="golden"), build.simulate(spikes)
        self.assertEqual(golden.keys(), wasm.keys())
        for name in golden:
            np.testing.assert_array_equal(golden[name], wasm[name])

    def test_layouts_options_and_verification(self):
        with tempfile.TemporaryDirectory() as folder:
            build = spikec.compile(WILD / "spike-count.onnx", Path(folder) / "build", engine="dense", weight_bits=6,
                                   layers={"layer1": {"pe": 4}}, readout={"vote": "sum"})
            self.assertEqual(build.report()["stages"][0]["kind"], "dense")
            flat = np.load(WILD / "spike-count.input.npy").reshape(2, 64, 12)
            run = build.simulate(flat.astype(np.float16), layout="NTF", samples=1, ticks=8)
            self.assertEqual(run["logits"].shape, (1, 8, 5))
            first = build.simulate(flat.transpose(1, 0, 2), layout="TNF", samples=1, ticks=8)
            np.testing.assert_array_equal(run["logits"], first["logits"])
            verified = build.verify(flat, layout="NTF", samples=1, ticks=4, simulators=["icarus"])
            self.assertTrue(verified["equal"])
            self.assertTrue(any(path.name.endswith("_core.v") for path in build.verilog()))
            again = spikec.open_build(Path(folder) / "build")
            np.testing.assert_array_equal(again.simulate(flat, layout="NTF", samples=1, ticks=8)["class"], run["class"])

    def test_calibration_of_an_integrator(self):
        with tempfile.TemporaryDirectory() as folder:
            spikes, path = WILD / "li-readout.input.npy", Path(folder) / "calibration.json"
            measured = spikec.calibrate(WILD / "li-readout.onnx", spikes, path)
            self.assertIn("li", [state["state"] for state in measured["states"]])
            build = spikec.compile(WILD / "li-readout.onnx", calibration=path)
            reference = build.simulate(spikes, simulator="reference")
            np.testing.assert_allclose(reference["logits"], expected("li-readout")["logits"], rtol=1e-5, atol=1e-5)
            np.testing.assert_array_equal(build.simulate(spikes)["class"], expected("li-readout")["classes_last"])

    def test_evaluation(self):
        build = self.build
        report = build.evaluate(WILD / "spike-count.input.npy", build.simulate(WILD / "spike-count.input.npy")["class"])
        self.assertEqual(report["readouts"][0]["accuracy"], 1)

    def test_errors_hold_what_the_command_says(self):
        with self.assertRaises(spikec.SpikecError) as refused:
            spikec.compile(WILD / "refuse-ternary.onnx")
        self.assertEqual(refused.exception.codes, ["onnx-not-spikes"])
        self.assertIn("hint: spikes are 0 or 1", str(refused.exception))
        with self.assertRaises(spikec.SpikecError) as unknown:
            spikec.compile(WILD / "spike-count.onnx", engin="dense")
        self.assertIn("did you mean 'engine'?", str(unknown.exception))
        with self.assertRaises(FileNotFoundError):
            spikec.open_build(WILD)

    def test_warnings_are_warnings(self):
        build = self.build
        with warnings.catch_warnings():
            warnings.simplefilter("error", spikec.SpikecWarning)
            with self.assertRaisesRegex(spikec.SpikecWarning, "read as"):
                build.simulate(np.zeros((70, 3, 12), dtype=np.uint8))

    def test_a_build_without_a_name_goes_with_its_object(self):
        build = spikec.compile(WILD / "spike-count.onnx")
        path = build.path
        self.assertTrue(path.exists())
        del build
        self.assertFalse(path.exists())


if __name__ == "__main__":
    unittest.main()
