"""Finds the node of a snapshot that a person or an agent names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from aura_core.errors import AmbiguousSymbol, InvalidRequest, UnknownSymbol
from aura_core.model.graph import EXTERNAL, EdgeKind, Node, NodeKind
from aura_core.ports.graph import GraphReader
from aura_core.views import prior_of

MAX_SYMBOL_CHARS = 2_000
MAX_CANDIDATES = 20
MAX_MATCHES = 1_000
"""Most symbols among which what goes first is looked for."""

MAX_LINE_DIGITS = 8
_KIND_RANKS = {
    NodeKind.FUNCTION: 0, NodeKind.METHOD: 0, NodeKind.CLASS: 0, NodeKind.MODULE: 1, NodeKind.FILE: 2,
    NodeKind.SECTION: 2,
}  # fmt: skip
_PATH_AND_LINE = re.compile(rf"(.*[^:]):([1-9]\d{{0,{MAX_LINE_DIGITS - 1}}})\Z", re.DOTALL)


class SymbolChoice(NamedTuple):
    """The symbol that a text names, and the uids of others that it could mean, at most 20. An answer for the symbol
    shows the others.
    """

    node: Node
    others: Sequence[str] = ()


def find_symbol(reader: GraphReader, text: str) -> Node:
    """Return the node that ``choose_symbol`` chooses, and raise what it raises."""
    return choose_symbol(reader, text).node


def choose_symbol(reader: GraphReader, text: str) -> SymbolChoice:
    """Return the node that ``text`` names: a uid, ``path:line``, a dotted name, a qualified name or the end of one,
    tried in this order; a glob that fits one symbol will do too.

    A name may fit several symbols. Functions, methods and classes go before modules, and those before files and
    sections; among these product code goes before tests, and a whole name before the end of one. What goes first is
    chosen when it is alone.

    Raises ``UnknownSymbol``, and ``AmbiguousSymbol`` with at most 20 candidates.
    """
    if not text.strip() or len(text) > MAX_SYMBOL_CHARS:
        raise InvalidRequest(
            "A symbol's name has 1 to 2,000 characters.", remedy="Give a uid, a dotted name or a path.", field="symbol"
        )
    if (node := reader.node(text)) is not None:
        return SymbolChoice(node)
    place = _PATH_AND_LINE.match(text)
    if place is not None and (node := reader.node_at_line(place[1], int(place[2]))) is not None:
        return SymbolChoice(node)
    nodes = _candidates(reader, text)
    if not nodes:
        raise UnknownSymbol(
            f"There is no symbol {text[:200]!r}.",
            remedy="Search for it; a name is `path::Class.method` or `module.Class.method`.",
        )
    first, *others = sorted(nodes, key=lambda node: (_rank(node, text), node.uid))
    if others and _rank(first, text) == _rank(others[0], text):
        raise _ambiguous(text, [first, *others])
    return SymbolChoice(first, [node.uid for node in others[:MAX_CANDIDATES]])


def find_end(reader: GraphReader, text: str) -> tuple[str, Node | None]:
    """Return the (uid, node) of a symbol, or of something outside of the tree that has users, whose node is None:
    ``external:json.dumps``. Raises as ``find_symbol``.
    """
    if text.startswith(EXTERNAL) and len(text) <= MAX_SYMBOL_CHARS:
        if not reader.neighbours(text, tuple(EdgeKind), incoming=True):
            raise UnknownSymbol(
                f"Nothing in the tree uses {text[:200]!r}.", remedy="Names outside are dotted: `external:json.dumps`."
            )
        return text, None
    node = find_symbol(reader, text)
    return node.uid, node


def node_at(reader: GraphReader, path: str, line: int) -> Node:
    """Return the innermost symbol at a line of a file. Raises ``UnknownSymbol``."""
    node = reader.node_at_line(path, line)
    if node is None:
        last_line = max((node.end_line for node in nodes_of(reader, path)), default=0)
        raise UnknownSymbol(f"{path[:200]} has no line {line}.", remedy=f"Its last line is {last_line}.")
    return node


def nodes_of(reader: GraphReader, path: str) -> Sequence[Node]:
    """Return what a file defines in order of position, the file itself first. Raises ``UnknownSymbol`` when the file is
    not in the snapshot.
    """
    nodes = reader.nodes_in_file(path)
    if not nodes:
        raise UnknownSymbol(
            f"There is no indexed file {path[:200]!r}.",
            remedy="Paths begin at the top of the tree; `status` says what was skipped.",
        )
    return nodes


def _candidates(reader: GraphReader, text: str) -> Sequence[Node]:
    """Return the nodes of exactly this name and those whose name ends with it; without any, those that the glob fits.
    Of a name with dots that is one of a symbol no ends are looked for: it says what it means.
    """
    matches = reader.find(text, MAX_MATCHES)
    exact = [node for node in matches if _is_whole(node, text)]
    if "." in text and any(_KIND_RANKS[node.kind] == 0 for node in exact):
        return exact
    ends = [node for node in reader.find(f"*.{text}", MAX_MATCHES) if node not in exact]
    return [*exact, *ends] or matches


def _is_whole(node: Node, text: str) -> bool:
    return text in (node.qualname, dotted_name(node))


def _rank(node: Node, text: str) -> tuple[int, bool, bool]:
    """Return what goes first: the lower, the sooner."""
    return _KIND_RANKS[node.kind], prior_of(node.path) < 1, not _is_whole(node, text)


def dotted_name(node: Node) -> str:
    """Return ``package.module.Class.method``; the qualified name alone where there is no module."""
    return ".".join(part for part in (node.module, node.qualname) if part)


def _ambiguous(text: str, nodes: Sequence[Node]) -> AmbiguousSymbol:
    uids = [node.uid for node in nodes[:MAX_CANDIDATES]]
    more = " and more" if len(nodes) > MAX_CANDIDATES else ""
    return AmbiguousSymbol(
        f"{text[:200]!r} could be {', '.join(uids)}{more}.", remedy="Name one of them by its uid.", candidates=uids
    )
