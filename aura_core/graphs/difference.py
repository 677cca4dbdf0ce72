"""What differs between two graphs, from the files that differ."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from aura_core.graphs.files import FileGraph
from aura_core.model.difference import Differences, FileCallSite, FileEdge, Rename
from aura_core.model.graph import Edge, Node, plain_name, uid_of

T = TypeVar("T")
Graphs = Mapping[str, FileGraph]


class Told(NamedTuple):
    """A node and the digest of its own text."""

    node: Node
    digest: bytes

    @property
    def content(self) -> tuple[object, ...]:
        """What a node says, wherever it stands."""
        return self.node.kind, self.node.signature, self.node.doc, self.digest


def pair_nodes(old: Graphs, new: Graphs, renamed: Iterable[Rename]) -> list[tuple[Told, Told]]:
    """Nodes that are one and the same: of one name in one file (or a renamed one), else of one name and text, where
    that is clear.
    """
    before, after = _told(old), _told(new)
    goes_to = {rename.old: rename.new for rename in renamed}
    pairs = []
    for uid, told in list(before.items()):
        there = uid_of(goes_to.get(told.node.path, told.node.path), told.node.qualname)
        if there in after:
            pairs.append((before.pop(uid), after.pop(there)))
    return pairs + [(before[one], after[other]) for one, other in _moved(before, after)]


def node_sides(old: Graphs, new: Graphs, pairs: Iterable[tuple[Told, Told]]) -> Differences[Node]:
    """Nodes added, removed, changed and moved, by uid."""
    known = list(pairs)
    before, after = _told(old), _told(new)
    for one, other in known:
        del before[one.node.uid], after[other.node.uid]
    differing = sorted((p for p in known if p[0] != p[1]), key=lambda p: p[1].node.uid)
    return Differences(
        added=tuple(after[uid].node for uid in sorted(after)),
        removed=tuple(before[uid].node for uid in sorted(before)),
        changed=tuple((a.node, b.node) for a, b in differing if a.content != b.content),
        moved=tuple((a.node, b.node) for a, b in differing if a.content == b.content),
    )


def edge_sides(old: Graphs, new: Graphs, uids: Mapping[str, str]) -> Differences[FileEdge]:
    """Edges by their ends and kind. ``uids``: where a node of the old graph is in the new one, when elsewhere."""

    def key(at: FileEdge, now: Callable[[str], str]) -> Hashable:
        return now(uid_of(at.path, at.edge.src)), at.edge.kind, now(at.edge.dst)

    stays = _staying(old, new, uids)
    before = (
        FileEdge(path, edge) for path, graph in old.items() for edge in graph.edges if edge not in stays.get(path, ())
    )
    after = (
        FileEdge(path, edge) for path, graph in new.items() for edge in graph.edges if edge not in stays.get(path, ())
    )
    return _sides(before, after, key, uids, lambda at: at.edge.resolution, lambda at: (at.path, at.edge))


def site_sides(old: Graphs, new: Graphs, uids: Mapping[str, str]) -> Differences[FileCallSite]:
    """Unresolved calls by their caller, text and reason; several alike are told apart by their order."""

    def key(at: FileCallSite, now: Callable[[str], str]) -> Hashable:
        return now(uid_of(at.path, at.site.src)), at.site.name, at.site.text, at.site.reason

    before = (FileCallSite(path, site) for path, graph in old.items() for site in graph.unresolved)
    after = (FileCallSite(path, site) for path, graph in new.items() for site in graph.unresolved)
    return _sides(before, after, key, uids, lambda at: at.site.reason, lambda at: (at.path, at.site.line, at.site.src))


def _staying(old: Graphs, new: Graphs, uids: Mapping[str, str]) -> dict[str, set[Edge]]:
    """Edges by file that are the same in both graphs; most of them are, and need no closer look."""
    moved = {*uids, *uids.values()}
    found = {path: set(graph.edges).intersection(new[path].edges) for path, graph in old.items() if path in new}
    if moved:
        found = {
            path: {e for e in edges if not moved.intersection((uid_of(path, e.src), e.dst))}
            for path, edges in found.items()
        }
    return found


def _sides(
    old: Iterable[T],
    new: Iterable[T],
    key: Callable[[T, Callable[[str], str]], Hashable],
    uids: Mapping[str, str],
    content: Callable[[T], object],
    place: Callable[[T], object],
) -> Differences[T]:
    before: dict[Hashable, list[T]] = {}
    for item in old:
        before.setdefault(key(item, lambda uid: uids.get(uid, uid)), []).append(item)
    after: dict[Hashable, list[T]] = {}
    for item in new:
        after.setdefault(key(item, lambda uid: uid), []).append(item)
    added, removed, changed, moved = [], [], [], []
    for each in sorted(
        (each for each in before.keys() | after.keys() if before.get(each) != after.get(each)), key=repr
    ):
        one, other = (sorted(side.get(each, ()), key=repr) for side in (before, after))
        for a, b in zip(one, other, strict=False):
            if content(a) != content(b):
                changed.append((a, b))
            elif place(a) != place(b):
                moved.append((a, b))
        removed += one[len(other) :]
        added += other[len(one) :]
    return Differences(tuple(added), tuple(removed), tuple(changed), tuple(moved))


def _told(graphs: Graphs) -> dict[str, Told]:
    return {
        node.uid: Told(node, digest)
        for graph in graphs.values()
        for node, digest in zip(graph.nodes, graph.digests, strict=True)
    }


def _moved(before: Mapping[str, Told], after: Mapping[str, Told]) -> Iterator[tuple[str, str]]:
    """Uids of definitions that went elsewhere: one of the name, kind and text is gone, and one is new."""
    gone, new = _by_text(before), _by_text(after)
    for text, uids in gone.items():
        if len(uids) == 1 and len(new.get(text, ())) == 1:
            yield uids[0], new[text][0]


def _by_text(told: Mapping[str, Told]) -> dict[Hashable, list[str]]:
    found: dict[Hashable, list[str]] = {}
    for uid, (node, digest) in told.items():
        if digest and node.qualname:
            found.setdefault((plain_name(node.qualname).rpartition(".")[2], node.kind, digest), []).append(uid)
    return found
