"""From the facts of one tree to edges, with every dependency key that was read."""

from __future__ import annotations

from aura_core.linking.batch import BatchRunner, LinkBatch, LinkedFile
from aura_core.linking.fragments import Row, pack_fragment, snapshot_digest, unpack_fragment
from aura_core.linking.incremental import link_changes
from aura_core.linking.inputs import EmptyRowSource, FileInput, LinkResult, RowSource, StateIncomplete
from aura_core.linking.linker import LinkedTree, link_tree
from aura_core.linking.state.link_state import LinkState

__all__ = [
    "BatchRunner",
    "EmptyRowSource",
    "FileInput",
    "LinkBatch",
    "LinkResult",
    "LinkState",
    "LinkedFile",
    "LinkedTree",
    "Row",
    "RowSource",
    "StateIncomplete",
    "link_changes",
    "link_tree",
    "pack_fragment",
    "snapshot_digest",
    "unpack_fragment",
]
