"""One step from a node, in both directions, in an order that depends on nothing but the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from aura_core.model.graph import EdgeKind
from aura_core.model.walks import Direction, Step
from aura_core.ports.graph import GraphReader, Neighbour, split_confident


class StepTo(NamedTuple):
    """A step, and the neighbour that it leads to."""

    step: Step
    neighbour: Neighbour


StepsFrom = Callable[[str], Sequence[StepTo]]
"""A function that returns the steps from a uid."""


def steps_around(
    reader: GraphReader, kinds: Sequence[EdgeKind], direction: Direction, minimum: float = 0.0
) -> StepsFrom:
    """Return a function for the steps along edges of these kinds whose confidence is at least ``minimum``.

    Its steps are sorted by uid; edges out come before edges in.
    """
    directions = [each for each in (Direction.OUT, Direction.IN) if direction in (each, Direction.BOTH)]

    def steps_from(uid: str) -> list[StepTo]:
        steps = []
        for each in directions:
            neighbours, _ = split_confident(reader.neighbours(uid, kinds, incoming=each is Direction.IN), minimum)
            steps += [StepTo(Step(n.uid, n.kind, each, n.resolution, n.lines), n) for n in neighbours]
        return sorted(steps, key=_sort_key)

    return steps_from


def _sort_key(step_to: StepTo) -> tuple[object, ...]:
    step = step_to.step
    return step.uid, step.kind, step.direction is Direction.IN, step.resolution, step.lines
