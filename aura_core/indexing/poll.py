"""Looking at a repository's head without being told to, and asking for a sync when it moved."""

from __future__ import annotations

from aura_core.indexing.runs import require
from aura_core.indexing.trees import heads_of
from aura_core.model.repository import EventKind, EventState
from aura_core.ports.stores import Stores

MAX_EVENTS = 100
"""How many of the newest events are searched for one that asks for the head already."""


def poll_head(stores: Stores, repo: str) -> bool:
    """Push a ref event when a head is not what is published; return whether one was pushed. Fetches a mirror. Raises
    what the source raises.

    The delivery names the head, and what is published since when, so a head that cannot be indexed is asked for once,
    not for ever.
    """
    repository = require(stores, repo)
    source = stores.sources.open(repository)
    source.fetch()
    refs = {ref.name: ref for ref in stores.catalog.publisher.refs(repo)}
    open_states = (EventState.DUE, EventState.CLAIMED)
    if any(e.kind is EventKind.REF and e.state in open_states for e in stores.catalog.events.list(repo, MAX_EVENTS)):
        return False
    has_pushed = False
    for name, sha in heads_of(source, repository):
        ref = refs.get(name)
        if ref is None or ref.sha != sha:
            since = f"{ref.sha}@{ref.published_at}" if ref is not None else "nothing"
            has_pushed |= stores.catalog.events.push(repo, f"poll-{sha}-from-{since}", EventKind.REF, name, "poll")
    return has_pushed
