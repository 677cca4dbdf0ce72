"""Symbols that the graph connects with the best hits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from aura_core.model.graph import EdgeKind
from aura_core.retrieval.rank import best_documents
from aura_core.views import DEFINITION_KINDS, KINDS, View

MAX_NEIGHBOURS = 140
"""Documents along the graph: with the hits they are 200 candidates, more than a usual budget holds."""

MIN_CALLERS, MIN_CALLER_SHARE = 3, 0.4
"""Of the best hits, so many and this share must call a symbol before it is shown because of that."""

MAX_SHARED_CALLEES = 3
"""Symbols that are shown because many of the best hits call them."""

_NEIGHBOUR_KINDS = [KINDS.index(kind) for kind in DEFINITION_KINDS]


def neighbours(view: View, seeds: Mapping[int, int], hits: Sequence[int]) -> list[tuple[int, float]]:
    """Return the documents that walks from the seeds reach most, beyond what is ranked already, each with its share of
    the largest mass. ``seeds``: documents with their weights.
    """
    if not seeds:
        return []
    mass = view.pagerank.from_seeds(np.array(list(seeds), np.int64), np.array(list(seeds.values()), np.int64))
    # What is ranked already is no neighbour; neither are sections and modules, whose bodies would fill the budget.
    mass[np.array(sorted({*hits, *seeds}), np.int64)] = 0
    mass[~np.isin(view.kind_of, _NEIGHBOUR_KINDS)] = 0
    documents = best_documents(view, mass, MAX_NEIGHBOURS)
    largest = int(mass.max()) if documents else 1
    return [(document, round(int(mass[document]) / largest, 6)) for document in documents]


def shared_callees(view: View, hits: Sequence[int]) -> list[tuple[int, int]]:
    """Return the symbols that many of the hits call, each with the number of hits that call it, most callers first."""
    callers: Counter[int] = Counter()
    for document in hits:
        edges = view.edge_table.outgoing(int(view.symbol_of[document]))
        callers.update({edge.target for edge in edges if edge.kind is EdgeKind.CALLS and edge.target >= 0})
    enough = max(MIN_CALLERS, MIN_CALLER_SHARE * len(hits))
    ranking = sorted((-count, view.symbols.uid(row), row) for row, count in callers.items() if count >= enough)
    return [(row, -count) for count, _, row in ranking[:MAX_SHARED_CALLEES]]
