"""What a crash or a careless hand leaves of the vector files."""

from __future__ import annotations

import sqlite3
import time as clock
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aura_core.adapters import open_vectors
from aura_core.adapters.vectors.codes import CodesFile
from aura_core.adapters.vectors.places import Places
from aura_core.adapters.vectors.store import FileVectors
from aura_core.errors import StoreCorrupt, StoreUnavailable
from aura_core.model.snapshot import SweepResult
from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from tests.core.adapters.boundaries import at_boundary
from tests.core.adapters.processes import together

DIMENSIONS = 16


def keys(first: int, last: int) -> list[bytes]:
    return [number.to_bytes(2, "big") * 8 for number in range(first, last)]


def codes(first: int, last: int) -> np.ndarray:
    return np.frombuffer(b"".join(keys(first, last)), dtype=np.int8).reshape(last - first, DIMENSIONS)


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[FileVectors]:
    opened = open_vectors(Settings(home=tmp_path))
    opened.put("e", keys(0, 5), codes(0, 5))
    yield opened
    opened.close()


def array_file(home: Path) -> Path:
    (file,) = home.glob("vectors-*.i8")
    return file


def test_bytes_that_no_row_names_are_passed_over(
    vectors: FileVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Places, "add", crash)
        with pytest.raises(KeyboardInterrupt):
            vectors.put("e", keys(5, 9), codes(5, 9))
    assert vectors.touch("e", keys(0, 9)) == set(keys(0, 5))
    vectors.put("e", keys(7, 12), codes(7, 12))
    assert np.array_equal(vectors.codes("e", keys(0, 5) + keys(7, 12)), np.vstack([codes(0, 5), codes(7, 12)]))
    assert array_file(tmp_path).stat().st_size == (5 + 4 + 5) * DIMENSIONS


def test_half_a_row_at_the_end_is_passed_over(vectors: FileVectors, tmp_path: Path) -> None:
    with array_file(tmp_path).open("ab") as file:
        file.write(b"half")
    vectors.put("e", keys(5, 9), codes(5, 9))
    assert np.array_equal(vectors.codes("e", keys(0, 9)), codes(0, 9))


@pytest.mark.parametrize("left", [0, 3 * DIMENSIONS, 5 * DIMENSIONS - 1])
def test_rows_that_a_file_lost_while_it_was_read_are_forgotten_and_made_again(
    vectors: FileVectors, tmp_path: Path, left: int
) -> None:
    assert np.array_equal(vectors.codes("e", keys(0, 5)), codes(0, 5))
    with array_file(tmp_path).open("r+b") as file:
        file.truncate(left)
    lost = 5 - left // DIMENSIONS
    with pytest.raises(StoreCorrupt) as error:
        vectors.codes("e", keys(0, 5))
    assert error.value.details["missing"] == lost
    assert vectors.touch("e", keys(0, 5)) == set(keys(0, 5 - lost))
    assert vectors.put("e", keys(0, 9), codes(0, 9)) == lost + 4
    assert np.array_equal(vectors.codes("e", keys(0, 9)), codes(0, 9))


def test_a_file_that_is_gone_is_written_anew(vectors: FileVectors, tmp_path: Path) -> None:
    array_file(tmp_path).unlink()
    assert vectors.touch("e", keys(0, 5)) == set()
    assert vectors.put("e", keys(0, 9), codes(0, 9)) == 9
    assert np.array_equal(vectors.codes("e", keys(0, 9)), codes(0, 9))


def test_a_damaged_vector_is_no_answer_and_is_made_again(vectors: FileVectors, tmp_path: Path) -> None:
    with array_file(tmp_path).open("r+b") as file:
        file.seek(2 * DIMENSIONS)
        file.write(b"damage")
    with pytest.raises(StoreCorrupt) as error:
        vectors.codes("e", keys(0, 5))
    assert error.value.details["missing"] == 1
    assert np.array_equal(vectors.codes("e", [*keys(0, 2), *keys(3, 5)]), np.vstack([codes(0, 2), codes(3, 5)]))
    assert vectors.put("e", keys(0, 5), codes(0, 5)) == 1
    assert np.array_equal(vectors.codes("e", keys(0, 5)), codes(0, 5))


def test_vectors_far_apart_come_in_any_order_and_more_than_once(vectors: FileVectors) -> None:
    vectors.put("e", keys(5, 400), codes(5, 400))
    numbers = [399, 0, 200, 200, 3, 398]
    wanted_codes = np.vstack([codes(number, number + 1) for number in numbers])
    assert np.array_equal(vectors.codes("e", [key for n in numbers for key in keys(n, n + 1)]), wanted_codes)


def test_vectors_of_an_older_version_have_no_checksum_and_are_read(vectors: FileVectors, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection, connection:
        connection.execute("UPDATE vector_places SET checksum = -1")
    assert np.array_equal(vectors.codes("e", keys(0, 5)), codes(0, 5))


def test_a_file_that_cannot_be_written_is_unavailable(vectors: FileVectors, tmp_path: Path) -> None:
    file = array_file(tmp_path)
    file.unlink()
    file.mkdir()
    with pytest.raises(StoreUnavailable):
        vectors.put("e", keys(5, 9), codes(5, 9))


def test_vectors_stay_readable_after_another_store_closed(vectors: FileVectors, tmp_path: Path) -> None:
    open_vectors(Settings(home=tmp_path)).close()
    assert np.array_equal(vectors.codes("e", keys(0, 5)), codes(0, 5))


def test_what_was_read_is_a_copy_that_may_be_changed(vectors: FileVectors) -> None:
    vectors.codes("e", keys(0, 5))[:] = 0
    assert np.array_equal(vectors.codes("e", keys(0, 5)), codes(0, 5))


def test_files_of_the_home_are_the_owners_alone(vectors: FileVectors, tmp_path: Path) -> None:
    assert array_file(tmp_path).stat().st_mode & 0o077 == 0


@pytest.fixture
def time() -> list[float]:
    return [6_000_000.0]


@pytest.fixture
def hurried(tmp_path: Path, time: list[float]) -> Iterator[FileVectors]:
    """Keys 0 to 1,000, wanted a minute ago, in a store that keeps nothing longer than it is needed."""
    opened = reopened(tmp_path, time)
    opened.put("e", keys(0, 1_000), codes(0, 1_000))
    time[0] += 60
    yield opened
    opened.close()


def reopened(home: Path, time: list[float]) -> FileVectors:
    return open_vectors(Settings(home=home, gc_grace_hours=0.0), clock=lambda: time[0])


def sweep_all_but(store: FileVectors, first: int, last: int) -> int:
    """Delete the vectors of all other keys; returns how many."""
    return store.sweep("e", lambda: set(keys(first, last))).rows


def test_a_file_with_many_holes_is_written_anew_and_one_with_few_is_not(hurried: FileVectors, tmp_path: Path) -> None:
    before = array_file(tmp_path)
    assert sweep_all_but(hurried, 0, 800) == 200
    assert array_file(tmp_path) == before
    assert sweep_all_but(hurried, 0, 700) == 100
    assert array_file(tmp_path) != before
    assert array_file(tmp_path).stat().st_size == 700 * DIMENSIONS
    assert hurried.sizes() == {"vectors": 700 * DIMENSIONS, "vector_places": 700 * 16}
    assert np.array_equal(hurried.codes("e", keys(0, 700)), codes(0, 700))
    assert hurried.put("e", keys(650, 750), codes(650, 750)) == 50
    assert np.array_equal(hurried.codes("e", keys(0, 750)), codes(0, 750))
    assert sweep_all_but(hurried, 0, 750) == 0


def test_when_nothing_is_left_there_is_no_file_and_the_next_vector_makes_one(
    hurried: FileVectors, tmp_path: Path
) -> None:
    assert sweep_all_but(hurried, 0, 0) == 1_000
    assert list(tmp_path.glob("vectors-*.i8")) == []
    assert (hurried.touch("e", keys(0, 3)), hurried.count("e"), hurried.embedders()) == (set(), 0, [])
    assert hurried.put("e", keys(3, 5), codes(3, 5)) == 2
    assert np.array_equal(hurried.codes("e", keys(3, 5)), codes(3, 5))


def test_whoever_read_the_old_file_goes_on_with_the_new_one(
    hurried: FileVectors, tmp_path: Path, time: list[float]
) -> None:
    reader = reopened(tmp_path, time)
    assert np.array_equal(reader.codes("e", keys(0, 1_000)), codes(0, 1_000))
    assert sweep_all_but(hurried, 500, 900) == 600
    assert np.array_equal(reader.codes("e", keys(500, 900)), codes(500, 900))
    with pytest.raises(StoreCorrupt, match="500 vectors"):
        reader.codes("e", keys(0, 900))
    reader.close()


def test_a_reader_between_looking_up_and_mapping_finds_the_new_file(
    hurried: FileVectors, tmp_path: Path, time: list[float]
) -> None:
    class Late(CodesFile):
        def gather(self, places: np.ndarray) -> np.ndarray:
            if time[0] < 7_000_000:
                time[0] = 7_000_000
                assert sweep_all_but(hurried, 100, 200) == 900
            return super().gather(places)

    reader = reopened(tmp_path, time)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("aura_core.adapters.vectors.store.CodesFile", Late)
        assert np.array_equal(reader.codes("e", keys(100, 200)), codes(100, 200))
    reader.close()


def test_what_is_asked_for_during_a_sweep_stays(hurried: FileVectors, tmp_path: Path, time: list[float]) -> None:
    other = reopened(tmp_path, time)
    boundary, total = 1, 100
    while boundary <= total:
        time[0] += 120
        answers: list[set[bytes]] = []
        with at_boundary(boundary, lambda: answers.append(other.touch("e", keys(0, 10))), tmp_path) as seen:  # noqa: B023 - called inside
            sweep_all_but(hurried, 500, 1_000)
        total = seen[0] if boundary == 1 else total
        for stored_keys in answers:
            assert np.array_equal(
                other.codes("e", sorted(stored_keys)),
                np.frombuffer(b"".join(sorted(stored_keys)), np.int8).reshape(-1, DIMENSIONS),
            )
        hurried.put("e", keys(0, 500), codes(0, 500))
        assert np.array_equal(hurried.codes("e", keys(0, 1_000)), codes(0, 1_000))
        boundary += 1
    assert total > 10
    other.close()


@pytest.mark.parametrize("boundary", ["transaction", "disk"])
def test_a_crash_at_any_point_of_writing_anew_leaves_a_store_that_reads_and_is_cleaned_up(
    hurried: FileVectors, tmp_path: Path, time: list[float], boundary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash() -> None:
        raise KeyboardInterrupt

    step, ended = 0, False
    while not ended:
        step += 1
        time[0] += 120
        hurried.put("e", keys(0, 1_000), codes(0, 1_000))
        time[0] += 120
        try:
            if boundary == "transaction":
                with at_boundary(step, crash):
                    sweep_all_but(hurried, 0, 600)
            else:
                with monkeypatch.context() as patched:
                    patched.setattr("aura_core.adapters.vectors.sweep._drop", lambda *a: crash()) if step == 1 else None
                    patched.setattr(CodesFile, "append", lambda *a: crash()) if step == 2 else None
                    sweep_all_but(hurried, 0, 600)
            ended = True
        except KeyboardInterrupt:
            again = reopened(tmp_path, time)
            assert np.array_equal(again.codes("e", keys(0, 600)), codes(0, 600)), step
            sweep_all_but(again, 0, 600)
            assert len(list(tmp_path.glob("vectors-*.i8"))) == 1, step
            assert again.sizes()["vector_places"] == 600 * 16
            assert np.array_equal(again.codes("e", keys(0, 600)), codes(0, 600)), step
            again.close()
    assert step > (10 if boundary == "transaction" else 2)


def test_vectors_that_an_older_version_wrote_are_kept_for_a_while_first(
    hurried: FileVectors, tmp_path: Path, time: list[float]
) -> None:
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute("UPDATE vector_places SET epoch = 0")
    connection.commit()
    connection.close()
    assert hurried.sweep("e", set) == SweepResult(0, 0, 1_000)
    time[0] += 60
    assert hurried.sweep("e", set, dry_run=True) == SweepResult(1_000, 1_000 * (DIMENSIONS + 16), 0)
    assert hurried.sweep("e", set).rows == 1_000


def busy(stores: Stores, index: int) -> int:
    """Three write, look and read what they have written; one deletes what nobody needs all the time."""
    if index == 3:
        with closing(open_vectors(replace(stores.settings, gc_grace_hours=0.0))) as vectors:
            return sum(vectors.sweep("e", lambda: set(keys(1_000, 4_000))).rows for _ in range(30))
    first = 1_000 * (index + 1)
    own_keys, own_codes = keys(first, first + 300), codes(first, first + 300)
    for count in range(50, 301, 50):
        stores.vectors.put("e", own_keys[:count], own_codes[:count])
        assert stores.vectors.touch("e", own_keys) == set(own_keys[:count])
        assert np.array_equal(stores.vectors.codes("e", own_keys[:count]), own_codes[:count])
    return 0


def test_processes_write_and_read_while_one_sweeps(tmp_path: Path) -> None:
    old = open_vectors(Settings(home=tmp_path), clock=lambda: clock.time() - 3_600)
    old.put("e", keys(0, 1_000), codes(0, 1_000))
    before = array_file(tmp_path)
    assert sum(together(tmp_path, busy, 4)) == 1_000
    assert array_file(tmp_path) != before
    assert old.count("e") == 900
    for first in (1_000, 2_000, 3_000):
        assert np.array_equal(old.codes("e", keys(first, first + 300)), codes(first, first + 300))
    old.close()
