"""What a crash or a careless hand leaves of the vector files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aura_core.adapters import open_vectors
from aura_core.adapters.vectors import FileVectors
from aura_core.errors import StoreCorrupt, StoreUnavailable
from aura_core.settings import Settings

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
    (found,) = home.glob("vectors-*.i8")
    return found


def test_bytes_that_no_row_names_are_passed_over(vectors: FileVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(vectors, "_name", crash)
        with pytest.raises(KeyboardInterrupt):
            vectors.put("e", keys(5, 9), codes(5, 9))
    assert vectors.known("e", keys(0, 9)) == set(keys(0, 5))
    vectors.put("e", keys(7, 12), codes(7, 12))
    assert np.array_equal(vectors.codes("e", keys(0, 5) + keys(7, 12)), np.vstack([codes(0, 5), codes(7, 12)]))
    assert array_file(tmp_path).stat().st_size == (5 + 4 + 5) * DIMENSIONS


def test_half_a_row_at_the_end_is_passed_over(vectors: FileVectors, tmp_path: Path) -> None:
    with array_file(tmp_path).open("ab") as file:
        file.write(b"half")
    vectors.put("e", keys(5, 9), codes(5, 9))
    assert np.array_equal(vectors.codes("e", keys(0, 9)), codes(0, 9))


@pytest.mark.parametrize("left", [0, 3 * DIMENSIONS, 5 * DIMENSIONS - 1])
def test_a_file_that_lost_rows_gives_an_error_and_never_other_vectors(vectors: FileVectors, tmp_path: Path, left: int) -> None:
    vectors.close()
    array_file(tmp_path).write_bytes(array_file(tmp_path).read_bytes()[:left])
    again = open_vectors(Settings(home=tmp_path))
    with pytest.raises(StoreCorrupt, match="index again"):
        again.codes("e", keys(0, 5))
    with pytest.raises(StoreCorrupt, match="index again"):
        again.put("e", keys(5, 9), codes(5, 9))
    again.close()


def test_a_file_that_is_gone_is_corrupt(vectors: FileVectors, tmp_path: Path) -> None:
    array_file(tmp_path).unlink()
    with pytest.raises(StoreCorrupt):
        vectors.codes("e", keys(0, 5))
    with pytest.raises(StoreCorrupt):
        vectors.put("e", keys(5, 9), codes(5, 9))


def test_a_file_that_cannot_be_written_is_unavailable(vectors: FileVectors, tmp_path: Path) -> None:
    array_file(tmp_path).unlink()
    array_file_path = next(iter(vectors._open.values()))[1].path
    array_file_path.mkdir()
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
