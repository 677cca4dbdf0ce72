"""One blob into facts: decode, find definitions or sections, give each byte an owner, count words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.fingerprint import INTERPRETER, Artifact, version_of
from aura_core.model.facts import WORD_BYTES, Definition, FileFacts, ParseStatus
from aura_core.model.graph import NodeKind
from aura_core.parsing.decoding import BINARY_WARNING, to_utf8
from aura_core.parsing.languages import PYPROJECT, PYTHON, PYTHON_STUB, SETUP_CFG, family_of, language_of
from aura_core.parsing.ownership import line_starts, owned_spans, owned_texts
from aura_core.parsing.python.packaging import packaging_hints
from aura_core.parsing.python.parse import parse_python
from aura_core.parsing.sections import section_rows
from aura_core.parsing.word_counts import count_words

_PACKAGING = {PYPROJECT: "pyproject.toml", SETUP_CFG: "setup.cfg"}
_CODE = (PYTHON, PYTHON_STUB)


class _Found(NamedTuple):
    definitions: Sequence[Definition]
    status: ParseStatus = ParseStatus.OK
    warning: str = ""
    code: Any = None


def parse_blob(path: str, data: bytes) -> FileFacts:
    """The facts of one blob. The path only chooses the language: equal bytes in one language have equal facts.

    Never raises for what the bytes hold: a syntax error, an unknown encoding or binary data cost this file only, and
    ``warning`` says so.
    """
    language = language_of(path)
    text = to_utf8(data, language)
    if text is None:
        binary = _Found([_whole_file(language, 1)], ParseStatus.FAILED, BINARY_WARNING)
        return _facts(language, b"", line_starts(b""), binary)
    starts = line_starts(text)
    return _facts(language, text, starts, _found(language, data, text, starts))


def facts_key(blob: str, language: str) -> bytes:
    """The 16-byte key of the facts of a blob (hex object id) read as ``language`` by this parser in this interpreter."""
    return blake2b(
        "\0".join((blob, language, version_of(Artifact.FACTS), INTERPRETER)).encode(), digest_size=16
    ).digest()


def _found(language: str, data: bytes, text: bytes, starts: npt.NDArray[np.int64]) -> _Found:
    hints = packaging_hints(_PACKAGING[language], data) if language in _PACKAGING else None
    if language not in _CODE:
        family = family_of(language)
        return _Found([_whole_file(language, len(starts) - 1), *section_rows(family, text, starts)], code=hints)
    file = parse_python(data)
    return _Found(file.definitions, file.status, file.warning, file.code)


def _facts(language: str, text: bytes, starts: npt.NDArray[np.int64], found: _Found) -> FileFacts:
    spans = owned_spans(found.definitions, starts)
    definitions = tuple(_finished(found.definitions, owned_texts(text, spans)))
    words = count_words(owned_texts(text.translate(WORD_BYTES), spans))
    return FileFacts(family_of(language), found.status, len(starts) - 1, definitions, words, found.code, found.warning)


def _finished(definitions: Iterable[Definition], texts: Iterable[bytes]) -> Iterable[Definition]:
    """Definitions with their digests, and with text that every encoder takes: source may spell lone surrogates."""
    for definition, text in zip(definitions, texts, strict=True):
        digest = blake2b(text, digest_size=16).digest() if text else b""
        yield Definition(*definition[:8], digest, _encodable(definition.signature), _encodable(definition.doc))


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode(errors="replace").decode()


def _whole_file(language: str, lines: int) -> Definition:
    kind = NodeKind.MODULE if language in _CODE else NodeKind.FILE
    return Definition(kind, "", 1, lines, 1, 1, -1, 0, b"", "", "")
