"""One snapshot, ready for questions: its graph, and the scores of its documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aura_core.model.graph import Edge, EdgeKind, Node, NodeKind, Unresolved
from aura_core.ports.graph import GraphReader, Neighbour
from aura_core.ports.vectors import Codes
from aura_core.views.bm25 import Bm25
from aura_core.views.dense import DenseVectors
from aura_core.views.edges import EdgeRow, EdgeTable, SiteRow
from aura_core.views.mentions import Mentions
from aura_core.views.pagerank import PageRank
from aura_core.views.segments.file import FileIdentity
from aura_core.views.segments.hashes import Ints
from aura_core.views.segments.reader import Segments
from aura_core.views.segments.stack import StackEntry, read_stack
from aura_core.views.segments.symbol_columns import KEY_BYTES, KINDS
from aura_core.views.symbol_search import find_rows
from aura_core.views.symbol_table import SymbolTable

PACKAGE_MODULE_PRIOR = 0.5
"""Factor of the prior of the module document of a package."""


class View(GraphReader):
    """A ``GraphReader`` over memory-mapped segments, with the signals that retrieval ranks by. It is immutable and may
    be shared by threads.

    A *document* is a definition that owns text. Documents, symbols and files have row numbers, which are valid in this
    view only. Rows of deleted files remain: no question finds them, and their scores are 0. Answers do not depend on
    how the view was made: built from nothing, or advanced from another one.
    """

    def __init__(self, stack: Sequence[StackEntry]) -> None:
        self.stack = tuple(stack)
        self.meta = stack[-1].segment.meta
        self.segments = Segments((entry.segment.arrays, entry.deleted) for entry in stack)
        self.symbols = SymbolTable(self.segments)
        self.edge_table = EdgeTable(self.symbols)
        self.bm25 = Bm25(self.segments)
        self.mentions = Mentions(self.segments)
        self.dense = DenseVectors(self.segments)
        self.pagerank = PageRank(self.edge_table, self.segments)
        self.symbol_of: Ints = self.segments.row_column("document_symbol", "symbol")
        """The symbol of each document."""
        self.file_of: Ints = self.segments.row_column("document_file", "file")
        """The file of each document."""

    @classmethod
    def open(cls, file: Path, verified: set[FileIdentity] | None = None) -> View:
        """Map a file that ``build_view`` or ``advance_view`` wrote, and the files that it names.

        ``verified`` are files whose bytes were compared with their checksums already; those read now are added. Raises
        ``FileNotFoundError`` when the file does not exist, ``StoreCorrupt`` when it is damaged, or when one that it
        names is damaged, missing or another.
        """
        return cls(read_stack(file, verified))

    def __len__(self) -> int:
        """Return the number of documents."""
        return int(self.segments.live_documents.sum())

    @cached_property
    def kind_of(self) -> Ints:
        """The place in ``KINDS`` of each document's symbol."""
        kinds: Ints = self.segments.column("symbol_kind")[self.symbol_of]
        return kinds

    @cached_property
    def prior(self) -> npt.NDArray[np.float64]:
        """How likely a change is about each document, 0 to 1, from the path of its file; less for the own code of an
        ``__init__.py``, which mostly names what other files define.
        """
        if not len(self.file_of):
            return np.zeros(0)
        is_package = np.array([path.endswith("__init__.py") for path in self.symbols.path], bool)[self.file_of]
        factor = np.where(is_package & (self.kind_of == KINDS.index(NodeKind.MODULE)), PACKAGE_MODULE_PRIOR, 1.0)
        return factor * (self.segments.column("file_prior") / 100.0)[self.file_of]

    # ---- the graph

    def node(self, uid: str) -> Node | None:
        """Return the node of a uid."""
        row = self.symbols.row(uid)
        return None if row is None else self.symbols.node(row)

    def nodes_in_file(self, path: str) -> Sequence[Node]:
        """Return the nodes of a file in order of position, the module first."""
        file = self.symbols.file(path)
        return [] if file is None else [self.symbols.node(row) for row in self.symbols.rows_in(file)]

    def node_at_line(self, path: str, line: int) -> Node | None:
        """Return the innermost node whose span holds the line."""
        file = self.symbols.file(path)
        row = None if file is None else self.symbols.row_at_line(file, line)
        return None if row is None else self.symbols.node(row)

    def find(self, pattern: str, limit: int = 100) -> Sequence[Node]:
        """Return nodes whose uid, dotted name or qualified name matches a glob (``*``, ``?``); exact matches first,
        then by uid.
        """
        return [self.symbols.node(row) for row in find_rows(self.symbols, pattern, limit)]

    def neighbours(self, uid: str, kinds: Sequence[EdgeKind], *, incoming: bool) -> Sequence[Neighbour]:
        """Return the nodes one step away along edges of these kinds, by uid."""
        row = self.symbols.row(uid)
        if row is None:
            edges = self.edge_table.incoming_to(uid) if incoming else []
        else:
            edges = self.edge_table.incoming(row) if incoming else self.edge_table.outgoing(row)
        neighbours = [
            self._neighbour(edge, edge.source if incoming else edge.target) for edge in edges if edge.kind in kinds
        ]
        return sorted(neighbours, key=lambda n: (n.uid, n.kind, n.resolution, n.lines))

    def sites_named(self, name: str) -> Sequence[tuple[str, Unresolved]]:
        """Return the unresolved call sites that call something of a name, as (path, site)."""
        return list(map(self._unresolved, self.edge_table.sites_by_name(name)))

    def counts(self) -> dict[str, int]:
        """Return the numbers of nodes by kind, of edges by kind, and of unresolved calls."""
        nodes = self.symbols.count_kinds().tolist()
        return {kind.value: count for kind, count in zip(KINDS, nodes, strict=True)} | self.edge_table.counts()

    # ---- the whole snapshot

    def nodes(self) -> Iterator[Node]:
        """Yield every node, in order of files and positions."""
        for file in self.segments.files_by_path.tolist():
            yield from map(self.symbols.node, self.symbols.rows_in(file))

    def edges(self) -> Iterator[tuple[str, Edge]]:
        """Yield (path of the source's file, edge), CONTAINS included."""
        for row in self.edge_table.edges():
            path = self.symbols.path[self.symbols.file_of(row.source)]
            source, target = self.symbols.qualname[row.source], self.edge_table.target_text(row.target)
            yield path, Edge(source, row.kind, target, row.resolution, row.lines)

    def unresolved(self) -> Iterator[tuple[str, Unresolved]]:
        """Yield (path, call site)."""
        return map(self._unresolved, self.edge_table.sites())

    def dangling(self) -> list[str]:
        """Return the edges one of whose ends does not exist, as ``source -> target``."""
        without_target = [
            f"{self.symbols.uid(edge.source)} -> {self.edge_table.target_text(edge.target)}"
            for edge in self.edge_table.dangling()
        ]
        return [*self.edge_table.loose_sources(), *without_target]

    def documents(self) -> Iterable[tuple[int, Node]]:
        """Return (row, node) of every document, in order of files and positions."""
        rows = self.documents_of(KINDS)
        symbols = self.symbol_of[rows].tolist()
        return ((row, self.symbols.node(symbol)) for row, symbol in zip(rows.tolist(), symbols, strict=True))

    def documents_of(self, kinds: Collection[NodeKind]) -> Ints:
        """Return the documents of symbols of some kinds, in order of files and positions."""
        rows = np.argsort(self.segments.path_rank[self.file_of], kind="stable")
        matches = np.isin(self.kind_of, [KINDS.index(kind) for kind in kinds]) & self.segments.live_documents
        return rows[matches[rows]]

    def codes(self, rows: Ints) -> Codes:
        """Return the codes of documents, (len(rows), dimensions)."""
        return self.dense.rows(rows)

    def contents(self) -> dict[str, bytes]:
        """Return the content key of each file, by path."""
        contents: dict[str, bytes] = {}
        for segment in self.segments:
            keys, deleted = segment.arrays["file_content"].tobytes(), set(segment.deleted.tolist())
            for file, path in enumerate(segment.paths()):
                if file not in deleted:
                    contents[path] = keys[file * KEY_BYTES : (file + 1) * KEY_BYTES]
        return contents

    # ---- rows as values

    def _neighbour(self, edge: EdgeRow, end: int) -> Neighbour:
        node = self.symbols.node(end) if end >= 0 else None
        return Neighbour(self.edge_table.target_text(end), node, edge.kind, edge.resolution, edge.lines)

    def _unresolved(self, site: SiteRow) -> tuple[str, Unresolved]:
        path = self.symbols.path[self.symbols.file_of(site.source)]
        return path, Unresolved(self.symbols.qualname[site.source], site.name, site.text, site.reason, site.line)
