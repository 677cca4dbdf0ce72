"""Clusters of a snapshot's symbols, as the JSON value that is stored and shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aura_core.clustering.grid import Codes
from aura_core.clustering.kmeans import Clustering, nearness
from aura_core.clustering.labels import label_clusters


def cluster_symbols(uids: Sequence[str], texts: Sequence[str], codes: Codes, clustering: Clustering) -> dict[str, Any]:
    """Return ``{"clusters": [{"label", "size", "members": [uid, …]}, …], "silhouette"}``, the largest cluster first.

    ``texts`` say what each symbol is (its name and documentation) and give the clusters their labels; ``clustering``
    was made of ``codes``. Members come nearest to the centre first, equals by uid.
    """
    numbers = clustering.labels.tolist()
    cosines = nearness(codes, clustering).tolist()
    members: list[list[int]] = [[] for _ in range(len(clustering.centroids))]
    for row, number in enumerate(numbers):
        members[number].append(row)
    clusters = [
        {
            "label": label,
            "size": len(rows),
            "members": [uids[row] for row in sorted(rows, key=lambda row: (-cosines[row], uids[row]))],
        }
        for label, rows in zip(label_clusters(texts, numbers), members, strict=True)
    ]
    return {"clusters": clusters, "silhouette": clustering.silhouette}
