"""Questions about one snapshot's graph. Answered from views by default, so at any commit."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from aura_core.model.graph import EdgeKind, Node, Resolution, Unresolved

T = TypeVar("T")


class Neighbour(NamedTuple):
    """A node reached by one edge: the edge's kind, how it was resolved, its sites. ``uid`` may be ``external:…`` (then
    ``node`` is None).
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


def split_confident(found: Sequence[Neighbour], minimum: float) -> tuple[list[Neighbour], int]:
    """Those whose confidence is at least ``minimum``, and how many are left out: whoever shows the ones says the
    other, so that nothing is hidden.
    """
    return split_by_confidence(found, minimum, lambda neighbour: neighbour.confidence)


def split_by_confidence(found: Sequence[T], minimum: float, confidence: Callable[[T], float]) -> tuple[list[T], int]:
    """As ``confident``, of anything that has a ``confidence``."""
    kept = [one for one in found if confidence(one) >= minimum]
    return kept, len(found) - len(kept)


class Callers(NamedTuple):
    """Who calls a node, and how many unresolved call sites of the tree carry its name: they could still be this one."""

    neighbours: Sequence[Neighbour]
    could_be: Sequence[tuple[str, Unresolved]]


class GraphReader(Protocol):
    """The graph of one snapshot. "Not there" is None or empty. An adapter derives from it, and cannot be made while it
    leaves a question out.

    ``find`` is what finds nodes by glob; walks (expansion, shortest ways) are made of ``neighbours``, in
    ``aura_core.graphs``.
    """

    @abstractmethod
    def node(self, uid: str) -> Node | None:
        """By uid."""
        ...

    @abstractmethod
    def nodes_in_file(self, path: str) -> Sequence[Node]:
        """In order of position, the module first."""
        ...

    @abstractmethod
    def node_at_line(self, path: str, line: int) -> Node | None:
        """The innermost node whose span holds the line."""
        ...

    @abstractmethod
    def find(self, pattern: str, limit: int = 100) -> Sequence[Node]:
        """By glob (``*``, ``?``) over uid, dotted name (module.qualname) or qualified name; exact matches first, then
        by uid.
        """
        ...

    @abstractmethod
    def neighbours(self, uid: str, kinds: Sequence[EdgeKind], *, incoming: bool) -> Sequence[Neighbour]:
        """One step along edges of these kinds, by uid."""
        ...

    @abstractmethod
    def callers(self, uid: str) -> Callers:
        """Incoming CALLS, with the honest remainder."""
        ...

    @abstractmethod
    def counts(self) -> dict[str, int]:
        """Nodes by kind, edges by kind, unresolved calls."""
        ...
