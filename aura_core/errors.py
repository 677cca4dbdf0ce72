"""Every error that Aura reports: a message for people, a stable code, an HTTP status and an exit code."""

from __future__ import annotations

from typing import Any, ClassVar


class AuraError(Exception):
    """An error that Aura reports.

    ``message`` says what happened, ``remedy`` what to do about it, ``details`` carries machine-readable extras (JSON
    values).
    """

    code: ClassVar[str] = "internal_error"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InvalidRequest(AuraError):
    """The caller's input is malformed; ``details['field']`` names the part."""

    code = "invalid_request"
    http_status = 422
    exit_code = 2


class InputTooLarge(AuraError):
    """The caller's input is over a documented bound."""

    code = "input_too_large"
    http_status = 413
    exit_code = 2


class UnknownRepository(AuraError):
    """No repository is registered under this id, path or URL."""

    code = "unknown_repository"
    http_status = 404
    exit_code = 3


class UnknownRevision(AuraError):
    """The repository has no commit, branch or tag of this name."""

    code = "unknown_revision"
    http_status = 404
    exit_code = 3


class UnknownEvent(AuraError):
    """The repository has no request of this number in its queue."""

    code = "unknown_event"
    http_status = 404
    exit_code = 3


class AmbiguousRevision(AuraError):
    """An abbreviated sha matches several commits; ``details['candidates']`` lists them."""

    code = "ambiguous_revision"
    http_status = 409
    exit_code = 3


class UnknownSymbol(AuraError):
    """The snapshot holds no symbol of this name."""

    code = "unknown_symbol"
    http_status = 404
    exit_code = 3


class AmbiguousSymbol(AuraError):
    """Several symbols of the snapshot have this name; ``details['candidates']`` lists their uids."""

    code = "ambiguous_symbol"
    http_status = 409
    exit_code = 3


class SnapshotNotReady(AuraError):
    """The commit exists but is not indexed; ``details`` has the sha that was asked for and the indexed one."""

    code = "snapshot_not_ready"
    http_status = 409
    exit_code = 4


class SyncInProgress(AuraError):
    """Another sync of the repository holds the lease; ``details`` carries its holder and start."""

    code = "sync_in_progress"
    http_status = 409
    exit_code = 4


class LeaseLost(AuraError):
    """The lease expired or was taken over; nothing was published."""

    code = "lease_lost"
    http_status = 409
    exit_code = 4


class Stopped(AuraError):
    """The server ended while it indexed; nothing was published."""

    code = "stopped"
    http_status = 503
    exit_code = 4


class NoPlan(AuraError):
    """A pipeline step found no plan of its run, or an earlier step's result is missing."""

    code = "no_plan"
    http_status = 409
    exit_code = 4


class SourceGone(AuraError):
    """A blob that the index names is no longer in the repository, so its text cannot be shown."""

    code = "source_gone"
    http_status = 410
    exit_code = 5


class UnsupportedRepository(AuraError):
    """The repository cannot be read here (foreign owner, SHA-256 objects, reftable, a missing promised object…)."""

    code = "unsupported_repository"
    http_status = 422
    exit_code = 5


class GitFailed(AuraError):
    """The git program could not clone or fetch a mirror."""

    code = "git_failed"
    http_status = 502
    exit_code = 5


class Forbidden(AuraError):
    """The caller, host, origin or path is not allowed."""

    code = "forbidden"
    http_status = 403
    exit_code = 6


class Unauthorized(AuraError):
    """A bearer token is needed and was missing or wrong."""

    code = "unauthorized"
    http_status = 401
    exit_code = 6


class StoreUnavailable(AuraError):
    """A store could not be reached, opened or written, so whether something is stored is not known."""

    code = "store_unavailable"
    http_status = 503
    exit_code = 7


class StoreCorrupt(AuraError):
    """A store holds bytes that do not decode; ``aura doctor`` names the file."""

    code = "store_corrupt"
    http_status = 500
    exit_code = 7


class RowsGone(StoreCorrupt):
    """Rows that a snapshot is made of are not stored, for example because nobody used them for so long that they were
    deleted.
    """

    code = "rows_gone"
    http_status = 409
    exit_code = 4


class WorkerLost(AuraError):
    """A process that did part of the work was killed, or ended by itself; nothing of the step was published."""

    code = "worker_lost"
    http_status = 500
    exit_code = 7


class BadGraph(AuraError):
    """A check found a graph that must not be published; ``details['findings']`` lists the results of all checks."""

    code = "bad_graph"
    http_status = 500
    exit_code = 8


class IndexDiffers(AuraError):
    """A stored index is not what a clean rebuild makes; ``details['commits']`` lists the shas."""

    code = "index_differs"
    http_status = 500
    exit_code = 8
