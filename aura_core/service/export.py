"""A snapshot's graph as rows of JSON values: sorted, complete, the same for the same digest, with the rows of a few
files held at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aura_core.errors import InvalidRequest
from aura_core.graphs import containment, nodes_of
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
from aura_core.service import rows
from aura_core.sources.rules.globs import BadPattern, glob

Row = dict[str, object]

MAX_PATTERN_CHARS = 4_096


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of these kinds or types (all when none is named), in files that ``fits``. ``spelling`` is the same
    for the same wish.
    """

    kinds: frozenset[str]
    fits: Callable[[str], bool]
    spelling: str

    def some(self, row_type: str, kinds: Sequence[str] = ()) -> bool:
        """Whether a row of this type, or of one of these kinds, can be wanted."""
        return not self.kinds or row_type in self.kinds or not self.kinds.isdisjoint(kinds)

    def this(self, row: Row) -> bool:
        """Whether a row is wanted."""
        return not self.kinds or row["type"] in self.kinds or row.get("kind") in self.kinds


def wanted_rows(kinds: Sequence[str] = (), path: str = "") -> Wanted:
    """Rows by kind or type, and by a glob over the path of the file that they are in: ``*`` within a folder, ``**``
    across, a name alone in any folder, a folder for all that is in it. Raises ``InvalidRequest``.
    """
    if unknown := sorted(set(kinds) - set(ROW_KINDS)):
        raise InvalidRequest(
            f"There is no kind {unknown[0][:100]!r}.", remedy=f"The kinds are {', '.join(ROW_KINDS)}.", field="kind"
        )
    return Wanted(
        frozenset(kinds), _fitting(path) if path else lambda _: True, f"{','.join(sorted(set(kinds)))};{path}"
    )


def export_rows(stores: Stores, manifest: Manifest, wanted: Wanted) -> Iterator[Row]:
    """Nodes by place, then edges by source, then unresolved call sites by place."""
    entries = {path: entry for path, entry in manifest.entries.items() if wanted.fits(path)}
    if wanted.some("node", [kind.value for kind in NodeKind]):
        yield from filter(wanted.this, _nodes(stores, entries))
    edges, sites = wanted.some("edge", [kind.value for kind in EdgeKind]), wanted.some("unresolved")
    if edges or sites:
        name_of = _namer({path: fragment.module for path, fragment in rows.fragments(stores, manifest.entries)})
    if edges:
        yield from filter(
            wanted.this, _edges(stores, entries, name_of, contained=wanted.some("edge", [EdgeKind.CONTAINS.value]))
        )
    if sites:
        yield from _sites(stores, entries, name_of)


def _nodes(stores: Stores, entries: rows.Entries) -> Iterator[Row]:
    for path, facts, fragment in rows.files(stores, entries):
        yield from map(node_row, sorted(nodes_of(path, facts, fragment), key=lambda n: (n.start_line, n.qualname)))


def _edges(stores: Stores, entries: rows.Entries, name_of: Callable[[str], str], *, contained: bool) -> Iterator[Row]:
    for path, edges in _edges_by_file(stores, entries, contained=contained):
        for edge in sorted(edges, key=lambda e: (e.src, e.kind, e.dst, e.resolution, e.lines)):
            yield edge_row(path, edge, name_of)


def _edges_by_file(stores: Stores, entries: rows.Entries, *, contained: bool) -> Iterator[tuple[str, Sequence[Edge]]]:
    """Containment follows from the facts, which are large: they are read only for it."""
    if not contained:
        yield from ((path, fragment.edges) for path, fragment in rows.fragments(stores, entries))
        return
    for path, facts, fragment in rows.files(stores, entries):
        yield path, (*fragment.edges, *containment(path, facts))


def _sites(stores: Stores, entries: rows.Entries, name_of: Callable[[str], str]) -> Iterator[Row]:
    for path, fragment in rows.fragments(stores, entries):
        for site in sorted(fragment.unresolved, key=lambda u: (u.line, u.src, u.text, u.reason)):
            yield site_row(path, site, name_of)


def _namer(modules: Mapping[str, str]) -> Callable[[str], str]:
    """Names by uid, as ``full_name`` makes them."""

    def name(uid: str) -> str:
        path, qualname = split_uid(uid)
        module = modules.get(path, "")
        return ".".join(part for part in (module, plain_name(qualname)) if part) if module else uid

    return name


def _fitting(path: str) -> Callable[[str], bool]:
    if len(path) > MAX_PATTERN_CHARS:
        raise InvalidRequest(
            f"A path's pattern has at most {MAX_PATTERN_CHARS:,} characters.", remedy="Shorten it.", field="path"
        )
    try:
        pattern = glob(path)
    except BadPattern as error:
        raise InvalidRequest(
            f"{path[:200]!r} is no pattern.", remedy="Write a folder, a name, or a path with * and **.", field="path"
        ) from error

    def fits(text: str) -> bool:
        parts = text.split("/")
        ends = range(1, len(parts) + 1)
        return any(pattern.matches("/".join(parts[:end]), parts[end - 1], end < len(parts)) for end in ends)

    return fits


def full_name(node: Node) -> str:
    """``pkg.mod.Class.method``, as people write it: a later definition of a name has the same one. Files without a
    module go by their path.
    """
    if not node.module:
        return node.uid
    return ".".join(part for part in (node.module, plain_name(node.qualname)) if part)


def node_row(node: Node) -> Row:
    """One node. Lines are 1-based and inclusive."""
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
    """One edge with all its sites; an external target is a dotted import path and has no uid."""
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
    """One call site whose target is not known."""
    source = uid_of(path, site.src)
    return {
        "type": "unresolved",
        "source": name_of(source),
        "source_uid": source,
        "text": site.text,
        "line": site.line,
        "reason": site.reason,
    }
