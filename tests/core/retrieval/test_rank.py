"""One score a document, decided by whole numbers, with supporting files behind product code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aura_core.embedding import static_embedder
from aura_core.retrieval.rank import best_documents, scores_of
from aura_core.views import View
from tests.core.views.samples import make_view, view_files

BODY = "def parse_header(text):\n    return text.partition(':')\n"


@pytest.fixture
def view(tmp_path: Path) -> View:
    return make_view(
        tmp_path,
        view_files({"shop/http.py": BODY, "tests/http.py": BODY, "shop/other.py": "def unrelated():\n    pass\n"}),
    )


def uids(view: View, rows: list[int]) -> list[str]:
    return [view.symbols.uid(int(view.symbol_of[row])) for row in rows]


def test_product_code_comes_before_equal_test_code(view: View) -> None:
    scores = scores_of(view, "parse_header drops the colon", static_embedder())
    assert uids(view, best_documents(view, scores.total, 2)) == [
        "shop/http.py::parse_header",
        "tests/http.py::parse_header",
    ]


def test_parts_add_up_to_the_score(view: View) -> None:
    scores = scores_of(view, "`parse_header` of shop/http.py drops the colon", static_embedder())
    first = best_documents(view, scores.total, 1)[0]
    parts = dict(scores.parts(first))
    assert set(parts) == {"words", "file", "mentions", "dense"}
    assert sum(parts.values()) == pytest.approx(int(scores.total[first]) / 1e9, abs=1e-5)


def test_ties_are_broken_by_uid_after_taking_all_of_them(view: View) -> None:
    values = np.ones(len(view), np.int64)
    names = uids(view, list(range(len(view))))
    assert uids(view, best_documents(view, values, 2)) == sorted(names)[:2]


def test_what_scores_nothing_is_no_hit(view: View) -> None:
    assert best_documents(view, np.zeros(len(view), np.int64), 5) == []


def test_a_view_without_documents_ranks_nothing(tmp_path: Path) -> None:
    empty = make_view(tmp_path, [])
    assert best_documents(empty, scores_of(empty, "anything", static_embedder()).total, 5) == []
