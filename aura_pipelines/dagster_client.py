"""The fast road into Dagster: launch a repository's run over GraphQL now, instead of at the sensor's next tick.
Standard library only.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from aura_core.errors import AuraError, StoreUnavailable

LOCATION = "aura"
REPOSITORY = "__repository__"
JOB = "sync"
PARTITIONS = "repository"
PARTITION_TAG = "dagster/partition"
ACTIVE = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")
TIMEOUT_SECONDS = 30.0
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Past any proxy of the environment: the web server is ours and near."""


_ADD = """
mutation ($selector: RepositorySelector!, $name: String!, $key: String!) {
  addDynamicPartition(repositorySelector: $selector, partitionsDefName: $name, partitionKey: $key) {
    __typename ... on PythonError { message } ... on UnauthorizedError { message }
  }
}"""
_LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""
_STATUS = "query ($id: ID!) { runOrError(runId: $id) { __typename ... on Run { status } } }"
_ACTIVE = """
query ($filter: RunsFilter!) {
  runsOrError(filter: $filter, limit: 1) { __typename ... on Runs { results { runId } } }
}"""
_READY = """
query ($selector: RepositorySelector!) {
  repositoryOrError(repositorySelector: $selector) { __typename ... on Repository { jobs { name } } }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
}"""


class DagsterRefused(AuraError):
    """Dagster answered, and would not do what was asked."""

    code = "dagster_refused"
    http_status = 502
    exit_code = 7


def launch(url: str, repo: str) -> str:
    """Launch the sync of one repository; the id of its run, or of the one that is queued or active already.

    Raises ``StoreUnavailable`` when no Dagster answers at ``url``, ``DagsterRefused`` with its words when it would not
    launch.
    """
    if (running := active(url, repo)) is not None:
        return running
    selector = {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION}
    added = ask(url, _ADD, {"selector": selector, "name": PARTITIONS, "key": repo})["addDynamicPartition"]
    if added["__typename"] not in ("AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError"):
        raise _refused(added)
    tags = [{"key": PARTITION_TAG, "value": repo}, {"key": "aura/by", "value": "poke"}]
    params = {
        "selector": {**selector, "jobName": JOB},
        "mode": "default",
        "runConfigData": {},
        "executionMetadata": {"tags": tags},
    }
    launched = ask(url, _LAUNCH, {"params": params})["launchRun"]
    if launched["__typename"] != "LaunchRunSuccess":
        raise _refused(launched)
    return str(launched["run"]["runId"])


def active(url: str, repo: str) -> str | None:
    """The run of a repository that is queued or active."""
    wanted = {"tags": [{"key": PARTITION_TAG, "value": repo}], "statuses": list(ACTIVE)}
    found = ask(url, _ACTIVE, {"filter": wanted})["runsOrError"].get("results") or []
    return str(found[0]["runId"]) if found else None


def status(url: str, run: str) -> str:
    """Dagster's word for the state of a run: QUEUED, STARTING, STARTED, SUCCESS, FAILURE, CANCELED…; "" when there is
    no such run.
    """
    return str(ask(url, _STATUS, {"id": run})["runOrError"].get("status", ""))


def ready(url: str) -> bool:
    """Whether the web server knows our jobs and the daemon beats. False while nothing listens."""
    try:
        found = ask(url, _READY, {"selector": {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION}})
    except AuraError:
        return False
    jobs = {job["name"] for job in found["repositoryOrError"].get("jobs", ())}
    needed = [
        d
        for d in found["instance"]["daemonHealth"]["allDaemonStatuses"]
        if d["required"] and d["daemonType"] == "QUEUED_RUN_COORDINATOR"
    ]
    return JOB in jobs and all(d["healthy"] for d in needed)


def ask(url: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The data of one GraphQL answer."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310 - our own http address
    try:
        with _DIRECTLY.open(request, timeout=TIMEOUT_SECONDS) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        raise DagsterRefused(f"Dagster at {url} answered {error.code}.", remedy="Read the Dagster log.") from error
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"No Dagster answers at {url}: {error}.", remedy="Start it with `aura dev`.") from error
    if found.get("errors"):
        raise DagsterRefused(
            f"Dagster refused: {found['errors'][0].get('message', '')}.", remedy="Read the Dagster log."
        )
    return dict(found["data"])


def _refused(answer: Mapping[str, Any]) -> DagsterRefused:
    words = answer.get("message") or "; ".join(e["message"] for e in answer.get("errors", ())) or answer["__typename"]
    return DagsterRefused(
        f"Dagster would not launch the run: {words}.", remedy="Read the Dagster log, or index with `aura index`."
    )
