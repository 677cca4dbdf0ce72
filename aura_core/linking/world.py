"""Everything known of one tree while it is linked, and the values of keys in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from aura_core.linking.keys import Key, KeyTable, hash64
from aura_core.linking.roots import ModuleName
from aura_core.linking.summaries import SourceFile
from aura_core.linking.values import Ref

Bases = dict[str, list[Ref]]
Overriding = tuple[tuple[str, str, str], str]


@dataclass(slots=True)
class World:
    """Files, module names, the hierarchy, and who defines which method."""

    files: dict[str, SourceFile] = field(default_factory=dict)
    names: dict[str, ModuleName] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    bases: dict[str, Bases] = field(default_factory=dict)
    orders: dict[str, Bases] = field(default_factory=dict)
    overriding: dict[str, list[Overriding]] = field(default_factory=dict)
    overriders: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)
    definers: dict[str, set[str]] = field(default_factory=dict)
    keys: KeyTable = field(default_factory=KeyTable)

    def only(self, name: str) -> str | None:
        """The uid of the only method of a name; "" when there are several; None when there is none."""
        found = self.definers.get(name)
        return None if not found else next(iter(found)) if len(found) == 1 else ""

    def value(self, key: Key) -> int:
        """The value of any key."""
        kind = key[0]
        if kind == "M":
            path = self.modules.get(key[1])
            return hash64("=" + path) if path is not None else 0
        if kind == "U":
            only = self.only(key[1])
            return hash64("=" + only) if only is not None else 0
        if kind == "O":
            found = self.overriders.get((key[1], key[2], key[3]))
            return hash64("\n".join(sorted(found))) if found else 0
        if kind in "BK":
            table = self.bases if kind == "B" else self.orders
            rows = table.get(key[1], {}).get(key[2])
            return hash64(repr(rows)) if rows is not None else 0
        file = self.files.get(key[1])
        return file.value(key) if file is not None else 0

    def add_methods(self, file: SourceFile) -> None:
        """Count a file's methods among those of the tree."""
        for _, name, qualname in file.methods():
            if not name.startswith("__"):
                self.definers.setdefault(name, set()).add(f"{file.path}::{qualname}")

    def drop_methods(self, file: SourceFile) -> None:
        """The reverse of ``add_methods``."""
        for _, name, qualname in file.methods():
            if not name.startswith("__"):
                found = self.definers[name]
                found.discard(f"{file.path}::{qualname}")
                if not found:
                    del self.definers[name]

    def set_overriding(self, path: str, rows: list[Overriding]) -> set[tuple[str, str, str]]:
        """Replace what a file's methods override; which (ancestor, method) addresses changed."""
        before, after = set(self.overriding.pop(path, ())), set(rows)
        for address, uid in before - after:
            found = self.overriders[address]
            found.discard(uid)
            if not found:
                del self.overriders[address]
        for address, uid in after - before:
            self.overriders.setdefault(address, set()).add(uid)
        if rows:
            self.overriding[path] = rows
        return {address for address, _ in before ^ after}
