"""One score a document, decided by whole numbers, with supporting files behind product code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aura_core.embedding import static_embedder
from aura_core.model.graph import Edge, EdgeKind, Resolution
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
    assert set(parts) == {"words", "file", "mentions", "dense", "title", "walk", "coherence"}
    assert sum(parts.values()) == pytest.approx(int(scores.total[first]) / 1e9, abs=1e-5)


def part(view: View, query: str, uid: str, name: str) -> float:
    scores = scores_of(view, query, static_embedder())
    return dict(scores.parts(uids(view, list(range(len(view)))).index(uid))).get(name, 0.0)


def test_what_the_best_hit_calls_is_reached_by_the_walk(tmp_path: Path) -> None:
    texts = {"a.py": BODY, "b.py": "def zebra():\n    pass\n", "c.py": "def giraffe():\n    pass\n"}
    edges = {"a.py": [Edge("parse_header", EdgeKind.CALLS, "b.py::zebra", Resolution.EXACT, (2,))]}
    view = make_view(tmp_path, view_files(texts, edges))
    zebra, giraffe = (part(view, "parse_header", uid, "walk") for uid in ("b.py::zebra", "c.py::giraffe"))
    assert zebra > giraffe == 0.0


def test_only_the_best_document_of_a_file_gains_by_the_others(tmp_path: Path) -> None:
    texts = {"a.py": BODY + "\n\ndef header_of(text):\n    return parse_header(text)\n", "b.py": BODY}
    view = make_view(tmp_path, view_files(texts))
    best, second = (
        part(view, "parse a header", f"a.py::{name}", "coherence") for name in ("parse_header", "header_of")
    )
    assert min(best, second) == 0.0 < max(best, second)


def test_a_name_alone_asks_for_its_definition(tmp_path: Path) -> None:
    texts = {
        "a.py": "def run():\n    pass\n",
        "b.py": "def other():\n    " + "\n    ".join(f"run(run, run, {n})" for n in range(9)) + "\n",
        "c.py": "class Engine:\n    def run(self):\n        pass\n",
    }
    view = make_view(tmp_path, view_files(texts))
    for query in ("run", "engine.run()"):
        top, nested = (part(view, query, uid, "definition") for uid in ("a.py::run", "c.py::Engine.run"))
        assert top > nested > 0.0
        assert part(view, query, "b.py::other", "definition") == 0.0
    assert part(view, "run it", "a.py::run", "definition") == 0.0


def test_the_own_code_of_a_package_comes_after_that_of_modules(tmp_path: Path) -> None:
    text = "from shop.header import parse\n\nHEADER = parse\n"
    view = make_view(tmp_path, view_files({"shop/__init__.py": text, "shop/zebra.py": text}))
    assert uids(view, best_documents(view, scores_of(view, "HEADER", static_embedder()).total, 2))[0] == "shop/zebra.py"


def test_ties_are_broken_by_uid_after_taking_all_of_them(view: View) -> None:
    values = np.ones(len(view), np.int64)
    names = uids(view, list(range(len(view))))
    assert uids(view, best_documents(view, values, 2)) == sorted(names)[:2]


def test_what_scores_nothing_is_no_hit(view: View) -> None:
    assert best_documents(view, np.zeros(len(view), np.int64), 5) == []


def test_a_view_without_documents_ranks_nothing(tmp_path: Path) -> None:
    empty = make_view(tmp_path, [])
    assert best_documents(empty, scores_of(empty, "anything", static_embedder()).total, 5) == []
