"""Links the files of one tree: turns their facts into edges, and records every dependency key that was read.

What links, from the outside to the inside:

- ``full_linker``: a whole tree from nothing. ``incremental_linker``: a tree from what the previous one left.
- ``interface``: the values that go into linking and come out.
- ``link_plan``: what differs between two trees, and which files are due because of it.
- ``early_layers``: the layers before links: bases, method resolution orders and overrides, callbacks across files.
- ``batch_linker``: the links of many files. ``file_linker``: the links of one file.
- ``calls``: what each call site of a file calls, and what the file hands to other code.
- ``inference``: what an expression stands for. ``libraries``: what is known of code outside the tree.

What they work on:

- ``program``: one tree while it is linked. ``source_file``: one file of it. ``modules``: files by dotted name.
- ``hierarchy``: bases, method resolution orders and overrides of classes.
- ``dependency_keys``: the keys of what a file reads of others. ``summary``: the values of the keys that follow from one
  file alone. ``spelling``: the texts that such values are hashes of.
- ``values``: what expressions stand for. ``call_arguments``: which argument of a call goes to which parameter.
- ``fragments``: the edges of a file as bytes, and the digest of a snapshot.
- ``state``: what linking a tree leaves for the next commit. ``state_writer``: moves it to the tree that was linked.
"""

from __future__ import annotations

from aura_core.linking.batch_linker import BatchRunner, LinkBatch, LinkedFile
from aura_core.linking.fragments import Row, pack_fragment, snapshot_digest, unpack_fragment
from aura_core.linking.full_linker import LinkedTree, link_tree
from aura_core.linking.incremental_linker import link_changes
from aura_core.linking.interface import EmptyRowSource, FileInput, LinkResult, RowSource, StateIncomplete
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
