"""The tables of libraries that run functions which they get, and of those that only look at them.

To teach Aura one more library, add a row here: nothing else names a library.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Passed(Enum):
    """The arguments that a runner passes to the function: none that are known, the further ones of its own call, what
    iterating over each of those gives, or the contents of its arguments ``args`` and ``kwargs``.
    """

    UNKNOWN = 0
    REST = 1
    ELEMENTS = 2
    PACKED = 3


class Result(Enum):
    """What a call of a runner stands for: nothing that is known, the result of the function, a future of it, an
    iterator over results, or what a dependency gives, which is what a generator yields.
    """

    UNKNOWN = 0
    VALUE = 1
    FUTURE = 2
    ELEMENTS = 3
    DEPENDENCY = 4


class Runner(NamedTuple):
    """How something outside the tree gets a function that it runs.

    ``place``: of the function among the arguments by place, -1 for none; ``keyword``: its name. ``args``: the place of
    the tuple of arguments, when they come packed; the dict of those by name is the next one.
    """

    place: int
    keyword: str = ""
    passed: Passed = Passed.UNKNOWN
    result: Result = Result.UNKNOWN
    args: int = -1


def _methods(types: tuple[str, ...], methods: dict[str, Runner]) -> dict[str, Runner]:
    """Return the methods of each of several types by their import paths."""
    return {f"{kind}.{name}": runner for kind in types for name, runner in methods.items()}


_KEY: Final = Runner(-1, "key")
_FIRST: Final = Runner(0)
_CALL: Final = Runner(0, "", Passed.REST)
_THREAD: Final = Runner(1, "target", Passed.PACKED, args=3)
_TIMER: Final = Runner(1, "function", Passed.PACKED, args=2)
_DEPENDENCY: Final = Runner(0, "dependency", result=Result.DEPENDENCY)

_LOOPS: Final = ("asyncio.AbstractEventLoop", "asyncio.BaseEventLoop", "asyncio.events.AbstractEventLoop")
_EXECUTORS: Final = tuple(
    f"concurrent.futures.{name}"
    for name in (
        "Executor", "ThreadPoolExecutor", "ProcessPoolExecutor", "thread.ThreadPoolExecutor",
        "process.ProcessPoolExecutor",
    )
)  # fmt: skip
_POOLS: Final = ("multiprocessing.pool.Pool", "multiprocessing.dummy.Pool", "multiprocessing.get_context().Pool")
_STACKS: Final = ("contextlib.ExitStack", "contextlib.AsyncExitStack")

RUNNERS: Final[dict[str, Runner]] = {
    # builtins and their kind
    **dict.fromkeys(("builtins.sorted", "builtins.min", "builtins.max", "builtins.list.sort"), _KEY),
    "itertools.groupby": _KEY,
    **dict.fromkeys(("builtins.map", "builtins.filter", "itertools.filterfalse"), _FIRST),
    **dict.fromkeys(("itertools.takewhile", "itertools.dropwhile", "itertools.starmap", "functools.reduce"), _FIRST),
    **dict.fromkeys(("re.sub", "re.subn"), Runner(1, "repl")),
    **dict.fromkeys(("re.Pattern.sub", "re.Pattern.subn"), Runner(0, "repl")),
    # threads, processes and their pools
    **dict.fromkeys(("threading.Thread", "multiprocessing.Process"), _THREAD),
    **dict.fromkeys(("multiprocessing.context.Process", "multiprocessing.get_context().Process"), _THREAD),
    "threading.Timer": _TIMER,
    "_thread.start_new_thread": Runner(0, "function", Passed.PACKED, args=1),
    **_methods(_EXECUTORS, {
        "submit": Runner(0, "fn", Passed.REST, Result.FUTURE),
        "map": Runner(0, "fn", Passed.ELEMENTS, Result.ELEMENTS),
    }),
    "concurrent.futures.Future.add_done_callback": Runner(0, "fn"),
    **_methods(_POOLS, {
        "apply": Runner(0, "func", Passed.PACKED, Result.VALUE, args=1),
        "apply_async": Runner(0, "func", Passed.PACKED, args=1),
        "map": Runner(0, "func", Passed.ELEMENTS, Result.ELEMENTS),
        "imap": Runner(0, "func", Passed.ELEMENTS, Result.ELEMENTS),
        "imap_unordered": Runner(0, "func", Passed.ELEMENTS, Result.ELEMENTS),
        "map_async": Runner(0, "func", Passed.ELEMENTS),
        "starmap": Runner(0, "func", result=Result.ELEMENTS),
        "starmap_async": Runner(0, "func"),
    }),
    # the event loop
    "asyncio.to_thread": Runner(0, "func", Passed.REST, Result.VALUE),
    "anyio.to_thread.run_sync": Runner(0, "func", Passed.REST, Result.VALUE),
    "starlette.concurrency.run_in_threadpool": Runner(0, "func", Passed.REST, Result.VALUE),
    "fastapi.concurrency.run_in_threadpool": Runner(0, "func", Passed.REST, Result.VALUE),
    "asyncio.start_server": Runner(0, "client_connected_cb"),
    "asyncio.start_unix_server": Runner(0, "client_connected_cb"),
    **_methods(_LOOPS, {
        "call_soon": Runner(0, "callback", Passed.REST),
        "call_soon_threadsafe": Runner(0, "callback", Passed.REST),
        "call_later": Runner(1, "callback", Passed.REST),
        "call_at": Runner(1, "callback", Passed.REST),
        "add_reader": Runner(1, "callback", Passed.REST),
        "add_writer": Runner(1, "callback", Passed.REST),
        "add_signal_handler": Runner(1, "callback", Passed.REST),
        "run_in_executor": Runner(1, "func", Passed.REST, Result.VALUE),
        "set_exception_handler": Runner(0, "handler"),
    }),
    # hooks of the interpreter, and what runs a function around another one
    "atexit.register": Runner(0, "func", Passed.REST),
    "signal.signal": Runner(1, "handler"),
    "weakref.finalize": Runner(1, "func", Passed.REST),
    **dict.fromkeys(("sys.settrace", "sys.setprofile", "threading.settrace", "threading.setprofile"), _FIRST),
    "contextvars.Context.run": Runner(0, "", Passed.REST, Result.VALUE),
    **_methods(_STACKS, {"callback": _CALL, "push_async_callback": _CALL}),
    **_methods(("unittest.TestCase",), {
        "assertRaises": Runner(1, "", Passed.REST), "assertWarns": Runner(1, "", Passed.REST),
        "addCleanup": _CALL, "addClassCleanup": _CALL,
    }),
    # frameworks
    **dict.fromkeys(("fastapi.Depends", "fastapi.Security"), _DEPENDENCY),
    **dict.fromkeys(("fastapi.params.Depends", "fastapi.params.Security"), _DEPENDENCY),
}  # fmt: skip
"""By import path: what runs a function that it gets, at once or later. Who hands the function over is its caller."""

DEPENDENCIES: Final = frozenset(name for name, runner in RUNNERS.items() if runner.result is Result.DEPENDENCY)
"""Runners that call the class in the annotation of a parameter when they get nothing else."""

HOOKS: Final = {
    **dict.fromkeys(("threading.Thread.start", "threading.Timer.start", "multiprocessing.Process.start"), "run"),
    **dict.fromkeys(("multiprocessing.context.Process.start", "multiprocessing.context.SpawnProcess.start"), "run"),
}  # fmt: skip
"""Methods outside the tree, and the method of the same object that they call, which a class of the tree may have."""

TASK_METHODS: Final = frozenset({
    "delay", "apply_async", "apply", "s", "si", "signature", "subtask", "chunks", "starmap", "map",  # Celery
    "send", "send_with_options", "message", "message_with_options",  # dramatiq
    "remote", "submit", "serve", "call_local", "schedule", "defer", "defer_async", "enqueue",  # ray, prefect, huey, …
    "__wrapped__",  # what ``functools.wraps`` keeps
})  # fmt: skip
"""Methods of what a decorator outside the tree makes of a function; calling them runs the function, now or later."""

NAME_METHODS: Final = frozenset({"send_task", "signature"})
"""Methods that run the task whose name is their first argument."""

_LOOKS = (
    "isinstance", "issubclass", "hasattr", "getattr", "delattr", "id", "repr", "str", "print", "len", "type", "hash",
    "callable", "vars", "dir", "super", "format", "ascii", "bool", "object",
)  # fmt: skip

_LOOKS_ONLY: Final = frozenset({
    *(f"builtins.{name}" for name in _LOOKS), "weakref.ref", "weakref.proxy", "pytest.raises", "pytest.warns",
    "pytest.deprecated_call", "contextlib.suppress", "warnings.warn", "warnings.simplefilter",
    "warnings.filterwarnings", "celery.shared_task", "celery.shared_task()", "celery.Celery.task",
    "celery.Celery.task()", "enum.unique", "attr.s", "attr.s()",
})  # fmt: skip

_LOOKS_ONLY_BEGINNINGS: Final = (
    "typing.", "typing_extensions.", "abc.", "inspect.", "copy.", "pickle.", "functools.wraps",
    "functools.update_wrapper", "functools.lru_cache", "functools.cache", "functools.total_ordering",
    "functools.singledispatch", "contextlib.contextmanager", "contextlib.asynccontextmanager",
    "dataclasses.dataclass", "dataclasses.fields", "dataclasses.is_dataclass", "dataclasses.asdict", "attr.define",
    "attr.frozen", "attr.mutable", "attrs.define", "attrs.frozen", "attrs.mutable", "pytest.mark.", "mock.",
    "unittest.mock.", "unittest.skip", "unittest.expectedFailure", "unittest.TestCase.assert",
)  # fmt: skip
"""What the import paths of others begin with."""


def only_looks(dotted: str) -> bool:
    """Tell whether something outside the tree neither runs nor keeps the functions and classes that it gets: it
    compares, shows or wraps them, and who uses them goes on to use their name.
    """
    return dotted in _LOOKS_ONLY or dotted.startswith(_LOOKS_ONLY_BEGINNINGS)
