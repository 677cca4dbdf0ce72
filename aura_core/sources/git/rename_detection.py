"""Finds renamed files: same content first, then similar content, scored and paired as git does it.

See git's diffcore-rename.c and diffcore-delta.c.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, product
from typing import NamedTuple

from aura_core.model.changes import Side
from aura_core.sources.git.tree_diff import Difference, is_file

MAX_PAIRS = 40_000
"""With more pairs of deleted and added files than this, only files of the same name are compared."""

MAX_SCORE = 60_000
"""The score of equal files, as in git."""

MAX_CACHED_FILES = 2_048
"""The chunks of this many files are kept while pairs are compared."""

ReadSide = Callable[[Side], bytes | None]
"""Returns the content of one side; None when it is too large to compare."""

_CHUNK = re.compile(rb"[^\n]{64}|[^\n]{0,63}\n|[^\n]+")
"""A line; a line of over 64 bytes is cut."""


class Rename(NamedTuple):
    """A deleted file, the added file that it became, and their similarity (0 to 100)."""

    old_file: Difference
    new_file: Difference
    similarity: int

    @property
    def paths(self) -> tuple[str, str]:
        """Return both working paths."""
        return self.old_file.path, self.new_file.path


def find_renames(differences: Iterable[Difference], read: ReadSide, threshold: int) -> list[Rename]:
    """Return pairs with at least ``threshold`` per cent in common, each file in at most one pair.

    Among equally similar ones the same name wins, then the paths decide.
    """
    differences = list(differences)
    old_files = [difference for difference in differences if difference.new is None]
    new_files = [difference for difference in differences if difference.old is None]
    exact_renames = list(_same_content(old_files, new_files))
    used_paths = {path for rename in exact_renames for path in rename.paths}
    old_rest = [file for file in old_files if file.path not in used_paths and is_file(file.old)]
    new_rest = [file for file in new_files if file.path not in used_paths and is_file(file.new)]
    return [*exact_renames, *_similar_content(old_rest, new_rest, read, threshold)]


def _same_content(old_files: Sequence[Difference], new_files: Sequence[Difference]) -> Iterator[Rename]:
    candidates_by_blob: dict[tuple[bool, str], list[Difference]] = {}
    for old_file in old_files:
        if old_file.old is not None:
            candidates_by_blob.setdefault((is_file(old_file.old), old_file.old.blob), []).append(old_file)
    for new_file in sorted(new_files, key=lambda difference: difference.path):
        if new_file.new is None:
            continue
        candidates = candidates_by_blob.get((is_file(new_file.new), new_file.new.blob))
        if candidates:
            best = min(candidates, key=lambda old_file: (_name(old_file) != _name(new_file), old_file.path))
            candidates.remove(best)
            yield Rename(best, new_file, 100)


class _ScoredPair(NamedTuple):
    """A possible rename. Pairs sort by their first four fields: the most similar first, then those of the same name."""

    negative_score: int
    has_other_name: bool
    old_path: str
    new_path: str
    old_file: Difference
    new_file: Difference


def _similar_content(
    old_files: Sequence[Difference], new_files: Sequence[Difference], read: ReadSide, threshold: int
) -> Iterator[Rename]:
    """Yield pairs as git: first files with a unique name that are similar enough, then the most similar pairs."""
    min_score = threshold * MAX_SCORE // 100
    score_of = _scorer(read, min_score)
    used_paths: set[str] = set()
    for old_file, new_file in _same_unique_name(old_files, new_files):
        score = score_of(old_file, new_file)
        # As git: a unique name needs a score halfway between the threshold and equality.
        if 2 * score >= MAX_SCORE + min_score:
            used_paths |= {old_file.path, new_file.path}
            yield Rename(old_file, new_file, score * 100 // MAX_SCORE)
    old_files, new_files = ([file for file in side if file.path not in used_paths] for side in (old_files, new_files))
    pairs = [
        _ScoredPair(-score, _name(old_file) != _name(new_file), old_file.path, new_file.path, old_file, new_file)
        for old_file, new_file in _candidate_pairs(old_files, new_files)
        if (score := score_of(old_file, new_file))
    ]
    for pair in sorted(pairs, key=lambda pair: pair[:4]):
        if pair.old_path not in used_paths and pair.new_path not in used_paths:
            used_paths |= {pair.old_path, pair.new_path}
            yield Rename(pair.old_file, pair.new_file, -pair.negative_score * 100 // MAX_SCORE)


def _same_unique_name(
    old_files: Sequence[Difference], new_files: Sequence[Difference]
) -> Iterator[tuple[Difference, Difference]]:
    """Yield files moved to another folder: their last part is that of one deleted and one added file only."""
    for old_group, new_group in _groups_of_same_name(old_files, new_files):
        if len(old_group) == len(new_group) == 1:
            yield from zip(old_group, new_group, strict=True)


def _candidate_pairs(
    old_files: Sequence[Difference], new_files: Sequence[Difference]
) -> Iterator[tuple[Difference, Difference]]:
    """Yield all pairs, or where those are too many the first ones of the same last part."""
    if len(old_files) * len(new_files) <= MAX_PAIRS:
        return product(old_files, new_files)
    same_name = chain.from_iterable(product(*group) for group in _groups_of_same_name(old_files, new_files))
    return islice(same_name, MAX_PAIRS)


def _groups_of_same_name(
    old_files: Sequence[Difference], new_files: Sequence[Difference]
) -> Iterator[tuple[list[Difference], list[Difference]]]:
    """Yield the deleted and the added files of each last part that both have, sorted by it."""
    old_by_name, new_by_name = _by_name(old_files), _by_name(new_files)
    for name in sorted(old_by_name.keys() & new_by_name.keys()):
        yield old_by_name[name], new_by_name[name]


def _by_name(differences: Sequence[Difference]) -> dict[str, list[Difference]]:
    groups: dict[str, list[Difference]] = {}
    for difference in differences:
        groups.setdefault(_name(difference), []).append(difference)
    return groups


def _scorer(read: ReadSide, min_score: int) -> Callable[[Difference, Difference], int]:
    """Return a function that scores two files, 0 when less than ``min_score``. It caches the chunks of files."""

    @lru_cache(maxsize=MAX_CACHED_FILES)
    def chunks(side: Side) -> Chunks | None:
        data = read(side)
        return chunks_of(data) if data is not None else None

    def score_of(old_file: Difference, new_file: Difference) -> int:
        old, new = (chunks(side) if side is not None else None for side in (old_file.old, new_file.new))
        score = similarity(old, new, min_score) if old is not None and new is not None else 0
        return score if score >= min_score else 0

    return score_of


class Chunks(NamedTuple):
    """The chunks of a file (a line, or 64 bytes of a longer one) with their counts, and its size in bytes."""

    counts: Counter[bytes]
    size: int


def chunks_of(data: bytes) -> Chunks:
    r"""Return the chunks of a file; ``\r\n`` and ``\n`` count as the same."""
    return Chunks(Counter(_CHUNK.findall(data.replace(b"\r\n", b"\n"))), len(data))


def similarity(old: Chunks, new: Chunks, min_score: int = 0) -> int:
    """Return the share of the larger side's bytes that are in chunks of both, from 0 to below ``MAX_SCORE``.

    Empty files are similar to none. Sides whose sizes alone rule out ``min_score`` are not compared and score 0.
    """
    small, large = sorted((old.size, new.size))
    if not small or small * MAX_SCORE < min_score * large:
        return 0
    fewer, more = sorted((old.counts, new.counts), key=len)
    common = sum(len(chunk) * min(count, more[chunk]) for chunk, count in fewer.items())
    # never MAX_SCORE, which stands for equal files: the same chunks may be in another order
    return min(MAX_SCORE - 1, common * MAX_SCORE // large)


def _name(difference: Difference) -> str:
    _, _, name = difference.path.rpartition("/")
    return name
