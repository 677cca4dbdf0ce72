"""Holds one tree while it is linked: files, module names, the hierarchy, and the value of every dependency key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from aura_core.linking.dependency_keys import (
    KEY_BASES,
    KEY_CALLBACKS,
    KEY_MODULE,
    KEY_MRO,
    KEY_ONLY_METHOD,
    KEY_OVERRIDES,
    KEY_STEM,
    KEY_STUB,
    KEY_TOP,
    OWN_KEY_KINDS,
    Key,
    KeyTable,
    hash64,
)
from aura_core.linking.modules.module_names import NO_MODULES, ModuleTables
from aura_core.linking.source_file import Method, SourceFile
from aura_core.linking.summary import Summary
from aura_core.linking.values import MroEntry

K = TypeVar("K")
V = TypeVar("V")

ClassRefs = dict[str, list[MroEntry]]
"""Classes in order, by the qualified name of a class of one file: its bases, or its method resolution order."""

Address = tuple[str, str, str]
"""``(path, class, method)``: a method that may be overridden, with method "" a class that may have subclasses, or with
``BEFORE`` a class whose methods others hide in a common subclass.
"""

Override = tuple[Address, str]
"""``(address, uid)``: a method and the uid of one that overrides it, or a class and the uid of a subclass or of a class
before it.
"""

BEFORE = "<"
"""In the place of a method's name: the classes that stand before a class in the mro of a common subclass."""

MAX_DEFINERS = 64
"""A name that more methods of the program have is never the only method of its name."""


class CallbackFlow(NamedTuple):
    """A function, class or object that one file passes to a function of another.

    ``path`` and ``function`` (a qualified name) say to which function and ``position`` for which parameter. ``kind`` is
    the reference kind of what is passed, ``f`` or ``c``, or ``i`` for an instance and ``n`` for a container of them;
    ``callback_path`` and ``callback`` (a qualified name) say which it is, or of which class.
    """

    path: str
    function: str
    position: int
    kind: str
    callback_path: str
    callback: str


class Lazy(dict[K, V]):
    """A dict that loads an entry when it is first asked for. Keys for which ``load`` returns None are not in it."""

    def __init__(self, load: Callable[[K], V | None]) -> None:
        super().__init__()
        self._load = load

    def __missing__(self, key: K) -> V:
        value = self._load(key)
        if value is None:
            raise KeyError(key)
        self[key] = value
        return value

    def get(self, key: K, default: V | None = None) -> V | None:  # type: ignore[override]
        """Return the entry, loaded when it is not there yet, or the default."""
        try:
            return self[key]
        except KeyError:
            return default


@dataclass(slots=True)
class Program:
    """The tables of one tree. Any of them may be ``Lazy``: look entries up, never iterate.

    ``files``, ``bases``, ``mro`` and ``callbacks_into`` are by path. ``tables``: the names of its modules.
    ``overriders``: the uids of methods that override one, or of subclasses, by address. ``definers``: the uids of all
    methods of a name. ``callbacks_into``: how many files pass each callback to functions of a file.
    """

    files: dict[str, SourceFile] = field(default_factory=dict)
    summaries: dict[str, Summary] = field(default_factory=dict)
    tables: ModuleTables = NO_MODULES
    bases: dict[str, ClassRefs] = field(default_factory=dict)
    mro: dict[str, ClassRefs] = field(default_factory=dict)
    overriders: dict[Address, set[str]] = field(default_factory=dict)
    definers: dict[str, set[str]] = field(default_factory=dict)
    callbacks_into: dict[str, Counter[CallbackFlow]] = field(default_factory=dict)
    keys: KeyTable = field(default_factory=KeyTable)
    _only_methods: dict[str, str] = field(default_factory=dict, init=False)

    def summary_of(self, file: SourceFile) -> Summary:
        """Return the summary of one of the files."""
        return _entry(self.summaries, file.path, lambda: Summary(file))

    def value(self, key: Key) -> int:
        """Return the value of any key. Only ``Summary`` and the table at the end of this module say what keys mean."""
        key_kind, *address = key
        if key_kind in OWN_KEY_KINDS:
            path, *_ = address
            file = self.files.get(path)
            return self.summary_of(file).value(key) if file is not None else 0
        text = _TEXTS[key_kind](self, *address)
        return hash64(text) if text is not None else 0

    def only_method(self, name: str) -> str | None:
        """Return the uid of the only method of a name, or of the one that all others override; "" when there are
        several, None when there is none.
        """
        methods = self.definers.get(name)
        if not methods:
            return None
        if len(methods) == 1:
            return next(iter(methods))
        if name not in self._only_methods:
            self._only_methods[name] = self._root_method(methods, name) if len(methods) <= MAX_DEFINERS else ""
        return self._only_methods[name]

    def _root_method(self, methods: set[str], name: str) -> str:
        """Return the method that all the others override, or ""."""
        for uid in sorted(methods):  # sorted, because bases that go round in a circle make several
            if methods - {uid} <= (self.overriders.get(method_address(uid, name)) or set()):
                return uid
        return ""

    def change_methods(self, path: str, before: Iterable[Method], after: Iterable[Method]) -> None:
        """Replace the methods of one file among those of the program."""
        self._only_methods.clear()
        for name, function in public_methods(before):
            _entry(self.definers, name, set).discard(f"{path}::{function}")
        for name, function in public_methods(after):
            _entry(self.definers, name, set).add(f"{path}::{function}")

    def change_overrides(self, before: Iterable[Override], after: Iterable[Override]) -> set[Address]:
        """Replace what the classes of one file override; return the addresses whose overrides have changed."""
        self._only_methods.clear()
        old, new = set(before), set(after)
        for address, uid in old - new:
            _entry(self.overriders, address, set).discard(uid)
        for address, uid in new - old:
            _entry(self.overriders, address, set).add(uid)
        return {address for address, _ in old ^ new}

    def change_callbacks(self, before: Iterable[CallbackFlow], after: Iterable[CallbackFlow]) -> set[str]:
        """Replace the callbacks that one file passes to others, each once; return the paths of the files that now get
        other callbacks from all files together.
        """
        old, new = set(before), set(after)
        changed_paths = set()
        for flows, step in ((old - new, -1), (new - old, 1)):
            for flow in flows:
                counts = _entry(self.callbacks_into, flow.path, Counter[CallbackFlow])
                counts[flow] += step
                if counts[flow] == max(step, 0):  # the last file that passed it, or the first one that does
                    changed_paths.add(flow.path)
                if not counts[flow]:
                    del counts[flow]
        return changed_paths


def _entry(table: dict[K, V], key: K, make: Callable[[], V]) -> V:
    """Return a table's entry; when there is none, add a new one."""
    entry = table.get(key)
    if entry is None:
        table[key] = entry = make()
    return entry


def method_address(uid: str, name: str) -> Address:
    """Return the address of a method: ``"a.py::File.read"`` is ``("a.py", "File", "read")`` under the name ``read``."""
    path, _, function = uid.rpartition("::")
    return path, function.rpartition(".")[0], name


def public_methods(methods: Iterable[Method]) -> Iterator[tuple[str, str]]:
    """Yield (name, qualified name of the function) of the methods that could be the only one of their name: all but
    the special ones.
    """
    return ((name, function) for _, name, function in methods if not name.startswith("__"))


# The text of each key whose value follows from several files; None when the program has nothing under the key.


def _module_text(program: Program, dotted_name: str) -> str | None:
    path = program.tables.modules.get(dotted_name)
    return f"={path}" if path is not None else None


def _top_text(program: Program, name: str) -> str | None:
    top = program.tables.search.tops.get(name)
    return top.text() if top is not None else None


def _stem_text(program: Program, stem: str) -> str | None:
    dotted = program.tables.search.stems.get(stem)
    return f"={dotted}" if dotted is not None else None


def _stub_text(program: Program, path: str) -> str | None:
    stub = program.tables.stubs.get(path)
    return f"={stub}" if stub is not None else None


def _only_method_text(program: Program, name: str) -> str | None:
    uid = program.only_method(name)
    return f"={uid}" if uid is not None else None


def _overrides_text(program: Program, path: str, class_name: str, name: str) -> str | None:
    uids = program.overriders.get((path, class_name, name))
    return "\n".join(sorted(uids)) if uids else None


def _callbacks_text(program: Program, path: str) -> str | None:
    flows = program.callbacks_into.get(path)
    return repr(list(map(tuple, sorted(flows)))) if flows else None


def _bases_text(program: Program, path: str, class_name: str) -> str | None:
    refs = (program.bases.get(path) or {}).get(class_name)
    return repr(refs) if refs is not None else None


def _mro_text(program: Program, path: str, class_name: str) -> str | None:
    refs = (program.mro.get(path) or {}).get(class_name)
    return repr(refs) if refs is not None else None


_TEXTS: dict[str, Callable[..., str | None]] = {
    KEY_MODULE: _module_text,
    KEY_TOP: _top_text,
    KEY_STEM: _stem_text,
    KEY_STUB: _stub_text,
    KEY_ONLY_METHOD: _only_method_text,
    KEY_OVERRIDES: _overrides_text,
    KEY_CALLBACKS: _callbacks_text,
    KEY_BASES: _bases_text,
    KEY_MRO: _mro_text,
}
