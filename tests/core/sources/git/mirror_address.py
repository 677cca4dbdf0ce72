"""The address of a repository on disk, as a remote that is mirrored."""

from __future__ import annotations

from aura_core.model.repository import Repository
from aura_core.sources import identify
from tests.support import GitRepository


def mirrored(remote: GitRepository) -> Repository:
    """Return what is to be mirrored from a repository on disk."""
    return identify(f"file://{remote.path}", from_cli=True)
