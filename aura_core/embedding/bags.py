"""Documents as bags of model rows with whole-number weights: the same for a document whatever else is in its batch."""

from __future__ import annotations

import math
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.embedding.lexicon import Lexicon
from aura_core.embedding.ragged import GrowingRagged, Ints, Ragged
from aura_core.embedding.weights import StaticWeights

MAX_ROWS = 160
"""Distinct rows of a text that count: those used first."""

FIXED_POINT = float(1 << 20)
_MAX_COUNT = 1 << 16


class Uses(NamedTuple):
    """Occurrences of words, in order of first use in each document, headers before bodies. ``part``: 0 in the header,
    1 in the rest.
    """

    document: Ints
    part: Ints
    word: Ints
    times: Ints


class Bags(NamedTuple):
    """Sorted by document: how much of which model row each one holds; weights are whole numbers in ``FIXED_POINT``
    units.
    """

    document: Ints
    row: Ints
    weight: npt.NDArray[np.float64]


class TokenRows:
    """Sub-token id of one lexicon → model rows. Grows with the lexicon."""

    def __init__(self, weights: StaticWeights, lexicon: Lexicon) -> None:
        self.weights = weights
        self.lexicon = lexicon
        self._rows = GrowingRagged()
        self._known = 0

    def view(self) -> Ragged:
        """Rows of every sub-token known to the lexicon now."""
        new = self.lexicon.tokens[self._known :]
        rows = [self.weights.rows_of(token) for token in new]
        self._rows.extend(list(chain(*rows)), list(map(len, rows)))
        self._known += len(new)
        return self._rows.view()


def bags_of(rows: TokenRows, uses: Uses) -> Bags:
    """The bags of some documents."""
    document, part, token, count, first = _token_counts(rows.lexicon, uses)
    weights, rows_of = rows.weights, rows.view()
    each = _damped(np.minimum(count, _MAX_COUNT - 1)) * weights.parts[part]
    row, many = rows_of.take(token)
    weight = np.rint(np.repeat(each / np.maximum(many, 1), many) * weights.in_document[row] * FIXED_POINT)
    place = np.repeat(first * 8 - (np.cumsum(many) - many), many) + np.arange(len(row))
    bits = len(weights.vectors).bit_length()
    key, order = sorted_with_order(np.repeat(document << bits, many) | row)
    starts = group_starts(key)
    weight, place, key = np.add.reduceat(weight[order], starts), np.minimum.reduceat(place[order], starts), key[starts]
    return _capped(Bags(key >> bits, key & (1 << bits) - 1, weight), place)


def _damped(count: Ints) -> npt.NDArray[np.float64]:
    """What a token that occurs so often weighs."""
    most = int(count.max(initial=0)).bit_length()
    return _table(most)[count]


@cache
def _table(bits: int) -> npt.NDArray[np.float64]:
    """By ``math``, whose logarithm is the same for a number whatever stands beside it."""
    return np.array([0.0, *(1.0 + math.log(times) for times in range(1, 1 << bits))])


def _token_counts(lexicon: Lexicon, uses: Uses) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """(document, part, sub-token, how often, place of first use), one entry a distinct triple of the first three."""
    token, many = lexicon.word_tokens().take(uses.word)
    bits = len(lexicon.tokens).bit_length()
    key, order = sorted_with_order(np.repeat((uses.document << 1 | uses.part) << bits, many) | token)
    starts = group_starts(key)
    count = np.add.reduceat(np.repeat(uses.times, many)[order], starts)
    key = key[starts]
    return key >> bits + 1, key >> bits & 1, key & (1 << bits) - 1, count, order[starts]


def _capped(bags: Bags, place: Ints) -> Bags:
    """Every document's ``MAX_ROWS`` rows of first use."""
    starts = group_starts(bags.document)
    ends = np.append(starts[1:], len(bags.document))
    kept = np.ones(len(bags.document), np.bool_)
    for over in np.flatnonzero(ends - starts > MAX_ROWS).tolist():
        of = slice(starts[over], ends[over])
        kept[of] = place[of] <= np.partition(place[of], MAX_ROWS - 1)[MAX_ROWS - 1]
    return bags if kept.all() else Bags(bags.document[kept], bags.row[kept], bags.weight[kept])


def sorted_with_order(key: Ints) -> tuple[Ints, Ints]:
    """The keys (not negative) sorted, and their stable order.

    The place is packed below the key where both fit, so that a plain sort is stable: a third of the time of a stable
    ``argsort``.
    """
    bits = max(1, len(key).bit_length())
    if len(key) and int(key.max()).bit_length() + bits > 63:
        order = np.argsort(key, kind="stable")
        return key[order], order
    packed = key << bits | np.arange(len(key))
    packed.sort()
    return packed >> bits, packed & ((1 << bits) - 1)


def group_starts(key: npt.NDArray[np.int64]) -> Ints:
    """Where each run of equal keys begins."""
    if not len(key):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.concatenate((np.ones(1, np.bool_), key[1:] != key[:-1])))
