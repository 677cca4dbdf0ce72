"""The shortest way between two symbols, by breadth-first search."""

from __future__ import annotations

from aura_core.graphs.steps import StepsFrom
from aura_core.model.walks import Outcome, Route, Step
from aura_core.time_limit import check_time

MAX_NODES = 20_000
"""Nodes visited at most, so that a search through a large graph ends."""


def shortest_route(
    steps_from: StepsFrom, start: str, end: str, *, max_steps: int = 8, max_nodes: int = MAX_NODES
) -> Route:
    """Return the way with the fewest edges from ``start`` to ``end``; of several the one whose nodes come first by uid,
    compared from the start.

    Ways lead through nodes of the tree; only ``end`` may lie outside. The outcome is ``CUT_OFF`` when ``max_nodes``
    were visited before the answer was clear.
    """
    if start == end:
        return Route(Outcome.REACHED, (), max_steps, 1)
    arrivals: dict[str, tuple[str, Step] | None] = {start: None}
    level = [start]
    for _ in range(max_steps):
        next_level: list[str] = []
        for uid in level:
            check_time()
            for step, neighbour in steps_from(uid):
                if step.uid in arrivals:
                    continue
                arrivals[step.uid] = (uid, step)
                if step.uid == end:
                    return Route(Outcome.REACHED, _steps_to(end, arrivals), max_steps, len(arrivals))
                if neighbour.node is not None:
                    next_level.append(step.uid)
            # After each node, not each step: an answer that is in sight is still given.
            if len(arrivals) > max_nodes:
                return Route(Outcome.CUT_OFF, (), max_steps, len(arrivals))
        level = next_level
    return Route(Outcome.NONE, (), max_steps, len(arrivals))


def _steps_to(end: str, arrivals: dict[str, tuple[str, Step] | None]) -> tuple[Step, ...]:
    """Return the steps from the start, given for each node the one before it and the step from there."""
    steps: list[Step] = []
    arrival = arrivals[end]
    while arrival is not None:
        uid, step = arrival
        steps.append(step)
        arrival = arrivals[uid]
    return tuple(reversed(steps))
