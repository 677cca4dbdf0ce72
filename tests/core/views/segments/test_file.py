"""A segment file is whole or not there, and equal input gives equal bytes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aura_core.embedding import Lexicon
from aura_core.errors import StoreCorrupt
from aura_core.views import View, build_view
from aura_core.views.segments.file import FileIdentity, read_segment, write_segment
from tests.core.views.samples import view_files

TEXTS = {"a.py": "def f():\n    return 1\n", "b.py": "from a import f\n\n\nclass C:\n    x = f()\n"}


def test_arrays_and_meta_come_back(tmp_path: Path) -> None:
    arrays = {
        "numbers": np.arange(5, dtype=np.uint32),
        "nothing": np.zeros((0, 3), np.int8),
        "table": np.arange(6, dtype=np.int8).reshape(2, 3),
    }
    write_segment(tmp_path / "s", arrays, {"digest": "abc", "path": "ü"})
    segment = read_segment(tmp_path / "s")
    assert segment.meta == {"digest": "abc", "path": "ü"}
    assert {name: (a.dtype, a.tolist()) for name, a in segment.arrays.items()} == {
        name: (a.dtype, a.tolist()) for name, a in arrays.items()
    }
    assert not segment.arrays["numbers"].flags.writeable


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        build_view(tmp_path / name, view_files(TEXTS), {"digest": "d"}, Lexicon())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_failed_build_leaves_the_old_file(tmp_path: Path) -> None:
    build_view(tmp_path / "v", view_files(TEXTS), {}, Lexicon())
    before = (tmp_path / "v").read_bytes()

    def files():
        yield view_files(TEXTS)[0]
        raise RuntimeError("the store went away")

    with pytest.raises(RuntimeError):
        build_view(tmp_path / "v", files(), {}, Lexicon())
    with pytest.raises(TypeError):
        build_view(tmp_path / "v", view_files(TEXTS), {"not": object()}, Lexicon())
    assert (tmp_path / "v").read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == ["v"]


@pytest.mark.parametrize("keep", [0, 4, 12, 200, 700, -1])
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, keep: int) -> None:
    build_view(tmp_path / "v", view_files(TEXTS), {}, Lexicon())
    (tmp_path / "v").write_bytes((tmp_path / "v").read_bytes()[:keep] if keep >= 0 else b"x" * 500)
    with pytest.raises(StoreCorrupt, match="v is damaged or incomplete"):
        View.open(tmp_path / "v")


def test_a_file_that_was_cut_off_is_refused_before_it_is_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.view"
    write_segment(file, {"numbers": np.arange(100_000)}, {})
    with file.open("r+b") as handle:
        handle.truncate(file.stat().st_size - 4_096)
    monkeypatch.setattr("aura_core.views.segments.file.mmap.mmap", lambda *_, **__: pytest.fail("it was mapped"))
    with pytest.raises(StoreCorrupt):
        read_segment(file)


def test_a_verified_file_is_compared_with_its_checksum_once(tmp_path: Path) -> None:
    file = tmp_path / "s"
    write_segment(file, {"numbers": np.arange(5, dtype=np.uint32)}, {})
    verified: set[FileIdentity] = set()
    assert read_segment(file, verified).arrays["numbers"].tolist() == [0, 1, 2, 3, 4]
    assert len(verified) == 1
    with file.open("r+b") as handle:
        handle.seek(-1, os.SEEK_END)
        handle.write(b"x")
    assert read_segment(file, verified).arrays["numbers"].tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(StoreCorrupt):
        read_segment(file)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        View.open(tmp_path / "v")


def test_codes_that_do_not_fit_the_texts_are_refused(tmp_path: Path) -> None:
    file = view_files(TEXTS)[0]
    with pytest.raises(ValueError, match=r"a\.py: 0 codes for 1 texts"):
        build_view(tmp_path / "v", [replace(file, codes=file.codes[:0])], {}, Lexicon())
