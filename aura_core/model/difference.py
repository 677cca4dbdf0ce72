"""What differs between the graphs of two snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from aura_core.model.graph import Edge, Node, Unresolved

T = TypeVar("T")


class FileEdge(NamedTuple):
    """An edge, and the file that its source is in."""

    path: str
    edge: Edge


class FileCallSite(NamedTuple):
    """An unresolved call, and the file that it is in."""

    path: str
    site: Unresolved


class Rename(NamedTuple):
    """A file under another path; ``same`` when its bytes did not change."""

    old: str
    new: str
    same: bool


@dataclass(frozen=True, slots=True)
class Differences(Generic[T]):
    """Each thing that differs, once: in the new graph alone, in the old one alone, in both with another content, or in
    both at another place.
    """

    added: tuple[T, ...] = ()
    removed: tuple[T, ...] = ()
    changed: tuple[tuple[T, T], ...] = ()
    moved: tuple[tuple[T, T], ...] = ()

    def totals(self) -> dict[str, int]:
        """How many of each."""
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            "changed": len(self.changed),
            "moved": len(self.moved),
        }


@dataclass(frozen=True, slots=True)
class FilesDiff:
    """Files by path. A ``changed`` one has other facts or other edges: it was edited, or something that it uses was."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[Rename, ...] = ()

    def totals(self) -> dict[str, int]:
        """How many of each."""
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            "changed": len(self.changed),
            "renamed": len(self.renamed),
        }


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """From an old graph to a new one. A changed node has another kind, signature, docstring or text of its own; a
    changed edge was resolved otherwise. What only stands elsewhere (other lines, another file) has moved.
    ``comparable``: both were made by the same version of Aura.
    """

    files: FilesDiff = FilesDiff()
    nodes: Differences[Node] = Differences()
    edges: Differences[FileEdge] = Differences()
    unresolved: Differences[FileCallSite] = Differences()
    comparable: bool = True
