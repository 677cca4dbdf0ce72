"""Files that the running interpreter refuses still say what they define, import and call."""

from __future__ import annotations

import ast
import importlib.metadata
import random
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura_core.linking import link_tree
from aura_core.model.facts import ParseStatus
from aura_core.parsing import parse_blob
from aura_core.parsing.python.ir import B_FROM, E_ATTR, E_CALL, E_NAME
from aura_core.parsing.python.parse import PythonFile, parse_python
from aura_core.parsing.python.repair import legacy_grammar
from aura_core.parsing.python.repair.legacy_grammar import GRAMMAR
from aura_core.parsing.python.repair.logical_lines import Line, logical_lines, remove_comments
from aura_core.parsing.python.repair.repair import parse_or_none, parses_short, repair_source
from tests.work import seconds

OLD = Path(__file__).parents[4] / "golden" / "cases" / "python2.py"


def called(file: PythonFile) -> list[str]:
    """Return the names called, as far as they are names and attributes."""
    rows = file.code["exprs"]
    callees = [rows[callee] for row in rows if row is not None and row[0] == E_CALL for callee in [row[1]] if callee]
    return [str(callee[2 if callee[0] == E_ATTR else 1]) for callee in callees]


def names(file: PythonFile) -> list[str]:
    _, *definitions = file.definitions
    return [d.qualname for d in definitions]


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("print 'a', f(1)", ["f"]),
        ("print >>log, f(1),", ["f"]),
        ("print", []),
        ("exec f(1) in g()", ["f", "g"]),
        ("x = `f(1)`", ["f"]),
        ("try: f()\nexcept E, e: g(e)", ["f", "g"]),
        ("try:\n    f()\nexcept (A, B), e:\n    e.g()", ["f", "g"]),
        ("raise E, 'no', f(tb)", ["f"]),
        ("f(0777, 10L, 0xFFL, ur'x')", ["f"]),
        ("if a <> f(1): pass", ["f"]),
        ("f(lambda (k, v): g(k))", ["f", "g"]),
        ("def f(a, (b, c)=(1, 2), *d): g(b)", ["g"]),
        ("x = f'{d[\"f\"]} {f'{g(1)!r:>{h(2)}}'}' 'tail'", ["g", "h"]),
        ("type X[T] = list[T]\ng()", ["g"]),
        ("def f[T: int = str](x: T) -> T: return g(x)", ["g"]),
        ("class A[T](B): x = f(1)", ["f"]),
        ("x = f('\\N{no such character}')", ["f"]),
        ("y = f(1 2) + g(3)", ["g"]),
        ("for x in f(1)\n    g(x)", ["g"]),
        ("if f(1):\n    g()\nelif h(:\n    k()", ["f", "g", "k"]),
        ("try:\n    f()\nh()", ["f", "h"]),
        ("match f(:\n    case [1 2]:\n        g()\n    case A(b): h()", ["g", "h"]),
        ("  f()\n g()\nh()", ["f", "g", "h"]),
        ("@f(\ndef d(): g()", ["g"]),
    ],
)
def test_what_a_broken_statement_calls_is_kept(source: str, calls: list[str]) -> None:
    file = parse_python(f"{source}\nlast()\n".encode())
    assert file.code is not None
    callees = [name for name in called(file) if name not in ("print", "exec", "repr")]
    assert sorted(callees) == sorted([*calls, "last"])


def test_definitions_around_broken_statements_keep_their_lines_signatures_and_docs() -> None:
    source = textwrap.dedent('''\
        class A(Base):
            """Doc."""

            def m(self, x):  # why
                print x
                return (

            @property
            def n(self): return self.m(1)

        def broken(a, b:
            """Kept."""
            return inner(a)

        class B(A, other.C:
            def k(self): pass
        ''')
    file = parse_python(source.encode())
    rows = [(d.qualname, d.start_line, d.end_line, d.signature, d.doc) for d in file.definitions[1:]]
    assert rows == [
        ("A", 1, 9, "class A(Base)", "Doc."),
        ("A.m", 4, 6, "def m(self, x)", ""),
        ("A.n", 8, 9, "def n(self)", ""),
        ("broken", 11, 13, "def broken(a, b)", "Kept."),
        ("B", 15, 16, "class B(A, other.C)", ""),
        ("B.k", 16, 16, "def k(self)", ""),
    ]
    assert file.status is ParseStatus.PARTIAL
    assert "inner" in called(file)


def test_a_partial_file_names_the_line_the_reason_and_what_was_left_out() -> None:
    assert parse_python(b"import a\nprint 1\n").warning.startswith("line 2: Missing parentheses")
    assert (
        parse_python(b"a()\nx = = 1\nb()\nwhile\n").warning
        == "line 2: invalid syntax; statements left out: 2, the first in line 2"
    )


def test_imports_of_old_files_are_kept() -> None:
    file = parse_python(b"from a.b import c as d\nimport e.f\nprint d\n")
    assert [row[:3] for row in file.code["imports"]] == [(0, "a.b", "c"), (0, "e.f", None)]
    assert file.code["scopes"][0][3]["d"] == [(B_FROM, 0, "a.b", "c")]


def test_tabs_and_spaces_mix_as_python_2_reads_them() -> None:
    file = parse_python(b"class A:\n    def f(self):\n\treturn 1\n    def g(self):\n        print 1\n\treturn 2\n")
    assert names(file) == ["A", "A.f", "A.g"]
    assert file.definitions[3].end_line == 6


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("x = a" + ".b()" * 3000, 2),
        ("x = " + "(" * 500 + "1" + ")" * 500, 2),
        ("x = " + "-" * 3000 + "g()", 2),
        ("x = " + "lambda: " * 900 + "1", 2),
        ("if a: pass\n" + "elif b: f()\n" * 1500, 2),
        ("x = " + " + ".join(["f()"] * 5000), 2),
        ("".join(" " * i + "if x:\n" for i in range(120)) + " " * 120 + "f()", 2),
        ("".join(" " * i + f"def f{i}():\n" for i in range(90)) + " " * 90 + "pass", 92),
    ],
)
def test_what_is_nested_too_deeply_costs_only_itself(source: str, count: int) -> None:
    file = parse_python(f"def before(): pass\n{source}\ndef after(): before()\n".encode())
    assert len(names(file)) == count
    assert names(file)[-1] == "after"
    assert "before" in [row[1] for row in file.code["exprs"] if row and row[0] == E_NAME]
    assert (file.status is ParseStatus.OK) == (not file.warning)


BROKEN = {
    "statements": "x{0} = = f{0}(1)\n",
    "headers": "if f{0}(1)\n    g{0}()\n",
    "definitions": "def f{0}(:\n    return g{0}()\n",
    "methods": "class A:\n    pass\n    def f{0}(self):\n        print self.g()\n        x = = 1\n",
    "branches": "elif f{0}(:\n    g{0}()\n",
    "brackets": "f{0}(a))\n",
    "sentences": "This is line {0}, isn't it? (Yes.\n",
    "quotes": "x = f'{{d['a' {0}]}} {{f(\"b\" 1)}}'\n",
    "handlers": "try:\n    f{0}()\n",
}


class Work(NamedTuple):
    """How often Python and the grammar parsed something, and about how many bytes."""

    calls: int
    size: int


def work(monkeypatch: pytest.MonkeyPatch, source: str) -> Work:
    sizes: list[int] = []

    def counted(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda text: (sizes.append(len(text)), parse(text))[1]

    parses_short.cache_clear()
    legacy_grammar.is_expression.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(ast, "parse", counted(ast.parse))
        patch.setattr(legacy_grammar, "syntax_tree", counted(legacy_grammar.syntax_tree.__wrapped__))
        assert repair_source(source) is not None
    return Work(len(sizes), sum(sizes))


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
def test_twice_as_many_broken_lines_are_twice_the_work(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    once, twice = (work(monkeypatch, "".join(line.format(i) for i in range(1000, 1000 + n))) for n in (150, 300))
    assert twice.calls <= 2.1 * once.calls
    assert twice.size <= 2.1 * once.size
    assert twice.calls <= 300 * line.count("\n") * 8, "a broken line is looked at too often"


def test_lines_below_a_line_are_cut_once() -> None:
    data = (
        b"class A:\n"
        + b"".join(b"  def f(self):\n    x(\n# c\n)\n" for _ in range(500))
        + b"# end\n@a\nclass B: pass\n"
    )
    before, lines = logical_lines(b"\n# c\n" + data, 1)
    assert before == b"\n# c\n"
    assert [(line.number, line.head.split()[0]) for line in lines] == [(3, b"class"), (2005, b"@a"), (2006, b"class")]
    assert before + b"".join(line.head + line.body for line in lines) == b"\n# c\n" + data


def test_headers_whose_brackets_stay_open_end_with_their_line_and_others_do_not() -> None:
    source = "if f(:\n    a()\nelif g(:\n    b()\nfor x in h(\n    1):\n    c()\n"
    assert sorted(called(parse_python(source.encode()))) == ["a", "b", "c", "h"]


def test_a_file_of_fifty_thousand_lines_with_one_broken_line_keeps_the_rest() -> None:
    lines = [f"def f{i}(): return f{i}()" for i in range(500)] + [
        "x = [",
        *(["    'a',"] * 49_000),
        "]",
        "def (",
        "def last(): f0()",
    ]
    file = parse_python("\n".join(lines).encode())
    assert len(file.definitions) == 502
    assert file.lines == len(lines)


def test_an_open_triple_quote_costs_what_it_swallows_not_what_is_before() -> None:
    file = parse_python(b'def f(): pass\nx = """\ndef g(): pass\n')
    assert names(file)[0] == "f"


def test_the_grammar_is_the_one_that_facts_are_keyed_by() -> None:
    assert importlib.metadata.version("tree-sitter-python") == GRAMMAR


def test_files_that_parse_load_no_grammar() -> None:
    code = """import sys; from aura_core.parsing import parse_blob
parse_blob('a.py', b'x = 1')
print('tree_sitter' in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


FILES = [
    p.read_bytes()
    for p in (OLD, Path(__file__), Path(textwrap.__file__), Path(subprocess.__file__).with_name("shelve.py"))
]
CUTS = st.tuples(
    st.integers(0, 60_000),
    st.integers(0, 30),
    st.sampled_from([b"", b"(", b"'''", b'"', b"\n", b"\t", b"def ", b":", b"\xff", b"{", b"\\", b"]"]),
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FILES), st.lists(CUTS, min_size=1, max_size=4))
def test_mutations_of_files_never_raise_and_never_cost_a_tree(data: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    for position, length, text in cuts:
        position %= len(data) + 1
        data = data[:position] + text + data[position + length :]
    facts = parse_blob("a.py", data)
    assert facts.definitions[0].qualname == ""
    assert all(1 <= d.start_line <= d.def_line <= d.end_line <= facts.lines for d in facts.definitions[1:])
    program = link_tree({"a.py": (b"", facts), "b.py": (b"", parse_blob("b.py", b"def f(): return f()\n"))})
    assert program.stats["edges"] >= 1


def test_most_definitions_survive_one_broken_place() -> None:
    chance = random.Random(0)
    survivors = total = 0
    for data in FILES[1:]:
        before = {d.qualname for d in parse_python(data).definitions}
        for _ in range(12):
            position = chance.randrange(len(data))
            text = chance.choice([b"(", b" = =", b":", b"\n  ]", b"$"])
            after = parse_python(data[:position] + text + data[position:])
            survivors += len(before & {d.qualname for d in after.definitions})
            total += len(before)
    assert survivors / total > 0.95, survivors / total


def test_a_repaired_text_has_the_lines_of_the_file() -> None:
    text = OLD.read_text()
    file = repair_source(text)
    assert file is not None
    assert file.text.count("\n") == text.count("\n")
    assert parse_or_none(file.text.encode()) is not None
    assert file.omitted_lines == []


@pytest.mark.parametrize("unit", ['\\"', "'''\\'", '"""\\"', "('", '"\\\n', "0", "(", "a.", "[a,"])
def test_broken_text_that_repeats_itself_is_read_in_time_in_proportion_to_it(unit: str) -> None:
    assert seconds(_lines_of, ('"' + (unit * 40_000)[:40_000]).encode()) < 1


def _lines_of(data: bytes) -> list[Line]:
    _, lines = logical_lines(data, 1)
    remove_comments(data)
    return lines
