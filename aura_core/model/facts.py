"""The facts of one blob: its definitions, the words of each, and (for code) what the linker needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from aura_core.model.graph import NodeKind


class Definition(NamedTuple):
    """One definition or section, in order of position; row 0 is the module or file itself.

    A named tuple because a large repository has 50,000 of them. ``qualname`` is "" for row 0 and unique in the file
    (``f``, ``f#2``). Lines are 1-based and inclusive: ``start_line`` is the first decorator's, ``def_line`` that of
    ``def``/``class``, ``body_line`` the first line of the body after the signature. ``parent`` is a row number (-1 for
    row 0). ``owner`` is the row of the document that owns the text: itself, or for a function inside a function the
    outermost function. ``digest`` is 16 bytes over the owned text (empty when the row owns none). ``doc`` is the
    docstring's first paragraph, clipped.
    """

    kind: NodeKind
    qualname: str
    start_line: int
    end_line: int
    def_line: int
    body_line: int
    parent: int
    owner: int
    digest: bytes
    signature: str
    doc: str


WORD_BYTES = bytes(code if code >= 128 or code == ord("_") or chr(code).isalnum() else ord(" ") for code in range(256))
"""Translation table under which ``bytes.split`` yields words as ``WordTable`` defines them."""


@dataclass(frozen=True, slots=True)
class WordTable:
    """The words of a file's documents. A word is a maximal run of ``[A-Za-z0-9_]`` or non-ASCII bytes.

    ``words``: distinct words in order of first use. ``per_definition[i]``: how many distinct words row i of the
    definitions has (0 when it owns no text). ``index`` and ``count``: one entry a (definition, word) pair, by
    definition, in order of first use; the word's place in ``words`` and how often it occurs. The three are
    little-endian unsigned arrays packed as bytes with their item size (1, 2 or 4).
    """

    words: tuple[bytes, ...]
    per_definition: tuple[int, bytes]
    index: tuple[int, bytes]
    count: tuple[int, bytes]


class ParseStatus(StrEnum):
    """How much of a file was parsed.

    ``PARTIAL`` and ``FAILED`` files can be searched, and a warning names them. ``BINARY``: the bytes are no text, so
    that the file is not indexed (``sources.rules.selection.judge_facts``).
    """

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Everything that Aura learns from the bytes of one blob alone.

    ``lines``: how many the blob has. ``definitions``: in order of position. ``code``: the facts for the linker, which
    only the language's own parser and linker read. ``warning``: why ``status`` is ``PARTIAL`` or ``FAILED``, ""
    otherwise.
    """

    language: str
    status: ParseStatus
    lines: int
    definitions: tuple[Definition, ...]
    words: WordTable
    code: Any = None
    warning: str = ""
