"""Containers and iteration: what an item, an element or a method of a container gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aura_core.linking import named_tuples
from aura_core.linking.values import Ref, Refs, instance_type
from aura_core.parsing.python_code import E_CALL, E_DICT, E_MANY, E_SEQUENCE, E_STAR

if TYPE_CHECKING:
    from aura_core.linking.questions import Questions
    from aura_core.linking.summaries import SourceFile

MAX_PARTS = 64
"""More pairs of one container than this are not told apart: dicts that are merged into one another would double without end."""

GIVING = frozenset({"get", "pop", "popleft", "popitem", "setdefault", "__getitem__", "__next__"})
WHOLE = frozenset({"values", "copy", "items", "union", "intersection", "difference", "__iter__"})


def parts(evaluator: Questions, container: Ref, depth: int) -> list[tuple[Any, Refs]]:
    """(key, values) pairs of a container that the code spells out; a key that is not known is None."""
    if container[0] == "n":
        return [(None, container[2])]
    key = container, depth
    own = evaluator.own
    if own is not None and container[1] == own.path:
        return evaluator.here(evaluator.memo, key, _parts, evaluator, *key)
    return evaluator.elsewhere(evaluator.world.files[container[1]].memos[evaluator.plain], key, _parts, evaluator, *key)


def _parts(evaluator: Questions, container: Ref, depth: int) -> list[tuple[Any, Refs]]:
    _, path, scope, place = container
    file = evaluator.world.files[path]
    row = file.exprs[place]
    if row[0] == E_MANY:
        out: list[tuple[Any, Refs]] = [(None, evaluator.evaluate(file, scope, row[2], depth - 1))]
    elif row[0] == E_CALL:
        out = list(enumerate(named_tuples.given(evaluator, container, depth - 1)))
    elif row[0] == E_SEQUENCE:
        out = [_element(evaluator, file, scope, row[1], i, e, depth - 1) for i, e in enumerate(row[2:])]
    else:
        out = _items(evaluator, file, scope, row, depth - 1)
    if evaluator.own is not None and path == evaluator.own.path:
        out += [(key, (ref,)) for key, ref in evaluator.flowing("E", container)]
    return out


def _element(evaluator: Questions, file: SourceFile, scope: int, kind: str, i: int, place: int, depth: int) -> tuple[Any, Refs]:
    values = evaluator.evaluate(file, scope, place, depth)
    if place and file.exprs[place][0] == E_STAR:
        return None, tuple(r for v in values for r in each(evaluator, v, depth - 1))
    return None if kind == "set" else i, values


def _items(evaluator: Questions, file: SourceFile, scope: int, row: Any, depth: int) -> list[tuple[Any, Refs]]:
    out: list[tuple[Any, Refs]] = []
    for key, value in zip(row[1::2], row[2::2], strict=True):
        if len(out) >= MAX_PARTS:
            break
        values = evaluator.evaluate(file, scope, value, depth)
        if key >= 0:
            keys = evaluator.evaluate(file, scope, key, depth)
            out.append((keys[0][1] if len(keys) == 1 and keys[0][0] == "k" else None, values))
        elif depth > 0:
            out += dict.fromkeys(pair for inner in values if inner[0] in "ln" for pair in parts(evaluator, inner, depth))
    return out[:MAX_PARTS]


def item(evaluator: Questions, container: Ref, key: Any, depth: int) -> list[Ref]:
    """What ``container[key]`` gives; any element when the key is not known."""
    kind = container[0]
    if kind == "c":
        return each(evaluator, container, depth)
    if kind == "i":
        if names := named_tuples.fields(evaluator, container):
            names = names[key : key + 1 or None] if isinstance(key, int) else names
            return [r for name in names for r in evaluator.attribute(container, name, depth - 1)]
        methods = evaluator.attribute(container, "__getitem__", depth - 1)
        return [r for method in methods for r in evaluator.call(method, depth - 1)]
    if kind not in "ln" or depth <= 0:
        return []
    found = parts(evaluator, container, depth)
    if key is None or kind == "n":
        return [r for _, values in found for r in values]
    if isinstance(key, int) and key < 0:
        key += sum(1 for k, _ in found if isinstance(k, int))
    latest = [values for k, values in found if k is not None and k == key and type(k) is type(key)]
    out = list(latest[-1]) if latest else []
    return out + [r for k, values in found if k is None for r in values]


def each(evaluator: Questions, value: Ref, depth: int) -> list[Ref]:
    """What iterating over a value gives."""
    kind = value[0]
    if depth <= 0:
        return []
    if kind in "ln":
        if _is_dict(evaluator, value):
            return [("k", k) for k, _ in parts(evaluator, value, depth) if k is not None]
        return [r for _, values in parts(evaluator, value, depth) for r in values]
    if kind == "g":
        file = evaluator.world.files[value[1]]
        row = file.functions[value[2]]
        if row[0] >= 0:
            evaluator.read("R", file.path, file.function_name(value[2]))
        return [r for e in row[5] for r in evaluator.evaluate(file, row[1], e, depth - 1)]
    return _iterated(evaluator, value, depth) if kind == "i" else _spread(evaluator, value, depth)


def _iterated(evaluator: Questions, value: Ref, depth: int) -> list[Ref]:
    """What iterating over an instance of a class of the tree gives."""
    if names := named_tuples.fields(evaluator, value):
        return [r for name in names for r in evaluator.attribute(value, name, depth - 1)]
    iterators = [r for method in evaluator.attribute(value, "__iter__", depth - 1) for r in evaluator.call(method, depth - 1)]
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


def _is_dict(evaluator: Questions, value: Ref) -> bool:
    if value[0] == "n":
        return bool(value[1] == "dict")
    row = evaluator.world.files[value[1]].exprs[value[3]]
    return bool(row[0] == E_DICT or (row[0] == E_MANY and row[1] == "dict"))


def rest(evaluator: Questions, value: Ref, start: int, depth: int) -> list[Ref]:
    """A slice: the elements from a place on."""
    if value[0] not in "ln":
        return [value] if value[0] in "kt" else []
    found = parts(evaluator, value, depth)
    refs = [r for k, values in found if start < 0 or k is None or (isinstance(k, int) and k >= start) for r in values]
    return [("n", "list", tuple(dict.fromkeys(refs)))]


def type_name(evaluator: Questions, container: Ref) -> str:
    """The builtin type of a container."""
    if container[0] == "n":
        return str(container[1])
    row = evaluator.world.files[container[1]].exprs[container[3]]
    return "dict" if row[0] == E_DICT else "tuple" if row[0] == E_CALL else str(row[1])


def method(evaluator: Questions, function: Ref, file: SourceFile, scope: int, row: Any, depth: int) -> list[Ref]:
    """What a method of a container gives."""
    _, container, name = function
    if name in GIVING:
        keys = evaluator.evaluate(file, scope, row[2][0], depth) if row[2] else ()
        key = keys[0][1] if len(keys) == 1 and keys[0][0] == "k" else None
        out = item(evaluator, container, key, depth)
        if name in ("get", "setdefault", "pop") and len(row[2]) > 1:
            out += evaluator.evaluate(file, scope, row[2][1], depth)
        return out
    if name == "items":
        values = tuple(r for _, refs in parts(evaluator, container, depth) for r in refs)
        return [("n", "list", (("n", "tuple", tuple(dict.fromkeys(values))),))]
    if name == "values":
        return [("n", "list", tuple(dict.fromkeys(r for _, refs in parts(evaluator, container, depth) for r in refs)))]
    return [container] if name in WHOLE else []
