"""Computes the class hierarchy: bases, method resolution orders, and which methods override which."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from typing import Final

from aura_core.linking.dependency_keys import KEY_BASES
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState, TooComplex
from aura_core.linking.program import BEFORE, ClassRefs, Override, Program
from aura_core.linking.source_file import Method, SourceFile
from aura_core.linking.values import CUT, V_CLASS, V_EXTERNAL, ClassKey, MroEntry, Ref, is_external

MAX_ANCESTORS: Final = 128
"""Most classes of a method resolution order. Each class overrides methods of all above it, so the pairs of a chain of
classes grow with its square.
"""

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
    for ref in _values(state, file, scope, exprs):
        if ref[0] == V_CLASS:
            _, path, name, _ = ref
            # ``class A(A)`` redefines a class from itself: the name must not make it its own base
            if (path, name) != (file.path, class_name):
                bases[V_CLASS, path, name] = None
        elif ref[0] == V_EXTERNAL:
            bases[ref] = None
    return list(bases)


def _values(state: InferenceState, file: SourceFile, scope: int, exprs: Sequence[int]) -> Iterator[Ref]:
    for expr in exprs:
        state.begin()
        with suppress(TooComplex):
            yield from state.infer(file, scope, expr, MAX_CHAIN)


def mro_of(program: Program, file: SourceFile, reads: set[int]) -> ClassRefs:
    """Return the method resolution orders of a file's classes, by class. ``reads`` collects the numbers of the keys
    that were read for them.
    """

    def bases(path: str, name: str) -> Sequence[MroEntry]:
        reads.add(program.keys.number((KEY_BASES, path, name)))
        return (program.bases.get(path) or {}).get(name, ())

    orders = ClassOrders(bases)
    return {name: orders.order((V_CLASS, file.path, name)) for name in file.class_places}


class ClassOrders:
    """Computes C3 orders of classes (https://www.python.org/download/releases/2.3/mro/), and remembers them.

    ``bases_of`` returns the bases of a class, by its path and its qualified name.
    """

    def __init__(self, bases_of: Callable[[str, str], Sequence[MroEntry]]) -> None:
        self._bases_of = bases_of
        self._orders: dict[ClassKey, list[MroEntry] | None] = {}

    def order(self, start: ClassKey) -> list[MroEntry]:
        """Return the order of a class, itself first; its ancestors depth first when there is no such order. A class
        outside the tree stands for everything above it. An order of more than ``MAX_ANCESTORS`` classes is cut.
        """
        bases = self._reached(start)
        if len(bases) > MAX_ANCESTORS:
            return [*_depth_first(start, bases)[:MAX_ANCESTORS], CUT]
        order = self._c3(start, bases, frozenset())
        return order if order is not None else _depth_first(start, bases)

    def _reached(self, start: ClassKey) -> dict[ClassKey, Sequence[MroEntry]]:
        """Return the bases of a class and of those above it, until they are too many."""
        bases: dict[ClassKey, Sequence[MroEntry]] = {}
        todo: deque[MroEntry] = deque([start])
        while todo and len(bases) <= MAX_ANCESTORS:
            entry = todo.popleft()
            if not is_external(entry) and entry not in bases:
                _, path, name = entry
                bases[entry] = self._bases_of(path, name)[: MAX_ANCESTORS + 1]
                todo += bases[entry]
        return bases

    def _c3(
        self, entry: ClassKey, bases: Mapping[ClassKey, Sequence[MroEntry]], below: frozenset[ClassKey]
    ) -> list[MroEntry] | None:
        """Return the C3 order of a class, or None. ``below`` are the classes whose order waits for it."""
        if entry in self._orders:
            return self._orders[entry]
        if entry in below:  # the bases go round in a circle
            return None
        queues: list[Sequence[MroEntry]] = []
        for base in bases[entry]:
            order = [base] if is_external(base) else self._c3(base, bases, below | {entry})
            if order is None:
                return None
            queues.append(order)
        # C3 merges the orders of the bases with the list of the bases itself; with one base that is its order
        merged = _merge([*queues, bases[entry]]) if len(queues) != 1 else queues.pop()
        self._orders[entry] = [entry, *merged] if merged is not None else None
        return self._orders[entry]


def _merge(queues: Sequence[Sequence[MroEntry]]) -> list[MroEntry] | None:
    """Return the C3 merge of some orders; None when there is none."""
    # reversed, because the end of a list is taken away at once
    waiting = [list(reversed(queue)) for queue in queues if queue]
    # how often an entry stands behind the head of a queue
    behind = Counter(entry for queue in queues for entry in queue[1:])
    merged: list[MroEntry] = []
    while waiting:
        head = next((queue[-1] for queue in waiting if not behind[queue[-1]]), None)
        if head is None:
            return None
        merged.append(head)
        for queue in waiting:
            if queue[-1] == head:
                queue.pop()
                behind.subtract(queue[-1:])
        waiting = [queue for queue in waiting if queue]
    return merged


def _depth_first(start: ClassKey, bases: Mapping[ClassKey, Sequence[MroEntry]]) -> list[MroEntry]:
    order: dict[MroEntry, None] = {}
    todo: list[MroEntry] = [start]
    while todo:
        entry = todo.pop()
        if entry not in order:
            order[entry] = None
            # reversed, because the last one pushed is popped first
            todo += reversed(bases.get(entry, ()) if not is_external(entry) else ())
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
        if not is_external(entry):
            _, path, class_name = entry
            yield path, class_name
