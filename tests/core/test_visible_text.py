"""Hostile text: seen, and never obeyed."""

import json
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.context import ContextItem, Format, Level
from aura_core.model.graph import Node, NodeKind
from aura_core.retrieval.levels import Candidate, Excerpt
from aura_core.retrieval.render import join_pieces, render_excerpt
from aura_core.visible_text import visible, visible_json, visible_lines

HOSTILE = st.text(st.characters(exclude_categories=()), max_size=40) | st.lists(
    st.sampled_from(
        [
            "\x1b[2J",
            "\x9b",
            "\u202e",
            "\u2066",
            "]]>",
            "<",
            "&",
            '"',
            "\ud800",
            "\udfff",
            "\ufffe",
            "\0",
            "\r",
            "\n",
            "é",
        ]
    ),
    max_size=9,
).map("".join)

OBEYED = {*map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0)), *"\u202a\u202e\u2066\u2069\u200f\u2028"}


@given(HOSTILE)
def test_a_name_is_one_line_that_no_terminal_obeys(text: str) -> None:
    shown = visible(text)
    assert not OBEYED.intersection(shown)
    assert shown.encode() or not text  # no halves of surrogate pairs
    assert not OBEYED.intersection(visible_lines(text)) - {"\t", "\n"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [("\x1b[31m", "\\x1b[31m"), ("a\u202eb", "a\\u202eb"), ("a\nb\tc", "a\\nb\\tc"), ("Zoë 👨‍👩", "Zoë 👨‍👩")],
)
def test_escapes_say_which_character_it_is(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(HOSTILE)
def test_json_keeps_its_value(text: str) -> None:
    shown = visible_json(json.dumps({text: text}, ensure_ascii=False))
    # Two halves of a surrogate pair side by side are one character in JSON, however they are written.
    (expected,) = json.loads(json.dumps([text]))
    assert json.loads(shown) == {expected: expected}
    assert not OBEYED.intersection(shown)


def excerpt_in(form: Format, path: str, name: str, text: str) -> str:
    node = Node(f"{path}::{name}", path, name, NodeKind.FUNCTION, 1, 1)
    item = ContextItem.of(node, blob="", why=(), scores={})
    piece = render_excerpt(form, Candidate(node, 1, (), item), Excerpt(Level.FULL, text, 1, 1))
    return join_pieces(form, [piece, piece])


@given(HOSTILE, HOSTILE, HOSTILE)
def test_xml_is_well_formed_for_every_input(path: str, name: str, text: str) -> None:
    top = ElementTree.fromstring(excerpt_in(Format.XML, path, name, text))
    assert [code.tag for code in top] == ["code", "code"]
    assert not OBEYED.intersection(excerpt_in(Format.XML, path, name, text)) - {"\t", "\n"}


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=40))
def test_xml_keeps_the_text_that_it_can_hold(text: str) -> None:
    code, _ = ElementTree.fromstring(excerpt_in(Format.XML, "a.py", "f", text))
    assert code.text == f"\n{text}"


@given(HOSTILE, HOSTILE)
@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.PLAIN])
def test_headers_are_one_line_whatever_names_hold(form: Format, path: str, name: str) -> None:
    head, _, _ = excerpt_in(form, path, name, "x\n").partition("\n")
    assert ":1-1" in head
    assert not OBEYED.intersection(head)
