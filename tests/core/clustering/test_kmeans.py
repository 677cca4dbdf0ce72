"""Seeded k-means and silhouettes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.clustering import kmeans, suggested_clusters
from tests.core.clustering.samples import grouped_codes


@pytest.mark.parametrize("seed", range(5))
def test_seeded_groups_are_recovered(seed: int) -> None:
    codes, groups = grouped_codes([120, 60, 30, 20], seed)
    clustering = kmeans(codes, 4, seed)
    pairs = set(zip(groups, clustering.labels.tolist(), strict=True))
    assert pairs == {(n, n) for n in range(4)}, "clusters are the groups, numbered from the largest"
    assert clustering.silhouette > 0.5


def test_the_same_codes_and_seed_give_the_same_groups() -> None:
    codes, _ = grouped_codes([50] * 6, noise=60.0)
    one, two = kmeans(codes, seed=3), kmeans(codes.copy(), seed=3)
    assert one.labels.tobytes() == two.labels.tobytes()
    assert one.centroids.tobytes() == two.centroids.tobytes()
    assert one.silhouette == two.silhouette


def test_noise_has_a_lower_silhouette_than_groups() -> None:
    assert (
        kmeans(grouped_codes([40] * 4, noise=200.0)[0], 4).silhouette < kmeans(grouped_codes([40] * 4)[0], 4).silhouette
    )


@given(st.integers(0, 40), st.integers(1, 8), st.integers(0, 3))
def test_every_row_is_in_one_cluster_and_every_cluster_has_rows(rows: int, k: int, values: int) -> None:
    codes = np.random.default_rng(rows).integers(-values, values + 1, (rows, 8)).astype(np.int8)
    clustering = kmeans(codes, k, 0)
    assert len(clustering.labels) == rows
    sizes = np.bincount(clustering.labels, minlength=len(clustering.centroids)).tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert all(sizes)
    assert len(sizes) <= k
    assert -1.0 <= clustering.silhouette <= 1.0


def test_equal_rows_are_one_cluster() -> None:
    clustering = kmeans(np.ones((10, 4), np.int8), 3)
    assert clustering.labels.tolist() == [0] * 10
    assert clustering.silhouette == 0.0


def test_the_number_of_clusters_grows_with_the_root_and_stops() -> None:
    assert [suggested_clusters(n) for n in (0, 1, 2, 50, 800, 10**6)] == [1, 1, 1, 5, 20, 64]
