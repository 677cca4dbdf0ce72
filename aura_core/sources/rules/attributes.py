"""The few attributes of ``.gitattributes`` that decide what is indexed: generated, vendored, kept in Git LFS, recoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aura_core.sources.paths import from_bytes, to_bytes
from aura_core.sources.rules.globs import BadPattern, Glob, glob

GENERATED = "linguist-generated"
VENDORED = "linguist-vendored"
FILTER = "filter"
ENCODING = "working-tree-encoding"
_WANTED = (GENERATED, VENDORED, FILTER, ENCODING)

Value = str | bool | None
"""Set, unset, a text, or None for "back to unspecified" (``!attribute``)."""


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """One line: a pattern and the wanted attributes that it settles."""

    glob: Glob
    values: Mapping[str, Value]


def parse_attributes(data: bytes) -> tuple[AttributeLine, ...]:
    """The lines that say something about a wanted attribute, last first. Macros and negative patterns mean nothing
    here, as in git.
    """
    lines = []
    for raw in from_bytes(data.removeprefix(b"\xef\xbb\xbf")).split("\n"):
        pattern, words = _split(raw.strip(" \t\r"))
        values = {name: value for name, value in map(_value, words) if name in _WANTED}
        if not pattern or not values or pattern.startswith(("!", "#", "[attr]")):
            continue
        try:
            lines.append(AttributeLine(glob(pattern), values))
        except BadPattern:
            continue
    return tuple(reversed(lines))


def _split(line: str) -> tuple[str, list[str]]:
    """Pattern and words; a pattern in double quotes is written as a C string."""
    if not line.startswith('"'):
        pattern, *words = line.split() or [""]
        return pattern, words
    end = 1
    while end < len(line) and line[end] != '"':
        end += 2 if line[end] == "\\" else 1
    try:
        quoted = to_bytes(line[1:end]).decode("latin-1").encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return "", []
    return from_bytes(quoted.encode("latin-1", "replace")), line[end + 1 :].split()


def _value(word: str) -> tuple[str, Value]:
    if word.startswith("-"):
        return word[1:], False
    if word.startswith("!"):
        return word[1:], None
    name, equals, text = word.partition("=")
    if not equals:
        return name, True
    return name, {"true": True, "false": False}.get(text, text)


class Attributes:
    """The attribute files of a tree: folder ("" is the top) → its lines."""

    def __init__(self, files: Mapping[str, tuple[AttributeLine, ...]]) -> None:
        self._files = {folder: lines for folder, lines in files.items() if lines}

    def __bool__(self) -> bool:
        return bool(self._files)

    def get(self, path: str, attribute: str) -> Value:
        """The value for a file: of the deepest attribute file that settles it, its last line."""
        name = path.rpartition("/")[2]
        folder = path.rpartition("/")[0]
        while True:
            below = path[len(folder) + 1 :] if folder else path
            for line in self._files.get(folder, ()):
                if attribute in line.values and line.glob.matches(below, name, False):
                    return line.values[attribute]
            if not folder:
                return None
            folder = folder.rpartition("/")[0]
