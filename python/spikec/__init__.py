"""
spikec from Python: a spiking network in PyTorch to an ONNX step graph, to Verilog, and its runs as numpy arrays.

    spikec.export(net, example, "net.onnx")
    build = spikec.compile("net.onnx", engine="event")
    classes = build.simulate(spikes)["class"]

A thin layer over the command line: what is wrong is a `SpikecError` with the diagnostics of the compiler.
"""

from spikec.build import Build, calibrate, compile, open_build
from spikec.cli import version
from spikec.errors import Diagnostic, SpikecError, SpikecWarning
from spikec.exporting import export

__all__ = [
    "Build",
    "Diagnostic",
    "SpikecError",
    "SpikecWarning",
    "calibrate",
    "compile",
    "export",
    "open_build",
    "version",
]
