"""Archives are unpacked by every Python that Aura runs on."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from benchmarks.corpus import unpack


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # later Pythons warn of archives that are unpacked without
@pytest.mark.parametrize("careful", [True, False])
def test_an_archive_is_unpacked_with_and_without_the_careful_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, careful: bool
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with tarfile.open(tmp_path / "a.tar", "w") as new_archive:
        new_archive.add(tmp_path / "a.py", "tree/a.py")
    if not careful:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    elif not hasattr(tarfile, "data_filter"):
        pytest.skip("this Python has no careful rules")
    with tarfile.open(tmp_path / "a.tar") as archive:
        unpack(archive, tmp_path / "out")
    assert (tmp_path / "out" / "tree" / "a.py").read_text() == "x = 1\n"
