"""An answer follows from the snapshot and the request alone, says why, and never exceeds its budget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura_core.embedding import static_embedder
from aura_core.errors import InputTooLarge, InvalidRequest, SourceGone
from aura_core.model.context import ContextPack, ContextRequest, Format, Level
from aura_core.model.graph import Edge, EdgeKind, Resolution
from aura_core.model.repository import Lag
from aura_core.retrieval import ReadBlob, answer, search
from aura_core.retrieval.reasons import connection
from aura_core.tokens import TokenCounter
from aura_core.views import View
from tests.core.views.samples import make_view, view_files

HTTP = '''"""Headers."""

import os


def parse_header(text):
    """Split a header line."""
    name, _, value = text.partition(":")
    return clean(name), clean(value)


def clean(text):
    return text.strip()


class Message:
    """A message on the wire."""

    def __init__(self, lines):
        self.headers = [parse_header(line) for line in lines]

    def size(self):
        return sum(len(name) for name, _ in self.headers)
'''
TEXTS = {
    "wire/http.py": HTTP,
    "wire/big.py": "def enormous(table):\n"
    + "".join(f"    table[{n}] = 'value number {n} of the enormous table'\n" for n in range(900)),
    "docs/wire.md": "# Headers\n\nA header line is split at its first colon.\n\nThis is `parse_header`.\n\n\nMore.\n",
    "latin.py": "# -*- coding: latin-1 -*-\ndef cafe():\n    return 'caf\u00e9 \u65e5\u672c </code> ```'\n",
}
EDGES = {"wire/http.py": [Edge("parse_header", EdgeKind.CALLS, "wire/http.py::clean", Resolution.EXACT, (9, 9))]}


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    return make_view(tmp_path_factory.mktemp("view"), view_files(TEXTS, EDGES))


def read(blob: str) -> bytes:
    return sorted(TEXTS.items())[int(blob)][1].encode()


def ask(view: View, request: ContextRequest, read_blob: ReadBlob = read) -> ContextPack:
    count = TokenCounter(request.encoding)
    return answer(view, read_blob, request, count, static_embedder(), repo="r", sha="s", digest="d", lag=Lag())


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["parse a header line", "enormous table", "zzz", "wire/http.py Message.size", "café 日本"]),
    st.integers(64, 3_000),
    st.sampled_from(list(Format)),
    st.sampled_from(["cl100k_base", "o200k_base"]),
    st.lists(st.sampled_from(["wire/http.py", "Message", "enormous", "wire/big.py", "nothing"]), max_size=2),
)
def test_no_answer_exceeds_its_budget(
    view: View, task: str, budget: int, form: Format, encoding: str, entries: list[str]
) -> None:
    pack = ask(view, ContextRequest(task, budget, tuple(entries), form, encoding))
    assert TokenCounter(encoding).count(pack.text) == pack.tokens <= budget
    assert len(pack.omitted) <= 60


def test_the_same_question_gets_the_same_bytes(view: View) -> None:
    request = ContextRequest("parse a header line", 600)
    assert ask(view, request) == ask(view, request)


def test_the_replay_id_names_all_that_an_answer_follows_from(view: View) -> None:
    request = ContextRequest("parse a header line", 600, ("clean", "Message"))
    first = ask(view, request).replay_id
    assert ask(view, replace(request, entry_points=("Message", "clean", "clean"))).replay_id == first
    others = [
        replace(request, max_tokens=601),
        replace(request, format=Format.JSON),
        replace(request, task="x"),
        replace(request, entry_points=()),
    ]
    assert len({first, *(ask(view, other).replay_id for other in others)}) == 5


def test_the_order_of_entry_points_changes_nothing(view: View) -> None:
    one = ask(view, ContextRequest("sizes", 600, ("Message.size", "clean")))
    two = ask(view, ContextRequest("sizes", 600, ("clean", "Message.size")))
    assert one == two


@pytest.mark.parametrize("name", ["wire/http.py::clean", "clean", "wire.http.clean"])
def test_an_entry_point_comes_first_by_any_of_its_names(view: View, name: str) -> None:
    pack = ask(view, ContextRequest("the enormous table", 2_000, (name,)))
    assert pack.items[0].uid == "wire/http.py::clean"
    assert pack.items[0].why == ("asked for as an entry point",)


def test_an_entry_point_that_is_a_path_shows_the_file(view: View) -> None:
    pack = ask(view, ContextRequest("the enormous table", 2_000, ("wire/http.py",)))
    assert (pack.items[0].uid, pack.items[0].level, pack.items[0].start_line) == ("wire/http.py", Level.FULL, 1)


def test_an_unknown_entry_point_is_named(view: View) -> None:
    pack = ask(view, ContextRequest("parse a header", 600, ("wire.gone",)))
    assert [(o.symbol, o.reason) for o in pack.omitted if o.reason == "entry_point_not_found"] == [
        ("wire.gone", "entry_point_not_found")
    ]


def test_a_hit_names_the_words_that_its_name_shares_with_the_task(view: View) -> None:
    hit = next(
        i for i in ask(view, ContextRequest("parsing of headers", 2_000)).items if i.uid == "wire/http.py::parse_header"
    )
    assert hit.why[:2] == ("name matches: parsing, headers", "its words match the task")


def test_a_neighbour_says_how_it_is_connected(tmp_path: Path) -> None:
    texts = {
        "a.py": "def needle():\n    return 1\n",
        "b.py": "def zebra():\n    return 2\n",
        "c.py": "class Base:\n    x = 3\n",
    }
    edges = {"a.py": [Edge("needle", EdgeKind.CALLS, "b.py::zebra", Resolution.EXACT, (2,))]}
    pack = make_view(tmp_path, view_files(texts, edges))
    assert connection(pack, pack.symbols.row("b.py::zebra"), {pack.symbols.row("a.py::needle")}) == "called by needle"
    assert connection(pack, pack.symbols.row("a.py::needle"), {pack.symbols.row("b.py::zebra")}) == "calls zebra"
    assert (
        connection(pack, pack.symbols.row("c.py::Base"), {pack.symbols.row("a.py::needle")})
        == "near the best hits in the graph"
    )


def test_items_say_where_their_text_is_from(view: View) -> None:
    pack = ask(view, ContextRequest("parse_header", 2_000))
    item = next(i for i in pack.items if i.uid == "wire/http.py::parse_header")
    lines = HTTP.splitlines(keepends=True)[item.start_line - 1 : item.end_line]
    assert "".join(lines) in pack.text
    assert read(item.blob).decode() == HTTP
    assert item.scores
    assert all(round(value, 6) == value for value in item.scores.values())


def test_one_function_over_the_budget_counts_once(tmp_path: Path) -> None:
    view = make_view(tmp_path, view_files({"wire/big.py": TEXTS["wire/big.py"]}))
    pack = ask(view, ContextRequest("the enormous table", 1_000), lambda _: TEXTS["wire/big.py"].encode())
    assert pack.nodes_truncated == 1
    assert pack.omitted[0].reason == "truncated_to_window"
    assert pack.omitted[0].tokens > 1_000


@pytest.mark.parametrize("kind", list(EdgeKind))
def test_an_edge_of_every_kind_connects(tmp_path: Path, kind: EdgeKind) -> None:
    texts = {"a.py": "def needle():\n    return 1\n", "b.py": "def zebra():\n    return 2\n"}
    edges = {"a.py": [Edge("needle", kind, "b.py::zebra", Resolution.EXACT, (2,))]}
    view = make_view(tmp_path, view_files(texts, edges))
    needle, zebra = (view.symbols.row(uid) for uid in ("a.py::needle", "b.py::zebra"))
    assert connection(view, zebra, {needle}).endswith(" needle")
    assert connection(view, needle, {zebra}).endswith(" zebra")


def test_what_most_hits_call_comes_after_the_first_of_them(tmp_path: Path) -> None:
    names = [f"fetch_{noun}" for noun in ("orders", "clients", "stocks", "prices", "letters", "parcels")]
    texts = {f"{name}.py": f"def {name}(wire):\n    return fetch wire {name} {name[::-1]}\n" for name in names}
    texts["zebra.py"] = "def zebra(value):\n    return value\n"
    edges = {f"{name}.py": [Edge(name, EdgeKind.CALLS, "zebra.py::zebra", Resolution.EXACT, (2,))] for name in names}
    blobs = [text for _, text in sorted(texts.items())]
    view = make_view(tmp_path, view_files(texts, edges))
    pack = ask(view, ContextRequest("fetch from the wire", 2_000), lambda blob: blobs[int(blob)].encode())
    position = [item.symbol for item in pack.items].index("zebra")
    assert position == 3
    assert pack.items[position].why == ("called by 6 of the best hits",)


def test_nothing_that_matches_says_so(tmp_path: Path) -> None:
    pack = ask(make_view(tmp_path, []), ContextRequest("anything", 64))
    assert pack.text
    assert pack.items == ()


def test_text_that_is_gone_is_an_error(view: View) -> None:
    def read_missing(blob: str) -> bytes:
        raise SourceGone("missing")

    with pytest.raises(SourceGone):
        ask(view, ContextRequest("parse_header", 600), read_missing)
    with pytest.raises(SourceGone):
        search(view, read_missing, "parse_header", 3, static_embedder())


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (ContextRequest("  "), InvalidRequest),
        (ContextRequest("x", 63), InvalidRequest),
        (ContextRequest("x", 200_001), InvalidRequest),
        (ContextRequest("x" * 100_001), InputTooLarge),
        (ContextRequest("x", entry_points=("a",) * 65), InputTooLarge),
    ],
)
def test_a_request_out_of_bounds_is_refused(view: View, request_: ContextRequest, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(view, request_)


def test_search_shows_the_first_lines_of_what_it_found(view: View) -> None:
    hits = search(view, read, "parse_header", 5, static_embedder())
    assert hits[0].uid == "wire/http.py::parse_header"
    assert hits[0].snippet.startswith("def parse_header(text):\n")
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
