"""Linking a whole tree from nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aura_core.linking.fragments import Row
from aura_core.linking.incremental import FileInput, NoShelf, Relinking, relink
from aura_core.linking.program import World
from aura_core.linking.state.link_state import Kept
from aura_core.model.facts import FileFacts

Files = Mapping[str, tuple[bytes, FileFacts]]


@dataclass(frozen=True, slots=True)
class LinkedTree:
    """``fragments`` and ``reads``: a content-addressed row a path. ``stats``: how many edges (CONTAINS not counted)
    and unresolved call sites.

    A ``reads`` row is msgpack of three byte strings, one a layer (bases, orders, links): sorted (key, value) pairs of
    64-bit little-endian integers.
    """

    fragments: dict[str, Row]
    reads: dict[str, Row]
    stats: dict[str, int]


def link_tree(files: Files) -> LinkedTree:
    """Link every file. ``files``: path → (facts key, facts). The result depends on nothing but ``files``, not on their
    order.
    """
    kept = Kept()
    linked = relink(kept, _inputs(files), (), NoShelf())
    return LinkedTree(linked.fragments, linked.reads, {name: kept.totals[name] for name in ("edges", "unresolved")})


def hierarchy_of(files: Files) -> World:
    """A tree's files with their bases and orders, before links."""
    work = Relinking(Kept(), _inputs(files), (), NoShelf())
    work.hierarchy()
    return work.world


def _inputs(files: Files) -> dict[str, FileInput]:
    return {path: FileInput("", key, facts) for path, (key, facts) in files.items()}
