"""From the facts of one tree to edges, with every key that was read."""

from __future__ import annotations

from aura_core.linking.batch import LinkedFile, Shares, Work
from aura_core.linking.fragments import Row, pack_fragment, snapshot_digest, unpack_fragment
from aura_core.linking.incremental import FileInput, Lost, NoShelf, Relinked, relink
from aura_core.linking.linker import LinkedTree, link_tree
from aura_core.linking.state.link_state import Kept

__all__ = [
    "FileInput",
    "Kept",
    "LinkedFile",
    "LinkedTree",
    "Lost",
    "NoShelf",
    "Relinked",
    "Row",
    "Shares",
    "Work",
    "link_tree",
    "pack_fragment",
    "relink",
    "snapshot_digest",
    "unpack_fragment",
]
