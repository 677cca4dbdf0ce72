"""The interface of linking: the files and stored rows that go in, the new rows that come out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from aura_core.linking.fragments import Row
from aura_core.model.facts import FileFacts
from aura_core.model.snapshot import SkipReason


class FileInput(NamedTuple):
    """One file of a tree.

    ``blob``: its id (hex). ``key``: of its facts. ``facts``: None for a file that is no part of the graph, for which
    ``skip_reason`` says why. ``note``: a warning or "".
    """

    blob: str
    key: bytes
    facts: FileFacts | None
    note: str = ""
    skip_reason: SkipReason | None = None


class StateIncomplete(Exception):
    """A row that the link state names is no longer in the store, so that the tree must be linked from nothing."""


class RowSource(Protocol):
    """Loads stored rows of earlier trees. Answers leave out keys that the store does not have."""

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        """Return facts by key."""
        ...

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Return packed reads by key."""
        ...


class EmptyRowSource:
    """A source without rows, which is enough for linking from nothing."""

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        """Return no facts."""
        return {}

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Return no reads."""
        return {}


@dataclass(slots=True)
class LinkResult:
    """The new rows of a linked tree, by path.

    ``fragments``: of the files whose links were made again. ``reads``: of the files that were linked again in any
    layer. ``linked``: the sorted paths of the files whose links were made again.
    """

    fragments: dict[str, Row] = field(default_factory=dict)
    reads: dict[str, Row] = field(default_factory=dict)
    linked: tuple[str, ...] = ()
