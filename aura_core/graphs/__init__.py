"""Graphs by pure functions: walks over any reader, one file's graph from its rows, what differs between two snapshots."""

from aura_core.graphs.expanding import DEFAULT_KINDS, MAX_STEPS, WEIGHTS, expand
from aura_core.graphs.routing import shortest_route
from aura_core.graphs.stepping import Around, steps_around

__all__ = ["DEFAULT_KINDS", "MAX_STEPS", "WEIGHTS", "Around", "expand", "shortest_route", "steps_around"]
