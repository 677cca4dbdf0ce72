"""Linking a tree from nothing: module names, bases, method resolution orders, links, in this order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgpack

from aura_core.linking.codec import Row, pack_fragment, row_of
from aura_core.linking.evaluate import Evaluator
from aura_core.linking.hierarchy import linearise, overridden
from aura_core.linking.keys import pack_rows
from aura_core.linking.links import FileLinker
from aura_core.linking.questions import DEPTH
from aura_core.linking.roots import PACKAGING, hinted_roots, module_names, module_paths
from aura_core.linking.summaries import SourceFile
from aura_core.linking.values import Ref
from aura_core.linking.world import Bases, World
from aura_core.model.facts import FileFacts
from aura_core.model.graph import Fragment

Files = Mapping[str, tuple[bytes, FileFacts]]


@dataclass(frozen=True, slots=True)
class LinkedTree:
    """``fragments`` and ``reads``: a content-addressed row a path. ``stats``: how many edges (CONTAINS not counted) and unresolved call sites.

    A ``reads`` row is msgpack of three byte strings, one a layer (bases, orders, links): sorted (key, value) pairs of 64-bit little-endian integers.
    """

    fragments: dict[str, Row]
    reads: dict[str, Row]
    stats: dict[str, int]


def link_tree(files: Files) -> LinkedTree:
    """Link every file. ``files``: path → (facts key, facts). The result depends on nothing but ``files``, not on their order."""
    world = new_world(files)
    layers = [link_bases(world), link_orders(world)]
    linker = FileLinker(world)
    fragments: dict[str, Row] = {}
    reads: dict[str, Row] = {}
    stats = {"edges": 0, "unresolved": 0}
    for path in sorted(files):
        source = world.files.get(path)
        if source is None:
            fragments[path], reads[path] = row_of(pack_fragment(Fragment(files[path][0], ""))), row_of(msgpack.packb((b"", b"", b"")))
            continue
        fragment, read = linker.link(source)
        fragments[path] = row_of(pack_fragment(fragment))
        stats["edges"] += len(fragment.edges)
        stats["unresolved"] += len(fragment.unresolved)
        reads[path] = row_of(msgpack.packb(tuple(rows_of(world, path, numbers) for numbers in (layers[0][path], layers[1][path], read))))
    return LinkedTree(fragments, reads, stats)


def new_world(files: Files) -> World:
    """A tree's files under their module names, before anything is resolved."""
    world = World()
    python = {path: facts for path, facts in files.items() if facts[1].language == "python"}
    hints = {p: f.code["roots"] for p, (_, f) in files.items() if p.rpartition("/")[2] in PACKAGING and f.code and "roots" in f.code}
    world.names = module_names(sorted(python), hinted_roots(hints))
    world.modules = module_paths(world.names)
    for path in sorted(python):
        key, facts = python[path]
        world.files[path] = file = SourceFile(path, world.names[path], key, facts)
        world.add_methods(file)
    return world


def link_bases(world: World) -> dict[str, set[int]]:
    """Resolve the bases of every class; the keys read, by path."""
    evaluator = Evaluator(world, plain=True)
    reads: dict[str, set[int]] = {}
    for path, file in world.files.items():
        evaluator.reads = reads[path] = set()
        world.bases[path] = bases_of(evaluator, file)
    return reads


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


def link_orders(world: World) -> dict[str, set[int]]:
    """The C3 order of every class and what its methods override; the keys read, by path."""
    reads: dict[str, set[int]] = {}
    for path, file in world.files.items():
        reads[path] = read = set[int]()
        world.orders[path] = orders_of(world, file, read)
    for path, file in world.files.items():
        world.set_overriding(path, overridden(file, world.orders[path]))
    return reads


def orders_of(world: World, file: SourceFile, reads: set[int]) -> Bases:
    """The orders of a file's classes, by class; adds the keys read."""

    def record(*key: str) -> None:
        reads.add(world.keys.number(key))

    return {name: linearise(("c", file.path, name), world, record) for name in file.class_places}


def rows_of(world: World, path: str, numbers: set[int]) -> bytes:
    """The keys that a file must record, with their values, packed."""
    keys = world.keys
    return pack_rows({(keys.hashed(n), world.value(keys.keys[n])) for n in keys.foreign(numbers, path)})
