"""Views are advanced over a real history, shared, evicted and made again, and always answer like one built from
nothing.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from aura_core import indexing
from aura_core.indexing import view_cache
from aura_core.indexing.steps import views
from aura_core.indexing.view_cache import evict, view_file
from aura_core.model.context import ContextPack, ContextRequest, Format
from aura_core.model.repository import Lag
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.views import View, advance
from aura_core.wiring import open_stores
from tests.core.views.equality import graph_answers, search_answers
from tests.support import PATIENCE_SECONDS, GitRepository

TASKS = [
    "total price of a cart with a voucher",
    "`Cart.add` in shop/cart.py fails",
    "parse the header of step 3",
    "docs",
]


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    return Aura(stores).add(str(shop.path), from_cli=True).id


def module(step: int, calls: str) -> str:
    return (
        f'"""Step {step}."""\nfrom shop.prices import total_price\n\n\n'
        f"def parse_header_{step}(lines):\n    return {calls}(lines)\n\n\n"
        f"class Step{step}:\n    def run(self):\n        return parse_header_{step}(total_price)\n"
    )


def edits(step: int, chance: random.Random, paths: list[str]) -> dict[str, str | None]:
    """One commit: something is written, sometimes something goes or moves."""
    files: dict[str, str | None] = {
        f"shop/m{chance.randrange(8)}.py": module(step, chance.choice(["total_price", "sorted", "Cart"]))
    }
    modules = [path for path in paths if path.startswith("shop/m")]
    if modules and step % 3 == 0:
        files[chance.choice(modules)] = None
    if step % 4 == 0:
        files["shop/prices.py"] = (
            f"def total_price(lines):\n    return {step}\n\n\ndef apply_voucher(price):\n    return price\n"
        )
    if step % 5 == 0:
        files["docs/notes.md"] = f"# Notes of {step}\n\n" + "A line.\n\n" * step
    return files


def stack_size(view: View) -> int:
    return len(view.stack)


def from_nothing(stores: Stores, folder: Path, repo: str, sha: str) -> View:
    """The view of the same snapshot in a cache of its own, which has nothing to advance from."""
    empty = stores.with_settings(cache=folder)
    return indexing.ensure_view(empty, repo, sha)


@pytest.mark.slow
def test_a_history_of_advances_answers_like_views_from_nothing(
    stores: Stores, shop: GitRepository, repo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advance, "MAX_SMALL_FILES", 3)
    monkeypatch.setattr(advance, "COMPACTION_MIN_DOCUMENTS", 24)
    chance, seen = random.Random(5), set()
    indexing.index(stores, repo)
    for step in range(1, 25):
        shop.commit(edits(step, chance, [str(p.relative_to(shop.path)) for p in shop.path.glob("shop/*.py")]))
        report = indexing.index(stores, repo)
        view = indexing.ensure_view(stores, repo, report.sha)
        seen.add(stack_size(view))
        if step % 12 == 0:
            clean = from_nothing(stores, tmp_path / f"clean-{step}", repo, report.sha)
            assert stack_size(clean) == 1
            assert graph_answers(view) == graph_answers(clean)
            assert search_answers(view, TASKS) == search_answers(clean, TASKS)
    assert seen == {1, 2, 3}
    same_answers(stores, tmp_path / "other", repo, report.sha)


def same_answers(stores: Stores, folder: Path, repo: str, sha: str) -> None:
    """Byte for byte, replay ids included, over tasks, formats, budgets and entry points."""
    empty = stores.with_settings(cache=folder)
    for task, form, budget in product(TASKS, Format, (200, 2_000)):
        request = ContextRequest(
            task, budget, ("shop/prices.py::total_price", "nowhere") if budget == 200 else (), form
        )
        advanced, clean = (Aura(each).at(repo, sha).context(request) for each in (stores, empty))
        assert plain(advanced) == plain(clean)


def plain(pack: ContextPack) -> ContextPack:
    return replace(pack, lag=Lag())


def test_a_view_of_an_older_commit_is_advanced_from_a_newer_one(stores: Stores, shop: GitRepository, repo: str) -> None:
    old = indexing.index(stores, repo)
    view_file(stores, old.digest).unlink()
    shop.commit({"shop/more.py": "def more():\n    pass\n"})
    indexing.index(stores, repo)
    assert stack_size(indexing.ensure_view(stores, repo, old.sha)) == 2


def test_a_snapshot_far_from_every_view_is_built_from_nothing(stores: Stores, shop: GitRepository, repo: str) -> None:
    indexing.index(stores, repo)
    tracked = shop.git("ls-files").splitlines()
    new = shop.commit({**dict.fromkeys(tracked), "a.py": "def a():\n    pass\n"})
    indexing.index(stores, repo)
    assert stack_size(indexing.ensure_view(stores, repo, new)) == 1


def cached(stores: Stores) -> list[str]:
    return sorted(path.name for path in (stores.settings.cache_folder / "views").iterdir())


@pytest.mark.parametrize("harm", ["cut", "flipped", "emptied"])
@pytest.mark.parametrize("which", ["own", "ground"])
def test_a_damaged_file_is_noticed_and_made_again(
    stores: Stores, shop: GitRepository, repo: str, harm: str, which: str
) -> None:
    old = indexing.index(stores, repo)
    shop.commit({"shop/more.py": "def more():\n    pass\n"})
    new = indexing.index(stores, repo)
    expected = graph_answers(indexing.ensure_view(stores, repo, new.sha))
    file = view_file(stores, old.digest if which == "ground" else new.digest)
    data = bytearray(file.read_bytes())
    data[len(data) * 2 // 3] ^= 1
    file.unlink()
    file.write_bytes({"cut": data[:-70], "flipped": data, "emptied": b""}[harm])
    assert graph_answers(indexing.ensure_view(stores, repo, new.sha)) == expected
    assert indexing.ensure_view(stores, repo, old.sha).node("shop/more.py::more") is None


def test_a_ground_that_was_made_again_otherwise_is_not_read_with_old_numbers(
    stores: Stores, shop: GitRepository, repo: str
) -> None:
    """The middle view is lost and built from nothing: its files have other numbers than the view above it was written
    for.
    """
    indexing.index(stores, repo)
    shop.commit({"aaa.py": "def first():\n    pass\n", "zzz.py": "def last():\n    pass\n"})
    middle = indexing.index(stores, repo)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(advance, "MAX_SMALL_FILES", 0)
        shop.commit({"aaa.py": "def second():\n    pass\n"})
        top = indexing.index(stores, repo)
    assert stack_size(indexing.ensure_view(stores, repo, top.sha)) == 3
    expected = graph_answers(indexing.ensure_view(stores, repo, top.sha))
    files = [view_file(stores, digest) for digest in (middle.digest, top.digest)]
    data = files[1].read_bytes()
    for name in cached(stores):
        (files[0].parent / name).unlink()
    assert stack_size(indexing.ensure_view(stores, repo, middle.sha)) == 1
    files[1].write_bytes(data)
    assert graph_answers(indexing.ensure_view(stores, repo, top.sha)) == expected


def chain(stores: Stores, shop: GitRepository, repo: str, length: int) -> list[Path]:
    """Views of some commits, oldest first, each used a minute after the one before."""
    files = []
    for step in range(length):
        shop.commit({f"shop/step{step}.py": f"def step_{step}():\n    pass\n"})
        files.append(view_file(stores, indexing.index(stores, repo).digest))
    for age, file in enumerate(reversed(files)):
        os.utime(file, (1e9 - 60 * age,) * 2)
    return files


def test_what_a_view_stands_on_is_evicted_after_it(stores: Stores, shop: GitRepository, repo: str) -> None:
    files = chain(stores, shop, repo, 4)
    assert stack_size(View.open(files[-1])) == 2
    evict(files[0].parent, 1, keep=files[-1])
    assert [file.exists() for file in files] == [True, False, False, True]
    assert View.open(files[-1]).node("shop/step3.py::step_3") is not None
    evict(files[0].parent, 1, keep=files[0])
    assert [file.exists() for file in files] == [True, False, False, False]


def test_eviction_goes_by_last_use_and_stops_at_the_limit(stores: Stores, shop: GitRepository, repo: str) -> None:
    files = chain(stores, shop, repo, 4)
    size = sum(file.stat().st_size for file in files)
    evict(files[0].parent, size, keep=files[-1])
    assert all(file.exists() for file in files)
    evict(files[0].parent, size - 1, keep=files[-1])
    assert [file.exists() for file in files] == [True, False, True, True]


def test_an_open_view_outlives_its_files(stores: Stores, shop: GitRepository, repo: str) -> None:
    files = chain(stores, shop, repo, 2)
    view = View.open(files[-1])
    expected = graph_answers(view)
    shutil.rmtree(files[0].parent)
    assert graph_answers(view) == expected


def test_leftovers_of_killed_builders_go_after_an_hour(stores: Stores, repo: str) -> None:
    report = indexing.index(stores, repo)
    file = view_file(stores, report.digest)
    old, new = file.with_name("x.view.7.partial"), file.with_name("y.view.8.partial")
    for leftover in (old, new):
        leftover.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    evict(file.parent, 10**9, keep=file)
    assert (old.exists(), new.exists(), file.exists()) == (False, True, True)


def test_a_view_whose_ground_is_evicted_while_it_is_made_is_built_from_nothing(
    stores: Stores, shop: GitRepository, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = indexing.index(stores, repo)
    sha = shop.commit({"shop/more.py": "def more():\n    pass\n"})
    real = views.advance_view

    def evicted(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        view_file(stores, old.digest).unlink()

    monkeypatch.setattr(views, "advance_view", evicted)
    indexing.index(stores, repo)
    view = indexing.ensure_view(stores, repo, sha)
    assert stack_size(view) == 1
    assert view.node("shop/more.py::more") is not None


BUILDS = """
import os, signal, sys
from aura_core import indexing
from aura_core.settings import Settings
from aura_core.wiring import open_stores
import aura_core.views.segments.file as segments
repo, sha, moment = sys.argv[1:]
def dies(name, real):
    def call(*arguments, **named):
        if name == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    return call
segments.os.fsync = dies("fsync", segments.os.fsync)
segments.Path.replace = dies("replace", segments.Path.replace)
if moment == "after":
    import aura_core.indexing.steps.views as views
    views.evict = dies("after", views.evict)
indexing.ensure_view(open_stores(Settings()), repo, sha)
"""


@pytest.mark.parametrize("moment", ["fsync", "replace", "after"])
def test_a_builder_killed_between_files_leaves_the_old_answer(moment: str, tmp_path: Path, shop: GitRepository) -> None:
    settings = Settings(home=tmp_path / "aura-home", workers=1)
    stores = open_stores(settings)
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    old = indexing.index(stores, repo)
    shop.commit({"shop/more.py": "def more():\n    pass\n"})
    new = indexing.index(stores, repo)
    expected = graph_answers(indexing.ensure_view(stores, repo, new.sha))
    view_file(stores, new.digest).unlink()
    env = {**os.environ, "AURA_HOME": str(settings.home)}
    builder = subprocess.run(
        [sys.executable, "-c", BUILDS, repo, new.sha, moment], env=env, capture_output=True, text=True, check=False
    )
    assert builder.returncode == -signal.SIGKILL, builder.stderr
    assert view_file(stores, new.digest).exists() == (moment == "after")
    assert indexing.ensure_view(stores, repo, old.sha).node("shop/more.py") is None
    assert graph_answers(indexing.ensure_view(stores, repo, new.sha)) == expected
    stores.close()


def test_two_processes_may_make_one_view_at_once(tmp_path: Path, shop: GitRepository) -> None:
    settings = Settings(home=tmp_path / "aura-home", workers=1)
    stores = open_stores(settings)
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    indexing.index(stores, repo)
    shop.commit({"shop/more.py": "def more():\n    pass\n"})
    new = indexing.index(stores, repo)
    view_file(stores, new.digest).unlink()
    env = {**os.environ, "AURA_HOME": str(settings.home)}
    both = [
        subprocess.Popen([sys.executable, "-c", BUILDS, repo, new.sha, ""], env=env, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [(child.communicate(timeout=PATIENCE_SECONDS)[1], child.returncode) for child in both] == [("", 0), ("", 0)]
    assert indexing.ensure_view(stores, repo, new.sha).node("shop/more.py::more") is not None
    assert not [name for name in cached(stores) if not name.endswith(".view")]
    stores.close()


def test_views_of_another_embedder_are_never_advanced(
    stores: Stores, shop: GitRepository, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexing.index(stores, repo)
    sha = shop.commit({"shop/more.py": "def more():\n    pass\n"})
    monkeypatch.setattr(view_cache, "version_of", lambda _: "another")
    indexing.index(stores, repo)
    assert stack_size(indexing.ensure_view(stores, repo, sha)) == 1
