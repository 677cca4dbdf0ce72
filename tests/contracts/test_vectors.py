"""What every vector store promises."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pytest

from aura_core.errors import StoreCorrupt
from aura_core.model.snapshot import SweepResult
from aura_core.ports.vectors import Codes, VectorStore
from tests.contracts.conftest import TurnableClock


def keys(first: int, last: int) -> list[bytes]:
    return [blake2b(str(number).encode(), digest_size=16).digest() for number in range(first, last)]


def codes(first: int, last: int, dimensions: int = 8) -> Codes:
    rows = [
        np.random.default_rng(number).integers(-127, 128, dimensions, dtype=np.int8) for number in range(first, last)
    ]
    return np.array(rows, dtype=np.int8).reshape(last - first, dimensions)


def test_vectors_come_back_in_the_order_asked(vectors: VectorStore) -> None:
    assert vectors.put("e", keys(0, 700), codes(0, 700)) == 700
    order = [5, 699, 0, 5, 300]
    got = vectors.codes("e", [keys(0, 700)[n] for n in order])
    assert got.dtype == np.int8
    assert np.array_equal(got, codes(0, 700)[order])


def test_known_keys_are_told_from_others(vectors: VectorStore) -> None:
    assert vectors.touch("e", keys(0, 3)) == set()
    vectors.put("e", keys(0, 3), codes(0, 3))
    assert vectors.touch("e", keys(1, 9)) == set(keys(1, 3))
    assert vectors.touch("other", keys(0, 3)) == set()


def test_a_key_keeps_its_first_vector(vectors: VectorStore) -> None:
    vectors.put("e", keys(0, 2), codes(0, 2))
    assert vectors.put("e", keys(0, 4), codes(100, 104)) == 2
    assert np.array_equal(vectors.codes("e", keys(0, 4)), np.vstack([codes(0, 2), codes(102, 104)]))


def test_a_key_twice_in_one_call_is_stored_once(vectors: VectorStore) -> None:
    assert vectors.put("e", keys(0, 1) * 2, codes(0, 2)) == 1
    assert np.array_equal(vectors.codes("e", keys(0, 1)), codes(0, 1))


def test_embedders_do_not_mix(vectors: VectorStore) -> None:
    vectors.put("one", keys(0, 2), codes(0, 2))
    vectors.put("two", keys(0, 2), codes(50, 52, dimensions=3))
    assert np.array_equal(vectors.codes("one", keys(0, 2)), codes(0, 2))
    assert np.array_equal(vectors.codes("two", keys(0, 2)), codes(50, 52, dimensions=3))
    assert (vectors.count("one"), vectors.count("two"), vectors.count("three")) == (2, 2, 0)


def test_missing_vectors_are_an_error_that_counts_them(vectors: VectorStore) -> None:
    with pytest.raises(StoreCorrupt) as unknown:
        vectors.codes("e", keys(0, 3))
    assert unknown.value.details["missing"] == 3
    vectors.put("e", keys(0, 1), codes(0, 1))
    with pytest.raises(StoreCorrupt) as missing:
        vectors.codes("e", keys(0, 3))
    assert missing.value.details["missing"] == 2


def test_no_keys_give_no_rows(vectors: VectorStore) -> None:
    assert len(vectors.codes("e", [])) == 0
    assert vectors.put("e", [], np.empty((0, 8), dtype=np.int8)) == 0
    vectors.put("e", keys(0, 1), codes(0, 1))
    assert vectors.codes("e", []).shape == (0, 8)


@pytest.mark.parametrize("bad", [np.zeros((2, 8), np.float32), np.zeros((3, 8), np.int8), np.zeros(2, np.int8)])
def test_codes_of_another_shape_or_type_are_refused(vectors: VectorStore, bad: Codes) -> None:
    with pytest.raises(ValueError, match="need int8 codes"):
        vectors.put("e", keys(0, 2), bad)


def test_codes_of_other_dimensions_than_the_embedders_are_refused(vectors: VectorStore) -> None:
    vectors.put("e", keys(0, 1), codes(0, 1))
    with pytest.raises(ValueError, match="8 dimensions"):
        vectors.put("e", keys(1, 2), codes(0, 1, dimensions=4))


DAY = 86_400.0


def test_vectors_that_nothing_needs_go_a_day_after_they_were_wanted_last(
    vectors: VectorStore, clock: TurnableClock
) -> None:
    vectors.put("e", keys(0, 10), codes(0, 10))
    assert vectors.sweep("e", lambda: set(keys(0, 4))) == SweepResult(0, 0, 6)
    clock.turn(DAY)
    assert vectors.touch("e", keys(2, 6)) == set(keys(2, 6))
    clock.turn(DAY / 3)
    dry = vectors.sweep("e", lambda: set(keys(0, 4)), dry_run=True)
    assert (dry.rows, dry.waiting, vectors.count("e")) == (4, 2, 10)
    assert vectors.sweep("e", lambda: set(keys(0, 4))) == dry
    assert vectors.touch("e", keys(0, 10)) == set(keys(0, 6))
    assert np.array_equal(vectors.codes("e", keys(0, 6)), codes(0, 6))
    with pytest.raises(StoreCorrupt):
        vectors.codes("e", keys(6, 7))
    clock.turn(2 * DAY)
    assert vectors.sweep("e", set).rows == 6
    assert vectors.embedders() == []


def test_a_vector_that_is_put_again_is_wanted(vectors: VectorStore, clock: TurnableClock) -> None:
    vectors.put("e", keys(0, 4), codes(0, 4))
    clock.turn(1.5 * DAY)
    assert vectors.put("e", keys(1, 3), codes(1, 3)) == 0
    assert vectors.sweep("e", set).rows == 2
    assert vectors.touch("e", keys(0, 4)) == set(keys(1, 3))


def test_a_sweep_spares_what_a_working_sync_has_wanted(vectors: VectorStore, clock: TurnableClock) -> None:
    began = clock()
    vectors.put("e", keys(0, 4), codes(0, 4))
    clock.turn(3 * DAY)
    assert vectors.sweep("e", set, spare_since=began).rows == 0
    assert vectors.sweep("e", set).rows == 4


def test_a_sweep_of_one_embedder_leaves_the_others(vectors: VectorStore, clock: TurnableClock) -> None:
    vectors.put("one", keys(0, 4), codes(0, 4))
    vectors.put("two", keys(0, 4), codes(0, 4))
    clock.turn(2 * DAY)
    assert vectors.embedders() == ["one", "two"]
    assert vectors.sweep("one", set).rows == 4
    assert vectors.sweep("nobody", set) == SweepResult(0, 0, 0)
    assert (vectors.embedders(), vectors.count("two")) == (["two"], 4)


def test_thousands_go_and_what_stays_is_what_it_was(vectors: VectorStore, clock: TurnableClock) -> None:
    vectors.put("e", keys(0, 5_000), codes(0, 5_000))
    before = sum(vectors.sizes().values())
    clock.turn(2 * DAY)
    assert vectors.sweep("e", lambda: set(keys(1_000, 3_500))).rows == 2_500
    assert vectors.count("e") == 2_500
    assert np.array_equal(vectors.codes("e", keys(1_000, 3_500)), codes(1_000, 3_500))
    assert sum(vectors.sizes().values()) <= before * 3 // 4
