"""Which texts the stored snapshots are made of: the vectors that are needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from aura_core.embedding import static_embedder
from aura_core.parsing import unpack_facts
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.workers.pool import chunks, no_collection

ROWS_AT_ONCE = 512


def live_texts(stores: Stores) -> set[bytes]:
    """Keys of all texts of every stored snapshot, as the embedder of this process names them. Facts that are gone
    meanwhile, with the snapshots that named them, need none.
    """
    paths: defaultdict[bytes, set[str]] = defaultdict(set)
    for path, facts in stores.snapshots.named_facts():
        paths[facts].add(path)
    live: set[bytes] = set()
    with no_collection():
        for some in chunks(sorted(paths), ROWS_AT_ONCE):
            live.update(*_texts(stores, paths, some))
    return live


def _texts(stores: Stores, paths: dict[bytes, set[str]], keys: Sequence[bytes]) -> list[list[bytes]]:
    model = static_embedder()
    found = {
        key: unpack_facts(packed, words=False, code=False)
        for key, packed in stores.snapshots.rows(RowKind.FACTS, keys).items()
    }
    return [model.text_keys(path, facts) for key, facts in found.items() for path in paths[key]]
