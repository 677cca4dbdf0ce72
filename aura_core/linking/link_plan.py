"""The plan of linking a tree: what differs between two trees, and which files are due in each layer because of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from aura_core.linking.dependency_keys import KEY_MODULE, KEY_STEM, KEY_STUB, KEY_TOP, Key
from aura_core.linking.interface import FileInput
from aura_core.linking.modules.hints import NO_HINTS, hints_of
from aura_core.linking.modules.module_names import is_packaging, module_tables
from aura_core.linking.program import Lazy, Program
from aura_core.linking.source_file import Method, SourceFile
from aura_core.linking.state.columns import Layer
from aura_core.linking.state.previous import PreviousTree
from aura_core.linking.summary import Summary
from aura_core.model.facts import FileFacts
from aura_core.parsing.languages import CYTHON, NOTEBOOK, PYTHON, PYTHON_STUB

LANGUAGES = frozenset({PYTHON, PYTHON_STUB, NOTEBOOK, CYTHON})
"""Languages whose files are linked."""


K = TypeVar("K")
V = TypeVar("V")


class LinkPlan:
    """The differences between the previous tree and the new one.

    ``files``: the changed files by path. ``removed``: paths that the graph no longer has. ``hints`` and ``tables``: the
    module names of the new tree. ``altered``: the modules whose facts or names differ.
    ``removed_modules``: the modules that only the previous tree has. ``methods``: of altered modules, the new ones.
    ``method_changes``: by path the methods that only the previous tree has, and those that only the new one has.
    ``changed_keys``: the keys whose values differ, as far as the layers until now have compared them.
    """

    def __init__(self, previous: PreviousTree, files: Mapping[str, FileInput], removed: Collection[str]) -> None:
        self.previous, self.files = previous, files
        self.removed = {*removed, *(path for path, file in files.items() if file.facts is None)}
        self.changed_keys: set[Key] = set()
        self.methods: dict[str, tuple[Method, ...]] = {}
        self.method_changes: dict[str, tuple[set[Method], set[Method]]] = {}
        self._compare_names()
        self.program = self._program()
        self._compare_methods()
        if not previous.is_empty:
            self._compare_summaries()

    def due(self, layer: Layer) -> list[str]:
        """Return the files to link in a layer, sorted: the altered ones and the readers of changed keys."""
        readers = self.previous.state.readers(layer, self.changed_keys) if self.changed_keys else set()
        # a reader that the new tree does not have is not due
        return sorted(self.altered | (readers & self.tables.names.keys()))

    def note(self, keys: Iterable[Key]) -> None:
        """Note keys whose values have changed. Without a previous tree that is not needed: no file has read any key."""
        if not self.previous.is_empty:
            self.changed_keys.update(keys)

    def _compare_names(self) -> None:
        state, files = self.previous.state, self.files
        self.hints = {
            path: hint for path, hint in state.hints.items() if path not in files and path not in self.removed
        }
        self.hints |= {path: hint for path, file in files.items() if (hint := hints_of(path, file.facts)) != NO_HINTS}
        new = {path for path, file in files.items() if _is_linked(path, file.facts)}
        paths = {path for path in state.tables.names if path not in files and path not in self.removed} | new
        self.altered = new
        # names follow from paths and hints alone; ``_compare_summaries`` sees by identity that they are the same
        if paths == state.tables.names.keys() and self.hints == state.hints:
            self.tables = state.tables
        else:
            self.tables = module_tables(sorted(paths), self.hints)
            self.altered |= {
                p for p, module in self.tables.names.items() if p not in new and state.tables.names[p] != module
            }
        self.removed_modules = {path for path in state.tables.names if path not in self.tables.names}

    def _program(self) -> Program:
        """Return the new program. Its tables hold what the previous tree left, until a layer replaces it."""
        tables = self.tables
        if self.previous.is_empty:
            return Program({path: self._new_file(path) for path in tables.names}, tables=tables)
        previous, moving = self.previous, self.altered | self.removed_modules
        summaries: dict[str, Summary] = Lazy(self._summary)

        def file(path: str) -> SourceFile | None:
            summary = summaries.get(path)
            return summary.file if summary is not None else None

        return Program(
            files=Lazy(file),
            summaries=summaries,
            tables=tables,
            bases=Lazy(previous.bases),
            mro=Lazy(previous.mro),
            overriders=Lazy(previous.state.overriders),
            definers=Lazy(lambda name: previous.state.definers(name, moving)),
            callbacks_into=Lazy(previous.state.callbacks_into),
        )

    def _summary(self, path: str) -> Summary | None:
        module = self.tables.names.get(path)
        if module is None:
            return None
        return Summary(self._new_file(path)) if path in self.files else self.previous.summary(path, module)

    def _new_file(self, path: str) -> SourceFile:
        file = self.files[path]
        assert file.facts is not None, path
        return SourceFile(path, self.tables.names[path], file.key, file.facts)

    def _compare_methods(self) -> None:
        self.methods = {path: tuple(self.program.files[path].methods()) for path in sorted(self.altered)}
        for path in (*self.methods, *sorted(self.removed_modules)):
            old, new = set(self.previous.methods(path)), set(self.methods.get(path, ()))
            if old != new:
                self.method_changes[path] = old - new, new - old

    def _compare_summaries(self) -> None:
        """Note the keys whose values changed with the altered modules' facts, and with the modules' names."""
        state = self.previous.state
        old = self.previous.summaries(
            [p for p in sorted(self.altered | self.removed_modules) if p in state.tables.names]
        )
        for path in sorted(self.altered | self.removed_modules):
            before = old[path].values() if path in old else {}
            after = self.program.summaries[path].values() if path in self.altered else {}
            self.note(unequal(before, after))
        before_names, names = state.tables, self.tables
        if names is not before_names:
            self.note((KEY_MODULE, name) for name in unequal(before_names.modules, names.modules))
            self.note((KEY_STUB, path) for path in unequal(before_names.stubs, names.stubs))
            self.note((KEY_TOP, top) for top in unequal(before_names.search.tops, names.search.tops))
            self.note((KEY_STEM, stem) for stem in unequal(before_names.search.stems, names.search.stems))


def _is_linked(path: str, facts: FileFacts | None) -> bool:
    """Tell whether a file has edges: modules, and packaging files that name entry points."""
    if facts is None:
        return False
    return facts.language in LANGUAGES or (is_packaging(path) and bool(facts.code) and "exprs" in facts.code)


def unequal(before: Mapping[K, V], after: Mapping[K, V]) -> Iterator[K]:
    """Yield the keys under which two mappings differ; a missing entry equals None."""
    return (key for key in {**before, **after} if before.get(key) != after.get(key))
