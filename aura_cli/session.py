"""Opens the stores and the snapshot that a person's words name. Heavy imports happen inside the functions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aura_cli.output import note, short
from aura_cli.progress import progress
from aura_core.errors import (
    Forbidden,
    GitFailed,
    InvalidRequest,
    SnapshotNotReady,
    SourceGone,
    UnknownRepository,
    UnknownRevision,
)

if TYPE_CHECKING:
    from aura_core.model.repository import Repository
    from aura_core.service import Aura, Snapshot

WORKTREE = "WORKTREE"


@contextmanager
def open_aura() -> Iterator[Aura]:
    """Open the home's stores and yield the facade over them. It may read working trees."""
    from aura_core.service import Aura
    from aura_core.settings import Settings
    from aura_core.wiring import open_stores

    stores = open_stores(Settings())
    try:
        yield Aura(stores, local=True)
    finally:
        stores.close()


def repository_text(text: str) -> str:
    """Return the repository that ``--repo`` means: an absolute path, or any other text as it is; "" is the current
    folder.

    Raises ``InvalidRequest`` when the current folder is the user's home or the root of the file system.
    """
    if not text:
        here = Path.cwd()
        if here in {Path.home(), Path(here.anchor)} and not (here / ".git").exists():
            raise InvalidRequest(
                f"The current folder, {here}, is not a repository.",
                remedy="Go into one, or name it with --repo.",
                field="repo",
            )
        return os.fspath(here)
    if os.path.isdir(os.path.expanduser(text)):
        return os.path.realpath(os.path.expanduser(text))
    return text


def register(aura: Aura, text: str) -> Repository:
    """Return the repository of a path, address or id. A new path or address is registered, and a note says so.

    Raises ``UnknownRepository``.
    """
    try:
        return aura.repository(text)
    except UnknownRepository as unknown:
        try:
            repository = aura.add(text, from_cli=True)
        except InvalidRequest:
            # Of a path or an address that cannot be added the error says why; any other text is an unknown name.
            if "/" in text or ":" in text:
                raise
            raise unknown from None
    note(f"registered {repository.origin} as {repository.id}")
    return repository


@contextmanager
def new_repository(aura: Aura, text: str) -> Iterator[Repository]:
    """Yield the repository as ``register`` returns it. A new address that cannot be read is removed again: the
    pipelines would try it for ever.
    """
    before = {repository.id for repository in aura.repositories()}
    repository = register(aura, text)
    try:
        yield repository
    except (GitFailed, Forbidden):
        if repository.id not in before:
            aura.remove(repository.id)
            note(f"removed {repository.id} again")
        raise


def locate(aura: Aura, text: str, revision: str) -> Snapshot:
    """Return the snapshot to answer from. When it is not indexed yet, it is indexed first, and a note says so."""
    with new_repository(aura, repository_text(text)) as repository:
        return _locate_or_index(aura, repository, "" if revision == WORKTREE else revision)


def _locate_or_index(aura: Aura, repository: Repository, revision: str) -> Snapshot:
    aura = aura.asked_now(repository.id)
    try:
        return _with_note(aura.at(repository.id, revision))
    except SnapshotNotReady as missing:
        note(_work_ahead(repository, revision, missing))
    except (UnknownRevision, SourceGone):
        if repository.kind.value != "mirror":
            raise
        note(f"fetching {repository.origin} first")
    with progress() as report:
        aura.index(repository.id, revision=revision, progress=report)
    return _with_note(aura.at(repository.id, revision))


def _work_ahead(repository: Repository, revision: str, missing: SnapshotNotReady) -> str:
    """Return in words what is indexed before the question is answered: edits, new commits, or everything."""
    target, indexed = str(missing.details.get("wanted") or ""), missing.details.get("indexed")
    if target.startswith(WORKTREE) and repository.kind.value == "local" and indexed:
        return "bringing in your edits"
    if revision:
        return f"{repository.id} at {short(revision)} is not indexed yet; indexing it first"
    if indexed:
        return f"bringing in what has changed since {short(str(indexed))}"
    return f"{repository.id} is not indexed yet; indexing it first (once; later questions bring in changes only)"


def _with_note(snapshot: Snapshot) -> Snapshot:
    if snapshot.sha.startswith(WORKTREE) and snapshot.repository.kind.value == "local":
        note(f"answered from the working tree of {snapshot.repository.origin}, which has uncommitted edits")
    if snapshot.unreadable:
        path, *others = snapshot.unreadable
        note(f"{path}{f' and {len(others)} more files' if others else ''} could not be read: `aura status` says why")
    return snapshot
