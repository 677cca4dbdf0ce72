"""Infers members of classes: walks the mro for a name, and binds functions to receivers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from aura_core.linking.dependency_keys import KEY_MEMBER, KEY_METACLASS, KEY_MRO, KEY_OVERRIDES
from aura_core.linking.inference.builtin_types import may_have_member
from aura_core.linking.inference.names import infer_bindings, infer_global, path_of
from aura_core.linking.inference.state import (
    M_ASSIGNMENT,
    M_BOUND,
    M_EXTERNAL,
    M_FLOW,
    MAX_CHAIN,
    MAX_VALUES,
    NO_VALUES,
    InferenceState,
    Member,
)
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_CLASS,
    V_EXTERNAL,
    V_FUNCTION,
    V_INSTANCE,
    V_MODULE,
    V_RETURNS,
    V_SUPER,
    CallableRef,
    ClassKey,
    ClassLike,
    ClassRef,
    InstanceRef,
    MroEntry,
    Ref,
    Refs,
    bind,
    classes_in,
    elements,
    external,
    functions_in,
    instance_of,
    instances_in,
    is_class,
    is_class_like,
    is_function,
    is_super,
    is_wrapped,
)
from aura_core.parsing.python import ir

EMPTY_BASES: Final = frozenset({"", "builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC"})
"""Bases outside the tree that are left out when a member is looked up; "" is that of ``CUT``."""

ENUMS: Final = frozenset({
    (V_EXTERNAL, "enum.Enum"), (V_EXTERNAL, "enum.IntEnum"), (V_EXTERNAL, "enum.StrEnum"), (V_EXTERNAL, "enum.Flag"),
    (V_EXTERNAL, "enum.IntFlag"),
})  # fmt: skip
"""Bases of enumerations: values that are assigned in the class body become instances of the class."""

MIN_DESCRIPTOR_DEPTH: Final = 3
"""With less depth left than this, ``__get__`` of descriptors is not followed."""


def infer_member(state: InferenceState, base: ClassLike, name: str, depth: int) -> Sequence[Ref]:
    """Return what an attribute of a class, an instance or ``super()`` stands for."""
    if name == "__class__" and base[0] == V_INSTANCE:
        _, path, qualname, exactness = base
        return ((V_CLASS, path, qualname, exactness),)
    if name == "__subclasses__" and is_class(base) and not state.plain:
        return ((V_RETURNS, (elements("list", subclasses_of(state, base)),)),)
    return state.memoize(base[1], (base, name, depth), _infer_member, state, base, name, depth)


def _infer_member(state: InferenceState, base: ClassLike, name: str, depth: int) -> Refs:
    members = lookup(state, base, name)
    # as in Python, a class asks its metaclass after its own mro; an instance does not
    if not members and is_class(base) and not state.plain:
        metaclasses = infer_metaclasses(state, base, depth - 1)
        # a method of the metaclass is bound to the class, of which it may make instances
        values = tuple(
            bind(r, base) if is_function(r) and r[3:] == (meta,) else r
            for meta in metaclasses
            for r in state.attribute(meta, name, depth - 1)
        )
        if values:
            return values
    return tuple(
        [r for m in members or members_of_subclasses(state, base, name) for r in member_values(state, base, m, depth)]
    )


def members_of_subclasses(state: InferenceState, base: ClassLike, name: str) -> list[Member]:
    """Return the members that subclasses have under a name that the class itself lacks. A mixin uses such names of the
    classes that it is mixed into.
    """
    if state.plain or is_super(base):
        return []
    *_, exactness = base
    out: list[Member] = []
    for subclass in subclasses_of(state, base) if not exactness else ():
        out += [m for m in lookup(state, subclass, name) if m[0] != M_EXTERNAL and m not in out]
    return out


def subclasses_of(state: InferenceState, base: ClassRef | InstanceRef) -> list[ClassRef]:
    """Return all subclasses of a class, or of the class of an instance, in order; none when they are too many."""
    _, path, qualname, _ = base
    state.read(KEY_OVERRIDES, path, qualname, "")
    uids = [uid.rpartition("::") for uid in sorted(state.program.overriders.get((path, qualname, "")) or ())]
    return [(V_CLASS, path, qualname, 1) for path, _, qualname in uids] if len(uids) <= MAX_VALUES else []


def has_member(state: InferenceState, value: Ref, name: str) -> bool:
    """Tell whether a class, an instance or a module has an attribute of a name, whatever it stands for."""
    if value[0] == V_MODULE:
        _, dotted = value
        path = path_of(state, dotted)
        return bool(path and infer_global(state, state.program.files[path], name, MAX_CHAIN) is not None)
    return is_class_like(value) and bool(lookup(state, value, name) or members_of_subclasses(state, value, name))


def mro(state: InferenceState, base: ClassLike | ClassKey) -> Sequence[MroEntry]:
    """Return the classes in which a member is looked up, in order."""
    if state.plain:  # the mro is made of bases, which are being resolved now
        _, path, name, *_ = base
        return ((V_CLASS, path, name),)
    if base[0] == V_SUPER:
        _, path, name, receiver = base
        start: MroEntry = (V_CLASS, path, name)
        order = mro(state, receiver)
        return order[order.index(start) + 1 :] if start in order else ()
    path, name = base[1:3]
    state.reads.add(state.number((KEY_MRO, path, name)))
    return state.program.mro.get(path, {}).get(name) or [(V_CLASS, path, name)]


def tree_classes(state: InferenceState, base: ClassLike) -> Iterator[tuple[SourceFile, str]]:
    """Yield the file and the qualified name of each class of the tree in the mro."""
    for entry in mro(state, base):
        if entry[0] == V_CLASS:
            _, path, name = entry
            yield state.program.files[path], name


def is_enum(state: InferenceState, base: ClassLike) -> bool:
    """Tell whether a class is an enumeration, whose members are instances of it."""
    return not ENUMS.isdisjoint(mro(state, base))


def infer_metaclasses(state: InferenceState, base: ClassRef, depth: int) -> Refs:
    """Return a class as an instance of its metaclass, if that is a class of the tree; nothing for ``type`` and other
    metaclasses.
    """
    _, path, _, _ = base
    return state.memoize(path, ("C", base, depth), _infer_metaclasses, state, base, depth)


def _infer_metaclasses(state: InferenceState, base: ClassRef, depth: int) -> Refs:
    for file, name in tree_classes(state, base):
        state.reads.add(state.number((KEY_METACLASS, file.path, name)))
        scope, place = file.metaclass(name)
        if place:
            return tuple([instance_of(r, 1) for r in classes_in(state.infer(file, scope, place, depth))])
    return NO_VALUES


def lookup(state: InferenceState, base: ClassLike, name: str) -> list[Member]:
    """Return the member of the first class in the mro that has it.

    A class outside the tree may have anything that no class of the tree after it has. A name to which
    the own file stores nothing is looked up once; others each time, because more may have flowed into them.
    """
    if state.own_file is None or name in state.own_file.stored:
        return _lookup(state, base, name)
    # a class and its instances have the same members; ``super()`` has others
    key = base if base[0] == V_SUPER else base[1:3], name
    members = state.members.get(key)
    if members is None:
        state.members[key] = members = _lookup(state, base, name)
    return members


def _lookup(state: InferenceState, base: ClassLike, name: str) -> list[Member]:
    outside: list[Member] = []
    for entry in mro(state, base):
        if entry[0] == V_EXTERNAL:
            _, dotted = entry
            if not outside and dotted not in EMPTY_BASES and may_have_member(dotted, name):
                outside.append((M_EXTERNAL, f"{dotted}.{name}"))
            continue
        members = _own_members(state, entry, name)
        if members:
            return members
    return outside


def _own_members(state: InferenceState, key: ClassKey, name: str) -> list[Member]:
    """Return what a class itself has under a name."""
    _, path, qualname = key
    state.reads.add(state.number((KEY_MEMBER, path, qualname, name)))
    file = state.program.files[path]
    _, scope, _, attributes, _, _ = file.classes[file.class_places[qualname]]
    bindings = file.reaching(scope, name)
    members: list[Member] = [(M_BOUND, file, scope, bindings)] if bindings is not None else []
    if not state.plain and name in attributes:
        members.append((M_ASSIGNMENT, file, attributes[name]))
    if file is state.own_file and name in file.stored:
        values = state.flowing(("A", key, name))
        if values:
            members.append((M_FLOW, values))
    return members


def member_values(state: InferenceState, base: ClassLike, member: Member, depth: int) -> Sequence[Ref]:
    """Return the values of a member that ``lookup`` returned, bound to the receiver."""
    if member[0] == M_BOUND:
        _, file, scope, bindings = member
        return _bound_values(state, base, file, scope, bindings, depth)
    if member[0] == M_ASSIGNMENT:
        _, file, assignments = member
        pairs = zip(assignments[::2], assignments[1::2], strict=True)
        return [r for scope, place in pairs for r in state.infer(file, scope, place, depth - 1)]
    if member[0] == M_EXTERNAL:
        _, dotted = member
        return [external(dotted)]
    _, values = member
    return values


def _bound_values(
    state: InferenceState, base: ClassLike, file: SourceFile, scope: int, bindings: Sequence[ir.Binding], depth: int
) -> list[Ref]:
    if base[0] == V_CLASS and bindings:
        first, *_ = bindings
        if ir.is_value_binding(first) and is_enum(state, base):
            return [instance_of(base, 1)]
    values = infer_bindings(state, file, scope, bindings, depth - 1)
    descriptor_values = _infer_descriptors(state, values, depth)
    decorated = decorated_functions(file, bindings)
    if descriptor_values is not None:
        # what the descriptor returns is not always known; often it is what the decorated function returns
        values = (*values, *((V_FUNCTION, file.path, place, None) for place in decorated))
    kind = flags_of(file.functions[decorated[0]]) if decorated else 0
    out: list[Ref] = []
    for ref in values:
        if ref[0] == V_FUNCTION and ref[3:] == (None,):
            methods = bind_method(state, base, ref, depth, kind)
            out += methods if descriptor_values is None else [r for f in methods for r in state.call(f, depth - 1)]
        elif is_wrapped(ref) and kind & ir.F_PROPERTY:
            out += [] if out else state.call(ref, depth - 1)
        elif descriptor_values is None or ref[0] != V_INSTANCE:
            out.append(ref)
    return out if descriptor_values is None else out + descriptor_values


def _infer_descriptors(state: InferenceState, values: Refs, depth: int) -> list[Ref] | None:
    """Return what the ``__get__`` of descriptors among some values returns; None when there is no descriptor."""
    if state.plain or depth < MIN_DESCRIPTOR_DEPTH:
        return None
    getters = [m for v in instances_in(values) for m in functions_in(state.attribute(v, "__get__", depth - 2))]
    return [r for getter in getters for r in state.call(getter, depth - 2)] if getters else None


def decorated_functions(file: SourceFile, bindings: Sequence[ir.Binding]) -> list[int]:
    """Return the places of the functions among some bindings whose decorators may return something else."""
    functions = [binding for binding in bindings if ir.is_function_binding(binding)]
    return [place for _, place, decorators in functions if decorators]


def bind_method(
    state: InferenceState, base: ClassLike, function: CallableRef, depth: int, kind: int = 0
) -> Sequence[Ref]:
    """Return the value of an unbound function of a class when it is read from a class, an instance or ``super()``.
    ``kind``: flags of the function that it wraps, which may be a property or a static method.
    """
    path, place = function[1:3]
    flags = flags_of(state.program.files[path].functions[place]) | kind
    if flags & ir.F_STATIC:  # neither a class nor an instance binds it
        return (function,)
    if is_super(base):
        _, _, _, receiver = base
    else:
        receiver = base
    if flags & ir.F_CLASS:
        _, class_path, name, exactness = receiver
        return (bind(function, (V_CLASS, class_path, name, exactness)),)
    if base[0] == V_CLASS:
        return (function,)
    method = bind(function, receiver)  # a property is called at once
    return state.call(method, depth - 1) if flags & ir.F_PROPERTY else (method,)


def flags_of(row: ir.FunctionRow) -> int:
    """Return the ``F_`` flags of a function."""
    _, _, flags, _, _, _, _, _ = row
    return flags


def subscribed(state: InferenceState, value: ClassRef, depth: int) -> Sequence[Ref]:
    """Return what ``C[…]`` is: what the class or its metaclass makes of it, else the class, as for ``Generic``."""
    getters = [(value, "__class_getitem__"), *((m, "__getitem__") for m in infer_metaclasses(state, value, depth))]
    methods = [m for owner, name in getters for m in functions_in(state.attribute(owner, name, depth - 1))]
    return [r for method in methods for r in state.call(method, depth - 1)] or (value,)
