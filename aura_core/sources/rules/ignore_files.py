"""What ignore files of all levels say about a path, as git decides it: the deepest file first, in it the last line
that matches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aura_core.sources.paths import from_bytes
from aura_core.sources.rules.globs import BadPattern, Glob, glob


@dataclass(frozen=True, slots=True)
class IgnoreLine:
    """One line of an ignore file; ``keep`` when it began with ``!``."""

    glob: Glob
    keep: bool


def parse_ignore(data: bytes) -> tuple[IgnoreLine, ...]:
    """The lines of an ignore file, last first. Comments, blank lines and patterns that git never matches are left out."""
    lines = []
    for raw in from_bytes(data.removeprefix(b"\xef\xbb\xbf")).split("\n"):
        text = _trimmed(raw.removesuffix("\r"))
        if not text or text.startswith("#"):
            continue
        keep = text.startswith("!")
        try:
            lines.append(IgnoreLine(glob(text[1:] if keep else text), keep))
        except BadPattern:
            continue
    return tuple(reversed(lines))


def _trimmed(line: str) -> str:
    """Without trailing spaces, unless the first of them is escaped."""
    bare = line.rstrip(" ")
    slashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if slashes % 2 and len(bare) < len(line) else bare


class Ignoring:
    """The ignore files of a tree: folder ("" is the top) → its lines, and below all of them ``outer`` lines of the
    top.
    """

    def __init__(self, files: Mapping[str, tuple[IgnoreLine, ...]], outer: tuple[IgnoreLine, ...] = ()) -> None:
        self._files = dict(files)
        self._outer = outer
        self._any = bool(outer) or any(self._files.values())
        self._chains: dict[str, tuple[tuple[int, tuple[IgnoreLine, ...]], ...]] = {}
        self._folders: dict[str, bool | None] = {"": None}

    def add(self, folder: str, lines: tuple[IgnoreLine, ...]) -> None:
        """Learn a folder's ignore file; before anything in the folder is asked about."""
        self._files[folder] = lines
        self._any = self._any or bool(lines)

    def __bool__(self) -> bool:
        return self._any

    def file(self, path: str) -> bool | None:
        """True: ignored; False: kept by a ``!`` line; None: not mentioned. A file in an ignored folder is ignored,
        whatever else is said.
        """
        folder, _, name = path.rpartition("/")
        above = self.folder(folder)
        if above:
            return True
        said = self._said(path, name, folder, is_folder=False)
        return above if said is None else said

    def folder(self, path: str) -> bool | None:
        """The same for a folder; "" is never ignored."""
        known = self._folders.get(path, ...)
        if known is not ...:
            return known
        parent, _, name = path.rpartition("/")
        above = self.folder(parent)
        said = True if above else self._said(path, name, parent, is_folder=True)
        self._folders[path] = above if said is None else said
        return self._folders[path]

    def _said(self, path: str, name: str, folder: str, *, is_folder: bool) -> bool | None:
        for cut, lines in self._chain(folder):
            below = path[cut:]
            for line in lines:
                if line.glob.matches(below, name, is_folder):
                    return not line.keep
        return None

    def _chain(self, folder: str) -> tuple[tuple[int, tuple[IgnoreLine, ...]], ...]:
        """(length of the folder's prefix, lines) of the files that govern a folder, deepest first."""
        known = self._chains.get(folder)
        if known is not None:
            return known
        above = self._chain(folder.rpartition("/")[0]) if folder else ((0, self._outer),)
        own = self._files.get(folder, ())
        cut = len(folder) + 1 if folder else 0
        self._chains[folder] = ((cut, own), *above) if own else above
        return self._chains[folder]
