"""Finding renamed files: same content first, then similar content, scored and paired as git does it (diffcore-rename,
diffcore-delta).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, product
from typing import NamedTuple

from aura_core.model.changes import Side
from aura_core.sources.git.tree_diff import Difference

MAX_PAIRS = 40_000
"""Beyond this many pairs of deleted and added files only those with the same last part are compared."""

MOST = 60_000
"""The score of equal files, as in git."""

Read = Callable[[Side], bytes | None]
"""Content of one side; None when it is too large to compare."""

Pair = tuple[Difference, Difference, int]
"""A deleted file, the added file that it became, and their similarity (0 to 100)."""


def find_renames(differences: Iterable[Difference], read: Read, threshold: int) -> list[Pair]:
    """Pairs with at least ``threshold`` per cent in common, each file in one pair at most.

    Among equally similar ones the same name wins, then the paths decide.
    """
    changed = list(differences)
    deleted = [d for d in changed if d.new is None]
    added = [d for d in changed if d.old is None]
    exact = list(_same_content(deleted, added))
    used = {d.path for pair in exact for d in pair[:2]}
    left = [d for d in deleted if d.path not in used and _is_file(d.old)]
    right = [d for d in added if d.path not in used and _is_file(d.new)]
    return [*exact, *_similar_content(left, right, read, threshold)]


def _same_content(deleted: Sequence[Difference], added: Sequence[Difference]) -> Iterator[Pair]:
    places: dict[tuple[bool, str], list[Difference]] = {}
    for d in deleted:
        if d.old is not None:
            places.setdefault((_is_file(d.old), d.old.blob), []).append(d)
    for a in sorted(added, key=lambda d: d.path):
        there = places.get((_is_file(a.new), a.new.blob)) if a.new is not None else None
        if there:
            best = min(there, key=lambda d: (_name(d) != _name(a), d.path))
            there.remove(best)
            yield best, a, 100


def _similar_content(
    deleted: Sequence[Difference], added: Sequence[Difference], read: Read, threshold: int
) -> Iterator[Pair]:
    """As git: a file whose name is unique on both sides and that is similar enough goes first, then the most similar
    pairs.
    """
    score = _scorer(read, threshold * MOST // 100)
    used: set[str] = set()
    for d, a in _same_unique_name(deleted, added):
        found = score(d, a)
        if 2 * found >= MOST + threshold * MOST // 100:
            used |= {d.path, a.path}
            yield d, a, found * 100 // MOST
    left, right = ([d for d in side if d.path not in used] for side in (deleted, added))
    scored = [
        (-found, _name(d) != _name(a), d.path, a.path, d, a) for d, a in _pairs(left, right) if (found := score(d, a))
    ]
    for negative, _, old_path, new_path, d, a in sorted(scored, key=lambda s: s[:4]):
        if old_path not in used and new_path not in used:
            used |= {old_path, new_path}
            yield d, a, -negative * 100 // MOST


def _same_unique_name(
    deleted: Sequence[Difference], added: Sequence[Difference]
) -> Iterator[tuple[Difference, Difference]]:
    """Files moved to another folder: pairs of one last part that no other deleted and no other added file has."""
    olds, news = (_by_name(side) for side in (deleted, added))
    for name in sorted(olds.keys() & news.keys()):
        if len(olds[name]) == len(news[name]) == 1:
            yield olds[name][0], news[name][0]


def _pairs(deleted: Sequence[Difference], added: Sequence[Difference]) -> Iterator[tuple[Difference, Difference]]:
    """All pairs, or where those are too many the first ones of the same last part."""
    if len(deleted) * len(added) <= MAX_PAIRS:
        return product(deleted, added)
    olds, news = (_by_name(side) for side in (deleted, added))
    return islice(
        chain.from_iterable(product(olds[name], news[name]) for name in sorted(olds.keys() & news.keys())), MAX_PAIRS
    )


def _by_name(differences: Sequence[Difference]) -> dict[str, list[Difference]]:
    found: dict[str, list[Difference]] = {}
    for difference in differences:
        found.setdefault(_name(difference), []).append(difference)
    return found


def _scorer(read: Read, least: int) -> Callable[[Difference, Difference], int]:
    """How similar two files are, 0 when less than ``least``; what was counted is kept for the next pair."""

    @lru_cache(maxsize=2_048)
    def pieces(side: Side) -> Pieces | None:
        data = read(side)
        return pieces_of(data) if data is not None else None

    def score(d: Difference, a: Difference) -> int:
        old, new = (pieces(side) if side is not None else None for side in (d.old, a.new))
        found = similarity(old, new, least) if old is not None and new is not None else 0
        return found if found >= least else 0

    return score


class Pieces(NamedTuple):
    """A file's lines, those over 64 bytes cut, counted; and its size."""

    counts: Counter[bytes]
    size: int


def pieces_of(data: bytes) -> Pieces:
    r"""What is compared of a file; ``\r\n`` and ``\n`` are the same."""
    return Pieces(Counter(_PIECE.findall(data.replace(b"\r\n", b"\n"))), len(data))


def similarity(old: Pieces, new: Pieces, least: int = 0) -> int:
    """The share of the larger side's bytes that stand in pieces of both, of ``MOST``; below it, as the content is not
    the same.

    Empty files are alike to none, and sides whose sizes alone keep them below ``least`` are not looked at.
    """
    small, large = sorted((old.size, new.size))
    if not small or small * MOST < least * large:
        return 0
    few, many = sorted((old.counts, new.counts), key=len)
    common = sum(len(piece) * min(count, many[piece]) for piece, count in few.items())
    return min(MOST - 1, common * MOST // large)


_PIECE = re.compile(rb"[^\n]{64}|[^\n]{0,63}\n|[^\n]+")


def _is_file(side: Side | None) -> bool:
    return side is not None and side.mode & 0o170000 == 0o100000


def _name(difference: Difference) -> str:
    return difference.path.rpartition("/")[2]
