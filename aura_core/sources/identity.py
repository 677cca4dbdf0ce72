"""Identifies a repository: turns a path or address into its kind, its one spelling and the id made from it."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from aura_core.errors import InvalidRequest
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.sources import urls
from aura_core.sources.git.layout import require_confined
from aura_core.sources.git.repository import find_top, open_repository
from aura_core.sources.paths import display_path

MAX_NAME_LENGTH = 71
"""An id has at most 80 characters; nine of them are a dash and eight hex digits."""


def identify(
    text: str,
    *,
    from_cli: bool,
    home: Path | None = None,
    allowed: Sequence[Path] | None = None,
    opens: bool = True,
) -> Repository:
    """Return the repository that a path or an address names; nothing is registered or fetched.

    A path inside a checkout means the top folder of this worktree. A folder outside all repositories is a plain
    folder. ``home`` is Aura's own folder, which is never indexed. ``allowed``: folders that all files of a local
    repository must lie in, or None. It is opened only after that was checked, and not at all unless ``opens``: its id
    follows from its path.
    Raises ``Forbidden``, ``InvalidRequest`` and, for a repository that cannot be read here, ``UnsupportedRepository``.
    """
    if not text.strip() or "\0" in text:
        raise InvalidRequest(
            "A repository is named by a path or an address.",
            remedy="Give a folder, or an https or ssh address.",
            field="repo",
        )
    if _is_address(text, from_cli):
        origin = urls.normalise(text, from_cli=from_cli)
        if urls.scheme_of(origin) == "file":
            _refuse_home(Path(os.path.realpath(origin.removeprefix("file://"))), home)
        return _repository(RepositoryKind.MIRROR, urls.name_of(origin), origin, from_cli)
    path = _resolve_path(text, from_cli)
    folder = path if path.is_dir() else path.parent
    if display_path(os.fspath(folder)) != os.fspath(folder):
        raise InvalidRequest("The folder's path is not UTF-8.", remedy="Rename it.", field="repo")
    _refuse_home(folder, home)
    top = find_top(folder)
    if top is None and folder != path:
        raise InvalidRequest(
            f"{path} is a file outside of every repository.",
            remedy="Name a folder: all that is in it is indexed.",
            field="repo",
        )
    if allowed is not None:
        require_confined(top or folder, allowed)
    if top is None:
        return _repository(RepositoryKind.FOLDER, folder.name, os.fspath(folder), from_cli)
    if opens:
        open_repository(top)  # raises when it cannot be read here
    return _repository(RepositoryKind.LOCAL, top.name.removesuffix(".git"), os.fspath(top), from_cli)


def _is_address(text: str, from_cli: bool) -> bool:
    if not urls.looks_like_url(text):
        return False
    # on the command line ``host:path`` may also be the name of an existing file or folder
    return "://" in text or not (from_cli and Path(text).exists())


def _resolve_path(text: str, from_cli: bool) -> Path:
    # os.path.expanduser leaves the name of an unknown user as it is, where Path.expanduser raises.
    path = Path(os.path.expanduser(text) if from_cli else text)
    if not path.is_absolute() and not from_cli:
        raise InvalidRequest(
            "A local repository is named by its absolute path.", remedy="Begin the path with a slash.", field="repo"
        )
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidRequest(
            f"There is no folder {display_path(text)!r}.",
            remedy="Check the path; an address begins with https:// or ssh://.",
            field="repo",
        ) from error


def _refuse_home(path: Path, home: Path | None) -> None:
    if home is not None and path.is_relative_to(Path(os.path.realpath(home))):
        raise InvalidRequest(
            f"{path} lies in Aura's own folder, which is never indexed.",
            remedy="Name another folder, or set AURA_HOME.",
            field="repo",
        )


def _repository(kind: RepositoryKind, name: str, origin: str, from_cli: bool) -> Repository:
    name = display_path(name) or "root"
    digest = hashlib.blake2b(os.fsencode(origin), digest_size=4).hexdigest()
    slug = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.")[:MAX_NAME_LENGTH] or "repository"
    return Repository(
        f"{slug}-{digest}", name, kind, origin, added_by="cli" if from_cli else "api", created_at=time.time()
    )
