"""A window shows the lines of a long text that fit the task, in order, and marks what it cuts."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.context import ContextItem, Level
from aura_core.model.graph import Node, NodeKind, uid_of
from aura_core.retrieval.levels import Candidate
from aura_core.retrieval.task_words import TaskWords
from aura_core.retrieval.windows import body_window, module_window
from aura_core.tokens import TokenCounter

COUNTER = TokenCounter("cl100k_base")
MARK = re.compile(r"… lines (\d+)-(\d+) are cut …\n")


def node_of(name: str, kind: NodeKind, start: int, end: int) -> Node:
    return Node(uid_of("a.py", name), "a.py", name, kind, start, end, "a")


def candidate(node: Node, members: tuple[Node, ...] = (), body_line: int = 0) -> Candidate:
    return Candidate(node, body_line or node.start_line + 1, members, ContextItem.of(node, blob="", why=(), scores={}))


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


LONG = lines_of(
    "def settle(order):\n"
    + "".join(f"    total = add(total, {n})\n" for n in range(400))
    + "\n    if order.voucher:\n        total -= order.voucher.worth\n\n"
    + "".join(f"    total = take(total, {n})\n" for n in range(400))
)


def test_a_window_has_the_head_and_the_lines_that_the_task_names() -> None:
    node = node_of("settle", NodeKind.FUNCTION, 1, len(LONG))
    window = body_window(candidate(node), LONG, TaskWords("the voucher is worth too much"), COUNTER, 300)
    assert window.level is Level.WINDOW
    assert window.text.startswith("def settle(order):\n")
    assert "        total -= order.voucher.worth\n" in window.text
    assert (window.start_line, window.end_line) == (1, len(LONG))
    assert COUNTER.count(window.text) <= 300


def test_marks_and_spans_together_are_the_whole_body() -> None:
    node = node_of("settle", NodeKind.FUNCTION, 1, len(LONG))
    window = body_window(candidate(node), LONG, TaskWords("voucher"), COUNTER, 200)
    cuts = [(int(first), int(last)) for first, last in MARK.findall(window.text)]
    covered = sorted([*cuts, *window.spans])
    assert [first for first, _ in covered] == [1, *(last + 1 for _, last in covered[:-1])]
    assert covered[-1][1] == len(LONG)


@given(
    st.lists(st.sampled_from(["", "x = 1", "    voucher", "é = 'ü'", "…"]), min_size=1, max_size=60),
    st.integers(0, 400),
    st.data(),
)
def test_a_window_is_made_of_whole_lines_in_their_order(texts: list[str], budget: int, data: st.DataObject) -> None:
    lines = [f"{text}\n" for text in texts]
    start = data.draw(st.integers(1, len(lines)))
    node = node_of("f", NodeKind.FUNCTION, start, data.draw(st.integers(start, len(lines))))
    window = body_window(candidate(node), lines, TaskWords("voucher"), COUNTER, budget)
    shown_lines = "".join("".join(lines[first - 1 : last]) for first, last in window.spans)
    assert MARK.sub("", window.text) == shown_lines
    assert list(window.spans) == sorted(window.spans)
    assert all(node.start_line <= first <= last <= node.end_line for first, last in window.spans)


MODULE = lines_of(
    "from shop import vouchers\n\n\n"
    "def pay(order):\n    return METHODS[order.method](order)\n\n\n"
    'METHODS = {"card": pay_by_card, "on account": pay_later}\n\n\n'
    "def pay_later(order):\n    return order\n\n\n"
    "LIMIT = 3\n"
)
MEMBERS = (node_of("pay", NodeKind.FUNCTION, 4, 5), node_of("pay_later", NodeKind.FUNCTION, 11, 12))


def test_a_table_between_functions_is_shown_when_the_task_names_it() -> None:
    module = candidate(node_of("", NodeKind.MODULE, 1, len(MODULE)), MEMBERS)
    window = module_window(module, MODULE, TaskWords("METHODS lacks 'on account'"), COUNTER, 200)
    assert window is not None
    assert window.text == 'METHODS = {"card": pay_by_card, "on account": pay_later}\n'
    assert window.spans == ((8, 8),)


def test_imports_and_the_bodies_of_members_are_not_a_modules_own_code() -> None:
    module = candidate(node_of("", NodeKind.MODULE, 1, len(MODULE)), MEMBERS)
    assert module_window(module, MODULE, TaskWords("order of vouchers"), COUNTER, 200) is None


def test_a_quotation_is_recognised_as_it_is_written() -> None:
    words = TaskWords("what does 'not in' do, and `a.b`?")
    assert words.quotations == ("not in", "a.b")
    assert "not in" in words.terms_in('{"not in": outside}')
    assert "not in" not in words.terms_in("not (x in y)")
