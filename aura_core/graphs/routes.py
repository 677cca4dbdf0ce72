"""The shortest way between two symbols, by breadth."""

from __future__ import annotations

from aura_core.graphs.steps import Around
from aura_core.model.walks import Outcome, Route, Step

MAX_NODES = 20_000


def shortest_route(around: Around, start: str, end: str, *, max_steps: int = 8, max_nodes: int = MAX_NODES) -> Route:
    """The way with the fewest edges from ``start`` to ``end``; of several the one whose first, then second, … node
    comes first by uid.

    Ways lead through nodes of the tree; only ``end`` may lie outside. ``CUT_OFF`` when ``max_nodes`` were looked at
    before the answer was clear.
    """
    if start == end:
        return Route(Outcome.FOUND, (), max_steps, 1)
    came: dict[str, tuple[str, Step] | None] = {start: None}
    level = [start]
    for _ in range(max_steps):
        further: list[str] = []
        for uid in level:
            for step, neighbour in around(uid):
                if step.uid in came:
                    continue
                came[step.uid] = (uid, step)
                if step.uid == end:
                    return Route(Outcome.FOUND, _way(came, end), max_steps, len(came))
                if neighbour.node is not None:
                    further.append(step.uid)
            if len(came) > max_nodes:
                return Route(Outcome.CUT_OFF, (), max_steps, len(came))
        level = further
    return Route(Outcome.NONE, (), max_steps, len(came))


def _way(came: dict[str, tuple[str, Step] | None], end: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    at = came[end]
    while at is not None:
        before, step = at
        steps.append(step)
        at = came[before]
    return tuple(reversed(steps))
