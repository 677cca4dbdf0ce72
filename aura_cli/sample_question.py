"""The sample question of ``aura dev``: about a symbol that the README shows or that the repository begins at."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aura_core.errors import AuraError
from aura_core.model.graph import Node, NodeKind

if TYPE_CHECKING:
    from aura_core.ports.graph import GraphReader
    from aura_core.service import Snapshot

ANY_REPOSITORY = "Where does the program start, and what are its main parts?"
"""Asked where nothing better can be said."""

MAX_README_CHARS = 40_000
MAX_NAMES = 150
MAX_START_FILES = 20
MIN_NAME_CHARS = 3
LONG_LINES = 80
"""A definition that is longer does not fit into a small budget."""

NAMESAKES = 20
"""Definitions of one name that are looked at."""

_README = re.compile(r"readme(\.(md|markdown|rst|txt))?\Z", re.IGNORECASE)
_START_FILES = ("__main__.py", "main.py", "cli.py", "app.py", "manage.py", "__init__.py")
_DEFINITIONS = (NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD)
_INLINE_CODE = re.compile(r"`([^`\n]{1,200})`")
# Keyword arguments are left out. The atomic group keeps `promp` of `prompt=` from being a name.
_NAME = re.compile(r"(?>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?!\s{0,2}=[^=])")
_HEADING = re.compile(r"#{1,2} +([^\n#]+)")


def sample_question(snapshot: Snapshot) -> str:
    """Return a question about the repository of a snapshot that its index can answer well."""
    try:
        readme = _read_readme(snapshot)
        node = _most_shown(snapshot.graph(), _code_names(readme)) or _start(snapshot)
    except AuraError:  # a text that is gone: the question for any repository still has an answer
        return ANY_REPOSITORY
    if node is not None:
        return f"How does {_spoken_name(node)} work, and what uses it?"
    title = _HEADING.match(readme.lstrip())
    return f"What is {title[1].strip()}, and how is it used?" if title else ANY_REPOSITORY


def _read_readme(snapshot: Snapshot) -> str:
    """Return the beginning of the README at the top, "" where there is none."""
    paths = sorted(path for path in snapshot.manifest.entries if _README.match(path))
    if not paths:
        return ""
    return snapshot.read(snapshot.manifest.entries[paths[0]].blob)[:MAX_README_CHARS].decode("utf-8", "replace")


def _code_names(readme: str) -> Counter[str]:
    """Return how often each dotted name stands in the code of a README: between backquotes, in fences, after a prompt,
    or indented.
    """
    names: Counter[str] = Counter()
    for code in _code_of(readme):
        names.update(name for name in _NAME.findall(code) if len(name.rpartition(".")[2]) >= MIN_NAME_CHARS)
    return Counter(dict(names.most_common(MAX_NAMES)))


def _code_of(readme: str) -> Iterator[str]:
    in_fence = False
    for line in readme.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            in_fence = not in_fence
        elif in_fence or line.startswith(("    ", "\t", ">>>", "..  ")):
            yield line
        else:
            yield from _INLINE_CODE.findall(line)


def _most_shown(graph: GraphReader, names: Mapping[str, int]) -> Node | None:
    """Return the definition of product code that a README shows most; callers and documentation count too."""
    scores: dict[str, tuple[float, Node]] = {}
    for name, count in names.items():
        short_name = name.rpartition(".")[2]
        namesakes = (*graph.find(short_name, NAMESAKES), *graph.find(f"*.{short_name}", NAMESAKES))
        for node in dict.fromkeys(namesakes):
            if _is_product(node) and node.qualname.rpartition(".")[2] == short_name:
                score = min(count, 5) + _weight(graph, node) + scores.get(node.uid, (0.0, node))[0]
                scores[node.uid] = score, node
    return max(scores.values(), key=lambda pair: (pair[0], pair[1].uid), default=(0.0, None))[1]


def _start(snapshot: Snapshot) -> Node | None:
    """Return the definition that matters most in the files that programs and packages begin with."""
    graph, entries = snapshot.graph(), snapshot.manifest.entries
    paths = [path for path in entries if PurePosixPath(path).name in _START_FILES]
    # `main.py` at the top comes before `__init__.py` in a folder far below.
    paths.sort(key=lambda path: (_START_FILES.index(PurePosixPath(path).name), path.count("/"), path))
    for path in paths[:MAX_START_FILES]:
        if node := _heaviest(graph, graph.nodes_in_file(path)):
            return node
    return _heaviest(graph, [n for path in sorted(entries)[:MAX_START_FILES] for n in graph.nodes_in_file(path)])


def _heaviest(graph: GraphReader, nodes: Iterable[Node]) -> Node | None:
    definitions = [node for node in nodes if _is_product(node) and node.kind is not NodeKind.METHOD]
    return max(definitions, key=lambda node: (_weight(graph, node), node.uid), default=None)


def _weight(graph: GraphReader, node: Node) -> float:
    """Return how much a definition matters: callers and documentation; methods and long ones less."""
    callers = math.log2(1 + len(graph.callers(node.uid).neighbours))
    is_long = node.end_line - node.start_line > LONG_LINES
    return callers + 3.0 * bool(node.doc) - 3.0 * is_long - 2.0 * (node.kind is NodeKind.METHOD)


def _is_product(node: Node) -> bool:
    from aura_core.views import prior_of

    is_public = not node.qualname.rpartition(".")[2].startswith("_")
    return node.kind in _DEFINITIONS and is_public and prior_of(node.path) == 1.0


def _spoken_name(node: Node) -> str:
    """Return a name by which people and the ranking tell a symbol from others: `get` alone could be any."""
    is_telling = "." in node.qualname or "_" in node.qualname or not node.qualname.islower()
    return node.qualname if is_telling else f"{node.qualname} of {node.path}"
