"""All answers of a view, to be compared between a view that was advanced and one that was built from nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from aura_core.embedding import static_embedder
from aura_core.model.graph import EdgeKind
from aura_core.retrieval.rank import best_documents, scores_of
from aura_core.retrieval.reasons import connection
from aura_core.views import View, find_mentions, query_terms

ALL = tuple(EdgeKind)


def graph_answers(view: View, uids: Iterable[str] = ()) -> dict[str, Any]:
    """Return answers to all questions about the graph; ``uids`` are asked for as well as those that exist."""
    nodes = list(view.nodes())
    names = [*(node.uid for node in nodes), *uids]
    paths = dict.fromkeys(node.path for node in nodes)
    return {
        "nodes": nodes,
        "edges": list(view.edges()),
        "unresolved": list(view.unresolved()),
        "dangling": view.dangling(),
        "counts": view.counts(),
        "size": len(view),
        "node": {uid: view.node(uid) for uid in names},
        "in_file": {path: view.nodes_in_file(path) for path in [*paths, *uids]},
        "at_line": {(path, line): view.node_at_line(path, line) for path in paths for line in (1, 3, 5)},
        "around": {(uid, way): view.neighbours(uid, ALL, incoming=way) for uid in names for way in (True, False)},
        "callers": {uid: view.callers(uid) for uid in names},
        "find": {name: view.find(name, 7) for name in ["*", "*f1*", "a*", *names, *(node.qualname for node in nodes)]},
        "contents": view.contents(),
    }


def search_answers(view: View, texts: Iterable[str]) -> dict[str, Any]:
    """Return every raw score of every document, the ranking, walks from the best hits, and why each is connected."""
    rows = [(row, node.uid) for row, node in view.documents()]
    order = np.array([row for row, _ in rows], np.int64)
    answers: dict[str, Any] = {
        "documents": list(view.documents()) and [uid for _, uid in rows],
        "codes": view.codes(order).tolist(),
        "prior": view.prior[order].tolist() if rows else [],
        "kinds": view.kind_of[order].tolist() if rows else [],
    }
    for text in texts:
        words, files = view.bm25.scores(query_terms(text))
        dense = view.dense.scores(*static_embedder().query(text))
        mentions = view.mentions.scores(find_mentions(text))
        scores = scores_of(view, text, static_embedder())
        hits = best_documents(view, scores.total, 8)
        walk = view.pagerank.from_seeds(np.array(hits, np.int64), scores.total[hits])
        raw = (words, files[view.file_of] if rows else words, mentions, dense, scores.total, walk)
        sums = [int((column != 0).sum()) for column in raw]
        seeds = {int(view.symbol_of[hit]) for hit in hits}
        reached_documents = np.flatnonzero(walk > 0).tolist()
        why = {
            view.symbols.uid(int(view.symbol_of[d])): connection(view, int(view.symbol_of[d]), seeds)
            for d in reached_documents
        }
        answers[text] = (
            [column[order].tobytes() for column in raw],
            sums,
            [view.symbols.uid(int(view.symbol_of[hit])) for hit in hits],
            why,
        )
    return answers
