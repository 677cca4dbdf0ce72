"""Groups of similar code."""

from __future__ import annotations

from aura_core.clustering.kmeans import Clustering, kmeans, suggested_clusters
from aura_core.clustering.labels import label_clusters
from aura_core.clustering.symbols import cluster_symbols

__all__ = ["Clustering", "cluster_symbols", "kmeans", "label_clusters", "suggested_clusters"]
