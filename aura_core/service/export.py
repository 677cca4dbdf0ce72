"""A snapshot's graph as rows of JSON values: sorted, complete, the same for the same digest, with the rows of a few
files held at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aura_core.errors import InvalidRequest
from aura_core.graphs import containment, nodes_of
from aura_core.indexing.snapshot_reader import Entries, read_files, read_fragments
from aura_core.model.graph import (
    EXTERNAL,
    ROW_KINDS,
    Edge,
    EdgeKind,
    Node,
    NodeKind,
    Unresolved,
    plain_name,
    split_uid,
    uid_of,
)
from aura_core.model.snapshot import Manifest
from aura_core.ports.stores import Stores
from aura_core.sources.rules.globs import BadPattern, compile_glob
from aura_core.time_limit import in_time

Row = dict[str, object]

MAX_PATTERN_CHARS = 4_096


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows to export: of these kinds or types (of all when ``kinds`` is empty), in files whose path ``has_file``
    accepts. Two filters that choose the same have the same ``spelling``.
    """

    kinds: frozenset[str]
    has_file: Callable[[str], bool]
    spelling: str

    def may_have(self, row_type: str, kinds: Iterable[StrEnum] = ()) -> bool:
        """Return whether any row of this type, which can be of these kinds, passes."""
        return not self.kinds or row_type in self.kinds or not self.kinds.isdisjoint(kind.value for kind in kinds)

    def passes(self, row: Row) -> bool:
        """Return whether a row is of a chosen kind or type."""
        return not self.kinds or row["type"] in self.kinds or row.get("kind") in self.kinds


def row_filter(kinds: Sequence[str] = (), path: str = "") -> RowFilter:
    """Return a filter by kind or type, and by a glob over the path of the file that a row is in: ``*`` within a folder,
    ``**`` across, a name alone in any folder, a folder for all that is in it. Raises ``InvalidRequest``.
    """
    if unknown := sorted(set(kinds) - set(ROW_KINDS)):
        raise InvalidRequest(
            f"There is no kind {unknown[0][:100]!r}.", remedy=f"The kinds are {', '.join(ROW_KINDS)}.", field="kind"
        )
    spelling = f"{','.join(sorted(set(kinds)))};{path}"
    return RowFilter(frozenset(kinds), _path_matcher(path) if path else lambda _: True, spelling)


def export_rows(stores: Stores, manifest: Manifest, rows: RowFilter) -> Iterator[Row]:
    """Yield nodes by place, then edges by source, then unresolved call sites by place."""
    entries = {path: entry for path, entry in manifest.entries.items() if rows.has_file(path)}
    if rows.may_have("node", NodeKind):
        yield from filter(rows.passes, _node_rows(stores, entries))
    # Unresolved calls have no kind of their own: only their type chooses them.
    has_edges, has_sites = rows.may_have("edge", EdgeKind), rows.may_have("unresolved")
    if not has_edges and not has_sites:
        return
    # Edges lead to any file, so names need the modules of all files, also of those that are not exported.
    name_of = _namer({path: fragment.module for path, fragment in in_time(read_fragments(stores, manifest.entries))})
    if has_edges:
        contained = rows.may_have("edge", [EdgeKind.CONTAINS])
        yield from filter(rows.passes, _edge_rows(stores, entries, name_of, contained=contained))
    if has_sites:
        yield from _site_rows(stores, entries, name_of)


def _node_rows(stores: Stores, entries: Entries) -> Iterator[Row]:
    for path, facts, fragment in in_time(read_files(stores, entries)):
        yield from map(node_row, sorted(nodes_of(path, facts, fragment), key=lambda n: (n.start_line, n.qualname)))


def _edge_rows(stores: Stores, entries: Entries, name_of: Callable[[str], str], *, contained: bool) -> Iterator[Row]:
    for path, edges in _edges_by_file(stores, entries, contained=contained):
        for edge in sorted(edges, key=lambda e: (e.src, e.kind, e.dst, e.resolution, e.lines)):
            yield edge_row(path, edge, name_of)


def _edges_by_file(stores: Stores, entries: Entries, *, contained: bool) -> Iterator[tuple[str, Sequence[Edge]]]:
    """Yield (path, edges) of each file. Containment follows from the facts, which are large and read only for it."""
    if not contained:
        yield from ((path, fragment.edges) for path, fragment in in_time(read_fragments(stores, entries)))
        return
    for path, facts, fragment in in_time(read_files(stores, entries)):
        yield path, (*fragment.edges, *containment(path, facts))


def _site_rows(stores: Stores, entries: Entries, name_of: Callable[[str], str]) -> Iterator[Row]:
    for path, fragment in in_time(read_fragments(stores, entries)):
        for site in sorted(fragment.unresolved, key=lambda u: (u.line, u.src, u.text, u.reason)):
            yield site_row(path, site, name_of)


def _namer(modules: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that gives the full name of a uid, as ``full_name`` makes it."""

    def name(uid: str) -> str:
        path, qualname = split_uid(uid)
        return _dotted_name(modules.get(path, ""), qualname, uid)

    return name


def _path_matcher(pattern: str) -> Callable[[str], bool]:
    """Return a function that says whether a path, or a folder that it is in, fits a glob. Raises ``InvalidRequest``."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise InvalidRequest(
            f"A path's pattern has at most {MAX_PATTERN_CHARS:,} characters.", remedy="Shorten it.", field="path"
        )
    try:
        compiled = compile_glob(pattern)
    except BadPattern as error:
        raise InvalidRequest(
            f"{pattern[:200]!r} is no pattern.", remedy="Write a folder, a name, or a path with * and **.", field="path"
        ) from error

    def matches(path: str) -> bool:
        # `shop/` fits all below it, so each folder of the path is tried, and the file itself last.
        parts = path.split("/")
        return any(
            compiled.matches("/".join(parts[:end]), parts[end - 1], end < len(parts))
            for end in range(1, len(parts) + 1)
        )

    return matches


def full_name(node: Node) -> str:
    """Return ``pkg.mod.Class.method``, as people write it; definitions of one name share it. Files without a module go
    by their path.
    """
    return _dotted_name(node.module, node.qualname, node.uid)


def _dotted_name(module: str, qualname: str, uid: str) -> str:
    return ".".join(filter(None, (module, plain_name(qualname)))) if module else uid


def node_row(node: Node) -> Row:
    """Return one node as a row. Lines are 1-based and inclusive."""
    return {
        "type": "node",
        "uid": node.uid,
        "kind": node.kind.value,
        "name": full_name(node),
        "path": node.path,
        "start": node.start_line,
        "end": node.end_line,
    }


def edge_row(path: str, edge: Edge, name_of: Callable[[str], str]) -> Row:
    """Return one edge with all its sites as a row; an external target is a dotted import path and has no uid."""
    source, external = uid_of(path, edge.src), edge.dst.startswith(EXTERNAL)
    return {
        "type": "edge",
        "kind": edge.kind.value,
        "source": name_of(source),
        "target": edge.dst.removeprefix(EXTERNAL) if external else name_of(edge.dst),
        "source_uid": source,
        "target_uid": None if external else edge.dst,
        "how": edge.resolution.value,
        "line": edge.lines[0] if edge.lines else None,
        "lines": list(edge.lines),
        "external": external,
    }


def site_row(path: str, site: Unresolved, name_of: Callable[[str], str]) -> Row:
    """Return one call site whose target is not known as a row."""
    source = uid_of(path, site.src)
    return {
        "type": "unresolved",
        "source": name_of(source),
        "source_uid": source,
        "text": site.text,
        "line": site.line,
        "reason": site.reason,
    }
