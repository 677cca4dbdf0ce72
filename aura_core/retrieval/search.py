"""Ranked symbols with a snippet each."""

from __future__ import annotations

from aura_core.embedding import StaticEmbedder
from aura_core.errors import InputTooLarge, InvalidRequest
from aura_core.model.context import MAX_TASK_CHARS, SearchHit
from aura_core.retrieval.answer import ReadBlob, lines_of
from aura_core.retrieval.rank import SCALE, best, scores_of
from aura_core.views import View

MOST_HITS = 200
SNIPPET_LINES, SNIPPET_CHARS = 4, 400


def search(view: View, read_blob: ReadBlob, query: str, limit: int, embedder: StaticEmbedder) -> list[SearchHit]:
    """The ``limit`` best documents for a query. Raises ``InvalidRequest`` or ``InputTooLarge`` for one out of bounds."""
    if not query.strip():
        raise InvalidRequest("The query is empty.", remedy="Say what to look for.", field="q")
    if len(query) > MAX_TASK_CHARS:
        raise InputTooLarge(f"The query is longer than {MAX_TASK_CHARS:,} characters.", remedy="Shorten it.", field="q")
    if not 1 <= limit <= MOST_HITS:
        raise InvalidRequest(f"The limit must be between 1 and {MOST_HITS}.", field="limit")
    scores = scores_of(view, query, embedder)
    held: dict[str, list[str]] = {}
    return [
        _hit(view, read_blob, document, int(scores.total[document]), held) for document in best(view, scores, limit)
    ]


def _hit(view: View, read_blob: ReadBlob, document: int, score: int, held: dict[str, list[str]]) -> SearchHit:
    row = int(view.symbol_of[document])
    node = view.symbols.node(row)
    blob = view.symbols.blob[view.symbols.file_of(row)]
    if blob not in held:
        held[blob] = lines_of(read_blob(blob), node.path)
    first = node.start_line - 1
    snippet = "".join(held[blob][first : min(first + SNIPPET_LINES, node.end_line)])[:SNIPPET_CHARS].rstrip("\r\n")
    return SearchHit(
        node.uid,
        node.path,
        node.start_line,
        node.end_line,
        node.qualname or node.path,
        node.kind.value,
        round(score / SCALE, 6),
        snippet,
    )
