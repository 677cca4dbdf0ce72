"""From a request to the answer: entry points, ranked symbols, their neighbours, fitted to the budget."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from aura_core.embedding import StaticEmbedder
from aura_core.errors import InputTooLarge, InvalidRequest
from aura_core.fingerprint import Artifact, version_of
from aura_core.model.context import (
    ENTRY_NOT_FOUND,
    MAX_ENTRY_POINTS,
    MAX_TASK_CHARS,
    MAX_TOKENS,
    MIN_TOKENS,
    ContextItem,
    ContextPack,
    ContextRequest,
    Omitted,
)
from aura_core.model.graph import NodeKind
from aura_core.parsing import language_of, text_lines
from aura_core.retrieval.fit import Fitted, fit
from aura_core.retrieval.levels import Candidate
from aura_core.retrieval.rank import SCALE, Scores, best, scores_of, top
from aura_core.retrieval.reasons import ENTRY_POINT, TaskWords, connection
from aura_core.tokens import TokenCounter
from aura_core.views import KINDS, View

"""Part of every replay id: a hash of the sources that an answer follows from, so that no one has to remember to raise
a number.
"""

ReadBlob = Callable[[str], bytes]

MOST_RANKED = 60
"""Hits by score; what budget they leave is filled along the graph."""

SEEDS = 20
"""Hits that the walk over the graph starts from."""

MOST_NEIGHBOURS = 140


def answer(
    view: View,
    read_blob: ReadBlob,
    request: ContextRequest,
    counter: TokenCounter,
    embedder: StaticEmbedder,
    *,
    repo: str,
    sha: str,
    digest: str,
    lag: Mapping[str, Any],
) -> ContextPack:
    """The best context for the request from one snapshot. Everything but ``lag`` follows from the arguments alone.

    Raises ``InvalidRequest`` or ``InputTooLarge`` for a request out of bounds, ``SourceGone`` when the text of a blob
    is no longer there.
    """
    validate(request)
    asked, missing = _entry_points(view, request.entry_points)
    scores = scores_of(view, request.task, embedder)
    hits = best(view, scores, MOST_RANKED)
    ranked = [_candidate(view, row, (("entry_point", 1.0),), (ENTRY_POINT,)) for row in asked]
    words = TaskWords(request.task)
    ranked += [_hit(view, scores, document, words) for document in hits]
    seeds = _seeds(view, scores, asked, hits)
    ranked += _neighbours(view, seeds, hits)
    fitted = fit(request, _once(ranked), counter, _line_reader(read_blob))
    return ContextPack(
        repo=repo,
        sha=sha,
        digest=digest,
        encoding=counter.encoding,
        tokens=fitted.tokens,
        max_tokens=request.max_tokens,
        text=fitted.text,
        items=tuple(_explained(view, item, seeds) for item in fitted.items),
        omitted=(*missing, *fitted.omitted),
        nodes_truncated=fitted.truncated,
        replay_id=replay_id(request, counter, embedder, repo=repo, sha=sha, digest=digest),
        engine=f"{version_of(Artifact.ANSWERS)}/{embedder.id}",
        lag=lag,
    )


def validate(request: ContextRequest) -> None:
    """Bounds of a request. Raises ``InvalidRequest`` naming the field, or ``InputTooLarge``."""
    if not request.task.strip():
        raise InvalidRequest("The task is empty.", remedy="Say in a sentence what is to be done.", field="task")
    if len(request.task) > MAX_TASK_CHARS:
        raise InputTooLarge(
            f"The task is longer than {MAX_TASK_CHARS:,} characters.", remedy="Shorten it.", field="task"
        )
    if not MIN_TOKENS <= request.max_tokens <= MAX_TOKENS:
        raise InvalidRequest(f"The budget must be between {MIN_TOKENS} and {MAX_TOKENS:,} tokens.", field="max_tokens")
    if len(request.entry_points) > MAX_ENTRY_POINTS:
        raise InputTooLarge(
            f"More than {MAX_ENTRY_POINTS} entry points.", remedy="Name the few that matter.", field="entry_points"
        )


def replay_id(
    request: ContextRequest, counter: TokenCounter, embedder: StaticEmbedder, *, repo: str, sha: str, digest: str
) -> str:
    """The name of an answer: equal names, equal bytes."""
    key = [
        version_of(Artifact.ANSWERS),
        embedder.id,
        repo,
        sha,
        digest,
        " ".join(request.task.split()),
        request.task,
        request.max_tokens,
    ]
    key += [sorted(set(request.entry_points)), request.format.value, counter.encoding]
    return hashlib.blake2b(json.dumps(key, ensure_ascii=True).encode(), digest_size=16).hexdigest()


def _entry_points(view: View, names: Iterable[str]) -> tuple[list[int], tuple[Omitted, ...]]:
    """Symbols of the entry points, in one order whatever order they came in; and those that are not there."""
    rows, missing = [], []
    for name in sorted(set(names)):
        found = view.find(name, limit=3)
        if not found:
            missing.append(Omitted(name, name, 0, ENTRY_NOT_FOUND))
        rows += [row for node in found[:3] if (row := view.symbols.row(node.uid)) is not None]
    return list(dict.fromkeys(rows)), tuple(missing)


def _hit(view: View, scores: Scores, document: int, task: TaskWords) -> Candidate:
    row, parts = int(view.symbol_of[document]), scores.parts(document)
    return _candidate(view, row, parts, task.reasons(view.symbols.qualname[row], parts))


def _seeds(view: View, scores: Scores, asked: list[int], hits: list[int]) -> dict[int, int]:
    """Documents that walks over the graph start from, with their weight: the entry points and the best hits."""
    entry = {d: SCALE for row in asked if (d := view.symbols.document(row)) >= 0}
    return {**{d: int(scores.total[d]) for d in hits[:SEEDS]}, **entry}


def _neighbours(view: View, seeds: Mapping[int, int], hits: list[int]) -> list[Candidate]:
    """Documents that the walks reach most, beyond what is ranked already."""
    if not seeds:
        return []
    mass = view.pagerank.from_seeds(np.array(list(seeds), np.int64), np.array(list(seeds.values()), np.int64))
    mass[np.array(sorted({*hits, *seeds}), np.int64)] = 0
    mass[~np.isin(view.kind_of, _SYMBOLS)] = 0
    reached = top(view, mass, MOST_NEIGHBOURS)
    most = int(mass.max()) if reached else 1
    return [_candidate(view, int(view.symbol_of[d]), (("graph", round(int(mass[d]) / most, 6)),), ()) for d in reached]


def _explained(view: View, item: ContextItem, seeds: Mapping[int, int]) -> ContextItem:
    """A symbol that the graph brought in, with the edge that did. Looked up for what is shown only: hubs have
    thousands of edges.
    """
    row = view.symbols.row(item.uid)
    if item.why or row is None:
        return item
    return replace(item, why=(connection(view, row, {int(view.symbol_of[d]) for d in seeds}),))


_SYMBOLS = [KINDS.index(kind) for kind in (NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD)]


def _candidate(view: View, row: int, parts: tuple[tuple[str, float], ...], why: tuple[str, ...]) -> Candidate:
    symbols = view.symbols
    node = symbols.node(row)
    members: tuple[Any, ...] = ()
    if node.kind in (NodeKind.CLASS, NodeKind.MODULE):
        members = tuple(symbols.node(int(child)) for child in symbols.children(row))
    blob = symbols.blob[symbols.file_of(row)]
    return Candidate(node, symbols.body_line[row], blob, members, parts, why)


def _once(ranked: list[Candidate]) -> list[Candidate]:
    """The first candidate of each symbol, in order."""
    first: dict[str, Candidate] = {}
    for candidate in ranked:
        first.setdefault(candidate.node.uid, candidate)
    return list(first.values())


def _line_reader(read_blob: ReadBlob) -> Callable[[str, str], list[str]]:
    held: dict[str, list[str]] = {}

    def lines(blob: str, path: str) -> list[str]:
        if blob not in held:
            held[blob] = lines_of(read_blob(blob), path)
        return held[blob]

    return lines


def lines_of(data: bytes, path: str) -> list[str]:
    """A blob's lines as the parser counts them, line ends kept."""
    return text_lines(data, language_of(path))


__all__ = ["Fitted", "ReadBlob", "answer", "lines_of", "replay_id", "validate"]
