"""Whole blobs into facts."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import blake2b
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.facts import FileFacts, ParseStatus
from aura_core.model.graph import NodeKind
from aura_core.parsing import facts_key, pack_facts, parse_blob, unpack_facts

SHAPES = '''"""Shapes."""
import math


class Circle:
    """Round."""

    sides = 0

    @property
    def area(self):
        def square(x):
            return x * x
        return math.pi * square(self.r)


def unit():
    """One."""
    return Circle(1)
'''


def words_of(facts: FileFacts) -> dict[str, Counter[bytes]]:
    sizes, index, count = (
        np.frombuffer(data, f"<u{item_size}").tolist()
        for item_size, data in (facts.words.per_definition, facts.words.index, facts.words.count)
    )
    pairs = iter(zip(index, count, strict=True))
    counts = {}
    for definition, size in zip(facts.definitions, sizes, strict=True):
        counts[definition.qualname] = Counter({facts.words.words[i]: n for i, n in islice(pairs, size)})
    return counts


def test_python_definitions_own_their_text_and_words() -> None:
    facts = parse_blob("shapes.py", SHAPES.encode())
    rows = {d.qualname: d for d in facts.definitions}
    assert (facts.language, facts.status, facts.warning, facts.lines) == ("python", ParseStatus.OK, "", 19)
    assert list(rows) == ["", "Circle", "Circle.area", "Circle.area.square", "unit"]
    square = rows["Circle.area.square"]
    assert (square.owner, square.digest) == (2, b"")
    unit = SHAPES[SHAPES.index("def unit") :].encode()
    assert rows["unit"].digest == blake2b(unit, digest_size=16).digest()
    words = words_of(facts)
    assert words["Circle.area"][b"square"] == 2
    assert words["Circle"][b"square"] == 0
    assert words[""] == Counter({b"Shapes": 1, b"import": 1, b"math": 1})


def test_facts_depend_on_bytes_and_language_never_on_the_path() -> None:
    assert parse_blob("a/b.py", SHAPES.encode()) == parse_blob("other.py", SHAPES.encode())
    assert parse_blob("a/b.md", SHAPES.encode()) != parse_blob("other.py", SHAPES.encode())


def test_a_syntax_error_costs_the_file_no_words() -> None:
    facts = parse_blob("broken.py", b"def broken(:\n    needle = 1\n")
    assert facts.status is not ParseStatus.OK
    assert facts.warning
    assert sum(words[b"needle"] for words in words_of(facts).values()) == 1


@pytest.mark.parametrize("path", ["picture.txt", "module.py"])
def test_binary_data_have_a_status_and_no_words(path: str) -> None:
    facts = parse_blob(path, b"abc\0def")
    assert (facts.status, facts.warning, facts.words.words) == (ParseStatus.BINARY, "", ())
    assert [d.digest for d in facts.definitions] == [b""]


def test_an_empty_file_has_one_row_that_owns_nothing() -> None:
    for path in ("empty.py", "empty.md", "empty.html"):
        facts = parse_blob(path, b"")
        assert [(d.qualname, d.digest) for d in facts.definitions] == [("", b"")]


def test_utf_16_text_is_searchable() -> None:
    facts = parse_blob("notes.txt", "größe needle\n".encode("utf-16"))
    assert facts.words.words == ("größe".encode(), b"needle")


def test_stubs_have_the_facts_of_a_source() -> None:
    facts = parse_blob("shapes.pyi", b"def unit() -> int: ...\n")
    assert facts.language == "python-stub"
    assert facts.code == parse_blob("shapes.py", b"def unit() -> int: ...\n").code
    assert [d.qualname for d in facts.definitions] == ["", "unit"]


def test_lone_surrogates_never_reach_docs_and_signatures() -> None:
    facts = parse_blob("odd.py", b'def f(a="\\ud800"):\n    "\\ud800 doc"\n')
    for definition in facts.definitions:
        (definition.doc + definition.signature).encode()
    assert pack_facts(unpack_facts(pack_facts(facts))) == pack_facts(facts)


def test_the_key_changes_with_blob_and_language() -> None:
    keys = {facts_key("a" * 40, "python"), facts_key("b" * 40, "python"), facts_key("a" * 40, "text")}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {16}


PIECES = st.sampled_from(
    [
        "def f(x):\n",
        "    return x.y_z\n",
        "class A:\n",
        "    a = 'é'\n",
        "\n",
        "@deco\n",
        "    def g(self): pass\n",
        "# Title\n",
        "x = (\n",
        ")\r\n",
        "\r",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from(["a.py", "a.md", "a.txt", "a.yaml", "a.html"]))
def test_words_of_a_file_are_counted_once_whatever_its_definitions(text: str, path: str) -> None:
    facts = parse_blob(path, text.encode())
    total: Counter[bytes] = Counter()
    for words in words_of(facts).values():
        total += words
    assert total == Counter(re.findall(rb"[A-Za-z0-9_\x80-\xff]+", text.encode()))
    assert facts.definitions[0].kind is (NodeKind.MODULE if path == "a.py" else NodeKind.FILE)
    assert pack_facts(unpack_facts(pack_facts(facts))) == pack_facts(facts)


PATHS = [
    "a.py",
    "a.pyi",
    "setup.py",
    "pyproject.toml",
    "setup.cfg",
    "a.md",
    "a.rst",
    "a.json",
    "a.yml",
    "a.toml",
    "a.sql",
    "a.html",
    "a",
]
HEADS = [
    b"",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"# coding: utf-16\n",
    b"# coding: nonsense\n",
    b"def f(:\n",
    b"[tool.setuptools]\n",
    b"{\n",
]


@given(
    st.sampled_from(PATHS),
    st.sampled_from(HEADS),
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="replace")),
)
def test_no_bytes_make_parsing_raise(path: str, head: bytes, tail: bytes) -> None:
    facts = parse_blob(path, head + tail)
    assert facts.definitions[0].qualname == ""
    assert (facts.status in (ParseStatus.PARTIAL, ParseStatus.FAILED)) == bool(facts.warning)
    assert unpack_facts(pack_facts(facts)).words == facts.words


def test_packaging_files_carry_their_import_roots() -> None:
    text = b'[tool.setuptools.packages.find]\nwhere = ["src"]\n'
    facts = parse_blob("lib/pyproject.toml", text)
    assert (facts.language, facts.code) == ("toml", {"roots": ["src"]})
    assert parse_blob("lib/other.toml", text).code is None
    assert parse_blob("setup.cfg", b"[options]\npackage_dir =\n  = src\n").code == {"roots": ["src"]}
