"""The static embedder: int8 codes of definitions and of questions, thousands a second, without a network or a tensor
library.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, cached_property
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.embedding.bags import FIXED_POINT, MAX_ROWS, TokenRows, Uses, bags_of
from aura_core.embedding.lexicon import Lexicon
from aura_core.embedding.products import Codes, multiply, to_codes
from aura_core.embedding.ragged_array import Ints
from aura_core.embedding.terms import clipped_text, path_words, sub_tokens, words_of
from aura_core.embedding.weights import DIMENSIONS, StaticWeights, embedder_id, load_weights
from aura_core.model.facts import FileFacts

FILES_AT_ONCE = 64
"""Files whose documents are encoded together: enough to share numpy's calls, few enough for little memory."""

MAX_LEXICON_WORDS = 400_000
"""Words after which a lexicon is replaced by an empty one, so that a process that lives long does not grow for ever."""

File = tuple[str, FileFacts]
"""Path and facts."""

_REPEAT_NUMBER = re.compile(r"#\d+\Z")
"""The number that distinguishes definitions of one name; it is no word of the code."""


class StaticEmbedder:
    """Turns texts into codes. A code is a function of one text and of the model: never of the batch, the process or
    the machine.

    A document is a header line, the words of its qualified name and of its path, and then its own words. Weights are
    read on first use. Methods may be called from several threads.
    """

    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self._lock = Lock()
        self._lexicon = Lexicon()
        self._token_rows: TokenRows | None = None

    @cached_property
    def id(self) -> str:
        """The model's name and a hash over its weights and its algorithm."""
        return embedder_id()

    @cached_property
    def weights(self) -> StaticWeights:
        """The weights of the model."""
        return load_weights()

    @property
    def lexicon(self) -> Lexicon:
        """The words split so far, which whoever reads the same words may use too. Once it has grown large, it is
        replaced by a new one; a caller that has the old one may go on using it.
        """
        if len(self._lexicon) > MAX_LEXICON_WORDS:
            self._lexicon = Lexicon()
        return self._lexicon

    def text_keys(self, path: str, facts: FileFacts) -> list[bytes]:
        """Return a 16-byte key for each row of the definitions that owns text, in row order: equal keys have equal
        codes.
        """
        words_of_path = path_words(path)
        return [
            blake2b(b" ".join([*_name_words(d.qualname), *words_of_path]) + b"\n" + d.digest, digest_size=16).digest()
            for d in facts.definitions
            if d.digest
        ]

    def encode(self, files: Sequence[File]) -> Codes:
        """Return codes (rows that own text, dimensions), in the order of ``text_keys``, file after file."""
        no_codes = np.zeros((0, self.dimensions), np.int8)
        batches = (files[start : start + FILES_AT_ONCE] for start in range(0, len(files), FILES_AT_ONCE))
        return np.concatenate([no_codes, *map(self._encode_batch, batches)])

    def query(self, text: str) -> tuple[Codes, int]:
        """Return the code (dimensions,) of a question, and its squared length, at least 1 so that callers may divide
        by it.
        """
        words = map(clipped_text, words_of(text.encode(errors="replace")))
        tokens = Counter(token for word in words for token in sub_tokens(word))
        weight_of: dict[int, float] = {}
        for token, times in tokens.items():
            token_rows = self.weights.rows_of(token)
            for row in token_rows:
                weight_of[row] = weight_of.get(row, 0.0) + (1.0 + math.log(times)) / len(token_rows)
        # A dict keeps the order of first use: these are the rows used first, as in a document.
        rows = np.array(list(weight_of)[:MAX_ROWS], np.int64)
        weights = np.array(list(weight_of.values())[:MAX_ROWS])
        exact = np.rint(weights * self.weights.in_query[rows] * FIXED_POINT)
        (code,) = to_codes((exact @ self.weights.vectors[rows].astype(np.float64))[None])
        return code, max(1, int(code.astype(np.int64) @ code.astype(np.int64)))

    def _encode_batch(self, files: Sequence[File]) -> Codes:
        with self._lock:  # the lexicon and its rows grow together
            token_rows = self._rows_of_lexicon()
            uses, documents = _uses(token_rows.lexicon, files)
            if not len(uses.word):
                return np.zeros((documents, self.dimensions), np.int8)
            return to_codes(multiply(bags_of(token_rows, uses), self.weights.vectors, documents))

    def _rows_of_lexicon(self) -> TokenRows:
        lexicon = self.lexicon
        if self._token_rows is None or self._token_rows.lexicon is not lexicon:
            self._token_rows = TokenRows(self.weights, lexicon)
        return self._token_rows


@cache
def static_embedder() -> StaticEmbedder:
    """Return the embedder of this process. It has one model, and what it remembers changes no code."""
    return StaticEmbedder()


def _name_words(qualname: str) -> list[bytes]:
    return words_of((_REPEAT_NUMBER.sub("", qualname) if "#" in qualname else qualname).encode(errors="replace"))


class _BodyWords(NamedTuple):
    """The words in the bodies of documents: the document of each, its place among all words, and how often it is
    there.
    """

    document: Ints
    word: Ints
    times: Ints


def _uses(lexicon: Lexicon, files: Sequence[File]) -> tuple[Uses, int]:
    """Return the word uses of the files' documents, numbered from 0, headers first, and the number of documents."""
    headers: list[bytes] = []
    header_sizes: list[int] = []
    table_words: list[bytes] = []
    empty = np.zeros(0, np.int64)
    bodies = [_BodyWords(empty, empty, empty)]
    for path, facts in files:
        words_of_path = path_words(path)
        documents = []  # of each definition the number of its document; meaningless where it owns no text
        for definition in facts.definitions:
            documents.append(len(header_sizes))
            if definition.digest:
                header = [*_name_words(definition.qualname), *words_of_path]
                headers += header
                header_sizes.append(len(header))
        table = facts.words
        document = np.repeat(np.array(documents), _unpack(table.per_definition))
        bodies.append(_BodyWords(document, _unpack(table.index) + len(table_words), _unpack(table.count)))
        table_words += table.words
    ids = lexicon.learn(headers + table_words)
    header_ids, table_ids = np.split(ids, [len(headers)])
    document, word, times = (np.concatenate(column) for column in zip(*bodies, strict=True))
    return Uses(
        np.concatenate((np.repeat(np.arange(len(header_sizes)), header_sizes), document)),
        np.repeat(np.arange(2), (len(headers), len(document))),
        np.concatenate((header_ids, table_ids[word])),
        np.concatenate((np.ones(len(headers), np.int64), times)),
    ), len(header_sizes)


def _unpack(column: tuple[int, bytes]) -> npt.NDArray[np.int64]:
    """Return a packed column of a word table, which is its item size and its bytes."""
    item_size, data = column
    return np.frombuffer(data, f"<u{item_size}").astype(np.int64)
