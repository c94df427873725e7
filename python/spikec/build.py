"""Builds: compiled networks, run and verified."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence, Union

import numpy as np

from spikec import cli

Spikes = Union[np.ndarray, str, Path]


def _camel(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(word.capitalize() for word in others)


def _keys(value: Any, names_below: bool = False) -> Any:
    """Keys of spikec.yaml, also as Python writes them; the names of layers stay as they are."""
    if not isinstance(value, Mapping):
        return str(value) if isinstance(value, Path) else value
    return {
        (key if names_below else _camel(key)): _keys(each, names_below=_camel(key) == "layers" and not names_below)
        for key, each in value.items()
    }


@contextmanager
def _config(options: Mapping[str, Any]) -> Iterator[list[str]]:
    """A configuration file of options while a command reads it."""
    if not options:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="spikec-") as folder:
        path = Path(folder) / "spikec.yaml"
        path.write_text(json.dumps(_keys(options)))
        yield ["--config", str(path)]


@contextmanager
def _input(spikes: Spikes) -> Iterator[str]:
    """A .npy file of spikes while a command reads it."""
    if isinstance(spikes, (str, Path)):
        yield str(spikes)
        return
    array = np.ascontiguousarray(np.asarray(spikes))
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    with tempfile.TemporaryDirectory(prefix="spikec-") as folder:
        path = Path(folder) / "input.npy"
        np.save(path, array.astype(array.dtype.newbyteorder("<")))
        yield str(path)


def _limits(layout: str | None, samples: int | None, ticks: int | None) -> list[str]:
    given = {"--layout": layout, "--samples": samples, "--ticks": ticks}
    return [word for flag, value in given.items() if value is not None for word in (flag, str(value))]


class Build:
    """
    A compiled network in a folder: Verilog, simulators, reports. `path` is that folder; one that nobody named is removed
    with the object.
    """

    def __init__(self, path: str | Path, *, _owned: str | None = None):
        self.path = Path(path)
        if _owned is not None:
            weakref.finalize(self, shutil.rmtree, _owned, ignore_errors=True)

    def __repr__(self) -> str:
        return f"Build({str(self.path)!r})"

    def simulate(
        self,
        spikes: Spikes,
        *,
        simulator: str = "wasm",
        record: Sequence[str] = ("spikes", "states", "readout"),
        layout: str | None = None,
        samples: int | None = None,
        ticks: int | None = None,
    ) -> dict[str, np.ndarray]:
        """
        Runs the network on spikes: zeros and ones, (sample, tick, C, H, W) or as `layout` says ("NTF", "TNCHW", ...), or
        integers that are each a tick's one cell. `simulator`: "golden", "wasm" (equal, quicker), "reference" (float64),
        "verilator", "icarus"; `record`: "spikes", "states", "readout", "final-states", "cycles".

        Gives arrays by name: "<layer>.spikes" (sample, tick, C, H, W) uint8; states by their names, in units of their
        formats; of the readout "logits" (sample, tick, class), "tick_class" (sample, tick), "class" (sample), each as
        "<readout>.logits" and so on where there are several readouts.
        """
        with _input(spikes) as path, tempfile.TemporaryDirectory(prefix="spikec-") as folder:
            output = Path(folder) / "run"
            flags = ["--simulator", simulator, "--record", ",".join(record), "-o", str(output)]
            report = cli.run(["simulate", str(self.path), "--input", path, *flags, *_limits(layout, samples, ticks)])
            several = len({a["of"] for a in report["arrays"] if a["kind"] == "class"}) > 1
            return {_name_of(a, several): np.load(output / a["file"]) for a in report["arrays"]}

    def verify(
        self,
        spikes: Spikes,
        *,
        simulators: Sequence[str] = ("verilator",),
        layout: str | None = None,
        samples: int | None = None,
        ticks: int | None = None,
        pauses: bool = False,
    ) -> dict[str, Any]:
        """
        Holds the Verilog against the integers: every spike, state, logit, class and vote. Gives the report; its
        "equal" says whether all simulators ("verilator", "icarus") did the same. Needs them installed.
        """
        with _input(spikes) as path:
            flags = ["--simulators", ",".join(simulators), *(["--pauses"] if pauses else [])]
            arguments = ["verify", str(self.path), "--input", path, *flags, *_limits(layout, samples, ticks)]
            report = cli.run(arguments, accept=(0, 1))
        return {**report, "equal": all(each["equal"] for each in report["simulators"])}

    def evaluate(self, spikes: Spikes, labels: Union[np.ndarray, str, Path], *, layout: str | None = None) -> dict[str, Any]:
        """Accuracy, confusion and spike rates on samples whose classes are known: `labels` (sample)."""
        with _input(spikes) as path, _input(labels) as classes:
            return cli.run(
                ["evaluate", str(self.path), "--input", path, "--labels", classes, *_limits(layout, None, None)]
            )

    def report(self) -> dict[str, Any]:
        """What the compiler says of the design: cycles, resources, what it changed and by how much (report.json)."""
        return json.loads((self.path / "report.json").read_text())

    def verilog(self) -> list[Path]:
        """The Verilog files, for a synthesis of your own."""
        return sorted((self.path / "rtl").glob("*.v"))


def _name_of(array: Mapping[str, Any], several: bool) -> str:
    kind, of = array["kind"], array["of"]
    if kind == "state":
        return of
    return kind if kind in ("logits", "tick_class", "class") and not several else f"{of}.{kind}"


def compile(path: str | Path, output: str | Path | None = None, *, force: bool = False, **options: Any) -> Build:
    """
    Compiles a checkpoint (ONNX, QONNX, DCLL, DECOLLE) to Verilog. `options` are the keys of spikec.yaml
    (docs/configuration.md), also in Python's spelling: engine="event", weight_bits=6, readout={"vote": "sum"},
    layers={"layer1": {"taps": "patch"}}. Without `output` the build lies in a folder of its own until it is collected.
    """
    owned = tempfile.mkdtemp(prefix="spikec-build-") if output is None else None
    folder = Path(output or "") if owned is None else Path(owned) / "build"
    try:
        with _config(options) as config:
            cli.run(["compile", str(path), "-o", str(folder), *config, *(["--force"] if force else [])])
    except BaseException:
        if owned is not None:
            shutil.rmtree(owned, ignore_errors=True)
        raise
    return Build(folder, _owned=owned)


def calibrate(
    path: str | Path, spikes: Spikes, output: str | Path, *, layout: str | None = None, **options: Any
) -> dict[str, Any]:
    """
    Measures a checkpoint in floats on spikes of yours: the ranges of its states (an integrator without leak has no other
    bound) and where its weights are clipped. Writes the calibration to `output`, which `compile` takes as
    `calibration=output`; gives what was measured.
    """
    with _input(spikes) as given, _config(options) as config:
        arguments = ["calibrate", str(path), "--input", given, "-o", str(output), *config]
        return cli.run([*arguments, *_limits(layout, None, None)])


def open_build(path: str | Path) -> Build:
    """A build that was compiled before, held to its manifest whenever it is used."""
    if not (Path(path) / "manifest.json").exists():
        raise FileNotFoundError(f"{path} is no build of spikec: it has no manifest.json")
    return Build(path)
