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

import numpy as np
import numpy.typing as npt

from aura_core.embedding.bags import FIXED_POINT, MAX_ROWS, TokenRows, Uses, bags_of
from aura_core.embedding.lexicon import Lexicon, shared_lexicon
from aura_core.embedding.products import Codes, multiplied, to_codes
from aura_core.embedding.splitting import decoded, path_words, sub_tokens, words_of
from aura_core.embedding.weights import DIMENSIONS, StaticWeights, embedder_id, load_weights
from aura_core.model.facts import FileFacts

FILES_AT_ONCE = 64

File = tuple[str, FileFacts]
"""Path and facts."""

_NUMBERED = re.compile(r"#\d+\Z")


class StaticEmbedder:
    """A code is a function of one text and of the model: never of the batch, the process or the machine.

    A document is a header line, the words of its qualified name and of its path, and then its own words. Weights are
    read on first use. Methods may be called from several threads.
    """

    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self._lock = Lock()
        self._token_rows: TokenRows | None = None

    @classmethod
    def open(cls) -> StaticEmbedder:
        """The embedder over the package's own model."""
        return cls()

    @cached_property
    def id(self) -> str:
        """The model's name and a hash over its weights and its algorithm."""
        return embedder_id()

    @cached_property
    def weights(self) -> StaticWeights:
        """The model."""
        return load_weights()

    def text_keys(self, path: str, facts: FileFacts) -> list[bytes]:
        """A 16-byte key for each row of the definitions that owns text, in row order: equal keys have equal codes."""
        place = path_words(path)
        return [
            blake2b(b" ".join([*_name_words(d.qualname), *place]) + b"\n" + d.digest, digest_size=16).digest()
            for d in facts.definitions
            if d.digest
        ]

    def encode(self, files: Sequence[File]) -> Codes:
        """(rows that own text, dimensions), in the order of ``text_keys``, file after file."""
        nothing = np.zeros((0, self.dimensions), np.int8)
        chunks = (files[start : start + FILES_AT_ONCE] for start in range(0, len(files), FILES_AT_ONCE))
        return np.concatenate([nothing, *map(self._encode_some, chunks)])

    def query(self, text: str) -> tuple[Codes, int]:
        """The codes (dimensions,) of a question, and their squared length, at least 1 so that callers may divide by
        it.
        """
        tokens = Counter(part for word in words_of(text.encode(errors="replace")) for part in sub_tokens(decoded(word)))
        weight: dict[int, float] = {}
        for token, times in tokens.items():
            stand_ins = self.weights.rows_of(token)
            for row in stand_ins:
                weight[row] = weight.get(row, 0.0) + (1.0 + math.log(times)) / len(stand_ins)
        rows = np.array(list(weight)[:MAX_ROWS], np.int64)
        exact = np.rint(np.array(list(weight.values())[:MAX_ROWS]) * self.weights.in_query[rows] * FIXED_POINT)
        codes = to_codes((exact @ self.weights.vectors[rows].astype(np.float64))[None])[0]
        return codes, max(1, int(codes.astype(np.int64) @ codes.astype(np.int64)))

    def _encode_some(self, files: Sequence[File]) -> Codes:
        with self._lock:
            rows = self._rows()
            uses, documents = _uses(rows.lexicon, files)
            if not len(uses.word):
                return np.zeros((documents, self.dimensions), np.int8)
            return to_codes(multiplied(bags_of(rows, uses), self.weights.vectors, documents))

    def _rows(self) -> TokenRows:
        lexicon = shared_lexicon()
        if self._token_rows is None or self._token_rows.lexicon is not lexicon:
            self._token_rows = TokenRows(self.weights, lexicon)
        return self._token_rows


@cache
def static_embedder() -> StaticEmbedder:
    """The embedder of this process."""
    return StaticEmbedder.open()


def _name_words(qualname: str) -> list[bytes]:
    return words_of((_NUMBERED.sub("", qualname) if "#" in qualname else qualname).encode(errors="replace"))


def _uses(lexicon: Lexicon, files: Sequence[File]) -> tuple[Uses, int]:
    """The word uses of the files' documents, numbered from 0, headers first, and how many documents there are."""
    headers: list[bytes] = []
    header_sizes: list[int] = []
    vocabulary: list[bytes] = []
    body: list[tuple[npt.NDArray[np.int64], ...]] = [(np.zeros(0, np.int64),) * 3]
    for path, facts in files:
        place = path_words(path)
        numbers = []
        for definition in facts.definitions:
            numbers.append(len(header_sizes))
            if definition.digest:
                before = len(headers)
                headers += _name_words(definition.qualname)
                headers += place
                header_sizes.append(len(headers) - before)
        document = np.repeat(np.array(numbers), _column(facts.words.per_definition))
        body.append((document, _column(facts.words.index) + len(vocabulary), _column(facts.words.count)))
        vocabulary += facts.words.words
    words = lexicon.learn(headers + vocabulary)
    document, index, times = (np.concatenate(column) for column in zip(*body, strict=True))
    return Uses(
        np.concatenate((np.repeat(np.arange(len(header_sizes)), header_sizes), document)),
        np.repeat(np.arange(2), (len(headers), len(document))),
        np.concatenate((words[: len(headers)], words[len(headers) :][index])),
        np.concatenate((np.ones(len(headers), np.int64), times)),
    ), len(header_sizes)


def _column(packed: tuple[int, bytes]) -> npt.NDArray[np.int64]:
    size, data = packed
    return np.frombuffer(data, f"<u{size}").astype(np.int64)
