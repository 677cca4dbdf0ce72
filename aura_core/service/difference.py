"""What differs between two snapshots' graphs. Only the rows of files whose manifest entries differ are read."""

from __future__ import annotations

from aura_core.graphs import FileGraph, edge_sides, file_graph, node_sides, pair_nodes, renames, site_sides
from aura_core.indexing.snapshot_reader import Entries, read_files
from aura_core.model.difference import FilesDiff, GraphDiff
from aura_core.model.snapshot import Manifest
from aura_core.ports.stores import Stores
from aura_core.time_limit import in_time


def diff_manifests(stores: Stores, old: Manifest, new: Manifest) -> GraphDiff:
    """Return what leads from the graph of one snapshot to that of another one of the same repository."""
    if old.digest == new.digest:
        return GraphDiff()
    old_entries, new_entries = _differing_entries(old, new), _differing_entries(new, old)
    old_graphs, new_graphs = _graphs(stores, old_entries), _graphs(stores, new_entries)
    removed = {path: entry.blob for path, entry in old_entries.items() if path not in new.entries}
    added = {path: entry.blob for path, entry in new_entries.items() if path not in old.entries}
    renamed = tuple(renames(removed, added, old_graphs, new_graphs))
    # A renamed file is neither added nor removed: whatever differs is in exactly one list.
    renamed_paths = {path for rename in renamed for path in (rename.old, rename.new)}
    pairs = pair_nodes(old_graphs, new_graphs, renamed)
    # Edges and calls of a node that moved are compared under its new uid; else all of them would differ.
    uids = {a.node.uid: b.node.uid for a, b in pairs if a.node.uid != b.node.uid}
    files = FilesDiff(
        tuple(path for path in added if path not in renamed_paths),
        tuple(path for path in removed if path not in renamed_paths),
        tuple(path for path in new_entries if path in old.entries),
        renamed,
    )
    return GraphDiff(
        files,
        node_sides(old_graphs, new_graphs, pairs),
        edge_sides(old_graphs, new_graphs, uids),
        site_sides(old_graphs, new_graphs, uids),
        comparable=old.versions == new.versions,
    )


def _graphs(stores: Stores, entries: Entries) -> dict[str, FileGraph]:
    """Return the graph of each file, by path."""
    return {path: file_graph(path, facts, fragment) for path, facts, fragment in in_time(read_files(stores, entries))}


def _differing_entries(manifest: Manifest, other: Manifest) -> Entries:
    """Return the entries whose part of the graph is not the same in the other manifest, by path. Equal facts and
    fragments are equal graphs, whatever was read to make them.
    """
    return {
        path: entry
        for path, entry in sorted(manifest.entries.items())
        if (twin := other.entries.get(path)) is None or (twin.facts, twin.fragment) != (entry.facts, entry.fragment)
    }
