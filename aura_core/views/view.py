"""One snapshot, ready for questions: its graph, and the scores of its documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from aura_core.model.graph import Edge, EdgeKind, Node, NodeKind, Unresolved, plain_name, split_uid
from aura_core.ports.graph import Callers, GraphReader, Neighbour
from aura_core.ports.vectors import Codes
from aura_core.views.bm25 import Lexical
from aura_core.views.dense import Dense
from aura_core.views.edges import Link, LinkTable, Site
from aura_core.views.mentions import Mentions
from aura_core.views.pagerank import Walk
from aura_core.views.segments.hashing import Ints
from aura_core.views.segments.reader import Parts
from aura_core.views.segments.stack import Layer, read_layers
from aura_core.views.segments.symbol_columns import CONTENT, KINDS
from aura_core.views.symbol_search import find_rows
from aura_core.views.symbol_table import SymbolTable


class View(GraphReader):
    """A ``GraphReader`` over memory-mapped segments, and the signals that retrieval ranks by. Immutable; threads may
    share it.

    A *document* is a definition that owns text; documents, symbols and files have row numbers that mean something in
    this view only. Some rows may be dead: no question finds them, and their scores are 0. Answers do not depend on how
    the view came to be: built from nothing, or advanced from another one.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = tuple(layers)
        self.meta = layers[-1].segment.meta
        self.parts = Parts([(layer.segment.arrays, layer.dead) for layer in layers])
        self.symbols = SymbolTable(self.parts)
        self.links = LinkTable(self.symbols)
        self.lexical = Lexical(self.parts)
        self.mentions = Mentions(self.parts)
        self.dense = Dense(self.parts)
        self.walk = Walk(self.links, self.parts)
        self.symbol_of: Ints = self.parts.joined("document_symbol", "symbol")
        self.file_of: Ints = self.parts.joined("document_file", "file")
        self.prior = (self.parts.joined("file_prior") / 100.0)[self.file_of] if len(self.file_of) else np.zeros(0)

    @classmethod
    def open(cls, file: Path) -> View:
        """Map a file that ``build_view`` or ``advance_view`` wrote, and those that it names. Raises
        ``FileNotFoundError`` when it is not there,
        ``StoreCorrupt`` when it is not whole or one that it names is another or gone.
        """
        return cls(read_layers(file))

    def __len__(self) -> int:
        """How many documents there are."""
        return int(self.parts.document_alive.sum())

    @cached_property
    def kind_of(self) -> Ints:
        """The place in ``KINDS`` of each document's symbol."""
        kinds: Ints = self.parts.joined("symbol_kind")[self.symbol_of]
        return kinds

    # ---- the graph

    def node(self, uid: str) -> Node | None:
        """By uid."""
        row = self.symbols.row(uid)
        return None if row is None else self.symbols.node(row)

    def nodes_in_file(self, path: str) -> Sequence[Node]:
        """In order of position, the module first."""
        file = self.symbols.file(path)
        return [] if file is None else [self.symbols.node(row) for row in self.symbols.rows_in(file)]

    def node_at_line(self, path: str, line: int) -> Node | None:
        """The innermost node whose span holds the line."""
        file = self.symbols.file(path)
        row = None if file is None else self.symbols.at_line(file, line)
        return None if row is None else self.symbols.node(row)

    def find(self, pattern: str, limit: int = 100) -> Sequence[Node]:
        """By glob (``*``, ``?``) over uid, dotted name or qualified name; exact matches first, then by uid."""
        return [self.symbols.node(row) for row in find_rows(self.symbols, pattern, limit)]

    def neighbours(self, uid: str, kinds: Sequence[EdgeKind], *, incoming: bool) -> Sequence[Neighbour]:
        """One step along edges of these kinds, by uid."""
        row = self.symbols.row(uid)
        if row is None:
            links = self.links.incoming_to(uid) if incoming else []
        else:
            links = self.links.incoming(row) if incoming else self.links.outgoing(row)
        found = [
            self._neighbour(link, link.source if incoming else link.target) for link in links if link.kind in kinds
        ]
        return sorted(found, key=lambda n: (n.uid, n.kind, n.resolution, n.lines))

    def callers(self, uid: str) -> Callers:
        """Incoming CALLS, with the honest remainder; a constructor is also called by its class's name."""
        _, qualname = split_uid(uid)
        names = plain_name(qualname).split(".")
        asked = names[-2:] if names[-1] == "__init__" else names[-1:]
        sites = [site for name in asked if name for site in self.links.sites_named(name)]
        return Callers(
            self.neighbours(uid, (EdgeKind.CALLS,), incoming=True), [self._unresolved(site) for site in sites]
        )

    def counts(self) -> dict[str, int]:
        """Nodes by kind, edges by kind, unresolved calls."""
        nodes = self.symbols.kinds().tolist()
        return {kind.value: number for kind, number in zip(KINDS, nodes, strict=True)} | self.links.counts()

    # ---- all of it

    def nodes(self) -> Iterator[Node]:
        """Every node, in order of files and positions."""
        return (self.symbols.node(row) for file in self.parts.in_order.tolist() for row in self.symbols.rows_in(file))

    def edges(self) -> Iterator[tuple[str, Edge]]:
        """(path of the source's file, edge), CONTAINS included."""
        for link in self.links.edges():
            path = self.symbols.path[self.symbols.file_of(link.source)]
            yield (
                path,
                Edge(
                    self.symbols.qualname[link.source],
                    link.kind,
                    self.links.text_of(link.target),
                    link.resolution,
                    link.lines,
                ),
            )

    def unresolved(self) -> Iterator[tuple[str, Unresolved]]:
        """(path, call site)."""
        return map(self._unresolved, self.links.sites())

    def dangling(self) -> list[str]:
        """Edges one of whose ends does not exist, as ``source -> target``."""
        loose = [
            f"{self.symbols.uid(link.source)} -> {self.links.text_of(link.target)}" for link in self.links.dangling()
        ]
        return [*self.links.loose_sources(), *loose]

    def documents(self) -> Iterable[tuple[int, Node]]:
        """(row, node) of every document, in order of files and positions."""
        rows = self.documents_of(KINDS)
        return (
            (row, self.symbols.node(symbol))
            for row, symbol in zip(rows.tolist(), self.symbol_of[rows].tolist(), strict=True)
        )

    def documents_of(self, kinds: Collection[NodeKind]) -> Ints:
        """The rows of the documents of symbols of some kinds, in order of files and positions."""
        rows = np.argsort(self.parts.rank[self.file_of], kind="stable")
        wanted = np.isin(self.kind_of, [KINDS.index(kind) for kind in kinds]) & self.parts.document_alive
        return rows[wanted[rows]]

    def codes(self, rows: Ints) -> Codes:
        """Codes of some documents, (len(rows), dimensions)."""
        return self.dense.rows(rows)

    def contents(self) -> dict[str, bytes]:
        """The key of each file, by path."""
        found: dict[str, bytes] = {}
        for part in self.parts.all:
            keys, dead = part.arrays["file_content"].tobytes(), set(part.dead.tolist())
            paths = enumerate(part.paths())
            found |= {path: keys[n * CONTENT : (n + 1) * CONTENT] for n, path in paths if n not in dead}
        return found

    # ---- inside

    def _neighbour(self, link: Link, end: int) -> Neighbour:
        return Neighbour(
            self.links.text_of(end),
            self.symbols.node(end) if end >= 0 else None,
            link.kind,
            link.resolution,
            link.lines,
        )

    def _unresolved(self, site: Site) -> tuple[str, Unresolved]:
        path = self.symbols.path[self.symbols.file_of(site.source)]
        return path, Unresolved(self.symbols.qualname[site.source], site.name, site.text, site.reason, site.line)
