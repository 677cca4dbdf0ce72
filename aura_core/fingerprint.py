"""The version of each stored result: a hash of the code that decides what is in it, so that nobody has to raise a
number by hand.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

from aura_core.files import write_atomically

ROOT = Path(__file__).parent

INTERPRETER = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The interpreter's grammar decides what is a syntax error."""


class Sources(NamedTuple):
    """What decides: ``code`` are folders (with all below them) and files, ``shapes`` the classes whose values are
    stored, as ``file:Class``.

    Paths are relative to the package ``aura_core``.
    """

    code: tuple[str, ...]
    shapes: tuple[str, ...] = ()


class Artifact(StrEnum):
    """What is stored under a version."""

    FACTS = "facts"
    FRAGMENTS = "fragments"
    SELECTION = "selection"
    VECTORS = "vectors"
    VIEWS = "views"
    CLUSTERS = "clusters"
    ANSWERS = "answers"


NODE_SHAPES = (
    "model/graph.py:NodeKind",
    "model/facts.py:Definition",
    "model/facts.py:FileFacts",
    "model/facts.py:WordTable",
)

EDGE_SHAPES = (
    "model/graph.py:EdgeKind",
    "model/graph.py:Resolution",
    "model/graph.py:Edge",
    "model/graph.py:Unresolved",
    "model/graph.py:Fragment",
)

SOURCES = {
    Artifact.FACTS: Sources(("parsing",), (*NODE_SHAPES, "model/facts.py:ParseStatus")),
    Artifact.FRAGMENTS: Sources(("linking",), (*EDGE_SHAPES, "model/snapshot.py:ManifestEntry")),
    Artifact.SELECTION: Sources(
        ("sources/rules", "sources/paths.py", "wildcards.py"), ("model/snapshot.py:SkipReason",)
    ),
    Artifact.VECTORS: Sources(("embedding",)),
    Artifact.VIEWS: Sources(
        ("views", "embedding", "wildcards.py", "model/edge_weights.py"), (*NODE_SHAPES, *EDGE_SHAPES)
    ),
    Artifact.CLUSTERS: Sources(("clustering", "indexing/steps/cluster.py")),
    Artifact.ANSWERS: Sources(
        ("retrieval", "views", "embedding", "tokens", "visible_text.py", "wildcards.py", "model/edge_weights.py"),
        ("model/context.py:ContextItem", "model/context.py:SearchHit"),
    ),
}
"""The code that decides what each artifact holds. A test checks that it imports nothing else that decides."""


@cache
def version_of(artifact: Artifact) -> str:
    """Return 16 hex digits: equal for equal syntax trees, whatever their comments, docstrings and layout."""
    return fingerprint(ROOT, SOURCES[artifact])


@cache
def index_versions() -> str:
    """Return the versions that a manifest records. A manifest of other versions is never a base, and its commit is
    indexed again.
    """
    facts, fragments, selection = map(version_of, (Artifact.FACTS, Artifact.FRAGMENTS, Artifact.SELECTION))
    return f"parser={facts};linker={fragments};selection={selection};python={INTERPRETER}"


def fingerprint(root: Path, sources: Sources) -> str:
    """Return 16 hex digits over the syntax trees of sources below ``root``. Raises ``LookupError`` when a class is
    missing.
    """
    digest = blake2b(digest_size=8)
    memo = _Memo(root)
    for file in source_files(root, sources.code):
        name = file.relative_to(root).as_posix()
        digest.update(f"{name} {memo.tree_hash(name, file.read_bytes())}\n".encode())
    for shape in sources.shapes:
        file_name, _, class_name = shape.partition(":")
        digest.update(f"{shape} {memo.tree_hash(shape, (root / file_name).read_bytes(), class_name)}\n".encode())
    memo.save()
    return digest.hexdigest()


def source_files(root: Path, code: tuple[str, ...]) -> Iterator[Path]:
    """Yield the Python files of folders and files below ``root``, sorted within each."""
    for name in code:
        place = root / name
        yield from sorted(place.rglob("*.py")) if place.is_dir() else [place]


class _Memo:
    """The hash of each syntax tree beside the hash of the bytes that it was read from, kept where Python keeps its
    byte code.

    To parse all sources takes as long as everything else that a short command does; to hash their bytes takes a
    thousandth of that.
    """

    def __init__(self, root: Path) -> None:
        self._file = Path(cache_from_source(str(root / "fingerprint.py"))).with_suffix(".json")
        self._hashes: dict[str, list[str]] = {}
        self._changed = False
        with suppress(OSError, ValueError):
            self._hashes = dict(json.loads(self._file.read_bytes()))

    def tree_hash(self, name: str, source: bytes, class_name: str = "") -> str:
        """Return the hash of a file's syntax tree, or of one of its classes."""
        source_hash = blake2b(source, digest_size=16).hexdigest()
        match self._hashes.get(name):
            case [str(before), str(tree_hash)] if before == source_hash:
                return tree_hash
        tree_hash = _tree_hash(source, class_name)
        self._hashes[name] = [source_hash, tree_hash]
        self._changed = True
        return tree_hash

    def save(self) -> None:
        """Keep the hashes for the next process, where the folder can be written."""
        if not self._changed:
            return
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, exist_ok=True)
            write_atomically(self._file, json.dumps(self._hashes).encode())


def _tree_hash(source: bytes, class_name: str) -> str:
    tree: ast.AST = ast.parse(source)
    if class_name:
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == class_name]
        if not classes:
            raise LookupError(f"there is no class {class_name}")
        tree = classes[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    return blake2b(ast.dump(tree).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring, or the text that documents a constant or a field."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
