"""Postings say how often each term occurs in each document and file, however many files are read at once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from aura_core.embedding import Lexicon, term_hash, text_terms
from aura_core.model.facts import FileFacts
from aura_core.parsing import parse_blob
from aura_core.views.segments import postings
from aura_core.views.segments.file import Array
from aura_core.views.segments.postings import MAX_IN_BODY, PostingColumns

FILES = {
    "shop/cart.py": (
        "class Cart:\n    def add_line(self, line):\n        return self.lines + line + line\n\n\nlines = Cart\n"
    ),
    "shop/empty.py": "",
    "shop/lines/add_line.py": "def add_line():\n    def inner():\n        return cart\n\n\ndef add_line():\n    pass\n",
}


def arrays_of(files: dict[str, FileFacts]) -> dict[str, Array]:
    columns = PostingColumns(Lexicon())
    for path, facts in files.items():
        columns.add(path, facts, [row for row, definition in enumerate(facts.definitions) if definition.digest])
    return columns.arrays()


def facts_of(files: dict[str, str]) -> dict[str, FileFacts]:
    return {path: parse_blob(path, text.encode()) for path, text in files.items()}


def counts_in(arrays: dict[str, Array]) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Return (in the body, in the name, in the path) by hash of the term and document."""
    terms = np.repeat(arrays["term_hash"], np.diff(arrays["post_start"].astype(np.int64))).tolist()
    columns = (arrays["post_body"], arrays["post_header"] >> 4, arrays["post_header"] & 15)
    return dict(
        zip(
            zip(terms, arrays["post_document"].tolist(), strict=True),
            zip(*(c.tolist() for c in columns), strict=True),
            strict=True,
        )
    )


def count_plainly(files: dict[str, FileFacts]) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Return the same, counted one word after the other."""
    in_body, in_name, in_path = Counter[tuple[int, int]](), Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    document = 0
    for path, facts in files.items():
        sizes, index, counts = (
            np.frombuffer(data, f"<u{item_size}").tolist()
            for item_size, data in (facts.words.per_definition, facts.words.index, facts.words.count)
        )
        uses = iter(zip(index, counts, strict=True))
        for definition, size in zip(facts.definitions, sizes, strict=True):
            for place, times in [next(uses) for _ in range(size)]:
                for term in text_terms(facts.words.words[place].decode()):
                    in_body[term_hash(term), document] += times
            if definition.digest:
                name, _, _ = definition.qualname.partition("#")
                in_name.update((term_hash(term), document) for term in text_terms(name))
                in_path.update((term_hash(term), document) for term in text_terms(path.removesuffix(".py")))
                document += 1
    return {key: (in_body[key], in_name[key], in_path[key]) for key in in_body | in_name | in_path}


@pytest.mark.parametrize("at_once", [1, 2, 128])
def test_every_use_is_counted_in_its_field(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "FILES_AT_ONCE", at_once)
    files = facts_of(FILES)
    assert counts_in(arrays_of(files)) == count_plainly(files)


def test_terms_are_in_order_of_their_hashes_and_documents_in_order_within() -> None:
    arrays = arrays_of(facts_of(FILES))
    assert sorted(set(arrays["term_hash"].tolist())) == arrays["term_hash"].tolist()
    assert list(counts_in(arrays)) == sorted(counts_in(arrays))


def test_counts_saturate() -> None:
    arrays = arrays_of(facts_of({"a.py": "x = 1\n" + "zebra = 1\n" * (MAX_IN_BODY + 5)}))
    assert counts_in(arrays)[term_hash("zebra"), 0][0] == MAX_IN_BODY


def test_no_files_have_no_postings() -> None:
    assert {len(column) for name, column in arrays_of({}).items() if not name.endswith("_start")} == {0}
