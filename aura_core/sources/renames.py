"""Finding renamed files: same content first, then similar content, as git scores it (bytes in common over the larger size)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from aura_core.model.changes import Side
from aura_core.sources.differing import Difference

MAX_PAIRS = 40_000
"""Beyond this many pairs of deleted and added files only those with the same last part are compared."""

Read = Callable[[Side], bytes | None]
"""Content of one side; None when it is too large to compare."""

Pair = tuple[Difference, Difference, int]
"""A deleted file, the added file that it became, and their similarity (0 to 100)."""


def find_renames(differences: Iterable[Difference], read: Read, threshold: int) -> list[Pair]:
    """Pairs with at least ``threshold`` per cent in common, each file in one pair at most: the most similar first, then same name, then by path."""
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


def _similar_content(deleted: Sequence[Difference], added: Sequence[Difference], read: Read, threshold: int) -> Iterator[Pair]:
    few = len(deleted) * len(added) <= MAX_PAIRS
    olds = {d.path: _lines(read(d.old)) for d in deleted if d.old is not None} if added else {}
    scored = []
    for a in added:
        new = _lines(read(a.new)) if a.new is not None and deleted else None
        if new is None:
            continue
        for d in deleted:
            old = olds[d.path]
            if old is not None and (few or _name(d) == _name(a)):
                score = similarity(old, new, threshold)
                if score >= threshold:
                    scored.append((-score, _name(d) != _name(a), d.path, a.path, d, a))
    used: set[str] = set()
    for score, _, old_path, new_path, d, a in sorted(scored, key=lambda s: s[:4]):
        if old_path not in used and new_path not in used:
            used |= {old_path, new_path}
            yield d, a, -score


def similarity(old: Counter[bytes], new: Counter[bytes], threshold: int = 0) -> int:
    """Per cent of the larger side's bytes that stand in lines of both; below 100 unless the content is the same. Empty files are alike to none."""
    sizes = [sum(len(line) * count for line, count in side.items()) for side in (old, new)]
    if not min(sizes) or min(sizes) * 100 < threshold * max(sizes):
        return 0
    small, large = (old, new) if len(old) <= len(new) else (new, old)
    common = sum(len(line) * min(count, large[line]) for line, count in small.items())
    return min(99, common * 100 // max(sizes))


def _lines(data: bytes | None) -> Counter[bytes] | None:
    return None if data is None else Counter(data.splitlines(keepends=True))


def _is_file(side: Side | None) -> bool:
    return side is not None and side.mode & 0o170000 == 0o100000


def _name(difference: Difference) -> str:
    return difference.path.rpartition("/")[2]
