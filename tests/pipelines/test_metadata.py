"""Texts of repositories in the UI, which reads descriptions as Markdown."""

from __future__ import annotations

import pytest

from aura_pipelines.metadata import code, table
from tests.pipelines.conftest import rows_of


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("shop/__init__.py::a", "`shop/__init__.py::a`"),
        ("![x](http://a.invalid/x.png) <img src=x>", "`![x](http://a.invalid/x.png) <img src=x>`"),
        ("a ` b", "``a ` b``"),
        ("```", "```` ``` ````"),
        ("one\n# two\u202e", "`one\\n# two\\u202e`"),
    ],
)
def test_a_text_of_a_repository_means_nothing_in_markdown(text: str, markdown: str) -> None:
    assert code(text) == markdown


def test_cells_of_a_table_show_their_text_on_one_line() -> None:
    assert rows_of(table(("path", "files"), [("a\n\u202eb", 2)])) == [{"path": "a\\n\\u202eb", "files": 2}]
