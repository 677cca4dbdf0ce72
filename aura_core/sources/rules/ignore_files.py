"""Decides by the ignore files of all levels as git does: the deepest file first, in it the last line that matches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from aura_core.sources.rules.globs import BadPattern, Glob, compile_glob, split_lines


@dataclass(frozen=True, slots=True)
class IgnoreLine:
    """One line of an ignore file. ``is_negated``: it begins with ``!`` and includes again what others ignore."""

    glob: Glob
    is_negated: bool


def parse_ignore(data: bytes) -> tuple[IgnoreLine, ...]:
    """Return the lines of an ignore file, last first, without comments, blank lines and patterns that never match."""
    lines = []
    for raw_line in split_lines(data):
        text = _without_trailing_spaces(raw_line.removesuffix("\r"))
        if not text or text.startswith("#"):
            continue
        is_negated = text.startswith("!")
        try:
            lines.append(IgnoreLine(compile_glob(text[1:] if is_negated else text), is_negated))
        except BadPattern:
            continue
    # reversed, because the last line that matches decides: the first match is then enough
    return tuple(reversed(lines))


def _without_trailing_spaces(line: str) -> str:
    """Return a line without its trailing spaces; the first of them stays when a backslash escapes it."""
    bare = line.rstrip(" ")
    slashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if slashes % 2 and len(bare) < len(line) else bare


class _FolderLines(NamedTuple):
    """The lines of one ignore file, and how many characters of a path to drop before they are matched."""

    prefix_length: int
    lines: tuple[IgnoreLine, ...]


class IgnoreRules:
    """The ignore files of a tree: folder ("" is the top) -> its lines.

    ``outer_lines`` are the user's own, which come after those of all files.
    """

    def __init__(self, files: Mapping[str, tuple[IgnoreLine, ...]], outer_lines: tuple[IgnoreLine, ...] = ()) -> None:
        self._files = dict(files)
        self._outer_lines = outer_lines
        self._has_lines = bool(outer_lines) or any(self._files.values())
        self._chains: dict[str, tuple[_FolderLines, ...]] = {}
        self._folders: dict[str, bool | None] = {"": None}

    def add(self, folder: str, lines: tuple[IgnoreLine, ...]) -> None:
        """Add a folder's ignore file, before the first question about an entry of the folder."""
        self._files[folder] = lines
        self._has_lines = self._has_lines or bool(lines)

    def __bool__(self) -> bool:
        return self._has_lines

    def ignores_file(self, path: str) -> bool | None:
        """Return True: ignored, False: included again by a ``!`` line, None: no line matches.

        A file in an ignored folder is ignored whatever else matches.
        """
        folder, _, basename = path.rpartition("/")
        is_folder_ignored = self.ignores_folder(folder)
        if is_folder_ignored:
            return True
        is_ignored = self._last_match(path, basename, folder, is_folder=False)
        return is_folder_ignored if is_ignored is None else is_ignored

    def ignores_folder(self, path: str) -> bool | None:
        """Return what ``ignores_file`` returns, for a folder; "" is never ignored."""
        if path in self._folders:
            return self._folders[path]
        parent, _, basename = path.rpartition("/")
        is_parent_ignored = self.ignores_folder(parent)
        is_ignored = True if is_parent_ignored else self._last_match(path, basename, parent, is_folder=True)
        self._folders[path] = is_parent_ignored if is_ignored is None else is_ignored
        return self._folders[path]

    def _last_match(self, path: str, basename: str, folder: str, *, is_folder: bool) -> bool | None:
        for prefix_length, lines in self._chain(folder):
            relative_path = path[prefix_length:]
            for line in lines:
                if line.glob.matches(relative_path, basename, is_folder):
                    return not line.is_negated
        return None

    def _chain(self, folder: str) -> tuple[_FolderLines, ...]:
        """Return the ignore files that apply in a folder, deepest first."""
        chain = self._chains.get(folder)
        if chain is None:
            parent, _, _ = folder.rpartition("/")
            chain = self._chain(parent) if folder else (_FolderLines(0, self._outer_lines),)
            lines = self._files.get(folder, ())
            if lines:
                chain = (_FolderLines(len(folder) + 1 if folder else 0, lines), *chain)
            self._chains[folder] = chain
        return chain
