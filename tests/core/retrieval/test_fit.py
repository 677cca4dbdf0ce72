"""A text never exceeds its budget, shows nothing twice, and names what it leaves out."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura_core.model.context import ContextItem, ContextRequest, Format, Level
from aura_core.model.graph import Node, NodeKind, uid_of
from aura_core.retrieval.fit import fit
from aura_core.retrieval.levels import Candidate
from aura_core.tokens import TokenCounter
from tests.work import seconds

LINE = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\n"), max_size=60)


def candidate(
    path: str, name: str, start: int, end: int, *, kind: NodeKind = NodeKind.FUNCTION, members: tuple[Node, ...] = ()
) -> Candidate:
    node = Node(
        uid_of(path, name),
        path,
        name,
        kind,
        start,
        end,
        "m",
        f"def {name}(argument):" if name else "",
        f"What {name} does.",
    )
    item = ContextItem.of(node, blob=path, why=("its words match the task",), scores={"words": 0.5})
    return Candidate(node, start + 1, members, item)


def request(tokens: int, form: Format = Format.MARKDOWN, encoding: str = "cl100k_base") -> ContextRequest:
    return ContextRequest("a task", tokens, format=form, encoding=encoding)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(LINE, min_size=1, max_size=30), min_size=0, max_size=12),
    st.integers(64, 1_500),
    st.sampled_from(list(Format)),
    st.sampled_from(["cl100k_base", "o200k_base"]),
)
def test_the_count_of_the_final_text_never_exceeds_the_budget(
    files: list[list[str]], budget: int, form: Format, encoding: str
) -> None:
    texts = {f"dir/f{n}.py": [f"{line}\n" for line in lines] for n, lines in enumerate(files)}
    ranked = [candidate(path, f"name_{n}", 1, len(lines)) for n, (path, lines) in enumerate(texts.items())]
    counts = TokenCounter(encoding)
    fitted = fit(request(budget, form, encoding), ranked, counts, lambda blob, path: texts[path])
    assert counts.count(fitted.text) == fitted.tokens <= budget
    if form is Format.JSON and fitted.text:
        assert len(json.loads(fitted.text)["items"]) == len(fitted.items)
    if form is Format.XML and fitted.text:
        assert len(ElementTree.fromstring(fitted.text)) == len(fitted.items)
    listed_uids = {i.uid for i in fitted.items} | {o.uid for o in fitted.omitted}
    assert listed_uids == {c.node.uid for c in ranked}


def body(lines: int) -> list[str]:
    return ["def f(argument):\n", *(f"    value_{n} = argument + {n}\n" for n in range(lines - 1))]


def test_one_function_far_over_the_budget_is_counted_as_truncated() -> None:
    fitted = fit(
        request(1_000), [candidate("a.py", "f", 1, 1_200)], TokenCounter("cl100k_base"), lambda *_: body(1_200)
    )
    assert fitted.truncated == 1
    assert fitted.items[0].level is Level.WINDOW
    assert fitted.omitted[0].reason == "truncated_to_window"


def method_of(client: str, name: str) -> list[str]:
    words = " ".join(f"word{n}" for n in range(30))
    return [f"def {name}(argument):\n", f'    """{words}"""\n', f"    return {client}.send(argument)\n"]


def test_bodies_that_are_nearly_the_same_wait_for_all_others() -> None:
    texts = {f"f{n}.py": method_of(f"client{n}", f"send{n}") for n in range(4)}
    texts["other.py"] = ["def other(argument):\n", "    return 1\n"]
    ranked = [candidate(path, f"name{n}", 1, len(lines)) for n, (path, lines) in enumerate(texts.items())]
    fitted = fit(request(2_000), ranked, TokenCounter("cl100k_base"), lambda _, path: texts[path])
    assert [item.path for item in fitted.items] == ["f0.py", "f1.py", "other.py", "f2.py", "f3.py"]
    assert {item.level for item in fitted.items} == {Level.FULL}


def test_an_entry_point_never_waits_because_another_is_like_it() -> None:
    lines = method_of("client", "send")
    ranked = [candidate(f"f{n}.py", f"name{n}", 1, 3) for n in range(2)]
    ranked.insert(1, candidate("other.py", "other", 1, 1))
    item = replace(ranked[2].item, scores={"entry_point": 1.0})
    ranked[2] = replace(ranked[2], item=item)
    fitted = fit(request(2_000), ranked[:1] + ranked[2:] + ranked[1:2], TokenCounter("cl100k_base"), lambda *_: lines)
    assert [item.path for item in fitted.items] == ["f0.py", "f1.py", "other.py"]


def test_a_method_inside_a_shown_class_is_not_shown_again() -> None:
    ranked = [candidate("a.py", "C", 1, 6, kind=NodeKind.CLASS), candidate("a.py", "C.m", 2, 4, kind=NodeKind.METHOD)]
    fitted = fit(request(1_000), ranked, TokenCounter("cl100k_base"), lambda *_: body(6))
    assert [i.symbol for i in fitted.items] == ["C"]
    assert [(o.symbol, o.reason) for o in fitted.omitted] == [("C.m", "duplicate_span")]


def test_a_class_of_which_a_method_is_shown_comes_as_its_signature() -> None:
    method = candidate("a.py", "C.m", 2, 4, kind=NodeKind.METHOD)
    ranked = [method, candidate("a.py", "C", 1, 6, kind=NodeKind.CLASS, members=(method.node,))]
    fitted = fit(request(1_000), ranked, TokenCounter("cl100k_base"), lambda *_: body(6))
    assert [(i.symbol, i.level) for i in fitted.items] == [("C.m", Level.FULL), ("C", Level.SIGNATURE)]
    assert fitted.text.count("value_1") == 1


def test_whole_bodies_come_in_rank_order_before_signatures() -> None:
    ranked = [candidate(f"f{n}.py", f"f{n}", 1, 12) for n in range(30)]
    fitted = fit(request(1_000), ranked, TokenCounter("cl100k_base"), lambda *_: body(12))
    levels = [i.level for i in fitted.items]
    assert levels == sorted(levels, key=[Level.FULL, Level.SIGNATURE, Level.STUB, Level.REFERENCE].index)
    full = [i.symbol for i in fitted.items if i.level is Level.FULL]
    assert full == [f"f{n}" for n in range(len(full))]


@pytest.mark.parametrize("form", list(Format))
def test_nothing_to_show_says_so(form: Format) -> None:
    fitted = fit(request(64, form), [], TokenCounter("cl100k_base"), lambda *_: [])
    assert fitted.text
    assert fitted.items == ()


def test_code_that_holds_a_fence_is_fenced_longer() -> None:
    fitted = fit(
        request(500),
        [candidate("a.md", "Section", 1, 3, kind=NodeKind.SECTION)],
        TokenCounter("cl100k_base"),
        lambda *_: ["```\n", "x\n", "```\n"],
    )
    assert "````markdown\n```\nx\n```\n````\n" in fitted.text


def test_a_body_of_blank_lines_is_shown_at_once() -> None:
    lines = ["x = 1\n", *["\n"] * 40_000, "```\n"]
    ranked = [candidate("a.py", "f", 1, len(lines))]
    counter = TokenCounter("cl100k_base")
    assert seconds(fit, request(100_000), ranked, counter, lambda *_: lines) < 2


def test_a_path_with_a_line_break_cannot_forge_a_header() -> None:
    fitted = fit(request(500), [candidate("a\n### b.py", "f", 1, 3)], TokenCounter("cl100k_base"), lambda *_: body(3))
    assert fitted.text.startswith("### a%0A### b.py:1-3 f\n")
