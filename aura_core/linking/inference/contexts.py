"""Knows the context managers of ``contextlib`` that stand around another value, and what ``with`` binds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aura_core.linking.inference.containers import iterate
from aura_core.linking.inference.state import InferenceState
from aura_core.linking.values import V_EXTERNAL_VALUE, V_GENERATOR, Ref, is_elements, is_instance

CLOSERS: Final = {"contextlib.closing": "close", "contextlib.aclosing": "aclose"}
"""Context managers that call nothing but this method of what they hold, at the end of the block."""

HOLDERS: Final = (*CLOSERS, "contextlib.nullcontext")
"""Context managers that hold a value, which ``with … as`` binds. They are containers of their own type here."""


def entered(state: InferenceState, value: Ref, depth: int) -> Sequence[Ref]:
    """Return what ``with … as`` binds."""
    # the generator of a ``@contextmanager`` function: ``with`` binds what it yields
    if value[0] == V_GENERATOR:
        return iterate(state, value, depth)
    if is_elements(value):
        _, kind, held_values, *_ = value
        return held_values if kind in HOLDERS else ()
    if not is_instance(value):
        return (value,) if value[0] == V_EXTERNAL_VALUE else ()
    methods = state.attribute(value, "__enter__", depth - 1) or state.attribute(value, "__aenter__", depth - 1)
    return [r for method in methods for r in state.call(method, depth - 1)]
