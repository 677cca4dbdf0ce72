"""Questions about the graph of one snapshot. Views answer them by default, so they can be asked at any commit."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from aura_core.model.graph import CONSTRUCTORS, EdgeKind, Node, NodeKind, Resolution, Unresolved, plain_name, split_uid

T = TypeVar("T")


class Neighbour(NamedTuple):
    """A node at the other end of one edge.

    ``uid`` may be ``external:…``; then ``node`` is None. ``kind``, ``resolution`` and ``lines`` (1-based, the sites)
    are the edge's.
    """

    uid: str
    node: Node | None
    kind: EdgeKind
    resolution: Resolution
    lines: tuple[int, ...]

    @property
    def confidence(self) -> float:
        """The measured share of edges resolved like this one that are right, from 0 to 1."""
        return self.resolution.confidence


def split_confident(neighbours: Sequence[Neighbour], minimum: float) -> tuple[list[Neighbour], int]:
    """Return the neighbours whose confidence is at least ``minimum``, and how many others there are. Whoever shows the
    neighbours shows that number too, so that nothing is hidden.
    """
    return split_by_confidence(neighbours, minimum, lambda neighbour: neighbour.confidence)


def split_callers(callers: Callers, minimum: float) -> tuple[Callers, int]:
    """Return the callers and references whose confidence is at least ``minimum``, and how many others there are."""
    calls, calls_below = split_confident(callers.neighbours, minimum)
    references, references_below = split_confident(callers.references, minimum)
    return callers._replace(neighbours=calls, references=references), calls_below + references_below


def split_by_confidence(items: Sequence[T], minimum: float, confidence: Callable[[T], float]) -> tuple[list[T], int]:
    """Return the items whose ``confidence`` is at least ``minimum``, and how many others there are."""
    confident = [item for item in items if confidence(item) >= minimum]
    return confident, len(items) - len(confident)


class Callers(NamedTuple):
    """The callers of a node, each once. ``could_be``: the unresolved call sites of the tree that carry its name, as
    (path, site): each of those could be a call of the node too. ``references``: who hands the node to other code.
    ``constructors``: of a class, the uids of its constructors, whose callers are among the callers.
    """

    neighbours: Sequence[Neighbour]
    could_be: Sequence[tuple[str, Unresolved]]
    references: Sequence[Neighbour] = ()
    constructors: Sequence[str] = ()


def _constructors(reader: GraphReader, uid: str) -> list[str]:
    names = (f"{uid}.{name}" for name in CONSTRUCTORS)
    return [name for name in names if reader.node(name) is not None]


def _each_once(edges: Sequence[Neighbour]) -> list[Neighbour]:
    """Return one neighbour for each uid, with the surest of its resolutions and the lines of all its edges."""
    ranks = {resolution: rank for rank, resolution in enumerate(Resolution)}
    by_uid: dict[str, Neighbour] = {}
    for edge in sorted(edges, key=lambda e: (e.uid, ranks[e.resolution])):
        first = by_uid.setdefault(edge.uid, edge)
        by_uid[edge.uid] = first._replace(lines=tuple(sorted({*first.lines, *edge.lines})))
    return list(by_uid.values())


class GraphReader(Protocol):
    """The graph of one snapshot. What does not exist is None or empty.

    An adapter derives from this class and cannot be instantiated while it leaves a question out. Walks (expansion,
    shortest paths) are made of ``neighbours``, in ``aura_core.graphs``.
    """

    @abstractmethod
    def node(self, uid: str) -> Node | None:
        """Return the node with this uid."""
        ...

    @abstractmethod
    def nodes_in_file(self, path: str) -> Sequence[Node]:
        """Return the nodes of a file in order of position, the module first."""
        ...

    @abstractmethod
    def node_at_line(self, path: str, line: int) -> Node | None:
        """Return the innermost node whose span contains the line (1-based)."""
        ...

    @abstractmethod
    def find(self, pattern: str, limit: int = 100) -> Sequence[Node]:
        """Return the nodes whose uid, dotted name (module.qualname) or qualified name matches a glob (``*``, ``?``):
        exact matches first, then by uid.
        """
        ...

    @abstractmethod
    def neighbours(self, uid: str, kinds: Sequence[EdgeKind], *, incoming: bool) -> Sequence[Neighbour]:
        """Return the nodes one edge of these kinds away, sorted by uid. ``incoming``: against the edges' direction."""
        ...

    @abstractmethod
    def sites_named(self, name: str) -> Sequence[tuple[str, Unresolved]]:
        """Return the unresolved call sites that call something of a name, as (path, site)."""
        ...

    def callers(self, uid: str) -> Callers:
        """Return who calls a node, who hands it to other code, and the call sites that could be calls of it.

        A call of a class runs its constructors, so callers of those are callers of the class. Who hands on a class
        hands on its constructors, and an unresolved call of its name may be one of them.
        """
        node = self.node(uid)
        constructors = _constructors(self, uid) if node is not None and node.kind is NodeKind.CLASS else []
        owner, _, last = uid.rpartition(".")
        is_constructor = last in CONSTRUCTORS
        edges = [
            edge
            for name in (uid, *constructors)
            for edge in self.neighbours(name, (EdgeKind.CALLS, EdgeKind.REFERENCES), incoming=True)
        ]
        if is_constructor:
            edges += self.neighbours(owner, (EdgeKind.REFERENCES,), incoming=True)
        calls = [e for e in edges if e.kind is EdgeKind.CALLS or e.resolution is Resolution.CONSTRUCTED]
        references = [e for e in edges if e.kind is EdgeKind.REFERENCES and e.resolution is not Resolution.CONSTRUCTED]
        if is_constructor:  # who constructs a class with the constructor of a base does not call its own
            calls = [e for e in calls if e.resolution is not Resolution.CONSTRUCTED]
        *classes, name = plain_name(split_uid(uid)[1]).split(".")
        names = [*classes[-1:], name] if is_constructor else [name]
        sites = [site for name in names if name for site in self.sites_named(name)]
        return Callers(_each_once(calls), sites, _each_once(references), constructors)

    @abstractmethod
    def counts(self) -> dict[str, int]:
        """Return how many nodes and edges of each kind there are, and how many unresolved calls."""
        ...
