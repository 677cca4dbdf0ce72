"""Fits ranked candidates into a token budget: whole bodies in rank order, signatures on the last tenth, nothing shown
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from aura_core.model.context import ContextItem, ContextRequest, Level, Omitted
from aura_core.retrieval.levels import Candidate, Excerpt, excerpt_of
from aura_core.retrieval.render import FRAMES, join_pieces, render_excerpt
from aura_core.tokens import TokenCounter

FULL_SHARE = 0.9
"""Share of the budget for whole bodies; the rest is for signatures."""

CONTAINER_SHARE = 1 / 32
"""A class or a module that would take more of the budget than this comes as its members' signatures, unless it was
asked for by name: its members compete for the budget by themselves, and most of them were not asked for."""

MAX_OMITTED = 50
"""Symbols that an answer lists as left out or shortened."""

MIN_PIECE_TOKENS = 12
"""Tokens below which not even a header fits."""

MAX_CHARACTERS_PER_TOKEN = 10
"""A text with more characters for each token is not code; longer ones are turned down without being counted."""

Lines = Callable[[str, str], list[str]]
"""A function that returns the lines of a blob at a path, line ends kept."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One excerpt that is in the text."""

    candidate: Candidate
    excerpt: Excerpt
    text: str
    tokens: int

    def holds(self, candidate: Candidate) -> bool:
        """Return whether this piece shows everything of a candidate."""
        node, excerpt = candidate.node, self.excerpt
        if self.candidate.node.path != node.path:
            return False
        is_inside = excerpt.start_line <= node.start_line and node.end_line <= excerpt.end_line
        return self.candidate.node.uid == node.uid or (excerpt.level is Level.FULL and is_inside)

    def overlaps(self, candidate: Candidate) -> bool:
        """Return whether this piece shows the body of a part of a candidate, for example a method of a class."""
        node, excerpt = candidate.node, self.excerpt
        return (
            excerpt.level is Level.FULL
            and self.candidate.node.path == node.path
            and excerpt.start_line <= node.end_line
            and node.start_line <= excerpt.end_line
        )

    def item(self) -> ContextItem:
        """Return its entry in the answer."""
        return replace(
            self.candidate.item,
            start_line=self.excerpt.start_line,
            end_line=self.excerpt.end_line,
            level=self.excerpt.level,
            tokens=self.tokens,
        )


@dataclass(frozen=True, slots=True)
class FittedText:
    """A text within its budget, what is in it and what is not. ``truncated`` counts the candidates that are not shown
    in full.
    """

    text: str
    tokens: int
    items: tuple[ContextItem, ...]
    omitted: tuple[Omitted, ...]
    truncated: int


def fit(request: ContextRequest, candidates: Sequence[Candidate], counter: TokenCounter, lines: Lines) -> FittedText:
    """Return the text for ranked candidates, entry points first. ``counter.count(text)`` never exceeds
    ``request.max_tokens``.
    """
    budget = _Budget(request, counter, lines)
    second_round = [candidate for candidate in candidates if not budget.place_full(candidate)]
    for candidate in second_round:
        budget.place_short(candidate)
    return budget.verified_text()


class _Budget:
    """Fills a token budget with excerpts, in the order in which candidates are placed."""

    def __init__(self, request: ContextRequest, counter: TokenCounter, lines: Lines) -> None:
        self._request = request
        self._counter = counter
        self._lines = lines
        self._frame = FRAMES[request.format]
        self._left = request.max_tokens - counter.count(self._frame.before + self._frame.after)
        self._reserve = int(request.max_tokens * (1 - FULL_SHARE))
        self._pieces: list[Piece] = []
        self._omitted: list[Omitted] = []
        self._truncated = 0

    def place_full(self, candidate: Candidate) -> bool:
        """Show the whole body if it fits its share; return whether the candidate is settled, by that or by another's
        text.
        """
        if self._is_covered(candidate):
            self._omit(candidate, 0, "duplicate_span")
            return True
        room = self._left - self._reserve
        if room < MIN_PIECE_TOKENS or self._has_part_of(candidate):
            return False
        is_entry_point = "entry_point" in candidate.item.scores
        is_container = bool(candidate.members) and not is_entry_point
        share = min(room, int(self._request.max_tokens * CONTAINER_SHARE)) if is_container else room
        if candidate.node.end_line - candidate.node.start_line > share:  # a line has at least one token
            return False
        return self._add(candidate, Level.FULL, share)

    def place_short(self, candidate: Candidate) -> None:
        """Show the most that still fits below the whole body, else list the candidate as omitted."""
        if self._is_covered(candidate):
            return
        if self._left >= MIN_PIECE_TOKENS:
            for level in (Level.SIGNATURE, Level.STUB, Level.REFERENCE):
                if self._add(candidate, level, self._left):
                    self._truncated += 1
                    self._omit(candidate, self._full_cost(candidate), f"truncated_to_{level.value}")
                    return
        # A symbol a part of which is shown in full is not missing from the answer.
        self._truncated += not self._has_part_of(candidate)
        self._omit(candidate, self._full_cost(candidate), "over_budget")

    def verified_text(self) -> FittedText:
        """Return the text. Its exact count decides: what does not fit is dropped from the end."""
        max_tokens, pieces = self._request.max_tokens, list(self._pieces)
        while True:
            text = join_pieces(self._request.format, [piece.text for piece in pieces])
            tokens = self._counter.count(text)
            if tokens <= max_tokens or not pieces:
                break
            last = pieces.pop()
            self._truncated += 1
            self._omit(last.candidate, last.tokens, "over_budget")
        if tokens > max_tokens:  # even the text that says that nothing fits
            text, tokens = "", 0
        items = tuple(piece.item() for piece in pieces)
        return FittedText(text, tokens, items, tuple(self._omitted), self._truncated)

    def _add(self, candidate: Candidate, level: Level, max_tokens: int) -> bool:
        lines = self._lines(candidate.item.blob, candidate.node.path) if level is Level.FULL else []
        excerpt = excerpt_of(candidate, lines, level)
        text = render_excerpt(self._request.format, candidate, excerpt)
        if len(text) > max_tokens * MAX_CHARACTERS_PER_TOKEN:
            return False
        # Pieces end a line and begin with text, so their counts add up, but for a separator between them.
        tokens = self._counter.count(text) + (1 if self._frame.between else 0)
        if tokens > max_tokens:
            return False
        self._pieces.append(Piece(candidate, excerpt, text, tokens))
        self._left -= tokens
        return True

    def _is_covered(self, candidate: Candidate) -> bool:
        return any(piece.holds(candidate) for piece in self._pieces)

    def _has_part_of(self, candidate: Candidate) -> bool:
        return any(piece.overlaps(candidate) for piece in self._pieces)

    def _full_cost(self, candidate: Candidate) -> int:
        """Return about how many tokens the whole body has, at four bytes a token; 0 when no more symbols are listed."""
        if len(self._omitted) >= MAX_OMITTED:
            return 0
        excerpt = excerpt_of(candidate, self._lines(candidate.item.blob, candidate.node.path), Level.FULL)
        return max(1, len(excerpt.text.encode(errors="replace")) // 4)

    def _omit(self, candidate: Candidate, tokens: int, reason: str) -> None:
        if len(self._omitted) < MAX_OMITTED:
            node = candidate.node
            self._omitted.append(Omitted(node.uid, node.qualname or node.path, tokens, reason))
