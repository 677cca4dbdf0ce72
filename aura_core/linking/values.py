"""The values that an expression may stand for: references to classes, functions, containers and constants.

A reference is a plain tuple that begins with a one-letter tag: references are made by the million and compared by
value. Each kind has a type with a name here, and mypy tells the kinds apart by ``ref[0] == V_CLASS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from typing_extensions import TypeIs

# ("c", "a.py", "File", 1): the class File of a.py itself, not a subclass
V_CLASS: Final = "c"
ClassRef = tuple[Literal["c"], str, str, int]
"""``path, class, exactness``: a class of the tree. The exactness is 1 for this very class, 0 when it may be a subclass
(``cls``, ``type[C]``), 2 like 0 where a method was found by its name alone.
"""

V_INSTANCE: Final = "i"
InstanceRef = tuple[Literal["i"], str, str, int]
"""``path, class, exactness``: an instance of a class of the tree; the exactness is 0 when it may be one of a subclass
(``self``, an annotation).
"""

Receiver = ClassRef | InstanceRef
"""What a method is bound to."""

# ("f", "a.py", 2, ("i", "a.py", "File", 1)): a method, bound to an instance of File
V_FUNCTION: Final = "f"
FunctionRef = tuple[Literal["f"], str, int, Receiver | None]
"""``path, place, receiver``: a function or lambda by its place in its file; the receiver is None when not bound."""
PartialRef = tuple[Literal["f"], str, int, Receiver | None, int]
"""``path, place, receiver, count``: the same with ``count`` first arguments bound by ``functools.partial``."""
CallableRef = FunctionRef | PartialRef

V_WRAPPED: Final = "w"
WrappedRef = tuple[Literal["w"], str, int]
"""``path, place``: the function behind what its decorators return. A call of that returns what the function returns,
unless more is known.
"""

V_GENERATOR: Final = "g"
GeneratorRef = tuple[Literal["g"], str, int]
"""``path, place``: a generator that the function at that place returned."""

V_SUPER: Final = "s"
SuperRef = tuple[Literal["s"], str, str, Receiver]
"""``path, class, receiver``: ``super()``, which means what comes after the class in the mro of the receiver."""

ClassLike = ClassRef | InstanceRef | SuperRef
"""A value whose attributes are members of a class of the tree."""

CLASS_LIKE: Final = frozenset({V_CLASS, V_INSTANCE, V_SUPER})
"""The tags of ``ClassLike`` values."""

V_MODULE: Final = "m"
ModuleRef = tuple[Literal["m"], str]
"""``module``: a module or namespace folder of the tree."""

V_EXTERNAL: Final = "x"
ExternalRef = tuple[Literal["x"], str]
"""``dotted``: something of a module outside the tree, by its import path."""

V_EXTERNAL_VALUE: Final = "y"
ExternalValueRef = tuple[Literal["y"], str]
"""``dotted``: a value that something outside the tree returned."""

V_RETURNS: Final = "v"
ReturnsRef = tuple[Literal["v"], tuple["Ref", ...]]
"""``values``: something that returns such values when it is called, by its annotation ``Callable[…, T]``."""

V_CONSTANT: Final = "k"
ConstantRef = tuple[Literal["k"], str | int]
"""``value``: a constant string or integer."""

V_BUILTIN: Final = "t"
BuiltinRef = tuple[Literal["t"], str]
"""``type name``: an instance of a builtin type."""

# ("l", "a.py", 0, 17): the list that the expression 17 in the scope of the module makes
V_CONTAINER: Final = "l"
LiteralRef = tuple[Literal["l"], str, int, int]
"""``path, scope, expression``: what a literal, a comprehension or a call of a named tuple's class makes."""
ResultRef = tuple[Literal["l"], str, int, int, str]
"""``path, scope, expression, type name``: the container of a builtin type that a call or an operator makes."""
ArgumentsRef = tuple[Literal["l"], str, int, int, str, int]
"""``path, function, position, type name, role``: the tuple or dict that ``*args`` or ``**kwargs`` of a function is."""

V_NAMED_TUPLE: Final = "d"
NamedTupleRef = tuple[Literal["d"], str, int, int]
"""``path, scope, expression``: the class that a call of ``namedtuple`` makes."""

# ("n", "tuple", (), (refs, refs)): a pair, with the values of each place
V_ELEMENTS: Final = "n"
ElementsRef = tuple[Literal["n"], str, tuple["Ref", ...]]
"""``type name, elements``: a container of a builtin type with such elements at any place."""
PlacedRef = tuple[Literal["n"], str, tuple[()], tuple[tuple["Ref", ...], ...]]
"""``type name, (), places``: a tuple or list with such elements at its places; of a dict its keys and its values."""

NAMESPACE: Final = "globals"
"""The type name of the dict that ``globals()`` returns: its only element stands for the module."""

MutableRef = LiteralRef | ResultRef | ArgumentsRef
"""A container by the place that makes it, so that what is stored in it later can be found."""

ContainerRef = MutableRef | ElementsRef | PlacedRef
"""Any container."""

V_METHOD: Final = "e"
MethodRef = tuple[Literal["e"], "ContainerRef", str]
"""``container, name``: a method of a container."""

V_PARAMETER: Final = "p"
ParameterRef = tuple[Literal["p"], int, int]
"""``function place, position``: whatever other files pass for a parameter of the file that is being linked."""

Ref = (
    ClassRef
    | InstanceRef
    | FunctionRef
    | PartialRef
    | WrappedRef
    | GeneratorRef
    | SuperRef
    | ModuleRef
    | ExternalRef
    | ExternalValueRef
    | ReturnsRef
    | ConstantRef
    | BuiltinRef
    | LiteralRef
    | ResultRef
    | ArgumentsRef
    | NamedTupleRef
    | ElementsRef
    | PlacedRef
    | MethodRef
    | ParameterRef
)
"""Any reference."""

MAX_SIZE: Final = 128
"""Most references that a container holds at all levels. Of a larger one only the first elements are known, and not what
these hold: a loop such as ``rows = zip(rows, rows)`` would wrap its values once more in each round.
"""

Refs = tuple[Ref, ...]
"""A value set: each reference once, in the order in which it was found."""

KINDS: Final = frozenset("cifwgsmxyvktldnep")
"""The tags of all kinds."""

ClassKey = tuple[Literal["c"], str, str]
"""``path, class``: a class of the tree where a reference's exactness does not matter: in bases and mros."""

MroEntry = ClassKey | ExternalRef
"""A class in a list of bases or in an mro; one outside the tree stands for all above it."""

CUT: Final[ExternalRef] = (V_EXTERNAL, "")
"""The end of an mro that is too long: what stands for the classes that are left out."""


def unique(refs: Iterable[Ref]) -> Refs:
    """Return each reference once, in the order of first occurrence."""
    return tuple(dict.fromkeys(refs))


def constant(refs: Sequence[Ref]) -> str | int | None:
    """Return the constant that a value set consists of; None when it is not exactly one constant."""
    if len(refs) != 1:
        return None
    (ref,) = refs
    if not is_constant(ref):
        return None
    _, value = ref
    return value


def pair(first: Refs, second: Refs) -> Ref:
    """Return a tuple of two elements."""
    return placed("tuple", (first, second))


def elements(kind: str, refs: Iterable[Ref]) -> ElementsRef:
    """Return a container of a builtin type that holds any number of these elements."""
    values = unique(refs)
    size = _size(values)
    return V_ELEMENTS, kind, values if size <= MAX_SIZE else _without_details(values)


def placed(kind: str, places: Sequence[Refs]) -> ElementsRef | PlacedRef:
    """Return a container with the values of each place; of a dict with those of its keys and those of its values."""
    if sum(map(_size, places)) > MAX_SIZE:
        places = [_without_details(refs) for refs in places]
        if sum(map(len, places)) > MAX_SIZE:
            return V_ELEMENTS, kind, ()
    return V_ELEMENTS, kind, (), tuple(places)


def returning(refs: Iterable[Ref]) -> ReturnsRef:
    """Return something that returns such values when it is called."""
    values = unique(refs)
    return V_RETURNS, values if _size(values) <= MAX_SIZE else _without_details(values)


def _size(refs: Sequence[Ref]) -> int:
    """Return how many references a value set holds at all levels. That is a small number, because all references are
    made by functions that bound it.
    """
    size = len(refs)
    for ref in refs:
        if is_elements(ref):
            _, _, values, *places = ref
            size += _size(values) + sum(_size(inner) for of_places in places for inner in of_places)
        elif is_returning(ref):
            _, values = ref
            size += _size(values)
        elif is_method(ref):
            _, container, _ = ref
            size += _size((container,))
    return size


def _without_details(refs: Refs) -> Refs:
    """Return the first of some values, with nothing said of what containers hold and of what callables return."""
    return unique(_without_detail(ref) for ref in refs[:MAX_SIZE])


def _without_detail(ref: Ref) -> Ref:
    if is_elements(ref):
        _, kind, *_ = ref
        return V_ELEMENTS, kind, ()
    if is_method(ref):
        _, container, name = ref
        if is_elements(container):
            _, kind, *_ = container
            return V_METHOD, (V_ELEMENTS, kind, ()), name
    return (V_RETURNS, ()) if is_returning(ref) else ref


def external(dotted: str) -> ExternalRef:
    """Return the reference to something outside the tree."""
    return V_EXTERNAL, dotted


def instance_of(ref: ClassRef | InstanceRef, exactness: int) -> InstanceRef:
    """Return an instance of the class that a reference to it, or to one of its instances, names."""
    _, path, name, _ = ref
    return V_INSTANCE, path, name, exactness


def bind(function: CallableRef, receiver: Receiver) -> FunctionRef:
    """Return a method that is bound to a receiver."""
    path, place = function[1:3]
    return V_FUNCTION, path, place, receiver


def with_exactness(ref: Receiver, exactness: int) -> Receiver:
    """Return a class or an instance with another exactness."""
    _, path, name, _ = ref
    return (V_CLASS, path, name, exactness) if ref[0] == V_CLASS else (V_INSTANCE, path, name, exactness)


def functions_in(refs: Iterable[Ref]) -> list[CallableRef]:
    """Return the functions among some values."""
    return [ref for ref in refs if ref[0] == V_FUNCTION]


def classes_in(refs: Iterable[Ref]) -> list[ClassRef]:
    """Return the classes among some values."""
    return [ref for ref in refs if ref[0] == V_CLASS]


def instances_in(refs: Iterable[Ref]) -> list[InstanceRef]:
    """Return the instances of classes of the tree among some values."""
    return [ref for ref in refs if ref[0] == V_INSTANCE]


def containers_in(refs: Iterable[Ref]) -> list[ContainerRef]:
    """Return the containers among some values."""
    return [ref for ref in refs if is_container(ref)]


def outside_in(refs: Iterable[Ref]) -> list[ExternalRef | ExternalValueRef]:
    """Return what is outside the tree among some values, or what something outside returned."""
    return [ref for ref in refs if ref[0] == V_EXTERNAL or ref[0] == V_EXTERNAL_VALUE]


def constants_in(refs: Iterable[Ref]) -> list[str | int]:
    """Return the constants among some values."""
    return [value for ref in refs if is_constant(ref) for _, value in (ref,)]


def paths_in(refs: Iterable[Ref]) -> list[str]:
    """Return the import paths of what is outside the tree among some values."""
    return [dotted for ref in refs if is_external(ref) for _, dotted in (ref,)]


def is_class(ref: Ref) -> TypeIs[ClassRef]:
    """Tell whether a value is a class of the tree."""
    return ref[0] == V_CLASS


def is_instance(ref: Ref) -> TypeIs[InstanceRef]:
    """Tell whether a value is an instance of a class of the tree."""
    return ref[0] == V_INSTANCE


def is_receiver(ref: Ref) -> TypeIs[Receiver]:
    """Tell whether a value is a class of the tree or an instance of one."""
    return ref[0] in (V_CLASS, V_INSTANCE)


def is_class_like(ref: Ref) -> TypeIs[ClassLike]:
    """Tell whether the attributes of a value are members of a class of the tree."""
    return ref[0] in (V_CLASS, V_INSTANCE, V_SUPER)


def is_function(ref: Ref) -> TypeIs[CallableRef]:
    """Tell whether a value is a function or lambda of the tree."""
    return ref[0] == V_FUNCTION


def is_wrapped(ref: Ref) -> TypeIs[WrappedRef]:
    """Tell whether a value is the function behind what its decorators return."""
    return ref[0] == V_WRAPPED


def is_external(ref: Ref | ClassKey) -> TypeIs[ExternalRef]:
    """Tell whether a value is something of a module outside the tree."""
    return ref[0] == V_EXTERNAL


def is_generator(ref: Ref) -> TypeIs[GeneratorRef]:
    """Tell whether a value is a generator."""
    return ref[0] == V_GENERATOR


def is_constant(ref: Ref) -> TypeIs[ConstantRef]:
    """Tell whether a value is a constant string or integer."""
    return ref[0] == V_CONSTANT


def is_container(ref: Ref) -> TypeIs[ContainerRef]:
    """Tell whether a value is a container."""
    return ref[0] in (V_CONTAINER, V_ELEMENTS)


def is_super(ref: Ref | ClassKey) -> TypeIs[SuperRef]:
    """Tell whether a value is ``super()``."""
    return ref[0] == V_SUPER


def is_elements(ref: Ref) -> TypeIs[ElementsRef | PlacedRef]:
    """Tell whether a value is a container that is described by what it holds."""
    return ref[0] == V_ELEMENTS


def is_returning(ref: Ref) -> TypeIs[ReturnsRef]:
    """Tell whether a value is something that returns known values when it is called."""
    return ref[0] == V_RETURNS


def is_method(ref: Ref) -> TypeIs[MethodRef]:
    """Tell whether a value is a method of a container."""
    return ref[0] == V_METHOD


def is_mutable(ref: Ref) -> TypeIs[MutableRef]:
    """Tell whether a value is a container that is described by the place that makes it."""
    return ref[0] == V_CONTAINER


def is_namespace(ref: Ref) -> bool:
    """Tell whether a value is the dict that ``globals()`` returns."""
    if not is_elements(ref):
        return False
    _, kind, *_ = ref
    return kind == NAMESPACE


def instance_type(ref: Ref) -> str | None:
    """Return the builtin type that a reference is an instance of, or None."""
    if ref[0] == V_BUILTIN or ref[0] == V_ELEMENTS:
        _, kind, *_ = ref
        return kind
    if is_constant(ref):
        _, value = ref
        return type(value).__name__
    return "generator" if ref[0] == V_GENERATOR else None
