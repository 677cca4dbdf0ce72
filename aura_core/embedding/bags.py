"""Documents as bags of model rows with whole-number weights: the same for a document whatever else is in its batch."""

from __future__ import annotations

import math
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.embedding.lexicon import Lexicon
from aura_core.embedding.ragged_array import GrowingRaggedArray, Ints, RaggedArray, expand_ranges, group_starts
from aura_core.embedding.weights import StaticWeights

MAX_ROWS = 160
"""Distinct rows of a text that count: those used first."""

FIXED_POINT = float(1 << 20)
"""Weights are rounded to whole numbers of this fraction, so that the order of addition changes no sum."""
_MAX_COUNT = 1 << 16  # uses of a sub-token that count, which bounds the table of their weights


class Uses(NamedTuple):
    """Occurrences of words, in order of first use in each document, headers before bodies.

    ``part``: 0 in the header, 1 in the rest.
    """

    document: Ints
    part: Ints
    word: Ints
    times: Ints


class Bags(NamedTuple):
    """How much of which model row each document holds, sorted by document. Weights are whole numbers in
    ``FIXED_POINT`` units.
    """

    document: Ints
    row: Ints
    weight: npt.NDArray[np.float64]


class TokenRows:
    """The model rows of each sub-token of one lexicon. It grows with the lexicon."""

    def __init__(self, weights: StaticWeights, lexicon: Lexicon) -> None:
        self.weights = weights
        self.lexicon = lexicon
        self._rows = GrowingRaggedArray()
        self._size = 0

    def view(self) -> RaggedArray:
        """Return the rows of every sub-token that the lexicon has now."""
        new_tokens = self.lexicon.tokens[self._size :]
        rows = [self.weights.rows_of(token) for token in new_tokens]
        self._rows.extend(list(chain(*rows)), list(map(len, rows)))
        self._size += len(new_tokens)
        return self._rows.view()


class _TokenCounts(NamedTuple):
    """One entry for each distinct triple of document, part and sub-token: how often, and the place of first use."""

    document: Ints
    part: Ints
    token: Ints
    times: Ints
    first_use: Ints


def bags_of(token_rows: TokenRows, uses: Uses) -> Bags:
    """Return the bags of the documents that ``uses`` names."""
    counts = _token_counts(token_rows.lexicon, uses)
    weights = token_rows.weights
    token_weight = _damped(np.minimum(counts.times, _MAX_COUNT - 1)) * weights.parts[counts.part]
    row, row_counts = token_rows.view().take(counts.token)
    shares = np.repeat(token_weight / np.maximum(row_counts, 1), row_counts)
    weight = np.rint(shares * weights.in_document[row] * FIXED_POINT)
    # Of a document's rows those that are used first count: see ``_first_rows``.
    # Rows of one sub-token keep their order behind its first use; a sub-token has at most six rows.
    place = expand_ranges(counts.first_use * 8, counts.first_use * 8 + row_counts)
    row_bits = len(weights.vectors).bit_length()
    key, order = sort_with_order(np.repeat(counts.document << row_bits, row_counts) | row)
    starts = group_starts(key)
    weight, place, key = np.add.reduceat(weight[order], starts), np.minimum.reduceat(place[order], starts), key[starts]
    return _first_rows(Bags(key >> row_bits, key & (1 << row_bits) - 1, weight), place)


def _damped(count: Ints) -> npt.NDArray[np.float64]:
    """Return the weight of sub-tokens that occur ``count`` times: 1 + ln(count)."""
    bits = int(count.max(initial=0)).bit_length()
    return _damping_table(bits)[count]


@cache
def _damping_table(bits: int) -> npt.NDArray[np.float64]:
    """Return the weights of all counts below ``1 << bits``. They come from ``math``, whose logarithm of a number does
    not depend on the numbers beside it.
    """
    return np.array([0.0, *(1.0 + math.log(times) for times in range(1, 1 << bits))])


def _token_counts(lexicon: Lexicon, uses: Uses) -> _TokenCounts:
    token, token_counts = lexicon.word_tokens().take(uses.word)
    bits = len(lexicon.tokens).bit_length()
    # Document, part and sub-token in one number, so that one sort groups equal triples.
    key, order = sort_with_order(np.repeat((uses.document << 1 | uses.part) << bits, token_counts) | token)
    starts = group_starts(key)
    count = np.add.reduceat(np.repeat(uses.times, token_counts)[order], starts)
    key = key[starts]
    return _TokenCounts(key >> bits + 1, key >> bits & 1, key & (1 << bits) - 1, count, order[starts])


def _first_rows(bags: Bags, place: Ints) -> Bags:
    """Return every document's ``MAX_ROWS`` rows of first use."""
    starts = group_starts(bags.document)
    ends = np.append(starts[1:], len(bags.document))
    stays = np.ones(len(bags.document), np.bool_)
    for bag in np.flatnonzero(ends - starts > MAX_ROWS).tolist():
        rows = slice(starts[bag], ends[bag])
        stays[rows] = place[rows] <= np.partition(place[rows], MAX_ROWS - 1)[MAX_ROWS - 1]
    return bags if stays.all() else Bags(bags.document[stays], bags.row[stays], bags.weight[stays])


def sort_with_order(key: Ints) -> tuple[Ints, Ints]:
    """Return the keys (not negative) sorted, and their stable order.

    The place is packed below the key where both fit, so that a plain sort is stable: a third of the time of a stable
    ``argsort``.
    """
    bits = max(1, len(key).bit_length())
    if len(key) and int(key.max()).bit_length() + bits > 63:
        order = np.argsort(key, kind="stable")
        return key[order], order
    key_and_place = key << bits | np.arange(len(key))
    key_and_place.sort()
    return key_and_place >> bits, key_and_place & ((1 << bits) - 1)
