"""What follows from a large tree's facts alone, its vectors and its postings, made in a child while this process links
the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from aura_core.embedding import StaticEmbedder, static_embedder
from aura_core.indexing.runs import require
from aura_core.indexing.steps.parse import key_of, newest
from aura_core.indexing.trees import tree_of
from aura_core.model.facts import FileFacts
from aura_core.model.repository import Plan
from aura_core.model.snapshot import Manifest
from aura_core.parsing import BINARY_WARNING, facts_to_search
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.ports.vectors import Codes
from aura_core.views import posting_arrays
from aura_core.views.segments.file import Array
from aura_core.workers.forking import each_aside
from aura_core.workers.pool import chunks, workers_for

FILES_AT_ONCE = 64


class Encoded(NamedTuple):
    """Files, the keys of their texts in order, and a code for each."""

    paths: list[str]
    keys: list[bytes]
    codes: Codes


class Ahead:
    """What a child makes of some files (path → facts key). It is taken once: vectors, then postings."""

    def __init__(self, files: Mapping[str, bytes], following: Callable[[], Any], end: Callable[[], None]) -> None:
        self._files, self._following, self._end = files, following, end
        self._next = "vectors"
        self._paths: list[str] = []

    def vectors(self, manifest: Manifest) -> Encoded | None:
        """Those of a snapshot, if these are its files."""
        if self._next != "vectors" or any(
            self._files.get(path) != entry.facts for path, entry in manifest.entries.items()
        ):
            return None
        made: Encoded = self._following()
        self._next, self._paths = "postings", made.paths
        return made if self._are_of(manifest) else None

    def postings(self, manifest: Manifest) -> Mapping[str, Array] | None:
        """Those of a snapshot whose vectors have been taken. After that there is no child."""
        if self._next != "postings" or not self._are_of(manifest):
            return None
        made: Mapping[str, Array] = self._following()
        self._next = ""
        self._end()
        return made

    def _are_of(self, manifest: Manifest) -> bool:
        return self._paths == sorted(manifest.entries)


_ahead: ContextVar[Ahead | None] = ContextVar("ahead", default=None)


def at_hand() -> Ahead | None:
    """What is being made for the sync that this is part of."""
    return _ahead.get()


@contextmanager
def begun(stores: Stores, plan: Plan) -> Iterator[None]:
    """The vectors and postings of the plan's first tree are made while inside, when it is large, parsed, and the
    repository's first.
    """
    files = _files(stores, plan)
    packed = dict(stores.snapshots.rows(RowKind.FACTS, set(files.values()))) if files else {}
    if not files or any(key not in packed for key in files.values()):
        yield
        return
    with ExitStack() as stack:
        following = stack.enter_context(each_aside(_made(static_embedder(), files, packed)))
        packed.clear()
        token = _ahead.set(Ahead(files, following, stack.close))
        try:
            yield
        finally:
            _ahead.reset(token)


def _files(stores: Stores, plan: Plan) -> dict[str, bytes]:
    """Path → facts key of what is worth it; else nothing."""
    if newest(stores, plan.repo) is not None:
        return {}
    tree = tree_of(stores, stores.sources.open(require(stores, plan.repo)), plan.repo, plan.targets[0][1])
    return {f.path: key_of(f) for f in tree.files} if workers_for(stores.settings.workers, len(tree.files)) > 1 else {}


def _made(model: StaticEmbedder, files: Mapping[str, bytes], packed: Mapping[bytes, bytes]) -> Iterator[Any]:
    made: list[Encoded] = []

    def facts() -> Iterator[tuple[str, FileFacts]]:
        for some in chunks(sorted(files), FILES_AT_ONCE):
            unpacked = [(path, facts_to_search(packed[files[path]])) for path in some]
            code = [(path, of) for path, of in unpacked if of.warning != BINARY_WARNING]
            made.append(encoded(model, code))
            yield from code

    postings = posting_arrays(facts(), model.lexicon)
    paths, keys, codes = zip(*made, strict=True)
    yield Encoded([*chain(*paths)], [*chain(*keys)], np.concatenate(codes))
    yield postings


def encoded(model: StaticEmbedder, files: list[tuple[str, FileFacts]]) -> Encoded:
    """The texts of some files."""
    return Encoded(
        [path for path, _ in files],
        [key for path, facts in files for key in model.text_keys(path, facts)],
        model.encode(files),
    )
