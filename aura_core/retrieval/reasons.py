"""Why a symbol is in an answer, in words."""

from __future__ import annotations

from collections.abc import Iterable

from aura_core.retrieval.task_words import TaskWords
from aura_core.views import View

MAX_WORDS = 5
"""Words of the task that are named for one symbol."""

ENTRY_POINT = "asked for as an entry point"

_SENTENCES = {
    "words": "its words match the task",
    "file": "its file matches the task",
    "mentions": "the task mentions its name or path",
    "dense": "it means something similar to the task",
    "walk": "the best hits are near it in the graph",
    "coherence": "its file has more that fits",
    "definition": "it defines the name that is asked for",
}
_PASSIVE = {
    "CONTAINS": "inside",
    "IMPORTS": "imported by",
    "EXTENDS": "extended by",
    "CALLS": "called by",
    "REFERENCES": "handed on by",
}
_ACTIVE = {
    "CONTAINS": "contains",
    "IMPORTS": "imports",
    "EXTENDS": "extends",
    "CALLS": "calls",
    "REFERENCES": "hands on",
}


def match_reasons(task_words: TaskWords, qualname: str, score_parts: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """Return a sentence for each part of a hit's score, after one that names the words of the task in its name."""
    words = task_words.words_in(qualname)
    sentences = [_SENTENCES[name] for name, _ in score_parts if name in _SENTENCES]
    return (f"name matches: {', '.join(words[:MAX_WORDS])}", *sentences) if words else tuple(sentences)


def connection(view: View, row: int, hits: set[int]) -> str:
    """Return in words the edge that connects a symbol with one of the best hits, which are symbols too."""
    for edge in view.edge_table.incoming(row):
        if edge.source in hits:
            return f"{_PASSIVE[edge.kind]} {_name(view, edge.source)}"
    for edge in view.edge_table.outgoing(row):
        if edge.target in hits:
            return f"{_ACTIVE[edge.kind]} {_name(view, edge.target)}"
    return "near the best hits in the graph"


def _name(view: View, row: int) -> str:
    return view.symbols.qualname[row] or view.symbols.uid(row)
