"""Says why an object of a repository cannot be read: it was never fetched, it is missing, or it is damaged."""

from __future__ import annotations

import errno

import pygit2

from aura_core.errors import AuraError, SourceGone, UnsupportedRepository

READ_ERRORS = (KeyError, ValueError, pygit2.GitError)
"""What libgit2 raises for an object that it cannot read."""


class UnreadableObject(OSError):
    """An object that cannot be read. ``strerror`` says which one, and why, without the repository's path."""

    def __init__(self, repository: pygit2.Repository, kind: str, oid: str, cause: BaseException) -> None:
        self.kind, self.oid = kind, oid
        self.is_promised = isinstance(cause, KeyError) and is_partial(repository)
        reason = "is damaged" if not isinstance(cause, KeyError) else "is missing from the repository"
        reason = "was never fetched into this partial clone" if self.is_promised else reason
        super().__init__(errno.EIO, f"its {kind} {oid} {reason}")


def error_of(repository: pygit2.Repository, path: str, unreadable: UnreadableObject, owner: str) -> AuraError:
    """Return the error for an object without which nothing can be answered. ``owner`` names what it is a part of."""
    cause = f"{owner} in the repository at {path} cannot be read: {unreadable.strerror}."
    if unreadable.is_promised:
        remedy = f"Complete the clone with: git -C '{path}' fetch --refetch --no-filter"
        return UnsupportedRepository(cause, remedy=remedy, object=unreadable.oid)
    remedy = f"Look with `git -C '{path}' fsck`; fetch the object again, or restore it from another clone."
    return SourceGone(cause, remedy=remedy, object=unreadable.oid)


def is_partial(repository: pygit2.Repository) -> bool:
    """Return whether a repository is a partial clone, which may lack objects that its remote promised."""
    names = (entry.name.lower() for entry in repository.config)
    return any(name.endswith((".promisor", "partialclone")) for name in names)
