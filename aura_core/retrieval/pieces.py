"""One excerpt of a text, and how it relates to other symbols."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aura_core.model.context import ContextItem, Level
from aura_core.retrieval.levels import Candidate, Excerpt

MIN_COMPARED_WORDS = 12
"""Bodies of fewer distinct words are too short to be compared."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One excerpt that is in the text. ``words``: the distinct words of its body, none when it shows less."""

    candidate: Candidate
    excerpt: Excerpt
    text: str
    tokens: int
    words: frozenset[bytes]

    def holds(self, candidate: Candidate) -> bool:
        """Return whether this piece shows everything of a candidate."""
        node = candidate.node
        if self.candidate.node.path != node.path:
            return False
        is_inside = any(first <= node.start_line and node.end_line <= last for first, last in self._body_spans())
        return self.candidate.node.uid == node.uid or is_inside

    def overlaps(self, candidate: Candidate) -> bool:
        """Return whether this piece shows the body of a part of a candidate, for example a method of a class."""
        node = candidate.node
        return self.candidate.node.path == node.path and any(
            first <= node.end_line and node.start_line <= last for first, last in self._body_spans()
        )

    def similarity(self, other: Piece) -> float:
        """Return the share of distinct words that two whole bodies of one kind have in common, from 0 to 1."""
        if self.candidate.node.kind is not other.candidate.node.kind or len(other.words) < MIN_COMPARED_WORDS:
            return 0.0
        common_words = len(self.words & other.words)
        return common_words / (len(self.words) + len(other.words) - common_words)

    def _body_spans(self) -> tuple[tuple[int, int], ...]:
        """Return the lines of bodies that are shown: those of signatures are not."""
        return self.excerpt.spans if self.excerpt.level in (Level.FULL, Level.WINDOW) else ()

    def item(self) -> ContextItem:
        """Return its entry in the answer."""
        return replace(
            self.candidate.item,
            start_line=self.excerpt.start_line,
            end_line=self.excerpt.end_line,
            level=self.excerpt.level,
            tokens=self.tokens,
            spans=self.excerpt.spans,
        )
