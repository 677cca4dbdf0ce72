"""Methods of containers, and the few functions of the standard library, whose results follow from their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from aura_core.linking.inference import dynamic_attributes
from aura_core.linking.inference.containers import each, is_dict, item, made, pairs
from aura_core.linking.signatures import is_starred, named_argument
from aura_core.linking.values import FILLED, TYPES, Ref, Refs, constant, pair, unique

if TYPE_CHECKING:
    from aura_core.linking.inference.state import Questions
    from aura_core.linking.source_file import SourceFile

GIVING: Final = frozenset({"get", "get_nowait", "pop", "popleft", "setdefault", "__getitem__", "__next__"})
DEFAULTED: Final = frozenset({"get", "pop", "setdefault"})
VIEWS: Final = frozenset({"keys", "values", "items", "popitem"})
WHOLE: Final = frozenset({"copy", "union", "intersection", "difference", "__iter__"})

SAME: Final = (
    "copy.copy", "copy.deepcopy", "copy.replace", "dataclasses.replace", "builtins.iter", "builtins.aiter", "functools.partialmethod",
    "contextlib.closing", "contextlib.aclosing", "contextlib.nullcontext", "weakref.proxy",
    "asyncio.run", "asyncio.create_task", "asyncio.ensure_future", "asyncio.wait_for", "asyncio.shield",
)  # fmt: skip
"""Functions whose result, once it is awaited, is for a caller their first argument."""

ELEMENT: Final = (
    "builtins.next",
    "builtins.anext",
    "random.choice",
    "heapq.heappop",
    "heapq.heappushpop",
    "heapq.heapreplace",
)
"""Functions that give an element of their first argument."""


def _first(given: Sequence[Refs]) -> Refs:
    return given[0] if given else ()


def _last(given: Sequence[Refs]) -> Refs:
    return given[-1] if given else ()


def _all(given: Sequence[Refs]) -> Refs:
    return unique(r for some in given for r in some)


def _numbered(given: Sequence[Refs]) -> Refs:
    return (pair((("t", "int"),), _first(given)),)


def _grouped(given: Sequence[Refs]) -> Refs:
    return (pair((), (("n", "generator", _first(given)),)),)


def _tuples(given: Sequence[Refs]) -> Refs:
    return (("n", "tuple", _first(given)),)


ITERATED: Final[dict[str, Callable[[Sequence[Refs]], Refs]]] = {
    "builtins.tuple": _first, "builtins.frozenset": _first, "builtins.sorted": _first, "builtins.reversed": _first, "builtins.filter": _last,
    "builtins.enumerate": _numbered, "itertools.islice": _first, "itertools.cycle": _first, "itertools.chain": _all,
    "itertools.filterfalse": _last, "itertools.takewhile": _last, "itertools.dropwhile": _last, "itertools.groupby": _grouped,
    "itertools.pairwise": _tuples, "itertools.combinations": _tuples, "itertools.permutations": _tuples,
}  # fmt: skip
"""What iterating over the result of a function gives, from what iterating over its arguments gives."""

RESULTS: Final = {"builtins.tuple": "tuple", "builtins.frozenset": "frozenset", "builtins.sorted": "list"}
"""The types of their results, where they are no iterators."""


def method(evaluator: Questions, function: Ref, file: SourceFile, scope: int, row: Any, depth: int) -> list[Ref]:
    """What a method of a container gives."""
    _, container, name = function
    if name in GIVING:
        key = constant(evaluator.evaluate(file, scope, row[2][0], depth)) if row[2] else None
        out = item(evaluator, container, key, depth)
        if name in DEFAULTED and len(row[2]) > 1:
            out += evaluator.evaluate(file, scope, row[2][1], depth)
        return out
    if name in VIEWS and is_dict(evaluator, container):
        found = pairs(evaluator, container, depth)
        return [
            found if name == "popitem" else ("n", "list", (found,) if name == "items" else found[3][name == "values"])
        ]
    return [container] if name in WHOLE else []


def external(evaluator: Questions, dotted: str, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    """What a call, at a place, of something outside the tree gives."""
    if dotted in FILLED:
        return made(evaluator, ("x", dotted), file, scope, place, depth)
    if dotted in ITERATED:
        given = _given(evaluator, file, scope, file.exprs[place][2], depth)
        return [("n", RESULTS.get(dotted, "generator"), ITERATED[dotted](given))]
    if dotted in _FUNCTIONS:
        return _FUNCTIONS[dotted](evaluator, file, scope, place, depth)
    module, _, kind = dotted.rpartition(".")
    if (
        module == "builtins"
        and kind in TYPES
        and kind not in ("object", "super", "type", "property", "staticmethod", "classmethod")
    ):
        return [("t", kind)]
    return list(evaluator.call(("x", dotted), depth)) if len(dotted) < 80 else []


def _given(evaluator: Questions, file: SourceFile, scope: int, arguments: Any, depth: int) -> list[Refs]:
    """What iterating over each argument gives; all arguments that a starred one stands for are one."""
    out = []
    for e in arguments:
        values: Any = evaluator.evaluate(file, scope, e, depth)
        if is_starred(file, e):
            values = [r for v in values for r in each(evaluator, v, depth)]
        out.append(unique(r for v in values for r in each(evaluator, v, depth)))
    return out


def _argument(evaluator: Questions, file: SourceFile, scope: int, place: int, position: int, depth: int) -> Refs:
    """The values of an argument of a call."""
    arguments = file.exprs[place][2]
    return evaluator.evaluate(file, scope, arguments[position], depth) if position < len(arguments) else ()


def _same(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    return list(_argument(evaluator, file, scope, place, 0, depth))


def _partial(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    given = len(file.exprs[place][2]) - 1
    return [
        (*f[:4], given + sum(f[4:])) if f[0] == "f" else f for f in _argument(evaluator, file, scope, place, 0, depth)
    ]


def _element(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    default = _argument(evaluator, file, scope, place, 1, depth)
    return [
        *(r for v in _argument(evaluator, file, scope, place, 0, depth) for r in each(evaluator, v, depth)),
        *default,
    ]


def _extreme(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    arguments = file.exprs[place][2]
    if len(arguments) == 1:
        return _element(evaluator, file, scope, place, depth)
    return [r for e in arguments for r in evaluator.evaluate(file, scope, e, depth)]


def _zipped(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    """Tuples of one element of each argument."""
    arguments = file.exprs[place][2]
    given = _given(evaluator, file, scope, arguments, depth)
    starred = any(is_starred(file, e) for e in arguments)
    return [("n", "generator", (("n", "tuple", _all(given)) if starred else ("n", "tuple", (), tuple(given)),))]


def _gathered(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    """A list of what awaiting each argument gives, which is what the argument stands for."""
    arguments = file.exprs[place][2]
    starred = [is_starred(file, e) for e in arguments]
    given = []
    for e, many in zip(arguments, starred, strict=True):
        values = evaluator.evaluate(file, scope, e, depth)
        given.append(unique(r for v in values for r in each(evaluator, v, depth)) if many else values)
    return [("n", "list", _all(given)) if any(starred) else ("n", "list", (), tuple(given))]


def _mapped(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    functions = _argument(evaluator, file, scope, place, 0, depth)
    return [("n", "generator", unique(r for f in functions if f[0] in "fc" for r in evaluator.call(f, depth - 1)))]


def _cast(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    arguments = file.exprs[place][2]
    return evaluator.instances(file, scope, arguments[0], depth) if arguments else []


def _type(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    if len(file.exprs[place][2]) > 1:
        return list(evaluator.call(("x", "builtins.type"), depth))
    return [("c", *r[1:4]) for r in _argument(evaluator, file, scope, place, 0, depth) if r[0] == "i"]


def _getattr(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    row = file.exprs[place]
    if len(row[2]) < 2:
        return []
    names = [n[1] for n in _argument(evaluator, file, scope, place, 1, depth) if n[0] == "k" and isinstance(n[1], str)]
    bases = _argument(evaluator, file, scope, place, 0, depth)
    fits: list[Ref] = [r for v in bases for name in names for r in evaluator.attribute(v, name, depth - 1)]
    fits += dynamic_attributes.methods(evaluator, file, scope, row, depth)
    return [*fits, *_argument(evaluator, file, scope, place, 2, depth)]


def _field(evaluator: Questions, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    """What a field of a data class holds when nothing is given for it."""
    row = file.exprs[place]
    factories = evaluator.evaluate(file, scope, named_argument(row, "default_factory"), depth)
    made_here = [r for factory in factories for r in made(evaluator, factory, file, scope, place, depth)]
    return [*evaluator.evaluate(file, scope, named_argument(row, "default"), depth), *made_here]


_FUNCTIONS: Final[dict[str, Callable[[Questions, SourceFile, int, int, int], list[Ref]]]] = {
    **dict.fromkeys(SAME, _same), **dict.fromkeys(ELEMENT, _element), "builtins.max": _extreme, "builtins.min": _extreme,
    "builtins.zip": _zipped, "itertools.zip_longest": _zipped, "itertools.product": _zipped, "asyncio.gather": _gathered,
    "builtins.map": _mapped, "itertools.starmap": _mapped, "typing.cast": _cast, "typing_extensions.cast": _cast,
    "builtins.type": _type, "builtins.getattr": _getattr, "dataclasses.field": _field, "functools.partial": _partial,
}  # fmt: skip
"""What calls of these functions give."""
