"""The cache of link states, which linking the next commit starts from: the last state of a repository in memory, a few
on disk beside the views. Without them a tree is linked from nothing, which costs time and changes no answer.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from aura_core.errors import StoreCorrupt
from aura_core.files import write_atomically
from aura_core.fingerprint import index_versions
from aura_core.linking import LinkState
from aura_core.lru import LruCache
from aura_core.ports.stores import Stores
from aura_core.private_files import make_private_folder
from aura_core.views.segments.file import read_segment, write_segment

MAX_STATES_IN_MEMORY = 4
"""Link states that stay in memory: the last one of as many repositories."""

MAX_STATES_ON_DISK = 3
"""Link states of one repository on disk; the nearest one is taken."""

MAX_PENDING_ROWS = 64
"""A state is written to disk as a whole when this many files differ from the whole there; before that only those
files are written.
"""

MAX_CHANGED_SHARE = 0.5
"""Share of a tree's files that may differ from a state. When more do, linking from nothing is cheaper."""

VIEW_CACHE_DIVISOR = 8
"""Link states on disk may take ``view_cache_bytes`` divided by this."""

CHECKSUM_BYTES = 16
"""Size of the checksum before the packed changes of a state."""


class LinkStates(LruCache[str, LinkState]):
    """The last link state of each repository that this process has linked."""

    def __init__(self) -> None:
        super().__init__(MAX_STATES_IN_MEMORY)


class Start(NamedTuple):
    """A link state to start from, and the paths in which the tree to link differs from it."""

    state: LinkState
    changed: Collection[str]
    removed: Collection[str]

    @property
    def distance(self) -> int:
        """How many files differ."""
        return len(self.changed) + len(self.removed)


def load_nearest(stores: Stores, repo: str, blobs: Mapping[str, str]) -> Start:
    """Return the stored state that is nearest to a tree (path → blob id), or an empty one.

    The caller owns the state from now on and stores it when the tree is linked.
    """
    # Taken out, not shared: linking changes a state in place, and one that failed half-way must not be found again.
    state = stores.resources.get(LinkStates).pop(repo)
    states = [state] if state is not None else _read_states(states_folder(stores, repo))
    starts = (Start(state, *state.changes_to(blobs)) for state in states)
    nearest = min(starts, key=lambda start: start.distance, default=None)
    is_near = nearest is not None and nearest.distance <= len(blobs) * MAX_CHANGED_SHARE
    return nearest if nearest is not None and is_near else empty_start(blobs)


def empty_start(blobs: Mapping[str, str]) -> Start:
    """Return an empty state: every file is new."""
    return Start(LinkState(), tuple(blobs), ())


def store_state(stores: Stores, repo: str, state: LinkState) -> None:
    """Remember the state of a linked tree, in memory and on disk. When the disk refuses, the next process links from
    nothing.
    """
    folder, is_new = states_folder(stores, repo), not state.file_name
    with suppress(OSError):
        if is_new or state.pending_rows >= MAX_PENDING_ROWS or not _state_file(folder, state.file_name).exists():
            _write_state(folder, state, stores.settings.view_cache_bytes // VIEW_CACHE_DIVISOR)
        else:
            _write_changes(folder, state)
        # A state that was made from nothing lies in memory among all that linking a whole tree takes, and would keep
        # that from being freed. It is read from disk when it is needed.
        if is_new:
            return
    stores.resources.get(LinkStates).put(repo, state)


def drop_from_memory(stores: Stores, repo: str) -> None:
    """Drop what only this process remembers of a repository."""
    stores.resources.get(LinkStates).pop(repo)


def forget_link_states(stores: Stores, repo: str) -> None:
    """Drop every link state of a repository, in memory and on disk."""
    drop_from_memory(stores, repo)
    for file in states_folder(stores, repo).glob("*"):
        file.unlink(missing_ok=True)


def states_folder(stores: Stores, repo: str) -> Path:
    """Return the folder with a repository's link states."""
    return stores.settings.cache_folder / "links" / repo


def _versions_digest() -> str:
    return blake2b(index_versions().encode(), digest_size=8).hexdigest()


def _state_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.links"


def _changes_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.since"


def _read_states(folder: Path) -> Iterator[LinkState]:
    """Yield the states on disk that the present versions made. Files that cannot be read are deleted."""
    for file in folder.glob(f"*-{_versions_digest()}.links"):
        try:
            segment = read_segment(file)
            state = LinkState.from_arrays(segment.arrays, segment.meta)
            state.file_name = file.stem
            _apply_changes(state, _changes_file(folder, file.stem))
        except FileNotFoundError:
            continue
        except (StoreCorrupt, KeyError, ValueError):
            file.unlink(missing_ok=True)
            continue
        os.utime(file)  # marks the use, for eviction
        yield state


def _write_state(folder: Path, state: LinkState, max_bytes: int) -> None:
    """Write the whole state under a name that no other tree ever has."""
    make_private_folder(folder)
    state.compact()
    state.file_name = f"{uuid4().hex[:16]}-{_versions_digest()}"
    write_segment(_state_file(folder, state.file_name), *state.to_arrays())
    _evict(folder, max_bytes)


def _write_changes(folder: Path, state: LinkState) -> None:
    """Write what has changed since the whole was written. The last writer wins: each writes all changes."""
    packed = state.pack_changes()
    write_atomically(_changes_file(folder, state.file_name), _checksum(packed) + packed)


def _apply_changes(state: LinkState, file: Path) -> None:
    """Add the changes in a file to the whole. A file that is damaged or missing costs time: the whole is the state of
    a tree too.
    """
    with suppress(FileNotFoundError):
        data = file.read_bytes()
        checksum, packed = data[:CHECKSUM_BYTES], data[CHECKSUM_BYTES:]
        if _checksum(packed) == checksum:
            state.apply_changes(packed)


def _checksum(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=CHECKSUM_BYTES).digest()


def _evict(folder: Path, max_bytes: int) -> None:
    """Delete what was used longest ago: in the folder beyond its newest few, everywhere beyond a number of bytes."""
    newest_first = sorted(folder.glob("*.links"), key=_last_use, reverse=True)
    surplus = newest_first[MAX_STATES_ON_DISK:]
    size = 0
    for file in sorted(folder.parent.glob("*/*.links"), key=_last_use, reverse=True):
        size += file.stat().st_size
        if size > max_bytes and file not in newest_first[:1]:
            surplus.append(file)
    for file in surplus:
        file.unlink(missing_ok=True)
        _changes_file(file.parent, file.stem).unlink(missing_ok=True)


def _last_use(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
