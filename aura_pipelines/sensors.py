"""What starts runs: due events, and a regular poll of the heads. Nothing here depends on a cursor: the event table is
the queue.
"""

# Dagster reads the annotations of parameters, so they may not be postponed here.

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg
from dagster import DagsterRunStatus as Status

from aura_core import indexing
from aura_core.errors import AuraError
from aura_core.model.repository import Event
from aura_core.ports.stores import Stores
from aura_core.service.status import INDEXER
from aura_pipelines.dagster_client import LAUNCHER, PARTITION_TAG, RECENT_RUNS, VERIFY_JOB, WHY_TAG
from aura_pipelines.jobs import FINISHED, index_repository
from aura_pipelines.partitions import keep_partitions
from aura_pipelines.step_runner import release_dead

EVERY_SECONDS = 5
COOL_DOWN_SECONDS = 10.0
"""A run that failed before it could count an attempt is not tried again at every tick."""

LAUNCHER_SECONDS = 10.0
"""A launcher that was heard within this time has this long to launch a run for an event."""

MAX_POLL_SECONDS = 20.0
"""A tick may not take longer than Dagster waits for it, however slow the networks are."""

ACTIVE = [Status.QUEUED, Status.NOT_STARTED, Status.STARTING, Status.STARTED, Status.CANCELING]


@dg.sensor(
    job=index_repository,
    minimum_interval_seconds=EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests one run of every repository that was asked to be indexed (a push, a new commit, a command) "
    "and has no queued or active run. Keeps the partitions equal to the registered repositories.",
)
def index_when_asked(
    context: dg.SensorEvaluationContext, stores: dg.ResourceParam[Stores]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request runs for the due events of every source, also for those whose sender could not launch a run."""
    stores.catalog.heartbeats.beat(INDEXER)
    repos = {r.id for r in stores.catalog.repositories.list()}
    keep_partitions(context.instance, repos)
    for repo in sorted(repos):  # else a killed run would block its repository until the lease runs out
        release_dead(context.instance, stores, repo)
    waiting = _by_repository(stores, left_to_launcher=_has_launcher(stores))
    requests = [r for repo, due in waiting if (r := request(context.instance, stores, repo, due)) is not None]
    yield from requests
    if not requests:
        yield dg.SkipReason("Nobody has asked for an index that is not being made.")


def request(instance: dg.DagsterInstance, stores: Stores, repo: str, due: Sequence[Event]) -> dg.RunRequest | None:
    """Return the run that due events ask for; None while one works on the repository, or failed a moment ago.

    The key names the last event, its attempt and the run that ended last, so it stops the same tick from asking twice
    and never a retry.
    """
    if stores.catalog.leases.current(repo) is not None or _runs(instance, repo, ACTIVE):
        return None
    last = next(iter(_runs(instance, repo, FINISHED)), None)
    if last is not None and last.dagster_run.status is Status.FAILURE and _age(last) < COOL_DOWN_SECONDS:
        return None
    newest = max(due, key=lambda event: event.id)
    key = f"{repo}#{newest.id}#{newest.attempts}#{last.dagster_run.run_id[:8] if last is not None else 'first'}"
    return dg.RunRequest(run_key=key, partition_key=repo, tags={WHY_TAG: reason_of(due)})


def reason_of(due: Sequence[Event]) -> str:
    """Return in words who asked for what is due: the tag ``aura/why`` of a run."""
    sources = ", ".join(sorted({event.source for event in due}))
    again = max(event.attempts for event in due)
    return f"asked for by {sources}" + (f", attempt {again + 1}" if again else "")


def check_for_new_commits(seconds: float) -> dg.SensorDefinition:
    """Return the sensor that polls the heads of all repositories, for those whose pushes nobody reports."""

    @dg.sensor(
        name="check_for_new_commits",
        minimum_interval_seconds=max(1, round(seconds)),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks at the head of every repository, and asks for an index when it is not what readers get.",
    )
    def check(context: dg.SensorEvaluationContext, stores: dg.ResourceParam[Stores]) -> dg.SkipReason:
        """Push an event for each head that is not what is published. This sensor itself starts no run."""
        repos = [repo for repo in _in_turn(stores, seconds) if _poll(context, stores, repo)]
        return dg.SkipReason(f"New heads: {', '.join(repos)}." if repos else "No head has moved.")

    return check


def _poll(context: dg.SensorEvaluationContext, stores: Stores, repo: str) -> bool:
    try:
        return indexing.poll_head(stores, repo)
    except AuraError as error:
        context.log.warning(f"{repo}: {error}")
        return False


def _in_turn(stores: Stores, seconds: float) -> Iterator[str]:
    """Yield the repositories, each tick from another one on, until the tick has lasted long enough."""
    repos = [r.id for r in stores.catalog.repositories.list()]
    # A slow mirror uses up a tick: the next one begins elsewhere, so that every repository has its turn.
    start = int(time.time() // seconds) % len(repos) if repos else 0
    deadline = time.monotonic() + MAX_POLL_SECONDS
    for repo in repos[start:] + repos[:start]:
        if time.monotonic() > deadline:
            return
        yield repo


def _has_launcher(stores: Stores) -> bool:
    """Return whether an ``aura dev`` launches runs for events as they arrive."""
    age = stores.catalog.heartbeats.age(LAUNCHER)
    return age is not None and age < LAUNCHER_SECONDS


def _by_repository(stores: Stores, *, left_to_launcher: bool) -> list[tuple[str, list[Event]]]:
    """Return the due events by repository. Those that a launcher is about to launch a run for are left to it: a second
    run would find nothing to do.
    """
    before = time.time() - (LAUNCHER_SECONDS if left_to_launcher else 0.0)
    events_by_repo: dict[str, list[Event]] = defaultdict(list)
    for event in stores.catalog.events.due():
        events_by_repo[event.repo].append(event)
    return sorted((repo, due) for repo, due in events_by_repo.items() if any(event.due_at <= before for event in due))


def _runs(instance: dg.DagsterInstance, repo: str, statuses: Sequence[Status]) -> Sequence[dg.RunRecord]:
    """Return the newest run that indexes a repository in one of these states, if any. Verifications are left out."""
    runs = instance.get_run_records(
        dg.RunsFilter(tags={PARTITION_TAG: repo}, statuses=list(statuses)), limit=RECENT_RUNS
    )
    return [record for record in runs if record.dagster_run.job_name != VERIFY_JOB][:1]


def _age(record: dg.RunRecord) -> float:
    return (datetime.now(UTC) - record.update_timestamp.replace(tzinfo=UTC)).total_seconds()
