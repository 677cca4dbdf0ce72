"""The functions, classes and calls of a tree, read from its sources alone, not from the graph or the trace."""

from __future__ import annotations

import ast
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

ACCESSORS = frozenset(
    {"property", "cached_property", "cachedproperty", "abstractproperty", "setter", "getter", "deleter"}
)

Function = ast.FunctionDef | ast.AsyncFunctionDef
Point = tuple[int, int]
Span = tuple[int, int, int, int]
"""Line, column, end line, end column; lines from 1, columns in bytes from 0."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class. ``first`` is the line of its first decorator or of its ``def``; ``line`` that of ``def``."""

    path: str
    qualname: str
    kind: str
    first: int
    line: int
    accessor: bool = False

    @property
    def name(self) -> str:
        """Return the last part of the qualified name; for a constructor the name of its class."""
        qualifier, _, last = self.qualname.rpartition(".")
        _, _, class_name = qualifier.rpartition(".")
        return class_name if last in CONSTRUCTORS and class_name else last

    @property
    def last(self) -> str:
        """Return the last part of the qualified name."""
        _, _, last = self.qualname.rpartition(".")
        return last

    @property
    def special(self) -> bool:
        """Return whether it is a ``__method__`` other than a constructor."""
        return self.last.startswith("__") and self.last.endswith("__") and self.last not in CONSTRUCTORS


CONSTRUCTORS = ("__init__", "__new__")


@dataclass(frozen=True, slots=True)
class Site:
    """A call as written, or a decorator.

    ``name_end`` is the position of the last character of the called name, for an editor's "go to definition".
    """

    span: Span
    lines: range
    name: str
    name_end: Point
    decorator: bool = False


@dataclass(slots=True)
class Source:
    """One file: its definitions, its calls, and the owner of the code at a point."""

    path: str
    text: list[str]
    definitions: list[Definition] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    by_end: dict[Point, Site] = field(default_factory=dict)
    decorators: dict[Span, Site] = field(default_factory=dict)
    by_first: dict[tuple[str, int], Definition] = field(default_factory=dict)
    _starts: list[Point] = field(default_factory=list)
    _bodies: list[tuple[Point, Point, Definition]] = field(default_factory=list)

    def definition(self, name: str, line: int) -> Definition | None:
        """Return the function of that name whose ``def`` or first decorator is on the line."""
        return self.by_first.get((name, line))

    def owner(self, point: Point) -> Definition | None:
        """Return the innermost function whose body has a point; None for code of the module or of a class there."""
        for place in range(bisect_right(self._starts, point) - 1, -1, -1):
            start, end, definition = self._bodies[place]
            if start <= point < end:
                return definition
        return None

    def add_body(self, node: Function, definition: Definition) -> None:
        """Add the function's body, which begins with the decorators of its first statement."""
        first, *_ = node.body
        starts = [
            (first.lineno, first.col_offset),
            *((d.lineno, d.col_offset) for d in getattr(first, "decorator_list", ())),
        ]
        self._bodies.append((min(starts), (node.end_lineno or 0, node.end_col_offset or 0), definition))

    def finish(self) -> None:
        """Sort the bodies, for `owner`."""
        self._bodies.sort(key=lambda body: body[:2])
        self._starts = [start for start, _, _ in self._bodies]


class Tree:
    """The Python files of a folder, read on first use."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._sources: dict[str, Source | None] = {}

    def source(self, path: str) -> Source | None:
        """Return one file; None when there is none or when this Python cannot parse it."""
        if path not in self._sources:
            self._sources[path] = read_source(self.root, path)
        return self._sources[path]

    def sources(self) -> list[Source]:
        """Return every file that this Python can parse."""
        paths = sorted(p.relative_to(self.root).as_posix() for p in self.root.rglob("*.py") if ".git" not in p.parts)
        return [source for path in paths if (source := self.source(path)) is not None]


def read_source(root: Path, path: str) -> Source | None:
    """Parse a file; None when that is not possible."""
    try:
        data = (root / path).read_bytes()
        tree = ast.parse(data)
    except (OSError, SyntaxError, ValueError):
        return None
    source = Source(path, data.decode("utf-8", "replace").splitlines())
    _Reader(source).visit(tree)
    source.finish()
    return source


class _Reader(ast.NodeVisitor):
    def __init__(self, source: Source) -> None:
        self.source, self.prefix = source, ""

    def visit_FunctionDef(self, node: Function) -> None:
        names = {name for name, _ in map(_called_name, node.decorator_list)}
        definition = self._define(node, "function", accessor=not names.isdisjoint(ACCESSORS))
        self.source.add_body(node, definition)

    def visit_AsyncFunctionDef(self, node: Function) -> None:
        self.visit_FunctionDef(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._define(node, "class")

    def _define(self, node: Function | ast.ClassDef, kind: str, *, accessor: bool = False) -> Definition:
        first = min([d.lineno for d in node.decorator_list], default=node.lineno)
        definition = Definition(self.source.path, self.prefix + node.name, kind, first, node.lineno, accessor)
        self.source.definitions.append(definition)
        for line in (first, node.lineno):
            self.source.by_first.setdefault((node.name, line), definition)
        for decorator in node.decorator_list:
            self._decorator(decorator)
        outer_prefix, self.prefix = self.prefix, definition.qualname + "."
        self.generic_visit(node)
        self.prefix = outer_prefix
        return definition

    def _decorator(self, node: ast.expr) -> None:
        name, name_end = _called_name(node)
        self.source.decorators[_span(node)] = Site(
            _span(node), range(node.lineno, (node.end_lineno or 0) + 1), name, name_end, decorator=True
        )

    def visit_Call(self, node: ast.Call) -> None:
        name, name_end = _name(node.func)
        span = _span(node)
        site = Site(span, range(node.lineno, (node.func.end_lineno or node.lineno) + 1), name, name_end)
        self.source.sites.append(site)
        self.source.by_end[span[2:]] = site
        self.generic_visit(node)


def _span(node: ast.expr) -> Span:
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


def _called_name(decorator: ast.expr) -> tuple[str, Point]:
    """Return the same of a decorator, which may be a call."""
    return _name(decorator.func if isinstance(decorator, ast.Call) else decorator)


def _name(node: ast.expr) -> tuple[str, Point]:
    """Return the called name and the position of its last character; "" for a callee without a name."""
    end = node.end_lineno or 0, (node.end_col_offset or 0) - 1
    if isinstance(node, ast.Name):
        return node.id, end
    if isinstance(node, ast.Attribute):
        return node.attr, end
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    return "", end
