"""From the facts of one tree to edges, with every key that was read."""

from __future__ import annotations

from aura_core.linking.codec import Row, pack_fragment, snapshot_digest, unpack_fragment
from aura_core.linking.kept import Kept
from aura_core.linking.relink import FileInput, Lost, NoShelf, Relinked, relink
from aura_core.linking.shares import LinkedFile, Shares, Work
from aura_core.linking.tree import LinkedTree, link_tree
from aura_core.linking.version import LINKER_VERSION

__all__ = [
    "LINKER_VERSION",
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
