"""The lines of blobs, read once for each answer."""

from __future__ import annotations

from collections.abc import Callable

from aura_core.parsing import language_of, text_lines

ReadBlob = Callable[[str], bytes]
"""A function that returns a blob's bytes."""


class BlobLines:
    """Reads the lines of blobs, and remembers them."""

    def __init__(self, read_blob: ReadBlob) -> None:
        self._read_blob = read_blob
        self._lines: dict[str, list[str]] = {}

    def __call__(self, blob: str, path: str) -> list[str]:
        """Return a blob's lines as the parser counts them, line ends kept. The path decides the language."""
        if blob not in self._lines:
            self._lines[blob] = text_lines(self._read_blob(blob), language_of(path))
        return self._lines[blob]
