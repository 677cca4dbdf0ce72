"""Cython: what its declarations become, and that lines keep their numbers."""

from __future__ import annotations

import ast
from pathlib import Path
from time import process_time

import pytest

from aura_core.linking import link_tree, unpack_fragment
from aura_core.model.facts import ParseStatus
from aura_core.model.graph import EdgeKind
from aura_core.parsing import parse_blob
from aura_core.parsing.python.dialects.cython import cython_to_python

TRANSLATIONS = {
    "cimport numpy as np": "import numpy as np",
    "from libc.math cimport exp, log as ln": "from libc.math import exp, log as ln",
    "from . cimport side": "from . import side",
    'include "common.pxi"': "from .common import *",
    "cdef class Grid(Base):": "class Grid(Base):",
    "cdef public class Grid [object G, type T]:": "class Grid:",
    "cdef class Later": "class Later: ...",
    "cdef double kernel(double x) nogil:": "def kernel(x):",
    "cpdef int size(self) except -1": "def size(self): ...",
    "cdef inline Grid* make(const Grid *g, int n=0) except NULL:": "def make(g, n=0):",
    "cdef (int, int) pair(Grid g not None, *args, **kw):": "def pair(g: Grid, *args, **kw):",
    "cdef np.ndarray[double, ndim=2] f(double[:, ::1] a, int n = *):": "def f(a, n=...):",
    "def plain(int n, str s='a,b', object o=None) -> int:": "def plain(n, s: str='a,b', o=None) -> int:",
    "async def go(Grid g):": "async def go(g: Grid):",
    "def typed(x: int, *, y=f(1, 2)): return x": "def typed(x: int, *, y=f(1, 2)): return x",
    "cdef int i, j = f(1), k[10]": "j = f(1)",
    "cdef Grid grid": "grid: Grid",
    "cdef Grid a = make(), b": "a: Grid = make(); b: Grid",
    "cdef int (*callback)(int)": "pass",
    "ctypedef unsigned int uint": "pass",
    "cdef extern from 'math.h' nogil:": "if 1:",
    "cdef enum Colour:": "class Colour:",
    "ctypedef struct point:": "class point:",
    "property size:": "class size:",
    "DEF N = 3": "N = 3",
    "IF UNAME == 'x':": "if UNAME == 'x':",
    "for i from 0 <= i < n:": "for i in ():",
    "x = <double>f(<Grid?>y) + <int>-z": "x =         f(       y) +      -z",
    "f(&x, a & b, <char *>&y)": "f( x, a & b,          y)",
    "a = b < c > d": "a = b < c > d",
    "p = new Grid(1)": "p =     Grid(1)",
    "x = f(c'a', 'not <int>x')": "x = f(b'a', 'not <int>x')",
}


@pytest.mark.parametrize(("cython", "python"), TRANSLATIONS.items())
def test_a_statement_becomes_python(cython: str, python: str) -> None:
    assert cython_to_python(f"{cython}\n").rstrip() == python


SOURCE = """\
# cython: language_level=3
cimport cython
from tide cimport Tide
from libc.stdlib cimport malloc

cdef extern from "sea.h" nogil:
    ctypedef struct wave:
        int height
    double depth(double x,
                 double y)

ctypedef fused number:
    int
    double

@cython.final
cdef class Grid:
    cdef:
        int n
        Tide tide
    cdef readonly list rows

    def __cinit__(self, int n, Tide tide not None):
        self.n = n
        self.tide = tide

    cpdef int size(self,
                   int more=1) except? -1:
        cdef wave *w = <wave *>malloc(sizeof(wave))
        with nogil:
            depth(1, 2)
        return self.n

    @staticmethod
    cdef Grid make(int n):
        return Grid(n, Tide())

cdef double _kernel(double x) nogil: return depth(x, x)

def visible(Grid grid, n):
    cdef Tide tide = Tide()
    tide.turn()
    grid.tide.turn()
    return grid.size() + _kernel(n) + Grid.make(n).size()
"""
TREE = {
    "tide.pyx": "cdef class Tide:\n    cpdef turn(self): pass\n",
    "tide.pxd": "cdef class Tide:\n    cpdef turn(self)\ncdef int level()\n",
    "grid.pyx": SOURCE,
    "use.py": "import grid\nfrom tide import Tide\ngrid.visible(grid.Grid(1, Tide()), 2)\n",
}


def test_definitions_of_cython_have_their_lines_and_are_called() -> None:
    facts = {path: parse_blob(path, text.encode()) for path, text in TREE.items()}
    assert {path: f.status for path, f in facts.items()} == dict.fromkeys(TREE, ParseStatus.OK)
    lines = {d.qualname: (d.start_line, d.end_line) for d in facts["grid.pyx"].definitions}
    assert lines["depth"] == (9, 10)
    assert lines["Grid"] == (16, 36)
    assert lines["Grid.size"] == (27, 32)
    assert lines["visible"] == (40, 44)
    fragments = {
        path: unpack_fragment(row.packed)
        for path, row in link_tree({path: (b"", f) for path, f in facts.items()}).fragments.items()
    }
    edges = {(path, e.kind, e.src, e.dst): e.lines for path, fragment in fragments.items() for e in fragment.edges}
    calls = {(path, src, dst): lines for (path, kind, src, dst), lines in edges.items() if kind is EdgeKind.CALLS}
    expected = {
        ("grid.pyx", "Grid.size", "grid.pyx::depth"): (31,),
        ("grid.pyx", "Grid.size", "external:libc.stdlib.malloc"): (29,),
        ("grid.pyx", "Grid.make", "grid.pyx::Grid.__cinit__"): (36,),
        ("grid.pyx", "_kernel", "grid.pyx::depth"): (38,),
        ("grid.pyx", "visible", "tide.pyx::Tide.turn"): (42, 43),
        ("grid.pyx", "visible", "grid.pyx::Grid.size"): (44,),
        ("grid.pyx", "visible", "grid.pyx::Grid.make"): (44,),
        ("grid.pyx", "visible", "grid.pyx::_kernel"): (44,),
        ("use.py", "", "grid.pyx::visible"): (3,),
        ("use.py", "", "grid.pyx::Grid.__cinit__"): (3,),
    }
    assert {key: calls.get(key) for key in expected} == expected
    imports = {(path, dst) for path, kind, _, dst in edges if kind is EdgeKind.IMPORTS}
    assert {("grid.pyx", "tide.pyx"), ("use.py", "grid.pyx"), ("use.py", "tide.pyx")} <= imports


def test_a_declaration_file_alone_is_the_module() -> None:
    tree = {"sea.pxd": b"cdef int level(int x)\n", "use.pyx": b"from sea cimport level\ndef go(): level(1)\n"}
    linked = link_tree({path: (b"", parse_blob(path, data)) for path, data in tree.items()})
    edges = {(e.src, e.dst) for e in unpack_fragment(linked.fragments["use.pyx"].packed).edges}
    assert edges == {("", "sea.pxd"), ("go", "sea.pxd::level")}


def test_what_is_not_understood_leaves_its_calls() -> None:
    facts = parse_blob("a.pyx", b"def go():\n    x.as = turn(<a b c d>\n\ndef after(): pass\n")
    assert facts.status is ParseStatus.PARTIAL
    assert {"go", "after"} <= {d.qualname for d in facts.definitions}


@pytest.mark.parametrize(
    "text",
    [
        "", "cdef", "cdef:", "cdef class", "cdef class :", "cdef (", "cdef int f(", "cpdef )", "ctypedef", "include",
        "DEF", "cdef x = '''", "cdef extern from", "\t cdef\n x", "def", "def (", "async def", "for i from", "cdef a[",
        "IF", "<", "cdef int f(int,,)", "cdef int f(())", "property :", "from cimport x", "cdef struct s: int x",
        "\f\\\n", "'\\",
    ],
)  # fmt: skip
def test_broken_cython_costs_this_file_only(text: str) -> None:
    assert parse_blob("a.pyx", text.encode()).definitions
    assert cython_to_python(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "cdef int f(" + "int a, " * 4_000, '"\\' * 8_000, "<int " * 6_000, "cdef " * 6_000, "x = " + "<int>(" * 6_000,
        "f(" + "&a, " * 8_000 + ")", "cdef int " + "a[1]" * 6_000, "cdef " + "(" * 20_000, "cdef int a = 1, " * 3_000,
        "cdef class A(" * 3_000, "for i from " * 3_000, "cdef:\n" * 6_000, "c'a' " * 6_000, "a\n(" * 6_000,
    ],
)  # fmt: skip
def test_translation_takes_time_in_proportion_to_the_text(text: str) -> None:
    start = process_time()
    cython_to_python(text)
    assert process_time() - start < 1


def test_plain_python_stays_as_it_is() -> None:
    text = Path(__file__).read_text()
    assert ast.dump(ast.parse(cython_to_python(text))) == ast.dump(ast.parse(text))
