"""A tree's index made from nothing, beside the stores: what a stored one has to be equal to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aura_core.errors import SourceGone
from aura_core.fingerprint import index_versions
from aura_core.indexing.link_cache import StoredRows
from aura_core.indexing.steps.graph import file_input, shares_of
from aura_core.indexing.steps.parse import BATCH, Job, key_of, parse_batch, read_text
from aura_core.linking import LinkState, link_changes, snapshot_digest
from aura_core.model.facts import FileFacts
from aura_core.model.snapshot import ManifestEntry, Tree, TreeFile
from aura_core.parsing import facts_to_link
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.workers.pool import chunks, in_batches, no_collection, workers_for


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A tree linked from nothing: its digest, its entries, and the rows that they name, by key."""

    digest: str
    entries: Mapping[str, ManifestEntry]
    fragments: Mapping[bytes, bytes]
    reads: Mapping[bytes, bytes]
    facts: Mapping[bytes, bytes]


class Rebuilder:
    """Links trees of one repository from nothing, one after another, and parses each distinct blob once. Nothing is
    read from or written to the index, but for texts of working trees that are kept nowhere else.
    """

    def __init__(self, stores: Stores, source: Source) -> None:
        self._stores, self._source = stores, source
        self._packed: dict[bytes, bytes] = {}
        self._facts: dict[bytes, FileFacts] = {}

    def rebuild(self, tree: Tree) -> Rebuilt:
        """Parse what is new and link everything. Raises ``SourceGone`` when a text is not to be had any more."""
        files = {f.path: (f.blob, key_of(f)) for f in tree.files}
        self._parse({key_of(f): f for f in tree.files})
        with no_collection():
            self._facts = {key: self._facts.get(key) or facts_to_link(self._packed[key]) for _, key in files.values()}
            kept = LinkState()
            inputs = {path: file_input(blob, key, self._facts[key]) for path, (blob, key) in files.items()}
            made = link_changes(kept, inputs, (), StoredRows(self._stores), shares_of(self._stores.settings))
        digest = snapshot_digest(
            {path: e.fragment for path, e in kept.entries.items()}, f"{index_versions()};{tree.settings}"
        )
        fragments, reads = ({row.key: row.packed for row in some.values()} for some in (made.fragments, made.reads))
        return Rebuilt(
            digest, kept.entries, fragments, reads, {e.facts: self._packed[e.facts] for e in kept.entries.values()}
        )

    def _parse(self, files: Mapping[bytes, TreeFile]) -> None:
        missing = [(key, file) for key, file in files.items() if key not in self._packed]
        texts = (self._jobs(some) for some in chunks(missing, BATCH))
        for rows in in_batches(parse_batch, texts, workers_for(self._stores.settings.workers, len(missing))):
            self._packed.update(rows)

    def _jobs(self, some: Sequence[tuple[bytes, TreeFile]]) -> list[Job]:
        text = dict(read_text(self._stores, self._source, [f.blob for _, f in some]))
        if lost := [f.path for _, f in some if f.blob not in text]:
            raise SourceGone(f"The text of {lost[0]} is not to be had any more.", remedy="Verify a newer commit.")
        return [(key, f.path, text[f.blob]) for key, f in some]
