"""Trees of texts that are linked one after another, each from what the last one left, and compared with linking it
from nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from hashlib import blake2b, sha1
from typing import Any

import msgpack

from aura_core.linking import EmptyRowSource, FileInput, LinkResult, LinkState, link_changes
from aura_core.model.facts import FileFacts
from aura_core.parsing import facts_to_link, language_of, pack_facts, parse_blob

Tree = Mapping[str, str]


@lru_cache(maxsize=20_000)
def parsed(path: str, text: str) -> tuple[bytes, bytes]:
    """(facts key, packed facts)."""
    language = language_of(path)
    return blake2b(f"{language}\0{text}".encode(), digest_size=16).digest(), pack_facts(parse_blob(path, text.encode()))


def inputs(tree: Tree) -> dict[str, FileInput]:
    """The files of a tree as the linker wants them. A text that begins with "binary" stands for a file that is no part
    of the graph.
    """
    found = {}
    for path, text in tree.items():
        key, packed = parsed(path, text)
        facts = facts_to_link(packed)
        apart = text.startswith("binary")
        found[path] = FileInput(
            sha1(text.encode()).hexdigest(), key, None if apart else facts, "apart" if apart else facts.warning
        )
    return found


class Rows:
    """Rows of every tree so far."""

    def __init__(self) -> None:
        self.packed: dict[bytes, bytes] = {}
        self.recorded: dict[bytes, bytes] = {}
        self.asked = 0

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        self.asked += len(keys)
        return {key: facts_to_link(self.packed[key]) for key in keys if key in self.packed}

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.recorded[key] for key in keys if key in self.recorded}


class Moving:
    """What is kept of one tree after another."""

    def __init__(self) -> None:
        self.kept, self.rows = LinkState(), Rows()
        self.settle()

    def move(self, tree: Tree) -> LinkResult:
        """Go to a tree from wherever this is."""
        files = inputs(tree)
        put, gone = self.kept.changes_to({path: file.blob for path, file in files.items()})
        self.rows.packed |= dict(parsed(path, text) for path, text in tree.items())
        made = link_changes(self.kept, {path: files[path] for path in put}, gone, self.rows)
        self.rows.recorded |= {row.key: row.packed for row in made.reads.values()}
        return made

    def settle(self) -> None:
        """Write everything."""
        self.kept.compact()
        self.written = self.kept.to_arrays()

    def reopen(self) -> None:
        """As another process would find it: what was written, and what has changed since."""
        since = self.kept.pack_changes()
        self.kept = LinkState.from_arrays(*self.written)
        self.kept.apply_changes(since)


def clean(tree: Tree) -> LinkState:
    """A tree linked from nothing, its files in another order."""
    kept = LinkState()
    link_changes(kept, dict(reversed(inputs(tree).items())), (), EmptyRowSource())
    return kept


def difference(moved: LinkState, rebuilt: LinkState, rows: Rows) -> str:
    """The first thing in which two kept trees differ; "" when they are equal in everything that is kept."""
    for path in sorted({*moved.entries, *rebuilt.entries}):
        one, other = moved.entries.get(path), rebuilt.entries.get(path)
        if one is None or other is None:
            return f"{path}: only {'rebuilt' if one is None else 'moved'} has it"
        for field in ("blob", "facts", "fragment", "reads"):
            if getattr(one, field) != getattr(other, field):
                return f"{path}: another {field} row"
    for name in ("excluded", "notes", "hints", "names", "modules", "stubs"):
        if getattr(moved, name) != getattr(rebuilt, name):
            return f"other {name}: {getattr(moved, name)} instead of {getattr(rebuilt, name)}"
    if moved.counts() != rebuilt.counts():
        return f"other counts: {moved.counts()} instead of {rebuilt.counts()}"
    return _arrays(moved, rebuilt)


def _arrays(moved: LinkState, rebuilt: LinkState) -> str:
    one, other = (_plain(kept.to_arrays()) for kept in (moved, rebuilt))
    return next((f"other arrays of {name}" for name in other if one[name] != other[name]), "")


def _plain(packed: tuple[Mapping[str, Any], Mapping[str, Any]]) -> dict[str, Any]:
    return {name: (array.dtype.str, array.tobytes()) for name, array in packed[0].items()}


def recorded(kept: LinkState, rows: Rows, path: str) -> dict[bytes, bytes]:
    """key → value of everything that a file read."""
    layers = msgpack.unpackb(rows.recorded[kept.entries[path].reads])
    return {layer[i : i + 8]: layer[i + 8 : i + 16] for layer in layers for i in range(0, len(layer), 16)}
