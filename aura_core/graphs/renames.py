"""Which removed file is which added one, by what they define."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from aura_core.graphs.files import FileGraph
from aura_core.model.difference import Rename

THRESHOLD = 50
"""Per cent of the larger file's definitions that both have alike."""


def renames(
    removed: Mapping[str, str], added: Mapping[str, str], old: Mapping[str, FileGraph], new: Mapping[str, FileGraph]
) -> list[Rename]:
    """Pairs of a removed and an added file (path → blob): the same bytes first, then the most alike; the same name
    decides, then the path.

    A file that says nothing is like none.
    """
    found = list(_same(removed, added, old))
    used = {rename.old for rename in found} | {rename.new for rename in found}
    alike = _alike({p: old[p] for p in removed if p not in used}, {p: new[p] for p in added if p not in used})
    for _, _, before, after in sorted(alike):
        if before not in used and after not in used:
            used |= {before, after}
            found.append(Rename(before, after, same=False))
    return sorted(found)


def _same(removed: Mapping[str, str], added: Mapping[str, str], old: Mapping[str, FileGraph]) -> Iterator[Rename]:
    places: dict[str, list[str]] = {}
    for path, blob in removed.items():
        if any(old[path].digests):
            places.setdefault(blob, []).append(path)
    for path, blob in sorted(added.items()):
        if there := places.get(blob):
            best = min(there, key=lambda p: (_name(p) != _name(path), p))
            there.remove(best)
            yield Rename(best, path, same=True)


def _alike(old: Mapping[str, FileGraph], new: Mapping[str, FileGraph]) -> Iterator[tuple[int, bool, str, str]]:
    """(per cent alike, negative; other name; paths) of pairs above the threshold."""
    there = {path: _texts(graph) for path, graph in old.items()}
    holders: dict[bytes, list[str]] = {}
    for path, held in there.items():
        for digest in held:
            holders.setdefault(digest, []).append(path)
    for path, graph in new.items():
        texts = _texts(graph)
        common: Counter[str] = Counter()
        for digest, count in texts.items():
            for holder in holders.get(digest, ()):
                common[holder] += min(count, there[holder][digest])
        for holder, shared in common.items():
            share = shared * 100 // max(there[holder].total(), texts.total())
            if share >= THRESHOLD:
                yield -share, _name(holder) != _name(path), holder, path


def _texts(graph: FileGraph) -> Counter[bytes]:
    return Counter(digest for digest in graph.digests if digest)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
