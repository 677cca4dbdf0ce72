"""Seeded k-means over int8 codes, by cosine: the same codes and seed give the same groups."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int8]
Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

MAX_CLUSTERS = 64
_ROUNDS = 25
_SEEDING_SAMPLE = 4_096
_FITTING_SAMPLE = 8_192
"""Centres move over this many points at most; every point then goes to its nearest one."""
_SILHOUETTE_SAMPLE = 2_000
_CHUNK = 4_096
"""Rows worked on at once: little memory, and few enough that a float32 sum of them is exact."""
_GRID = float(1 << 12)
"""Centroids are rounded to this grid, unit vectors to half a code: dot products stay whole numbers that float32 holds,
so no tie is broken by the order in which a machine adds."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """``labels``: (rows,) a cluster number each, 0 for the largest. ``centroids``: (k, dimensions) float32, about unit
    length.

    ``silhouette``: mean simplified silhouette over a seeded sample, -1..1; 0 when there are fewer than two clusters.
    """

    labels: Labels
    centroids: Floats
    silhouette: float


def suggested_clusters(rows: int) -> int:
    """How many groups a person can look through: about the root of half the rows, at most 64."""
    return max(1, min(MAX_CLUSTERS, rows, round(math.sqrt(rows / 2))))


def kmeans(codes: Codes, k: int | None = None, seed: int = 0) -> Clustering:
    """Group rows into at most ``k`` clusters (chosen from the size when None). Fewer come out when fewer rows differ."""
    if not len(codes):
        return Clustering(np.zeros(0, np.int64), np.zeros((0, codes.shape[1]), np.float32), 0.0)
    points = _unit(codes)
    random = np.random.default_rng(seed)
    centroids = _seeded(points, min(k or suggested_clusters(len(points)), len(points)), random)
    sample = (
        points
        if len(points) <= _FITTING_SAMPLE
        else points[np.sort(random.choice(len(points), _FITTING_SAMPLE, replace=False))]
    )
    centroids = _fitted(sample, centroids)
    labels, centroids = _by_size(_nearest(points, centroids), centroids)
    return Clustering(labels, centroids, _silhouette(points, labels, centroids, random))


def _fitted(points: Floats, centroids: Floats) -> Floats:
    """Lloyd's iteration until nothing moves, or long enough."""
    labels = _nearest(points, centroids)
    sums = _sums(points, labels, len(centroids))
    for _ in range(_ROUNDS):
        held = np.bincount(labels, minlength=len(sums)) > 0
        centroids = _directions(sums[held])
        moved = _nearest(points, centroids)
        if np.array_equal(moved, labels):
            break
        sums = _sums_after(points, sums, labels, moved) if held.all() else _sums(points, moved, len(centroids))
        labels = moved
    return centroids


def nearness(codes: Codes, made: Clustering) -> Doubles:
    """Cosine of each row to the centre of its cluster, six digits."""
    close = np.zeros(len(codes))
    for rows in _chunks(len(codes)):
        exact = codes[rows].astype(np.float64)
        along = np.einsum("ij,ij->i", exact, made.centroids[made.labels[rows]].astype(np.float64))
        close[rows] = np.round(along / np.maximum(np.sqrt(_squares(exact)), 1.0), 6)
    return close


def _chunks(rows: int) -> Iterator[slice]:
    return (slice(start, start + _CHUNK) for start in range(0, rows, _CHUNK))


def _unit(codes: Codes) -> Floats:
    """Rows of about unit length, in whole multiples of 1/128."""
    points = np.zeros(codes.shape, np.float32)
    for rows in _chunks(len(codes)):
        exact = codes[rows].astype(np.float64)
        points[rows] = np.rint(127.0 * exact / np.maximum(np.sqrt(_squares(exact))[:, None], 1.0)) / 128.0
    return points


def _seeded(points: Floats, k: int, random: np.random.Generator) -> Floats:
    """k-means++ (Arthur and Vassilvitskii, 2007) over a sample: each next centre is drawn by its squared distance from
    those there are.
    """
    sample = (
        points
        if len(points) <= _SEEDING_SAMPLE
        else points[np.sort(random.choice(len(points), _SEEDING_SAMPLE, replace=False))]
    )
    lengths = _squares(sample.astype(np.float64))
    centres = [int(random.integers(len(sample)))]
    far = _distances(sample, lengths, sample[centres])[:, 0]
    while len(centres) < k and far.any():
        total = np.cumsum(far)
        centres.append(int(np.searchsorted(total, random.random() * total[-1], side="right").clip(0, len(sample) - 1)))
        far = np.minimum(far, _distances(sample, lengths, sample[centres[-1:]])[:, 0])
    return sample[centres]


def _distances(points: Floats, lengths: Doubles, centres: Floats) -> Doubles:
    """(points, centres): squared distances, from the points' squared ``lengths``. Nothing is rounded: on a grid,
    products are whole numbers too.
    """
    return lengths[:, None] + _squares(centres.astype(np.float64)) - 2.0 * (points @ centres.T).astype(np.float64)


def _squares(rows: Doubles) -> Doubles:
    """Squared lengths."""
    squares: Doubles = np.einsum("ij,ij->i", rows, rows)
    return squares


def _nearest(points: Floats, centroids: Floats) -> Labels:
    """The nearest centroid of each point; the first one of equals."""
    bias = (0.5 * _squares(centroids.astype(np.float64))).astype(np.float32)
    labels: Labels = np.argmax(points @ centroids.T - bias, axis=1)
    return labels


def _sums(points: Floats, labels: Labels, k: int) -> Doubles:
    """The sum of each cluster's members."""
    sums = np.zeros((k, points.shape[1]))
    for rows in _chunks(len(points)):
        member = (labels[rows, None] == np.arange(k)).astype(np.float32)
        sums += member.T @ points[rows]
    return sums


def _sums_after(points: Floats, sums: Doubles, before: Labels, after: Labels) -> Doubles:
    """The sums when labels have changed: sums are exact, so it is enough to move the few points that changed theirs."""
    changed = np.flatnonzero(after != before)
    some, k = points[changed], len(sums)
    return sums + _sums(some, after[changed], k) - _sums(some, before[changed], k)


def _directions(sums: Doubles) -> Floats:
    """Centroids: unit vectors on the grid."""
    length = np.sqrt(_squares(sums))[:, None]
    means: Floats = (np.rint(_GRID * sums / np.maximum(length, 1e-9)) / _GRID).astype(np.float32)
    return means


def _by_size(labels: Labels, centroids: Floats) -> tuple[Labels, Floats]:
    """Clusters renumbered from the largest down, equals by their first member; those without members go."""
    used, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    number = np.zeros(len(centroids), np.int64)
    number[used[order]] = np.arange(len(used))
    return number[labels], centroids[used[order]]


def _silhouette(points: Floats, labels: Labels, centroids: Floats, random: np.random.Generator) -> float:
    """Simplified silhouette (distances to centroids instead of to every member) of a sample."""
    if len(centroids) < 2:
        return 0.0
    rows = np.arange(len(points))
    if len(points) > _SILHOUETTE_SAMPLE:
        rows = np.sort(random.choice(len(points), _SILHOUETTE_SAMPLE, replace=False))
    sample = points[rows]
    gaps = np.sqrt(_distances(sample, _squares(sample.astype(np.float64)), centroids))
    at = np.arange(len(rows))
    own = gaps[at, labels[rows]].copy()
    gaps[at, labels[rows]] = np.inf
    other = gaps.min(axis=1)
    return round(float(np.mean((other - own) / np.maximum(np.maximum(own, other), 1e-9))), 4)
