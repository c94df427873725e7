"""The command line that does the work: where it is, and what it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any, Sequence

from spikec.errors import SpikecError, SpikecWarning, diagnostics_of

_CHECKOUT = Path(__file__).resolve().parents[2] / "dist" / "cli" / "main.js"


def command() -> list[str]:
    """
    How spikec is called: `SPIKEC` in the environment (a program, or a checkout's dist/cli/main.js), else `spikec` on the
    PATH, else the checkout that this package lies in. Raises SpikecError where there is none, or no Node.
    """
    said = os.environ.get("SPIKEC")
    found = said or shutil.which("spikec") or (str(_CHECKOUT) if _CHECKOUT.exists() else None)
    if found is None:
        raise SpikecError(
            [],
            "spikec is not there: run `make setup` in its checkout and set SPIKEC=<checkout>/dist/cli/main.js, "
            "or put a program `spikec` on the PATH",
        )
    if not found.endswith((".js", ".mjs")):
        return [found]
    node = shutil.which("node")
    if node is None:
        raise SpikecError([], "node is not there: spikec needs Node 20 or later (https://nodejs.org)")
    return [node, found]


def run(arguments: Sequence[str], accept: Sequence[int] = (0,)) -> Any:
    """
    Runs a command with `--json` and gives its report; warnings go to `warnings.warn`. Raises SpikecError with all
    diagnostics where it ends with another code than those accepted, or gives no report.
    """
    called = [*command(), "--json", *arguments]
    try:
        ended = subprocess.run(called, capture_output=True, text=True, check=False)
    except OSError as error:
        raise SpikecError([], f"{called[0]} does not start: {error}") from error
    try:
        document = json.loads(ended.stdout)
    except json.JSONDecodeError as error:
        said = (ended.stderr or ended.stdout).strip()[-2000:]
        raise SpikecError([], f"spikec gave no JSON (exit code {ended.returncode}): {said}") from error
    diagnostics = diagnostics_of(document)
    if "report" not in document or ended.returncode not in accept:
        raise SpikecError(diagnostics)
    for diagnostic in diagnostics:
        if diagnostic.severity != "note":
            warnings.warn(str(diagnostic), SpikecWarning, stacklevel=4)
    return document["report"]


def version() -> str:
    """The version of the command line that is called."""
    return subprocess.run([*command(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
