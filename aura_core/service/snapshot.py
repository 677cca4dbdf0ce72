"""One published snapshot that answers questions: located once, its view and its git source opened when needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aura_core import indexing
from aura_core.embedding import static_embedder
from aura_core.errors import SourceGone
from aura_core.model.context import ContextPack, ContextRequest, SearchHit
from aura_core.model.difference import GraphDiff
from aura_core.model.graph import Node
from aura_core.model.repository import Repository
from aura_core.model.snapshot import Manifest
from aura_core.parsing import language_of, text_lines
from aura_core.ports.snapshots import RowKind
from aura_core.service.difference import diff_manifests
from aura_core.service.export import Row, RowFilter, export_rows, row_filter
from aura_core.service.lag import answer_lag
from aura_core.service.locate import OpenRepository
from aura_core.views import View


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that can be answered from. ``ref`` is the published name that led to it, "" for an exact commit."""

    open_repository: OpenRepository
    sha: str
    digest: str
    ref: str = ""

    @property
    def repository(self) -> Repository:
        """The repository that it is of."""
        return self.open_repository.record

    @property
    def repo(self) -> str:
        """The id of its repository."""
        return self.open_repository.id

    @property
    def names(self) -> dict[str, str]:
        """``repo``, ``sha`` and ``digest``: how every answer says where it comes from."""
        return {"repo": self.repo, "sha": self.sha, "digest": self.digest}

    @cached_property
    def manifest(self) -> Manifest:
        """Its files and the rows that they are made of. Raises ``SnapshotNotReady`` when it was deleted meanwhile."""
        return indexing.manifest_of(self.open_repository.stores, self.repo, self.sha)

    @property
    def unreadable(self) -> list[str]:
        """The paths of files that are not in it because git could not read them."""
        return [path for path, _ in indexing.unreadable_files(self.open_repository.stores, self.repo, self.sha)]

    @cached_property
    def view(self) -> View:
        """Its read form, opened from the cache or built. Raises ``SnapshotNotReady`` when it was deleted meanwhile."""
        return indexing.ensure_view(self.open_repository.stores, self.repo, self.sha)

    def context(self, request: ContextRequest) -> ContextPack:
        """Return the best context for a task within a budget of tokens. Raises as ``retrieval.answer``."""
        # Imported here: commands that only ask the graph start without ranking and tokens.
        from aura_core import retrieval
        from aura_core.tokens import TokenCounter

        return retrieval.answer(
            self.view,
            self.read,
            request,
            TokenCounter(request.encoding),
            static_embedder(),
            **self.names,
            lag=answer_lag(self.open_repository, self.sha),
        )

    def search(self, query: str, *, limit: int = 20) -> list[SearchHit]:
        """Return the symbols and sections that fit a query best, with snippets. Raises as ``retrieval.search``."""
        from aura_core import retrieval

        return retrieval.search(self.view, self.read, query, limit, static_embedder())

    def graph(self) -> View:
        """Return the reader of the code graph."""
        return self.view

    def clusters(self, *, latest: bool) -> Mapping[str, Any]:
        """Return groups of symbols that belong together: ``clusters``, ``silhouette``, ``symbols``, ``embedder``, and
        in ``sha`` the snapshot that they were made of. With ``latest`` those that a sync made last, which may be of a
        commit a little older than this one; else of exactly this one.
        """
        return indexing.clusters_at(self.open_repository.stores, self.repo, self.sha, latest=latest)

    def export(self, rows: RowFilter | None = None) -> Iterator[Row]:
        """Yield the graph, or the part of it that passes ``rows``, as JSON values. They are read from the stores, a few
        files at a time; no view is built.
        """
        return export_rows(self.open_repository.stores, self.manifest, rows or row_filter())

    def difference_from(self, old: Snapshot) -> GraphDiff:
        """Return what leads from the graph of ``old``, a snapshot of the same repository, to this one's."""
        return diff_manifests(self.open_repository.stores, old.manifest, self.manifest)

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob that an answer names, from git, else from the stored texts of working trees.
        Raises ``SourceGone``.
        """
        try:
            return self.open_repository.source.read(blob)
        except SourceGone:
            # Edits that were never committed are in no git object; their text is stored with the snapshot.
            text = self.open_repository.stores.snapshots.rows(RowKind.TEXT, [bytes.fromhex(blob)]).get(
                bytes.fromhex(blob)
            )
            if text is None:
                raise
            return text

    def source_lines(self, node: Node) -> list[str]:
        """Return the lines of a symbol. Raises ``SourceGone`` when the repository no longer has the file's text."""
        entry = self.manifest.entries.get(node.path)
        if entry is None:
            raise SourceGone(
                f"The text of {node.path} at {self.sha[:12]} is no longer stored.",
                remedy="Index again: `aura index`.",
            )
        # Lines of a node are 1-based and inclusive.
        lines = text_lines(self.read(entry.blob), language_of(node.path))
        return [line.removesuffix("\n") for line in lines[node.start_line - 1 : node.end_line]]
