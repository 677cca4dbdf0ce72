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

from aura_core.linking.batch import FilesLinker, Shares, in_one
from aura_core.linking.dependency_keys import Key, KeyRows
from aura_core.linking.fragments import Row, pack_fragment, row_of
from aura_core.linking.hierarchy import linearise, overridden
from aura_core.linking.inference.callbacks import Passing
from aura_core.linking.inference.evaluator import Evaluator
from aura_core.linking.inference.state import DEPTH
from aura_core.linking.module_names import PACKAGING, hinted_roots, module_names, module_paths, stub_paths
from aura_core.linking.program import Bases, Lazy, Overriding, Passed, World, nameable
from aura_core.linking.source_file import SourceFile
from aura_core.linking.state.columns import LAYERS, NO_READS, FileRow
from aura_core.linking.state.link_state import Kept
from aura_core.linking.values import Ref
from aura_core.model.facts import FileFacts
from aura_core.model.graph import Fragment
from aura_core.model.snapshot import ManifestEntry
from aura_core.parsing.languages import PYTHON, PYTHON_STUB

BASES, ORDERS, LINKS = range(LAYERS)

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


class Lost(Exception):
    """A row that the earlier tree was made of is not there any more: what it left is of no use."""


class Shelf(Protocol):
    """Where rows of earlier trees are had from. Missing keys are left out of answers."""

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        """Facts by key."""
        ...

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Packed reads by key."""
        ...


class NoShelf:
    """For linking from nothing."""

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        """Nothing."""
        return {}

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Nothing."""
        return {}


@dataclass(slots=True)
class Relinked:
    """The rows of the files that were linked again in any layer, and the paths whose links were."""

    fragments: dict[str, Row] = field(default_factory=dict)
    reads: dict[str, Row] = field(default_factory=dict)
    linked: tuple[str, ...] = ()


def relink(
    kept: Kept, put: Mapping[str, FileInput], gone: Collection[str], shelf: Shelf, shares: Shares = in_one
) -> Relinked:
    """Move ``kept`` to the tree in which ``put`` is otherwise and ``gone`` is not. What comes out depends on that tree
    alone.

    Raises ``Lost``; then, and after any other error, ``kept`` still is what it was.
    """
    work = Relinking(kept, put, gone, shelf, shares)
    work.hierarchy()
    return work.finish()


class Relinking:
    """One move from one tree to the next."""

    def __init__(
        self, kept: Kept, put: Mapping[str, FileInput], gone: Collection[str], shelf: Shelf, shares: Shares = in_one
    ) -> None:
        self.kept, self.put, self.shelf, self.shares = kept, put, shelf, shares
        self.gone = set(gone) | {path for path, file in put.items() if file.facts is None}
        self.from_nothing = not kept.entries
        self.changed: set[Key] = set()
        self.rows: list[dict[str, bytes]] = [{} for _ in range(LAYERS)]
        self.passed: dict[str, tuple[tuple[Passed, ...], set[int]]] = {}
        self.world = (
            World()
            if self.from_nothing
            else _lazy(kept, self._source, lambda name: kept.definers(name, self.dirty | self.lost))
        )
        self._key_rows = KeyRows(self.world.keys, self.world.value)
        self._name()
        if self.from_nothing:
            self.world.files.update((path, self._new(path)) for path in self.world.names)
        for source in kept.sources.values():
            source.fresh()
        self._summaries()

    # Names and summaries

    def _name(self) -> None:
        """Module names, and which files are new here: other facts, or the same under another name."""
        kept, put = self.kept, self.put
        self.hints = {path: roots for path, roots in kept.hints.items() if path not in put and path not in self.gone}
        self.hints |= {path: hint for path, file in put.items() if (hint := _hint(path, file.facts)) is not None}
        code = {path for path, file in put.items() if file.facts is not None and file.facts.language in CODE}
        paths = {path for path in kept.names if path not in put and path not in self.gone} | code
        if paths == kept.names.keys() and self.hints == kept.hints:
            self.world.names, self.world.modules, self.world.stubs = kept.names, kept.modules, kept.stubs
            moved: list[str] = []
        else:
            self.world.names = module_names(sorted(paths), hinted_roots(self.hints))
            self.world.modules = module_paths(self.world.names)
            self.world.stubs = stub_paths(self.world.names, self.world.modules)
            moved = [path for path, name in self.world.names.items() if path not in code and kept.names[path] != name]
        self.dirty = code.union(moved)
        self.lost = {path for path in kept.names if path not in self.world.names}

    def _source(self, path: str) -> SourceFile | None:
        """A file of the new tree."""
        name = self.world.names.get(path)
        if name is None:
            return None
        if path in self.put:
            return self._new(path)
        key = self.kept.entries[path].facts
        known = self.kept.sources.get(path)
        if known is not None and (known.key, known.module) == (key, name):
            return known
        return SourceFile(path, name, key, self._facts({key})[key])

    def _new(self, path: str) -> SourceFile:
        file = self.put[path]
        assert file.facts is not None, path
        return SourceFile(path, self.world.names[path], file.key, file.facts)

    def _facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        found = self.shelf.facts(keys)
        if len(found) < len(keys):
            raise Lost
        return found

    def _summaries(self) -> None:
        """The keys whose values changed with the files that are new here and with the modules' names; which files
        define other methods.
        """
        methods = {
            path: (self._old_methods(path), tuple(self.world.files[path].methods())) for path in sorted(self.dirty)
        }
        methods |= {path: (self._old_methods(path), ()) for path in sorted(self.lost)}
        self.methods = {path: new for path, (_, new) in methods.items()}
        self.differ = {
            path: (set(old) - set(new), set(new) - set(old)) for path, (old, new) in methods.items() if old != new
        }
        if not self.from_nothing:
            self._compare_files()
            if self.world.modules is not self.kept.modules:
                self._note(("M", name) for name in _unequal(self.kept.modules, self.world.modules))
                self._note(("T", path) for path in _unequal(self.kept.stubs, self.world.stubs))

    def _compare_files(self) -> None:
        kept = self.kept
        old = [path for path in sorted(self.dirty | self.lost) if path in kept.names]
        facts = self._facts({kept.entries[path].facts for path in old})
        for path in old:
            key = kept.entries[path].facts
            before = SourceFile(path, kept.names[path], key, facts[key]).summary()
            after = self.world.files[path].summary() if path in self.dirty else {}
            self._note(_unequal(before, after))
        for path in self.dirty.difference(old):
            self._note(self.world.files[path].summary())

    def _old_methods(self, path: str) -> tuple[tuple[str, str, str], ...]:
        row = self.kept.row(path)
        return row.methods if row is not None else ()

    # Layers

    def hierarchy(self) -> None:
        """Bases, then orders and what methods override, then what files pass to one another."""
        world = self.world
        evaluator = Evaluator(world, plain=True)
        for path in self._due(BASES):
            evaluator.reads = set()
            self._compare("B", path, world.bases, bases_of(evaluator, world.files[path]))
            self.rows[BASES][path] = self._key_rows.packed(evaluator.reads, path)
        self._forget("B", world.bases)
        overriding = {}
        for path in self._due(ORDERS):
            reads: set[int] = set()
            before = self._overriding(path, self._old_methods(path))
            self._compare("K", path, world.orders, orders_of(world, world.files[path], reads))
            self.rows[ORDERS][path] = self._key_rows.packed(reads, path)
            overriding[path] = before, self._overriding(path, self.methods.get(path, self._old_methods(path)))
        overriding |= {path: (self._overriding(path, self._old_methods(path)), []) for path in sorted(self.lost)}
        self._forget("K", world.orders)
        self._methods(overriding)
        self._pass_on()

    def _methods(self, overriding: Mapping[str, tuple[list[Overriding], list[Overriding]]]) -> None:
        """Who defines which method, and which of them override others."""
        world = self.world
        only = {} if self.from_nothing else {name: world.only(name) for name in self._renamed(overriding)}
        for path, (less, more) in self.differ.items():
            world.change_methods(path, less, more)
        for before, after in overriding.values():
            self._note(("O", *address) for address in world.change_overriding(before, after))
        self._note(("U", name) for name, before in only.items() if world.only(name) != before)

    def _renamed(self, overriding: Mapping[str, tuple[list[Overriding], list[Overriding]]]) -> set[str]:
        """The names of methods that other files define, or that override otherwise."""
        moved = {address[2] for before, after in overriding.values() for address, _ in set(before) ^ set(after)}
        return {name for pair in self.differ.values() for some in pair for name, _ in nameable(some)} | moved

    def _pass_on(self) -> None:
        """What files pass to functions of others. It is found with the keys that links read, so that who passes
        otherwise is linked again.
        """
        passing = Passing(self.world)
        for path in self._due(LINKS):
            self.passed[path] = passed = passing.of(self.world.files[path])
            self._note(("A", target) for target in self.world.change_passed(self._old_passed(path), passed[0]))
        for path in sorted(self.lost):
            self._note(("A", target) for target in self.world.change_passed(self._old_passed(path), ()))

    def _old_passed(self, path: str) -> tuple[Passed, ...]:
        row = self.kept.row(path)
        return row.passed if row is not None else ()

    def finish(self) -> Relinked:
        """Links; then ``kept`` becomes the new tree."""
        out = Relinked()
        edges: dict[str, tuple[int, int]] = {}
        link = FilesLinker(self.world, self._key_rows, self.passed, forgetting=self.from_nothing)
        shares = (
            self.shares if self.from_nothing else in_one
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
        names = self.world.names
        self._key_rows.forget()  # a layer reads what earlier ones made, so a value holds until the next
        readers = self.kept.readers(layer, self.changed) if self.changed else set()
        return sorted(self.dirty | {path for path in readers if path in names})

    def _note(self, changed: Iterable[Key]) -> None:
        """Keys whose values have changed. When a tree is linked from nothing, nobody has read any."""
        if not self.from_nothing:
            self.changed.update(changed)

    def _compare(self, kind: str, path: str, table: dict[str, Bases], after: Bases) -> None:
        before = {} if self.from_nothing else table.get(path) or {}
        table[path] = after
        self._note((kind, path, name) for name in _unequal(before, after))

    def _forget(self, kind: str, table: dict[str, Bases]) -> None:
        for path in self.lost:
            self._note((kind, path, name) for name in table.get(path) or {})
            table[path] = {}

    def _overriding(self, path: str, methods: Iterable[tuple[str, str, str]]) -> list[Overriding]:
        return overridden(path, methods, self.world.orders.get(path) or {})

    # What is kept

    def _fill(self, out: Relinked, edges: Mapping[str, tuple[int, int]]) -> None:
        kept = self.kept
        touched = sorted(set().union(*self.rows))
        old = self._old_layers([path for path in touched if path not in self.dirty])
        rows: dict[str, FileRow | None] = dict.fromkeys((*self.gone, *self.lost))
        for path, file in self.put.items():
            if file.facts is not None and path not in self.dirty:
                rows[path] = FileRow(len(file.facts.definitions))
                out.fragments[path] = row_of(pack_fragment(Fragment(file.key, "")))
                out.reads[path] = row_of(msgpack.packb(NO_READS))
        for path in touched:
            layers = tuple(new[path] if path in new else old[path][layer] for layer, new in enumerate(self.rows))
            out.reads[path] = row_of(msgpack.packb(layers))
            rows[path] = self._row(path, layers, edges.get(path))
        kept.put_rows(rows)
        self._enter(out)

    def _row(self, path: str, layers: tuple[bytes, ...], edges: tuple[int, int] | None) -> FileRow:
        world, old = self.world, self.kept.row(path)
        if edges is None:
            edges = (old.edges, old.unresolved) if old is not None else (0, 0)
        nodes = len(world.files[path].definitions)
        passed = self.passed[path][0] if path in self.passed else self._old_passed(path)
        return FileRow(
            nodes,
            *edges,
            world.bases[path],
            world.orders[path],
            self.methods.get(path, self._old_methods(path)),
            layers,
            passed,
        )

    def _old_layers(self, paths: Collection[str]) -> dict[str, tuple[bytes, ...]]:
        """What files that are linked again in some layers had read in the others."""
        found: dict[str, tuple[bytes, ...]] = {}
        wanted = {}
        for path in paths:
            row = self.kept.row(path)
            if row is not None and row.layers is not None:
                found[path] = row.layers
            else:
                wanted[path] = self.kept.entries[path].reads
        rows = self.shelf.reads(set(wanted.values()))
        for path, key in wanted.items():
            if key not in rows:
                raise Lost
            found[path] = msgpack.unpackb(rows[key], use_list=False)
        return found

    def _enter(self, out: Relinked) -> None:
        """Entries, notes and names of the new tree."""
        kept = self.kept
        for path in (*self.gone, *self.put):
            for table in (kept.entries, kept.apart, kept.notes):
                table.pop(path, None)
        for path, file in self.put.items():
            if file.note:
                kept.notes[path] = file.note
            if file.facts is None:
                kept.apart[path] = file.blob
            else:
                kept.entries[path] = ManifestEntry(file.blob, file.key, out.fragments[path].key, out.reads[path].key)
        for path, row in out.reads.items():
            entry, fragment = kept.entries[path], out.fragments.get(path)
            kept.entries[path] = entry._replace(
                reads=row.key, fragment=fragment.key if fragment is not None else entry.fragment
            )
        kept.names, kept.modules, kept.stubs, kept.hints = (
            self.world.names,
            self.world.modules,
            self.world.stubs,
            self.hints,
        )
        if not self.from_nothing:
            kept.keep_sources({path: source for path, source in self.world.files.items() if path in self.world.names})


def _lazy(kept: Kept, source: Callable[[str], SourceFile | None], definers: Callable[[str], set[str] | None]) -> World:
    """A world in which everything that is not new is as it was."""

    def bases(path: str) -> Bases | None:
        row = kept.row(path)
        return row.bases if row is not None else None

    def orders(path: str) -> Bases | None:
        row = kept.row(path)
        return row.orders if row is not None else None

    return World(
        files=Lazy(source),
        bases=Lazy(bases),
        orders=Lazy(orders),
        overriders=Lazy(kept.overriders),
        definers=Lazy(definers),
        arrivals=Lazy(kept.arrivals),
    )


def bases_of(evaluator: Evaluator, file: SourceFile) -> Bases:
    """The bases of a file's classes, by class."""
    found: Bases = {}
    for row in file.classes:
        name = file.definitions[row[0]].qualname
        outer = file.scopes[row[1]][2]
        bases: dict[Ref, None] = {}
        for place in row[2]:
            for ref in evaluator.evaluate(file, outer, place, DEPTH):
                if ref[0] == "c" and ref[1:3] != (file.path, name):
                    bases[ref[:3]] = None
                elif ref[0] == "x":
                    bases[ref] = None
        found[name] = list(bases)
    return found


def orders_of(world: World, file: SourceFile, reads: set[int]) -> Bases:
    """The orders of a file's classes, by class; adds the keys read."""

    def record(*key: str) -> None:
        reads.add(world.keys.number(key))

    return {name: linearise(("c", file.path, name), world, record) for name in file.class_places}


def _hint(path: str, facts: FileFacts | None) -> tuple[str, ...] | None:
    """The roots that a packaging file names."""
    if facts is None or path.rpartition("/")[2] not in PACKAGING or not facts.code or "roots" not in facts.code:
        return None
    return tuple(facts.code["roots"])


def _unequal(before: Mapping[K, V], after: Mapping[K, V]) -> Iterator[K]:
    return (key for key in {**before, **after} if before.get(key) != after.get(key))
