"""Infers the values that an annotation describes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from aura_core.linking.inference.builtin_types import AWAITABLES, FUTURES, GENERIC_CONTAINERS, TYPES
from aura_core.linking.inference.state import MAX_VALUES, InferenceState
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_BUILTIN,
    V_CLASS,
    V_EXTERNAL_VALUE,
    V_INSTANCE,
    Ref,
    elements,
    instance_of,
    instances_in,
    is_class,
    is_external,
    placed,
    returning,
    unique,
)
from aura_core.parsing.python.ir import E_GENERIC, E_UNION, GenericExpr, is_sequence

_TYPING: Final = ("typing", "typing_extensions")

_SPECIAL_FORMS: Final = frozenset({"Annotated", "Optional", "Union"})


def types_named(file: SourceFile, form: Ref, argument: int) -> Sequence[int]:
    """Return the types in ``Annotated[T, …]``, ``Optional[T]`` and ``Union[T, …]``, where such a form stands as a
    value, as in ``Alias = Optional[T]``; none for anything else.
    """
    if not is_external(form):
        return ()
    _, dotted = form
    module, _, name = dotted.rpartition(".")
    if name not in _SPECIAL_FORMS or module not in _TYPING:
        return ()
    row = file.exprs[argument]
    if not is_sequence(row):
        return (argument,)
    _, _, *places = row
    return places[:1] if name == "Annotated" else places


def infer_annotation(state: InferenceState, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
    """Return the values that an annotation describes."""
    row = file.exprs[place]
    if row is None:
        return []
    if row[0] == E_UNION:
        _, *places = row
        return [r for inner in places for r in infer_annotation(state, file, scope, inner, depth)]
    if row[0] == E_GENERIC:
        return list(_infer_generic(state, file, scope, row, depth))
    out: list[Ref] = []
    for kind in state.infer(file, scope, place, depth):
        if is_class(kind):
            # 0: a value of an annotated type may be of a subclass
            out.append(instance_of(kind, 0))
        elif is_external(kind):
            _, dotted = kind
            out += _external_type(file, scope, dotted)
    return out


def _external_type(file: SourceFile, scope: int, dotted: str) -> Iterator[Ref]:
    """Yield a value of a type outside the tree; nothing for ``object``, ``Callable`` and what ``typing`` defines."""
    _, _, name = dotted.rpartition(".")
    if dotted.startswith("builtins.") and name in TYPES and name != "object":
        yield V_BUILTIN, name
    elif name == "Self" and (around := file.class_around(scope)) is not None:
        yield V_INSTANCE, file.path, around, 0
    elif name != "Callable" and not dotted.startswith(("typing", "builtins.")):
        yield V_EXTERNAL_VALUE, dotted


def _infer_generic(state: InferenceState, file: SourceFile, scope: int, row: GenericExpr, depth: int) -> Iterator[Ref]:
    """Yield the values of a generic type with its arguments."""
    _, base, *_ = row
    for kind in state.infer(file, scope, base, depth):
        if is_class(kind):
            yield instance_of(kind, 0)
        elif is_external(kind):
            _, dotted = kind
            yield from _external_generic(state, file, scope, dotted, row, depth)


def _external_generic(
    state: InferenceState, file: SourceFile, scope: int, dotted: str, row: GenericExpr, depth: int
) -> Iterator[Ref]:
    """Yield the values of a generic type outside the tree. The last argument is the type that a ``Callable`` returns or
    that ``await`` gives.
    """
    _, base, *arguments = row
    *_, last = base, *arguments
    _, _, name = dotted.rpartition(".")
    # ``type[C]`` is the class itself, where the annotation ``C`` means an instance
    if name in ("type", "Type"):
        for argument in arguments:
            for _, path, qualname, _ in instances_in(infer_annotation(state, file, scope, argument, depth)):
                yield V_CLASS, path, qualname, 0
    elif name in GENERIC_CONTAINERS:
        yield _container(state, file, scope, GENERIC_CONTAINERS[name], arguments, depth)
    elif name == "Callable":
        returns = unique(infer_annotation(state, file, scope, last, depth))
        if returns:
            yield returning(returns)
    elif name in AWAITABLES:
        yield from infer_annotation(state, file, scope, last, depth)
        if name in FUTURES:
            yield V_EXTERNAL_VALUE, dotted
    elif not dotted.startswith("typing"):
        yield V_EXTERNAL_VALUE, dotted


def _container(
    state: InferenceState, file: SourceFile, scope: int, kind: str, arguments: Sequence[int], depth: int
) -> Ref:
    """Return a container of an annotated type."""
    values = [unique(infer_annotation(state, file, scope, place, depth))[:MAX_VALUES] for place in arguments]
    if kind == "dict":
        return placed(kind, values) if len(values) == 2 else elements(kind, ())
    # ``tuple[A, B]`` has places; ``tuple[A, ...]`` has none, because the place of ``...`` is 0
    if kind == "tuple" and len(values) > 1 and all(arguments):
        return placed(kind, values)
    return elements(kind, (r for refs in (values if kind == "tuple" else values[:1]) for r in refs))
