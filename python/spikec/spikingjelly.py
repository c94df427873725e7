"""SpikingJelly's neurons written out: since version 2 a tick of one is an operator of its own, which ONNX has not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator


def _fire(v: Any, v_threshold: float, v_reset: float | None) -> tuple[Any, Any]:
    spike = (v >= v_threshold).to(v.dtype)
    return spike, v - v_threshold * spike if v_reset is None else v * (1 - spike) + v_reset * spike


def _if_step(x: Any, v: Any, v_threshold: float, v_reset: float | None, *_: Any) -> tuple[Any, Any]:
    return _fire(v + x, v_threshold, v_reset)


def _lif_step(
    x: Any, v: Any, tau: float, decay_input: bool, v_threshold: float, v_reset: float | None, *_: Any
) -> tuple[Any, Any]:
    rest = 0.0 if v_reset is None else v_reset
    v = v + (rest - v + x) / tau if decay_input else v + (rest - v) / tau + x
    return _fire(v, v_threshold, v_reset)


@contextmanager
def written_out(module: Any) -> Iterator[None]:
    """While it lasts, a module's IF and LIF nodes of SpikingJelly compute in operators that ONNX has."""
    if not any(type(part).__module__.startswith("spikingjelly") for part in module.modules()):
        yield
        return
    from spikingjelly.activation_based import functional

    steps = {name: step for name, step in (("if_step", _if_step), ("lif_step", _lif_step)) if hasattr(functional, name)}
    own = {name: getattr(functional, name) for name in steps}
    try:
        for name, step in steps.items():
            setattr(functional, name, step)
        yield
    finally:
        for name, step in own.items():
            setattr(functional, name, step)
