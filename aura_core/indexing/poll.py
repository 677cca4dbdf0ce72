"""Polls a repository's head, and requests a sync when it has moved."""

from __future__ import annotations

import time

from aura_core.indexing.runs import require_repository
from aura_core.indexing.trees import heads_of
from aura_core.indexing.unreadable import can_be_completed
from aura_core.model.repository import EventKind, EventState
from aura_core.ports.stores import Stores

MAX_EVENTS = 100
"""How many of the newest events are searched for one that asks for the head already."""


def poll_head(stores: Stores, repo: str) -> bool:
    """Push a ref event when a head is not what is published, and return whether one was pushed. Fetches a mirror.
    Raises what the source raises.

    The delivery names the head and the published snapshot with its time, so that a head that cannot be indexed is
    requested once and not at every poll. A mirror whose last fetches failed is left alone until its next try is due.
    """
    repository = require_repository(stores, repo)
    source = stores.sources.open(repository)
    failure = source.fetch_failure()
    if failure is not None and time.time() < failure.next_try:
        return False
    source.fetch()
    refs = {ref.name: ref for ref in stores.catalog.publisher.refs(repo)}
    open_states = (EventState.DUE, EventState.CLAIMED)
    if any(e.kind is EventKind.REF and e.state in open_states for e in stores.catalog.events.list(repo, MAX_EVENTS)):
        return False
    has_pushed = False
    for name, sha in heads_of(source, repository):
        ref = refs.get(name)
        if ref is None or ref.sha != sha or can_be_completed(stores, source, repo, sha):
            since = f"{ref.sha}@{ref.published_at}" if ref is not None else "nothing"
            has_pushed |= stores.catalog.events.push(repo, f"poll-{sha}-from-{since}", EventKind.REF, name, "poll")
    return has_pushed
