"""Linking a tree again from what an earlier one left: exactly the files for which a value that they read has changed.
From nothing, all of them.

Layers in order: summaries, bases, orders with what methods override, links. Each is a pure function of earlier ones,
and each file records the keys that it read in each, so that a file is due when it is new here itself (other facts,
another module name) or one of its keys has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

import msgpack

from aura_core.linking.batch import BatchLinker, BatchRunner, run_in_one_batch
from aura_core.linking.dependency_keys import (
    KEY_BASES,
    KEY_CALLBACKS,
    KEY_MODULE,
    KEY_MRO,
    KEY_ONLY_METHOD,
    KEY_OVERRIDES,
    KEY_STUB,
    Key,
    ReadsPacker,
)
from aura_core.linking.fragments import Row, pack_fragment, row_of
from aura_core.linking.hierarchy import linearise, overridden
from aura_core.linking.inference.callbacks import CallbackFinder
from aura_core.linking.inference.evaluator import new_inference
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState
from aura_core.linking.module_names import PACKAGING, hinted_roots, module_names, module_paths, stub_paths
from aura_core.linking.program import Bases, CallbackFlow, Lazy, Overriding, Program, nameable
from aura_core.linking.source_file import SourceFile
from aura_core.linking.state.columns import LAYERS, NO_READS, FileRow
from aura_core.linking.state.link_state import LinkState
from aura_core.linking.values import V_CLASS, V_EXTERNAL, MroEntry
from aura_core.model.facts import FileFacts
from aura_core.model.graph import Fragment
from aura_core.model.snapshot import ManifestEntry
from aura_core.parsing.languages import PYTHON, PYTHON_STUB

BASES, MRO, LINKS = range(LAYERS)

CODE = frozenset({PYTHON, PYTHON_STUB})
"""Languages whose files are modules."""

K = TypeVar("K")
V = TypeVar("V")


class FileInput(NamedTuple):
    """One file of a tree: hex blob id, facts key, facts (None for a file that is no part of the graph), and a warning
    or "".
    """

    blob: str
    key: bytes
    facts: FileFacts | None
    note: str = ""


class StateIncomplete(Exception):
    """A row that the earlier tree was made of is not there any more: what it left is of no use."""


class RowSource(Protocol):
    """Where rows of earlier trees are had from. Missing keys are left out of answers."""

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        """Facts by key."""
        ...

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Packed reads by key."""
        ...


class EmptyRowSource:
    """For linking from nothing."""

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        """Nothing."""
        return {}

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Nothing."""
        return {}


@dataclass(slots=True)
class LinkResult:
    """The rows of the files that were linked again in any layer, and the paths whose links were."""

    fragments: dict[str, Row] = field(default_factory=dict)
    reads: dict[str, Row] = field(default_factory=dict)
    linked: tuple[str, ...] = ()


def link_changes(
    state: LinkState,
    changed: Mapping[str, FileInput],
    removed: Collection[str],
    source: RowSource,
    shares: BatchRunner = run_in_one_batch,
) -> LinkResult:
    """Move ``kept`` to the tree in which ``put`` is otherwise and ``gone`` is not. What comes out depends on that tree
    alone.

    Raises ``Lost``; then, and after any other error, ``kept`` still is what it was.
    """
    work = Relinking(state, changed, removed, source, shares)
    work.hierarchy()
    return work.finish()


class Relinking:
    """One move from one tree to the next."""

    def __init__(
        self,
        state: LinkState,
        changed: Mapping[str, FileInput],
        removed: Collection[str],
        source: RowSource,
        shares: BatchRunner = run_in_one_batch,
    ) -> None:
        self.state, self.changed_files, self.row_source, self.shares = state, changed, source, shares
        self.removed = set(removed) | {path for path, file in changed.items() if file.facts is None}
        self.from_nothing = not state.entries
        self.changed_keys: set[Key] = set()
        self.rows: list[dict[str, bytes]] = [{} for _ in range(LAYERS)]
        self.passed: dict[str, tuple[tuple[CallbackFlow, ...], set[int]]] = {}
        self.program = (
            Program()
            if self.from_nothing
            else _lazy(state, self._source, lambda name: state.definers(name, self.dirty | self.lost))
        )
        self.reads_packer = ReadsPacker(self.program.keys, self.program.value)
        self._name()
        if self.from_nothing:
            self.program.files.update((path, self._new(path)) for path in self.program.names)
        for file in state.sources.values():
            file.fresh()
        self._summaries()

    # Names and summaries

    def _name(self) -> None:
        """Module names, and which files are new here: other facts, or the same under another name."""
        state, changed = self.state, self.changed_files
        self.hints = {
            path: roots for path, roots in state.hints.items() if path not in changed and path not in self.removed
        }
        self.hints |= {path: hint for path, file in changed.items() if (hint := _hint(path, file.facts)) is not None}
        code = {path for path, file in changed.items() if file.facts is not None and file.facts.language in CODE}
        paths = {path for path in state.names if path not in changed and path not in self.removed} | code
        if paths == state.names.keys() and self.hints == state.hints:
            self.program.names, self.program.modules, self.program.stubs = state.names, state.modules, state.stubs
            moved: list[str] = []
        else:
            self.program.names = module_names(sorted(paths), hinted_roots(self.hints))
            self.program.modules = module_paths(self.program.names)
            self.program.stubs = stub_paths(self.program.names, self.program.modules)
            moved = [
                path for path, name in self.program.names.items() if path not in code and state.names[path] != name
            ]
        self.dirty = code.union(moved)
        self.lost = {path for path in state.names if path not in self.program.names}

    def _source(self, path: str) -> SourceFile | None:
        """A file of the new tree."""
        name = self.program.names.get(path)
        if name is None:
            return None
        if path in self.changed_files:
            return self._new(path)
        key = self.state.entries[path].facts
        known = self.state.sources.get(path)
        if known is not None and (known.key, known.module) == (key, name):
            return known
        return SourceFile(path, name, key, self._facts({key})[key])

    def _new(self, path: str) -> SourceFile:
        file = self.changed_files[path]
        assert file.facts is not None, path
        return SourceFile(path, self.program.names[path], file.key, file.facts)

    def _facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        found = self.row_source.facts(keys)
        if len(found) < len(keys):
            raise StateIncomplete
        return found

    def _summaries(self) -> None:
        """The keys whose values changed with the files that are new here and with the modules' names; which files
        define other methods.
        """
        methods = {
            path: (self._old_methods(path), tuple(self.program.files[path].methods())) for path in sorted(self.dirty)
        }
        methods |= {path: (self._old_methods(path), ()) for path in sorted(self.lost)}
        self.methods = {path: new for path, (_, new) in methods.items()}
        self.differ = {
            path: (set(old) - set(new), set(new) - set(old)) for path, (old, new) in methods.items() if old != new
        }
        if not self.from_nothing:
            self._compare_files()
            if self.program.modules is not self.state.modules:
                self._note((KEY_MODULE, name) for name in _unequal(self.state.modules, self.program.modules))
                self._note((KEY_STUB, path) for path in _unequal(self.state.stubs, self.program.stubs))

    def _compare_files(self) -> None:
        state = self.state
        old = [path for path in sorted(self.dirty | self.lost) if path in state.names]
        facts = self._facts({state.entries[path].facts for path in old})
        for path in old:
            key = state.entries[path].facts
            before = SourceFile(path, state.names[path], key, facts[key]).summary()
            after = self.program.files[path].summary() if path in self.dirty else {}
            self._note(_unequal(before, after))
        for path in self.dirty.difference(old):
            self._note(self.program.files[path].summary())

    def _old_methods(self, path: str) -> tuple[tuple[str, str, str], ...]:
        row = self.state.row(path)
        return row.methods if row is not None else ()

    # Layers

    def hierarchy(self) -> None:
        """Bases, then orders and what methods override, then what files pass to one another."""
        program = self.program
        state = new_inference(program, plain=True)
        for path in self._due(BASES):
            state.reads = set()
            self._compare(KEY_BASES, path, program.bases, bases_of(state, program.files[path]))
            self.rows[BASES][path] = self.reads_packer.pack(state.reads, path)
        self._forget(KEY_BASES, program.bases)
        overriding = {}
        for path in self._due(MRO):
            reads: set[int] = set()
            before = self._overriding(path, self._old_methods(path))
            self._compare(KEY_MRO, path, program.mro, mro_of(program, program.files[path], reads))
            self.rows[MRO][path] = self.reads_packer.pack(reads, path)
            overriding[path] = before, self._overriding(path, self.methods.get(path, self._old_methods(path)))
        overriding |= {path: (self._overriding(path, self._old_methods(path)), []) for path in sorted(self.lost)}
        self._forget(KEY_MRO, program.mro)
        self._methods(overriding)
        self._pass_on()

    def _methods(self, overriding: Mapping[str, tuple[list[Overriding], list[Overriding]]]) -> None:
        """Who defines which method, and which of them override others."""
        program = self.program
        only = {} if self.from_nothing else {name: program.only(name) for name in self._renamed(overriding)}
        for path, (less, more) in self.differ.items():
            program.change_methods(path, less, more)
        for before, after in overriding.values():
            self._note((KEY_OVERRIDES, *address) for address in program.change_overriding(before, after))
        self._note((KEY_ONLY_METHOD, name) for name, before in only.items() if program.only(name) != before)

    def _renamed(self, overriding: Mapping[str, tuple[list[Overriding], list[Overriding]]]) -> set[str]:
        """The names of methods that other files define, or that override otherwise."""
        moved = {address[2] for before, after in overriding.values() for address, _ in set(before) ^ set(after)}
        return {name for pair in self.differ.values() for some in pair for name, _ in nameable(some)} | moved

    def _pass_on(self) -> None:
        """What files pass to functions of others. It is found with the keys that links read, so that who passes
        otherwise is linked again.
        """
        passing = CallbackFinder(self.program)
        for path in self._due(LINKS):
            self.passed[path] = passed = passing.callbacks_of(self.program.files[path])
            self._note(
                (KEY_CALLBACKS, target) for target in self.program.change_callbacks(self._old_passed(path), passed[0])
            )
        for path in sorted(self.lost):
            self._note((KEY_CALLBACKS, target) for target in self.program.change_callbacks(self._old_passed(path), ()))

    def _old_passed(self, path: str) -> tuple[CallbackFlow, ...]:
        row = self.state.row(path)
        return row.callbacks if row is not None else ()

    def finish(self) -> LinkResult:
        """Links; then ``kept`` becomes the new tree."""
        out = LinkResult()
        edges: dict[str, tuple[int, int]] = {}
        link = BatchLinker(self.program, self.reads_packer, self.passed, forgetting=self.from_nothing)
        shares = (
            self.shares if self.from_nothing else run_in_one_batch
        )  # what is not new comes from a shelf, which is no other process's
        for file in sorted(file for some in shares(link, self._due(LINKS)) for file in some):
            out.fragments[file.path] = row_of(file.fragment)
            self.rows[LINKS][file.path] = file.reads
            edges[file.path] = file.edges, file.unresolved
        out.linked = tuple(out.fragments)
        self._fill(out, edges)
        return out

    def _due(self, layer: int) -> list[str]:
        """The files to link in a layer: those that are new here, and the readers of what has changed."""
        names = self.program.names
        self.reads_packer.forget_values()  # a layer reads what earlier ones made, so a value holds until the next
        readers = self.state.readers(layer, self.changed_keys) if self.changed_keys else set()
        return sorted(self.dirty | {path for path in readers if path in names})

    def _note(self, changed: Iterable[Key]) -> None:
        """Keys whose values have changed. When a tree is linked from nothing, nobody has read any."""
        if not self.from_nothing:
            self.changed_keys.update(changed)

    def _compare(self, kind: str, path: str, table: dict[str, Bases], after: Bases) -> None:
        before = {} if self.from_nothing else table.get(path) or {}
        table[path] = after
        self._note((kind, path, name) for name in _unequal(before, after))

    def _forget(self, kind: str, table: dict[str, Bases]) -> None:
        for path in self.lost:
            self._note((kind, path, name) for name in table.get(path) or {})
            table[path] = {}

    def _overriding(self, path: str, methods: Iterable[tuple[str, str, str]]) -> list[Overriding]:
        return overridden(path, methods, self.program.mro.get(path) or {})

    # What is kept

    def _fill(self, out: LinkResult, edges: Mapping[str, tuple[int, int]]) -> None:
        state = self.state
        touched = sorted(set().union(*self.rows))
        old = self._old_layers([path for path in touched if path not in self.dirty])
        rows: dict[str, FileRow | None] = dict.fromkeys((*self.removed, *self.lost))
        for path, file in self.changed_files.items():
            if file.facts is not None and path not in self.dirty:
                rows[path] = FileRow(len(file.facts.definitions))
                out.fragments[path] = row_of(pack_fragment(Fragment(file.key, "")))
                out.reads[path] = row_of(msgpack.packb(NO_READS))
        for path in touched:
            layers = tuple(new[path] if path in new else old[path][layer] for layer, new in enumerate(self.rows))
            out.reads[path] = row_of(msgpack.packb(layers))
            rows[path] = self._row(path, layers, edges.get(path))
        state.replace_rows(rows)
        self._enter(out)

    def _row(self, path: str, layers: tuple[bytes, ...], edges: tuple[int, int] | None) -> FileRow:
        program, old = self.program, self.state.row(path)
        if edges is None:
            edges = (old.edges, old.unresolved) if old is not None else (0, 0)
        nodes = len(program.files[path].definitions)
        passed = self.passed[path][0] if path in self.passed else self._old_passed(path)
        return FileRow(
            nodes,
            *edges,
            program.bases[path],
            program.mro[path],
            self.methods.get(path, self._old_methods(path)),
            layers,
            passed,
        )

    def _old_layers(self, paths: Collection[str]) -> dict[str, tuple[bytes, ...]]:
        """What files that are linked again in some layers had read in the others."""
        found: dict[str, tuple[bytes, ...]] = {}
        wanted = {}
        for path in paths:
            row = self.state.row(path)
            if row is not None and row.layers is not None:
                found[path] = row.layers
            else:
                wanted[path] = self.state.entries[path].reads
        rows = self.row_source.reads(set(wanted.values()))
        for path, key in wanted.items():
            if key not in rows:
                raise StateIncomplete
            found[path] = msgpack.unpackb(rows[key], use_list=False)
        return found

    def _enter(self, out: LinkResult) -> None:
        """Entries, notes and names of the new tree."""
        state = self.state
        for path in (*self.removed, *self.changed_files):
            for table in (state.entries, state.excluded, state.notes):
                table.pop(path, None)
        for path, file in self.changed_files.items():
            if file.note:
                state.notes[path] = file.note
            if file.facts is None:
                state.excluded[path] = file.blob
            else:
                state.entries[path] = ManifestEntry(file.blob, file.key, out.fragments[path].key, out.reads[path].key)
        for path, row in out.reads.items():
            entry, fragment = state.entries[path], out.fragments.get(path)
            state.entries[path] = entry._replace(
                reads=row.key, fragment=fragment.key if fragment is not None else entry.fragment
            )
        state.names, state.modules, state.stubs, state.hints = (
            self.program.names,
            self.program.modules,
            self.program.stubs,
            self.hints,
        )
        if not self.from_nothing:
            state.cache_sources(
                {path: source for path, source in self.program.files.items() if path in self.program.names}
            )


def _lazy(
    state: LinkState, source: Callable[[str], SourceFile | None], definers: Callable[[str], set[str] | None]
) -> Program:
    """A world in which everything that is not new is as it was."""

    def bases(path: str) -> Bases | None:
        row = state.row(path)
        return row.bases if row is not None else None

    def mro(path: str) -> Bases | None:
        row = state.row(path)
        return row.mro if row is not None else None

    return Program(
        files=Lazy(source),
        bases=Lazy(bases),
        mro=Lazy(mro),
        overriders=Lazy(state.overriders),
        definers=Lazy(definers),
        callbacks_into=Lazy(state.callbacks_into),
    )


def bases_of(state: InferenceState, file: SourceFile) -> Bases:
    """Return the bases of a file's classes, by class."""
    out: Bases = {}
    for definition, scope, places, *_ in file.classes:
        name = file.definitions[definition].qualname
        bases: dict[MroEntry, None] = {}
        for place in places:
            for ref in state.infer(file, file.parent(scope), place, MAX_CHAIN):
                if ref[0] == V_CLASS:
                    _, path, base, _ = ref
                    if (path, base) != (file.path, name):
                        bases[V_CLASS, path, base] = None
                elif ref[0] == V_EXTERNAL:
                    bases[ref] = None
        out[name] = list(bases)
    return out


def mro_of(program: Program, file: SourceFile, reads: set[int]) -> Bases:
    """The orders of a file's classes, by class; adds the keys read."""

    def record(*key: str) -> None:
        reads.add(program.keys.number(key))

    return {name: linearise(("c", file.path, name), program, record) for name in file.class_places}


def _hint(path: str, facts: FileFacts | None) -> tuple[str, ...] | None:
    """The roots that a packaging file names."""
    if facts is None or path.rpartition("/")[2] not in PACKAGING or not facts.code or "roots" not in facts.code:
        return None
    return tuple(facts.code["roots"])


def _unequal(before: Mapping[K, V], after: Mapping[K, V]) -> Iterator[K]:
    return (key for key in {**before, **after} if before.get(key) != after.get(key))
