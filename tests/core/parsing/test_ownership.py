"""Every byte belongs to exactly one definition."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.facts import Definition
from aura_core.model.graph import NodeKind
from aura_core.parsing.ownership import line_starts, owned_spans, owned_texts


def row(number: int, first: int, last: int, parent: int = 0, owner: int | None = None) -> Definition:
    kind = NodeKind.MODULE if number == 0 else NodeKind.FUNCTION
    return Definition(
        kind,
        f"f{number}" if number else "",
        first,
        last,
        first,
        last,
        parent,
        number if owner is None else owner,
        b"",
        "",
        "",
    )


@st.composite
def nested_rows(draw: st.DrawFn, lines: int) -> list[Definition]:
    """Properly nested definitions, in order of position; some are functions inside functions, which own nothing."""
    rows = [row(0, 1, lines, -1)]

    def inside(first: int, last: int, parent: int) -> None:
        line = first
        while line <= last and len(rows) < 12 and draw(st.booleans()):
            begin = draw(st.integers(line, last))
            end = draw(st.integers(begin, last))
            number = len(rows)
            is_owner = parent == 0 or (rows[parent].owner == parent and draw(st.booleans()))
            rows.append(row(number, begin, end, parent, number if is_owner else rows[parent].owner))
            inside(begin + 1, end, number)
            line = end + 1

    inside(1, lines, 0)
    return rows


TEXTS = st.text(alphabet="ab _1.\r\n\u00e9", max_size=200).map(str.encode)


@given(TEXTS)
def test_lines_are_those_of_bytes_splitlines(text: bytes) -> None:
    starts = line_starts(text).tolist()
    lines = [text[a:z] for a, z in pairwise(starts)]
    assert lines == (text.splitlines(keepends=True) or [b""])


@given(st.data())
def test_every_byte_has_one_owner_the_innermost_that_may_own(data: st.DataObject) -> None:
    text = data.draw(TEXTS)
    starts = line_starts(text)
    lines = len(starts) - 1
    rows = data.draw(nested_rows(lines))
    spans = owned_spans(rows, starts)
    owner_of = {}
    for number, own in enumerate(spans):
        assert own == sorted(own)
        for start, end in own:
            assert start < end
            for offset in range(start, end):
                assert offset not in owner_of
                owner_of[offset] = number
    assert len(owner_of) == len(text)
    for line in range(1, lines + 1):
        innermost = max(n for n, d in enumerate(rows) if d.owner == n and d.start_line <= line <= d.end_line)
        assert {owner_of[offset] for offset in range(starts[line - 1], starts[line])} <= {innermost}


def test_a_class_owns_what_its_methods_do_not() -> None:
    text = b"import x\nclass A:\n    a = 1\n    def f(self):\n        def g(): pass\n    b = 2\nlast = 1\n"
    rows = [row(0, 1, 7, -1), row(1, 2, 6), row(2, 4, 5, 1), row(3, 5, 5, 2, 2)]
    texts = owned_texts(text, owned_spans(rows, line_starts(text)))
    assert texts == [
        b"import x\nlast = 1\n",
        b"class A:\n    a = 1\n    b = 2\n",
        b"    def f(self):\n        def g(): pass\n",
        b"",
    ]


def test_spans_beyond_the_text_are_clipped() -> None:
    text = b"a\nb"
    assert owned_texts(text, owned_spans([row(0, 1, 9, -1), row(1, 2, 9), row(2, 7, 9)], line_starts(text))) == [
        b"a\n",
        b"b",
        b"",
    ]
