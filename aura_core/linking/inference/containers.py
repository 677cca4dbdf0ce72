"""Infers what a container holds, and what an item, an element or a slice of a value is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aura_core.linking.call_arguments import is_starred, keywords_of
from aura_core.linking.dependency_keys import KEY_SIGNATURE
from aura_core.linking.inference.annotations import infer_annotation
from aura_core.linking.inference.builtin_types import DICTS, FILLABLE
from aura_core.linking.inference.members import infer_metaclasses, is_enum, subscribed
from aura_core.linking.inference.named_tuples import field_values, fields_of
from aura_core.linking.inference.state import InferenceState, Key, Location, Store
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_BUILTIN,
    V_CLASS,
    V_CONSTANT,
    V_CONTAINER,
    V_ELEMENTS,
    V_FUNCTION,
    V_GENERATOR,
    V_PARAMETER,
    ArgumentsRef,
    ContainerRef,
    GeneratorRef,
    InstanceRef,
    LiteralRef,
    MutableRef,
    PlacedRef,
    Ref,
    Refs,
    ResultRef,
    constant,
    containers_in,
    elements,
    instance_of,
    instance_type,
    is_class,
    is_constant,
    is_container,
    is_elements,
    is_external,
    is_instance,
    is_namespace,
    placed,
    unique,
)
from aura_core.parsing.python import ir
from aura_core.parsing.python.ir import is_dict as is_dict_expr

Part = tuple[Key, Refs]
"""``key, values`` of a dict or ``place, values`` of a sequence."""

MAX_PARTS: Final = 64
"""Most parts of a dict or a sum that are followed: dicts that are merged into one another would double without end."""


def contents(state: InferenceState, container: ContainerRef, depth: int) -> Sequence[Part]:
    """Return the parts that a container holds, those included that flow into it in the own file."""
    if container[0] == V_ELEMENTS:
        if len(container) == 3:
            _, _, refs = container
            return [(None, refs)]
        return _placed_contents(container)
    _, path, *_ = container
    own_file = state.own_file
    if own_file is not None and path == own_file.path:
        parts = state.memoize_own((container, depth), _contents_with_stores, state, own_file, container, depth)
        state.spend(len(parts))
        return parts
    file = state.program.files[path]
    memo = file.memos[state.plain]
    return state.memoize_other(memo, (container, depth), _contents, state, file, container, depth)


def _placed_contents(container: PlacedRef) -> Sequence[Part]:
    _, kind, _, places = container
    if kind == "dict":
        _, values = places
        return [(None, values)]
    return list(enumerate(places))


def _contents_with_stores(state: InferenceState, file: SourceFile, container: MutableRef, depth: int) -> list[Part]:
    return _with_stores(_contents(state, file, container, depth), state.stores(("E", container)))


def _contents(state: InferenceState, file: SourceFile, container: MutableRef, depth: int) -> list[Part]:
    """Return what a container holds where it is made."""
    if len(container) == 6:
        return _arguments(state, file, container, depth - 1)
    if len(container) == 5:
        return _result_contents(state, file, container, depth - 1)
    _, _, scope, place = container
    row = file.exprs[place]
    assert row is not None, container
    if ir.is_sequence(row):
        return _sequence_contents(state, file, scope, row, depth - 1)
    if is_dict_expr(row):
        return _dict_contents(state, file, scope, row, depth - 1)
    if ir.is_call(row):
        return list(enumerate(field_values(state, container, row, depth - 1)))
    assert row[0] == ir.E_MANY, container
    _, _, element = row
    return [(None, state.infer(file, scope, element, depth - 1))]


def _with_stores(parts: list[Part], stores: Sequence[Store]) -> list[Part]:
    """Return what a container holds with what flows into it."""
    numbers: dict[tuple[type, Key], int] = {}
    for key, value, number in stores:
        # one store may put several values: only the first of them replaces what was there before
        if number and numbers.get((type(key), key)) != number:
            parts = _without(parts, key)
        numbers[type(key), key] = number  # by type too, because 1 == True
        parts.append((key, (value,)))
    return parts


def _without(parts: list[Part], key: Key) -> list[Part]:
    """Return the parts under other keys than ``key``. A key that is not known (None) replaces nothing."""
    return parts if key is None else [(k, refs) for k, refs in parts if k != key or type(k) is not type(key)]


def _arguments(state: InferenceState, file: SourceFile, container: ArgumentsRef, depth: int) -> list[Part]:
    """Return what calls pass for ``*args`` or ``**kwargs``."""
    _, _, place, position, _, _ = container
    _, scope, _, parameters, *_ = file.functions[place]
    _, _, _, annotation = parameters[position]
    parts: list[Part] = []
    if annotation:
        parts.append((None, unique(infer_annotation(state, file, file.parent(scope), annotation, depth))))
    if state.own_file is not file:
        return parts
    if (place, position) in state.callbacks:
        parts.append((None, ((V_PARAMETER, place, position),)))
    return _with_stores(parts, state.stores((place, position)))


def _sequence_contents(
    state: InferenceState, file: SourceFile, scope: int, row: ir.SequenceExpr, depth: int
) -> list[Part]:
    """Return the elements of a literal. What stands behind a starred element has no known place."""
    _, kind, *places = row
    parts: list[Part] = []
    has_places = kind != "set"
    for i, place in enumerate(places):
        refs = state.infer(file, scope, place, depth)
        if is_starred(file, place):
            has_places, refs = False, unique(r for value in refs for r in iterate(state, value, depth - 1))
        # ``[a, *b, c]`` -> (0, a), (None, elements of b), (None, c)
        parts.append((i if has_places else None, refs))
    return parts


def _dict_contents(state: InferenceState, file: SourceFile, scope: int, row: ir.DictExpr, depth: int) -> list[Part]:
    parts: list[Part] = []
    _, *places = row
    for key, value in zip(places[::2], places[1::2], strict=True):
        if len(parts) >= MAX_PARTS:
            break
        refs = state.infer(file, scope, value, depth)
        # -1 marks ``**inner``
        if key >= 0:
            known_key = constant(state.infer(file, scope, key, depth))
            parts = [*_without(parts, known_key), (known_key, refs)]
        elif depth > 0:
            parts += dict.fromkeys(part for inner in containers_in(refs) for part in contents(state, inner, depth))
    return parts[:MAX_PARTS]


def _result_contents(state: InferenceState, file: SourceFile, container: ResultRef, depth: int) -> list[Part]:
    """Return what the call or the operator that made a container put into it."""
    _, _, scope, place, kind = container
    row = file.exprs[place]
    assert row is not None, container
    if ir.is_operator(row):
        return _operator_contents(state, file, scope, row, depth)
    assert ir.is_call(row), container
    _, callee, arguments, _ = row
    functions = state.infer(file, scope, callee, depth)
    if not any(is_external(ref) and FILLABLE.get(ref[1]) == kind for ref in functions):
        return []  # the call made a dict or an object whose values are made like this
    values = [state.infer(file, scope, argument, depth) for argument in arguments]
    if kind not in DICTS:
        return [(None, unique(r for refs in values for ref in refs for r in iterate(state, ref, depth)))]
    parts: list[Part] = []
    if kind == "defaultdict":
        factories, values = values[:1], values[1:]
        location = file, scope, place
        parts = [(None, tuple(call_factory(state, f, location, depth))) for refs in factories for f in refs]
    parts += dict.fromkeys(part for refs in values for ref in refs for part in entries(state, ref, depth))
    return _with_keywords(state, file, scope, row, parts, depth)


def _with_keywords(
    state: InferenceState, file: SourceFile, scope: int, row: ir.CallExpr, parts: list[Part], depth: int
) -> list[Part]:
    """Return what a dict holds with the arguments that the call which makes it passes by name."""
    for name, argument in keywords_of(row):
        refs = state.infer(file, scope, argument, depth)
        if name:
            parts = [*_without(parts, name), (name, refs)]
        else:
            parts += dict.fromkeys(part for ref in refs for part in entries(state, ref, depth))
    return parts[:MAX_PARTS]


def _operator_contents(
    state: InferenceState, file: SourceFile, scope: int, row: ir.BinaryExpr, depth: int
) -> list[Part]:
    """Return what an operator between containers puts into its result: ``a + b`` has the places of one sequence after
    those of the other.
    """
    _, left_place, method, right_place = row
    left = containers_in(state.infer(file, scope, left_place, depth))
    right = containers_in(state.infer(file, scope, right_place, depth))
    before = [part for container in left for part in contents(state, container, depth)]
    after = [part for container in right for part in contents(state, container, depth)]
    if method == "__add__" and len(left) == len(right) == 1:
        return _concatenated(before, after)[:MAX_PARTS]
    if any(is_dict(state, container) for container in left):
        return list(dict.fromkeys(before + after))[:MAX_PARTS]
    return [(None, unique(r for _, refs in before + after for r in refs))]


def _concatenated(before: list[Part], after: list[Part]) -> list[Part]:
    """Return what the sum of two sequences holds."""
    size = len({key for key, _ in before})  # a place may occur several times, with other values
    has_places = all(isinstance(key, int) and 0 <= key < size for key, _ in before)
    return [*before, *((key + size if has_places and isinstance(key, int) else None, refs) for key, refs in after)]


def call_factory(state: InferenceState, factory: Ref, location: Location, depth: int) -> Sequence[Ref]:
    """Return what a factory makes, which the call at a location gets as an argument (``defaultdict``, ``field``)."""
    if is_external(factory):
        _, dotted = factory
        file, scope, place = location
        return ((V_CONTAINER, file.path, scope, place, FILLABLE[dotted]),) if dotted in FILLABLE else ()
    return state.call(factory, depth - 1) if factory[0] in (V_CLASS, V_FUNCTION) else ()


def keys_of(state: InferenceState, container: ContainerRef, depth: int) -> Sequence[Ref]:
    """Return the values that the keys of a dict may have."""
    if is_elements(container):
        if len(container) == 3:
            return ()
        _, _, _, (keys, *_) = container
        return keys
    if depth <= 0:
        return ()
    if len(container) == 6:
        return ((V_BUILTIN, "str"),)
    path, scope, place = container[1:4]
    file = state.program.files[path]
    row = file.exprs[place]
    written: list[int] = []
    if is_dict_expr(row):
        _, *places = row
        written = [key for key in places[::2] if key > 0]
    out: list[Ref] = [(V_CONSTANT, key) for key, _ in contents(state, container, depth) if key is not None]
    return out + [r for key in written for r in state.infer(file, scope, key, depth - 1) if not is_constant(r)]


def entries(state: InferenceState, value: Ref, depth: int) -> Sequence[Part]:
    """Return the parts of a dict that is made from a value: from another dict, or from an iterable of pairs."""
    if is_container(value) and is_dict(state, value):
        return contents(state, value, depth)
    return [
        (constant(item(state, inner, 0, depth)), unique(item(state, inner, 1, depth)))
        for inner in iterate(state, value, depth)
    ]


def item(state: InferenceState, container: Ref, key: Key, depth: int) -> Sequence[Ref]:
    """Return what ``container[key]`` stands for; any element when the key is not known."""
    if is_container(container):
        return _container_item(state, container, key, depth)
    if is_class(container):
        return iterate(state, container, depth) or subscribed(state, container, depth)
    if not is_instance(container):
        return (container,) if is_external(container) and container[1] in FILLABLE else ()
    if fields := fields_of(state, container):
        # ``or None``, because for key -1 the end 0 would make the slice empty
        fields = fields[key : key + 1 or None] if isinstance(key, int) else fields
        return [r for name in fields for r in state.attribute(container, name, depth - 1)]
    return _call_methods(state, container, "__getitem__", depth)


def _container_item(state: InferenceState, container: ContainerRef, key: Key, depth: int) -> list[Ref]:
    if depth <= 0:
        return []
    parts = contents(state, container, depth)
    if is_namespace(container):
        modules = [module for _, refs in parts for module in refs] if isinstance(key, str) else []
        return [r for module in modules for r in state.attribute(module, str(key), depth - 1)]
    if key is None:
        return [r for _, refs in parts for r in refs]
    if isinstance(key, int) and key < 0 and not is_dict(state, container):
        key += sum(1 for k, _ in parts if isinstance(k, int))
    return [r for k, refs in parts if k is None or (k == key and type(k) is type(key)) for r in refs]


def iterate(state: InferenceState, value: Ref, depth: int) -> Sequence[Ref]:
    """Return what iterating over a value gives."""
    if depth <= 0:
        return ()
    if is_container(value):
        if is_dict(state, value):
            return keys_of(state, value, depth)
        return [r for _, refs in contents(state, value, depth) for r in refs]
    if is_instance(value):
        return _iterate_instance(state, value, depth)
    if value[0] == V_GENERATOR:
        return _iterate_generator(state, value, depth)
    if is_class(value):
        if is_enum(state, value):
            return (instance_of(value, 1),)
        return [r for meta in infer_metaclasses(state, value, depth - 1) for r in iterate(state, meta, depth - 1)]
    is_text = value[0] in (V_CONSTANT, V_BUILTIN) and instance_type(value) == "str"
    return ((V_BUILTIN, "str"),) if is_text else ()


def _iterate_generator(state: InferenceState, value: GeneratorRef, depth: int) -> list[Ref]:
    """Return what the function of a generator yields."""
    _, path, place = value
    file = state.program.files[path]
    definition, scope, _, _, _, yields, _, _ = file.functions[place]
    if definition >= 0:
        state.read(KEY_SIGNATURE, file.path, file.function_name(place))
    return [r for expression in yields for r in state.infer(file, scope, expression, depth - 1)]


def _iterate_instance(state: InferenceState, value: InstanceRef, depth: int) -> list[Ref]:
    """Return what iterating over an instance of a class of the tree gives."""
    if fields := fields_of(state, value):
        return [r for name in fields for r in state.attribute(value, name, depth - 1)]
    out: list[Ref] = []
    iterators = _call_methods(state, value, "__iter__", depth) or _call_methods(state, value, "__aiter__", depth)
    for iterator in iterators:
        if is_instance(iterator):
            step = _call_methods(state, iterator, "__next__", depth)
            out += step or _call_methods(state, iterator, "__anext__", depth)
        else:
            out += iterate(state, iterator, depth - 1)
    return out


def _call_methods(state: InferenceState, value: InstanceRef, name: str, depth: int) -> list[Ref]:
    """Return what calls of a special method return."""
    return [r for method in state.attribute(value, name, depth - 1) for r in state.call(method, depth - 1)]


def slice_of(state: InferenceState, value: Ref, start: int, end: int | None, depth: int) -> Refs:
    """Return the list of a sequence's elements from ``start`` up to ``end`` (None: to its end). When places are not
    known, the list may hold any element.
    """
    if not is_container(value):
        return (value,) if value[0] in (V_CONSTANT, V_BUILTIN) else ()
    parts = contents(state, value, depth)
    numbered_parts = [(key, refs) for key, refs in parts if isinstance(key, int) and 0 <= key < MAX_PARTS]
    if start < 0 or len(numbered_parts) < len(parts):
        return (elements("list", (r for _, refs in parts for r in refs)),)
    places = range(1 + max((key for key, _ in numbered_parts), default=-1))[start:end]
    values = [unique(r for key, refs in numbered_parts if key == place for r in refs) for place in places]
    return (placed("list", values),)


def is_dict(state: InferenceState, container: ContainerRef) -> bool:
    """Tell whether a container is a dict."""
    return type_name(state, container) in DICTS


def type_name(state: InferenceState, container: ContainerRef) -> str:
    """Return the builtin type of a container."""
    if container[0] == V_ELEMENTS:
        _, kind, *_ = container
        return kind
    if len(container) == 4:
        return _literal_type(state, container)
    _, _, _, _, kind, *_ = container
    return kind


def _literal_type(state: InferenceState, container: LiteralRef) -> str:
    _, path, _, place = container
    row = state.program.files[path].exprs[place]
    assert row is not None, container
    if is_dict_expr(row):
        return "dict"
    if ir.is_sequence(row) or row[0] == ir.E_MANY:
        _, kind, *_ = row
        return kind
    return "tuple"  # of a call of a named tuple's class
