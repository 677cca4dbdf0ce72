"""Turns one blob into facts: decodes it, reads its definitions or sections, gives each byte an owner, counts words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.fingerprint import INTERPRETER, Artifact, version_of
from aura_core.model.facts import WORD_BYTES, Definition, FileFacts, ParseStatus
from aura_core.model.graph import NodeKind
from aura_core.parsing.decoding import read_text, to_utf8
from aura_core.parsing.languages import (
    CYTHON,
    NOTEBOOK,
    PYPROJECT,
    PYTHON,
    PYTHON_STUB,
    REQUIREMENTS,
    SETUP_CFG,
    family_of,
    language_of,
)
from aura_core.parsing.notebooks.text import notebook_text
from aura_core.parsing.ownership import line_starts, owned_spans, owned_texts
from aura_core.parsing.python.imports.entry_points import entry_points
from aura_core.parsing.python.imports.packaging import packaging_hints
from aura_core.parsing.python.parse import parse_python
from aura_core.parsing.sections import section_rows
from aura_core.parsing.word_counts import count_words

_PACKAGING = {PYPROJECT: "pyproject.toml", SETUP_CFG: "setup.cfg", REQUIREMENTS: "requirements.txt"}
_CODE = (PYTHON, PYTHON_STUB)
_MODULES = (*_CODE, NOTEBOOK)


class _Content(NamedTuple):
    """The facts of a blob without its words and digests."""

    definitions: Sequence[Definition]
    status: ParseStatus = ParseStatus.OK
    warning: str = ""
    code: Any = None


def parse_blob(path: str, data: bytes) -> FileFacts:
    """Return the facts of one blob. The path only chooses the language: equal bytes in one language have equal facts.

    Never raises for what the bytes hold: a syntax error or an unknown encoding cost this file only, and ``warning``
    says so; binary data have the status ``BINARY``.
    """
    language = language_of(path)
    text = to_utf8(data, language)
    if text is None:
        text = b""
        content = _Content([_whole_file(language, 1)], ParseStatus.BINARY)
        starts = line_starts(text)
    else:
        starts = line_starts(text)
        content = _read(language, data, text, starts)
    spans = owned_spans(content.definitions, starts)
    definitions = tuple(_with_digests(content.definitions, owned_texts(text, spans)))
    # the translation keeps the length, so the same spans fit both texts
    words = count_words(owned_texts(text.translate(WORD_BYTES), spans))
    return FileFacts(
        family_of(language), content.status, len(starts) - 1, definitions, words, content.code, content.warning
    )


def facts_key(blob: str, language: str) -> bytes:
    """Return the 16-byte key of the facts of a blob (hex object id) that is read as ``language`` by this parser in this
    interpreter.
    """
    parts = blob, language, version_of(Artifact.FACTS), INTERPRETER
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()


def _read(language: str, data: bytes, text: bytes, starts: npt.NDArray[np.int64]) -> _Content:
    if language in _CODE:
        file = parse_python(data)
        return _Content(file.definitions, file.status, file.warning, file.code)
    if language == CYTHON:
        from aura_core.parsing.python.dialects.cython import parse_cython

        file = parse_cython(data)
        return _Content(file.definitions, file.status, file.warning, file.code)
    if language == NOTEBOOK:
        return _read_notebook(data, len(starts) - 1)
    hints = packaging_hints(_PACKAGING[language], data) if language in _PACKAGING else None
    tables = entry_points(_PACKAGING[language], data) if language in _PACKAGING else None
    sections = section_rows(family_of(language), text, starts)
    return _Content(
        [_whole_file(language, len(starts) - 1), *sections], code={**(hints or {}), **tables} if tables else hints
    )


def _read_notebook(data: bytes, lines: int) -> _Content:
    from aura_core.parsing.python.dialects.notebook import parse_notebook

    source = read_text(data)
    text = notebook_text(source.utf8) if source is not None else None
    if text is None:
        return _Content([_whole_file(NOTEBOOK, lines)], ParseStatus.FAILED, "line 1: no notebook with cells")
    file = parse_notebook(text)
    return _Content(file.definitions, file.status, file.warning, file.code)


def _with_digests(definitions: Iterable[Definition], texts: Iterable[bytes]) -> Iterable[Definition]:
    """Yield definitions with the digests of their texts. Lone surrogates in signatures and documentation are replaced,
    because UTF-8 cannot encode them.
    """
    for definition, text in zip(definitions, texts, strict=True):
        yield definition._replace(
            digest=blake2b(text, digest_size=16).digest() if text else b"",
            signature=_encodable(definition.signature),
            doc=_encodable(definition.doc),
        )


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode(errors="replace").decode()


def _whole_file(language: str, lines: int) -> Definition:
    kind = NodeKind.MODULE if language in _MODULES else NodeKind.FILE
    return Definition(
        kind, "", start_line=1, end_line=lines, def_line=1, body_line=1, parent=-1, owner=0, digest=b"",
        signature="", doc="",
    )  # fmt: skip
