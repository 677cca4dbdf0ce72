"""What differs between two graphs, from the files that differ."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from aura_core.graphs.files import FileGraph
from aura_core.model.difference import Differences, FileCallSite, FileEdge, Rename
from aura_core.model.graph import Edge, Node, plain_name, uid_of
from aura_core.time_limit import in_time

T = TypeVar("T")
Graphs = Mapping[str, FileGraph]


class NodeText(NamedTuple):
    """A node and the digest of its own text."""

    node: Node
    digest: bytes

    @property
    def content(self) -> tuple[object, ...]:
        """The kind, signature, documentation and text digest of the node, without its place."""
        return self.node.kind, self.node.signature, self.node.doc, self.digest


class NodePair(NamedTuple):
    """One node in two graphs."""

    old: NodeText
    new: NodeText


def pair_nodes(old: Graphs, new: Graphs, renames: Iterable[Rename]) -> list[NodePair]:
    """Return the nodes that are one and the same: of one name in one file (or a renamed one), else of one name and
    text, where that is clear.
    """
    before, after = _texts_by_uid(old), _texts_by_uid(new)
    new_paths = {rename.old: rename.new for rename in renames}
    pairs = []
    # First those that stayed in their file; what is left may have moved elsewhere.
    for old_uid, text in list(before.items()):
        new_uid = uid_of(new_paths.get(text.node.path, text.node.path), text.node.qualname)
        if new_uid in after:
            pairs.append(NodePair(before.pop(old_uid), after.pop(new_uid)))
    return pairs + [NodePair(before[old_uid], after[new_uid]) for old_uid, new_uid in _uids_of_moves(before, after)]


def node_sides(old: Graphs, new: Graphs, pairs: Iterable[NodePair]) -> Differences[Node]:
    """Return the nodes added, removed, changed and moved, by uid."""
    before, after = _texts_by_uid(old), _texts_by_uid(new)
    unequal: list[NodePair] = []
    for pair in pairs:
        del before[pair.old.node.uid], after[pair.new.node.uid]
        if pair.old != pair.new:
            unequal.append(pair)
    unequal.sort(key=lambda pair: pair.new.node.uid)
    return Differences(
        added=tuple(after[uid].node for uid in sorted(after)),
        removed=tuple(before[uid].node for uid in sorted(before)),
        changed=tuple((a.node, b.node) for a, b in unequal if a.content != b.content),
        moved=tuple((a.node, b.node) for a, b in unequal if a.content == b.content),
    )


def edge_sides(old: Graphs, new: Graphs, uids: Mapping[str, str]) -> Differences[FileEdge]:
    """Return the edges added, removed, changed and moved; an edge is known by its ends and its kind.

    ``uids``: the uid in the new graph of each node of the old one that has another uid there.
    """

    def key(item: FileEdge, new_uid: Callable[[str], str]) -> Hashable:
        return new_uid(uid_of(item.path, item.edge.src)), item.edge.kind, new_uid(item.edge.dst)

    equal = _equal_edges(old, new, uids)
    before, after = (
        [
            FileEdge(path, edge)
            for path, graph in graphs.items()
            for edge in graph.edges
            if edge not in equal.get(path, ())
        ]
        for graphs in (old, new)
    )
    return _sides(before, after, key, uids, lambda item: item.edge.resolution, lambda item: (item.path, item.edge))


def site_sides(old: Graphs, new: Graphs, uids: Mapping[str, str]) -> Differences[FileCallSite]:
    """Return the unresolved calls added, removed, changed and moved; a call is known by its caller, name, text and
    reason, and among several alike by their order. ``uids``: as in ``edge_sides``.
    """

    def key(item: FileCallSite, new_uid: Callable[[str], str]) -> Hashable:
        return new_uid(uid_of(item.path, item.site.src)), item.site.name, item.site.text, item.site.reason

    before, after = (
        [FileCallSite(path, site) for path, graph in graphs.items() for site in graph.unresolved]
        for graphs in (old, new)
    )
    return _sides(
        before,
        after,
        key,
        uids,
        lambda item: item.site.reason,
        lambda item: (item.path, item.site.line, item.site.src),
    )


def _equal_edges(old: Graphs, new: Graphs, uids: Mapping[str, str]) -> dict[str, set[Edge]]:
    """Return the edges, by file, that are the same in both graphs; most of them are, and need no closer look."""
    equal = {path: set(graph.edges).intersection(new[path].edges) for path, graph in old.items() if path in new}
    if not uids:
        return equal
    new_places = {*uids, *uids.values()}
    return {
        path: {edge for edge in edges if new_places.isdisjoint((uid_of(path, edge.src), edge.dst))}
        for path, edges in equal.items()
    }


def _sides(
    old: Iterable[T],
    new: Iterable[T],
    key: Callable[[T, Callable[[str], str]], Hashable],
    uids: Mapping[str, str],
    content: Callable[[T], object],
    place: Callable[[T], object],
) -> Differences[T]:
    """Compare the items of each key. Items are paired in order; a pair has changed or moved, and items left over on one
    side were added or removed.
    """
    before = _grouped_by(old, lambda item: key(item, lambda uid: uids.get(uid, uid)))
    after = _grouped_by(new, lambda item: key(item, lambda uid: uid))
    added, removed, changed, moved = [], [], [], []
    # Equal lists need no pairing, and are most of them.
    unequal_keys = (each for each in before.keys() | after.keys() if before.get(each) != after.get(each))
    for each in in_time(sorted(unequal_keys, key=repr)):
        old_items, new_items = (sorted(side.get(each, ()), key=repr) for side in (before, after))
        for a, b in zip(old_items, new_items, strict=False):
            if content(a) != content(b):
                changed.append((a, b))
            elif place(a) != place(b):
                moved.append((a, b))
        removed += old_items[len(new_items) :]
        added += new_items[len(old_items) :]
    return Differences(tuple(added), tuple(removed), tuple(changed), tuple(moved))


def _grouped_by(items: Iterable[T], key: Callable[[T], Hashable]) -> dict[Hashable, list[T]]:
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _texts_by_uid(graphs: Graphs) -> dict[str, NodeText]:
    return {
        node.uid: NodeText(node, digest)
        for graph in graphs.values()
        for node, digest in zip(graph.nodes, graph.digests, strict=True)
    }


def _uids_of_moves(before: Mapping[str, NodeText], after: Mapping[str, NodeText]) -> Iterator[tuple[str, str]]:
    """Yield the old and the new uid of definitions that moved elsewhere: one of a name, kind and text was removed, and
    one was added.
    """
    removed, added = _uids_by_text(before), _uids_by_text(after)
    for text, old_uids in removed.items():
        new_uids = added.get(text, [])
        if len(old_uids) == len(new_uids) == 1:
            yield old_uids[0], new_uids[0]


def _uids_by_text(texts: Mapping[str, NodeText]) -> dict[Hashable, list[str]]:
    uids: dict[Hashable, list[str]] = {}
    for uid, (node, digest) in texts.items():
        if digest and node.qualname:
            _, _, name = plain_name(node.qualname).rpartition(".")
            uids.setdefault((name, node.kind, digest), []).append(uid)
    return uids
