"""What starts runs: due events, and a look at the heads now and then. Nothing here depends on a cursor: the event
table is the queue.
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

LOOK_SECONDS = 20.0
"""A tick may not take longer than Dagster waits for it, whatever the networks do."""

ACTIVE = [Status.QUEUED, Status.NOT_STARTED, Status.STARTING, Status.STARTED, Status.CANCELING]


@dg.sensor(
    job=sync,
    minimum_interval_seconds=EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for one run of every repository that has due events and no run queued or active; keeps the partitions equal to the registry.",
)
def events(
    context: dg.SensorEvaluationContext, stores: dg.ResourceParam[Stores]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """The safety net under every way an event can arrive."""
    stores.catalog.heartbeats.beat(INDEXER)
    known = {r.id for r in stores.catalog.repositories.list()}
    keep_partitions(context.instance, known)
    for repo in sorted(known):
        release_dead(context.instance, stores, repo)
    requests = [
        r for repo, due in _by_repository(stores) if (r := request(context.instance, stores, repo, due)) is not None
    ]
    yield from requests
    if not requests:
        yield dg.SkipReason("No repository has due events and no run.")


def request(instance: dg.DagsterInstance, stores: Stores, repo: str, due: Sequence[Event]) -> dg.RunRequest | None:
    """The run that due events ask for; None while one works on the repository, or failed a moment ago.

    The key names the last event, its attempt and the run that ended last, so it stops the same tick from asking twice
    and never a retry.
    """
    if stores.catalog.leases.current(repo) is not None or _runs(instance, repo, ACTIVE):
        return None
    ended = _runs(instance, repo, FINISHED)
    last = ended[0] if ended else None
    if last is not None and last.dagster_run.status is Status.FAILURE and _age(last) < COOL_DOWN_SECONDS:
        return None
    newest = max(due, key=lambda event: event.id)
    key = f"{repo}#{newest.id}#{newest.attempts}#{last.dagster_run.run_id[:8] if last is not None else 'first'}"
    return dg.RunRequest(run_key=key, partition_key=repo, tags={"aura/by": "sensor", "aura/events": str(len(due))})


def heads_every(seconds: float) -> dg.SensorDefinition:
    """The sensor that looks at the heads of all repositories, for those that nobody tells us about."""

    @dg.sensor(
        name="heads",
        minimum_interval_seconds=max(1, round(seconds)),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks at every repository's head and pushes an event when it is not what is published.",
    )
    def heads(context: dg.SensorEvaluationContext, stores: dg.ResourceParam[Stores]) -> dg.SkipReason:
        """Starts no run itself: it only pushes events."""
        pushed = [repo for repo in _in_turn(stores, seconds) if _look(context, stores, repo)]
        return dg.SkipReason(f"New heads: {', '.join(pushed)}." if pushed else "No head has moved.")

    return heads


def _look(context: dg.SensorEvaluationContext, stores: Stores, repo: str) -> bool:
    try:
        return indexing.look(stores, repo)
    except AuraError as error:
        context.log.warning(f"{repo}: {error}")
        return False


def _in_turn(stores: Stores, seconds: float) -> Iterator[str]:
    """Repositories, beginning elsewhere at each tick, until the tick has lasted long enough."""
    repos = [r.id for r in stores.catalog.repositories.list()]
    start = int(time.time() // seconds) % len(repos) if repos else 0
    until = time.monotonic() + LOOK_SECONDS
    for repo in repos[start:] + repos[:start]:
        if time.monotonic() > until:
            return
        yield repo


def _by_repository(stores: Stores) -> list[tuple[str, list[Event]]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for event in stores.catalog.events.due():
        found[event.repo].append(event)
    return sorted(found.items())


def _runs(instance: dg.DagsterInstance, repo: str, statuses: Sequence[Status]) -> Sequence[dg.RunRecord]:
    """The newest run of a repository in one of these states, if any."""
    return instance.get_run_records(dg.RunsFilter(tags={PARTITION_TAG: repo}, statuses=list(statuses)), limit=1)


def _age(record: dg.RunRecord) -> float:
    return (datetime.now(UTC) - record.update_timestamp.replace(tzinfo=UTC)).total_seconds()
