"""Clusters as the value that is stored."""

from __future__ import annotations

import json

import numpy as np

from aura_core.clustering import cluster_symbols, kmeans
from tests.core.clustering.samples import grouped_codes


def test_members_are_listed_once_and_the_value_is_json() -> None:
    codes, groups = grouped_codes([30, 20])
    uids = [f"a.py::f{n}" for n in range(50)]
    texts = [("parse_tokens" if group == 0 else "draw_circle") for group in groups]
    value = cluster_symbols(uids, texts, codes, kmeans(codes))
    assert json.loads(json.dumps(value)) == value
    assert sorted(uid for cluster in value["clusters"] for uid in cluster["members"]) == sorted(uids)
    assert all(cluster["size"] == len(cluster["members"]) for cluster in value["clusters"])
    assert value == cluster_symbols(uids, texts, codes, kmeans(codes))


def test_nothing_to_cluster_gives_no_clusters() -> None:
    no_codes = np.zeros((0, 256), np.int8)
    assert cluster_symbols([], [], no_codes, kmeans(no_codes)) == {"clusters": [], "silhouette": 0.0}
