"""What syntax and builtin functions call: special methods, and the functions of properties and other descriptors.

Only of receivers whose class is known: the name of a special method says nothing.
"""

from __future__ import annotations

from typing import Any, Final

from aura_core.linking.dependency_keys import KEY_MEMBER
from aura_core.linking.inference.dataflow import KEYED, MAPPED
from aura_core.linking.inference.evaluator import Evaluator
from aura_core.linking.inference.state import DEPTH
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import Ref
from aura_core.parsing.python.ir import B_FUNCTION, E_BINARY, F_PROPERTY

FALLBACKS: Final = {
    "__bool__": ("__bool__", "__len__"),
    "__format__": ("__format__", "__str__", "__repr__"),
    "__str__": ("__str__", "__repr__"),
    "__contains__": ("__contains__", "__iter__", "__getitem__"),
    "__iter__": ("__iter__", "__getitem__"),
    "__ne__": ("__ne__", "__eq__"),
    "__int__": ("__int__", "__index__", "__trunc__"),
    "__float__": ("__float__", "__index__"),
    "__reversed__": ("__reversed__", "__getitem__"),
}
"""Special methods that stand in for one another, the first that there is."""

PAIRS: Final = {"__enter__": ("__enter__", "__exit__"), "__aenter__": ("__aenter__", "__aexit__")}
"""Special methods that the same statement calls."""

STEPS: Final = {"__iter__": "__next__", "__aiter__": "__anext__"}
"""What is called on the result, again and again."""

SWAPPED: Final = {
    "__lt__": "__gt__",
    "__gt__": "__lt__",
    "__le__": "__ge__",
    "__ge__": "__le__",
    "__eq__": "__eq__",
    "__ne__": "__ne__",
}

_OF_BUILTINS: Final = {
    "len": "__len__", "str": "__str__", "repr": "__repr__", "ascii": "__repr__", "bool": "__bool__", "int": "__int__", "float": "__float__",
    "complex": "__complex__", "bytes": "__bytes__", "iter": "__iter__", "next": "__next__", "aiter": "__aiter__", "anext": "__anext__",
    "hash": "__hash__", "format": "__format__", "abs": "__abs__", "round": "__round__", "divmod": "__divmod__", "pow": "__pow__",
    "reversed": "__reversed__", "dir": "__dir__", "list": "__iter__", "tuple": "__iter__", "set": "__iter__", "frozenset": "__iter__",
    "sorted": "__iter__", "sum": "__iter__", "any": "__iter__", "all": "__iter__", "enumerate": "__iter__", "print": "__str__",
    "str.join": "__iter__", "list.extend": "__iter__",
}  # fmt: skip

OF_BUILTINS: Final = {f"builtins.{name}": method for name, method in _OF_BUILTINS.items()}
"""Builtin functions and the special method of their first argument that they call."""

CALLERS: Final = frozenset({
    *KEYED, *MAPPED, "functools.reduce", "builtins.list.sort", "itertools.starmap",
    "re.sub", "re.subn", "re.compile().sub", "re.compile().subn", "contextvars.copy_context().run", "contextvars.Context().run",
})  # fmt: skip
"""Functions outside the tree that call what they are given before their result is used up."""

READ: Final = "ics"
"""Kinds of values whose attributes may call something when they are read."""

Target = tuple[Ref, Ref, str]
"""A function, the receiver that it was found on, and under which name."""


def operators(evaluator: Evaluator, file: SourceFile, scope: int, place: int, method: str) -> list[Target]:
    """What an operator or statement calls. ``place`` is the receiver, or an ``E_BINARY`` row of this very method."""
    row = file.exprs[place]
    if row is None or row[0] != E_BINARY or row[2] != method:
        return of_values(evaluator, evaluator.evaluate(file, scope, place, DEPTH), method)
    left = evaluator.evaluate(file, scope, row[1], DEPTH)
    plain = f"__{method[3:]}" if method.startswith("__i") and method != "__invert__" else method
    for name in dict.fromkeys((method, plain)):
        found = of_values(evaluator, left, name)
        if found:
            return found
    if any(known(evaluator, value, plain) for value in left):
        return []
    return of_values(evaluator, evaluator.evaluate(file, scope, row[3], DEPTH), SWAPPED.get(plain) or f"__r{plain[2:]}")


def known(evaluator: Evaluator, value: Ref, method: str) -> bool:
    """Whether a value has the method, from outside the tree."""
    return value[0] == "i" and bool(evaluator.attribute(value, method, DEPTH - 1))


def of_values(evaluator: Evaluator, values: Any, method: str) -> list[Target]:
    """The functions that stand for a special method of some values."""
    out: list[Target] = []
    for given in values:
        for value in (
            (given,) if given[0] == "i" else evaluator.metaclasses(given, DEPTH - 1) if given[0] == "c" else ()
        ):
            if method in PAIRS:
                out += [target for name in PAIRS[method] for target in _named(evaluator, value, name)]
            else:
                out += _first(evaluator, value, method)
    return out


def _first(evaluator: Evaluator, value: Ref, method: str) -> list[Target]:
    for name in FALLBACKS.get(method, (method,)):
        found = evaluator.attribute(value, name, DEPTH - 1)
        if found:
            out = [(f, value, name) for f in found if f[0] == "f"]
            step = STEPS.get(name)
            return out + _steps(evaluator, out, step) if step else out
    return []


def _named(evaluator: Evaluator, value: Ref, name: str) -> list[Target]:
    return [(f, value, name) for f in evaluator.attribute(value, name, DEPTH - 1) if f[0] == "f"]


def _steps(evaluator: Evaluator, iterators: list[Target], step: str) -> list[Target]:
    out = []
    for function, _, _ in iterators:
        for iterator in evaluator.call(function, DEPTH - 1):
            if iterator[0] == "i":
                out += _named(evaluator, iterator, step)
    return out


def read(evaluator: Evaluator, base: Ref, name: str) -> list[Target]:
    """What reading an attribute of a value calls: a property's function, a descriptor's ``__get__``."""
    out: list[Target] = []
    if base[0] not in READ:
        return out
    for kind, file, scope, what in evaluator.lookup(base, name):
        if kind != "b":
            continue
        functions = (
            [b[1] for b in what if b[0] == B_FUNCTION and file.functions[b[1]][2] & F_PROPERTY]
            if base[0] != "c"
            else []
        )
        out += [(("f", file.path, place, base), base, name) for place in functions]
        out += _descriptors(evaluator, file, scope, what, base, "__get__")
    return out


def written(evaluator: Evaluator, base: Ref, name: str, method: str) -> list[Target]:
    """What setting (``__setattr__``) or deleting (``__delattr__``) an attribute of a value calls."""
    out: list[Target] = []
    if base[0] != "i":
        return out
    for at in evaluator.order(base):
        if at[0] != "c":
            continue
        evaluator.read(KEY_MEMBER, at[1], at[2], name)
        file = evaluator.program.files[at[1]]
        row = file.classes[file.class_places[at[2]]]
        wanted = "setter" if method == "__setattr__" else "deleter"
        places = [p for k, p in file.accessors(file.class_places[at[2]], name) if k == wanted]
        out += [(("f", at[1], p, base), base, "") for p in places]
        bindings = file.reaching(row[1], name)
        if bindings is not None:
            out += _descriptors(
                evaluator, file, row[1], bindings, base, "__set__" if wanted == "setter" else "__delete__"
            )
            break
    return out or _named(evaluator, base, method)


def _descriptors(
    evaluator: Evaluator, file: SourceFile, scope: int, bindings: Any, base: Ref, method: str
) -> list[Target]:
    out: list[Target] = []
    values = evaluator.bindings(file, scope, bindings, DEPTH - 1)
    for value in values:
        if value[0] == "i":
            out += _named(evaluator, value, method)
    if out and method == "__get__":
        out += [(value, base, "") for value in values if value[0] == "f"]
    return out
