"""Tables of builtin and everyday types: which of them are containers, and which attributes they have."""

from __future__ import annotations

import builtins
import collections
import io
import queue
import re
import types
from functools import cache

BUILTINS = frozenset(dir(builtins))

TYPES: dict[str, type] = {name: value for name, value in vars(builtins).items() if isinstance(value, type)}
"""Builtin types by name."""

FILLABLE = {
    "builtins.list": "list", "builtins.set": "set", "builtins.dict": "dict", "collections.deque": "deque",
    "collections.defaultdict": "defaultdict", "collections.OrderedDict": "OrderedDict", "queue.Queue": "queue.Queue",
    "queue.LifoQueue": "queue.LifoQueue", "queue.PriorityQueue": "queue.PriorityQueue",
    "queue.SimpleQueue": "queue.SimpleQueue", "asyncio.Queue": "asyncio.Queue",
    "multiprocessing.Queue": "multiprocessing.Queue",
}  # fmt: skip
"""Callables that make a container which can be added to, and the type of that container."""

_QUEUE_METHODS = frozenset({
    "close", "cancel_join_thread", "empty", "full", "get", "get_nowait", "join", "join_thread", "put", "put_nowait",
    "qsize", "shutdown", "task_done",
})  # fmt: skip
"""Methods of the queues of asyncio and multiprocessing, whose modules are too large to be imported for them."""

FUTURE = "concurrent.futures.Future"
"""The type of the container that stands for a future: it holds the result."""

_FUTURE_METHODS = frozenset({"add_done_callback", "cancel", "cancelled", "done", "exception", "result", "running"})

_CONTAINER_TYPES: dict[str, tuple[type, ...]] = {
    "generator": (types.GeneratorType, types.AsyncGeneratorType), "deque": (collections.deque,),
    "defaultdict": (collections.defaultdict,), "OrderedDict": (collections.OrderedDict,), "queue.Queue": (queue.Queue,),
    "queue.LifoQueue": (queue.LifoQueue,), "queue.PriorityQueue": (queue.PriorityQueue,),
    "queue.SimpleQueue": (queue.SimpleQueue,), "asyncio.Queue": (), "multiprocessing.Queue": (), FUTURE: (),
}  # fmt: skip
"""Types of containers that are not builtin names."""

DICTS = frozenset({"dict", "defaultdict", "OrderedDict"})

GENERIC_CONTAINERS = {
    "list": "list", "List": "list", "tuple": "tuple", "Tuple": "tuple", "set": "set", "Set": "set",
    "frozenset": "frozenset", "FrozenSet": "frozenset", "dict": "dict", "Dict": "dict", "Sequence": "list",
    "MutableSequence": "list", "Iterable": "list", "Iterator": "generator", "Generator": "generator",
    "Collection": "list", "Mapping": "dict", "MutableMapping": "dict", "defaultdict": "dict", "DefaultDict": "dict",
    "OrderedDict": "dict", "deque": "deque", "Deque": "deque", "AsyncIterator": "generator", "AsyncIterable": "list",
    "AsyncGenerator": "generator", "KeysView": "list", "ValuesView": "list",
}  # fmt: skip
"""Name of a generic type -> the builtin container whose methods its values have."""

FUTURES = frozenset({"Future", "Task"})
AWAITABLES = FUTURES | {"Awaitable", "Coroutine"}
"""Names of generic types outside the tree whose last argument is the result of ``await``. ``await x`` stands for
whatever ``x`` stands for.
"""


@cache
def common_methods() -> frozenset[str]:
    """Return the methods of builtin and everyday types.

    A call of such a name on an unknown receiver says nothing about a class of the tree.
    """
    everyday: list[type] = [
        *TYPES.values(), io.TextIOWrapper, io.BytesIO, io.StringIO, re.Pattern, re.Match, collections.deque,
        collections.OrderedDict, collections.Counter, types.GeneratorType,
    ]  # fmt: skip
    return frozenset(name for kind in everyday if not issubclass(kind, Warning) for name in dir(kind))


@cache
def type_members(kind: str) -> frozenset[str]:
    """Return the names that a builtin type or a type of containers has, from its metaclass too; of another builtin name
    those of its value; none for anything else.

    They are collected once, because ``hasattr(type, name)`` with the names of a whole tree fills CPython's cache of
    lookups, which holds on to each name and so to the megabyte of memory that it lies in (docs/adr/0010).
    """
    if kind in _CONTAINER_TYPES:
        names = {name for container in _CONTAINER_TYPES[kind] for name in dir(container)}
        return frozenset(names or {*dir(object), *(_FUTURE_METHODS if kind == FUTURE else _QUEUE_METHODS)})
    if not hasattr(builtins, kind):
        return frozenset()
    value = getattr(builtins, kind)
    return frozenset(name for name in (*dir(value), *dir(type(value))) if hasattr(value, name))


def may_have_member(dotted: str, name: str) -> bool:
    """Tell whether the builtin at the path ``builtins.T`` has an attribute, or ``builtins`` itself. Of anything else
    outside the tree nothing is known, so the answer is True.
    """
    if dotted == "builtins":
        return name in BUILTINS
    module, _, kind = dotted.rpartition(".")
    return module != "builtins" or name in type_members(kind)


def is_known_type(kind: str) -> bool:
    """Tell whether the members of a type are known: it is a builtin type or one of containers."""
    return kind in TYPES or kind in _CONTAINER_TYPES
