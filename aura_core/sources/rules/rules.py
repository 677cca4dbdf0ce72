"""Which files of a tree are indexed, and why the others are not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aura_core.fingerprint import Artifact, version_of
from aura_core.model.snapshot import SkipReason
from aura_core.sources.rules import attributes, file_kinds, ignore_files

IGNORE_FILE = ".auraignore"
ATTRIBUTES_FILE = ".gitattributes"
RULE_FILES = frozenset((IGNORE_FILE, ATTRIBUTES_FILE))
MAX_RULE_BYTES = 1_000_000
"""A larger rule file is not read (git's own bound is 100 MB)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one tree. ``digest`` changes when anything that can decide about a file does."""

    ignored: ignore_files.Ignoring
    attributes: attributes.Attributes
    max_file_bytes: int
    digest: str

    def by_path(self, path: str) -> SkipReason | None:
        """The reason that needs neither size nor content. A ``!`` line of ``.auraignore`` keeps what only built-in
        rules would skip.
        """
        said = self.ignored.file(path) if self.ignored else None
        if said:
            return SkipReason.IGNORED
        folder, _, name = path.rpartition("/")
        reason = file_kinds.by_name(name)
        if said is False:
            return reason if reason is SkipReason.BINARY else None
        marked = self._marked(path)
        if marked is not None:
            return marked
        if folder and file_kinds.is_vendored(folder) and self.attributes.get(path, attributes.VENDORED) is not False:
            return SkipReason.VENDORED
        if reason is SkipReason.GENERATED and self.attributes.get(path, attributes.GENERATED) is False:
            return None
        return reason

    def in_lfs(self, path: str) -> bool:
        """Whether the tree says that Git LFS keeps this file's content."""
        return bool(self.attributes) and self.attributes.get(path, attributes.FILTER) == "lfs"

    def is_recoded(self, path: str) -> bool:
        """Whether the tree says that this file has another encoding on disk than in git."""
        return bool(self.attributes) and self.attributes.get(path, attributes.ENCODING) not in (None, False)

    def _marked(self, path: str) -> SkipReason | None:
        if not self.attributes:
            return None
        if self.attributes.get(path, attributes.VENDORED) is True:
            return SkipReason.VENDORED
        return SkipReason.GENERATED if self.attributes.get(path, attributes.GENERATED) is True else None


def rules_of(files: Mapping[str, bytes], max_file_bytes: int) -> Rules:
    """Rules from the contents of a tree's rule files, by path."""
    ignore, attribute = {}, {}
    for path, data in files.items():
        folder, _, name = path.rpartition("/")
        if name == IGNORE_FILE:
            ignore[folder] = ignore_files.parse_ignore(data)
        elif name == ATTRIBUTES_FILE:
            attribute[folder] = attributes.parse_attributes(data)
    said = [(folder, lines) for some in (ignore, attribute) for folder, lines in sorted(some.items()) if lines]
    return Rules(
        ignore_files.Ignoring(ignore), attributes.Attributes(attribute), max_file_bytes, _digest(said, max_file_bytes)
    )


def _digest(said: Iterable[tuple[str, object]], max_file_bytes: int) -> str:
    text = repr((version_of(Artifact.SELECTION), max_file_bytes, list(said)))
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
