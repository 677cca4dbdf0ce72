"""Reads which folders a file puts on Python's search path, without running anything."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from aura_core.parsing.python.source_text import last_name

MAX_FOLDERS: Final = 16
"""At most so many folders of one file count."""

MAX_DEPTH: Final = 24
"""Expressions that are nested deeper than this, names followed, are not read."""

MAX_TEXT: Final = 400
"""Longer paths are not read."""

MAX_STEPS: Final = 2_000
"""At most so many expressions of one file are read, those counted again that are reached again."""

_FILE: Final = "./?"
"""The path of the file itself; ``./`` marks what is relative to its folder."""

_SAME: Final = frozenset({
    "abspath", "realpath", "normpath", "normcase", "expanduser", "fspath", "str", "Path", "PurePath", "PosixPath",
    "resolve", "absolute", "as_posix", "expandvars", "__str__", "getfile", "getsourcefile",
})  # fmt: skip
"""Functions and methods that name the same path as their argument or receiver."""

_PARENTS: Final = frozenset({"dirname"})
_JOINS: Final = frozenset({"join", "joinpath"})


def may_change_search_path(text: bytes) -> bool:
    """Tell whether a file may change the search path."""
    return b"sys.path" in text or b"import path" in text or b"addsitedir" in text


def searched_folders(tree: ast.Module) -> list[str]:
    """Return the folders that a file puts on the search path, each once, in order. ``./lib`` is relative to the folder
    of the file, and ``lib`` to the folder in which Python is started.
    """
    reader = _Reader(tree)
    folders = (folder for node in ast.walk(tree) for added in _added(node) for folder in reader.folders(added))
    return list(dict.fromkeys(folders))[:MAX_FOLDERS]


def _added(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions that a statement or a call adds to the search path."""
    if isinstance(node, ast.Call):
        name, arguments = last_name(node.func), node.args
        if name == "addsitedir":
            yield from arguments[:1]
        elif isinstance(node.func, ast.Attribute) and _is_search_path(node.func.value):
            places = {"append": slice(0, 1), "insert": slice(1, 2), "extend": slice(0, 1)}
            yield from (e for argument in arguments[places.get(name, slice(0, 0))] for e in _elements(argument))
    elif isinstance(node, ast.Assign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(_is_search_path(t.value if isinstance(t, ast.Subscript) else t) for t in targets):
            yield from _elements(node.value)


def _elements(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the elements of a list that is written out, of a sum of lists too; else the expression itself."""
    if isinstance(node, ast.List | ast.Tuple):
        yield from node.elts
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = (node.left, node.right)
        if any(isinstance(side, ast.List) or _is_search_path(side) for side in sides):
            yield from (e for side in sides if isinstance(side, ast.List) for e in side.elts)
        else:
            yield node
    else:
        yield node


def _is_search_path(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "path" and isinstance(node.value, ast.Name) and node.value.id in ("sys", "_sys")
    return isinstance(node, ast.Name) and node.id == "path"


class _Reader:
    """Reads expressions that name a path, by the names that the file assigns them to."""

    def __init__(self, tree: ast.Module) -> None:
        self._steps_left = MAX_STEPS
        self._values: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._values.setdefault(node.targets[0].id, []).append(node.value)
            elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
                self._values.setdefault(node.target.id, []).extend(_elements(node.iter))

    def folders(self, node: ast.expr) -> list[str]:
        """Return the folders that an expression may name; none when it is not known or outside."""
        paths = [path for path in self._paths(node, MAX_DEPTH) if not path.startswith("/") and path]
        return [path for path in map(_normal, paths) if not set("?~$:\0") & set(path)]

    def _paths(self, node: ast.expr, depth: int) -> list[str]:
        read = _READERS.get(type(node))
        if read is None or depth <= 0 or self._steps_left <= 0:
            return []
        self._steps_left -= 1
        return [path for path in read(self, node, depth - 1) if len(path) <= MAX_TEXT][:MAX_FOLDERS]

    def _name(self, node: ast.Name, depth: int) -> list[str]:
        if node.id == "__file__":
            return [_FILE]
        # a name that is bound in many places means nothing certain
        values = self._values.get(node.id, ())
        return [path for value in values for path in self._paths(value, depth)] if len(values) <= MAX_FOLDERS else []

    def _constant(self, node: ast.Constant, depth: int) -> list[str]:
        return [node.value.replace("\\", "/")] if isinstance(node.value, str) else []

    def _attribute(self, node: ast.Attribute, depth: int) -> list[str]:
        if node.attr == "parent":
            return [_parent(path) for path in self._paths(node.value, depth)]
        return {"pardir": [".."], "curdir": ["."], "sep": ["/"]}.get(node.attr, [])

    def _subscript(self, node: ast.Subscript, depth: int) -> list[str]:
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        value = node.value
        if not isinstance(index, int) or not 0 <= index <= MAX_DEPTH:
            return []
        if isinstance(value, ast.Attribute) and value.attr == "parents":
            paths = self._paths(value.value, depth)
            for _ in range(index + 1):
                paths = [_parent(path) for path in paths]
            return paths
        if isinstance(value, ast.Call) and last_name(value.func) == "split" and index == 0:
            return [_parent(path) for path in self._paths(next(iter(value.args), value), depth)]
        if isinstance(value, ast.Attribute) and value.attr == "argv" and index == 0:
            return [_FILE]
        return []

    def _binary(self, node: ast.BinOp, depth: int) -> list[str]:
        if isinstance(node.op, ast.Div):
            return self._joined([node.left, node.right], depth)
        if isinstance(node.op, ast.Add):
            return self._concatenated([node.left, node.right], depth)
        return []

    def _formatted(self, node: ast.JoinedStr, depth: int) -> list[str]:
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
        return self._concatenated(parts, depth)

    def _call(self, node: ast.Call, depth: int) -> list[str]:
        name = last_name(node.func)
        receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        is_function = not receiver or last_name(receiver[0]) in ("os", "path", "pathlib", "inspect", "op", "osp")
        operands = node.args if is_function else [*receiver, *node.args]
        if name in ("getcwd", "cwd"):
            return ["."]
        if name == "currentframe":
            return [_FILE]
        if not operands:
            return []
        if name in _JOINS or (name in ("Path", "PurePath") and len(operands) > 1):
            return self._joined(operands, depth)
        paths = self._paths(operands[0], depth) if name in _SAME or name in _PARENTS else []
        return [_parent(path) for path in paths] if name in _PARENTS else paths

    def _joined(self, operands: Sequence[ast.expr], depth: int) -> list[str]:
        return self._combined(operands, depth, lambda left, right: right if right[:1] == "/" else f"{left}/{right}")

    def _concatenated(self, operands: Sequence[ast.expr], depth: int) -> list[str]:
        return self._combined(operands, depth, lambda left, right: left + right)

    def _combined(self, operands: Sequence[ast.expr], depth: int, join: Callable[[str, str], str]) -> list[str]:
        """Return what the operands together may name."""
        paths = self._paths(operands[0], depth)
        for operand in operands[1:]:
            steps = self._paths(operand, depth)
            paths = [join(path, step) for path in paths for step in steps if len(path) + len(step) < MAX_TEXT]
            paths = paths[:MAX_FOLDERS]
        return paths

    def _either(self, node: ast.IfExp, depth: int) -> list[str]:
        return self._paths(node.body, depth) + self._paths(node.orelse, depth)


_READERS: Final[dict[type, Callable[..., list[str]]]] = {
    ast.Name: _Reader._name,
    ast.Constant: _Reader._constant,
    ast.Attribute: _Reader._attribute,
    ast.Subscript: _Reader._subscript,
    ast.BinOp: _Reader._binary,
    ast.JoinedStr: _Reader._formatted,
    ast.Call: _Reader._call,
    ast.IfExp: _Reader._either,
}


def _normal(path: str) -> str:
    """Return a path without steps that lead nowhere: ``./?/../lib/`` is ``./lib``."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("./" if path.startswith("./") else "") + "/".join(parts)


def _parent(path: str) -> str:
    """Return the path of the folder that holds a path."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    start = "./" if path.startswith("./") else "/" if path.startswith("/") else ""
    if not parts or parts[-1] == "..":
        return start + "/".join([*parts, ".."])
    return start + "/".join(parts[:-1])
