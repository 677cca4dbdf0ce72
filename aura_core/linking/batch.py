"""Links of many files: what is made of one depends on the world alone, so that other processes may make a share of
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from aura_core.linking.dependency_keys import ReadsPacker
from aura_core.linking.file_linker import FileLinker
from aura_core.linking.fragments import pack_fragment
from aura_core.linking.inference.callbacks import CallbackFinder
from aura_core.linking.program import CallbackFlow, Program

FORGETTING = 1_024
"""After so many files what was evaluated in all is forgotten: of a large tree it takes more memory than time to find
it again.
"""


class LinkedFile(NamedTuple):
    """A file's packed fragment and packed reads, and how many edges and unresolved call sites it has."""

    path: str
    fragment: bytes
    reads: bytes
    edges: int
    unresolved: int


LinkBatch = Callable[[Sequence[str]], list[LinkedFile]]

BatchRunner = Callable[[LinkBatch, Sequence[str]], Iterable[list[LinkedFile]]]
"""Does a piece of work over all of some paths, share after share in any order, maybe in processes that have all that
this one holds.
"""


def run_in_one_batch(work: LinkBatch, paths: Sequence[str]) -> list[list[LinkedFile]]:
    """Everything here."""
    return [work(paths)]


class BatchLinker:
    """Links files one after another. ``passed``: by path what files pass to others, with what they read for it, where
    that is known.
    """

    def __init__(
        self,
        program: Program,
        rows: ReadsPacker,
        passed: Mapping[str, tuple[tuple[CallbackFlow, ...], set[int]]],
        *,
        forgetting: bool,
    ) -> None:
        self._program, self._rows, self._passed = program, rows, passed
        self._linker, self._callbacks = FileLinker(program), CallbackFinder(program)
        self._forgetting, self._done = forgetting, 0

    def __call__(self, paths: Sequence[str]) -> list[LinkedFile]:
        """The files at some paths."""
        return [self._linked(path) for path in paths]

    def _linked(self, path: str) -> LinkedFile:
        self._done += 1
        if self._forgetting and self._done % FORGETTING == 0:
            for file in self._program.files.values():
                file.fresh()
        file = self._program.files[path]
        fragment, reads = self._linker.link(file)
        _, more = self._passed[path] if path in self._passed else self._callbacks.callbacks_of(file)
        return LinkedFile(
            path,
            pack_fragment(fragment),
            self._rows.pack(reads | more, path),
            len(fragment.edges),
            len(fragment.unresolved),
        )
