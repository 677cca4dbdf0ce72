"""What an expression may stand for while linking. References are plain tuples: they are made by the million and
compared by value.

``("c", path, class, 1)``    a class of the tree; 0 when it may be a subclass (``cls``, ``type[C]``)
``("i", path, class, 1)``    an instance of it; 0 when it may be one of a subclass (``self``, an annotation)
``("f", path, place, r)``    a function or lambda by its place in its file, bound to the receiver ``r`` or None
``("f", path, place, r, n)`` the same with ``n`` first arguments given by ``functools.partial``
``("g", path, place)``       a generator that the function made
``("s", path, class, r)``    ``super()``: what comes after a class in the order of the receiver ``r``'s class
``("m", module)``            a module or namespace folder of the tree
``("x", dotted)``            something of a module outside the tree, by its import path
``("v", (refs…))``           something of which calls give such values, by its annotation
``("y", dotted)``            a value that something outside the tree made
``("k", constant)``          a constant string or integer
``("t", name)``              an instance of a builtin type
``("l", path, scope, e)``    the container that a literal, a comprehension or a call of a ``d`` makes
``("l", path, scope, e, t)`` the container of builtin type ``t`` that a call or an operator makes
``("d", path, scope, e)``    the class that a call of ``namedtuple`` makes
``("l", path, f, p, t, r)``  the tuple or dict of what is passed for parameter ``p``, ``*args`` or ``**kwargs``, of a
function
``("n", type, (refs…))``     a container of a builtin type with such elements
``("n", type, (), (r, …))``  a tuple with such elements at its places; of a dict, its keys and its values
``("p", place, position)``   whatever other files pass for a parameter of the file being linked
``("e", kind, name)``        a method of a container, by the container's reference and its name
"""

from __future__ import annotations

import builtins
import collections
import io
import re
import types
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

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
