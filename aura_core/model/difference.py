"""The differences between the graphs of two snapshots."""

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
    """A file under another path. ``same``: whether its bytes are equal."""

    old: str
    new: str
    same: bool


@dataclass(frozen=True, slots=True)
class Differences(Generic[T]):
    """The things of one kind that differ, each once: ``added`` in the new graph only, ``removed`` in the old one only,
    ``changed`` (old, new) in content, ``moved`` (old, new) to another place with the same content.
    """

    added: tuple[T, ...] = ()
    removed: tuple[T, ...] = ()
    changed: tuple[tuple[T, T], ...] = ()
    moved: tuple[tuple[T, T], ...] = ()

    def totals(self) -> dict[str, int]:
        """Return the number of things in each field, by its name."""
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            "changed": len(self.changed),
            "moved": len(self.moved),
        }


@dataclass(frozen=True, slots=True)
class FilesDiff:
    """The files that differ, by path. A ``changed`` one has other facts or edges: it, or what it uses, was edited."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[Rename, ...] = ()

    def totals(self) -> dict[str, int]:
        """Return the number of things in each field, by its name."""
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            "changed": len(self.changed),
            "renamed": len(self.renamed),
        }


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """The differences from an old graph to a new one.

    A changed node has another kind, signature, docstring or text of its own; a changed edge has another resolution.
    What is only elsewhere (on other lines, in another file) has moved. ``comparable``: whether the same version of Aura
    made both graphs.
    """

    files: FilesDiff = FilesDiff()
    nodes: Differences[Node] = Differences()
    edges: Differences[FileEdge] = Differences()
    unresolved: Differences[FileCallSite] = Differences()
    comparable: bool = True
