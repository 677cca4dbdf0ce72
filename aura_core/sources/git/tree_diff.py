"""Which paths differ between two trees, and how each side looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pygit2
from pygit2.enums import FileMode

from aura_core.model.changes import Side
from aura_core.sources.paths import from_bytes


class Difference(NamedTuple):
    """A path (working form) whose two sides are not the same; None where it is not there."""

    path: str
    old: Side | None
    new: Side | None


def between_trees(
    old: pygit2.Tree | None, new: pygit2.Tree | None, *, bound: Callable[[int], None]
) -> Iterator[Difference]:
    """Differences of two trees; folders that are the same object are not entered, so this costs what changed.

    ``bound`` is called with the number of entries looked at and may raise.
    """
    stack: list[tuple[str, pygit2.Tree | None, pygit2.Tree | None]] = [("", old, new)]
    seen = 0
    while stack:
        prefix, before, after = stack.pop()
        olds, news = _named(before), _named(after)
        seen += 1 + len(olds) + len(news)
        bound(seen)
        for name in sorted(olds.keys() | news.keys()):
            a, b = olds.get(name), news.get(name)
            if a is not None and b is not None and a.id == b.id and a.filemode == b.filemode:
                continue
            path = prefix + from_bytes(name)
            left, right = _side(a), _side(b)
            if left != right:
                yield Difference(path, left, right)
            if isinstance(a, pygit2.Tree) or isinstance(b, pygit2.Tree):
                stack.append(
                    (path + "/", a if isinstance(a, pygit2.Tree) else None, b if isinstance(b, pygit2.Tree) else None)
                )


def between_listings(old: Mapping[str, Side], new: Mapping[str, Side]) -> Iterator[Difference]:
    """Differences of two listings by path."""
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield Difference(path, old.get(path), new.get(path))


def _named(tree: pygit2.Tree | None) -> dict[bytes, pygit2.Object]:
    return {entry.raw_name or b"": entry for entry in tree} if tree is not None else {}


def _side(entry: pygit2.Object | None) -> Side | None:
    if entry is None or entry.filemode == FileMode.TREE:
        return None
    return Side(canonical(int(entry.filemode)), str(entry.id))


def canonical(mode: int) -> int:
    """A file's mode as git keeps it now: old histories hold modes like 100664, folders on disk any permissions."""
    if mode & 0o170000 != 0o100000:
        return mode & 0o170000
    return 0o100755 if mode & 0o100 else 0o100644
