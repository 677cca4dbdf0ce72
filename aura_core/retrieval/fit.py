"""Ranked candidates into a budget: whole bodies in rank order, signatures on the last tenth, nothing shown twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aura_core.model.context import ContextItem, ContextRequest, Level, Omitted
from aura_core.retrieval.levels import Candidate, Excerpt, excerpt
from aura_core.retrieval.render import FRAMES, assemble, piece
from aura_core.tokens import TokenCounter

FULL_SHARE = 0.9
"""Share of the budget for whole bodies; the rest is for signatures."""

CONTAINER_SHARE = 1 / 32
"""A class or a module that would take more of the budget than this comes as its members' signatures, unless it was
asked for by name: its members compete for the budget by themselves, and most of them were not asked for."""

MOST_OMITTED = 50

SMALLEST_PIECE = 12
"""Tokens below which not even a header fits."""

MOST_CHARACTERS_A_TOKEN = 10
"""A text with more characters a token is not code; longer ones are turned down without being counted."""

Lines = Callable[[str, str], list[str]]
"""Lines of a blob at a path, line ends kept."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One excerpt that is in the text."""

    candidate: Candidate
    shown: Excerpt
    text: str
    tokens: int


@dataclass(slots=True)
class Fitting:
    """A budget being filled."""

    request: ContextRequest
    counter: TokenCounter
    lines: Lines
    left: int = 0
    pieces: list[Piece] = field(default_factory=list)
    omitted: list[Omitted] = field(default_factory=list)
    truncated: int = 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text within its budget, what is in it and what is not."""

    text: str
    tokens: int
    items: tuple[ContextItem, ...]
    omitted: tuple[Omitted, ...]
    truncated: int


def fit(request: ContextRequest, ranked: Sequence[Candidate], counter: TokenCounter, lines: Lines) -> Fitted:
    """The text for ranked candidates, entry points first. ``counter.count(text)`` never exceeds
    ``request.max_tokens``.
    """
    frame = FRAMES[request.format]
    state = Fitting(request, counter, lines)
    state.left = request.max_tokens - counter.count(frame.before + frame.after)
    reserve = int(request.max_tokens * (1 - FULL_SHARE))
    late = [c for c in ranked if not _place_full(state, c, reserve)]
    for candidate in late:
        _place_short(state, candidate)
    return _verified(state)


def _place_full(state: Fitting, candidate: Candidate, reserve: int) -> bool:
    """Show the whole body if it fits its share; True when the candidate needs no second look."""
    if _covered(state, candidate):
        _omit(state, candidate, 0, "duplicate_span")
        return True
    room = state.left - reserve
    if room < SMALLEST_PIECE or _overlaps(state, candidate):
        return False
    named = any(name == "entry_point" for name, _ in candidate.scores)
    share = min(room, int(state.request.max_tokens * CONTAINER_SHARE)) if candidate.members and not named else room
    if (candidate.node.end_line - candidate.node.start_line) > share:
        return False
    return _add(state, candidate, Level.FULL, share)


def _place_short(state: Fitting, candidate: Candidate) -> None:
    """The most that still fits below the whole body, else a line in ``omitted``."""
    if _covered(state, candidate):
        return
    if state.left >= SMALLEST_PIECE:
        for level in (Level.SIGNATURE, Level.STUB, Level.REFERENCE):
            if _add(state, candidate, level, state.left):
                state.truncated += 1
                _omit(state, candidate, _full_cost(state, candidate), f"truncated_to_{level.value}")
                return
    state.truncated += not _overlaps(state, candidate)
    _omit(state, candidate, _full_cost(state, candidate), "over_budget")


def _add(state: Fitting, candidate: Candidate, level: Level, most: int) -> bool:
    shown = excerpt(candidate, state.lines(candidate.blob, candidate.node.path) if level is Level.FULL else [], level)
    text = piece(state.request.format, candidate, shown, _language(candidate.node.path))
    if len(text) > most * MOST_CHARACTERS_A_TOKEN:
        return False
    tokens = state.counter.count(text) + (1 if FRAMES[state.request.format].between else 0)
    if tokens > most:
        return False
    state.pieces.append(Piece(candidate, shown, text, tokens))
    state.left -= tokens
    return True


def _covered(state: Fitting, candidate: Candidate) -> bool:
    """Whether everything of the candidate is in the text already."""
    node = candidate.node
    return any(
        p.candidate.node.path == node.path
        and (
            p.candidate.node.uid == node.uid
            or (p.shown.level is Level.FULL and _holds(p.shown, node.start_line, node.end_line))
        )
        for p in state.pieces
    )


def _overlaps(state: Fitting, candidate: Candidate) -> bool:
    """Whether a part of the candidate is in the text already, say a method of a class."""
    node = candidate.node
    return any(
        p.shown.level is Level.FULL
        and p.candidate.node.path == node.path
        and p.shown.start_line <= node.end_line
        and node.start_line <= p.shown.end_line
        for p in state.pieces
    )


def _holds(shown: Excerpt, start: int, end: int) -> bool:
    return shown.start_line <= start and end <= shown.end_line


def _full_cost(state: Fitting, candidate: Candidate) -> int:
    """Tokens of the whole body. Counted only for the first few; for the others 0 says that nobody looked."""
    if len(state.omitted) >= MOST_OMITTED:
        return 0
    shown = excerpt(candidate, state.lines(candidate.blob, candidate.node.path), Level.FULL)
    return max(1, len(shown.text.encode(errors="replace")) // 4)


def _omit(state: Fitting, candidate: Candidate, tokens: int, reason: str) -> None:
    if len(state.omitted) < MOST_OMITTED:
        state.omitted.append(
            Omitted(candidate.node.uid, candidate.node.qualname or candidate.node.path, tokens, reason)
        )


def _verified(state: Fitting) -> Fitted:
    """The exact count of the final text decides; what does not fit goes from the tail."""
    form, most = state.request.format, state.request.max_tokens
    pieces = list(state.pieces)
    while True:
        text = assemble(form, [p.text for p in pieces])
        tokens = state.counter.count(text)
        if tokens <= most or not pieces:
            break
        dropped = pieces.pop()
        state.truncated += 1
        _omit(state, dropped.candidate, dropped.tokens, "over_budget")
    if tokens > most:
        text, tokens = "", 0
    return Fitted(text, tokens, tuple(map(_item, pieces)), tuple(state.omitted), state.truncated)


def _item(p: Piece) -> ContextItem:
    node = p.candidate.node
    return ContextItem(
        uid=node.uid,
        path=node.path,
        start_line=p.shown.start_line,
        end_line=p.shown.end_line,
        symbol=node.qualname,
        kind=node.kind.value,
        level=p.shown.level,
        tokens=p.tokens,
        blob=p.candidate.blob,
        why=p.candidate.why,
        scores=dict(p.candidate.scores),
    )


_LANGUAGES = {"py": "python", "pyi": "python", "md": "markdown", "yml": "yaml"}
"""Names of languages on code fences where the suffix is not the name."""

_FENCED = {"toml", "yaml", "json", "sql", "html", "css", "js", "ts", "sh", "go", "rs", "java", "c", "h"}


def _language(path: str) -> str:
    suffix = path.rpartition(".")[2].lower()
    return _LANGUAGES.get(suffix, suffix if suffix in _FENCED else "")
