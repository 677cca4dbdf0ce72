"""Reads the attributes of ``.gitattributes`` that decide what is indexed: generated, vendored, Git LFS, encoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aura_core.sources.paths import decode_path, encode_path
from aura_core.sources.rules.globs import BadPattern, Glob, compile_glob, split_lines

GENERATED = "linguist-generated"
VENDORED = "linguist-vendored"
FILTER = "filter"
ENCODING = "working-tree-encoding"
_RELEVANT_ATTRIBUTES = (GENERATED, VENDORED, FILTER, ENCODING)

Value = str | bool | None
"""The value of an attribute: True (set), False (unset), a text, or None for "unspecified again" (``!attribute``)."""


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """One line: a pattern, and the values of the deciding attributes that it sets."""

    glob: Glob
    values: Mapping[str, Value]


def parse_attributes(data: bytes) -> tuple[AttributeLine, ...]:
    """Return the lines that set a deciding attribute, last first.

    Macros and negative patterns have no effect here, as in git.
    """
    lines = []
    for raw_line in split_lines(data):
        pattern, words = _split(raw_line.strip(" \t\r"))
        values = {name: value for name, value in map(_value, words) if name in _RELEVANT_ATTRIBUTES}
        if not pattern or not values or pattern.startswith(("!", "#", "[attr]")):
            continue
        try:
            lines.append(AttributeLine(compile_glob(pattern), values))
        except BadPattern:
            continue
    # reversed, because the last line that sets an attribute wins: the first match is then enough
    return tuple(reversed(lines))


def _split(line: str) -> tuple[str, list[str]]:
    """Return the pattern and the words behind it; a pattern in double quotes is written as a C string."""
    if not line.startswith('"'):
        pattern, *words = line.split() or [""]
        return pattern, words
    end = 1
    while end < len(line) and line[end] != '"':
        end += 2 if line[end] == "\\" else 1
    try:
        # "unicode_escape" reads Latin-1: every byte becomes one character and back again.
        text = encode_path(line[1:end]).decode("latin-1").encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return "", []
    return decode_path(text.encode("latin-1", "replace")), line[end + 1 :].split()


def _value(word: str) -> tuple[str, Value]:
    """Return the attribute that a word names, and the value that it sets."""
    if word.startswith("-"):
        return word[1:], False
    if word.startswith("!"):
        return word[1:], None
    name, equals, text = word.partition("=")
    if not equals:
        return name, True
    return name, {"true": True, "false": False}.get(text, text)


class Attributes:
    """The attribute files of a tree: folder ("" is the top) -> its lines."""

    def __init__(self, files: Mapping[str, tuple[AttributeLine, ...]]) -> None:
        self._files = {folder: lines for folder, lines in files.items() if lines}

    def __bool__(self) -> bool:
        return bool(self._files)

    def get(self, path: str, attribute: str) -> Value:
        """Return a file's value: from the deepest attribute file that sets it, from its last such line."""
        folder, _, basename = path.rpartition("/")
        while True:
            relative_path = path[len(folder) + 1 :] if folder else path
            for line in self._files.get(folder, ()):
                if attribute in line.values and line.glob.matches(relative_path, basename, False):
                    return line.values[attribute]
            if not folder:
                return None
            folder, _, _ = folder.rpartition("/")
