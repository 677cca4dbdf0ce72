"""Which repository a question is about, when it does not say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aura_core.errors import AuraError, InvalidRequest, UnknownRepository
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.service import Aura
from aura_core.sources import identify

LISTED = 20


def choose(aura: Aura, repo: str, roots: Sequence[str], folder: Path | None, *, from_cli: bool) -> Repository:
    """The one named, else the client's roots, else the current folder's, else the only one registered.

    A repository that is named and not registered is added by the rules of the door (``from_cli``), so is the checkout
    that a root or the current folder lies in; a plain folder is only taken when it is named. Raises ``InvalidRequest``
    listing what there is.
    """
    if repo:
        return _named(aura, repo, from_cli=from_cli)
    for places in (roots, [str(folder)] if folder is not None else []):
        found = _in_places(aura, places, from_cli=from_cli)
        if len(found) > 1:
            raise _which(found, "The client's folders hold several repositories.")
        if found:
            return found[0]
    known = aura.repositories()
    if len(known) != 1:
        raise _which(known, "It is not clear which repository is meant." if known else "No repository is registered.")
    return known[0]


def folder_of(uri: str) -> str | None:
    """The path of a ``file:`` URI of this machine, None for any other."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        return None
    return unquote(parts.path) or None


def _named(aura: Aura, text: str, *, from_cli: bool) -> Repository:
    try:
        return aura.repository(text)
    except UnknownRepository as unknown:
        try:
            return aura.add(text, from_cli=from_cli)
        except InvalidRequest:
            raise unknown from None


def _in_places(aura: Aura, places: Iterable[str], *, from_cli: bool) -> list[Repository]:
    found: dict[str, Repository] = {}
    for place in places:
        repository = _at(aura, place, from_cli=from_cli)
        if repository is not None:
            found[repository.id] = repository
    return list(found.values())


def _at(aura: Aura, place: str, *, from_cli: bool) -> Repository | None:
    """The registered repository of a folder, or the checkout that it lies in; what cannot be read there is not what
    was meant.
    """
    try:
        return aura.repository(place)
    except UnknownRepository:
        pass
    except AuraError:
        return None
    try:
        there = identify(place, from_cli=from_cli, home=aura.stores.settings.home)
        return aura.add(there.origin, from_cli=from_cli) if there.kind is RepositoryKind.LOCAL else None
    except AuraError:
        return None


def _which(known: Sequence[Repository], why: str) -> InvalidRequest:
    ids = [r.id for r in known[:LISTED]]
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    remedy = (
        f"Name one in `repo`: {', '.join(ids)}{more}."
        if ids
        else "Name a path or an address in `repo`, or run `aura repos add`."
    )
    return InvalidRequest(why, remedy=remedy, field="repo", known=ids)
