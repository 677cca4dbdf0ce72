"""Answers a request: entry points, ranked symbols and their neighbours, fitted to the budget."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

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
from aura_core.model.graph import Node, NodeKind
from aura_core.model.repository import Lag
from aura_core.retrieval.blob_lines import BlobLines, ReadBlob
from aura_core.retrieval.fit import fit
from aura_core.retrieval.levels import Candidate
from aura_core.retrieval.neighbours import neighbours, shared_callees
from aura_core.retrieval.rank import SCALE, Scores, best_documents, scores_of
from aura_core.retrieval.reasons import ENTRY_POINT, connection, match_reasons
from aura_core.retrieval.task_words import TaskWords
from aura_core.tokens import TokenCounter
from aura_core.views import View

MAX_HITS = 60
"""Hits by score; what budget they leave is filled along the graph."""

SEEDS = 20
"""Hits that the walk over the graph starts from."""

FIRST_HITS = 3
"""Hits that come before what many of the best hits call."""

MAX_MATCHES = 3
"""Symbols that one entry point may stand for."""


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
    lag: Lag,
) -> ContextPack:
    """Return the best context for the request from one snapshot. Everything but ``lag`` follows from the arguments
    alone.

    A symbol whose file the repository no longer has comes as its signature. Raises ``InvalidRequest`` or
    ``InputTooLarge`` for a request out of bounds.
    """
    validate(request)
    entry_rows, missing_entries = _entry_points(view, request.entry_points)
    scores = scores_of(view, request.task, embedder)
    hits = best_documents(view, scores.total, MAX_HITS)
    seeds = _seeds(view, scores, entry_rows, hits)
    task_words = TaskWords(request.task)
    # By rank: a symbol that comes twice keeps its first reason, and the budget goes to the first ones.
    candidates = [
        *(_candidate(view, row, (("entry_point", 1.0),), (ENTRY_POINT,)) for row in entry_rows),
        *_hits_with_callees(view, scores, hits, task_words),
        *(
            _candidate(view, int(view.symbol_of[document]), (("graph", share),), ())
            for document, share in neighbours(view, seeds, hits)
        ),
    ]
    lines = BlobLines(read_blob)
    fitted_text = fit(request, _first_of_each_symbol(candidates), counter, lines)
    return ContextPack(
        repo=repo,
        sha=sha,
        digest=digest,
        encoding=counter.encoding,
        tokens=fitted_text.tokens,
        max_tokens=request.max_tokens,
        text=fitted_text.text,
        items=tuple(_with_reason(view, item, seeds) for item in fitted_text.items),
        omitted=(*missing_entries, *fitted_text.omitted),
        nodes_truncated=fitted_text.truncated,
        replay_id=replay_id(request, counter, embedder, repo=repo, sha=sha, digest=digest, unreadable=lines.unreadable),
        engine=f"{version_of(Artifact.ANSWERS)}/{embedder.id}",
        lag=lag,
    )


def validate(request: ContextRequest) -> None:
    """Check the bounds of a request. Raises ``InvalidRequest`` naming the field, or ``InputTooLarge``."""
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
    request: ContextRequest,
    counter: TokenCounter,
    embedder: StaticEmbedder,
    *,
    repo: str,
    sha: str,
    digest: str,
    unreadable: Sequence[str] = (),
) -> str:
    """Return the name of an answer: answers of equal names have equal bytes.

    ``unreadable``: blobs that the answer does without. The version of the answers is part of it, a hash of the code
    that they follow from.
    """
    key = [
        version_of(Artifact.ANSWERS),
        embedder.id,
        repo,
        sha,
        digest,
        " ".join(request.task.split()),
        request.task,
        request.max_tokens,
        sorted(set(request.entry_points)),
        request.format.value,
        counter.encoding,
        *unreadable,
    ]
    # In ASCII, so that a task with a lone surrogate has a name too.
    return hashlib.blake2b(json.dumps(key, ensure_ascii=True).encode(), digest_size=16).hexdigest()


def _entry_points(view: View, names: Iterable[str]) -> tuple[list[int], tuple[Omitted, ...]]:
    """Return the symbols of the entry points, and the names that match none. The order of the names does not matter."""
    rows, missing_entries = [], []
    # Sorted, so that requests that differ only in the order of names have one replay id and one answer.
    for name in sorted(set(names)):
        nodes = view.find(name, limit=MAX_MATCHES)
        if not nodes:
            missing_entries.append(Omitted(name, name, 0, ENTRY_NOT_FOUND))
        rows += [row for node in nodes if (row := view.symbols.row(node.uid)) is not None]
    return list(dict.fromkeys(rows)), tuple(missing_entries)


def _seeds(view: View, scores: Scores, entry_rows: list[int], hits: list[int]) -> dict[int, int]:
    """Return the documents that walks over the graph start from, with their weight: the entry points and the best
    hits.
    """
    best_hits = {document: int(scores.total[document]) for document in hits[:SEEDS]}
    entry_points = {document: SCALE for row in entry_rows if (document := view.symbols.document(row)) >= 0}
    # In this order, so that an entry point that is a hit too has its full weight.
    return best_hits | entry_points


def _hits_with_callees(view: View, scores: Scores, hits: list[int], task_words: TaskWords) -> Iterator[Candidate]:
    """Yield the hits, and after the first ones what many of the best hits call."""
    for document in hits[:FIRST_HITS]:
        yield _hit(view, scores, document, task_words)
    for row, callers in shared_callees(view, hits[:SEEDS]):
        reason = f"called by {callers} of the best hits"
        yield _candidate(view, row, (("callers", round(callers / SEEDS, 6)),), (reason,))
    for document in hits[FIRST_HITS:]:
        yield _hit(view, scores, document, task_words)


def _hit(view: View, scores: Scores, document: int, task_words: TaskWords) -> Candidate:
    row, parts = int(view.symbol_of[document]), scores.parts(document)
    return _candidate(view, row, parts, match_reasons(task_words, view.symbols.qualname[row], parts))


def _candidate(view: View, row: int, score_parts: tuple[tuple[str, float], ...], reasons: tuple[str, ...]) -> Candidate:
    symbols = view.symbols
    node = symbols.node(row)
    members: tuple[Node, ...] = ()
    if node.kind in (NodeKind.CLASS, NodeKind.MODULE):
        members = tuple(symbols.node(int(child)) for child in symbols.children(row))
    blob = symbols.blob[symbols.file_of(row)]
    item = ContextItem.of(node, blob=blob, why=reasons, scores=dict(score_parts))
    return Candidate(node, symbols.body_line[row], members, item)


def _first_of_each_symbol(candidates: Iterable[Candidate]) -> list[Candidate]:
    first: dict[str, Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.node.uid, candidate)
    return list(first.values())


def _with_reason(view: View, item: ContextItem, seeds: Iterable[int]) -> ContextItem:
    """Return an item that has no reason yet with the edge that connects it to a seed; return others unchanged.

    Only items that are shown get one, because hubs have thousands of edges.
    """
    row = view.symbols.row(item.uid)
    if item.why or row is None:
        return item
    return replace(item, why=(connection(view, row, {int(view.symbol_of[document]) for document in seeds}),))
