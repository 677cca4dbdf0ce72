"""Which snapshots there are, and asking for more, over real stores and real repositories."""

from __future__ import annotations

import pytest

from aura_core.errors import AmbiguousRevision, InvalidRequest, SnapshotNotReady, UnknownRevision
from aura_core.model.repository import Event, EventState, Plan
from aura_core.model.snapshot import is_worktree
from aura_core.ports.stores import Stores
from aura_core.service import Aura, SnapshotDetail
from tests.support import GitRepository


@pytest.fixture
def aura(stores: Stores) -> Aura:
    return Aura(stores)


@pytest.fixture
def repo(aura: Aura, shop: GitRepository) -> str:
    return aura.add(str(shop.path), from_cli=True).id


def history(shop: GitRepository, aura: Aura, repo: str, number: int) -> list[str]:
    """Commits, each indexed after it was made."""
    commits = []
    for n in range(number):
        commits.append(shop.commit({"a.py": f"x = {n}\n"}))
        aura.index(repo)
    return commits


def listed(aura: Aura, repo: str, **arguments: object) -> list[str]:
    return [s.sha for s in aura.snapshots(repo, **arguments).snapshots]  # type: ignore[arg-type]


def test_the_one_indexed_last_comes_first_and_names_the_refs_that_show_it(
    aura: Aura, shop: GitRepository, repo: str
) -> None:
    commits = history(shop, aura, repo, 3)
    page = aura.snapshots(repo)
    assert [s.sha for s in page.snapshots] == commits[::-1]
    assert [s.refs for s in page.snapshots] == [("main",), (), ()]
    assert (page.cursor, page.snapshots[0].outdated) == ("", False)


def test_pages_neither_repeat_nor_miss_anything_while_snapshots_arrive(
    aura: Aura, shop: GitRepository, repo: str
) -> None:
    commits = history(shop, aura, repo, 5)
    read, cursor = [], ""
    for late in range(9):
        page = aura.snapshots(repo, limit=2, cursor=cursor)
        read += [s.sha for s in page.snapshots]
        cursor = page.cursor
        if not cursor:
            break
        shop.commit({"late.py": f"y = {late}\n"})
        aura.index(repo)
    assert read == commits[::-1]


def test_a_full_last_page_ends(aura: Aura, shop: GitRepository, repo: str) -> None:
    history(shop, aura, repo, 2)
    assert aura.snapshots(repo, limit=2).cursor == ""


@pytest.mark.parametrize("cursor", ["x", "AAAAAAAAAA!", "A" * 11 + "=", "é" * 11, "AAAAAAAAAAAAAAAA"])
def test_a_cursor_of_somebodys_own_making_is_refused(aura: Aura, repo: str, cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        aura.snapshots(repo, cursor=cursor)
    assert refused.value.details["field"] == "cursor"


def test_a_ref_keeps_what_is_in_its_history(aura: Aura, shop: GitRepository, repo: str) -> None:
    first, second = history(shop, aura, repo, 2)
    shop.git("checkout", "--quiet", "-b", "feature/x", first)
    third = shop.commit({"b.py": "z = 1\n"})
    aura.index(repo, revision="feature/x")
    shop.git("tag", "v1", first)
    assert listed(aura, repo) == [third, second, first]
    assert listed(aura, repo, ref="main") == [second, first]
    assert listed(aura, repo, ref="feature/x") == [third, first]
    assert listed(aura, repo, ref="v1") == listed(aura, repo, ref=first[:4]) == [first]
    assert listed(aura, repo, ref="WORKTREE") == []
    with pytest.raises(UnknownRevision):
        aura.snapshots(repo, ref="nowhere")


def test_working_trees_are_listed_by_their_ref(stores: Stores, shop: GitRepository, repo: str) -> None:
    here = Aura(stores, local=True)
    shop.write({"new.py": "x = 1\n"})
    here.index(repo)
    (tree,) = listed(here, repo, ref="WORKTREE")
    assert is_worktree(tree)
    snapshot = here.snapshot_detail(repo, tree)
    assert isinstance(snapshot, SnapshotDetail)
    assert snapshot.base == shop.git("rev-parse", "HEAD")
    with pytest.raises(UnknownRevision):
        here.snapshot_detail(repo, "WORKTREE-000000000000")


def test_another_repositorys_snapshots_are_never_seen(
    aura: Aura, shop: GitRepository, repo: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = GitRepository(tmp_path_factory.mktemp("other"))
    theirs = other.commit({"secret.py": "x = 1\n"})
    aura.index(aura.add(str(other.path), from_cli=True).id)
    aura.index(repo)
    assert listed(aura, repo) == [shop.git("rev-parse", "HEAD")]
    for question in (
        aura.snapshot_detail,
        aura.at,
        lambda r, s: aura.request_snapshot(r, s, source="api"),
        lambda r, s: aura.snapshots(r, ref=s),
    ):
        for sha in (theirs, theirs[:8]):
            with pytest.raises(UnknownRevision) as refused:
                question(repo, sha)
            assert theirs not in f"{refused.value} {refused.value.details}".replace(f"'{theirs}'", "")


def test_a_commit_is_asked_for_once_and_found_when_it_is_made(aura: Aura, shop: GitRepository, repo: str) -> None:
    aura.index(repo)
    shop.git("tag", "v1")
    old = shop.git("rev-parse", "HEAD")
    shop.commit({"a.py": "x = 1\n"}, "later")
    new = shop.git("rev-parse", "HEAD")
    with pytest.raises(SnapshotNotReady) as missing:
        aura.snapshot_detail(repo, new)
    assert f"aura index {repo} --sha {new}" in missing.value.remedy
    assert f'POST {{"sha": "{new}"}} to /api/v1/repos/{repo}/snapshots' in missing.value.remedy
    requests = [aura.request_snapshot(repo, name, source="api") for name in ("main", new, new[:6], "HEAD")]
    assert len(set(requests)) == 1
    assert requests[0][0] == new
    waiting = aura.snapshot_detail(repo, new)
    assert isinstance(waiting, Event)
    assert (waiting, waiting.state, waiting.target) == (requests[0][1], EventState.DUE, new)
    aura.index(repo)
    assert aura.request_snapshot(repo, "main", source="api") == (new, None)
    assert aura.request_snapshot(repo, "v1", source="api") == (old, None)
    snapshot = aura.snapshot_detail(repo, new[:7])
    assert isinstance(snapshot, SnapshotDetail)
    assert snapshot.snapshot.sha == new
    assert snapshot.counts["files"] == 5


def test_a_wish_that_was_given_up_says_why_and_is_revived_by_asking_again(
    aura: Aura, stores: Stores, shop: GitRepository, repo: str
) -> None:
    sha, wish = aura.request_snapshot(repo, "HEAD", source="api")
    assert wish is not None
    for attempt in range(5):
        plan = Plan(
            f"r{attempt}", repo, stores.catalog.leases.acquire(repo, f"r{attempt}", 60).fence, (wish.id,), (), 1.0
        )
        stores.catalog.publisher.save_plan(plan)
        stores.catalog.events.fail(plan, "the disk is full")
        stores.catalog.leases.release(stores.catalog.leases.acquire(repo, f"r{attempt}", 60))
    with pytest.raises(SnapshotNotReady, match="the disk is full") as missing:
        aura.snapshot_detail(repo, sha)
    assert missing.value.details["failed"] == "the disk is full"
    assert aura.request_snapshot(repo, sha, source="api")[1] == stores.catalog.events.list(repo)[0]
    assert stores.catalog.events.list(repo)[0].state is EventState.DUE


def test_a_snapshot_that_was_made_and_lost_is_asked_for_anew(
    aura: Aura, stores: Stores, shop: GitRepository, repo: str
) -> None:
    sha, first = aura.request_snapshot(repo, "HEAD", source="api")
    aura.index(repo)
    stores.snapshots.forget(repo)
    again, second = aura.request_snapshot(repo, sha, source="api")
    assert first is not None
    assert second is not None
    assert (again, second.state) == (sha, EventState.DUE)
    assert second.id != first.id


def test_four_digits_of_a_sha_are_enough_in_either_case(aura: Aura, shop: GitRepository, repo: str) -> None:
    aura.index(repo)
    sha = shop.git("rev-parse", "HEAD")
    assert aura.at(repo, sha[:4]).sha == aura.at(repo, sha[:12].upper()).sha == sha
    with pytest.raises(UnknownRevision):
        aura.at(repo, sha[:3])


def test_an_ambiguous_beginning_lists_the_commits(aura: Aura, shop: GitRepository, repo: str) -> None:
    """Commits that differ in their message alone are made until two begin alike."""
    tree, seen = shop.git("rev-parse", "HEAD^{tree}"), dict[str, str]()
    for n in range(2_000):
        sha = shop.git("commit-tree", tree, "-m", str(n))
        twin = seen.setdefault(sha[:4], sha)
        if twin != sha:
            break
    else:
        pytest.fail("no two commits begin alike")
    for question in (aura.at, aura.snapshot_detail):
        with pytest.raises(AmbiguousRevision) as several:
            question(repo, sha[:4])
        assert several.value.details["candidates"] == sorted((sha, twin))
    branch = shop.git("branch", sha[:4], "HEAD") + sha[:4]
    assert aura.request_snapshot(repo, branch, source="api")[0] == shop.git("rev-parse", "HEAD")


def test_a_commit_that_git_has_lost_is_found_by_its_snapshot(aura: Aura, shop: GitRepository, repo: str) -> None:
    lost = shop.commit({"a.py": "x = 1\n"})
    aura.index(repo)
    shop.git("reset", "--quiet", "--hard", "HEAD~1")
    shop.git("reflog", "expire", "--expire=now", "--all")
    shop.git("gc", "--quiet", "--prune=now")
    assert aura.at(repo, lost).sha == aura.at(repo, lost[:5]).sha == aura.at(repo, lost[:5].upper()).sha == lost
