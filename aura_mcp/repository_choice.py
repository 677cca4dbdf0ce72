"""Chooses the repository that a question is about, also when it names none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aura_core.errors import AuraError, InvalidRequest, UnknownRepository
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.service import Aura
from aura_core.sources import identify

MAX_IDS = 20


def choose(aura: Aura, repo: str, roots: Sequence[str], folder: Path | None, *, from_cli: bool) -> Repository:
    """Return the repository that ``repo`` names, else that of the client's roots, else that of the current folder, else
    the only one that is registered.

    A repository that is named and not registered is added, under the rules for the command line with ``from_cli``; so
    is the checkout that a root or the current folder lies in. A plain folder is never added: a model that was led to
    name one could read any folder of the machine. Raises ``InvalidRequest`` with the registered repositories.
    """
    if repo:
        return _by_name(aura, repo, from_cli=from_cli)
    # Roots come first: a client may be started in a folder that has nothing to do with its work.
    for places in (roots, [str(folder)] if folder is not None else []):
        repositories = _in_places(aura, places, from_cli=from_cli)
        if len(repositories) > 1:
            raise _ambiguous(repositories, "The client's folders hold several repositories.")
        if repositories:
            return repositories[0]
    registered = aura.repositories()
    if len(registered) != 1:
        reason = "It is not clear which repository is meant." if registered else "No repository is registered."
        raise _ambiguous(registered, reason)
    return registered[0]


def folder_of(uri: str) -> str | None:
    """Return the path of a ``file:`` URI of this machine, None for any other."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        return None
    return unquote(parts.path) or None


def _by_name(aura: Aura, text: str, *, from_cli: bool) -> Repository:
    try:
        return aura.repository(text)
    except UnknownRepository as unknown:
        try:
            identity = identify(text, from_cli=from_cli, home=aura.stores.settings.home)
            if identity.kind is not RepositoryKind.FOLDER:
                return aura.add(text, from_cli=from_cli)
        except InvalidRequest:
            raise unknown from None
        raise InvalidRequest(
            f"{text} is a folder without git, and a tool adds none of these.",
            remedy=f"Add it yourself: `aura repos add {text}`.",
            field="repo",
        ) from None


def _in_places(aura: Aura, places: Iterable[str], *, from_cli: bool) -> list[Repository]:
    repositories = [_in_place(aura, place, from_cli=from_cli) for place in places]
    return list({repository.id: repository for repository in repositories if repository is not None}.values())


def _in_place(aura: Aura, place: str, *, from_cli: bool) -> Repository | None:
    """Return the registered repository of a folder, or the checkout that it lies in; None for a place that cannot be
    read, which is not what was meant.
    """
    try:
        return aura.repository(place)
    except UnknownRepository:
        pass
    except AuraError:
        return None
    try:
        identity = identify(place, from_cli=from_cli, home=aura.stores.settings.home)
        return aura.add(identity.origin, from_cli=from_cli) if identity.kind is RepositoryKind.LOCAL else None
    except AuraError:
        return None


def _ambiguous(repositories: Sequence[Repository], reason: str) -> InvalidRequest:
    ids = [repository.id for repository in repositories[:MAX_IDS]]
    more = f" and {len(repositories) - MAX_IDS} more" if len(repositories) > MAX_IDS else ""
    remedy = (
        f"Name one in `repo`: {', '.join(ids)}{more}."
        if ids
        else "Name a path or an address in `repo`, or run `aura repos add`."
    )
    return InvalidRequest(reason, remedy=remedy, field="repo", known=ids)
