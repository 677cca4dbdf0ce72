"""What a class statement calls: its metaclass, ``__init_subclass__`` of the class above, ``__set_name__`` of what its
body assigns.
"""

from __future__ import annotations

from collections.abc import Iterator

from aura_core.linking.inference.evaluator import Evaluator
from aura_core.linking.inference.state import DEPTH
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import Ref
from aura_core.model.graph import Resolution
from aura_core.parsing.python.ir import B_FUNCTION, B_VALUE, E_CALL

META = ("__prepare__", "__new__", "__init__")
"""What a class statement calls of a metaclass."""


def statement(evaluator: Evaluator, file: SourceFile, place: int) -> Iterator[tuple[Ref, Resolution]]:
    """The functions that a class statement calls, and how that is known."""
    made = "c", file.path, file.class_name(place), 1
    for meta in evaluator.metaclasses(made, DEPTH):
        for name in META:
            yield from ((r, Resolution.EXACT) for r in evaluator.attribute(meta, name, DEPTH - 1) if r[0] == "f")
    if len(order := evaluator.order(made)) > 1:
        above = (
            (*order[1], 1) if order[1][0] == "c" and evaluator.order(order[1]) == order[1:] else ("s", *made[1:3], made)
        )
        yield from (
            (r, Resolution.EXACT) for r in evaluator.attribute(above, "__init_subclass__", DEPTH) if r[0] == "f"
        )
    for value in dict.fromkeys(_assigned(evaluator, file, place)):
        yield from (
            (r, Resolution.INFERRED) for r in evaluator.attribute(value, "__set_name__", DEPTH - 1) if r[0] == "f"
        )


def _assigned(evaluator: Evaluator, file: SourceFile, place: int) -> Iterator[Ref]:
    """The instances that the members of a class are when its body ends."""
    scope, exprs = file.classes[place][1], file.exprs
    for name, bindings in file.scopes[scope][3].items():
        for binding in bindings:
            given = binding[1] if binding[0] == B_VALUE else binding[2] if binding[0] == B_FUNCTION else 0
            if given and exprs[given][0] == E_CALL and binding in file.reaching(scope, name):
                for value in evaluator.evaluate(file, scope, given, DEPTH):
                    if value[0] == "i":
                        yield value
