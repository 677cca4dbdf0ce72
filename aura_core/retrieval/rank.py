"""One score for each document: words, files, exact mentions, vectors, what the graph connects and what is in one file
with it.

The weights were chosen on real fixes and on questions with known answers; ADR 13 says how, and what each is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aura_core.embedding import StaticEmbedder
from aura_core.retrieval.query import Query, read_query
from aura_core.time_limit import in_time
from aura_core.views import View, find_mentions, query_terms

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FILE_WEIGHT, MENTION_WEIGHT, TEXT_VECTOR_WEIGHT, TITLE_VECTOR_WEIGHT = 0.25, 0.125, 0.4, 0.2
"""Weights of the other signals of a text, where words weigh 1: the words of a task say most about where a change
belongs, the other signals decide between documents whose words match alike.
"""

WALK_WEIGHT, COHERENCE_WEIGHT, DEFINITION_WEIGHT, NESTED_DEFINITION_WEIGHT = 0.75, 0.2, 1.0, 0.6
"""Weights of what the best hits add, as shares of the best score of the text alone."""

MAX_MENTION_SCORE = 4.0
"""A document that is mentioned in many ways scores no more than this, so that mentions weigh at most half of words."""

WALK_SEEDS = 50
"""The best documents by text, from which the walk over the graph starts, and which make a file coherent."""

SCALE = 1_000_000_000
"""Scores are compared as whole numbers of this fraction, so that the last bits of a float decide nothing."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The score of every document as a whole number, ``total``, and its parts by name: each at least 0, weighed by the
    document's prior.
    """

    signals: dict[str, Floats]
    total: Integers

    def parts(self, document: int) -> tuple[tuple[str, float], ...]:
        """Return the parts of a document's score that are not zero, by name, rounded to six places."""
        return tuple(
            (name, round(float(values[document]), 6)) for name, values in self.signals.items() if values[document] > 0
        )


def scores_of(view: View, text: str, embedder: StaticEmbedder) -> Scores:
    """Score every document of the view for a text."""
    query = read_query(text)
    signals = {name: view.prior * values for name, values in in_time(_text_signals(view, query, embedder))}
    for signal in in_time((_walk, _coherence, _definition)):
        name, values = signal(view, query, _total(view, signals))
        signals[name] = values
    return Scores(signals, _total(view, signals))


def best_documents(view: View, values: Integers, count: int) -> list[int]:
    """Return the documents of the ``count`` largest values above zero; equals are ordered by uid.

    All documents that tie with the last one are ordered before the list is cut.
    """
    documents = np.flatnonzero(values > 0)
    if not len(documents) or count < 1:
        return []
    # Only what can be among the best is sorted: reading the uids of all documents would take most of the time.
    positive = values[documents]
    if len(positive) > count:
        last = np.partition(positive, len(positive) - count)[len(positive) - count]
        documents = documents[positive >= last]
    uid = view.symbols.uid
    ranking = sorted((-int(values[d]), uid(int(view.symbol_of[d])), d) for d in documents.tolist())
    return [document for _, _, document in ranking[:count]]


def _text_signals(view: View, query: Query, embedder: StaticEmbedder) -> Iterator[tuple[str, Floats]]:
    """Yield the signals that follow from the text of the query alone, by name."""
    by_document, by_file = view.bm25.scores(query_terms(query.text))
    yield "words", _share_of_max(by_document)
    yield "file", FILE_WEIGHT * _share_of_max(by_file)[view.file_of]
    mentions = view.mentions.scores(find_mentions(query.text))
    yield "mentions", MENTION_WEIGHT * np.minimum(mentions, MAX_MENTION_SCORE)
    text_vector = _vector_signal(view, query.text, embedder)
    title_vector = text_vector if query.title == query.text else _vector_signal(view, query.title, embedder)
    yield "dense", TEXT_VECTOR_WEIGHT * text_vector
    yield "title", TITLE_VECTOR_WEIGHT * title_vector


def _vector_signal(view: View, text: str, embedder: StaticEmbedder) -> Floats:
    return _share_of_max(np.maximum(view.dense.scores(*embedder.query(text)), 0.0))


def _walk(view: View, query: Query, total: Integers) -> tuple[str, Floats]:
    """Return what a walk over the graph from the best documents reaches; better ones start with more."""
    seeds = best_documents(view, total, WALK_SEEDS)
    if not seeds:
        return "walk", np.zeros(len(total))
    best = total[seeds[0]] / SCALE
    weights = np.rint((total[seeds] / total[seeds[0]]) ** 2 * SCALE).astype(np.int64)
    mass = view.pagerank.from_seeds(np.array(seeds, np.int64), np.maximum(weights, 1))
    return "walk", WALK_WEIGHT * best * view.prior * _share_of_max(mass)


def _coherence(view: View, query: Query, total: Integers) -> tuple[str, Floats]:
    """Return what the best document of each file gets for the other good ones of that file."""
    scores = np.zeros(len(total))
    seeds = best_documents(view, total, WALK_SEEDS)
    sums: dict[int, int] = {}
    best_of_file: dict[int, int] = {}
    for document in seeds:
        file = int(view.file_of[document])
        best_of_file.setdefault(file, document)
        sums[file] = sums.get(file, 0) + int(total[document])
    largest = max(sums.values(), default=1)
    for file, document in best_of_file.items():
        scores[document] = COHERENCE_WEIGHT * total[seeds[0]] / SCALE * sums[file] / largest
    return "coherence", scores


def _definition(view: View, query: Query, total: Integers) -> tuple[str, Floats]:
    """Return what the definitions of a name get when the query is that name and nothing else."""
    scores = np.zeros(len(total))
    if not query.identifier or not len(total):
        return "definition", scores
    best = total.max() / SCALE
    for document in view.mentions.definitions(query.identifier):
        is_nested = "." in view.symbols.qualname[int(view.symbol_of[document])]
        weight = NESTED_DEFINITION_WEIGHT if is_nested else DEFINITION_WEIGHT
        scores[document] = weight * best * view.prior[document]
    return "definition", scores


def _total(view: View, signals: dict[str, Floats]) -> Integers:
    """Return the sum of the signals as whole numbers, before anything is compared: see SCALE."""
    total = np.zeros(len(view.prior))
    for values in signals.values():
        total = total + values
    return np.rint(total * SCALE).astype(np.int64)


def _share_of_max(values: npt.NDArray[np.floating] | Integers) -> Floats:
    """Return each value as a share of the largest one."""
    largest = values.max() if len(values) else 0
    return values / largest if largest > 0 else np.zeros(len(values))
