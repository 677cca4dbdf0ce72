"""Finds the node of a snapshot that a person or an agent names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aura_core.errors import AmbiguousSymbol, InvalidRequest, UnknownSymbol
from aura_core.model.graph import EXTERNAL, EdgeKind, Node, NodeKind
from aura_core.ports.graph import GraphReader

MAX_SYMBOL_CHARS = 2_000
MAX_CANDIDATES = 20
MAX_LINE_DIGITS = 8
_PATH_AND_LINE = re.compile(rf"(.*[^:]):([1-9]\d{{0,{MAX_LINE_DIGITS - 1}}})\Z", re.DOTALL)


def find_symbol(reader: GraphReader, text: str) -> Node:
    """Return the node that ``text`` names: a uid, ``path:line``, a dotted name, a qualified name or the end of one,
    tried in this order; a glob that fits one symbol will do too.

    Raises ``UnknownSymbol``, and ``AmbiguousSymbol`` with at most 20 candidates.
    """
    if not text.strip() or len(text) > MAX_SYMBOL_CHARS:
        raise InvalidRequest(
            "A symbol's name has 1 to 2,000 characters.", remedy="Give a uid, a dotted name or a path.", field="symbol"
        )
    if (node := reader.node(text)) is not None:
        return node
    place = _PATH_AND_LINE.match(text)
    if place is not None and (node := reader.node_at_line(place[1], int(place[2]))) is not None:
        return node
    nodes = _candidates(reader, text)
    if not nodes:
        raise UnknownSymbol(
            f"There is no symbol {text[:200]!r}.",
            remedy="Search for it; a name is `path::Class.method` or `module.Class.method`.",
        )
    if len(nodes) > 1:
        raise _ambiguous(text, nodes)
    return nodes[0]


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
    """Return the nodes of exactly this name, else those whose name ends with it, else those that the glob fits. Code
    comes before a section of the same title.
    """
    # One more than are listed, so that the error can say that there are more.
    matches = reader.find(text, MAX_CANDIDATES + 1)
    exact = [node for node in matches if text in (node.qualname, dotted_name(node))]
    if code := _code(exact):
        return code
    suffix_matches = reader.find(f"*.{text}", MAX_CANDIDATES + 1)
    return _code(suffix_matches) or exact or matches or suffix_matches


def _code(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if node.kind not in (NodeKind.SECTION, NodeKind.FILE)]


def dotted_name(node: Node) -> str:
    """Return ``package.module.Class.method``; the qualified name alone where there is no module."""
    return ".".join(part for part in (node.module, node.qualname) if part)


def _ambiguous(text: str, nodes: Sequence[Node]) -> AmbiguousSymbol:
    uids = [node.uid for node in nodes[:MAX_CANDIDATES]]
    more = " and more" if len(nodes) > MAX_CANDIDATES else ""
    return AmbiguousSymbol(
        f"{text[:200]!r} could be {', '.join(uids)}{more}.", remedy="Name one of them by its uid.", candidates=uids
    )
