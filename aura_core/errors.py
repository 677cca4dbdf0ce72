"""Every error that Aura reports: a message for people, a stable code, an HTTP status and an exit code."""

from __future__ import annotations

from typing import Any, ClassVar


class AuraError(Exception):
    """A bug in Aura; the log says more.

    All other errors that Aura reports are kinds of this one. ``message`` says what happened, ``remedy`` what to do
    about it, ``details`` carries machine-readable extras (JSON values).
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
    """The caller's input is malformed; ``field`` names the part."""

    code = "invalid_request"
    http_status = 422
    exit_code = 2


class InputTooLarge(AuraError):
    """The caller's input is larger than a documented limit."""

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
    """An abbreviated sha matches several commits; ``candidates`` lists them."""

    code = "ambiguous_revision"
    http_status = 409
    exit_code = 3


class UnknownSymbol(AuraError):
    """The snapshot holds no symbol of this name."""

    code = "unknown_symbol"
    http_status = 404
    exit_code = 3


class AmbiguousSymbol(AuraError):
    """Several symbols of the snapshot have this name; ``candidates`` lists their uids."""

    code = "ambiguous_symbol"
    http_status = 409
    exit_code = 3


class SnapshotNotReady(AuraError):
    """The commit exists but is not indexed. The error carries the requested sha, the indexed sha and the request that
    indexes the commit.
    """

    code = "snapshot_not_ready"
    http_status = 409
    exit_code = 4


class SyncInProgress(AuraError):
    """Another sync holds the lease of the repository. The error carries the holder and the start of that sync."""

    code = "sync_in_progress"
    http_status = 409
    exit_code = 4


class LeaseLost(AuraError):
    """The lease expired or another run took it over; nothing was published."""

    code = "lease_lost"
    http_status = 409
    exit_code = 4


class Stopped(AuraError):
    """The server stopped while it was indexing; nothing was published."""

    code = "stopped"
    http_status = 503
    exit_code = 4


class NoPlan(AuraError):
    """A pipeline step has no plan of its run, or the result of an earlier step is missing."""

    code = "no_plan"
    http_status = 409
    exit_code = 4


class SourceGone(AuraError):
    """The repository no longer has a blob that the index names, so its text cannot be shown."""

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
    """The caller, host, origin or path has no access."""

    code = "forbidden"
    http_status = 403
    exit_code = 6


class Unauthorized(AuraError):
    """The bearer token is missing or wrong."""

    code = "unauthorized"
    http_status = 401
    exit_code = 6


class StoreUnavailable(AuraError):
    """A store could not be reached, opened or written. The answer is unknown, which is not the same as empty."""

    code = "store_unavailable"
    http_status = 503
    exit_code = 7


class TooSlow(AuraError):
    """The answer takes longer than a question may; ``seconds`` is the limit."""

    code = "too_slow"
    http_status = 503
    exit_code = 7


class StoreCorrupt(AuraError):
    """A store holds bytes that cannot be decoded; ``aura doctor`` names the file."""

    code = "store_corrupt"
    http_status = 500
    exit_code = 7


class RowsGone(StoreCorrupt):
    """Rows that a snapshot needs are no longer stored, for example because nothing used them for a day. Sync again."""

    code = "rows_gone"
    http_status = 409
    exit_code = 4


class WorkerLost(AuraError):
    """A child process was killed, for example because memory ran out; nothing of the step was published."""

    code = "worker_lost"
    http_status = 500
    exit_code = 7


class BadGraph(AuraError):
    """A check found a graph that must not be published; ``findings`` lists the results of all checks."""

    code = "bad_graph"
    http_status = 500
    exit_code = 8


class IndexDiffers(AuraError):
    """A stored index differs from a clean rebuild; ``commits`` lists the shas."""

    code = "index_differs"
    http_status = 500
    exit_code = 8


def meaning_of(kind: type[AuraError]) -> str:
    """Return what a kind of error means, in Markdown: the first paragraph of its docstring. The pages of the
    documentation say the same.
    """
    return " ".join((kind.__doc__ or kind.__name__).partition("\n\n")[0].split()).replace("``", "`")
