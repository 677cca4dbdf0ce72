"""Python files into definitions."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.facts import ParseStatus
from aura_core.parsing.python.ir import B_UNKNOWN
from aura_core.parsing.python.parse import parse_python


def rows(source: str) -> list[tuple[str, int, int, int, int, str]]:
    _, *definitions = parse_python(source.encode()).definitions
    return [(d.qualname, d.start_line, d.def_line, d.body_line, d.end_line, d.signature) for d in definitions]


def test_a_definition_starts_at_its_first_decorator_and_its_signature_is_one_line() -> None:
    source = "@a\n@b(1)\ndef f(x: int,  # why\n      y=(1)\n      ) -> 'T':\n    '''Doc.'''\n    return x\n"
    assert rows(source) == [("f", 1, 3, 6, 7, "def f(x: int, y=(1) ) -> 'T'")]


@pytest.mark.parametrize("written", ["@(\n  a.b\n)", "@\\\na", "@(  # why\n\n  lambda f: f)", "@ a(\n)\n# c\n@b"])
def test_a_definition_starts_where_its_first_decorator_is_marked_however_that_is_broken(written: str) -> None:
    source = f"x = 1\n{written}\ndef f():\n  {written.replace(chr(10), chr(10) + '  ')}\n  def g(): pass\n"
    height = written.count("\n") + 1
    outer, (_, start, line, *_) = rows(source)
    assert outer == ("f", 2, 2 + height, 3 + height, 3 + 2 * height, "def f()")
    assert (start, line) == (3 + height, 3 + 2 * height)


def test_definitions_come_and_are_numbered_by_position_where_try_has_an_else() -> None:
    source = "try: x\nexcept E:\n def f(): pass\nelse:\n def f(): pass\nfinally:\n def f(): pass\n"
    assert [row[:2] for row in rows(source)] == [("f", 3), ("f#2", 5), ("f#3", 7)]


def test_later_definitions_of_a_name_are_numbered_and_hold_their_own() -> None:
    source = "def f(): pass\ndef f():\n def g(): pass\nclass C:\n def f(self): pass\n"
    assert [name for name, *_ in rows(source)] == ["f", "f#2", "f#2.g", "C", "C.f"]


def test_a_function_inside_a_function_is_owned_by_the_outermost_one() -> None:
    file = parse_python(b"def f():\n def g():\n  def h(): pass\nclass C:\n def m(self): pass\n")
    assert [definition.owner for definition in file.definitions] == [0, 1, 1, 1, 4, 5]


def test_a_file_that_cannot_be_read_is_failed_with_its_line_and_keeps_its_module_row() -> None:
    file = parse_python(b"a\n\0")
    assert file.status is ParseStatus.FAILED
    assert file.warning.startswith("line 2:")
    assert len(file.definitions) == 1
    assert file.code is None


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfdef f(): pass\n",
        b"# -*- coding: latin-1 -*-\ndef f(): return '\xe9'\n",
        b"def f():\r\n    pass\r\n",
        b"\x0cdef f(): pass\n",
        b"def f(): return '\\d'\n",
    ],
)
def test_marks_cookies_line_ends_form_feeds_and_bad_escapes_are_read(data: bytes) -> None:
    file = parse_python(data)
    assert file.status is ParseStatus.OK
    assert [d.qualname for d in file.definitions] == ["", "f"]


def test_expressions_nested_too_deeply_cost_the_calls_but_not_the_definitions() -> None:
    file = parse_python(b"def f(): pass\nx = " + b"a" + b".b()" * 3000 + b"\n")
    assert file.status is ParseStatus.PARTIAL
    assert "nested too deeply" in file.warning
    assert [d.qualname for d in file.definitions] == ["", "f"]


NAMES = st.sampled_from("abc")
EXPRESSIONS = st.recursive(
    NAMES | st.just("(1)"),
    lambda inner: (
        st.builds("{}({})".format, inner, inner)
        | st.builds("{}.m".format, inner)
        | st.builds("[{} for a in {}]".format, inner, inner)
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(NAMES, EXPRESSIONS, st.booleans()), max_size=8))
def test_spans_cover_their_definitions_whatever_is_in_them(parts: list[tuple[str, str, bool]]) -> None:
    source = "".join(
        f"class {n}:\n  def m(self): return {e}\n" if c else f"def {n}(x={e}):\n\n  return {e}\n" for n, e, c in parts
    )
    definitions = parse_python(source.encode()).definitions
    module, *others = definitions
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert sorted((d.start_line, d.end_line) for d in others) == sorted((n.lineno, n.end_lineno) for n in nodes)
    for definition in others:
        parent = definitions[definition.parent]
        assert parent.start_line <= definition.start_line
        assert definition.end_line <= max(parent.end_line, 1)
    assert module.start_line == 1


def test_a_generator_that_a_decorator_may_drive_gives_what_it_yields_as_coroutines_did() -> None:
    file = parse_python(b"def f():\n  x = yield g()\n@h\ndef f():\n  x = yield g()\n")
    plain, driven = (scope for scope in file.code["scopes"] if "x" in scope[3])
    assert plain[3]["x"] == [(B_UNKNOWN,)]
    assert driven[3]["x"] != [(B_UNKNOWN,)]
