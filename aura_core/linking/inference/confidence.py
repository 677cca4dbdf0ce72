"""Whether names, imports and classes alone say what an expression is."""

from __future__ import annotations

from typing import Any

from aura_core.linking.inference.evaluator import Evaluator
from aura_core.linking.inference.state import DEPTH
from aura_core.linking.source_file import SourceFile
from aura_core.model.graph import Resolution
from aura_core.parsing.python.ir import (
    B_CLASS,
    B_FROM,
    B_FUNCTION,
    B_IMPORT,
    B_PARAM,
    E_ATTR,
    E_BOUND,
    E_IN,
    E_NAME,
    E_SUPER,
    P_CLS,
    P_SELF,
)  # fmt: skip

DEFINING = frozenset({B_FUNCTION, B_CLASS, B_FROM, B_IMPORT})
"""Bindings that say by themselves what a name is."""


def certainty(evaluator: Evaluator, file: SourceFile, scope: int, callee: int, refs: Any) -> Resolution:
    """``exact`` when names, imports and classes alone say what is called, and it is one thing."""
    row = file.exprs[callee]
    if len(refs) != 1 or row is None:
        return Resolution.INFERRED
    sure = (
        _declared(evaluator, file, scope, row)
        if row[0] == E_ATTR
        else row[0] in (E_NAME, E_BOUND, E_IN) and _named(file, scope, callee)
    )
    return Resolution.EXACT if sure else Resolution.INFERRED


def receives(file: SourceFile, scope: int, place: int) -> bool:
    """Whether an expression is the first parameter of a method, which the call binds."""
    bindings = bindings_of(file, scope, place)
    return bool(bindings) and len(bindings) == 1 and bindings[0][0] == B_PARAM and bindings[0][3] in (P_SELF, P_CLS)


def bindings_of(file: SourceFile, scope: int, place: int) -> Any:
    """The bindings that a name stands for, wherever it is read; None when this file has none, or the expression is no
    name.
    """
    row = file.exprs[place]
    while row is not None and row[0] == E_IN:
        scope, row = row[1], file.exprs[row[2]]
    return file.meant(scope, row) if row is not None else None


def _declared(evaluator: Evaluator, file: SourceFile, scope: int, row: Any) -> bool:
    """Whether an attribute is one of a module, or a function of a class that is named, or that ``self``, ``cls`` or
    ``super()`` stands for.
    """
    base = file.exprs[row[1]]
    if base is None:
        return False
    values = evaluator.evaluate(file, scope, row[1], DEPTH)
    if len(values) != 1:
        return False
    kind = values[0][0]
    own = base[0] == E_SUPER or receives(file, scope, row[1])
    if not own and (kind not in "cmx" or certainty(evaluator, file, scope, row[1], values) is not Resolution.EXACT):
        return False
    if kind not in "cis":
        return kind in "mx"
    found = evaluator.lookup(values[0], row[2])
    return bool(found or values[0][-1]) and all(
        kind == "x" or (kind == "b" and len(what) == 1 and what[0][0] in DEFINING) for kind, _, _, what in found
    )


def _named(file: SourceFile, scope: int, place: int) -> bool:
    bindings = bindings_of(file, scope, place)
    return bindings is None or (len(bindings) == 1 and bindings[0][0] in DEFINING)
