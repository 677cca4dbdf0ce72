"""Personalised PageRank over a graph in compressed rows, by synchronous push in whole numbers: the same whatever the numbering of nodes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

ONE = 1 << 40
"""The whole mass; shares are floored, so what is lost is lost the same way everywhere."""

RESTART = 512
"""Share of a node's mass that stays with it, of 1,024."""

ROUNDS = 20
SMALLEST = ONE // 20_000
"""Mass that is not worth pushing on."""


def push(starts: Ints, targets: Ints, weights: Ints, seeds: Ints, masses: Ints) -> Ints:
    """Mass of each node after walks from ``seeds`` with ``masses``. ``starts`` has one entry more than there are nodes."""
    nodes = len(starts) - 1
    total = np.zeros(nodes, np.int64)
    np.add.at(total, np.repeat(np.arange(nodes), np.diff(starts)), weights)
    waiting, kept = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    np.add.at(waiting, seeds, masses * (ONE // max(int(masses.sum()), 1)))
    for _ in range(ROUNDS):
        active = np.flatnonzero(waiting > SMALLEST)
        if not len(active):
            break
        mass = waiting[active]
        waiting[active] = 0
        stays = np.where(total[active] > 0, mass * RESTART >> 10, mass)
        kept[active] += stays
        _spread(starts, targets, weights, active, mass - stays, total, waiting)
    return kept + waiting


def _spread(starts: Ints, targets: Ints, weights: Ints, active: Ints, moving: Ints, total: Ints, waiting: Ints) -> None:
    first, sizes = starts[active], starts[active + 1] - starts[active]
    edges = np.repeat(first - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))
    source = np.repeat(np.arange(len(active)), sizes)
    unit = moving // np.maximum(total[active], 1)
    np.add.at(waiting, targets[edges], unit[source] * weights[edges])
