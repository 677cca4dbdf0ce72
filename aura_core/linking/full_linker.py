"""Links a whole tree from nothing, without a previous state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aura_core.linking.dependency_keys import ReadsPacker
from aura_core.linking.early_layers import link_bases, link_callbacks, link_mro
from aura_core.linking.fragments import Row
from aura_core.linking.incremental_linker import link_changes, plan_changes
from aura_core.linking.interface import EmptyRowSource, FileInput
from aura_core.linking.program import Program
from aura_core.linking.state.link_state import LinkState
from aura_core.model.facts import FileFacts

Files = Mapping[str, tuple[bytes, FileFacts]]
"""(facts key, facts) by path."""


@dataclass(frozen=True, slots=True)
class LinkedTree:
    """The rows and counts of a linked tree.

    ``fragments`` and ``reads``: a content-addressed row for each path. ``stats``: how many edges (CONTAINS not counted)
    and unresolved call sites there are.

    A ``reads`` row is msgpack of three byte strings, one for each ``Layer``: (key hash, value) pairs of 64-bit
    little-endian integers, sorted by hash.
    """

    fragments: dict[str, Row]
    reads: dict[str, Row]
    stats: dict[str, int]


def link_tree(files: Files) -> LinkedTree:
    """Link every file; return the rows. The result depends on ``files`` alone, and not on their order."""
    state = LinkState()
    result = link_changes(state, _inputs(files), (), EmptyRowSource())
    return LinkedTree(result.fragments, result.reads, {name: state.totals[name] for name in ("edges", "unresolved")})


def hierarchy_of(files: Files) -> Program:
    """Return the program of a tree before its links are made: with bases, MROs and callbacks across files."""
    plan = plan_changes(LinkState(), _inputs(files), (), EmptyRowSource())
    packer = ReadsPacker(plan.program.keys, plan.program.value)
    link_bases(plan, packer)
    link_mro(plan, packer)
    link_callbacks(plan)
    return plan.program


def _inputs(files: Files) -> dict[str, FileInput]:
    return {path: FileInput("", key, facts) for path, (key, facts) in files.items()}
