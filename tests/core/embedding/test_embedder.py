"""The static embedder: exact, batch-free, and as its description says."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from zipfile import ZIP_STORED, ZipFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.embedding import StaticEmbedder, static_embedder, sub_tokens, words_of
from aura_core.embedding import embedder as embedder_module
from aura_core.embedding.weights import MODEL
from aura_core.model.facts import Definition, FileFacts, ParseStatus, WordTable
from aura_core.model.graph import NodeKind

WORDS = [
    "parse_http",
    "header",
    "Response",
    "queryset",
    "zzqx9",
    "über",
    "the",
    "the_model",
    "cache_key",
    "XMLParser",
    "vectorise42",
    "a",
    "b",
]


def column(values: list[int]) -> tuple[int, bytes]:
    return 4, np.array(values, "<u4").tobytes()


def facts_of(bodies: list[str]) -> FileFacts:
    """Return facts of a file whose definition n owns the n-th text; an empty text is owned by nobody."""
    table: dict[bytes, int] = {}
    rows, sizes, index, count = [], [], [], []
    for number, body in enumerate(bodies):
        counts = Counter(words_of(body.encode()))
        sizes.append(len(counts))
        index += [table.setdefault(word, len(table)) for word in counts]
        count += list(counts.values())
        digest = body.encode().ljust(16, b"\0")[:16] if body else b""
        rows.append(
            Definition(
                NodeKind.FUNCTION,
                f"Class.method_{number}" if number else "",
                1,
                1,
                1,
                1,
                number - 1,
                number,
                digest,
                "",
                "",
            )
        )
    words = WordTable(tuple(table), column(sizes), column(index), column(count))
    return FileFacts("python", ParseStatus.OK, 1, tuple(rows), words)


BODIES = st.lists(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), min_size=1, max_size=6)


def plain_embedding(embedder: StaticEmbedder, header: str, body: str) -> np.ndarray:
    """Return the embedding as the model's description has it, in plain floating point."""
    weights = embedder.weights
    rows: dict[int, float] = {}
    for part, text in enumerate((header, body)):
        tokens = Counter(t for word in words_of(text.encode()) for t in sub_tokens(word.decode()))
        for token, times in tokens.items():
            token_rows = weights.rows_of(token)
            for row in token_rows:
                rows[row] = rows.get(row, 0.0) + (1 + math.log(times)) * weights.parts[part] / len(token_rows)
    first_rows = list(rows.items())[:160]
    return sum((w * weights.in_document[r] * weights.vectors[r].astype(float) for r, w in first_rows), np.zeros(256))


@given(st.lists(BODIES, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_codes_are_equal_under_any_batching_and_order(files: list[list[str]], shuffle: random.Random) -> None:
    embedder = static_embedder()
    all_files = [(f"pkg/module_{n}.py", facts_of(bodies)) for n, bodies in enumerate(files)]
    together = embedder.encode(all_files)
    alone = {path: embedder.encode([(path, facts)]) for path, facts in all_files}
    assert together.tobytes() == np.concatenate([alone[path] for path, _ in all_files]).tobytes()
    shuffled = list(all_files)
    shuffle.shuffle(shuffled)
    again = embedder.encode(shuffled)
    assert again.tobytes() == np.concatenate([alone[path] for path, _ in shuffled]).tobytes()


def test_more_files_than_a_batch_are_encoded_like_each_alone() -> None:
    files = [(f"m{n}.py", facts_of([f"parse word{n} header" * (n % 7), "cache key"])) for n in range(200)]
    embedder = StaticEmbedder()
    assert embedder.encode(files).tobytes() == np.concatenate([embedder.encode([f]) for f in files]).tobytes()


@given(BODIES)
def test_codes_point_where_the_model_says(bodies: list[str]) -> None:
    embedder = static_embedder()
    facts = facts_of(bodies)
    codes = embedder.encode([("shop/cart_items.py", facts)]).astype(float)
    owned = [(d, body) for d, body in zip(facts.definitions, bodies, strict=True) if d.digest]
    assert len(codes) == len(owned) == len(embedder.text_keys("shop/cart_items.py", facts))
    for code, (definition, body) in zip(codes, owned, strict=True):
        expected = plain_embedding(embedder, f"{definition.qualname} shop cart items", body)
        cosine = code @ expected / (np.linalg.norm(code) * np.linalg.norm(expected))
        assert cosine > 0.9995
        assert np.abs(code).max() == 127


def test_a_long_text_counts_its_first_rows_only() -> None:
    embedder = static_embedder()
    tokens = [token for token in embedder.weights.vocabulary if token.isascii() and token.isalpha()][:300]
    one, two, three = (embedder.encode([("-.py", facts_of([" ".join(tokens[:end])]))]) for end in (150, 160, 300))
    assert (one != two).any()
    assert (two == three).all()


def test_keys_follow_header_and_text() -> None:
    embedder = static_embedder()
    facts = facts_of(["top", "", "body"])
    keys = embedder.text_keys("a/b.py", facts)
    assert len(keys) == len(set(keys)) == 2
    assert {len(key) for key in keys} == {16}
    assert set(keys).isdisjoint(embedder.text_keys("a/c.py", facts))
    assert keys == embedder.text_keys("a/b.pyi", facts), "the suffix is no word of the header"
    second = facts.definitions[2]._replace(qualname="Class.method_2#2")
    numbered = FileFacts("python", ParseStatus.OK, 1, (*facts.definitions[:2], second), facts.words)
    assert embedder.text_keys("a/b.py", numbered) == keys, "a number that tells equal names apart is no word either"


def test_no_files_and_files_without_text_have_no_codes() -> None:
    assert static_embedder().encode([]).shape == (0, 256)
    assert static_embedder().encode([("a.py", facts_of([""]))]).shape == (0, 256)


def test_a_text_without_words_has_zero_codes() -> None:
    assert not static_embedder().encode([("-.py", facts_of(["---"]))]).any()


def test_a_query_lies_near_the_text_that_it_describes() -> None:
    embedder = static_embedder()
    similar, other = embedder.encode(
        [("m.py", facts_of(["parse http headers of a request", "matrix inverse determinant"]))]
    ).astype(int)
    codes, squared = embedder.query("parsing the headers of an HTTP request")
    assert squared == int(codes.astype(int) @ codes.astype(int))
    assert codes.astype(int) @ similar / np.linalg.norm(similar) > codes.astype(int) @ other / np.linalg.norm(other)


@pytest.mark.parametrize("text", ["", "  ", "漢字", "\ud800"])
def test_a_query_without_words_has_zero_codes_and_length_one(text: str) -> None:
    codes, squared = static_embedder().query(text)
    assert codes.shape == (256,)
    assert squared == 1


def test_the_id_names_model_and_version() -> None:
    embedder = static_embedder()
    assert re.fullmatch(r"static-256-[0-9a-f]{12}", embedder.id)
    assert embedder.id == StaticEmbedder().id
    assert static_embedder() is embedder


def test_a_large_lexicon_is_replaced_by_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = StaticEmbedder()
    codes = embedder.encode([("m.py", facts_of(["alpha beta"]))])
    lexicon = embedder.lexicon
    assert embedder.lexicon is lexicon
    monkeypatch.setattr(embedder_module, "MAX_LEXICON_WORDS", 1)
    assert len(embedder.lexicon) == 0
    assert embedder.encode([("m.py", facts_of(["alpha beta"]))]).tobytes() == codes.tobytes()


def test_threads_get_the_same_codes() -> None:
    embedder = StaticEmbedder()
    files = [(f"m{n}.py", facts_of([f"alpha{n} beta{n}", "gamma"])) for n in range(40)]
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda file: embedder.encode([file]), files))
    assert np.concatenate(codes).tobytes() == StaticEmbedder().encode(files).tobytes()


def test_the_archive_of_the_model_is_not_compressed() -> None:
    with (files("aura_core") / "data" / f"{MODEL}.npz").open("rb") as data, ZipFile(data) as archive:
        assert {member.compress_type for member in archive.infolist() if member.filename == "W.npy"} == {ZIP_STORED}
