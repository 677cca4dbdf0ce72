"""Proof that an index is what a clean rebuild would make: link commits from nothing beside the stores, and compare."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aura_core.errors import AuraError, InvalidRequest, SnapshotNotReady, SourceGone, UnknownRevision
from aura_core.fingerprint import index_versions
from aura_core.indexing.link_cache import forget
from aura_core.indexing.rebuilding import Rebuilder, Rebuilt
from aura_core.indexing.runs import require
from aura_core.indexing.steps.report import Progress, silent
from aura_core.indexing.trees import tree_of
from aura_core.linking import unpack_fragment
from aura_core.model.graph import Edge, Fragment, Unresolved
from aura_core.model.snapshot import Manifest
from aura_core.ports.snapshots import RowKind, row_key
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores

MAX_COMMITS = 100_000
"""How far back a range is followed."""


class Equality(StrEnum):
    """What comparing one commit came to. Only ``DIFFERS`` is a failure; the last three say that there was nothing to
    compare.
    """

    EQUAL = "equal"
    DIFFERS = "differs"
    NOT_INDEXED = "not_indexed"
    OTHER_VERSIONS = "other_versions"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One commit: the digests of the stored and of the rebuilt index, and the first difference by file and symbol."""

    sha: str
    equality: Equality
    digest: str = ""
    rebuilt: str = ""
    difference: str = ""


def choose(stores: Stores, repo: str, *, sha: str = "", between: str = "", sample: int = 0) -> list[str]:
    """The commits that are meant: one; those of ``A..B`` (what B has and A has not, oldest first); some indexed ones
    drawn at random; else what readers get now. Raises ``UnknownRevision``, ``InvalidRequest``, ``SnapshotNotReady``
    when nothing is published.
    """
    if sum(map(bool, (sha, between, sample))) > 1:
        raise InvalidRequest(
            "One of a commit, a range and a sample can be verified at a time.", remedy="Name one of them.", field="sha"
        )
    source = stores.sources.open(require(stores, repo))
    if between:
        return _range(source, between)
    if sha:
        return [sha if stores.snapshots.info(repo, sha) is not None else source.resolve(sha)]
    if sample:
        known = [
            info.sha
            for info in stores.snapshots.snapshots(repo, limit=MAX_COMMITS)
            if info.versions == index_versions()
        ]
        return random.sample(known, min(sample, len(known)))
    published = [ref.sha for ref in stores.catalog.publisher.refs(repo)]
    if not published:
        raise SnapshotNotReady(
            f"Nothing of {repo} is indexed yet.", remedy="Index it: `aura index`.", wanted="", indexed=None
        )
    return published


def verify(stores: Stores, repo: str, shas: Sequence[str], progress: Progress | None = None) -> Iterator[Verdict]:
    """One verdict a commit, as they come. Commits that are not indexed by the present versions cost nothing."""
    source = stores.sources.open(require(stores, repo))
    rebuilder = Rebuilder(stores, source)
    for place, sha in enumerate(shas):
        (progress or silent)("verify", place, len(shas))
        stored = stores.snapshots.manifest(repo, sha)
        if stored is None:
            yield Verdict(sha, Equality.NOT_INDEXED)
        elif stored.versions != index_versions():
            yield Verdict(sha, Equality.OTHER_VERSIONS, stored.digest)
        else:
            yield _compared(stores, source, rebuilder, stored)
    (progress or silent)("verify", len(shas), len(shas))


def audit(stores: Stores, sample: int) -> Iterator[tuple[str, Verdict]]:
    """(repository, verdict) of some indexed commits of every repository, drawn at random. What was kept of a tree that
    differs is dropped.

    A repository that cannot be read is said to be gone, and the others are looked at all the same.
    """
    for repository in stores.catalog.repositories.list():
        try:
            for verdict in verify(stores, repository.id, choose(stores, repository.id, sample=sample)):
                if verdict.equality is Equality.DIFFERS:
                    forget(stores, repository.id)
                yield repository.id, verdict
        except AuraError as error:
            yield repository.id, Verdict("", Equality.GONE, difference=str(error))


def _compared(stores: Stores, source: Source, rebuilder: Rebuilder, stored: Manifest) -> Verdict:
    try:
        rebuilt = rebuilder.rebuild(tree_of(stores, source, stored.repo, stored.sha))
    except (UnknownRevision, SourceGone) as error:
        return Verdict(stored.sha, Equality.GONE, stored.digest, difference=str(error))
    found = difference(stores, stored, rebuilt)
    return Verdict(stored.sha, Equality.DIFFERS if found else Equality.EQUAL, stored.digest, rebuilt.digest, found)


def difference(stores: Stores, stored: Manifest, rebuilt: Rebuilt) -> str:
    """The first thing in which a stored index is not the rebuilt one, by file and symbol; "" when they are equal in
    reads and bytes too.
    """
    kinds = ((RowKind.FACTS, rebuilt.facts), (RowKind.FRAGMENT, rebuilt.fragments), (RowKind.READS, rebuilt.reads))
    rows = {
        kind: stores.snapshots.rows(kind, {row_key(kind, entry) for entry in stored.entries.values()})
        for kind, _ in kinds
    }
    for path in sorted({*stored.entries, *rebuilt.entries}):
        one, other = stored.entries.get(path), rebuilt.entries.get(path)
        if one is None or other is None:
            return f"{path}: only the {'rebuilt' if one is None else 'stored'} index has this file"
        for kind, made in kinds:
            packed, wanted = rows[kind].get(row_key(kind, one)), made[row_key(kind, other)]
            if packed != wanted:
                return f"{path}: {_what(kind, packed, wanted)}"
    return "" if stored.digest == rebuilt.digest else "the files are equal, the settings that chose them are not"


def _range(source: Source, between: str) -> list[str]:
    older, found, newer = between.partition("..")
    if not (older and found and newer) or newer.startswith("."):
        raise InvalidRequest(
            f"{between!r} is no range.", remedy="A range is A..B: what B has and A has not.", field="range"
        )
    known = set(source.ancestors(source.resolve(older), MAX_COMMITS))
    return [sha for sha in source.ancestors(source.resolve(newer), MAX_COMMITS) if sha not in known][::-1]


def _what(kind: RowKind, packed: bytes | None, wanted: bytes) -> str:
    if packed is None:
        return f"the {kind} row is not stored"
    if kind is not RowKind.FRAGMENT:
        return f"other {kind} than a clean rebuild makes"
    return _symbol(unpack_fragment(packed), unpack_fragment(wanted))


def _symbol(stored: Fragment, rebuilt: Fragment) -> str:
    """The first symbol with other edges or other unresolved calls."""
    if stored.module != rebuilt.module:
        return f"its module is {stored.module!r} in the stored index, {rebuilt.module!r} rebuilt"
    one, other = _lines(stored), _lines(rebuilt)
    for place in sorted({*one, *other}):
        if one.get(place) != other.get(place):
            said = [
                f"{name} index {'has no such edge' if what is None else f'says {what}'}"
                for name, what in _named(one, other, place)
            ]
            return f"{place[0] or 'the module'}: {place[1]} {place[2]}: the {', the '.join(said)}"
    return "other bytes of equal edges"


def _named(
    one: Mapping[tuple[str, str, str], str], other: Mapping[tuple[str, str, str], str], place: tuple[str, str, str]
) -> list[tuple[str, str | None]]:
    return [("stored", one.get(place)), ("rebuilt", other.get(place))]


def _lines(fragment: Fragment) -> dict[tuple[str, str, str], str]:
    """(symbol, kind of edge, target) → how it was resolved and where; unresolved calls alike."""
    found: dict[tuple[str, str, str], str] = {}
    row: Edge | Unresolved
    for row in fragment.edges:
        found[row.src, row.kind.value, row.dst] = f"{row.resolution.value} at {', '.join(map(str, row.lines))}"
    for row in fragment.unresolved:
        found[row.src, "unresolved", f"{row.text}:{row.line}"] = row.reason
    return found
