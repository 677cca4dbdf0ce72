"""A fetch that is killed, or that meets another one, leaves a whole mirror or none."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

from aura_core.settings import Settings
from aura_core.sources import MirrorSource
from tests.core.sources.git.mirror_address import mirrored
from tests.core.sources.open_path import open_mirror
from tests.support import GitRepository


def test_what_a_killed_fetch_left_behind_does_not_stop_the_next(
    remote: GitRepository, mirror: MirrorSource, settings: Settings
) -> None:
    mirror.fetch()
    remote.commit({"a.py": "b"})
    for name in ("packed-refs.lock", "refs/heads/main.lock", "HEAD.lock", "config.lock", "objects/pack/tmp_pack_x"):
        (mirror.path / name).write_text("")
    (mirror.path / "objects" / "incoming-x").mkdir()
    left = settings.home / "mirrors" / f"{mirror.path.name}.aside-old"
    left.mkdir()
    mirror.fetch()
    assert mirror.head() == ("main", remote.git("rev-parse", "HEAD"))
    assert not left.exists()
    assert not list(mirror.path.glob("**/*.lock")) + list(mirror.path.glob("objects/incoming-*"))


def test_a_fetch_killed_at_any_moment_leaves_a_whole_mirror_or_none(remote: GitRepository, settings: Settings) -> None:
    for n in range(20):
        remote.commit({f"{n}.bin.txt": os.urandom(20_000).hex()})
    repository = mirrored(remote)
    code = (
        "import sys; from pathlib import Path; from aura_core.settings import Settings\n"
        "from aura_core.sources import RepositorySources, identify\n"
        "print('ready', flush=True); sources = RepositorySources(Settings(home=Path(sys.argv[2])))\n"
        "sources.open(identify(sys.argv[1], from_cli=True)).fetch()"
    )
    for pause in (0.0, 0.02, 0.05, 0.1, 0.2):
        child = subprocess.Popen(
            [sys.executable, "-c", code, repository.origin, str(settings.home)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(pause)
        child.kill()
        child.wait()
        child.stdout.close()
        source = open_mirror(repository, settings)
        assert source.head() in (None, ("main", remote.git("rev-parse", "HEAD")))
    source = open_mirror(repository, settings)
    source.fetch()
    assert source.head() == ("main", remote.git("rev-parse", "HEAD"))
    assert len(source.tree(source.resolve("main")).files) == 21


def test_two_fetches_at_once_take_turns(remote: GitRepository, settings: Settings) -> None:
    errors: list[BaseException] = []

    def fetch() -> None:
        try:
            open_mirror(mirrored(remote), settings).fetch()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert open_mirror(mirrored(remote), settings).head() is not None
