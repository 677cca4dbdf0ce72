"""Sums and distances on the grid."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aura_core.clustering.grid import cluster_sums, directions, squared_distances, unit_points, update_sums


@given(st.integers(1, 5_000), st.integers(1, 9))
def test_sums_and_distances_are_exact_however_they_are_made(rows: int, k: int) -> None:
    random = np.random.default_rng(rows)
    points = unit_points(random.integers(-127, 128, (rows, 16)).astype(np.int8))
    old_labels, new_labels = random.integers(k, size=rows), random.integers(k, size=rows)
    sums = update_sums(points, cluster_sums(points, old_labels, k), old_labels, new_labels)
    assert sums.tobytes() == cluster_sums(points, new_labels, k).tobytes()
    centres = directions(sums)
    squared_gaps = (points[:, None].astype(np.float64) - centres) ** 2
    assert np.array_equal(
        squared_distances(points, (points.astype(np.float64) ** 2).sum(axis=1), centres), squared_gaps.sum(axis=2)
    )
