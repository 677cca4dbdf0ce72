"""Computes the class hierarchy: bases, method resolution orders, and which methods override which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from aura_core.linking.dependency_keys import KEY_BASES
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState
from aura_core.linking.program import BEFORE, ClassRefs, Override, Program
from aura_core.linking.source_file import Method, SourceFile
from aura_core.linking.values import V_CLASS, V_EXTERNAL, ClassKey, MroEntry

MAX_MRO_DEPTH = 200
"""Longest chain of bases for which a C3 order is computed."""

MAX_SIBLINGS = 24
"""Of a class with several bases, this many classes above it are compared with one another."""


def bases_of(state: InferenceState, file: SourceFile) -> ClassRefs:
    """Return the bases of a file's classes, by class. ``state.reads`` collects the numbers of the keys read."""
    return {
        file.class_name(place): _bases(state, file, file.class_name(place), file.parent(scope), exprs)
        for place, (_, scope, exprs, *_) in enumerate(file.classes)
    }


def _bases(
    state: InferenceState, file: SourceFile, class_name: str, scope: int, exprs: Sequence[int]
) -> list[MroEntry]:
    bases: dict[MroEntry, None] = {}
    for expr in exprs:
        for ref in state.infer(file, scope, expr, MAX_CHAIN):
            if ref[0] == V_CLASS:
                _, path, name, _ = ref
                # ``class A(A)`` redefines a class from itself: the name must not make it its own base
                if (path, name) != (file.path, class_name):
                    bases[V_CLASS, path, name] = None
            elif ref[0] == V_EXTERNAL:
                bases[ref] = None
    return list(bases)


def mro_of(program: Program, file: SourceFile, reads: set[int]) -> ClassRefs:
    """Return the method resolution orders of a file's classes, by class. ``reads`` collects the numbers of the keys
    that were read for them.
    """

    def record(*key: str) -> None:
        reads.add(program.keys.number(key))

    return {name: linearise((V_CLASS, file.path, name), program, record) for name in file.class_places}


def linearise(start: ClassKey, program: Program, record: Callable[[str, str, str], None]) -> list[MroEntry]:
    """Return the C3 order of a class, itself first; its ancestors depth first when there is no such order. A class
    outside the tree stands for everything above it. ``record`` gets the keys that are read.
    """
    bases: dict[MroEntry, list[MroEntry]] = {}
    todo: list[MroEntry] = [start]
    while todo:
        entry = todo.pop()
        if entry in bases or entry[0] == V_EXTERNAL:
            continue
        _, path, name = entry
        record(KEY_BASES, path, name)
        bases[entry] = (program.bases.get(path) or {}).get(name, [])
        todo += bases[entry]
    try:
        return _C3(bases).order(start, frozenset())
    except _NoOrder:
        return _depth_first(start, bases)


class _NoOrder(Exception):
    """The bases of a class have no C3 order."""


class _C3:
    """Merges the orders of bases (https://www.python.org/download/releases/2.3/mro/). ``bases`` holds those of every
    class that is reached.
    """

    def __init__(self, bases: Mapping[MroEntry, list[MroEntry]]) -> None:
        self._bases = bases
        self._orders: dict[MroEntry, list[MroEntry]] = {}

    def order(self, entry: MroEntry, below: frozenset[MroEntry]) -> list[MroEntry]:
        """Return the order of a class; ``below`` are the classes whose order waits for it. Raises ``_NoOrder``."""
        if entry[0] == V_EXTERNAL:
            return [entry]
        if entry in self._orders:
            return self._orders[entry]
        # ``entry in below``: the bases go round in a circle
        if entry in below or len(below) > MAX_MRO_DEPTH:
            raise _NoOrder
        bases = self._bases[entry]
        # C3 merges the orders of the bases with the list of the bases itself
        queues = [list(self.order(base, below | {entry})) for base in bases] + [list(bases)]
        order: list[MroEntry] = [entry]
        while queues := [queue for queue in queues if queue]:
            order.append(head := _next_head(queues))
            for queue in queues:
                if queue[0] == head:
                    del queue[0]
        self._orders[entry] = order
        return order


def _next_head(queues: Sequence[Sequence[MroEntry]]) -> MroEntry:
    """Return the first head that is in no other queue's tail."""
    tails = [queue[1:] for queue in queues]
    for head, *_ in queues:
        if not any(head in tail for tail in tails):
            return head
    raise _NoOrder


def _depth_first(start: ClassKey, bases: Mapping[MroEntry, list[MroEntry]]) -> list[MroEntry]:
    order: dict[MroEntry, None] = {}
    todo: list[MroEntry] = [start]
    while todo:
        entry = todo.pop()
        if entry not in order:
            order[entry] = None
            # reversed, because the last one pushed is popped first
            todo += reversed(bases.get(entry, []))
    return list(order)


def overrides_of(path: str, methods: Iterable[Method], mro: ClassRefs, bases: ClassRefs) -> list[Override]:
    """Return what the classes of the file at ``path`` override, as (address, uid) pairs.

    Each method gives one pair for each class of the tree above its own: the address of that class's method of the same
    name, and its own uid. Each class gives one pair for each class above it: that class's address with "" for the
    method, and its own uid. A class with several bases gives one more pair for each two classes above it: the address
    of the later one with ``BEFORE`` for the method, and the uid of the earlier one, whose methods hide the later one's.
    """
    ancestors = {name: list(_ancestors(order)) for name, order in mro.items()}
    overrides = [
        ((above, class_name, name), f"{path}::{function}")
        for qualname, name, function in methods
        for above, class_name in ancestors.get(qualname, ())
    ]
    subclasses = [
        ((above, class_name, ""), f"{path}::{qualname}")
        for qualname, classes in ancestors.items()
        for above, class_name in classes
    ]
    siblings = [
        ((above, class_name, BEFORE), f"{earlier_path}::{earlier}")
        for qualname, classes in ancestors.items()
        if len(bases.get(qualname, ())) > 1
        for (earlier_path, earlier), (above, class_name) in combinations(classes[:MAX_SIBLINGS], 2)
    ]
    return overrides + subclasses + siblings


def _ancestors(order: Sequence[MroEntry]) -> Iterator[tuple[str, str]]:
    """Yield (path, class) of the classes of the tree above the first one."""
    for entry in order[1:]:
        if entry[0] != V_EXTERNAL:
            _, path, class_name = entry
            yield path, class_name
