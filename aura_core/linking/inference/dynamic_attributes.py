"""Infers attributes whose names are put together at run time: ``getattr(self, "do_" + name)`` means any member whose
name begins with ``do_``.
"""

from __future__ import annotations

from typing import Final

from aura_core.linking.dependency_keys import KEY_MEMBERS
from aura_core.linking.inference.members import tree_classes
from aura_core.linking.inference.state import InferenceState
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import V_FUNCTION, FunctionRef, Receiver, Ref, functions_in, is_receiver, with_exactness
from aura_core.parsing.python import ir

MAX_MATCHES: Final = 64
"""When more members than this match a name, none is taken."""

MIN_KNOWN: Final = 2
"""Fewest characters that must be known of a name."""

MAX_BINDINGS: Final = 3
"""Longest chain of names that is followed to the text that one of them is bound to."""

BY_NAME: Final = 2
"""The exactness of a receiver whose method was found by its name alone; it may be of a subclass too."""

Affixes = tuple[str, str]
"""``start, end``: how a name starts and ends."""


def known_affixes(file: SourceFile, scope: int, place: int, depth: int = MAX_BINDINGS) -> Affixes | None:
    """Return how the text of an expression starts and ends; None when fewer than ``MIN_KNOWN`` characters are known."""
    row = file.exprs[place] if place else None
    affixes = _affixes(file, scope, row, depth) if row is not None and depth else None
    return affixes if affixes is not None and len("".join(affixes)) >= MIN_KNOWN else None


def _affixes(file: SourceFile, scope: int, row: ir.Expr, depth: int) -> Affixes | None:
    # an f-string, or a text that the parser has put together already
    if row[0] == ir.E_TYPE and len(row) == 4:
        _, _, start, end = row
        return start, end
    if ir.is_operator(row):
        _, _, method, right = row
        text = _text(file, right) if method == "__add__" else None
        return ("", text) if text is not None else None
    if ir.is_call(row):
        _, callee, _, _ = row
        return _formatted_affixes(file, file.exprs[callee])
    if row[0] == ir.E_BOUND and len(row) == 3:
        _, name, place = row
        binding = file.bindings(scope, name)[place]
        if ir.is_value_binding(binding):
            _, value = binding
            return known_affixes(file, scope, value, depth - 1)
    return None


def _formatted_affixes(file: SourceFile, callee: ir.Expr | None) -> Affixes | None:
    """Return how the result of ``"start{}end".format`` starts and ends; None for any other callee."""
    if not ir.is_attribute(callee):
        return None
    _, base, method = callee
    text = _text(file, base) if method == "format" else None
    if text is None or "{" not in text:
        return None
    start, _, _ = text.partition("{")
    _, _, end = text.rpartition("}")
    return start, end


def _text(file: SourceFile, place: int) -> str | None:
    """Return the text that an expression is as it is written; None for anything else."""
    row = file.exprs[place]
    if not ir.is_literal(row):
        return None
    _, value = row
    return value if isinstance(value, str) else None


def matching_members(state: InferenceState, base: Receiver, affixes: Affixes) -> list[str]:
    """Return the names of the members of a class of the tree that match, sorted; none when they are too many."""
    _, path, _, _ = base
    return state.memoize(path, ("N", base, affixes), _matching_members, state, base, affixes)


def _matching_members(state: InferenceState, base: Receiver, affixes: Affixes) -> list[str]:
    start, end = affixes
    names: set[str] = set()
    for file, qualname in tree_classes(state, base):
        state.read(KEY_MEMBERS, file.path, qualname)
        state.spend(len(file.members(qualname)))
        names.update(
            name
            for name in file.members(qualname)
            # at least one character between: ``"do_" + name`` does not mean ``do_`` itself
            if name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end)
        )
    return sorted(names) if len(names) <= MAX_MATCHES else []


def _matching_methods(state: InferenceState, base: Ref, affixes: Affixes, depth: int) -> list[FunctionRef]:
    """Return the methods of a value whose names match; their receivers get the exactness ``BY_NAME``."""
    if not is_receiver(base):
        return []
    out: list[FunctionRef] = []
    for name in matching_members(state, base, affixes):
        for _, path, place, receiver, *_ in functions_in(state.attribute(base, name, depth)):
            if receiver is not None:
                out.append((V_FUNCTION, path, place, with_exactness(receiver, BY_NAME)))
    return out


def infer_getattr(
    state: InferenceState, file: SourceFile, scope: int, row: ir.CallExpr, depth: int
) -> list[FunctionRef]:
    """Return what a call of ``getattr`` may return, by the start and the end of the name; nothing when the name is
    known.
    """
    _, _, arguments, _ = row
    if len(arguments) < 2:
        return []
    base, name, *_ = arguments
    affixes = known_affixes(file, scope, name)
    if affixes is None:
        return []
    values = state.infer(file, scope, base, depth)
    return [r for value in values for r in _matching_methods(state, value, affixes, depth - 1)]
