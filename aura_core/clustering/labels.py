"""What a cluster is called: the words that its members use and others do not."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

WORDS = 3
"""Words of a label."""
_LOOKED_AT = 400
"""Characters of a member's text that count: names and the first sentence say what it is about."""

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_DULL = """a an and are as at be by can do for from get has have if in init into is it its make new no not of on one or repr return returns self set
    should str test tests than that the then this to true use used using value when which will with given whether also only def none false class
    method function object instance call called cls args kwargs eq hash len iter next enter exit del main name names type types"""
DULL_WORDS = frozenset(_DULL.split())
"""Words that say nothing about what code is for."""


def label_clusters(texts: Sequence[str], labels: Sequence[int], words: int = WORDS) -> list[str]:
    """A label for each cluster number from 0 up: its most characteristic words, joined by commas; ``misc`` when it has
    none.

    A word's weight is the share of members that have it, times how much rarer it is elsewhere. Ties go by the alphabet.
    """
    clusters = max(labels, default=-1) + 1
    members: list[Counter[str]] = [Counter() for _ in range(clusters)]
    sizes, known = Counter(labels), _Words()
    for text, cluster in zip(texts, labels, strict=True):
        members[cluster].update({known[part] for part in _PARTS.findall(text[:_LOOKED_AT])})
    everywhere: Counter[str] = Counter()
    for counts in members:
        del counts[""]
        everywhere.update(counts)
    made = [_label(counts, sizes[cluster], everywhere, len(texts), words) for cluster, counts in enumerate(members)]
    return _told_apart(made)


def _label(counts: Counter[str], size: int, everywhere: Counter[str], total: int, words: int) -> str:
    def weight(word: str) -> float:
        inside = counts[word] / size
        outside = (everywhere[word] - counts[word] + 1) / (total - size + 2)
        return inside * math.log(max(inside / outside, 1.0))

    enough = [word for word in counts if counts[word] > 1 or size == 1]
    ranked = sorted(enough, key=lambda word: (-round(weight(word), 9), word))
    return ", ".join(_distinct(ranked)[:words]) or "misc"


def _distinct(ranked: Iterable[str]) -> list[str]:
    """Words whose singular or plural has not been taken already."""
    taken: dict[str, str] = {}
    for word in ranked:
        taken.setdefault(word[:-1] if word.endswith("s") and not word.endswith("ss") else word, word)
    return list(taken.values())


def _told_apart(labels: Sequence[str]) -> list[str]:
    """Equal labels numbered."""
    seen: Counter[str] = Counter()
    made = []
    for label in labels:
        seen[label] += 1
        made.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return made


class _Words(dict[str, str]):
    """A part of a name → the word that it is, "" when that says nothing. Most parts come again and again."""

    def __missing__(self, part: str) -> str:
        word = part.lower()
        self[part] = word if len(word) > 2 and word not in DULL_WORDS else ""
        return self[part]
