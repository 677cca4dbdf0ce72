"""Small snapshots for tests, made by the real parser and the real embedder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from aura_core.embedding import static_embedder
from aura_core.model.graph import Edge, Fragment, Unresolved
from aura_core.parsing import parse_blob
from aura_core.views import View, ViewFile, build_view


def view_files(
    texts: Mapping[str, str],
    edges: Mapping[str, Sequence[Edge]] | None = None,
    unresolved: Mapping[str, Sequence[Unresolved]] | None = None,
) -> list[ViewFile]:
    """Return the files of a snapshot; a Python file's module is its dotted path."""
    files = []
    for number, (path, text) in enumerate(sorted(texts.items())):
        facts = parse_blob(path, text.encode())
        module = path[:-3].replace("/", ".").removesuffix(".__init__") if path.endswith(".py") else ""
        fragment = Fragment(b"", module, tuple((edges or {}).get(path, ())), tuple((unresolved or {}).get(path, ())))
        files.append(ViewFile(path, f"{number:040x}", facts, fragment, static_embedder().encode([(path, facts)])))
    return files


def make_view(folder: Path, files: Sequence[ViewFile]) -> View:
    """Build, write and open the view of some files."""
    build_view(folder / "sample.view", files, {"digest": "d"}, static_embedder().lexicon)
    return View.open(folder / "sample.view")


def score_of(view: View, scores: np.ndarray, uid: str) -> float:
    """Return a document's score, by uid."""
    return float(scores[{node.uid: row for row, node in view.documents()}[uid]])
