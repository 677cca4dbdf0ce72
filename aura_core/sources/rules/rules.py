"""Holds the rules of one tree, which say which files are indexed and why the others are not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from aura_core.fingerprint import Artifact, version_of
from aura_core.model.snapshot import SkipReason
from aura_core.sources.rules import attributes, file_kinds, ignore_files
from aura_core.sources.rules.limits import SelectionLimits

IGNORE_FILE = ".auraignore"
ATTRIBUTES_FILE = ".gitattributes"
RULE_FILES = frozenset((IGNORE_FILE, ATTRIBUTES_FILE))
MAX_RULE_BYTES = 1_000_000
"""A larger rule file is not read (git's own limit is 100 MB)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one tree. ``digest`` changes when anything that can decide about a file does."""

    ignores: ignore_files.IgnoreRules
    attributes: attributes.Attributes
    limits: SelectionLimits
    digest: str

    def skip_reason(self, path: str) -> SkipReason | None:
        """Return why a file is not indexed, as far as its path decides; None when it does not.

        A ``!`` line of ``.auraignore`` includes what only built-in rules would skip.
        """
        is_ignored = self.ignores.ignores_file(path) if self.ignores else None
        if is_ignored:
            return SkipReason.IGNORED
        folder, _, basename = path.rpartition("/")
        reason = file_kinds.reason_by_name(basename)
        if is_ignored is False:
            # a ``!`` line includes anything but binary files
            return reason if reason is SkipReason.BINARY else None
        attribute_reason = self._reason_by_attributes(path)
        if attribute_reason is not None:
            return attribute_reason
        if folder and file_kinds.is_vendored(folder) and self.attributes.get(path, attributes.VENDORED) is not False:
            return SkipReason.VENDORED
        if reason is SkipReason.GENERATED and self.attributes.get(path, attributes.GENERATED) is False:
            return None
        return reason

    def is_in_lfs(self, path: str) -> bool:
        """Return whether the attributes say that Git LFS holds this file's content."""
        return bool(self.attributes) and self.attributes.get(path, attributes.FILTER) == "lfs"

    def is_recoded(self, path: str) -> bool:
        """Return whether the attributes say that this file has another encoding on disk than in git."""
        return bool(self.attributes) and self.attributes.get(path, attributes.ENCODING) not in (None, False)

    def _reason_by_attributes(self, path: str) -> SkipReason | None:
        if not self.attributes:
            return None
        if self.attributes.get(path, attributes.VENDORED) is True:
            return SkipReason.VENDORED
        return SkipReason.GENERATED if self.attributes.get(path, attributes.GENERATED) is True else None


def rules_of(files: Mapping[str, bytes], limits: SelectionLimits) -> Rules:
    """Return the rules that a tree's rule files (path -> content) and the limits make."""
    ignore_lines, attribute_lines = {}, {}
    for path, data in files.items():
        folder, _, basename = path.rpartition("/")
        if basename == IGNORE_FILE:
            ignore_lines[folder] = ignore_files.parse_ignore(data)
        elif basename == ATTRIBUTES_FILE:
            attribute_lines[folder] = attributes.parse_attributes(data)
    all_lines = [
        (folder, lines)
        for lines_by_folder in (ignore_lines, attribute_lines)
        for folder, lines in sorted(lines_by_folder.items())
        if lines
    ]
    # The repr of frozen dataclasses names every field, so any change of a rule or a limit changes the digest.
    text = repr((version_of(Artifact.SELECTION), limits, all_lines))
    digest = hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    return Rules(ignore_files.IgnoreRules(ignore_lines), attributes.Attributes(attribute_lines), limits, digest)
