"""Seeded k-means over int8 codes, by cosine: the same codes and seed give the same groups."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from aura_core.clustering.grid import (
    Codes,
    Doubles,
    Floats,
    Labels,
    chunks,
    cluster_sums,
    directions,
    nearest_centroids,
    squared_distances,
    squared_lengths,
    unit_points,
    update_sums,
)

Rows = TypeVar("Rows", Floats, Labels)

MAX_CLUSTERS = 64
"""More than a person looks through."""
_ROUNDS = 25
_SEEDING_SAMPLE = 4_096  # points that the first centres are drawn from
_FITTING_SAMPLE = 8_192
"""Centres move over this many points at most; every point then goes to its nearest one."""
_SILHOUETTE_SAMPLE = 2_000  # points whose silhouettes are averaged


@dataclass(frozen=True, slots=True)
class Clustering:
    """Clusters of rows.

    ``labels``: (rows,) the cluster number of each, 0 for the largest. ``centroids``: (k, dimensions) float32, about
    unit length. ``silhouette``: mean simplified silhouette over a seeded sample, -1..1; 0 when there are fewer than two
    clusters.
    """

    labels: Labels
    centroids: Floats
    silhouette: float


def suggested_clusters(rows: int) -> int:
    """Return how many groups a person can look through: about the root of half the rows, at most 64."""
    return max(1, min(MAX_CLUSTERS, rows, round(math.sqrt(rows / 2))))


def kmeans(codes: Codes, k: int | None = None, seed: int = 0) -> Clustering:
    """Group rows into at most ``k`` clusters (chosen from the size when None), fewer when fewer rows differ."""
    if not len(codes):
        return Clustering(np.zeros(0, np.int64), np.zeros((0, codes.shape[1]), np.float32), 0.0)
    points = unit_points(codes)
    random = np.random.default_rng(seed)
    centroids = _seed_centroids(points, min(k or suggested_clusters(len(points)), len(points)), random)
    centroids = _fit(_sample(points, _FITTING_SAMPLE, random), centroids)
    labels, centroids = _sort_by_size(nearest_centroids(points, centroids), centroids)
    return Clustering(labels, centroids, _silhouette(points, labels, centroids, random))


def nearness(codes: Codes, clustering: Clustering) -> Doubles:
    """Return the cosine of each row to the centre of its cluster, six digits."""
    cosines = np.zeros(len(codes))
    for rows in chunks(len(codes)):
        exact = codes[rows].astype(np.float64)
        centres = clustering.centroids[clustering.labels[rows]].astype(np.float64)
        products = np.einsum("ij,ij->i", exact, centres)
        # Rounded, so that members that differ in a float's last bits only are ordered by uid.
        cosines[rows] = np.round(products / np.maximum(np.sqrt(squared_lengths(exact)), 1.0), 6)
    return cosines


def _seed_centroids(points: Floats, k: int, random: np.random.Generator) -> Floats:
    """Choose centres by k-means++ (Arthur and Vassilvitskii, 2007) over a sample: each next centre is drawn by its
    squared distance from the nearest one so far.
    """
    sample = _sample(points, _SEEDING_SAMPLE, random)
    lengths = squared_lengths(sample.astype(np.float64))
    centres = [int(random.integers(len(sample)))]
    distances = squared_distances(sample, lengths, sample[centres])[:, 0]
    while len(centres) < k and distances.any():
        total = np.cumsum(distances)
        # To the right of equal sums: a row of distance 0, which is a centre already, is never drawn again.
        drawn_row = np.searchsorted(total, random.random() * total[-1], side="right")
        centres.append(int(drawn_row.clip(0, len(sample) - 1)))
        distances = np.minimum(distances, squared_distances(sample, lengths, sample[centres[-1:]])[:, 0])
    return sample[centres]


def _fit(points: Floats, centroids: Floats) -> Floats:
    """Return the centroids after Lloyd's iteration, which ends when no label changes or after ``_ROUNDS`` rounds."""
    labels = nearest_centroids(points, centroids)
    sums = cluster_sums(points, labels, len(centroids))
    for _ in range(_ROUNDS):
        # A cluster that lost all its members is dropped, so fewer than k may come out.
        has_members = np.bincount(labels, minlength=len(sums)) > 0
        centroids = directions(sums[has_members])
        new_labels = nearest_centroids(points, centroids)
        if np.array_equal(new_labels, labels):
            break
        if has_members.all():
            sums = update_sums(points, sums, labels, new_labels)
        else:
            sums = cluster_sums(points, new_labels, len(centroids))
        labels = new_labels
    return centroids


def _sample(rows: Rows, size: int, random: np.random.Generator) -> Rows:
    """Return at most ``size`` rows, in order."""
    if len(rows) <= size:
        return rows
    sample: Rows = rows[np.sort(random.choice(len(rows), size, replace=False))]
    return sample


def _sort_by_size(labels: Labels, centroids: Floats) -> tuple[Labels, Floats]:
    """Number clusters from the largest down, equals by their first member; those without members are dropped."""
    numbers, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))  # the last key decides first
    new_numbers = np.zeros(len(centroids), np.int64)
    new_numbers[numbers[order]] = np.arange(len(numbers))
    return new_numbers[labels], centroids[numbers[order]]


def _silhouette(points: Floats, labels: Labels, centroids: Floats, random: np.random.Generator) -> float:
    """Return the simplified silhouette (distances to centroids instead of to every member) of a sample."""
    if len(centroids) < 2:
        return 0.0
    rows = _sample(np.arange(len(points)), _SILHOUETTE_SAMPLE, random)
    sample = points[rows]
    distances = np.sqrt(squared_distances(sample, squared_lengths(sample.astype(np.float64)), centroids))
    sample_rows = np.arange(len(rows))
    own = distances[sample_rows, labels[rows]].copy()
    distances[sample_rows, labels[rows]] = np.inf  # so that the smallest one is of another cluster
    other = distances.min(axis=1)
    return round(float(np.mean((other - own) / np.maximum(np.maximum(own, other), 1e-9))), 4)
