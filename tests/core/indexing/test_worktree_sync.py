"""Working trees are indexed as they are on disk, and what they change is what their changes say."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from aura_core import indexing
from aura_core.model.changes import ChangeKind, LineRange
from aura_core.model.snapshot import WORKTREE
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.sources import identify
from tests.support import GitRepository

GOOD = "def alpha():\n    return beta()\n\n\ndef beta():\n    return 1\n"
BROKEN = "def alpha():\n    return beta()\n\n\ndef beta(:\n    return 1\n"
Run = Callable[[], indexing.IndexReport]


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    return Aura(stores).add(str(shop.path), from_cli=True).id


def warned(stores: Stores, repo: str, sha: str) -> bool:
    manifest = stores.snapshots.manifest(repo, sha)
    assert manifest is not None
    return any(w.startswith("shop/odd.py: line 5: ") for w in manifest.warnings)


@pytest.mark.parametrize("before", [GOOD, BROKEN], ids=["good", "broken"])
@pytest.mark.parametrize("after", [GOOD + "\n", BROKEN + "\n"], ids=["good", "broken"])
@pytest.mark.parametrize("dirty", [False, True], ids=["committed", "edited"])
def test_a_syntax_error_before_after_or_in_both_changes_what_it_changes(
    stores: Stores, shop: GitRepository, repo: str, before: str, after: str, dirty: bool
) -> None:
    old = shop.commit({"shop/odd.py": before})
    indexing.index(stores, repo)
    shop.write({"shop/odd.py": after})
    new = WORKTREE if dirty else shop.commit()
    report = indexing.index(stores, repo, worktree=dirty)
    (change,) = stores.sources.open(identify(str(shop.path), from_cli=True)).changes(old, new)
    lines = [LineRange(6, 0, 7, 1)]
    if before[:-1] != after[:-2]:
        lines = [LineRange(5, 1, 5, 1), *lines]
    assert (change.kind, change.path, list(change.lines)) == (ChangeKind.MODIFIED, "shop/odd.py", lines)
    assert warned(stores, repo, old) == (before == BROKEN)
    assert warned(stores, repo, report.sha) == ("beta(:" in after)
    view = indexing.ensure_view(stores, repo, report.sha)
    assert view.node("shop/odd.py") is not None
    assert (view.node("shop/odd.py::alpha") is not None) or "beta(:" in after
    assert view.node("shop/prices.py::apply_voucher") is not None


def test_a_rename_without_an_edit_parses_nothing(stores: Stores, shop: GitRepository, repo: str) -> None:
    indexing.index(stores, repo)
    shop.git("mv", "shop/prices.py", "shop/costs.py")
    for worktree in (True, False):
        if not worktree:
            shop.commit()
        report = indexing.index(stores, repo, worktree=worktree)
        counts = [s.counts for s in report.steps if s.step == "parse"]
        assert [c["parsed"] for c in counts] == [0]
        assert indexing.ensure_view(stores, repo, report.sha).node("shop/costs.py::total_price") is not None


def test_staged_untracked_and_deleted_files_are_in_the_answers_from_the_working_tree(
    stores: Stores, shop: GitRepository, repo: str
) -> None:
    aura = Aura(stores, local=True)
    shop.write({"shop/staged.py": "def staged_only():\n    pass\n"})
    shop.git("add", "shop/staged.py")
    shop.write(
        {
            "shop/loose.py": "def loose_only():\n    pass\n",
            "shop/cart.py": None,
            ".gitignore": "hidden.py\n",
            "hidden.py": "def hidden(): pass\n",
        }
    )
    aura.index(repo)
    view = aura.at(repo).graph()
    uids = {node.uid for node in view.nodes()}
    assert {"shop/staged.py::staged_only", "shop/loose.py::loose_only"} <= uids
    assert not any(uid.startswith(("shop/cart.py", "hidden.py")) for uid in uids)


def test_edits_alone_are_indexed_and_the_head_is_asked_for(stores: Stores, shop: GitRepository, repo: str) -> None:
    aura = Aura(stores)
    shop.write({"shop/loose.py": "def loose_only():\n    pass\n"})
    aura.index_edits(repo)
    assert [r.name for r in stores.catalog.publisher.refs(repo)] == [WORKTREE]
    assert [e.state.value for e in stores.catalog.events.list(repo)] == ["due"]
    assert aura.at(repo, WORKTREE).graph().node("shop/loose.py::loose_only") is not None
    assert indexing.index_worktree(stores, repo) == ()


def test_only_the_last_list_of_a_working_tree_is_stored(stores: Stores, shop: GitRepository, repo: str) -> None:
    for number in range(3):
        shop.write({"shop/prices.py": f"x = {number}\n"})
        report = indexing.index(stores, repo, worktree=True)
    artifact = stores.snapshots.artifact(repo, "edits")
    assert artifact is not None
    sha, _ = artifact
    assert sha == report.sha


def test_a_fifo_in_the_place_of_a_file_costs_that_file_alone(stores: Stores, shop: GitRepository, repo: str) -> None:
    names = (".gitignore", "shop/.gitignore", ".gitattributes", "pyproject.toml", "setup.cfg", "notes.ipynb", "odd.py")
    for name in names:
        (shop.path / name).unlink(missing_ok=True)
        os.mkfifo(shop.path / name)
    (shop.path / "shop/new.py").write_text("def fresh(): pass\n")
    report = indexing.index(stores, repo, worktree=True)
    view = indexing.ensure_view(stores, repo, report.sha)
    assert view.node("shop/new.py::fresh") is not None
    assert view.node("odd.py") is None
