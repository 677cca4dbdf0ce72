"""The text of a symbol at a level: its whole body, its signature with its docstring, its first line, or only its
position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aura_core.model.context import ContextItem, Level
from aura_core.model.graph import Node, NodeKind

MAX_MEMBERS = 60
"""Signatures of members that stand for a class or a module shown at SIGNATURE."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A symbol that may be shown: its node, where its body begins, its members' nodes, and the item that it becomes in
    the answer; ``Piece.item`` sets what depends on the level.
    """

    node: Node
    body_line: int
    members: tuple[Node, ...]
    item: ContextItem

    @property
    def is_entry_point(self) -> bool:
        """Whether the caller asked for it."""
        return "entry_point" in self.item.scores

    @property
    def is_named(self) -> bool:
        """Whether the caller asked for it or the task mentions its name or path."""
        return self.is_entry_point or "mentions" in self.item.scores


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Text of a symbol at one level, with the lines that it comes from. ``spans``: the first and last line of each run
    of lines that the text shows as they are.
    """

    level: Level
    text: str
    start_line: int
    end_line: int
    spans: tuple[tuple[int, int], ...] = ()


def excerpt_of(candidate: Candidate, lines: list[str], level: Level) -> Excerpt:
    """Return the text of a candidate at a level, given its file's lines (line ends kept)."""
    node = candidate.node
    if level is Level.FULL:
        span = (node.start_line, node.end_line)
        return Excerpt(level, lines_text(lines, *span), *span, (span,))
    # A body may begin on the line of its signature, which then ends there.
    if level is Level.SIGNATURE:
        return Excerpt(level, _signature(candidate), node.start_line, max(node.start_line, candidate.body_line - 1))
    if level is Level.STUB:
        return Excerpt(level, f"{_headline(node)}\n", node.start_line, node.start_line)
    return Excerpt(level, "", node.start_line, node.end_line)


def _signature(candidate: Candidate) -> str:
    """Return the signature and the docstring's first paragraph; for a class or module, its members' signatures too."""
    node = candidate.node
    depth = node.qualname.count(".") + 1 if node.qualname else 0
    rows = [_headline(node)] if node.qualname or not node.signature else []
    if node.doc:
        rows += _doc_rows(node)
    for member in candidate.members[:MAX_MEMBERS]:
        indent = "    " * max(0, member.qualname.count(".") + 1 - depth)
        rows.append(f"{indent}{_headline(member)} ...")
    if len(candidate.members) > MAX_MEMBERS:
        rows.append(f"# and {len(candidate.members) - MAX_MEMBERS} more members")
    return "\n".join(rows) + "\n" if rows else ""


def _doc_rows(node: Node) -> list[str]:
    if node.kind not in (NodeKind.MODULE, NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD):
        return [node.doc]
    indent = "    " if node.qualname else ""
    return [f"{indent}{line}".rstrip() for line in f'"""{node.doc}"""'.splitlines()]


def _headline(node: Node) -> str:
    return node.signature.strip() or node.qualname or node.path


def lines_text(lines: Sequence[str], first: int, last: int) -> str:
    """Return the lines from ``first`` to ``last``, 1-based and inclusive, as one text that ends a line."""
    text = "".join(lines[first - 1 : last])
    return text if text.endswith("\n") or not text else f"{text}\n"
