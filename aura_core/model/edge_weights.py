"""The weights of edges, for every walk that prefers one kind to another."""

from __future__ import annotations

from aura_core.model.graph import EdgeKind

EDGE_WEIGHTS = {
    EdgeKind.CALLS: 9, EdgeKind.IMPORTS: 6, EdgeKind.EXTENDS: 10, EdgeKind.CONTAINS: 4, EdgeKind.REFERENCES: 4,
}  # fmt: skip
"""In tenths, so that products and sums are whole numbers and their order is exact.

Views store what follows from them, so this file is part of their version. ``tests/docs`` compares the texts that
quote them.
"""

RANKED = frozenset({EdgeKind.CALLS, EdgeKind.IMPORTS, EdgeKind.EXTENDS, EdgeKind.CONTAINS})
"""The kinds along which ranking walks. A class is handed on in so many places that walking there does not help."""
