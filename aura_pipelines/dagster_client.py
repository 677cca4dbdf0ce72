"""A GraphQL client of Dagster: launches a repository's run now, instead of at the sensor's next tick. Standard library
only, because the command line imports it at every start.
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
JOB = "index_repository"
VERIFY_JOB = "verify_snapshots"
PARTITIONS = "repository"
PARTITION_TAG = "dagster/partition"
USER_TAG = "user"
"""Who launched a run, as Dagster's UI shows it beside the run."""

WHY_TAG = "aura/why"
LAUNCHER = "launcher"
"""Name of the heartbeat of a process that launches runs for events as they arrive."""

RECENT_RUNS = 10
"""Runs of one repository that are looked at; more of them are never active at once."""

ACTIVE = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")
TIMEOUT_SECONDS = 30.0

_SELECTOR = {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION}
"""Names our definitions in Dagster: its repository is the code location's set of definitions, no git repository."""

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Ignores the proxies of the environment: the web server runs on this machine."""

_ADD = """
mutation ($selector: RepositorySelector!, $name: String!, $key: String!) {
  addDynamicPartition(repositorySelector: $selector, partitionsDefName: $name, partitionKey: $key) {
    __typename ... on PythonError { message } ... on UnauthorizedError { message }
  }
}"""
LAUNCH = """
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
  runsOrError(filter: $filter, limit: 10) { __typename ... on Runs { results { runId pipelineName } } }
}"""
_READY = """
query ($selector: RepositorySelector!) {
  repositoryOrError(repositorySelector: $selector) { __typename ... on Repository { jobs { name } } }
  workspaceOrError {
    __typename ... on Workspace { locationEntries { name displayMetadata { key value } } }
  }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
}"""


class DagsterRefused(AuraError):
    """Dagster answered and refused the request."""

    code = "dagster_refused"
    http_status = 502
    exit_code = 7


def launch(url: str, repo: str, why: str, *, user: str = "aura dev") -> str:
    """Launch the sync of one repository. Return the id of its run, or of the one that is queued or active already. The
    run's tags tell who launched it and ``why``.

    Raises ``StoreUnavailable`` when no Dagster answers at ``url``, and ``DagsterRefused``, with Dagster's message, when
    it does not launch the run.
    """
    if (active_run := active(url, repo)) is not None:
        return active_run
    partition = ask(url, _ADD, {"selector": _SELECTOR, "name": PARTITIONS, "key": repo})["addDynamicPartition"]
    if partition["__typename"] not in ("AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError"):
        raise _refusal(partition)
    tags = [{"key": k, "value": v} for k, v in ((PARTITION_TAG, repo), (USER_TAG, user), (WHY_TAG, why))]
    params = {
        "selector": {**_SELECTOR, "jobName": JOB},
        "mode": "default",
        "runConfigData": {},
        "executionMetadata": {"tags": tags},
    }
    answer = ask(url, LAUNCH, {"params": params})["launchRun"]
    if answer["__typename"] != "LaunchRunSuccess":
        raise _refusal(answer)
    return str(answer["run"]["runId"])


def active(url: str, repo: str) -> str | None:
    """Return the id of the run that indexes the repository and is queued or active, if there is one."""
    run_filter = {"tags": [{"key": PARTITION_TAG, "value": repo}], "statuses": list(ACTIVE)}
    runs = ask(url, _ACTIVE, {"filter": run_filter})["runsOrError"].get("results") or ()
    return next((str(run["runId"]) for run in runs if run["pipelineName"] != VERIFY_JOB), None)


def status(url: str, run: str) -> str:
    """Return Dagster's word for the state of a run: QUEUED, STARTING, STARTED, SUCCESS, FAILURE, CANCELED or another;
    "" when there is no such run.
    """
    return str(ask(url, _STATUS, {"id": run})["runOrError"].get("status", ""))


def ready(url: str, socket: str = "") -> bool:
    """Return whether the web server has loaded our jobs, from the code server at ``socket`` when it is given, and the
    daemon is healthy. False while nothing listens, and for the web server of another home.
    """
    try:
        answer = ask(url, _READY, {"selector": _SELECTOR})
    except AuraError:
        return False
    jobs = {job["name"] for job in answer["repositoryOrError"].get("jobs", ())}
    entries = answer["workspaceOrError"].get("locationEntries", ())
    places = {place["value"] for entry in entries for place in entry["displayMetadata"]}
    daemons = answer["instance"]["daemonHealth"]["allDaemonStatuses"]
    # Runs are queued, so the daemon that takes them from the queue is the one that has to be healthy.
    is_ours = JOB in jobs and (not socket or socket in places)
    return is_ours and all(
        daemon["healthy"]
        for daemon in daemons
        if daemon["required"] and daemon["daemonType"] == "QUEUED_RUN_COORDINATOR"
    )


def refuses_strangers(url: str) -> bool:
    """Return whether the web server refuses a page of another site, as the guard of ``aura dev`` makes it do."""
    request = urllib.request.Request(f"{url}/server_info", headers={"Origin": "http://other.invalid"})  # noqa: S310
    try:
        _OPENER.open(request, timeout=TIMEOUT_SECONDS).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 403
    except OSError:
        return False
    return False


def ask(url: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Send one GraphQL query and return the data of its answer. Raises ``StoreUnavailable`` and ``DagsterRefused``."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/graphql", body, headers)  # noqa: S310 - our own http address
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            reply = json.load(answer)
    except urllib.error.HTTPError as error:
        raise DagsterRefused(f"Dagster at {url} answered {error.code}.", remedy="Read the Dagster log.") from error
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"No Dagster answers at {url}: {error}.", remedy="Start it with `aura dev`.") from error
    for refusal in reply.get("errors") or ():
        raise DagsterRefused(f"Dagster refused: {refusal.get('message', '')}.", remedy="Read the Dagster log.")
    return dict(reply["data"])


def _refusal(answer: Mapping[str, Any]) -> DagsterRefused:
    """Return the error that says why Dagster did not launch a run."""
    messages = "; ".join(error["message"] for error in answer.get("errors", ()))
    reason = answer.get("message") or messages or answer["__typename"]
    return DagsterRefused(
        f"Dagster would not launch the run: {reason}.", remedy="Read the Dagster log, or index with `aura index`."
    )
