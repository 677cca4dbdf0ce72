"""The few functions of the standard library whose results follow from their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aura_core.linking import patterns
from aura_core.linking.containers import each
from aura_core.linking.values import CONTAINERS, TYPES, Ref

if TYPE_CHECKING:
    from aura_core.linking.questions import Questions
    from aura_core.linking.summaries import SourceFile

SAME = frozenset({
    "copy.copy", "copy.deepcopy", "builtins.sorted", "builtins.reversed", "builtins.iter", "functools.partial", "builtins.aiter",
    "functools.partialmethod", "contextlib.closing", "contextlib.aclosing", "contextlib.nullcontext", "weakref.proxy",
})  # fmt: skip
"""Functions whose result is, for a caller, their first argument."""

ELEMENT = frozenset({"builtins.next", "builtins.max", "builtins.min", "builtins.anext", "random.choice"})
"""Functions that give an element of their first argument."""


def external(evaluator: Questions, dotted: str, file: SourceFile, scope: int, row: Any, depth: int) -> list[Ref]:
    """What a call of something outside the tree gives."""
    arguments = row[2]
    first = evaluator.evaluate(file, scope, arguments[0], depth) if arguments else ()
    if dotted in SAME:
        return list(first)
    if dotted in ELEMENT:
        return [r for v in first for r in each(evaluator, v, depth)]
    if dotted in ("typing.cast", "typing_extensions.cast"):
        return evaluator.instances(file, scope, arguments[0], depth) if arguments else []
    if dotted == "builtins.map":
        return [("n", "generator", tuple(dict.fromkeys(r for f in first if f[0] in "fc" for r in evaluator.call(f, depth - 1))))]
    if dotted in ("builtins.filter", "builtins.enumerate", "builtins.zip"):
        source = evaluator.evaluate(file, scope, arguments[-1], depth) if arguments else ()
        found = tuple(dict.fromkeys(r for v in source for r in each(evaluator, v, depth)))
        return [("n", "generator", found if dotted.endswith("filter") else (("n", "tuple", found),))]
    if dotted == "builtins.type" and len(arguments) == 1:
        return [("c", r[1], r[2], r[3]) for r in first if r[0] == "i"]
    if dotted == "builtins.getattr" and len(arguments) > 1:
        names = [n[1] for n in evaluator.evaluate(file, scope, arguments[1], depth) if n[0] == "k" and isinstance(n[1], str)]
        fits: list[Ref] = [r for v in first for name in names for r in evaluator.attribute(v, name, depth - 1)]
        fits += patterns.methods(evaluator, file, scope, row, depth)
        return fits + [r for e in arguments[2:] for r in evaluator.evaluate(file, scope, e, depth)]
    module, _, kind = dotted.rpartition(".")
    if kind in CONTAINERS and module in ("builtins", "collections"):
        found = tuple(dict.fromkeys(r for v in first for r in each(evaluator, v, depth)))
        return list(first) if kind == "dict" and first else [("n", kind, found)]
    if module == "builtins" and kind in TYPES and kind not in ("object", "super", "type", "property", "staticmethod", "classmethod"):
        return [("t", kind)]
    return list(evaluator.call(("x", dotted), depth)) if len(dotted) < 80 else []
