"""The names in the code are words of the glossary or of the field, never words that say nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, page

PACKAGES = ("aura_core", "aura_pipelines", "aura_api", "aura_mcp", "aura_cli", "benchmarks")
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))

PUBLIC_FIELDS = {"how", "wanted"}
"""Fields of JSON answers that clients read. A field of an answer has the name of the attribute that it comes from."""

MAX_ANY_IN_LINKING = 20
MAX_CONSTANT_INDEXES_IN_LINKING = 150


def banned_words() -> frozenset[str]:
    """The list of the glossary's second section."""
    section = page("glossary.md").partition("## Words that are not names")[2]
    return frozenset(re.findall(r"[a-z]+", section.partition(":\n")[2].partition(".")[0]))


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, name) of every argument, variable and attribute that a file defines, but for public fields of a class."""
    public = {node.target for cls in ast.walk(tree) if isinstance(cls, ast.ClassDef) for node in public_fields(cls)}
    for node in ast.walk(tree):
        if node in public:
            continue
        match node:
            case ast.arg(arg=name, lineno=line):
                yield line, name
            case ast.Name(id=name, ctx=ast.Store(), lineno=line):
                yield line, name
            case ast.Attribute(attr=name, ctx=ast.Store(), lineno=line):
                yield line, name
            case ast.ExceptHandler(name=str(name), lineno=line):
                yield line, name
            case ast.MatchAs(name=str(name), lineno=line) | ast.MatchStar(name=str(name), lineno=line):
                yield line, name


def public_fields(cls: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    """The fields of a class whose names are part of the API's answers."""
    for node in cls.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in PUBLIC_FIELDS:
            yield node


def constant_indexes(tree: ast.AST) -> list[int]:
    """The lines on which a row is read by a number: ``row[2]``, ``row[-1]``. Slices do not count."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and is_whole_number(node.slice)
    ]


def is_whole_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) is int


def test_the_glossary_lists_the_words_that_are_not_names() -> None:
    assert {"found", "some", "made", "kept", "given", "taken"} <= banned_words()
    assert len(banned_words()) >= 23


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_name_is_a_word_that_says_nothing(file: Path) -> None:
    banned = banned_words()
    assert file.stem.strip("_") not in banned
    bad = [(line, name) for line, name in names_in(ast.parse(file.read_bytes())) if name.strip("_").lower() in banned]
    assert not bad, f"name the thing instead: {bad}"


def test_a_banned_name_would_be_noticed() -> None:
    source = (
        "def f(found):\n    for at in found: pass\n    self.kept = how = 1\nclass C:\n    made: int\n    how: str\n"
    )
    assert [name for _, name in names_in(ast.parse(source))].count("how") == 1
    assert {name for _, name in names_in(ast.parse(source))} >= {"found", "at", "kept", "made", "how"}


def test_public_fields_are_fields_of_the_api() -> None:
    from aura_api.app import create_app
    from aura_core.settings import Settings

    schemas = create_app(Settings()).openapi()["components"]["schemas"].values()
    assert {name for schema in schemas for name in schema.get("properties", {})} >= PUBLIC_FIELDS


def test_linking_reads_rows_by_names_not_by_numbers() -> None:
    files = sorted((ROOT / "aura_core" / "linking").rglob("*.py"))
    counts = {file.name: len(constant_indexes(ast.parse(file.read_bytes()))) for file in files}
    assert sum(counts.values()) <= MAX_CONSTANT_INDEXES_IN_LINKING, counts


def test_linking_says_what_its_values_are() -> None:
    files = sorted((ROOT / "aura_core" / "linking").rglob("*.py"))
    trees = {file.name: ast.parse(file.read_bytes()) for file in files}
    counts = {
        name: sum(isinstance(n, ast.Name) and n.id == "Any" for n in ast.walk(tree)) for name, tree in trees.items()
    }
    assert sum(counts.values()) <= MAX_ANY_IN_LINKING, {name: count for name, count in counts.items() if count}
