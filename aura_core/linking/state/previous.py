"""Loads what the previously linked tree left, as linking the next tree asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgpack

from aura_core.linking.interface import RowSource, StateIncomplete
from aura_core.linking.modules.module_names import ModuleName
from aura_core.linking.program import CallbackFlow, ClassRefs
from aura_core.linking.source_file import Method, SourceFile
from aura_core.linking.state.link_state import LinkState
from aura_core.linking.summary import Summary
from aura_core.model.facts import FileFacts


class PreviousTree:
    """Reads a link state, and the facts and reads that it names from the store."""

    def __init__(self, state: LinkState, source: RowSource) -> None:
        self.state, self._source = state, source
        self.is_empty = not state.entries
        # inferred values may depend on files that have changed since; the summaries' own facts have not
        for summary in state.summaries.values():
            summary.file.forget_values()

    def methods(self, path: str) -> tuple[Method, ...]:
        """Return the methods that a file had."""
        row = self.state.row(path)
        return row.methods if row is not None else ()

    def callbacks(self, path: str) -> tuple[CallbackFlow, ...]:
        """Return the callbacks that a file passed to others."""
        row = self.state.row(path)
        return row.callbacks if row is not None else ()

    def bases(self, path: str) -> ClassRefs | None:
        """Return the bases of a file's classes, or None."""
        row = self.state.row(path)
        return row.bases if row is not None else None

    def mro(self, path: str) -> ClassRefs | None:
        """Return the method resolution orders of a file's classes, or None."""
        row = self.state.row(path)
        return row.mro if row is not None else None

    def summary(self, path: str, module: ModuleName) -> Summary:
        """Return the summary of a file from its previous facts, under a module name. Raises ``StateIncomplete``."""
        key = self.state.entries[path].facts
        cached = self.state.summaries.get(path)
        if cached is not None and (cached.file.key, cached.file.module) == (key, module):
            return cached
        return Summary(SourceFile(path, module, key, self._facts({key})[key]))

    def summaries(self, paths: Collection[str]) -> dict[str, Summary]:
        """Return the summaries of several files in the previous tree, by path. Raises ``StateIncomplete``."""
        keys = {path: self.state.entries[path].facts for path in paths}
        facts = self._facts(set(keys.values()))
        return {
            path: Summary(SourceFile(path, self.state.tables.names[path], key, facts[key]))
            for path, key in keys.items()
        }

    def reads(self, paths: Collection[str]) -> dict[str, tuple[bytes, ...]]:
        """Return the packed reads of files in the previous tree, by path and layer. Raises ``StateIncomplete``."""
        reads: dict[str, tuple[bytes, ...]] = {}
        keys: dict[str, bytes] = {}
        for path in paths:
            row = self.state.row(path)
            if row is not None and row.reads is not None:
                reads[path] = row.reads
            else:
                keys[path] = self.state.entries[path].reads
        packed = self._source.reads(set(keys.values()))
        for path, key in keys.items():
            if key not in packed:
                raise StateIncomplete
            reads[path] = msgpack.unpackb(packed[key], use_list=False)
        return reads

    def _facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        facts = self._source.facts(keys)
        if len(facts) < len(keys):
            raise StateIncomplete
        return facts
