"""Fits ranked candidates into a token budget: whole bodies in rank order, windows of those that are too long, then
signatures on the last tenth, nothing shown twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aura_core.embedding import words_of
from aura_core.model.context import ContextItem, ContextRequest, Level, Omitted
from aura_core.model.graph import NodeKind
from aura_core.retrieval.levels import Candidate, Excerpt, excerpt_of
from aura_core.retrieval.pieces import Piece
from aura_core.retrieval.render import FRAMES, join_pieces, render_excerpt
from aura_core.retrieval.task_words import TaskWords
from aura_core.retrieval.windows import body_window, module_window
from aura_core.time_limit import in_time
from aura_core.tokens import TokenCounter

FULL_SHARE = 0.9
"""Share of the budget for whole bodies; the rest is for signatures."""

CONTAINER_SHARE = 1 / 32
"""A class or a module that would take more of the budget than this comes as its members' signatures, unless it was
asked for by name: its members compete for the budget by themselves, and most of them were not asked for."""

MODULE_SHARE = 1 / 16
"""Share of the budget for a module's own code, between its functions and classes, that fits the task."""

WINDOW_SHARE = 1 / 4
"""Share of what is left for a window of a body that is too long. What the task names, and entry points, get all of it.
"""

MIN_WINDOW_TOKENS = 120
"""Tokens below which a signature says more than a window."""

MAX_WINDOW_TRIES = 3
"""A window is made smaller when its format takes more tokens than its lines, as often as this."""

DUPLICATE_SIMILARITY = 0.9
"""Of two bodies that share this much of their words, one says what the other says."""

FAMILY_SIMILARITY, FAMILY_SIZE = 0.65, 2
"""Of bodies that share this much of their words, so many show what they have in common."""

MAX_OMITTED = 50
"""Symbols that an answer lists as left out or shortened."""

MIN_PIECE_TOKENS = 12
"""Tokens below which not even a header fits."""

MAX_CHARACTERS_PER_TOKEN = 10
"""A text with more characters for each token is not code; longer ones are turned down without being counted."""

TEXT_UNREADABLE = "text_unreadable"
"""The reason of an ``Omitted`` whose file the repository no longer has."""

Lines = Callable[[str, str], list[str] | None]
"""A function that returns the lines of a blob at a path, line ends kept; None when it cannot be read."""

Window = Callable[[Candidate, list[str], TaskWords, TokenCounter, int], Excerpt | None]
"""A function that returns the lines of a candidate that fit the task, within about a number of tokens."""


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
    postponed = [candidate for candidate in in_time(candidates) if not budget.place_body(candidate)]
    # Near-duplicates wait for everything else. Then their bodies fill what is left, before signatures do.
    postponed = [candidate for candidate in in_time(postponed) if not budget.place_body(candidate, may_resemble=True)]
    for candidate in in_time(postponed):
        budget.place_short(candidate)
    return budget.verified_text()


class _Budget:
    """Fills a token budget with excerpts, in the order in which candidates are placed."""

    def __init__(self, request: ContextRequest, counter: TokenCounter, lines: Lines) -> None:
        self._request = request
        self._counter = counter
        self._lines = lines
        self._words = TaskWords(request.task)
        self._frame = FRAMES[request.format]
        self._left = request.max_tokens - counter.count(self._frame.before + self._frame.after)
        self._reserve = int(request.max_tokens * (1 - FULL_SHARE))
        self._pieces: list[Piece] = []
        self._omitted: list[Omitted] = []
        self._truncated = 0

    def place_body(self, candidate: Candidate, *, may_resemble: bool = False) -> bool:
        """Show the whole body, or a window of it, if it fits its share. Return whether the candidate is settled, by
        that or by another's text. A body that resembles one that is shown is turned down unless it ``may_resemble``.
        """
        if self._is_covered(candidate):
            self._omit(candidate, 0, "duplicate_span")
            return True
        room = self._left - self._reserve
        if room < MIN_PIECE_TOKENS:
            return False
        if candidate.members and not candidate.is_entry_point:
            return self._place_container(candidate, room)
        if self._has_part_of(candidate):
            return False
        piece = self._whole_body(candidate, room)
        if piece is None:
            return self._place_window(candidate, room)
        if not (may_resemble or candidate.is_entry_point) and self._is_redundant(piece):
            return False
        self._add(piece)
        return True

    def place_short(self, candidate: Candidate) -> None:
        """Show the most that still fits below the whole body, else list the candidate as omitted."""
        if self._is_covered(candidate):
            return
        if self._left >= MIN_PIECE_TOKENS:
            for level in (Level.SIGNATURE, Level.STUB, Level.REFERENCE):
                piece = self._piece_within(candidate, level, self._left)
                if piece is not None:
                    self._add(piece)
                    self._truncated += 1
                    reason = f"truncated_to_{level.value}" if self._is_readable(candidate) else TEXT_UNREADABLE
                    self._omit(candidate, self._full_cost(candidate), reason)
                    return
        # A symbol a part of which is shown in full is not missing from the answer.
        self._truncated += not self._has_part_of(candidate)
        reason = "over_budget" if self._is_readable(candidate) else TEXT_UNREADABLE
        self._omit(candidate, self._full_cost(candidate), reason)

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

    def _place_container(self, candidate: Candidate, room: int) -> bool:
        """Show a small class or module as a whole, and of a larger module the code of its own that fits the task."""
        max_tokens = self._request.max_tokens
        if not self._has_part_of(candidate):
            piece = self._whole_body(candidate, min(room, int(max_tokens * CONTAINER_SHARE)))
            if piece is not None:
                self._add(piece)
                return True
        if candidate.node.kind is not NodeKind.MODULE:
            return False
        return self._add_window(candidate, module_window, min(room, int(max_tokens * MODULE_SHARE)))

    def _place_window(self, candidate: Candidate, room: int) -> bool:
        """Show the lines of a long body that fit the task."""
        share = room if candidate.is_named else int(room * WINDOW_SHARE)
        return share >= MIN_WINDOW_TOKENS and self._add_window(candidate, body_window, share)

    def _add_window(self, candidate: Candidate, window: Window, max_tokens: int) -> bool:
        lines, target = self._lines(candidate.item.blob, candidate.node.path), max_tokens
        if lines is None:
            return False
        for _ in range(MAX_WINDOW_TRIES):
            excerpt = window(candidate, lines, self._words, self._counter, target)
            if excerpt is None or not excerpt.spans:
                return False
            piece = self._piece(candidate, excerpt)
            if piece.tokens <= max_tokens:
                self._add(piece)
                self._truncated += 1
                self._omit(candidate, self._full_cost(candidate), "truncated_to_window")
                return True
            target = target * max_tokens // (piece.tokens + 1)
        return False

    def _whole_body(self, candidate: Candidate, max_tokens: int) -> Piece | None:
        """Return the piece of a whole body, or None when it takes more tokens than that."""
        if candidate.node.end_line - candidate.node.start_line > max_tokens:  # a line has at least one token
            return None
        return self._piece_within(candidate, Level.FULL, max_tokens)

    def _piece_within(self, candidate: Candidate, level: Level, max_tokens: int) -> Piece | None:
        lines = self._lines(candidate.item.blob, candidate.node.path) if level is Level.FULL else []
        if lines is None:
            return None
        excerpt = excerpt_of(candidate, lines, level)
        if len(excerpt.text) > max_tokens * MAX_CHARACTERS_PER_TOKEN:
            return None
        piece = self._piece(candidate, excerpt)
        return piece if piece.tokens <= max_tokens else None

    def _piece(self, candidate: Candidate, excerpt: Excerpt) -> Piece:
        text = render_excerpt(self._request.format, candidate, excerpt)
        # Pieces end a line and begin with text, so their counts add up, but for a separator between them.
        tokens = self._counter.count(text) + (1 if self._frame.between else 0)
        is_whole = excerpt.level is Level.FULL
        words = frozenset(words_of(excerpt.text.encode(errors="replace"))) if is_whole else frozenset()
        return Piece(candidate, excerpt, text, tokens, words)

    def _add(self, piece: Piece) -> None:
        self._pieces.append(piece)
        self._left -= piece.tokens

    def _is_redundant(self, piece: Piece) -> bool:
        """Return whether nearly the same body is shown, or several that are like it."""
        family_size = 0
        for other in self._pieces:
            similarity = piece.similarity(other)
            if similarity >= DUPLICATE_SIMILARITY:
                return True
            family_size += similarity >= FAMILY_SIMILARITY
        return family_size >= FAMILY_SIZE

    def _is_covered(self, candidate: Candidate) -> bool:
        return any(piece.holds(candidate) for piece in self._pieces)

    def _has_part_of(self, candidate: Candidate) -> bool:
        return any(piece.overlaps(candidate) for piece in self._pieces)

    def _full_cost(self, candidate: Candidate) -> int:
        """Return about how many tokens the whole body has, at four bytes a token; 0 when no more symbols are listed, or
        when it cannot be read.
        """
        if len(self._omitted) >= MAX_OMITTED:
            return 0
        lines = self._lines(candidate.item.blob, candidate.node.path)
        if lines is None:
            return 0
        excerpt = excerpt_of(candidate, lines, Level.FULL)
        return max(1, len(excerpt.text.encode(errors="replace")) // 4)

    def _is_readable(self, candidate: Candidate) -> bool:
        return self._lines(candidate.item.blob, candidate.node.path) is not None

    def _omit(self, candidate: Candidate, tokens: int, reason: str) -> None:
        if len(self._omitted) < MAX_OMITTED:
            node = candidate.node
            self._omitted.append(Omitted(node.uid, node.qualname or node.path, tokens, reason))
