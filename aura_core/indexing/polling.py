"""Look at a repository's head without being told to, and ask for a sync when it moved."""

from __future__ import annotations

from aura_core.indexing.runs import require
from aura_core.indexing.trees import publishable
from aura_core.model.repository import EventKind, EventState
from aura_core.ports.stores import Stores

RECENT = 100


def look(stores: Stores, repo: str) -> bool:
    """Push a ref event when a head is not what is published; whether one was pushed. Fetches a mirror. Raises what the
    source raises.

    The delivery names what is wanted and what is published since when, so a head that cannot be indexed is asked for
    once, not for ever.
    """
    repository = require(stores, repo)
    source = stores.sources.open(repository)
    source.fetch()
    at = {r.name: r for r in stores.catalog.publisher.refs(repo)}
    open_states = (EventState.DUE, EventState.CLAIMED)
    if any(e.kind is EventKind.REF and e.state in open_states for e in stores.catalog.events.list(repo, RECENT)):
        return False
    pushed = False
    for name, sha in publishable(source, repository):
        there = at.get(name)
        if there is None or there.sha != sha:
            since = f"{there.sha}@{there.published_at}" if there is not None else "nothing"
            pushed |= stores.catalog.events.push(repo, f"poll-{sha}-from-{since}", EventKind.REF, name, "poll")
    return pushed
