"""Verifies an index: links commits from nothing, beside the stores, and compares the result with what is stored."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from aura_core.errors import AuraError, InvalidRequest, SnapshotNotReady, SourceGone, UnknownRevision
from aura_core.fingerprint import index_versions
from aura_core.indexing.link_cache import forget_link_states
from aura_core.indexing.runs import require_repository
from aura_core.indexing.snapshot_reader import StoredRows, read_texts
from aura_core.indexing.steps.graph import batch_runner, file_input
from aura_core.indexing.steps.parse import FILES_IN_A_BATCH, Job, key_of, parse_batch
from aura_core.indexing.steps.report import Progress, silent
from aura_core.indexing.trees import tree_of
from aura_core.indexing.unreadable import unreadable_files, without_files
from aura_core.linking import LinkState, link_changes, snapshot_digest, unpack_fragment
from aura_core.model.facts import FileFacts
from aura_core.model.graph import Fragment
from aura_core.model.snapshot import Manifest, ManifestEntry, Tree, TreeFile, UnreadableFile
from aura_core.parsing import facts_to_link
from aura_core.ports.snapshots import RowKind, row_key
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.workers.pool import chunks, run_batches, without_cyclic_gc, workers_for

MAX_COMMITS = 100_000
"""How far back a range is followed."""


class VerifyOutcome(StrEnum):
    """The outcome of comparing one commit. Only ``DIFFERS`` is a failure; after it come the reasons why there was
    nothing to compare.
    """

    EQUAL = "equal"
    DIFFERS = "differs"
    NOT_INDEXED = "not_indexed"
    OTHER_VERSIONS = "other_versions"
    UNREADABLE = "gone"


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """One verified commit: the digests of the stored and of the rebuilt index, and the first difference by file and
    symbol, or why the commit could not be read.
    """

    sha: str
    equality: VerifyOutcome
    digest: str = ""
    rebuilt: str = ""
    difference: str = ""


def commits_to_verify(stores: Stores, repo: str, *, sha: str = "", between: str = "", sample: int = 0) -> list[str]:
    """Return the commits that a caller chose: one; those of the range ``A..B`` (what B has and A has not, oldest
    first); some indexed ones, drawn at random; by default what readers get now. Raises ``UnknownRevision``,
    ``InvalidRequest``, and ``SnapshotNotReady`` when nothing is published.
    """
    if sum(map(bool, (sha, between, sample))) > 1:
        raise InvalidRequest(
            "A commit, a range and a sample cannot be verified together.", remedy="Name one of them.", field="sha"
        )
    source = stores.sources.open(require_repository(stores, repo))
    if between:
        return _range(source, between)
    if sha:
        return [sha if stores.snapshots.info(repo, sha) is not None else source.resolve(sha)]
    if sample:
        snapshots = stores.snapshots.snapshots(repo, limit=MAX_COMMITS)
        shas = [info.sha for info in snapshots if info.versions == index_versions()]
        return random.sample(shas, min(sample, len(shas)))
    published = [ref.sha for ref in stores.catalog.publisher.refs(repo)]
    if not published:
        raise SnapshotNotReady(
            f"Nothing of {repo} is indexed yet.", remedy="Index it: `aura index`.", wanted="", indexed=None
        )
    return published


def verify(stores: Stores, repo: str, shas: Sequence[str], progress: Progress | None = None) -> Iterator[VerifyResult]:
    """Yield the result of each commit as soon as it is known. Commits that the present versions have not indexed cost
    nothing.
    """
    source = stores.sources.open(require_repository(stores, repo))
    rebuilder = Rebuilder(stores, source)
    for number, sha in enumerate(shas):
        (progress or silent)("verify", number, len(shas))
        stored = stores.snapshots.manifest(repo, sha)
        if stored is None:
            yield VerifyResult(sha, VerifyOutcome.NOT_INDEXED)
        elif stored.versions != index_versions():
            yield VerifyResult(sha, VerifyOutcome.OTHER_VERSIONS, stored.digest)
        else:
            yield _verify_commit(stores, source, rebuilder, stored)
    (progress or silent)("verify", len(shas), len(shas))


def verify_sample(stores: Stores, repo: str, sample: int) -> Iterator[VerifyResult]:
    """Yield the results of some indexed commits of a repository, drawn at random. When one differs, the link states
    are deleted, so that the next commit is linked from nothing. A repository that cannot be read yields ``UNREADABLE``.
    """
    try:
        for result in verify(stores, repo, commits_to_verify(stores, repo, sample=sample)):
            if result.equality is VerifyOutcome.DIFFERS:
                forget_link_states(stores, repo)
            yield result
    except AuraError as error:
        yield VerifyResult("", VerifyOutcome.UNREADABLE, difference=str(error))


class RebuiltIndex(NamedTuple):
    """A tree linked from nothing: its digest, its entries by path, the rows that they name, by key, and the blobs that
    could not be read.
    """

    digest: str
    entries: Mapping[str, ManifestEntry]
    rows: Mapping[RowKind, Mapping[bytes, bytes]]
    unreadable: frozenset[UnreadableFile]


class Rebuilder:
    """Links trees of one repository from nothing, one after another, and parses each distinct blob once. It reads
    nothing from the index, except texts of working trees, which are stored nowhere else, and writes nothing.
    """

    def __init__(self, stores: Stores, source: Source) -> None:
        self._stores, self._source = stores, source
        self._packed: dict[bytes, bytes] = {}
        self._facts: dict[bytes, FileFacts] = {}

    def rebuild(self, tree: Tree) -> RebuiltIndex:
        """Parse what is new and link everything. A file whose bytes cannot be read is left out, as by a sync."""
        self._parse({key_of(file): file for file in tree.files})
        lost = [file for file in tree.files if key_of(file) not in self._packed]
        tree = without_files(tree, lost) if lost else tree
        files = {key_of(file): file for file in tree.files}
        state = LinkState()
        with without_cyclic_gc():
            self._facts = {key: self._facts.get(key) or facts_to_link(self._packed[key]) for key in files}
            keys = {file.path: (file.blob, key_of(file)) for file in tree.files}
            inputs = {path: file_input(blob, key, self._facts[key]) for path, (blob, key) in keys.items()}
            result = link_changes(state, inputs, (), StoredRows(self._stores), batch_runner(self._stores.settings))
        fragment_keys = {path: entry.fragment for path, entry in state.entries.items()}
        return RebuiltIndex(
            snapshot_digest(fragment_keys, f"{index_versions()};{tree.settings}"),
            state.entries,
            {
                RowKind.FACTS: {entry.facts: self._packed[entry.facts] for entry in state.entries.values()},
                RowKind.FRAGMENT: {row.key: row.packed for row in result.fragments.values()},
                RowKind.READS: {row.key: row.packed for row in result.reads.values()},
            },
            frozenset(tree.unreadable),
        )

    def _parse(self, files: Mapping[bytes, TreeFile]) -> None:
        new_files = [(key, file) for key, file in files.items() if key not in self._packed]
        jobs = (self._jobs(batch) for batch in chunks(new_files, FILES_IN_A_BATCH))
        for rows in run_batches(parse_batch, jobs, workers_for(self._stores.settings.workers, len(new_files))):
            self._packed.update(rows)

    def _jobs(self, batch: Sequence[tuple[bytes, TreeFile]]) -> list[Job]:
        texts = dict(read_texts(self._stores, self._source, [file.blob for _, file in batch]))
        return [(key, file.path, texts[file.blob]) for key, file in batch if file.blob in texts]


def difference(stores: Stores, stored: Manifest, rebuilt: RebuiltIndex) -> str:
    """Return the first difference between a stored and the rebuilt index, by file and symbol; "" when they are equal,
    also in their reads and bytes.
    """
    stored_rows = {
        kind: stores.snapshots.rows(kind, {row_key(kind, entry) for entry in stored.entries.values()})
        for kind in rebuilt.rows
    }
    for path in sorted({*stored.entries, *rebuilt.entries}):
        entry, rebuilt_entry = stored.entries.get(path), rebuilt.entries.get(path)
        if entry is None or rebuilt_entry is None:
            return f"{path}: only the {'rebuilt' if entry is None else 'stored'} index has this file"
        for kind, rebuilt_rows in rebuilt.rows.items():
            row, rebuilt_row = stored_rows[kind].get(row_key(kind, entry)), rebuilt_rows[row_key(kind, rebuilt_entry)]
            if row != rebuilt_row:
                return f"{path}: {_row_difference(kind, row, rebuilt_row)}"
    return "" if stored.digest == rebuilt.digest else "the files are equal, the settings that chose them are not"


def _verify_commit(stores: Stores, source: Source, rebuilder: Rebuilder, stored: Manifest) -> VerifyResult:
    try:
        rebuilt = rebuilder.rebuild(tree_of(stores, source, stored.repo, stored.sha))
    except (UnknownRevision, SourceGone) as error:
        return VerifyResult(stored.sha, VerifyOutcome.UNREADABLE, stored.digest, difference=str(error))
    changed_files = sorted(rebuilt.unreadable ^ set(unreadable_files(stores, stored.repo, stored.sha)))
    if changed_files:
        state = (
            "cannot be read any more" if changed_files[0] in rebuilt.unreadable else "can be read by now: sync again"
        )
        text = f"{changed_files[0].path} {state} ({len(changed_files)} such files)"
        return VerifyResult(stored.sha, VerifyOutcome.UNREADABLE, stored.digest, difference=text)
    text = difference(stores, stored, rebuilt)
    outcome = VerifyOutcome.DIFFERS if text else VerifyOutcome.EQUAL
    return VerifyResult(stored.sha, outcome, stored.digest, rebuilt.digest, text)


def _range(source: Source, between: str) -> list[str]:
    older, dots, newer = between.partition("..")
    if not (older and dots and newer) or newer.startswith("."):
        raise InvalidRequest(
            f"{between!r} is not a range.", remedy="A range is A..B: what B has and A has not.", field="range"
        )
    before = set(source.ancestors(source.resolve(older), MAX_COMMITS))
    return [sha for sha in source.ancestors(source.resolve(newer), MAX_COMMITS) if sha not in before][::-1]


def _row_difference(kind: RowKind, stored: bytes | None, rebuilt: bytes) -> str:
    if stored is None:
        return f"the {kind} row is not stored"
    if kind is not RowKind.FRAGMENT:
        return f"other {kind} than a clean rebuild makes"
    return _fragment_difference(unpack_fragment(stored), unpack_fragment(rebuilt))


def _fragment_difference(stored: Fragment, rebuilt: Fragment) -> str:
    """Return the first symbol with other edges or other unresolved calls."""
    if stored.module != rebuilt.module:
        return f"its module is {stored.module!r} in the stored index, {rebuilt.module!r} rebuilt"
    stored_edges, rebuilt_edges = _edges_by_place(stored), _edges_by_place(rebuilt)
    for place in sorted({*stored_edges, *rebuilt_edges}):
        texts = stored_edges.get(place), rebuilt_edges.get(place)
        if len(set(texts)) > 1:
            sides = [
                f"the {name} index {'has no such edge' if text is None else f'says {text}'}"
                for name, text in zip(("stored", "rebuilt"), texts, strict=True)
            ]
            symbol, kind, target = place
            return f"{symbol or 'the module'}: {kind} {target}: {', '.join(sides)}"
    return "other bytes of equal edges"


def _edges_by_place(fragment: Fragment) -> dict[tuple[str, str, str], str]:
    """Return how each edge was resolved and where, by (symbol, kind of edge, target); unresolved calls alike."""
    edges = {
        (edge.src, edge.kind.value, edge.dst): f"{edge.resolution.value} at {', '.join(map(str, edge.lines))}"
        for edge in fragment.edges
    }
    sites = {(site.src, "unresolved", f"{site.text}:{site.line}"): site.reason for site in fragment.unresolved}
    return {**edges, **sites}
