"""Opening the stores of a home."""

from __future__ import annotations

from pathlib import Path

import pytest

from aura_core.errors import StoreCorrupt, StoreUnavailable
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.settings import Settings
from aura_core.wiring import open_stores


def test_a_new_home_is_the_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    stores = open_stores(Settings(home=home))
    assert home.stat().st_mode & 0o777 == 0o700
    assert {"catalog.db", "store.db", "mirrors", "logs", "cache"} <= {path.name for path in home.iterdir()}
    stores.close()


def test_the_cache_folder_may_be_elsewhere(tmp_path: Path) -> None:
    open_stores(Settings(home=tmp_path / "home", cache=tmp_path / "fast")).close()
    assert (tmp_path / "fast").is_dir()
    assert not (tmp_path / "home" / "cache").exists()


def test_what_was_stored_is_there_after_opening_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    stores = open_stores(settings)
    added = stores.catalog.repositories.add(Repository("shop-1", "shop", RepositoryKind.LOCAL, "/src/shop"))
    stores.close()
    again = open_stores(settings)
    assert again.catalog.repositories.list() == [added]
    again.close()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="AURA_HOME") as refused:
        open_stores(Settings(home=tmp_path / "home"))
    assert str(tmp_path / "home") in refused.value.message


def test_a_cache_that_cannot_be_made_names_its_own_variable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="AURA_CACHE"):
        open_stores(Settings(home=tmp_path / "home", cache=tmp_path / "file" / "cache"))


def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(StoreUnavailable, match="not writable"):
        open_stores(Settings(home=tmp_path))


def test_a_damaged_store_closes_what_was_opened_before_it(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreCorrupt, match=r"store\.db"):
        open_stores(Settings(home=tmp_path))
