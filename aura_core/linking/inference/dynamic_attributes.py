"""Infers attributes whose names are put together at run time: ``getattr(self, "do_" + name)`` means any member whose
name begins with ``do_``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from aura_core.linking.dependency_keys import KEY_MEMBERS
from aura_core.linking.inference.members import tree_classes
from aura_core.linking.inference.names import infer_global
from aura_core.linking.inference.state import InferenceState
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_CLASS,
    V_FUNCTION,
    FunctionRef,
    Receiver,
    Ref,
    functions_in,
    is_receiver,
    with_exactness,
)
from aura_core.parsing.python import ir

MAX_MATCHES: Final = 64
"""When more members than this match a name, none is taken."""

MIN_KNOWN: Final = 2
"""Fewest characters that must be known of a name."""

MAX_STEPS: Final = 8
"""Longest chain of names, operators and methods that is followed to the texts which a name is put together from."""

CHANGES: Final[Mapping[str, Callable[[str], str]]] = {
    "lower": str.lower, "upper": str.upper, "casefold": str.casefold, "swapcase": str.swapcase, "title": str.title,
    "capitalize": str.capitalize, "strip": str.strip, "lstrip": str.lstrip, "rstrip": str.rstrip,
    "expandtabs": str.expandtabs,
}  # fmt: skip
"""Methods of a text, by what they make of its start and end."""

BY_NAME: Final = 2
"""The exactness of a receiver whose method was found by its name alone; it may be of a subclass too."""

Affixes = tuple[str, str]
"""``start, end``: how a name starts and ends."""


def known_affixes(file: SourceFile, scope: int, place: int) -> Affixes | None:
    """Return how the text of an expression starts and ends; None when fewer than ``MIN_KNOWN`` characters are known."""
    text = _text(file, scope, place, MAX_STEPS)
    return (text.start, text.end) if text is not None and len(text.start + text.end) >= MIN_KNOWN else None


class _Text(NamedTuple):
    """What is known of a text: how it starts and ends, or all of it (``is_whole``; then both are the text)."""

    start: str
    end: str
    is_whole: bool = False

    def changed(self, change: Callable[[str], str]) -> _Text:
        """Return what is known of it after a change that touches each character alone."""
        return _Text(change(self.start), change(self.end), self.is_whole)

    def followed_by(self, other: _Text) -> _Text:
        """Return what is known of the two texts, one after the other."""
        start = self.start + other.start if self.is_whole else self.start
        end = self.end + other.end if other.is_whole else other.end
        return _Text(start, end, self.is_whole and other.is_whole)


_UNKNOWN: Final = _Text("", "")


def _text(file: SourceFile, scope: int, place: int, steps: int) -> _Text | None:
    """Return what is known of the text that an expression stands for; None when it may be anything but a text."""
    row = file.exprs[place] if place and steps else None
    if row is None:
        return None
    if ir.is_literal(row):
        _, value = row
        return _Text(value, value, True) if isinstance(value, str) else None
    # an f-string, or a text that the parser has put together already
    if row[0] == ir.E_TYPE:
        if len(row) == 4:
            _, _, start, end = row
            return _Text(start, end)
        _, kind = row
        return _UNKNOWN if kind == "str" else None
    if ir.is_operator(row):
        return _text_of_operator(file, scope, row, steps - 1)
    if ir.is_call(row):
        return _text_of_call(file, scope, row, steps - 1)
    if ir.is_in_scope(row):
        _, inner, value = row
        return _text(file, inner, value, steps)
    bindings = file.meant(scope, row) or ()
    values = [value for _, value in filter(ir.is_value_binding, bindings)]
    return _text(file, scope, values.pop(), steps - 1) if len(values) == len(bindings) == 1 else None


def _text_of_operator(file: SourceFile, scope: int, row: ir.BinaryExpr, steps: int) -> _Text | None:
    """Return what is known of ``a + b`` and ``pattern % values``."""
    _, left_place, method, right_place = row
    left = _text(file, scope, left_place, steps)
    if method in ("__add__", "__iadd__"):
        right = _text(file, scope, right_place, steps)
        return (left or _UNKNOWN).followed_by(right or _UNKNOWN) if left or right else None
    if method == "__mod__" and left is not None and left.is_whole:
        start, _, _ = left.start.partition("%")
        _, _, end = left.end.rpartition("%")
        return _Text(start, end.lstrip("0123456789.")[1:])  # the letter of the conversion goes
    return None


def _text_of_call(file: SourceFile, scope: int, row: ir.CallExpr, steps: int) -> _Text | None:
    """Return what is known of what a method of a text returns."""
    _, callee, arguments, _ = row
    callee_row = file.exprs[callee]
    if not ir.is_attribute(callee_row):
        return None
    _, base, method = callee_row
    text = _text(file, scope, base, steps)
    if text is None:
        return None
    if method == "format" and text.is_whole and "{" in text.start:
        start, _, _ = text.start.partition("{")
        _, _, end = text.end.rpartition("}")
        return _Text(start, end)
    if method in CHANGES:
        return text.changed(CHANGES[method])
    if method == "replace" and len(arguments) > 1:
        old, new = (_text(file, scope, place, steps) for place in arguments[:2])
        if old is not None and new is not None and old.is_whole and new.is_whole:
            return text.changed(lambda part: part.replace(old.start, new.start))
    return None


def matching_members(state: InferenceState, base: Receiver, affixes: Affixes) -> list[str]:
    """Return the names of the members of a class of the tree that match, sorted; none when they are too many."""
    _, path, _, _ = base
    return state.memoize(path, ("N", base, affixes), _matching_members, state, base, affixes)


def _matching_members(state: InferenceState, base: Receiver, affixes: Affixes) -> list[str]:
    names: set[str] = set()
    for file, qualname in tree_classes(state, base):
        state.read(KEY_MEMBERS, file.path, qualname)
        state.spend(len(file.members(qualname)))
        names.update(name for name in file.members(qualname) if _matches(name, affixes))
    return sorted(names) if len(names) <= MAX_MATCHES else []


def named_in_module(state: InferenceState, file: SourceFile, affixes: Affixes, depth: int) -> list[Ref]:
    """Return the functions and classes of a module whose names match."""
    state.read(KEY_MEMBERS, file.path, "")
    names = sorted(name for name in file.members("") if _matches(name, affixes))
    values = [infer_global(state, file, name, depth) or () for name in (names if len(names) <= MAX_MATCHES else ())]
    return [r for refs in values for r in refs if r[0] in (V_FUNCTION, V_CLASS)]


def _matches(name: str, affixes: Affixes) -> bool:
    """Tell whether a name starts and ends so, with at least one character between: ``"do_" + name`` is not ``do_``."""
    start, end = affixes
    return name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end)


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
