"""One tick of a live module as an ONNX step graph: its states are found, and become inputs X with outputs X_next."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from spikec.spikingjelly import written_out

_States = dict  # name -> tensor, in order


def export(
    module: Any,
    example: Any,
    path: str | Path,
    *,
    states: Mapping[str, Any] | None = None,
    input_name: str = "spikes",
    outputs: Sequence[str] | None = None,
    opset: int = 17,
) -> list[str]:
    """
    Writes one tick of a module in PyTorch as ONNX, float32 or float64 as the module is. `example`: one tick's spikes of
    one sample, (1, C, H, W) or (1, N). What the states are is found:

    - `states={"m1": zeros, ...}`: the module is called module(spikes, m1, ...) and gives (outputs ..., m1, ...) of the
      next tick, as a step written by hand does (snnTorch with `init_hidden=False`, plain PyTorch);
    - else, where module(spikes) gives (output, state), the state in tuples or lists of tensors, and takes it as its second
      argument (Norse's cells and SequentialState);
    - else the tensors that the module and its parts keep from call to call (SpikingJelly in single-step mode, snnTorch with
      `init_hidden=True`).

    Modules with quantised layers of Brevitas are written as QONNX. Names: states as they are called here, or by where the
    module keeps them ("lif1.mem"); outputs "out", "out1", ... or as `outputs` says. Gives the names of the states.
    Raises ValueError where the example has another batch than 1, or no state is found.
    """
    import torch

    if example.dim() < 2 or example.shape[0] != 1:
        raise ValueError(f"the example must be one sample of one tick, (1, C, H, W) or (1, N), not {tuple(example.shape)}")
    module.eval()
    with torch.no_grad(), written_out(module):
        if states is not None:
            step, found = _given(torch, module, states)
        else:
            step, found = _returned(torch, module, example) or _kept(torch, module, example)
        if not found:
            raise ValueError("no state was found: give states={'name': tensor of zeros}, or let the module keep them")
        results = step(example, *found.values())
    count = len(results) - len(found)
    names = list(outputs) if outputs is not None else ["out", *(f"out{i}" for i in range(1, count))][:count]
    if len(names) != count:
        raise ValueError(f"the module gives {count} outputs, {len(names)} names were given")
    ports = {
        "input_names": [input_name, *found],
        "output_names": [*names, *(f"{name}_next" for name in found)],
        "opset_version": opset,
        "dynamo": False,
    }
    inputs = (example, *found.values())
    with written_out(module):
        if any(type(part).__module__.startswith("brevitas") for part in module.modules()):
            from brevitas.export import export_qonnx

            export_qonnx(step, args=inputs, export_path=str(path), **ports)
        else:
            torch.onnx.export(step, inputs, str(path), **ports)
    return list(found)


def _step(torch: Any, module: Any, forward: Callable[..., Any]) -> Any:
    """A module of pure values: forward(spikes, *states) gives all outputs, then the states of the next tick."""

    class Step(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, spikes: Any, *states: Any) -> Any:
            return forward(spikes, *states)

    return Step().eval()


def _outputs(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (tuple, list)) else [value]


def _given(torch: Any, module: Any, states: Mapping[str, Any]) -> tuple[Any, _States]:
    """States that the caller names: the last values that the module gives are their next ones."""

    def forward(spikes: Any, *values: Any) -> Any:
        given = _outputs(module(spikes, *values))
        if len(given) <= len(values):
            raise ValueError(f"the module gives {len(given)} values, {len(values)} of them states: no output is left")
        return tuple(given)

    return _step(torch, module, forward), dict(states)


def _returned(torch: Any, module: Any, example: Any) -> tuple[Any, _States] | None:
    """A state that the module gives beside its output, and takes as its second argument."""
    from torch.utils._pytree import tree_flatten_with_path, tree_unflatten

    given = module(example)
    if not isinstance(given, tuple) or len(given) != 2 or isinstance(given[1], torch.Tensor):
        return None
    leaves, shape = tree_flatten_with_path(given[1])
    kept = [i for i, (_, leaf) in enumerate(leaves) if isinstance(leaf, torch.Tensor)]
    if not kept:
        return None
    names = _unique(["state" + "".join(_key(key) for key in leaves[i][0]) for i in kept])
    zeros = {name: torch.zeros_like(leaves[i][1]) for name, i in zip(names, kept)}

    def forward(spikes: Any, *values: Any) -> Any:
        filled = [leaf for _, leaf in leaves]
        for i, value in zip(kept, values):
            filled[i] = value
        output, state = module(spikes, tree_unflatten(filled, shape))
        after, _ = tree_flatten_with_path(state)
        return (*_outputs(output), *(after[i][1] for i in kept))

    return _step(torch, module, forward), zeros


def _key(key: Any) -> str:
    for attribute in ("name", "key", "idx"):
        if hasattr(key, attribute):
            return f".{getattr(key, attribute)}"
    return f".{key}"


class _Kept:
    """A tensor that a part of a module keeps from call to call, wherever the framework puts it."""

    def __init__(self, name: str, owner: Any, key: str):
        self.name, self.owner, self.key = name, owner, key

    def _place(self) -> dict:
        for place in (getattr(self.owner, "_memories", {}), self.owner._buffers, self.owner.__dict__):
            if self.key in place:
                return place
        return self.owner.__dict__

    def get(self) -> Any:
        return self._place().get(self.key)

    def put(self, value: Any) -> None:
        self._place()[self.key] = value


def _kept(torch: Any, module: Any, example: Any) -> tuple[Any, _States]:
    """The tensors that a call leaves behind and a later call reads."""
    before = {(k.name, k.key): _copy(torch, k.get()) for k in _slots(torch, module)}
    first = _outputs(module(example))
    slots = _slots(torch, module)
    after = [_copy(torch, slot.get()) for slot in slots]
    written = [
        slot
        for slot, value in zip(slots, after)
        if value is not None
        and value.is_floating_point()
        and (value.dim() > 0 and value.shape[0] == 1)
        and _differs(torch, before.get((slot.name, slot.key)), value)
    ]
    written = [slot for slot in written if _is_read(torch, module, example, written, slot)]
    names = _unique([f"{slot.name}.{slot.key}" if slot.name else slot.key for slot in written])
    zeros = {name: torch.zeros_like(slot.get()) for name, slot in zip(names, written)}
    count = len(first)

    def forward(spikes: Any, *values: Any) -> Any:
        for slot, value in zip(written, values):
            slot.put(value)
        given = _outputs(module(spikes))[:count]
        return (*given, *(slot.get() for slot in written))

    return _step(torch, module, forward), zeros


def _slots(torch: Any, module: Any) -> list[_Kept]:
    """Every tensor of a module and its parts that is no parameter."""
    found = []
    for name, part in module.named_modules():
        places = [getattr(part, "_memories", {}), part._buffers, part.__dict__]
        keys = dict.fromkeys(key for place in places for key, value in place.items() if isinstance(value, torch.Tensor))
        found += [_Kept(name, part, key) for key in keys]
    return found


def _copy(torch: Any, value: Any) -> Any:
    return value.detach().clone() if isinstance(value, torch.Tensor) else None


def _differs(torch: Any, before: Any, now: Any) -> bool:
    return before is None or before.shape != now.shape or not torch.equal(before, now) or bool((now == 0).all())


def _is_read(torch: Any, module: Any, example: Any, all_slots: Sequence[_Kept], slot: _Kept) -> bool:
    """Whether another value of a slot changes what a call gives or leaves in the others, or in itself."""

    def called(value: Any) -> list[Any]:
        for each, kept in zip(all_slots, start):
            each.put(kept.clone())
        slot.put(value)
        given = [_copy(torch, out) for out in _outputs(module(example))]
        return given + [_copy(torch, each.get()) for each in all_slots]

    start = [torch.zeros_like(each.get()) for each in all_slots]
    one, other = called(torch.zeros_like(slot.get())), called(torch.full_like(slot.get(), 0.3125))
    for each, kept in zip(all_slots, start):
        each.put(kept)
    return any(a is not None and not torch.equal(a, b) for a, b in zip(one, other))


def _unique(names: Sequence[str]) -> list[str]:
    """Names without what ONNX tools trip over, each once."""
    clean = [re.sub(r"[^A-Za-z0-9_.]+", "_", name).strip(".") for name in names]
    return [name if clean.count(name) == 1 else f"{name}_{i}" for i, name in enumerate(clean)]
