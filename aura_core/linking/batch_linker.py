"""Links files in batches. The links of a file depend on the program alone, so other processes may link some batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from aura_core.linking.calls.call_sites import TOO_COMPLEX
from aura_core.linking.dependency_keys import ReadsPacker
from aura_core.linking.file_linker import FileLinker
from aura_core.linking.fragments import pack_fragment
from aura_core.linking.inference.callbacks import CallbackFinder
from aura_core.linking.program import CallbackFlow, Program

FORGET_VALUES_AFTER = 1_024
"""Number of files after which all inferred values are forgotten: in a large tree, keeping them costs more memory than
inferring them again costs time.
"""

Callbacks = Mapping[str, tuple[tuple[CallbackFlow, ...], set[int]]]
"""By path: the callbacks that a file passes to other files, sorted, and the numbers of the keys read to find them."""


class LinkedFile(NamedTuple):
    """A file's packed fragment and packed reads, how many edges and unresolved call sites it has, and how many of the
    latter were too complex.
    """

    path: str
    fragment: bytes
    reads: bytes
    edges: int
    unresolved: int
    too_complex: int


LinkBatch = Callable[[Sequence[str]], list[LinkedFile]]
"""A function that links the files at the given paths."""

BatchRunner = Callable[[LinkBatch, Sequence[str]], Iterable[list[LinkedFile]]]
"""A function that splits paths into batches and calls a ``LinkBatch`` for each. The batches come back in any order, and
may run in child processes that begin with a copy of this process's memory.
"""


def run_in_one_batch(link_batch: LinkBatch, paths: Sequence[str]) -> list[list[LinkedFile]]:
    """Link all files in this process."""
    return [link_batch(paths)]


class BatchLinker:
    """Links files of one program one after another.

    ``callbacks``: those of the files for which they have already been found. ``saves_memory``: whether inferred values
    are forgotten after every ``FORGET_VALUES_AFTER`` files.
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
        # reads of both: a file that passes other callbacks than before has to be linked again too
        packed_reads = self._packer.pack(reads | callback_reads, path)
        too_complex = sum(site.reason == TOO_COMPLEX for site in fragment.unresolved)
        counts = len(fragment.edges), len(fragment.unresolved), too_complex
        return LinkedFile(path, pack_fragment(fragment), packed_reads, *counts)
