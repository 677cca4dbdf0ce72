"""Seeded k-means, silhouettes and labels."""

from __future__ import annotations

import json
from importlib import import_module

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.clustering import cluster_symbols, kmeans, label_clusters, suggested_clusters

km = import_module("aura_core.clustering.kmeans")


def groups(sizes: list[int], seed: int = 1, noise: float = 6.0) -> tuple[npt.NDArray[np.int8], list[int]]:
    """Points around random directions, shuffled, and which direction each belongs to."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(len(sizes), 256)) * 40
    truth = np.repeat(np.arange(len(sizes)), sizes)
    random.shuffle(truth)
    points = centres[truth] + random.normal(size=(len(truth), 256)) * noise
    return np.rint(np.clip(points, -127, 127)).astype(np.int8), truth.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_seeded_groups_are_recovered(seed: int) -> None:
    codes, truth = groups([120, 60, 30, 20], seed)
    made = kmeans(codes, 4, seed)
    pairs = set(zip(truth, made.labels.tolist(), strict=True))
    assert pairs == {(n, n) for n in range(4)}, "clusters are the groups, numbered from the largest"
    assert made.silhouette > 0.5


def test_the_same_codes_and_seed_give_the_same_groups() -> None:
    codes, _ = groups([50] * 6, noise=60.0)
    one, two = kmeans(codes, seed=3), kmeans(codes.copy(), seed=3)
    assert one.labels.tobytes() == two.labels.tobytes()
    assert one.centroids.tobytes() == two.centroids.tobytes()
    assert one.silhouette == two.silhouette


@given(st.integers(1, 5_000), st.integers(1, 9))
def test_sums_and_distances_are_exact_however_they_are_made(rows: int, k: int) -> None:
    random = np.random.default_rng(rows)
    points = km._unit(random.integers(-127, 128, (rows, 16)).astype(np.int8))
    before, after = random.integers(k, size=rows), random.integers(k, size=rows)
    sums = km._sums_after(points, km._sums(points, before, k), before, after)
    assert sums.tobytes() == km._sums(points, after, k).tobytes()
    centres = km._directions(sums)
    gaps = (points[:, None].astype(np.float64) - centres) ** 2
    assert np.array_equal(
        km._distances(points, (points.astype(np.float64) ** 2).sum(axis=1), centres), gaps.sum(axis=2)
    )


def test_noise_has_a_lower_silhouette_than_groups() -> None:
    assert kmeans(groups([40] * 4, noise=200.0)[0], 4).silhouette < kmeans(groups([40] * 4)[0], 4).silhouette


@given(st.integers(0, 40), st.integers(1, 8), st.integers(0, 3))
def test_every_row_is_in_one_cluster_and_every_cluster_has_rows(rows: int, k: int, values: int) -> None:
    codes = np.random.default_rng(rows).integers(-values, values + 1, (rows, 8)).astype(np.int8)
    made = kmeans(codes, k, 0)
    assert len(made.labels) == rows
    sizes = np.bincount(made.labels, minlength=len(made.centroids)).tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert all(sizes)
    assert len(sizes) <= k
    assert -1.0 <= made.silhouette <= 1.0


def test_equal_rows_are_one_cluster() -> None:
    made = kmeans(np.ones((10, 4), np.int8), 3)
    assert made.labels.tolist() == [0] * 10
    assert made.silhouette == 0.0


def test_the_number_of_clusters_grows_with_the_root_and_stops() -> None:
    assert [suggested_clusters(n) for n in (0, 1, 2, 50, 800, 10**6)] == [1, 1, 1, 5, 20, 64]


def test_labels_are_words_that_members_share_and_others_do_not() -> None:
    texts = [
        "UserForm.clean Validate a form field",
        "LoginForm.is_valid Validate the form",
        "Cache.get Read the cache",
        "Cache.set Fill the cache",
    ]
    assert label_clusters(texts, [0, 0, 1, 1]) == ["form, validate", "cache"]


def test_clusters_without_shared_words_are_misc_and_told_apart() -> None:
    assert label_clusters(["alpha", "beta", "gamma", "delta"], [0, 0, 1, 1]) == ["misc", "misc (2)"]


def test_members_are_listed_once_and_the_value_is_json() -> None:
    codes, truth = groups([30, 20])
    uids = [f"a.py::f{n}" for n in range(50)]
    texts = [("parse_tokens" if group == 0 else "draw_circle") for group in truth]
    value = cluster_symbols(uids, texts, codes, kmeans(codes))
    assert json.loads(json.dumps(value)) == value
    assert sorted(uid for cluster in value["clusters"] for uid in cluster["members"]) == sorted(uids)
    assert all(cluster["size"] == len(cluster["members"]) for cluster in value["clusters"])
    assert value == cluster_symbols(uids, texts, codes, kmeans(codes))


def test_nothing_to_cluster_gives_no_clusters() -> None:
    nothing = np.zeros((0, 256), np.int8)
    assert cluster_symbols([], [], nothing, kmeans(nothing)) == {"clusters": [], "silhouette": 0.0}
