"""Text files as sections."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.facts import Definition
from aura_core.parsing.ownership import line_starts
from aura_core.parsing.sections import section_rows


def sections(language: str, text: str) -> list[Definition]:
    data = text.encode()
    return section_rows(language, data, line_starts(data))


def names(language: str, text: str) -> list[tuple[str, int, int]]:
    return [(d.qualname, d.start_line, d.end_line) for d in sections(language, text)]


def test_markdown_is_cut_at_headings_of_both_styles() -> None:
    text = "intro\n\n# One ##\na\n\nTwo words\n---------\nb\n\n## Three [link](x) `code`\n"
    assert names("markdown", text) == [("One", 3, 5), ("Two words", 6, 9), ("Three link code", 10, 10)]


def test_markdown_headings_in_fences_and_front_matter_are_text() -> None:
    text = "---\n# no\ntitle: x\n---\n# Yes\n```sh\n# comment\n~~~\n# comment\n```\n# Again\n"
    assert names("markdown", text) == [("Yes", 5, 10), ("Again", 11, 11)]


def test_a_rule_below_a_paragraph_line_is_no_markdown_heading() -> None:
    assert names("markdown", "one\ntwo\n---\nthree\n") == []
    assert names("markdown", "\n| a |\n---\n") == []


def test_rest_titles_may_be_overlined() -> None:
    text = "=====\nTitle\n=====\n\ntext\n\nSub\n---\n\nmore\n"
    rows = sections("rest", text)
    assert [(d.qualname, d.start_line, d.def_line, d.body_line, d.end_line, d.signature) for d in rows] == [
        ("Title", 1, 2, 4, 6, "Title"),
        ("Sub", 7, 7, 9, 10, "Sub"),
    ]


def test_rest_tables_and_short_rules_are_no_titles() -> None:
    assert names("rest", "para\n\n=== ===\na   b\n=== ===\n\nA long sentence about it\n---\n") == []


def test_asciidoc_headings() -> None:
    assert names("asciidoc", "= Doc\n\n== Part\nx\n") == [("Doc", 1, 2), ("Part", 3, 4)]


def test_toml_tables_outside_strings_and_arrays() -> None:
    text = 'top = 1\n[a.b]\nx = """\n[no]\n"""\nm = [\n["c"],\n]\n[[a.b]]\n[[a.b]] # again\n'
    assert names("toml", text) == [("a.b", 2, 8), ("a.b#2", 9, 9), ("a.b#3", 10, 10)]


def test_ini_sections() -> None:
    assert names("ini", "; x\n[flake8]\nmax = 1\n[tool:x]\n") == [("flake8", 2, 3), ("tool:x", 4, 4)]


def test_yaml_keys_small_ones_joined() -> None:
    text = "name: a\non: push\n# c\njobs:\n  one:\n    a: 1\n    b: 2\n    c: 3\n  two: x\nenv:\n  A: 1\n"
    assert names("yaml", text) == [("name", 1, 3), ("jobs", 4, 9), ("env", 10, 11)]


def test_yaml_lists_of_named_items() -> None:
    text = "".join(f"- name: step {i}\n  a: 1\n  b: 1\n  c: 1\n  d: 1\n" for i in range(2))
    assert names("yaml", text) == [("step 0", 1, 5), ("step 1", 6, 10)]


def test_json_top_level_keys_only() -> None:
    text = '{\n  "a": {\n    "x": 1,\n    "y": 1,\n    "z": 1\n  },\n  "b": 1\n}\n'
    assert names("json", text) == [("a", 1, 6), ("b", 7, 8)]
    assert names("json", '{"a": 1}') == []
    assert names("json", "[\n 1\n]") == []


def test_sql_objects_name_their_statements() -> None:
    text = (
        "-- users\nCREATE TABLE IF NOT EXISTS users (\n id int\n);\n\n"
        "create or replace function f() returns int as $$\nbegin; end;\n$$;\n"
        "insert into users values ('a;b');\ninsert into users values ('c');\n"
        "/* i; */ create unique index i on users(id);\n"
    )
    assert names("sql", text) == [("users", 1, 5), ("f", 6, 8), ("insert into users values", 9, 10), ("i", 11, 11)]


def test_named_queries_are_sections() -> None:
    assert names("sql", "-- name: get_user\nselect 1;\n\n-- name: other\nselect 2;\n") == [
        ("get_user", 1, 3),
        ("other", 4, 5),
    ]


def test_short_text_without_headings_stays_whole() -> None:
    assert names("html", "<p>\n" * 120) == []


def test_long_text_is_cut_at_blank_lines() -> None:
    text = ("line\n" * 57 + "\n") * 3
    assert names("html", text) == [("part 1", 1, 58), ("part 2", 59, 116), ("part 3", 117, 174)]


def test_a_long_section_keeps_its_name_and_is_cut_into_parts() -> None:
    text = "# News\n" + "a\n" * 149
    assert names("markdown", text) == [("News", 1, 60), ("News (part 2)", 61, 150)]


def test_titles_are_unique_even_when_they_look_numbered() -> None:
    assert [n for n, *_ in names("markdown", "# a\n# a#2\n# a\n# a\n")] == ["a", "a#2", "a#3", "a#4"]


def test_titles_are_printable_and_never_empty() -> None:
    assert [n for n, *_ in names("markdown", "# ``\n# \x1b[1mred\n# " + "x" * 500 + "\n")] == [
        "untitled",
        "[1mred",
        "x" * 120,
    ]


PROSE = ["# a", "## b #", "a", "---", "===", "```", "", "  x"]
SETTINGS = ["[t]", "key: 1", "- name: y", "{", '  "k": [', "}"]
STATEMENTS = ["create table t(x);", "insert 1;", "$$", "'", "/*", "--"]
LINES = st.sampled_from([*PROSE, *SETTINGS, *STATEMENTS])
LANGUAGES = ["markdown", "rest", "text", "asciidoc", "toml", "ini", "yaml", "json", "sql", "html"]


@pytest.mark.parametrize("language", LANGUAGES)
@given(lines=st.lists(LINES, max_size=200), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_sections_are_in_order_disjoint_inside_the_file_and_uniquely_named(
    language: str, lines: list[str], end: str
) -> None:
    text = end.join(lines)
    rows = sections(language, text)
    total = len(line_starts(text.encode())) - 1
    assert len({d.qualname for d in rows}) == len(rows)
    previous = 0
    for number, d in enumerate(rows, start=1):
        assert previous < d.start_line <= d.def_line <= d.body_line <= d.end_line <= total
        assert d.qualname
        assert (d.parent, d.owner) == (0, number)
        previous = d.end_line
    assert not rows or previous == total


def seconds(language: str, text: bytes) -> float:
    """Return the CPU time of cutting a text; the sections must end where the text does."""
    starts = line_starts(text)
    begin = process_time()
    rows = section_rows(language, text, starts)
    end = process_time()
    assert not rows or rows[-1].end_line == len(starts) - 1
    return end - begin


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "piece", ["# ", "=", "-", "[", "a: ", "'", "/*", "$$", "$a", "--", '"', '{\n "a\\', "`", " ", ";", "('"]
)
def test_hostile_repetition_is_read_in_linear_time(language: str, piece: str) -> None:
    text = (piece * (50_000 // len(piece))).encode()
    # Quadratic work would take sixteen times as long, which is many seconds. Three tries, because the collector may run
    # in one of them.
    assert any(seconds(language, 4 * text) <= 8 * seconds(language, text) + 0.2 for _ in range(3))
