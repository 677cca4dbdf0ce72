"""The lines of blobs, read once for each answer."""

from __future__ import annotations

from collections.abc import Callable

from aura_core.errors import SourceGone
from aura_core.parsing import language_of, text_lines

ReadBlob = Callable[[str], bytes]
"""A function that returns a blob's bytes."""


class BlobLines:
    """Reads the lines of blobs, and remembers them."""

    def __init__(self, read_blob: ReadBlob) -> None:
        self._read_blob = read_blob
        self._lines: dict[str, list[str] | None] = {}

    @property
    def unreadable(self) -> list[str]:
        """Return the blobs that were asked for and cannot be read, sorted."""
        return sorted(blob for blob, lines in self._lines.items() if lines is None)

    def __call__(self, blob: str, path: str) -> list[str] | None:
        """Return a blob's lines as the parser counts them, line ends kept. The path decides the language. None when the
        repository no longer has the blob, which costs an answer this file's text and nothing else.
        """
        if blob not in self._lines:
            try:
                self._lines[blob] = text_lines(self._read_blob(blob), language_of(path))
            except SourceGone as error:
                if "blob" not in error.details:  # the whole repository is gone
                    raise
                self._lines[blob] = None
        return self._lines[blob]
