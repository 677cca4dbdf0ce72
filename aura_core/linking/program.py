"""Everything known of one tree while it is linked, and the values of keys in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aura_core.linking.dependency_keys import (
    KEY_BASES,
    KEY_CALLBACKS,
    KEY_MODULE,
    KEY_MRO,
    KEY_ONLY_METHOD,
    KEY_OVERRIDES,
    KEY_STUB,
    Key,
    KeyTable,
    hash64,
)
from aura_core.linking.module_names import ModuleName
from aura_core.linking.source_file import Method, SourceFile
from aura_core.linking.values import MroEntry

K = TypeVar("K")
V = TypeVar("V")

Bases = dict[str, list[MroEntry]]
Address = tuple[str, str, str]
"""(path, class, method)"""

Overriding = tuple[Address, str]
"""The address of a method that may be overridden, and the uid of one that does."""

CallbackFlow = tuple[str, str, int, str, str, str]
"""A function's path and qualified name, the position of a parameter, and what is passed for it: ``f`` or ``c``, path,
qualified name.
"""

MOST = 64
"""A name that more methods of the tree have is nobody's own."""

_NOBODY: frozenset[str] = frozenset()


class Lazy(dict[K, V]):
    """A dict that asks for what it does not hold yet. What is found nowhere is not in it."""

    def __init__(self, find: Callable[[K], V | None]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: K) -> V:
        found = self._find(key)
        if found is None:
            raise KeyError(key)
        self[key] = found
        return found

    def get(self, key: K, default: Any = None) -> Any:
        """The value, asked for when it is not held."""
        try:
            return self[key]
        except KeyError:
            return default


@dataclass(slots=True)
class Program:
    """Files, module names, the hierarchy, and who defines which method. Any of the tables may be ``Lazy``: they are
    asked, never walked.
    """

    files: dict[str, SourceFile] = field(default_factory=dict)
    names: dict[str, ModuleName] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    stubs: dict[str, str] = field(default_factory=dict)
    bases: dict[str, Bases] = field(default_factory=dict)
    mro: dict[str, Bases] = field(default_factory=dict)
    overriders: dict[Address, set[str]] = field(default_factory=dict)
    definers: dict[str, set[str]] = field(default_factory=dict)
    callbacks_into: dict[str, Counter[CallbackFlow]] = field(default_factory=dict)
    keys: KeyTable = field(default_factory=KeyTable)
    roots: dict[str, str] = field(default_factory=dict)

    def only(self, name: str) -> str | None:
        """The uid of the only method of a name, or of the one that all others override; "" when there are several;
        None when there is none.
        """
        found = self.definers.get(name)
        if not found:
            return None
        if len(found) == 1:
            return next(iter(found))
        if name not in self.roots:
            self.roots[name] = self._overridden(found, name) if len(found) <= MOST else ""
        return self.roots[name]

    def _overridden(self, methods: set[str], name: str) -> str:
        """Which of some methods all the others override; sorted, because bases that go round in a circle make several."""
        return next(
            (
                uid
                for uid in sorted(methods)
                if methods - {uid} <= self.overriders.get(method_address(uid, name), _NOBODY)
            ),
            "",
        )

    def value(self, key: Key) -> int:
        """The value of any key: the only place that says what a key stands for. Keys without an entry here belong to
        the file at their path.
        """
        ask = _VALUES.get(key[0])
        if ask is not None:
            return ask(self, key)
        file = self.files.get(key[1])
        return file.value(key) if file is not None else 0

    def change_methods(self, path: str, before: Iterable[Method], after: Iterable[Method]) -> None:
        """Count a file's methods among those of the tree instead of those that it had. Special methods are nobody's
        only method.
        """
        self.roots.clear()
        for name, function in nameable(before):
            self._definers(name).discard(f"{path}::{function}")
        for name, function in nameable(after):
            self._definers(name).add(f"{path}::{function}")

    def change_overriding(self, before: Iterable[Overriding], after: Iterable[Overriding]) -> set[Address]:
        """Replace what a file's methods override; which addresses changed."""
        self.roots.clear()
        old, new = set(before), set(after)
        for address, uid in old - new:
            self._overriders(address).discard(uid)
        for address, uid in new - old:
            self._overriders(address).add(uid)
        return {address for address, _ in old ^ new}

    def change_callbacks(self, before: Iterable[CallbackFlow], after: Iterable[CallbackFlow]) -> set[str]:
        """Replace what a file passes to others, each once; the paths of those that now get more or less from all files
        together.
        """
        old, new = set(before), set(after)
        changed = set()
        for some, step in ((old - new, -1), (new - old, 1)):
            for row in some:
                counts = self._arrivals(row[0])
                counts[row] += step
                if counts[row] == max(step, 0):
                    changed.add(row[0])
                if not counts[row]:
                    del counts[row]
        return changed

    def _arrivals(self, path: str) -> Counter[CallbackFlow]:
        found = self.callbacks_into.get(path)
        if found is None:
            self.callbacks_into[path] = found = Counter()
        return found

    def _definers(self, name: str) -> set[str]:
        found = self.definers.get(name)
        if found is None:
            self.definers[name] = found = set()
        return found

    def _overriders(self, address: Address) -> set[str]:
        found = self.overriders.get(address)
        if found is None:
            self.overriders[address] = found = set()
        return found


def method_address(uid: str, name: str) -> Address:
    """Where the methods that override one are found."""
    path, _, function = uid.rpartition("::")
    return path, function.rpartition(".")[0], name


def nameable(methods: Iterable[Method]) -> Iterator[tuple[str, str]]:
    """(name, qualified name of the function) of the methods that could be the only one of their name."""
    return ((name, function) for _, name, function in methods if not name.startswith("__"))


def _module(program: Program, key: Key) -> int:
    path = program.modules.get(key[1])
    return hash64("=" + path) if path is not None else 0


def _stub(program: Program, key: Key) -> int:
    path = program.stubs.get(key[1])
    return hash64("=" + path) if path is not None else 0


def _only(program: Program, key: Key) -> int:
    only = program.only(key[1])
    return hash64("=" + only) if only is not None else 0


def _overridden(program: Program, key: Key) -> int:
    found = program.overriders.get((key[1], key[2], key[3]))
    return hash64("\n".join(sorted(found))) if found else 0


def _arrived(program: Program, key: Key) -> int:
    found = program.callbacks_into.get(key[1])
    return hash64(repr(sorted(found))) if found else 0


def _bases(program: Program, key: Key) -> int:
    rows = program.bases.get(key[1], {}).get(key[2])
    return hash64(repr(rows)) if rows is not None else 0


def _order(program: Program, key: Key) -> int:
    rows = program.mro.get(key[1], {}).get(key[2])
    return hash64(repr(rows)) if rows is not None else 0


_VALUES: dict[str, Callable[[Program, Key], int]] = {
    KEY_MODULE: _module,
    KEY_STUB: _stub,
    KEY_ONLY_METHOD: _only,
    KEY_OVERRIDES: _overridden,
    KEY_CALLBACKS: _arrived,
    KEY_BASES: _bases,
    KEY_MRO: _order,
}
