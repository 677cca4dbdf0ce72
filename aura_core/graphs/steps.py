"""One step from a node, in both directions, in an order that depends on nothing but the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aura_core.model.graph import EdgeKind
from aura_core.model.walks import Direction, Step
from aura_core.ports.graph import GraphReader, Neighbour, split_confident

Around = Callable[[str], Sequence[tuple[Step, Neighbour]]]
"""The steps from a node, with where each leads."""


def steps_around(reader: GraphReader, kinds: Sequence[EdgeKind], direction: Direction, minimum: float = 0.0) -> Around:
    """Steps along edges of these kinds that are at least as sure as ``minimum``, by uid; edges out come before edges
    in.
    """
    ways = [way for way in (Direction.OUT, Direction.IN) if direction in (way, Direction.BOTH)]

    def around(uid: str) -> list[tuple[Step, Neighbour]]:
        found = [
            (way, n)
            for way in ways
            for n in split_confident(reader.neighbours(uid, kinds, incoming=way is Direction.IN), minimum)[0]
        ]
        steps = [(Step(n.uid, n.kind, way, n.resolution, n.lines), n) for way, n in found]
        return sorted(
            steps, key=lambda s: (s[0].uid, s[0].kind, s[0].direction is Direction.IN, s[0].resolution, s[0].lines)
        )

    return around
