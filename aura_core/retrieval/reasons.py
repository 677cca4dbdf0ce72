"""Why a symbol is in an answer, in words."""

from __future__ import annotations

from collections.abc import Iterable

from aura_core.embedding import text_terms, words_of
from aura_core.views import View

MOST_WORDS = 5
"""Words of the task that are named for one symbol."""

ENTRY_POINT = "asked for as an entry point"

_SENTENCES = {
    "words": "its words match the task",
    "file": "its file matches the task",
    "mentions": "the task mentions its name or path",
    "dense": "it means something similar to the task",
}
_PASSIVE = {"CONTAINS": "inside", "IMPORTS": "imported by", "EXTENDS": "extended by", "CALLS": "called by"}
_ACTIVE = {"CONTAINS": "contains", "IMPORTS": "imports", "EXTENDS": "extends", "CALLS": "calls"}


class TaskWords:
    """The words of a task, to be recognised in names however they are written there."""

    def __init__(self, task: str) -> None:
        self._word_of: dict[str, str] = {}
        for word in dict.fromkeys(words_of(task.encode(errors="replace"))):
            shown = word.decode(errors="replace")
            for term in text_terms(shown):
                self._word_of.setdefault(term, shown)

    def reasons(self, qualname: str, parts: Iterable[tuple[str, float]]) -> tuple[str, ...]:
        """Sentences for the parts of a hit's score; words of the task that its name holds are named."""
        named = list(dict.fromkeys(self._word_of[term] for term in text_terms(qualname) if term in self._word_of))
        sentences = [_SENTENCES[part] for part, _ in parts if part in _SENTENCES]
        return (f"name matches: {', '.join(named[:MOST_WORDS])}", *sentences) if named else tuple(sentences)


def connection(view: View, row: int, sources: set[int]) -> str:
    """The edge that connects a symbol with one of the best hits."""
    for link in view.edge_table.incoming(row):
        if link.source in sources:
            return f"{_PASSIVE[link.kind]} {_name(view, link.source)}"
    for link in view.edge_table.outgoing(row):
        if link.target in sources:
            return f"{_ACTIVE[link.kind]} {_name(view, link.target)}"
    return "near the best hits in the graph"


def _name(view: View, row: int) -> str:
    return view.symbols.qualname[row] or view.symbols.uid(row)
