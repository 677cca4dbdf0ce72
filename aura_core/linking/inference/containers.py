"""Containers and iteration: what a container holds, and what an item, an element or a slice of a value is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from aura_core.linking import named_tuples
from aura_core.linking.dependency_keys import KEY_SIGNATURE
from aura_core.linking.signatures import by_name, is_starred
from aura_core.linking.values import DICTS, FILLED, Ref, Refs, constant, instance_type, pair, unique
from aura_core.parsing.python.ir import E_BINARY, E_CALL, E_DICT, E_MANY, E_SEQUENCE

if TYPE_CHECKING:
    from aura_core.linking.inference.state import Questions
    from aura_core.linking.source_file import SourceFile

Parts = list[tuple[Any, Refs]]
"""(key, values) of a dict, (place, values) of a sequence; None for a key or place that is not known."""

MAX_PARTS = 64
"""More pairs of one container than this are not told apart: dicts that are merged into one another would double
without end.
"""


def parts(evaluator: Questions, container: Ref, depth: int) -> Sequence[tuple[Any, Refs]]:
    """What a container holds."""
    if container[0] == "n":
        if len(container) == 3:
            return [(None, container[2])]
        return [(None, container[3][1])] if container[1] == "dict" else list(enumerate(container[3]))
    key = container, depth
    own = evaluator.own
    if own is not None and container[1] == own.path:
        return evaluator.here(evaluator.memo, key, _parts, evaluator, *key)
    return evaluator.elsewhere(
        evaluator.program.files[container[1]].memos[evaluator.plain], key, _parts, evaluator, *key
    )


def _parts(evaluator: Questions, container: Ref, depth: int) -> Parts:
    path = container[1]
    out = _made_of(evaluator, evaluator.program.files[path], container, depth - 1)
    return (
        _with_flowing(out, evaluator.flowing("E", container))
        if evaluator.own is not None and path == evaluator.own.path
        else out
    )


def _made_of(evaluator: Questions, file: SourceFile, container: Ref, depth: int) -> Parts:
    """What is in a container where it is made."""
    scope, place = container[2:4]
    if len(container) == 6:
        return _passed(evaluator, file, scope, place, depth)
    if len(container) == 5:
        return _put_in(evaluator, file, container, depth)
    row = file.exprs[place]
    if row[0] == E_MANY:
        return [(None, evaluator.evaluate(file, scope, row[2], depth))]
    if row[0] == E_CALL:
        return list(enumerate(named_tuples.given(evaluator, container, depth)))
    if row[0] == E_SEQUENCE:
        return _elements(evaluator, file, scope, row, depth)
    return _items(evaluator, file, scope, row, depth)


def _with_flowing(held: Parts, flowing: Refs) -> Parts:
    """What a container holds with what flows into it: (key, value, number of a store that takes the place of what is
    there before, or 0).
    """
    stored: dict[Any, int] = {}
    for key, value, instead in flowing:
        if instead and stored.get((type(key), key)) != instead:
            held = _without(held, key)
        stored[type(key), key] = instead
        held.append((key, (value,)))
    return held


def _without(held: Parts, key: Any) -> Parts:
    """What is held under other keys; of a key that is not known nothing is known to be replaced."""
    return held if key is None else [part for part in held if part[0] != key or type(part[0]) is not type(key)]


def _passed(evaluator: Questions, file: SourceFile, function: int, position: int, depth: int) -> Parts:
    """What calls pass for ``*args`` or ``**kwargs``."""
    _, scope, _, params, *_ = file.functions[function]
    annotation = params[position][3]
    held: Parts = (
        [(None, unique(evaluator.instances(file, file.scopes[scope][2], annotation, depth)))] if annotation else []
    )
    if evaluator.own is not file:
        return held
    if (function, position) in evaluator.arrived:
        held.append((None, (("p", function, position),)))
    return _with_flowing(held, evaluator.flowing(function, position))


def _elements(evaluator: Questions, file: SourceFile, scope: int, row: Any, depth: int) -> Parts:
    """What stands behind a starred element has no known place."""
    out: Parts = []
    placed = row[1] != "set"
    for i, place in enumerate(row[2:]):
        values = evaluator.evaluate(file, scope, place, depth)
        if is_starred(file, place):
            placed, values = False, unique(r for v in values for r in each(evaluator, v, depth - 1))
        out.append((i if placed else None, values))
    return out


def _items(evaluator: Questions, file: SourceFile, scope: int, row: Any, depth: int) -> Parts:
    out: Parts = []
    for key, value in zip(row[1::2], row[2::2], strict=True):
        if len(out) >= MAX_PARTS:
            break
        values = evaluator.evaluate(file, scope, value, depth)
        if key >= 0:
            known = constant(evaluator.evaluate(file, scope, key, depth))
            out = [*_without(out, known), (known, values)]
        elif depth > 0:
            out += dict.fromkeys(
                part for inner in values if inner[0] in "ln" for part in parts(evaluator, inner, depth)
            )
    return out[:MAX_PARTS]


def _put_in(evaluator: Questions, file: SourceFile, container: Ref, depth: int) -> Parts:
    """What the call or the operator that made a container put into it."""
    _, _, scope, place, kind = container
    row = file.exprs[place]
    if row[0] == E_BINARY:
        return _joined(evaluator, file, scope, row, depth)
    if not any(r[0] == "x" and FILLED.get(r[1]) == kind for r in evaluator.evaluate(file, scope, row[1], depth)):
        return []  # the call made a dict or an object whose values are made like this
    given = [evaluator.evaluate(file, scope, e, depth) for e in row[2]]
    out: Parts = []
    if kind == "defaultdict":
        out = [(None, tuple(made(evaluator, v, file, scope, place, depth))) for some in given[:1] for v in some]
        given = given[1:]
    if kind not in DICTS:
        return [(None, unique(r for some in given for v in some for r in each(evaluator, v, depth)))]
    out += dict.fromkeys(part for some in given for v in some for part in entries(evaluator, v, depth))
    for name, e in by_name(row):
        values = evaluator.evaluate(file, scope, e, depth)
        out = _without(out, name or None)
        out += (
            [(name, values)] if name else dict.fromkeys(part for v in values for part in entries(evaluator, v, depth))
        )
    return out[:MAX_PARTS]


def _joined(evaluator: Questions, file: SourceFile, scope: int, row: Any, depth: int) -> Parts:
    """What an operator between containers puts into its result: ``a + b`` has the places of one sequence after those
    of the other.
    """
    left, right = ([v for v in evaluator.evaluate(file, scope, e, depth) if v[0] in "ln"] for e in (row[1], row[3]))
    if row[2] == "__add__" and len(left) == len(right) == 1:
        before, after = parts(evaluator, left[0], depth), parts(evaluator, right[0], depth)
        size = len({k for k, _ in before})
        placed = all(isinstance(k, int) and 0 <= k < size for k, _ in before)
        return [*before, *((k + size if placed and isinstance(k, int) else None, values) for k, values in after)][
            :MAX_PARTS
        ]
    if any(is_dict(evaluator, v) for v in left):
        return list(dict.fromkeys(part for v in (*left, *right) for part in parts(evaluator, v, depth)))[:MAX_PARTS]
    return [(None, unique(r for v in (*left, *right) for _, values in parts(evaluator, v, depth) for r in values))]


def made(evaluator: Questions, factory: Ref, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    """What calling a class or function gives that a call at a place takes to make values."""
    if factory[0] == "x" and factory[1] in FILLED:
        return [("l", file.path, scope, place, FILLED[factory[1]])]
    return list(evaluator.call(factory, depth - 1)) if factory[0] in "cf" else []


def places(evaluator: Questions, value: Ref, depth: int) -> list[tuple[int | None, Refs]]:
    """What iterating over a value gives, with the places of what has a known one."""
    if value[0] in "ln" and not is_dict(evaluator, value):
        return [(k if isinstance(k, int) and k >= 0 else None, values) for k, values in parts(evaluator, value, depth)]
    return [(None, unique(each(evaluator, value, depth)))]


def keys(evaluator: Questions, container: Ref, depth: int) -> list[Ref]:
    """The keys of a dict."""
    if container[0] == "n":
        return list(container[3][0]) if len(container) == 4 else []
    if depth <= 0:
        return []
    path, scope, place = container[1:4]
    if len(container) == 6:
        return [("t", "str")]
    file = evaluator.program.files[path]
    row = file.exprs[place]
    written = [e for e in row[1::2] if e > 0] if row[0] == E_DICT else []
    known: list[Ref] = [("k", key) for key, _ in parts(evaluator, container, depth) if key is not None]
    return known + [r for e in written for r in evaluator.evaluate(file, scope, e, depth - 1) if r[0] != "k"]


def entries(evaluator: Questions, value: Ref, depth: int) -> Sequence[tuple[Any, Refs]]:
    """What a dict holds that is made from a value: from another dict, or from any number of pairs."""
    if value[0] in "ln" and is_dict(evaluator, value):
        return parts(evaluator, value, depth)
    some = each(evaluator, value, depth)
    return [(constant(item(evaluator, pair, 0, depth)), unique(item(evaluator, pair, 1, depth))) for pair in some]


def pairs(evaluator: Questions, container: Ref, depth: int) -> Ref:
    """What ``items()`` of a dict gives one by one."""
    return pair(
        unique(keys(evaluator, container, depth)),
        unique(r for _, refs in parts(evaluator, container, depth) for r in refs),
    )


def item(evaluator: Questions, container: Ref, key: Any, depth: int) -> list[Ref]:
    """What ``container[key]`` gives; any element when the key is not known."""
    kind = container[0]
    if kind == "c":
        return each(evaluator, container, depth)
    if kind == "i":
        if fields := named_tuples.fields(evaluator, container):
            fields = fields[key : key + 1 or None] if isinstance(key, int) else fields
            return [r for name in fields for r in evaluator.attribute(container, name, depth - 1)]
        methods = evaluator.attribute(container, "__getitem__", depth - 1)
        return [r for method in methods for r in evaluator.call(method, depth - 1)]
    if kind not in "ln" or depth <= 0:
        return []
    found = parts(evaluator, container, depth)
    if key is None:
        return [r for _, values in found for r in values]
    if isinstance(key, int) and key < 0 and not is_dict(evaluator, container):
        key += sum(1 for k, _ in found if isinstance(k, int))
    return [r for k, values in found if k is None or (k == key and type(k) is type(key)) for r in values]


def each(evaluator: Questions, value: Ref, depth: int) -> list[Ref]:
    """What iterating over a value gives."""
    kind = value[0]
    if depth <= 0:
        return []
    if kind in "ln":
        if is_dict(evaluator, value):
            return keys(evaluator, value, depth)
        return [r for _, values in parts(evaluator, value, depth) for r in values]
    if kind == "g":
        file = evaluator.program.files[value[1]]
        row = file.functions[value[2]]
        if row[0] >= 0:
            evaluator.read(KEY_SIGNATURE, file.path, file.function_name(value[2]))
        return [r for e in row[5] for r in evaluator.evaluate(file, row[1], e, depth - 1)]
    return _iterated(evaluator, value, depth) if kind == "i" else _spread(evaluator, value, depth)


def _iterated(evaluator: Questions, value: Ref, depth: int) -> list[Ref]:
    """What iterating over an instance of a class of the tree gives."""
    if names := named_tuples.fields(evaluator, value):
        return [r for name in names for r in evaluator.attribute(value, name, depth - 1)]
    iterators = [
        r for method in evaluator.attribute(value, "__iter__", depth - 1) for r in evaluator.call(method, depth - 1)
    ]
    out: list[Ref] = []
    for iterator in iterators:
        if iterator[0] == "i":
            for method in evaluator.attribute(iterator, "__next__", depth - 1):
                out += evaluator.call(method, depth - 1)
        else:
            out += each(evaluator, iterator, depth - 1)
    return out


def _spread(evaluator: Questions, value: Ref, depth: int) -> list[Ref]:
    """What iterating over an enumeration or a text gives."""
    if value[0] == "c":
        if evaluator.is_enum(value):
            return [("i", *value[1:3], 1)]
        return [r for meta in evaluator.metaclasses(value, depth - 1) for r in each(evaluator, meta, depth - 1)]
    return [("t", "str")] if value[0] in "kt" and instance_type(value) == "str" else []


def is_dict(evaluator: Questions, container: Ref) -> bool:
    """Whether a container is a dict."""
    return type_name(evaluator, container) in DICTS


def rest(evaluator: Questions, value: Ref, start: int, end: int | None, depth: int) -> list[Ref]:
    """A slice: the elements from a place on, up to another if that is known. Without known places it may hold any of
    them.
    """
    if value[0] not in "ln":
        return [value] if value[0] in "kt" else []
    found = parts(evaluator, value, depth)
    if start < 0 or not all(isinstance(k, int) and 0 <= k < MAX_PARTS for k, _ in found):
        return [("n", "list", unique(r for _, values in found for r in values))]
    places = range(1 + max((k for k, _ in found), default=-1))[start:end]
    return [("n", "list", (), tuple([unique(r for k, values in found if k == at for r in values) for at in places]))]


def type_name(evaluator: Questions, container: Ref) -> str:
    """The builtin type of a container."""
    if container[0] == "n":
        return str(container[1])
    if len(container) > 4:
        return str(container[4])
    row = evaluator.program.files[container[1]].exprs[container[3]]
    return "dict" if row[0] == E_DICT else "tuple" if row[0] == E_CALL else str(row[1])


def dotted_method(evaluator: Questions, method: Ref) -> str:
    """The import path of a method of a container."""
    kind = type_name(evaluator, method[1])
    return f"{_HOMES.get(kind, f'builtins.{kind}')}.{method[2]}"


_HOMES: Final = {kind: dotted for dotted, kind in FILLED.items()}
