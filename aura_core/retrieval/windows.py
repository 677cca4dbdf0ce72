"""Windows: the lines of a long text that fit a task best, in their order, with marks where lines are cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from aura_core.model.context import Level
from aura_core.retrieval.levels import Candidate, Excerpt, lines_text
from aura_core.retrieval.task_words import TaskWords
from aura_core.tokens import TokenCounter

Span = tuple[int, int]
"""The first and the last line of a run of lines, 1-based and inclusive."""

BLOCK_LINES = 12
"""Lines after which a block ends, also without a blank line: about what one looks at to understand one line."""

MARK_TOKENS = 16
"""Tokens that are set apart for the mark of a cut; it takes 8 to 14."""

MAX_MISFITS = 8
"""Blocks that may turn out too long for what is left before a window is complete."""

MIN_OWN_SCORE_SHARE = 0.5
"""A block of module-level code is shown when its score is at least this share of the best block's."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines of a text, which a window shows or leaves out together. ``score`` says how well they fit the
    task: 0 when they share no word with it.
    """

    first_line: int
    last_line: int
    score: float

    def text(self, lines: Sequence[str]) -> str:
        """Return its lines as one text that ends a line."""
        return lines_text(lines, self.first_line, self.last_line)


def body_window(
    candidate: Candidate, lines: Sequence[str], words: TaskWords, counter: TokenCounter, max_tokens: int
) -> Excerpt:
    """Return the head of a body and the blocks that fit the task best, within about ``max_tokens``; then what follows
    the head, as far as there is room.
    """
    node = candidate.node
    head_end = min(max(node.start_line, candidate.body_line), node.end_line)
    head = Block(node.start_line, head_end, 0.0)
    blocks = _blocks(lines, [(head_end + 1, node.end_line)], words)
    ranking = sorted(blocks, key=lambda block: (-block.score, block.first_line))
    chosen_blocks = _choose([head, *ranking], lines, counter, max_tokens)
    return _excerpt(chosen_blocks, lines, (node.start_line, node.end_line))


def module_window(
    candidate: Candidate, lines: Sequence[str], words: TaskWords, counter: TokenCounter, max_tokens: int
) -> Excerpt | None:
    """Return the blocks of a module's own code, outside of its functions and classes, that fit the task best. None when
    none of them shares a word with the task.
    """
    blocks = _blocks(lines, _own_spans(candidate, len(lines)), words)
    best_score = max((block.score for block in blocks), default=0.0)
    if not best_score:
        return None
    fitting_blocks = [block for block in blocks if block.score >= MIN_OWN_SCORE_SHARE * best_score]
    ranking = sorted(fitting_blocks, key=lambda block: (-block.score, block.first_line))
    chosen_blocks = _choose(ranking, lines, counter, max_tokens)
    if not chosen_blocks:
        return None
    return _excerpt(chosen_blocks, lines, (chosen_blocks[0].first_line, chosen_blocks[-1].last_line))


def _own_spans(candidate: Candidate, line_count: int) -> Iterator[Span]:
    """Yield the runs of lines of a module that are in none of its members."""
    next_line = 1
    for member in sorted(candidate.members, key=lambda node: node.start_line):
        yield next_line, member.start_line - 1
        next_line = max(next_line, member.end_line + 1)
    yield next_line, line_count


def _blocks(lines: Sequence[str], spans: Iterable[Span], words: TaskWords) -> list[Block]:
    """Divide runs of lines into blocks, and score each by the task's terms in it: a rare term counts more."""
    bounds = [bound for first, last in spans for bound in _bounds(lines, first, last)]
    terms = [words.terms_in(_text_to_match(lines[first - 1 : last])) for first, last in bounds]
    frequency = Counter(term for block_terms in terms for term in block_terms)
    # Summed in the order of the terms, because the last bit of a float sum depends on it.
    return [
        Block(first, last, sum(log(1 + len(bounds) / frequency[term]) for term in sorted(block_terms)))
        for (first, last), block_terms in zip(bounds, terms, strict=True)
    ]


def _text_to_match(lines: Sequence[str]) -> str:
    """Return lines as one text, without import statements: what they name is defined elsewhere."""
    return "".join(line for line in lines if not line.startswith(("import ", "from ")))


def _bounds(lines: Sequence[str], first: int, last: int) -> Iterator[Span]:
    """Yield the first and last line of each block of a run: paragraphs, without the blank lines around them."""
    start = 0
    for number in range(first, min(last, len(lines)) + 1):
        is_blank = not lines[number - 1].strip()
        if start and (is_blank or number - start >= BLOCK_LINES):
            yield start, number - 1
            start = 0
        if not start and not is_blank:
            start = number
    if start:
        yield start, min(last, len(lines))


def _choose(ranking: Iterable[Block], lines: Sequence[str], counter: TokenCounter, max_tokens: int) -> list[Block]:
    """Return the best blocks that fit the budget with the marks between them, in the order of their lines."""
    chosen_blocks: list[Block] = []
    tokens_left, misfits = max_tokens, 0
    for block in ranking:
        tokens = counter.count(block.text(lines)) + MARK_TOKENS
        if tokens <= tokens_left:
            chosen_blocks.append(block)
            tokens_left -= tokens
        else:
            misfits += 1
            if misfits == MAX_MISFITS:
                break
    return sorted(chosen_blocks, key=lambda block: block.first_line)


def _excerpt(blocks: Sequence[Block], lines: Sequence[str], whole: Span) -> Excerpt:
    """Return blocks as text, with a mark in place of the lines of ``whole`` that are cut."""
    spans = _joined_spans(blocks, lines)
    first_line, last_line = whole
    edges = [(0, first_line - 1), *spans, (last_line + 1, 0)]
    rows: list[str] = []
    for (_, before), (after, end) in pairwise(edges):
        if after - before > 1:
            rows.append(f"… lines {before + 1}-{after - 1} are cut …\n")
        if end:
            rows.append(lines_text(lines, after, end))
    return Excerpt(Level.WINDOW, "".join(rows), first_line, last_line, tuple(spans))


def _joined_spans(blocks: Sequence[Block], lines: Sequence[str]) -> list[Span]:
    """Return the runs of lines that blocks cover; blank lines between two blocks join them."""
    spans: list[Span] = []
    for block in blocks:
        if spans and not "".join(lines[spans[-1][1] : block.first_line - 1]).strip():
            spans[-1] = (spans[-1][0], block.last_line)
        else:
            spans.append((block.first_line, block.last_line))
    return spans
