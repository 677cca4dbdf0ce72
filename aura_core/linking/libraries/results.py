"""Tells what well-known functions of the standard library return. Of the results of other functions outside the tree
nothing is known but the call that made them.
"""

from __future__ import annotations

from typing import Final

from aura_core.linking.values import V_BUILTIN, V_EXTERNAL_VALUE, Refs, elements, pair

_TEXT: Final[Refs] = ((V_BUILTIN, "str"),)
_BYTES: Final[Refs] = ((V_BUILTIN, "bytes"),)

_SAME: Final = (
    "capitalize", "center", "expandtabs", "join", "ljust", "lower", "lstrip", "removeprefix", "removesuffix", "replace",
    "rjust", "rstrip", "strip", "swapcase", "title", "translate", "upper", "zfill",
)  # fmt: skip
"""Methods of texts and bytes that return a value of the same type."""

_TEXTS: Final = (
    "builtins.str.casefold", "builtins.str.format", "builtins.str.format_map", "builtins.bytes.decode",
    "builtins.bytes.hex", "builtins.ascii", "builtins.bin", "builtins.chr", "builtins.format", "builtins.hex",
    "builtins.input", "builtins.oct", "builtins.repr", "os.fspath", "os.getcwd", "os.getenv", "os.environ.get",
    "os.path.abspath", "os.path.basename", "os.path.commonpath", "os.path.dirname", "os.path.expanduser",
    "os.path.expandvars", "os.path.join", "os.path.normpath", "os.path.realpath", "os.path.relpath", "re.escape",
    "re.sub", "re.Pattern.sub", "json.dumps", "textwrap.dedent", "textwrap.indent", "io.TextIOWrapper.read",
    "io.TextIOWrapper.readline", "io.StringIO.getvalue", "io.StringIO.read", "io.StringIO.readline",
    "pathlib.Path.read_text", "pathlib.Path.as_posix", "datetime.datetime.isoformat", "datetime.datetime.strftime",
    "datetime.date.isoformat", "datetime.date.strftime", "time.strftime", "traceback.format_exc",
)  # fmt: skip

_INTEGERS: Final = (
    "builtins.hash", "builtins.id", "builtins.len", "builtins.ord", "builtins.str.count", "builtins.str.find",
    "builtins.str.index", "builtins.str.rfind", "builtins.str.rindex",
)  # fmt: skip

_TYPES: Final = {
    "builtins.open": "io.TextIOWrapper", "io.open": "io.TextIOWrapper", "pathlib.Path.open": "io.TextIOWrapper",
    "re.compile": "re.Pattern", "re.match": "re.Match", "re.search": "re.Match", "re.fullmatch": "re.Match",
    "re.Pattern.match": "re.Match", "re.Pattern.search": "re.Match", "re.Pattern.fullmatch": "re.Match",
    "logging.getLogger": "logging.Logger", "logging.Logger.getChild": "logging.Logger",
    "datetime.datetime": "datetime.datetime", "datetime.date": "datetime.date", "datetime.time": "datetime.time",
    "datetime.timedelta": "datetime.timedelta", "datetime.timezone": "datetime.timezone",
    "datetime.datetime.now": "datetime.datetime", "datetime.datetime.utcnow": "datetime.datetime",
    "datetime.datetime.today": "datetime.datetime", "datetime.datetime.combine": "datetime.datetime",
    "datetime.datetime.fromtimestamp": "datetime.datetime", "datetime.datetime.fromisoformat": "datetime.datetime",
    "datetime.datetime.strptime": "datetime.datetime", "datetime.datetime.replace": "datetime.datetime",
    "datetime.datetime.astimezone": "datetime.datetime", "datetime.datetime.date": "datetime.date",
    "datetime.datetime.time": "datetime.time", "datetime.date.today": "datetime.date",
    "datetime.date.replace": "datetime.date", "datetime.date.fromisoformat": "datetime.date",
    "datetime.time.replace": "datetime.time", "pathlib.Path.absolute": "pathlib.Path",
    "pathlib.Path.expanduser": "pathlib.Path", "pathlib.Path.joinpath": "pathlib.Path",
    "pathlib.Path.relative_to": "pathlib.Path", "pathlib.Path.resolve": "pathlib.Path",
    "pathlib.Path.with_name": "pathlib.Path", "pathlib.Path.with_suffix": "pathlib.Path",
    "pathlib.Path.cwd": "pathlib.Path", "pathlib.Path.home": "pathlib.Path",
    **dict.fromkeys(("asyncio.get_running_loop", "asyncio.get_event_loop"), "asyncio.AbstractEventLoop"),
    "asyncio.new_event_loop": "asyncio.AbstractEventLoop", "contextvars.copy_context": "contextvars.Context",
    "multiprocessing.pool.ThreadPool": "multiprocessing.pool.Pool", "multiprocessing.Pool": "multiprocessing.pool.Pool",
    "subprocess.run": "subprocess.CompletedProcess", "socket.socket": "socket.socket",
}  # fmt: skip
"""By function or class with a small initial: the class of the standard library that its result is of."""


def _of_texts(kind: str, same: Refs) -> dict[str, Refs]:
    """Return the results of the methods of a text type that give more texts of that type."""
    each: dict[str, Refs] = dict.fromkeys(_SAME, same)
    each |= dict.fromkeys(("split", "rsplit", "splitlines"), (elements("list", same),))
    each |= dict.fromkeys(("partition", "rpartition"), (elements("tuple", same),))
    return {f"builtins.{kind}.{name}": refs for name, refs in each.items()}


RESULTS: Final[dict[str, Refs]] = {
    **_of_texts("str", _TEXT),
    **_of_texts("bytes", _BYTES),
    **dict.fromkeys(_TEXTS, _TEXT),
    **dict.fromkeys(_INTEGERS, ((V_BUILTIN, "int"),)),
    **{dotted: ((V_EXTERNAL_VALUE, result),) for dotted, result in _TYPES.items()},
    "builtins.str.encode": _BYTES,
    "os.path.split": (pair(_TEXT, _TEXT),),
    "os.path.splitext": (pair(_TEXT, _TEXT),),
    "os.listdir": (elements("list", _TEXT),),
}
"""By function: what a call of it returns, ``None`` left out."""
