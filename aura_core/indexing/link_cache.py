"""What linking left of the trees that were linked last: in this process, and in files beside the views. Without any of
it a tree is linked from nothing, which costs time and changes no answer.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4
from weakref import WeakKeyDictionary

from aura_core.errors import StoreCorrupt
from aura_core.fingerprint import index_versions
from aura_core.linking import LinkState
from aura_core.model.facts import FileFacts
from aura_core.parsing import facts_to_link
from aura_core.ports.snapshots import RowKind, SnapshotStore
from aura_core.ports.stores import Stores
from aura_core.views.segments.file import read_segment, write_segment

MAX_REPOSITORIES = 4
"""Repositories whose last tree stays in memory."""

MAX_FILES = 3
"""Trees of one repository on disk; the nearest is taken."""

SETTLE = 64
"""A tree is written to disk as a whole when this many files differ from what is there; else only what they are now."""

NEAR = 0.5
"""A tree of which a larger share is other is linked from nothing, which then is cheaper."""

SHARE = 8
"""The share of the views' bytes that these files may have, as a divisor."""

SUM = 16
"""Bytes of the sum before what has changed."""

_live: WeakKeyDictionary[SnapshotStore, OrderedDict[str, LinkState]] = WeakKeyDictionary()
_lock = threading.Lock()


class StoredRows:
    """Rows of earlier trees, from the snapshot store."""

    def __init__(self, stores: Stores) -> None:
        self._snapshots = stores.snapshots

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        """Facts by key, without their words."""
        return {key: facts_to_link(packed) for key, packed in self._snapshots.rows(RowKind.FACTS, keys).items()}

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Packed reads by key."""
        return self._snapshots.rows(RowKind.READS, keys)


class Start(NamedTuple):
    """A linked tree to start from, and what the tree to go to has otherwise (paths), and what it has not."""

    kept: LinkState
    put: Collection[str]
    gone: Collection[str]


def take(stores: Stores, repo: str, blobs: Mapping[str, str]) -> Start:
    """What is at hand that is nearest to a tree (path → blob id), or nothing. Whoever takes it owns it, and gives it
    back when it is whole.
    """
    with _lock:
        kept = _live.get(stores.snapshots, OrderedDict()).pop(repo, None)
    found = [kept] if kept is not None else [*_open(_folder(stores, repo))]
    near = min((Start(some, *some.changes_to(blobs)) for some in found), key=_distance, default=None)
    return near if near is not None and _distance(near) <= len(blobs) * NEAR else nothing(blobs)


def nothing(blobs: Mapping[str, str]) -> Start:
    """For linking from nothing."""
    return Start(LinkState(), tuple(blobs), ())


def give(stores: Stores, repo: str, kept: LinkState) -> None:
    """Remember a linked tree, here and on disk. A disk that refuses costs the next process time and this one nothing."""
    folder, first = _folder(stores, repo), not kept.file_name
    with suppress(OSError):
        if kept.pending_rows >= SETTLE or not kept.file_name or not _whole(folder, kept.file_name).exists():
            _write(folder, kept, stores.settings.view_cache_bytes // SHARE)
        else:
            _write_since(folder, kept)
        if first:  # read from disk when it is wanted: it lies among all that a whole tree takes to link, and would keep that memory
            return
    with _lock:
        mine = _live.setdefault(stores.snapshots, OrderedDict())
        mine[repo] = kept
        mine.move_to_end(repo)
        while len(mine) > MAX_REPOSITORIES:
            mine.popitem(last=False)


def release(stores: Stores, repo: str) -> None:
    """Drop what only this process remembers of a repository."""
    with _lock:
        _live.get(stores.snapshots, OrderedDict()).pop(repo, None)


def forget(stores: Stores, repo: str) -> None:
    """Drop what is at hand of a repository."""
    release(stores, repo)
    for file in _folder(stores, repo).glob("*"):
        file.unlink(missing_ok=True)


def _distance(start: Start) -> int:
    return len(start.put) + len(start.gone)


def _folder(stores: Stores, repo: str) -> Path:
    return stores.settings.cache_folder / "links" / repo


def _versions() -> str:
    return blake2b(index_versions().encode(), digest_size=8).hexdigest()


def _whole(folder: Path, name: str) -> Path:
    return folder / f"{name}.links"


def _open(folder: Path) -> Iterator[LinkState]:
    for file in folder.glob(f"*-{_versions()}.links"):
        try:
            segment = read_segment(file)
            kept = LinkState.from_arrays(segment.arrays, segment.meta)
            kept.file_name = file.stem
            _add_since(kept, file.with_suffix(".since"))
        except FileNotFoundError:
            continue
        except (StoreCorrupt, KeyError, ValueError):
            file.unlink(missing_ok=True)
            continue
        os.utime(file)
        yield kept


def _write(folder: Path, kept: LinkState, limit: int) -> None:
    """All of it, under a name that no other tree ever has."""
    folder.mkdir(parents=True, exist_ok=True)
    kept.compact()
    kept.file_name = f"{uuid4().hex[:16]}-{_versions()}"
    write_segment(_whole(folder, kept.file_name), *kept.to_arrays())
    _evict(folder, limit)


def _write_since(folder: Path, kept: LinkState) -> None:
    """What has changed since all of it was written. Whoever writes last wins: each says all that there is to say."""
    packed = kept.pack_changes()
    file = _whole(folder, kept.file_name).with_suffix(".since")
    aside = file.with_suffix(f".{os.getpid()}.partial")
    aside.write_bytes(_sum(packed) + packed)
    aside.replace(file)


def _add_since(kept: LinkState, file: Path) -> None:
    """A file that is cut off, or not there, costs time: what is written as a whole is a tree too."""
    with suppress(FileNotFoundError):
        found = file.read_bytes()
        if _sum(found[SUM:]) == found[:SUM]:
            kept.apply_changes(found[SUM:])


def _sum(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=SUM).digest()


def _evict(folder: Path, limit: int) -> None:
    """Delete what was used longest ago: in the folder beyond its newest few, everywhere beyond a number of bytes."""
    newest = sorted(folder.glob("*.links"), key=_used, reverse=True)
    drop = newest[MAX_FILES:]
    held = 0
    for file in sorted(folder.parent.glob("*/*.links"), key=_used, reverse=True):
        held += file.stat().st_size
        if held > limit and file != newest[0]:
            drop.append(file)
    for file in drop:
        file.unlink(missing_ok=True)
        file.with_suffix(".since").unlink(missing_ok=True)


def _used(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
