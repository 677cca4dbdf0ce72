"""Clusters of a snapshot's symbols, as the JSON value that is stored and shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aura_core.clustering.kmeans import Clustering, Codes, nearness
from aura_core.clustering.labels import label_clusters


def cluster_symbols(uids: Sequence[str], texts: Sequence[str], codes: Codes, made: Clustering) -> dict[str, Any]:
    """``{"clusters": [{"label", "size", "members": [uid, …]}, …], "silhouette"}``, the largest cluster first.

    ``texts`` say what each symbol is (its name and documentation) and label the clusters that were ``made`` of their
    codes. Members come nearest to the centre first, equals by uid.
    """
    labels = made.labels.tolist()
    close = nearness(codes, made).tolist()
    members: list[list[int]] = [[] for _ in range(len(made.centroids))]
    for row, label in enumerate(labels):
        members[label].append(row)
    clusters = [
        {
            "label": name,
            "size": len(rows),
            "members": [uids[row] for row in sorted(rows, key=lambda row: (-close[row], uids[row]))],
        }
        for name, rows in zip(label_clusters(texts, labels), members, strict=True)
    ]
    return {"clusters": clusters, "silhouette": made.silhouette}
