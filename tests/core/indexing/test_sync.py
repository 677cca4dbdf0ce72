"""A sync publishes exactly what the commit holds, once, and says what it did."""

from __future__ import annotations

import pytest

from aura_core import indexing
from aura_core.adapters.catalog.publisher import SqlPublisher
from aura_core.errors import LeaseLost, NoPlan, SyncInProgress, UnknownRepository
from aura_core.linking.inference import state as inference_state
from aura_core.model.repository import EventKind, EventState, Plan
from aura_core.model.snapshot import WORKTREE
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from tests.support import GitRepository


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    return Aura(stores).add(str(shop.path), from_cli=True).id


def test_a_sync_publishes_the_head_with_its_digest(stores: Stores, shop: GitRepository, repo: str) -> None:
    report = indexing.index(stores, repo)
    assert report.sha == shop.git("rev-parse", "HEAD")
    (ref,) = stores.catalog.publisher.refs(repo)
    assert (ref.sha, ref.digest) == (report.sha, report.digest)
    assert [s.step for s in report.steps] == ["parse", "graph", "embed", "snapshot", "cluster"]


def test_a_second_sync_of_the_same_head_does_nothing(stores: Stores, repo: str) -> None:
    indexing.index(stores, repo)
    assert indexing.index(stores, repo).steps == ()


def test_a_new_commit_parses_only_what_changed(stores: Stores, shop: GitRepository, repo: str) -> None:
    indexing.index(stores, repo)
    shop.commit({"shop/prices.py": "def total_price(lines, voucher=None):\n    return 0\n"})
    steps = {s.step: s for s in indexing.index(stores, repo).steps}
    assert steps["parse"].counts["parsed"] == 1


def test_the_old_commit_still_answers_after_a_new_one(stores: Stores, shop: GitRepository, repo: str) -> None:
    old = indexing.index(stores, repo)
    shop.commit({"shop/prices.py": None, "shop/cart.py": "def empty():\n    pass\n"})
    new = indexing.index(stores, repo)
    assert old.digest != new.digest
    assert indexing.ensure_view(stores, repo, old.sha).node("shop/prices.py::apply_voucher") is not None
    assert indexing.ensure_view(stores, repo, new.sha).node("shop/prices.py::apply_voucher") is None


def test_the_digest_does_not_depend_on_history(stores: Stores, shop: GitRepository, repo: str) -> None:
    first = indexing.index(stores, repo)
    before = (shop.path / "shop/prices.py").read_text()
    shop.commit({"shop/prices.py": "x = 1\n"})
    indexing.index(stores, repo)
    shop.commit({"shop/prices.py": before})
    assert indexing.index(stores, repo).digest == first.digest


def test_an_exact_commit_is_indexed_without_moving_a_ref(stores: Stores, shop: GitRepository, repo: str) -> None:
    old = shop.git("rev-parse", "HEAD")
    new = shop.commit({"shop/new.py": "def fresh():\n    pass\n"})
    assert indexing.index(stores, repo, sha=old).sha == old
    assert [(r.name, r.sha) for r in stores.catalog.publisher.refs(repo)] == [("main", new)]


def test_uncommitted_edits_are_indexed_beside_the_head(stores: Stores, shop: GitRepository, repo: str) -> None:
    shop.write({"shop/untracked.py": "def draft():\n    pass\n", "shop/prices.py": "def edited():\n    pass\n"})
    report = indexing.index(stores, repo, worktree=True)
    view = indexing.ensure_view(stores, repo, report.sha)
    assert report.sha.startswith(WORKTREE)
    assert view.node("shop/untracked.py::draft") is not None
    assert view.node("shop/prices.py::edited") is not None
    assert view.node("shop/prices.py::apply_voucher") is None


def test_a_failing_step_gives_its_events_back_and_publishes_nothing(
    stores: Stores, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.catalog.events.push(repo, "d1", EventKind.REF, "HEAD", "test")

    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("aura_core.indexing.sync.STEPS", (indexing.parse, broken))
    with pytest.raises(OSError, match="disk is full"):
        indexing.index(stores, repo)
    (event,) = stores.catalog.events.list(repo)
    assert (event.state, event.attempts, event.error) == (EventState.DUE, 1, "the disk is full")
    assert not stores.catalog.publisher.refs(repo)
    assert stores.catalog.leases.current(repo) is None


def test_events_that_came_before_the_plan_are_done_after_the_flip(stores: Stores, repo: str) -> None:
    for n in range(3):
        stores.catalog.events.push(repo, f"d{n}", EventKind.REF, "HEAD", "test")
    indexing.index(stores, repo)
    assert {e.state for e in stores.catalog.events.list(repo)} == {EventState.DONE}


def test_an_event_for_a_commit_that_does_not_exist_fails_alone(stores: Stores, repo: str) -> None:
    stores.catalog.events.push(repo, "lost", EventKind.SHA, "0" * 40, "test")
    stores.catalog.events.push(repo, "head", EventKind.REF, "HEAD", "test")
    indexing.index(stores, repo)
    states = {e.delivery: (e.state, e.attempts) for e in stores.catalog.events.list(repo)}
    assert states == {"lost": (EventState.DUE, 1), "head": (EventState.DONE, 0)}


def test_a_second_plan_is_refused_while_the_first_holds_the_lease(stores: Stores, repo: str) -> None:
    first = indexing.plan_run(stores, repo, "run-1")
    assert first is not None
    with pytest.raises(SyncInProgress):
        indexing.plan_run(stores, repo, "run-2")
    indexing.finish(stores, first)
    assert indexing.plan_run(stores, repo, "run-2") is not None


def test_planning_again_keeps_the_events_that_the_run_has_claimed(stores: Stores, repo: str) -> None:
    stores.catalog.events.push(repo, "d1", EventKind.REF, "HEAD", "test")
    first = indexing.plan_run(stores, repo, "run")
    again = indexing.plan_run(stores, repo, "run")
    assert first is not None
    assert again is not None
    assert (again.fence, again.events) == (first.fence, first.events)
    indexing.finish(stores, again, "no luck")
    (event,) = stores.catalog.events.list(repo)
    assert (event.state, event.attempts) == (EventState.DUE, 1)


def test_a_run_that_goes_on_elsewhere_shuts_its_old_process_out(stores: Stores, repo: str) -> None:
    late = indexing.plan_run(stores, repo, "root")
    assert late is not None
    with pytest.raises(SyncInProgress):
        indexing.resume(stores, repo, "root", "graph", "second")
    indexing.abandon(stores, repo, "root", "killed")
    now = indexing.resume(stores, repo, "root", "graph", "second")
    assert now is not None
    assert now.fence > late.fence
    assert now.targets == late.targets
    with pytest.raises(LeaseLost):
        stores.catalog.publisher.publish(late, ())
    indexing.finish(stores, late, "too late")
    lease = stores.catalog.leases.current(repo)
    assert lease is not None
    assert lease.holder == "second"


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError])
def test_whatever_ends_a_plan_frees_the_lease(
    stores: Stores, repo: str, monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    stores.catalog.events.push(repo, "d1", EventKind.REF, "HEAD", "test")

    def fetch(*_: object, **__: object) -> None:
        raise end

    monkeypatch.setattr("aura_core.sources.local_source.LocalSource.fetch", fetch)
    with pytest.raises(end):
        indexing.plan_run(stores, repo, "run")
    assert stores.catalog.leases.current(repo) is None
    assert [(e.state, e.attempts) for e in stores.catalog.events.list(repo)] == [(EventState.DUE, 1)]


@pytest.mark.parametrize("moment", ["planned", "edits planned", "parsed"])
def test_a_repository_removed_while_its_sync_works_leaves_no_lease_behind(
    stores: Stores, shop: GitRepository, repo: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def parsed(*_: object) -> None:
        Aura(stores).remove(repo)

    def planned(publisher: SqlPublisher, plan: Plan) -> None:
        Aura(stores).remove(repo)
        save_plan(publisher, plan)

    shop.write({"shop/prices.py": "def edited():\n    pass\n"})
    save_plan = SqlPublisher.save_plan
    with monkeypatch.context() as patched:
        patched.setattr("aura_core.indexing.sync.STEPS", (parsed,))
        if moment != "parsed":
            patched.setattr(SqlPublisher, "save_plan", planned)
        with pytest.raises(UnknownRepository):
            indexing.index_worktree(stores, repo) if moment == "edits planned" else indexing.index(stores, repo)
    assert stores.catalog.leases.current(repo) is None
    assert Aura(stores).add(str(shop.path), from_cli=True).id == repo
    monkeypatch.setattr("aura_core.indexing.sync.WAIT_SECONDS", 0)
    assert indexing.index(stores, repo).steps


def test_an_exact_commit_that_is_indexed_is_done_without_a_step(stores: Stores, repo: str, shop: GitRepository) -> None:
    first = indexing.index(stores, repo)
    again = indexing.index(stores, repo, sha=first.sha[:12])
    assert (again.sha, again.digest, again.steps) == (first.sha, first.digest, ())
    assert {e.state for e in stores.catalog.events.list(repo)} == {EventState.DONE}


def test_a_poll_asks_once_for_a_head_that_moved(stores: Stores, repo: str, shop: GitRepository) -> None:
    assert indexing.poll_head(stores, repo)
    assert not indexing.poll_head(stores, repo), "it waits in the queue already"
    indexing.index(stores, repo)
    assert not indexing.poll_head(stores, repo), "nothing has moved"
    shop.commit({"shop/new.py": "new = 1\n"})
    assert indexing.poll_head(stores, repo)
    assert [e.state for e in stores.catalog.events.list(repo)] == [EventState.DUE, EventState.DONE]


def test_a_lost_lease_is_noticed_at_the_end_of_the_step(stores: Stores, repo: str) -> None:
    plan = indexing.plan_run(stores, repo, "run")
    assert plan is not None

    def robbed() -> None:
        with indexing.keep_lease(stores, plan):
            indexing.abandon(stores, repo, "run", "killed")
            stores.catalog.leases.acquire(repo, "other", 60)

    with pytest.raises(LeaseLost):
        robbed()


def test_a_step_without_a_plan_says_what_is_missing(stores: Stores) -> None:
    with pytest.raises(NoPlan, match="no plan"):
        indexing.find_plan(stores, "nobody")


def test_a_plan_of_an_unknown_repository_names_the_known_ones(stores: Stores, repo: str) -> None:
    with pytest.raises(UnknownRepository) as raised:
        indexing.plan_run(stores, "nothing-here", "run")
    assert raised.value.details["known"] == [repo]


def test_checks_pass_on_a_published_snapshot(stores: Stores, repo: str) -> None:
    report = indexing.index(stores, repo)
    assert all(f.passed for f in indexing.check(stores, repo, report.sha))


def many(shop: GitRepository, name: str) -> str:
    """A commit with two hundred functions of this name."""
    return shop.commit(
        {f"many/m{n}.py": "".join(f"def {name}{n}_{k}():\n    return {k}\n" for k in range(20)) for n in range(10)}
    )


def test_clusters_of_an_exact_commit_are_its_own_and_those_of_a_sync_where_it_made_them(
    stores: Stores, shop: GitRepository, repo: str
) -> None:
    old = many(shop, "borrow")
    indexing.index(stores, repo)
    head = many(shop, "return_")
    indexing.index(stores, repo)
    clusters = indexing.clusters_at(stores, repo, old)
    assert clusters["sha"] == old
    members = [uid for group in clusters["clusters"] for uid in group["members"]]
    assert len(members) == clusters["symbols"] == len(set(members))
    assert sum("::borrow" in uid for uid in members) == 200
    assert not any("::return_" in uid for uid in members)
    assert stores.snapshots.artifacts(repo) == [
        "clusters",
        f"clusters:{old}",
        *sorted(n for n in stores.snapshots.artifacts(repo) if "counts" in n),
    ]
    assert indexing.clusters_at(stores, repo, old) == clusters
    last = stores.snapshots.artifact(repo, "clusters")
    assert last is not None
    assert indexing.clusters_at(stores, repo, head) == indexing.clusters_at(stores, repo, old, latest=True) == last[1]
    stores.snapshots.retire(repo, [old])
    assert f"clusters:{old}" not in stores.snapshots.artifacts(repo)


def test_an_old_commit_that_is_indexed_leaves_the_clusters_of_the_head(
    stores: Stores, shop: GitRepository, repo: str
) -> None:
    old = shop.git("rev-parse", "HEAD")
    many(shop, "lend")
    indexing.index(stores, repo)
    before = stores.snapshots.artifact(repo, "clusters")
    steps = {s.step: s for s in indexing.index(stores, repo, sha=old).steps}
    assert steps["cluster"].nothing_to_do
    assert stores.snapshots.artifact(repo, "clusters") == before


def test_kept_clusters_of_another_index_of_the_commit_are_made_anew(
    stores: Stores, shop: GitRepository, repo: str
) -> None:
    old = shop.git("rev-parse", "HEAD")
    indexing.index(stores, repo)
    many(shop, "lend")
    indexing.index(stores, repo)
    clusters = indexing.clusters_at(stores, repo, old)
    stores.snapshots.put_artifact(repo, f"clusters:{old}", old, {**clusters, "digest": "other", "clusters": []})
    assert indexing.clusters_at(stores, repo, old) == clusters


def test_clusters_are_made_again_only_after_enough_changed(stores: Stores, shop: GitRepository, repo: str) -> None:
    shop.commit({f"many/m{n}.py": "".join(f"def f{n}_{k}():\n    return {k}\n" for k in range(20)) for n in range(10)})
    indexing.index(stores, repo)
    shop.commit({"shop/tiny.py": "def tiny():\n    pass\n"})
    steps = {s.step: s for s in indexing.index(stores, repo).steps}
    assert steps["cluster"].nothing_to_do
    shop.commit({f"many/m{n}.py": "".join(f"def g{n}_{k}():\n    return {k}\n" for k in range(20)) for n in range(10)})
    steps = {s.step: s for s in indexing.index(stores, repo).steps}
    assert not steps["cluster"].nothing_to_do


def test_a_file_that_is_too_complex_is_named_in_a_warning_until_it_changes(
    stores: Stores, shop: GitRepository, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference_state, "FILE_STEPS", 60)
    monkeypatch.setattr(inference_state, "MIN_STEPS", 10)
    handlers = "".join(f"h.append(lambda: h[{i}]())\n" for i in range(30))
    shop.commit({"shop/odd.py": f"h = []\n{handlers}for f in h: f()\n"})
    indexing.index(stores, repo)
    shop.commit({"README.md": "# Another commit\n"})  # the file's links stay as they are

    def warnings() -> list[str]:
        manifest = stores.snapshots.manifest(repo, indexing.index(stores, repo).sha)
        assert manifest is not None
        return [warning for warning in manifest.warnings if "too many steps" in warning]

    (warning,) = warnings()
    assert warning.startswith("shop/odd.py: ")
    shop.commit({"shop/odd.py": "h = []\n"})
    assert warnings() == []
