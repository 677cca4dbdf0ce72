"""Graphs by pure functions: walks over any reader, one file's graph, and what differs between two snapshots."""

from aura_core.graphs.difference import edge_sides, node_sides, pair_nodes, site_sides
from aura_core.graphs.expansion import DEFAULT_KINDS, MAX_STEPS, expand
from aura_core.graphs.files import FileGraph, containment, file_graph, nodes_of
from aura_core.graphs.renames import renames
from aura_core.graphs.routes import shortest_route
from aura_core.graphs.steps import StepsFrom, StepTo, steps_around

__all__ = [
    "DEFAULT_KINDS",
    "MAX_STEPS",
    "FileGraph",
    "StepTo",
    "StepsFrom",
    "containment",
    "edge_sides",
    "expand",
    "file_graph",
    "node_sides",
    "nodes_of",
    "pair_nodes",
    "renames",
    "shortest_route",
    "site_sides",
    "steps_around",
]
