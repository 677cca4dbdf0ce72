"""What differs between two snapshots' graphs: only the rows of files whose manifest entries differ are read."""

from __future__ import annotations

from aura_core.graphs import edge_sides, node_sides, pair_nodes, renames, site_sides
from aura_core.indexing.steps.graph import manifest_of
from aura_core.model.difference import FilesDiff, GraphDiff
from aura_core.ports.stores import Stores
from aura_core.service.locate import Located
from aura_core.service.rows import Entries, graphs


def diff_snapshots(stores: Stores, old: Located, new: Located) -> GraphDiff:
    """From one snapshot of a repository to another."""
    if old.digest == new.digest:
        return GraphDiff()
    one, other = (manifest_of(stores, at.repository.id, at.sha) for at in (old, new))
    before, after = _differing(one.entries, other.entries), _differing(other.entries, one.entries)
    was, now = graphs(stores, before), graphs(stores, after)
    gone = {path: entry.blob for path, entry in before.items() if path not in other.entries}
    come = {path: entry.blob for path, entry in after.items() if path not in one.entries}
    renamed = tuple(renames(gone, come, was, now))
    used = {path for rename in renamed for path in rename[:2]}
    pairs = pair_nodes(was, now, renamed)
    uids = {a.node.uid: b.node.uid for a, b in pairs if a.node.uid != b.node.uid}
    return GraphDiff(
        FilesDiff(
            tuple(path for path in come if path not in used),
            tuple(path for path in gone if path not in used),
            tuple(path for path in after if path in one.entries),
            renamed,
        ),
        node_sides(was, now, pairs),
        edge_sides(was, now, uids),
        site_sides(was, now, uids),
        one.versions == other.versions,
    )


def _differing(entries: Entries, others: Entries) -> Entries:
    """Entries that make another part of the graph there, by path. Equal facts and fragments are equal graphs, whatever
    was read for them.
    """
    there = others.get
    return {
        path: entry
        for path, entry in sorted(entries.items())
        if (other := there(path)) is None or (other.facts, other.fragment) != (entry.facts, entry.fragment)
    }
