"""Exact arithmetic over points on a grid: sums and products are whole numbers that floats hold, so no result depends on
the order in which a machine adds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int8]
Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_CHUNK = 4_096
"""Rows worked on at once: little memory, and few enough that a float32 sum of them is exact."""
_GRID = float(1 << 12)
"""Centroids are rounded to this grid, unit vectors to half a code: dot products stay whole numbers that float32 holds,
so no tie is broken by the order in which a machine adds."""


def chunks(rows: int) -> Iterator[slice]:
    """Return slices of ``_CHUNK`` rows that cover rows 0 to ``rows``."""
    return (slice(start, start + _CHUNK) for start in range(0, rows, _CHUNK))


def unit_points(codes: Codes) -> Floats:
    """Return rows of about unit length, in whole multiples of 1/128."""
    points = np.zeros(codes.shape, np.float32)
    for rows in chunks(len(codes)):
        exact = codes[rows].astype(np.float64)
        points[rows] = np.rint(127.0 * exact / np.maximum(np.sqrt(squared_lengths(exact))[:, None], 1.0)) / 128.0
    return points


def squared_lengths(rows: Doubles) -> Doubles:
    """Return the squared length of each row."""
    squares: Doubles = np.einsum("ij,ij->i", rows, rows)
    return squares


def squared_distances(points: Floats, lengths: Doubles, centres: Floats) -> Doubles:
    """Return (points, centres): squared distances, given the points' squared ``lengths``. Nothing is rounded."""
    centre_lengths = squared_lengths(centres.astype(np.float64))
    return lengths[:, None] + centre_lengths - 2.0 * (points @ centres.T).astype(np.float64)


def nearest_centroids(points: Floats, centroids: Floats) -> Labels:
    """Return the nearest centroid of each point; the first one of equals."""
    # The nearest centroid has the largest p·c - |c|²/2: the point's own length is the same for all.
    bias = (0.5 * squared_lengths(centroids.astype(np.float64))).astype(np.float32)
    labels: Labels = np.argmax(points @ centroids.T - bias, axis=1)
    return labels


def cluster_sums(points: Floats, labels: Labels, k: int) -> Doubles:
    """Return the sum of each cluster's members."""
    sums = np.zeros((k, points.shape[1]))
    for rows in chunks(len(points)):
        is_member = (labels[rows, None] == np.arange(k)).astype(np.float32)
        sums += is_member.T @ points[rows]
    return sums


def update_sums(points: Floats, sums: Doubles, old_labels: Labels, new_labels: Labels) -> Doubles:
    """Return the sums after labels changed: sums are exact, so only the points with another label are added again."""
    changed = np.flatnonzero(new_labels != old_labels)
    changed_points, k = points[changed], len(sums)
    added = cluster_sums(changed_points, new_labels[changed], k)
    return sums + added - cluster_sums(changed_points, old_labels[changed], k)


def directions(sums: Doubles) -> Floats:
    """Return the centroids of clusters from their sums: unit vectors on the grid."""
    length = np.sqrt(squared_lengths(sums))[:, None]
    centroids: Floats = (np.rint(_GRID * sums / np.maximum(length, 1e-9)) / _GRID).astype(np.float32)
    return centroids
