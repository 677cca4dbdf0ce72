"""Links files in batches: the links of a file depend on the program alone, so that other processes may make some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from aura_core.linking.dependency_keys import ReadsPacker
from aura_core.linking.file_linker import FileLinker
from aura_core.linking.fragments import pack_fragment
from aura_core.linking.inference.callbacks import CallbackFinder
from aura_core.linking.program import CallbackFlow, Program

FORGET_VALUES_AFTER = 1_024
"""Files after which all evaluated values are forgotten: in a large tree they take more memory than it takes time to
find them again.
"""

Callbacks = Mapping[str, tuple[tuple[CallbackFlow, ...], set[int]]]
"""By path the callbacks that a file passes to others, sorted, and the numbers of the keys read for them."""


class LinkedFile(NamedTuple):
    """A file's packed fragment and packed reads, and how many edges and unresolved call sites it has."""

    path: str
    fragment: bytes
    reads: bytes
    edges: int
    unresolved: int


LinkBatch = Callable[[Sequence[str]], list[LinkedFile]]
"""Links the files at some paths."""

BatchRunner = Callable[[LinkBatch, Sequence[str]], Iterable[list[LinkedFile]]]
"""Calls a function with all of some paths, batch after batch in any order, maybe in processes that have all that this
one has in memory.
"""


def run_in_one_batch(link_batch: LinkBatch, paths: Sequence[str]) -> list[list[LinkedFile]]:
    """Link all files in this process."""
    return [link_batch(paths)]


class BatchLinker:
    """Links files one after another. ``callbacks`` holds those of files for which they are known already.
    ``saves_memory``: whether evaluated values are forgotten from time to time.
    """

    def __init__(self, program: Program, packer: ReadsPacker, callbacks: Callbacks, *, saves_memory: bool) -> None:
        self._program, self._packer, self._callbacks = program, packer, callbacks
        self._linker, self._finder = FileLinker(program), CallbackFinder(program)
        self._saves_memory, self._count = saves_memory, 0

    def __call__(self, paths: Sequence[str]) -> list[LinkedFile]:
        """Return the links of the files at some paths."""
        return [self._link(path) for path in paths]

    def _link(self, path: str) -> LinkedFile:
        self._count += 1
        if self._saves_memory and self._count % FORGET_VALUES_AFTER == 0:
            for file in self._program.files.values():
                file.forget_values()
        file = self._program.files[path]
        fragment, reads = self._linker.link(file)
        _, callback_reads = self._callbacks[path] if path in self._callbacks else self._finder.callbacks_of(file)
        packed_reads = self._packer.pack(reads | callback_reads, path)
        return LinkedFile(path, pack_fragment(fragment), packed_reads, len(fragment.edges), len(fragment.unresolved))
