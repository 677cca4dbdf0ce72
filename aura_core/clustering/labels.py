"""Labels of clusters: the words that their members use and others do not."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

WORDS = 3
"""Words of a label."""
_TEXT_LENGTH = 400
"""Characters of a member's text that count: names and the first sentence say what it is about."""

_NAME_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_COMMON = """
a an and are as at be by can do for from get has have if in init into is it its make new no not of on one or repr
return returns self set should str test tests than that the then this to true use used using value when which will
with given whether also only def none false class method function object instance call called cls args kwargs eq hash
len iter next enter exit del main name names type types
"""
COMMON_WORDS = frozenset(_COMMON.split())
"""Words that say nothing about what code is for."""


def label_clusters(texts: Sequence[str], numbers: Sequence[int], words: int = WORDS) -> list[str]:
    """Return a label for each cluster, given the cluster number of each text, from 0 up.

    A label is the cluster's most characteristic words, joined by commas; ``misc`` when it has none. A word's weight is
    the share of members that have it, times how much rarer it is elsewhere. Ties go by the alphabet.
    """
    cluster_count = max(numbers, default=-1) + 1
    members_with: list[Counter[str]] = [Counter() for _ in range(cluster_count)]
    sizes, word_of = Counter(numbers), _WordMemo()
    for text, number in zip(texts, numbers, strict=True):
        members_with[number].update({word_of[part] for part in _NAME_PARTS.findall(text[:_TEXT_LENGTH])})
    totals: Counter[str] = Counter()
    for counts in members_with:
        del counts[""]  # parts that say nothing
        totals.update(counts)
    labels = [_label(counts, sizes[number], totals, len(texts), words) for number, counts in enumerate(members_with)]
    return _number_equal_labels(labels)


def _label(counts: Counter[str], size: int, totals: Counter[str], text_count: int, words: int) -> str:
    def weight(word: str) -> float:
        inside = counts[word] / size
        # Plus one and two, so that a word that no other cluster has is not infinitely rare there.
        outside = (totals[word] - counts[word] + 1) / (text_count - size + 2)
        return inside * math.log(max(inside / outside, 1.0))

    # A word of one member alone does not speak for a larger cluster.
    candidates = [word for word in counts if counts[word] > 1 or size == 1]
    # Rounded, so that the last bits of a float decide no tie.
    ranking = sorted(candidates, key=lambda word: (-round(weight(word), 9), word))
    return ", ".join(_distinct(ranking)[:words]) or "misc"


def _distinct(words: Iterable[str]) -> list[str]:
    """Return the words without those whose singular or plural comes before."""
    by_singular: dict[str, str] = {}
    for word in words:
        by_singular.setdefault(word[:-1] if word.endswith("s") and not word.endswith("ss") else word, word)
    return list(by_singular.values())


def _number_equal_labels(labels: Sequence[str]) -> list[str]:
    uses: Counter[str] = Counter()
    numbered_labels = []
    for label in labels:
        uses[label] += 1
        numbered_labels.append(label if uses[label] == 1 else f"{label} ({uses[label]})")
    return numbered_labels


class _WordMemo(dict[str, str]):
    """The word that each part of a name is, "" when that says nothing. Most parts come again and again."""

    def __missing__(self, part: str) -> str:
        word = part.lower()
        self[part] = word if len(word) > 2 and word not in COMMON_WORDS else ""
        return self[part]
