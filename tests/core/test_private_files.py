"""What Aura stores is for its owner's eyes only."""

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aura_core.private_files import close_home
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.support import GitRepository


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """The files and folders that others than their owner may read, write or enter."""
    paths = [folder, *folder.rglob("*")]
    return [str(path) for path in paths if not path.is_symlink() and stat.S_IMODE(path.lstat().st_mode) & 0o077]


def open_up(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_stores_views_and_databases_are_their_owners_alone(shop: GitRepository, tmp_path: Path) -> None:
    stores = open_stores(Settings(home=tmp_path / "home", workers=1))
    aura = Aura(stores)
    for address in (str(shop.path), f"file://{shop.path}"):
        aura.at(aura.index(aura.add(address, from_cli=True).id).repo).graph()
    # libgit2 writes the refs that protect commits; the mirror around them is closed.
    assert not [path for path in open_to_others(tmp_path / "home") if ".git/refs/aura" not in path]
    assert any((tmp_path / "home").glob("*.db-wal"))
    stores.close()


def test_a_database_elsewhere_is_its_owners_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.db"
    open_stores(Settings(home=tmp_path / "home", workers=1, database_url=url)).close()
    assert stat.S_IMODE((tmp_path / "other.db").stat().st_mode) == 0o600


def test_a_home_that_others_could_read_is_closed_once_and_said_so(
    shop: GitRepository, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "home"
    stores = open_stores(Settings(home=home, workers=1))
    Aura(stores).index(Aura(stores).add(f"file://{shop.path}", from_cli=True).id)
    stores.close()
    (home / "dagster").mkdir()
    (home / "dagster" / "runs.db").write_text("")
    (home / "theirs.txt").write_text("not Aura's")
    open_up(home)
    with caplog.at_level(logging.WARNING, "aura.home"):
        open_stores(Settings(home=home, workers=1)).close()
        open_stores(Settings(home=home, workers=1)).close()
    assert open_to_others(home) == [str(home / "theirs.txt")]
    assert [record.name for record in caplog.records] == ["aura.home"]


def test_folders_that_everybody_uses_stay_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, user = tmp_path / "shared", tmp_path / "user"
    shared.mkdir()
    shared.chmod(0o1777)
    user.mkdir(mode=0o755)
    monkeypatch.setenv("HOME", str(user))
    for folder in (shared, user, tmp_path):
        mode = folder.stat().st_mode
        close_home(folder, folder / "cache")
        assert folder.stat().st_mode == mode


@pytest.mark.skipif(sys.platform != "linux", reason="reads what this process has open from /proc")
def test_a_store_that_is_open_keeps_its_files_while_other_processes_come_and_go(
    shop: GitRepository, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", workers=1)
    stores = open_stores(settings)
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    open_stores(settings).close()  # in the same process, as a second server of it would
    for number in range(2):
        shop.commit({f"more{number}.py": "def more():\n    pass\n"})
        environment = os.environ | {"AURA_HOME": str(settings.home), "AURA_WORKERS": "1"}
        subprocess.run([sys.executable, "-m", "aura_cli", "index", str(shop.path)], env=environment, check=True)
        assert stores.catalog.publisher.refs(repo)[0].sha == shop.git("rev-parse", "HEAD")
        assert stores.snapshots.info(repo, shop.git("rev-parse", "HEAD")) is not None
    links = [os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink() and link.exists()]
    assert not [target for target in links if "home/" in target and "(deleted)" in target]
    stores.close()
