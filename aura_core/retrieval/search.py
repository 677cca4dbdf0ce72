"""Ranked symbols with a snippet each."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from aura_core.embedding import StaticEmbedder
from aura_core.errors import InputTooLarge, InvalidRequest
from aura_core.model.context import MAX_TASK_CHARS, SearchHit
from aura_core.retrieval.blob_lines import BlobLines, ReadBlob
from aura_core.retrieval.rank import SCALE, best_documents, scores_of
from aura_core.views import View

MAX_HITS = 200

CANDIDATES_OF_A_PLACE = 10
"""Documents that are looked at for each place in the answer."""

SNIPPET_LINES, SNIPPET_CHARS = 4, 400


def search(view: View, read_blob: ReadBlob, query: str, limit: int, embedder: StaticEmbedder) -> list[SearchHit]:
    """Return the ``limit`` best documents for a query. Raises ``InvalidRequest`` or ``InputTooLarge`` for one out of
    bounds.
    """
    if not query.strip():
        raise InvalidRequest("The query is empty.", remedy="Say what to look for.", field="q")
    if len(query) > MAX_TASK_CHARS:
        raise InputTooLarge(f"The query is longer than {MAX_TASK_CHARS:,} characters.", remedy="Shorten it.", field="q")
    if not 1 <= limit <= MAX_HITS:
        raise InvalidRequest(f"The limit must be between 1 and {MAX_HITS}.", field="limit")
    total, lines = scores_of(view, query, embedder).total, BlobLines(read_blob)
    return [_hit(view, lines, document, score) for document, score in _spread(view, total, limit)]


def _spread(view: View, total: npt.NDArray[np.int64], limit: int) -> list[tuple[int, int]]:
    """Return the best documents with their scores. Each further one of a file has half the score of the one before, so
    that one file does not take all the places.
    """
    hits_of_file: Counter[int] = Counter()
    candidates = []
    for rank, document in enumerate(best_documents(view, total, limit * CANDIDATES_OF_A_PLACE)):
        file = int(view.file_of[document])
        candidates.append((-(int(total[document]) >> hits_of_file[file]), rank, document))
        hits_of_file[file] += 1
    return [(document, -score) for score, _, document in sorted(candidates)[:limit]]


def _hit(view: View, lines: BlobLines, document: int, score: int) -> SearchHit:
    row = int(view.symbol_of[document])
    node = view.symbols.node(row)
    blob = view.symbols.blob[view.symbols.file_of(row)]
    first, file_lines = node.start_line - 1, lines(blob, node.path)
    # The repository may no longer have the text; the signature is in the view.
    shown_lines = (
        [node.signature] if file_lines is None else file_lines[first : min(first + SNIPPET_LINES, node.end_line)]
    )
    snippet = "".join(shown_lines)
    return SearchHit.of(node, round(score / SCALE, 6), snippet[:SNIPPET_CHARS].rstrip("\r\n"))
