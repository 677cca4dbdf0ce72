"""Pairs removed files with added ones, by what they define."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from aura_core.graphs.files import FileGraph
from aura_core.model.difference import Rename

THRESHOLD = 50
"""Per cent of the larger file's definitions that both share. git takes files for renamed from 50 % on, too."""


def renames(
    removed: Mapping[str, str], added: Mapping[str, str], old: Mapping[str, FileGraph], new: Mapping[str, FileGraph]
) -> list[Rename]:
    """Return pairs of a removed and an added file (path → blob): equal bytes first, then the most similar; of equals
    those of one name, then by path.

    A file without definitions is similar to none.
    """
    pairs = list(_equal_files(removed, added, old))
    paired_paths = {pair.old for pair in pairs} | {pair.new for pair in pairs}
    similar = _similar_files(
        {path: old[path] for path in removed if path not in paired_paths},
        {path: new[path] for path in added if path not in paired_paths},
    )
    for _, _, before, after in sorted(similar):
        if before not in paired_paths and after not in paired_paths:
            paired_paths |= {before, after}
            pairs.append(Rename(before, after, same=False))
    return sorted(pairs)


def _equal_files(
    removed: Mapping[str, str], added: Mapping[str, str], old: Mapping[str, FileGraph]
) -> Iterator[Rename]:
    paths_of: dict[str, list[str]] = {}
    for path, blob in removed.items():
        if any(old[path].digests):
            paths_of.setdefault(blob, []).append(path)
    for path, blob in sorted(added.items()):
        if candidates := paths_of.get(blob):
            best = min(candidates, key=lambda p: (_name(p) != _name(path), p))
            # A removed file is the old name of one added file at most.
            candidates.remove(best)
            yield Rename(best, path, same=True)


def _similar_files(old: Mapping[str, FileGraph], new: Mapping[str, FileGraph]) -> Iterator[tuple[int, bool, str, str]]:
    """Yield (similarity in per cent, negative; whether the name differs; both paths) of pairs above the threshold."""
    texts_of = {path: _texts(graph) for path, graph in old.items()}
    files_with: dict[bytes, list[str]] = {}
    for path, texts in texts_of.items():
        for digest in texts:
            files_with.setdefault(digest, []).append(path)
    for new_path, graph in new.items():
        new_texts = _texts(graph)
        common: Counter[str] = Counter()
        # Only files that share a definition are compared, by the digests of their definitions.
        for digest, count in new_texts.items():
            for path in files_with.get(digest, ()):
                common[path] += min(count, texts_of[path][digest])
        for path, count in common.items():
            similarity = count * 100 // max(texts_of[path].total(), new_texts.total())
            if similarity >= THRESHOLD:
                yield -similarity, _name(path) != _name(new_path), path, new_path


def _texts(graph: FileGraph) -> Counter[bytes]:
    return Counter(digest for digest in graph.digests if digest)


def _name(path: str) -> str:
    _, _, name = path.rpartition("/")
    return name
