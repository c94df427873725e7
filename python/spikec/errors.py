"""What spikec says: diagnostics, as errors and as warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence


@dataclass(frozen=True)
class Diagnostic:
    """One message: its severity, its code, what was found, what would work, and where."""

    severity: str
    code: str
    text: str
    hint: str | None
    place: Mapping[str, Any]

    def __str__(self) -> str:
        parts = [str(self.place["file"])] if "file" in self.place else []
        if "line" in self.place:
            parts[-1:] = [f"{parts[-1] if parts else ''}:{self.place['line']}"]
        if "node" in self.place:
            parts.append(f"node {self.place['node']}")
        if "name" in self.place:
            parts.append(f"'{self.place['name']}'")
        where = f" {' '.join(parts)}" if parts else ""
        hint = "" if self.hint is None else f"\n  hint: {self.hint}"
        return f"{self.severity}[{self.code}]{where}: {self.text}{hint}"


def diagnostics_of(document: Mapping[str, Any]) -> list[Diagnostic]:
    """The diagnostics of a JSON document that a command printed."""
    return [
        Diagnostic(d["severity"], d["code"], d["text"], d.get("hint"), d.get("loc", {}))
        for d in document.get("diagnostics", [])
    ]


class SpikecError(Exception):
    """A command that failed. `diagnostics`: all that it said; `codes`: those of its errors."""

    def __init__(self, diagnostics: Sequence[Diagnostic], text: str | None = None):
        self.diagnostics = list(diagnostics)
        errors = [d for d in self.diagnostics if d.severity == "error"]
        self.codes = [d.code for d in errors]
        super().__init__(text or "\n".join(str(d) for d in errors) or "spikec failed without a word")


class SpikecWarning(UserWarning):
    """A warning of the compiler: the result stands, and something of it may not be what was meant."""
