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
from aura_pipelines.dagster_client import PARTITION_TAG
from aura_pipelines.jobs import FINISHED, sync
from aura_pipelines.partitions import keep_partitions
from aura_pipelines.step_runner import release_dead

EVERY_SECONDS = 5
COOL_DOWN_SECONDS = 10.0
"""A run that failed before it could count an attempt is not tried again at every tick."""

MAX_POLL_SECONDS = 20.0
"""A tick may not take longer than Dagster waits for it, however slow the networks are."""

ACTIVE = [Status.QUEUED, Status.NOT_STARTED, Status.STARTING, Status.STARTED, Status.CANCELING]


@dg.sensor(
    job=sync,
    minimum_interval_seconds=EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests one run of every repository that has due events and no queued or active run. "
    "Keeps the partitions equal to the registered repositories.",
)
def events(
    context: dg.SensorEvaluationContext, stores: dg.ResourceParam[Stores]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request runs for the due events of every source, also for those whose sender could not launch a run."""
    stores.catalog.heartbeats.beat(INDEXER)
    repos = {r.id for r in stores.catalog.repositories.list()}
    keep_partitions(context.instance, repos)
    for repo in sorted(repos):  # else a killed run would block its repository until the lease runs out
        release_dead(context.instance, stores, repo)
    requests = [
        r for repo, due in _by_repository(stores) if (r := request(context.instance, stores, repo, due)) is not None
    ]
    yield from requests
    if not requests:
        yield dg.SkipReason("No repository has due events and no run.")


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
    return dg.RunRequest(run_key=key, partition_key=repo, tags={"aura/by": "sensor", "aura/events": str(len(due))})


def heads_every(seconds: float) -> dg.SensorDefinition:
    """Return the sensor that polls the heads of all repositories, for those whose pushes nobody reports."""

    @dg.sensor(
        name="heads",
        minimum_interval_seconds=max(1, round(seconds)),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Polls the head of every repository and pushes an event when it is not what is published.",
    )
    def heads(context: dg.SensorEvaluationContext, stores: dg.ResourceParam[Stores]) -> dg.SkipReason:
        """Push an event for each head that is not what is published. This sensor itself starts no run."""
        repos = [repo for repo in _in_turn(stores, seconds) if _poll(context, stores, repo)]
        return dg.SkipReason(f"New heads: {', '.join(repos)}." if repos else "No head has moved.")

    return heads


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


def _by_repository(stores: Stores) -> list[tuple[str, list[Event]]]:
    events_by_repo: dict[str, list[Event]] = defaultdict(list)
    for event in stores.catalog.events.due():
        events_by_repo[event.repo].append(event)
    return sorted(events_by_repo.items())


def _runs(instance: dg.DagsterInstance, repo: str, statuses: Sequence[Status]) -> Sequence[dg.RunRecord]:
    """Return the newest run of a repository in one of these states, if any."""
    return instance.get_run_records(dg.RunsFilter(tags={PARTITION_TAG: repo}, statuses=list(statuses)), limit=1)


def _age(record: dg.RunRecord) -> float:
    return (datetime.now(UTC) - record.update_timestamp.replace(tzinfo=UTC)).total_seconds()
