"""Signals of a view equal what a plain calculation from the sources gives."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura_core.embedding import static_embedder, text_terms
from aura_core.model.graph import Edge, EdgeKind, Resolution
from aura_core.views import View, build_view, find_mentions, query_terms
from aura_core.views.segments.file_priors import prior_of
from tests.core.views.samples import make_view, score_of, view_files

CART = """class Cart:
    def add(self, product):
        self.total_price(product)

    def total_price(self, product):
        return product
"""
PRICES = """def total_price(lines):
    return sum(lines)


def parse_header(text):
    return text
"""
TEXTS = {
    "shop/cart.py": CART,
    "shop/prices.py": PRICES,
    "tests/test_cart.py": "def test_add():\n    assert cart.add(product)\n",
    "docs/cart.md": "# Cart\n\nA cart has a total price.\n\nThe cart knows vouchers.\n\n\nmore\n",
}


@pytest.fixture
def view(tmp_path: Path) -> View:
    return make_view(tmp_path, view_files(TEXTS))


def test_bm25_equals_the_formula_over_the_sources(tmp_path: Path) -> None:
    """Bodies are whole functions here, so that a plain count of each definition's own text is enough."""
    texts = {
        "a.py": "def alpha(beta):\n    return gamma(beta, beta)\n",
        "b/c.py": "def delta(gamma):\n    return gamma\n\n\ndef alpha_two(x1):\n    return x1\n",
    }
    own = {
        "a.py::alpha": ("alpha", "a", texts["a.py"]),
        "b/c.py::delta": ("delta", "b c", "def delta(gamma):\n return gamma"),
        "b/c.py::alpha_two": ("alpha_two", "b c", "def alpha_two(x1):\n return x1"),
    }
    counts = {}
    for uid, (name, path, body) in own.items():
        counts[uid] = Counter(text_terms(body))
        for weight, text in ((5, name), (2, path)):
            for term in text_terms(text):
                counts[uid][term] += weight
    view = make_view(tmp_path, view_files(texts))
    blank = [row for row, node in view.documents() if not node.qualname]
    documents = len(own) + len(blank)
    lengths = {uid: sum(c.values()) for uid, c in counts.items()} | {
        row: len(list(text_terms("b c"))) * 2 for row in blank
    }
    mean = sum(lengths.values()) / documents
    scores, _ = view.bm25.scores(query_terms("gamma and alpha"))
    for uid, count in counts.items():
        expected = 0.0
        for term in ("gamma", "alpha"):
            used = sum(term in c for c in counts.values())
            inverse = math.log(1 + (documents - used + 0.5) / (used + 0.5))
            frequency = count[term]
            expected += inverse * 2.2 * frequency / (frequency + 1.2 * (0.25 + 0.75 * lengths[uid] / mean))
        assert score_of(view, scores, uid) == pytest.approx(expected, abs=1e-9)


def test_a_name_outweighs_a_body(view: View) -> None:
    scores, _ = view.bm25.scores(query_terms("total price"))
    assert score_of(view, scores, "shop/prices.py::total_price") > score_of(view, scores, "shop/cart.py::Cart.add") > 0


def test_a_file_scores_by_all_that_it_holds(view: View) -> None:
    _, files = view.bm25.scores(query_terms("cart"))
    paths = [view.symbols.path[file] for file in np.argsort(-files)]
    assert set(paths[:3]) == {"shop/cart.py", "tests/test_cart.py", "docs/cart.md"}
    assert files[view.symbols.file("shop/prices.py")] == 0


@pytest.mark.parametrize("text", ["", "the and of", "zzzunknown", "\ud800", "日本"])
def test_a_question_without_known_words_scores_nothing(view: View, text: str) -> None:
    documents, files = view.bm25.scores(query_terms(text))
    assert not documents.any()
    assert not files.any()


@pytest.mark.parametrize(
    ("text", "uid"),
    [
        ("fix `parse_header` please", "shop/prices.py::parse_header"),
        ("parse_header() fails", "shop/prices.py::parse_header"),
        ("see Cart.add", "shop/cart.py::Cart.add"),
        ("crash in shop/prices.py", "shop/prices.py::total_price"),
        ("crash in prices.py line 3", "shop/prices.py::total_price"),
        ("shop.prices is slow", "shop/prices.py::total_price"),
        ('  File "/srv/app/shop/prices.py", line 2, in total_price', "shop/prices.py::total_price"),
    ],
)
def test_what_a_task_names_is_found(view: View, text: str, uid: str) -> None:
    scores = view.mentions.scores(find_mentions(text))
    assert score_of(view, scores, uid) == scores.max() > 0


def test_a_word_counts_more_when_it_is_written_as_code(view: View) -> None:
    as_prose = view.mentions.scores(find_mentions("it can add products"))
    as_code = view.mentions.scores(find_mentions("it can `add` products"))
    uid = "shop/cart.py::Cart.add"
    assert score_of(view, as_code, uid) > score_of(view, as_prose, uid) > 0


def test_cosines_equal_a_plain_calculation(view: View) -> None:
    code, length = static_embedder().query("total price of a cart")
    rows = view.codes(np.arange(len(view))).astype(np.int64)
    expected = np.maximum(rows @ code.astype(np.int64), 0) / np.sqrt(
        np.maximum((rows * rows).sum(1), 1) * float(length)
    )
    assert np.array_equal(view.dense.scores(code, length), expected)


@pytest.mark.parametrize(
    ("path", "prior"),
    [
        ("shop/cart.py", 1.0),
        ("django/test/client.py", 1.0),
        ("pkg/testing.py", 1.0),
        ("src/app/docstrings.py", 1.0),
        ("web/app.ts", 1.0),
        ("test/thing.py", 0.3),
        ("testing/thing.py", 0.3),
        ("pkg/tests/thing.py", 0.3),
        ("pkg/test_thing.py", 0.3),
        ("pkg/thing_test.py", 0.3),
        ("conftest.py", 0.3),
        ("docs/conf.py", 0.3),
        ("examples/run.py", 0.3),
        ("scripts/run.py", 0.3),
        ("pkg/_vendor/six.py", 0.5),
        ("README.md", 0.5),
        ("LICENSE", 0.3),
        ("pyproject.toml", 0.5),
        ("LICENSE.txt", 0.3),
        ("CHANGES.rst", 0.3),
        ("docs/releases/4.2.txt", 0.3),
        ("web/cart.spec.ts", 0.3),
        ("store/cart_test.go", 0.3),
        ("src/main/CartTest.java", 0.3),
        ("src/contest.py", 1.0),
        ("src/latest.go", 1.0),
        ("client/v1/api.py", 0.3),
        ("pkg/history.py", 1.0),
    ],
)
def test_product_code_comes_before_what_supports_it(path: str, prior: float) -> None:
    assert prior_of(path) == prior


def test_a_walk_reaches_callees_and_keeps_its_mass(tmp_path: Path) -> None:
    calls = [Edge("parse_header", EdgeKind.CALLS, "shop/cart.py::Cart.add", Resolution.EXACT, (6,))]
    view = make_view(tmp_path, view_files(TEXTS, {"shop/prices.py": calls}))
    row = {node.uid: row for row, node in view.documents()}
    mass = view.pagerank.from_seeds(np.array([row["shop/prices.py::parse_header"]]), np.array([7]))
    assert mass[row["shop/prices.py::parse_header"]] == mass.max()
    assert mass[row["shop/cart.py::Cart.add"]] > mass[row["shop/cart.py::Cart.total_price"]] > 0
    assert mass[row["tests/test_cart.py::test_add"]] == 0
    assert 0.99 * (1 << 40) < mass.sum() <= 1 << 40


def test_a_walk_from_nowhere_goes_nowhere(view: View) -> None:
    no_rows = np.zeros(0, np.int64)
    assert not view.pagerank.from_seeds(no_rows, no_rows).any()
    assert not view.pagerank.from_seeds(np.array([0]), np.array([0])).any()


WORDS = st.sampled_from(["alpha", "beta", "gamma_ray", "DeltaForce", "parse", "header"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=3, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_files_changes_no_score(tmp_path: Path, bodies: list[list[str]], random: object) -> None:
    """Rows move, so this shows that no score depends on numbering: which a view of several segments relies on."""
    texts = {f"f{n}.py": f"def f{n}():\n    {' + '.join(words)}\n" for n, words in enumerate(bodies)}
    edges = {
        path: [Edge(path[:-3], EdgeKind.CALLS, "f0.py::f0", Resolution.EXACT, (1,))]
        for path in texts
        if path != "f0.py"
    }
    files = view_files(texts, edges)
    shuffled = list(files)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _all_scores(make_view(tmp_path, files)) == _all_scores(make_view(tmp_path, shuffled))


def _all_scores(view: View) -> dict[str, tuple[float, ...]]:
    text = "parse the gamma header in f0.py with DeltaForce"
    words, files = view.bm25.scores(query_terms(text))
    mentions = view.mentions.scores(find_mentions(text))
    dense = view.dense.scores(*static_embedder().query(text))
    rows = {node.uid: row for row, node in view.documents()}
    seeds = [rows[uid] for uid in sorted(rows)][:3]
    walk = view.pagerank.from_seeds(np.array(seeds), np.array([3, 2, 1]))
    return {uid: (words[r], files[view.file_of[r]], mentions[r], dense[r], walk[r]) for uid, r in rows.items()}


def test_counts_saturate_instead_of_wrapping(tmp_path: Path) -> None:
    files = view_files({"a.py": f"x = '{'needle ' * 70_000}'\n", "b.py": "def needle():\n    pass\n"})
    build_view(tmp_path / "a.view", files, {}, static_embedder().lexicon)
    scores, _ = View.open(tmp_path / "a.view").bm25.scores(query_terms("needle"))
    assert (scores > 0).all()
