"""
    main.py make FOLDER SEED...   the networks of these seeds, each as SEED.onnx and SEED.json
    main.py run NETWORK CASE      what a network does on a case's events; rewrites `expected` of the case
"""

import json
import sys
from pathlib import Path

import onnx

import interpret
from network import network

ATTEMPTS = 4


def write(path, case):
    path.write_text(json.dumps(case))


def liveliness(expected):
    """How many of the layers send spikes and silences."""
    rates = [sum(layer["spikes"]["num"]) / len(layer["spikes"]["num"]) for layer in expected["layers"]]
    return sum(0 < rate < 1 for rate in rates) / len(rates)


def liveliest(seed, path):
    """Of some networks of a seed the first whose layers all live, else the liveliest: its case, its file at `path`."""
    best = None
    for attempt in range(ATTEMPTS):
        model, case = network(seed, attempt)
        onnx.save(model, path)
        # What the file says, not what the generator meant.
        case = {**case, "expected": interpret.run(onnx.load(path), case)}
        live = liveliness(case["expected"])
        if best is None or live > best[0]:
            best = (live, model, case)
        if live == 1:
            break
    _, model, case = best
    onnx.save(model, path)
    return case


def make(folder, seeds):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        write(folder / f"{seed}.json", liveliest(int(seed), folder / f"{seed}.onnx"))
        print(seed, flush=True)


def rerun(network_path, case_path):
    case = json.loads(Path(case_path).read_text())
    write(Path(case_path), {**case, "expected": interpret.run(onnx.load(network_path), case)})


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    {"make": lambda: make(rest[0], rest[1:]), "run": lambda: rerun(*rest)}[command]()
