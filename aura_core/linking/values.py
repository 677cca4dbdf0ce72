"""What an expression may stand for while linking: references to classes, functions, containers and constants.

A reference is a plain tuple that begins with a one-letter tag: references are made by the million and compared by
value. Each kind has a type with a name here, and mypy tells the kinds apart by ``ref[0] == V_CLASS``.
"""

from __future__ import annotations

import builtins
import collections
import io
import re
import types
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final, Literal

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

V_FUNCTION: Final = "f"
FunctionRef = tuple[Literal["f"], str, int, Receiver | None]
"""``path, place, receiver``: a function or lambda by its place in its file; the receiver is None when it is not bound."""
PartialRef = tuple[Literal["f"], str, int, Receiver | None, int]
"""``path, place, receiver, count``: the same with ``count`` first arguments bound by ``functools.partial``."""
CallableRef = FunctionRef | PartialRef

V_GENERATOR: Final = "g"
GeneratorRef = tuple[Literal["g"], str, int]
"""``path, place``: a generator that the function at that place returned."""

V_SUPER: Final = "s"
SuperRef = tuple[Literal["s"], str, str, Receiver]
"""``path, class, receiver``: ``super()``, which means what comes after the class in the mro of the receiver."""

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

V_CONTAINER: Final = "l"
LiteralRef = tuple[Literal["l"], str, int, int]
"""``path, scope, expression``: the container that a literal, a comprehension or a call of a named tuple's class makes."""
ResultRef = tuple[Literal["l"], str, int, int, str]
"""``path, scope, expression, type name``: the container of a builtin type that a call or an operator makes."""
ArgumentsRef = tuple[Literal["l"], str, int, int, str, int]
"""``path, function, position, type name, role``: the tuple or dict that ``*args`` or ``**kwargs`` of a function is."""

V_NAMED_TUPLE: Final = "d"
NamedTupleRef = tuple[Literal["d"], str, int, int]
"""``path, scope, expression``: the class that a call of ``namedtuple`` makes."""

V_ELEMENTS: Final = "n"
ElementsRef = tuple[Literal["n"], str, tuple["Ref", ...]]
"""``type name, elements``: a container of a builtin type with such elements at any place."""
PlacedRef = tuple[Literal["n"], str, tuple[()], tuple[tuple["Ref", ...], ...]]
"""``type name, (), places``: a tuple or list with such elements at its places; of a dict its keys and its values."""

ContainerRef = LiteralRef | ResultRef | ArgumentsRef | ElementsRef | PlacedRef

V_METHOD: Final = "e"
MethodRef = tuple[Literal["e"], "ContainerRef", str]
"""``container, name``: a method of a container."""

V_PARAMETER: Final = "p"
ParameterRef = tuple[Literal["p"], int, int]
"""``function place, position``: whatever other files pass for a parameter of the file that is being linked."""

AnyRef = (
    ClassRef
    | InstanceRef
    | FunctionRef
    | PartialRef
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

ClassKey = tuple[Literal["c"], str, str]
"""``path, class``: a class of the tree where a reference's exactness does not matter: in bases and mros."""

MroEntry = ClassKey | ExternalRef
"""A class in a list of bases or in an mro; one outside the tree stands for all above it."""

Ref = tuple[Any, ...]
Refs = tuple[Ref, ...]

BUILTINS = frozenset(dir(builtins))

TYPES: dict[str, type] = {name: value for name, value in vars(builtins).items() if isinstance(value, type)}
"""Builtin types by name."""

FILLED = {
    "builtins.list": "list", "builtins.set": "set", "builtins.dict": "dict",
    "collections.deque": "deque", "collections.defaultdict": "defaultdict", "collections.OrderedDict": "OrderedDict",
    "queue.Queue": "queue.Queue", "queue.LifoQueue": "queue.LifoQueue", "queue.PriorityQueue": "queue.PriorityQueue",
    "queue.SimpleQueue": "queue.SimpleQueue", "asyncio.Queue": "asyncio.Queue", "multiprocessing.Queue": "multiprocessing.Queue",
}  # fmt: skip
"""What makes containers that can be added to, and their types."""

DICTS = frozenset({"dict", "defaultdict", "OrderedDict"})

GENERIC_CONTAINERS = {
    "list": "list", "List": "list", "tuple": "tuple", "Tuple": "tuple", "set": "set", "Set": "set", "frozenset": "frozenset",
    "FrozenSet": "frozenset", "dict": "dict", "Dict": "dict", "Sequence": "list", "MutableSequence": "list", "Iterable": "list",
    "Iterator": "generator", "Generator": "generator", "Collection": "list", "Mapping": "dict", "MutableMapping": "dict",
    "defaultdict": "dict", "DefaultDict": "dict", "OrderedDict": "dict", "deque": "list", "Deque": "list", "AsyncIterator": "generator",
    "AsyncIterable": "list", "AsyncGenerator": "generator", "KeysView": "list", "ValuesView": "list",
}  # fmt: skip
"""Names of generic types and the container whose methods they have."""

FUTURES = frozenset({"Future", "Task"})
AWAITED = FUTURES | {"Awaitable", "Coroutine"}
"""Names of generic types outside the tree whose last argument is what ``await`` gives. ``await x`` stands for whatever
``x`` does.
"""


def unique(found: Iterable[Ref]) -> Refs:
    """Each once, in order."""
    return tuple(dict.fromkeys(found))


def constant(values: Sequence[Ref]) -> Any:
    """The constant that some values are; None when they are not one constant."""
    return values[0][1] if len(values) == 1 and values[0][0] == "k" else None


def pair(first: Refs, second: Refs) -> Ref:
    """A tuple of two."""
    return "n", "tuple", (), (first, second)


def mapping(keys: Refs, values: Refs) -> Ref:
    """A dict."""
    return "n", "dict", (), (keys, values)


@cache
def common_methods() -> frozenset[str]:
    """Methods of builtin and everyday types. A call of such a name on an unknown receiver says nothing about a class
    of the tree.
    """
    everyday = [
        *TYPES.values(),
        io.TextIOWrapper,
        io.BytesIO,
        io.StringIO,
        re.Pattern,
        re.Match,
        collections.deque,
        collections.OrderedDict,
    ]
    everyday += [collections.Counter, types.GeneratorType]
    return frozenset(name for kind in everyday if not issubclass(kind, Warning) for name in dir(kind))


@cache
def members(kind: str) -> frozenset[str]:
    """The names that a builtin type has, from its metaclass too; none for what is no builtin type.

    A set of its own names, because ``hasattr(type, name)`` with the names of a whole tree fills CPython's cache of
    lookups, which holds on to each name and so to the megabyte of memory that it lies in (docs/adr/0010).
    """
    found = TYPES.get(kind)
    return (
        frozenset(name for name in (*dir(found), *dir(type(found))) if hasattr(found, name))
        if found is not None
        else frozenset()
    )


def has_builtin_member(dotted: str, name: str) -> bool:
    """Whether a builtin type, given as ``builtins.T``, has an attribute; True for anything outside ``builtins``, of
    which nothing is known.
    """
    module, _, kind = dotted.rpartition(".")
    if module != "builtins":
        return True
    return name in members(kind)


def instance_type(ref: Ref) -> str | None:
    """The builtin type that a reference is an instance of, or None."""
    kind = ref[0]
    if kind == "t":
        return str(ref[1])
    if kind == "k":
        return type(ref[1]).__name__
    if kind == "n":
        return str(ref[1])
    return "generator" if kind == "g" else None
