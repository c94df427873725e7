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


def write(path, case):
    path.write_text(json.dumps(case))


def make(folder, seeds):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        model, case = network(int(seed))
        onnx.save(model, folder / f"{seed}.onnx")
        # What the file says, not what the generator meant.
        model = onnx.load(folder / f"{seed}.onnx")
        write(folder / f"{seed}.json", {**case, "expected": interpret.run(model, case)})
        print(seed, flush=True)


def rerun(network_path, case_path):
    case = json.loads(Path(case_path).read_text())
    write(Path(case_path), {**case, "expected": interpret.run(onnx.load(network_path), case)})


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    {"make": lambda: make(rest[0], rest[1:]), "run": lambda: rerun(*rest)}[command]()
