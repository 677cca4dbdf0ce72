"""Generated code of any length: twice as many lines are about twice the work, counted in lines of Python that ran."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from aura_core.linking import link_tree
from aura_core.parsing import parse_blob
from aura_core.parsing.python import scopes

BRANCHES = {
    "branches": "if c:\n  x{0} = f(x{1})\n",
    "handlers": "try:\n  x{0} = f(x{1})\nexcept E:\n  y{0} = 1\n",
    "alternatives": "match x:\n  case 1: x{0} = f(x{1})\n  case 2: x{0} = 1\n",
}
LINES = {
    "loops": "for i in r:\n  x{0} = f(x{1})\n",
    "functions": "def f{0}(x): return f{1}(x) + g.h(x)\n",
    "namesakes": "def f(x): return x.f()\n",
    "assignments": "x{0} = f(x{1})\n",
    "calls": "f(x, {0}).g({0})\n",
    "contexts": "with g{0}() as a{0}:\n  a{0}.x(a{1})\n",
    "decorators": "@d\ndef f{0}(x): return f{1}\n",
    "imports": "import m{0}\nfrom n{0} import a{1}\n",
}
INSIDE = {
    "returns": ("def f(a):\n", "  if a: return g{0}()\n"),
    "yields": ("def f(a):\n", "  yield g{0}()\n"),
    "methods": ("class A:\n", "  def m{0}(self): return self.m{1}()\n"),
    "attributes": ("class A:\n  def m(self):\n", "    self.a{0} = f(self.a{1})\n"),
    "elements": ("x = []\n", "x.append(f{0})\n"),
    "entries": ("x = {{\n", "  'k{0}': f{0}(1),\n"),
    "cases": ("match x:\n", "  case {0}: y{0} = f(y{1})\n"),
}


def work(source: str) -> int:
    """Return how many lines of Python ran to parse and link a file."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        link_tree({"a.py": (b"", parse_blob("a.py", source.encode()))})
    finally:
        sys.settrace(before)
    return count


def source(head: str, line: str, n: int) -> str:
    lines = "".join(line.format(i, i - 1) for i in range(1, n))
    return head.format() + lines + ("}\n" if head.startswith("x = {") else "")


@pytest.mark.parametrize(
    ("head", "line"), [*(("", line) for line in LINES.values()), *INSIDE.values()], ids=[*LINES, *INSIDE]
)
def test_twice_as_many_lines_are_twice_the_work(head: str, line: str) -> None:
    once, twice = (work(source(head, line, n)) for n in (150, 300))
    assert twice <= 2.3 * once


@pytest.mark.parametrize("line", BRANCHES.values(), ids=BRANCHES)
def test_branches_of_very_long_bodies_are_not_copied(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "MAX_LINES", 200)
    once, twice = (work(source("", line, n)) for n in (150, 300))
    assert twice <= 2.3 * once
