"""A search shows several files, and the best definition of each first."""

from __future__ import annotations

from pathlib import Path

from aura_core.embedding import static_embedder
from aura_core.retrieval import search
from tests.core.views.samples import make_view, view_files


def test_one_file_does_not_take_all_the_places(tmp_path: Path) -> None:
    many = "\n\n".join(f"def parse_header_{n}(text):\n    return parse_header(text, {n})\n" for n in range(8))
    texts = {"a.py": many, "b.py": "def split(text):\n    '''Parse a header.'''\n    return text.partition(':')\n"}
    view = make_view(tmp_path, view_files(texts))
    blobs = [text.encode() for _, text in sorted(texts.items())]
    hits = search(view, lambda blob: blobs[int(blob)], "parse header", 4, static_embedder())
    assert [hit.path for hit in hits].count("b.py") == 1
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
