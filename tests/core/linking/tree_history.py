"""A helper: trees of texts that are linked one after another, each from what the last one left, and the comparison with
linking the last one from nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from hashlib import blake2b, sha1

from aura_core.linking import EmptyRowSource, FileInput, LinkResult, LinkState, link_changes
from aura_core.model.facts import FileFacts
from aura_core.model.snapshot import SkipReason
from aura_core.parsing import facts_to_link, language_of, pack_facts, parse_blob

Tree = Mapping[str, str]
"""Texts by path. One that begins with "binary" stands for a file that is no part of the graph."""


@lru_cache(maxsize=20_000)
def parse(path: str, text: str) -> tuple[bytes, bytes]:
    """Return the key of a file's facts, and the packed facts."""
    language = language_of(path)
    return blake2b(f"{language}\0{text}".encode(), digest_size=16).digest(), pack_facts(parse_blob(path, text.encode()))


def inputs(tree: Tree) -> dict[str, FileInput]:
    """Return the files of a tree as the linker takes them."""
    files = {}
    for path, text in tree.items():
        blob, (key, packed) = sha1(text.encode()).hexdigest(), parse(path, text)
        facts = facts_to_link(packed)
        is_binary = text.startswith("binary")
        if is_binary:
            files[path] = FileInput(blob, key, None, "binary", SkipReason.BINARY)
        else:
            files[path] = FileInput(blob, key, facts, facts.warning)
    return files


class RowsInMemory:
    """The rows of every tree so far."""

    def __init__(self) -> None:
        self.facts_rows: dict[bytes, bytes] = {}
        self.reads_rows: dict[bytes, bytes] = {}

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        return {key: facts_to_link(self.facts_rows[key]) for key in keys if key in self.facts_rows}

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.reads_rows[key] for key in keys if key in self.reads_rows}


class TreeHistory:
    """The link state of one tree after another."""

    def __init__(self) -> None:
        self.state, self.rows = LinkState(), RowsInMemory()
        self.compact()

    def link(self, tree: Tree) -> LinkResult:
        """Move to a tree from the last one."""
        files = inputs(tree)
        changed, removed = self.state.changes_to({path: file.blob for path, file in files.items()})
        self.rows.facts_rows |= dict(parse(path, text) for path, text in tree.items())
        result = link_changes(self.state, {path: files[path] for path in changed}, removed, self.rows)
        self.rows.reads_rows |= {row.key: row.packed for row in result.reads.values()}
        return result

    def compact(self) -> None:
        """Write the whole state."""
        self.state.compact()
        self.arrays = self.state.to_arrays()

    def reopen(self) -> None:
        """Take the state as another process would find it: the last whole one, and what has changed since."""
        changes = self.state.pack_changes()
        self.state = LinkState.from_arrays(*self.arrays)
        self.state.apply_changes(changes)


def link_from_nothing(tree: Tree) -> LinkState:
    """Return the state of a tree that is linked from nothing, its files in another order."""
    state = LinkState()
    link_changes(state, dict(reversed(inputs(tree).items())), (), EmptyRowSource())
    return state


def difference(incremental: LinkState, rebuilt: LinkState) -> str:
    """Say in what two states differ first; "" when they are equal in everything that is stored."""
    for path in sorted({*incremental.entries, *rebuilt.entries}):
        entry, expectation = incremental.entries.get(path), rebuilt.entries.get(path)
        if entry is None or expectation is None:
            return f"{path}: only the {'rebuilt' if entry is None else 'incremental'} state has it"
        for field in ("blob", "facts", "fragment", "reads"):
            if getattr(entry, field) != getattr(expectation, field):
                return f"{path}: another {field} row"
    for name in ("excluded", "notes", "too_complex", "hints", "tables"):
        if getattr(incremental, name) != getattr(rebuilt, name):
            return f"other {name}: {getattr(incremental, name)} instead of {getattr(rebuilt, name)}"
    if incremental.counts() != rebuilt.counts():
        return f"other counts: {incremental.counts()} instead of {rebuilt.counts()}"
    arrays, expected_arrays = _arrays(incremental), _arrays(rebuilt)
    return next((f"other arrays of {name}" for name, data in expected_arrays.items() if arrays[name] != data), "")


def _arrays(state: LinkState) -> dict[str, tuple[str, bytes]]:
    arrays, _ = state.to_arrays()
    return {name: (array.dtype.str, array.tobytes()) for name, array in arrays.items()}
