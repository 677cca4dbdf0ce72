"""Every parser takes time in proportion to the text, whoever wrote it."""

from __future__ import annotations

import pytest

from aura_core.parsing import parse_blob
from tests.work import seconds

UNITS = (
    "a", " ", "\n", "#", "a\n===\n\n", "```\n", "[a]\n", "{", '"', "'''", "a: b\n", "- a: b\n", "/*", "$a$",
    "select 1;\n", "(", "def f(:\n", "class A:\n", " a\n", "x = [\n", "print a\n", "0777 ", "a.", "@a\n", "\\\n",
    "\\N{", "a=1\n", "a = ", "f'{a}'", "import a\n", '{"a":', '"a": 1,\n', "é", "\r", "a;", "# a\n",
)  # fmt: skip
"""What a hostile text repeats."""

PATHS = ("a.md", "a.rst", "a.adoc", "a.toml", "setup.cfg", "setup.py", "a.json", "a.yaml", "a.sql", "a.ipynb", "a.py")


@pytest.mark.parametrize("path", PATHS)
def test_a_text_that_repeats_itself_is_parsed_at_once(path: str) -> None:
    for unit in UNITS:
        text = (unit * 8_000)[:8_000].encode()
        assert any(seconds(parse_blob, path, text) < 1 for _ in range(2)), unit


@pytest.mark.parametrize("unit", ["\\\n", "\\N{", "(", "a\n b\n"])
def test_a_text_from_which_a_parser_cannot_recover_ends_too(unit: str) -> None:
    text = (unit * 120_000)[:120_000].encode()
    assert any(seconds(parse_blob, "a.py", text) < 5 for _ in range(2))
