"""Questions about the graph of one snapshot. Views answer them by default, so they can be asked at any commit."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from aura_core.model.graph import EdgeKind, Node, Resolution, Unresolved

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


def split_by_confidence(items: Sequence[T], minimum: float, confidence: Callable[[T], float]) -> tuple[list[T], int]:
    """Return the items whose ``confidence`` is at least ``minimum``, and how many others there are."""
    confident = [item for item in items if confidence(item) >= minimum]
    return confident, len(items) - len(confident)


class Callers(NamedTuple):
    """The callers of a node, and the unresolved call sites of the tree that carry its name, as (path, site): each of
    those could be a call of the node too.
    """

    neighbours: Sequence[Neighbour]
    could_be: Sequence[tuple[str, Unresolved]]


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
    def callers(self, uid: str) -> Callers:
        """Return the sources of the CALLS edges to a node, and the call sites that could be others."""
        ...

    @abstractmethod
    def counts(self) -> dict[str, int]:
        """Return how many nodes and edges of each kind there are, and how many unresolved calls."""
        ...
