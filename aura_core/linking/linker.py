"""Linking a whole tree from nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aura_core.linking.fragments import Row
from aura_core.linking.incremental import EmptyRowSource, FileInput, Relinking, link_changes
from aura_core.linking.program import Program
from aura_core.linking.state.link_state import LinkState
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
    state = LinkState()
    linked = link_changes(state, _inputs(files), (), EmptyRowSource())
    return LinkedTree(linked.fragments, linked.reads, {name: state.totals[name] for name in ("edges", "unresolved")})


def hierarchy_of(files: Files) -> Program:
    """A tree's files with their bases and orders, before links."""
    work = Relinking(LinkState(), _inputs(files), (), EmptyRowSource())
    work.hierarchy()
    return work.program


def _inputs(files: Files) -> dict[str, FileInput]:
    return {path: FileInput("", key, facts) for path, (key, facts) in files.items()}
