"""From what a person typed to open stores and a snapshot that can be answered from. Heavy imports happen here, inside
functions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aura_cli.output import note, short
from aura_cli.progress import progress
from aura_core.errors import GitFailed, InvalidRequest, SnapshotNotReady, SourceGone, UnknownRepository, UnknownRevision

if TYPE_CHECKING:
    from aura_core.model.repository import Repository
    from aura_core.service import Aura, Snapshot

WORKTREE = "WORKTREE"


@contextmanager
def opened() -> Iterator[Aura]:
    """The facade over the home's stores, as a door that may read working trees."""
    from aura_core.service import Aura
    from aura_core.settings import Settings
    from aura_core.wiring import open_stores

    stores = open_stores(Settings())
    try:
        yield Aura(stores, local=True)
    finally:
        stores.close()


def named(text: str) -> str:
    """What ``--repo`` means: a path made absolute, anything else as it is; "" is the current folder.

    Raises ``InvalidRequest`` where the current folder is one that nobody means as a whole.
    """
    if not text:
        here = Path.cwd()
        if here in {Path.home(), Path(here.anchor)} and not (here / ".git").exists():
            raise InvalidRequest(
                f"The current folder, {here}, is no repository.",
                remedy="Go into one, or name it with --repo.",
                field="repo",
            )
        return os.fspath(here)
    if os.path.isdir(os.path.expanduser(text)):
        return os.path.realpath(os.path.expanduser(text))
    return text


def registered(aura: Aura, text: str) -> Repository:
    """The repository of a path, address or id; a path or address that is new is registered, saying so. Raises
    ``UnknownRepository``.
    """
    try:
        return aura.repository(text)
    except UnknownRepository as unknown:
        try:
            made = aura.add(text, from_cli=True)
        except InvalidRequest:
            if "/" in text or ":" in text:
                raise
            raise unknown from None
    note(f"registered {made.origin} as {made.id}")
    return made


@contextmanager
def newcomer(aura: Aura, text: str) -> Iterator[Repository]:
    """As ``registered``; an address that is new here and cannot be read is forgotten again, or the pipelines would try
    it for ever.
    """
    before = {repository.id for repository in aura.repositories()}
    repository = registered(aura, text)
    try:
        yield repository
    except GitFailed:
        if repository.id not in before:
            aura.remove(repository.id)
            note(f"forgot {repository.id} again")
        raise


def located(aura: Aura, text: str, revision: str) -> Snapshot:
    """The snapshot to answer from; indexed first when it is not there, saying so."""
    with newcomer(aura, named(text)) as repository:
        return _located(aura, repository, "" if revision == WORKTREE else revision)


def _located(aura: Aura, repository: Repository, revision: str) -> Snapshot:
    try:
        return _told(aura.at(repository.id, revision))
    except SnapshotNotReady:
        pass
    except (UnknownRevision, SourceGone):
        if repository.kind.value != "mirror":
            raise
    note(f"{repository.id}{f' at {short(revision)}' if revision else ''} is not indexed yet; indexing it first")
    with progress() as report:
        aura.index(repository.id, revision=revision, progress=report)
    return _told(aura.at(repository.id, revision))


def _told(at: Snapshot) -> Snapshot:
    if at.sha.startswith(WORKTREE) and at.repository.kind.value == "local":
        note(f"answered from the working tree of {at.repository.origin}, which has uncommitted edits")
    return at
