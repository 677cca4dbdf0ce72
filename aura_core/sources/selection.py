"""From all entries of a commit or folder to the files that are indexed, with counts of the others."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from aura_core.errors import InputTooLarge
from aura_core.model.snapshot import WORKTREE, SkipReason, TreeFile
from aura_core.sources import kinds
from aura_core.sources.paths import shown
from aura_core.sources.rules import Rules

ENTRIES_PER_FILE = 20
"""A tree may have this many entries for each file that may be indexed; more is a bomb (one tree object named many times)."""


class EntryKind(Enum):
    """What stands at a path; anything but a file is counted under its reason."""

    FILE = "file"
    SYMLINK = SkipReason.SYMLINK.value
    SUBMODULE = SkipReason.SUBMODULE.value
    IGNORED = SkipReason.IGNORED.value
    VENDORED = SkipReason.VENDORED.value
    UNREADABLE = SkipReason.UNREADABLE.value


class Entry(NamedTuple):
    """One entry: its working path (see ``paths``), what it is and, where git says so, its object id."""

    path: str
    kind: EntryKind
    blob: str = ""


class Contents(Protocol):
    """Sizes and bytes of entries."""

    def size(self, entry: Entry) -> int:
        """In bytes. Raises ``OSError`` when the file cannot be looked at."""
        ...

    def blob(self, entry: Entry) -> str:
        """Hex object id of the raw bytes. Raises ``OSError`` when the file cannot be read."""
        ...

    def head_bytes(self, entry: Entry) -> bytes:
        """At least the first ``kinds.SNIFFED`` bytes. Raises ``OSError`` when the file cannot be read."""
        ...


@dataclass(slots=True)
class Selection:
    """What was chosen: files sorted by path, skipped by reason, submodules' paths, warnings."""

    files: list[TreeFile] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    submodules: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    raw: dict[str, str] = field(default_factory=dict)
    """Shown path → working path, for the files that were chosen."""


def select(entries: Iterable[Entry], contents: Contents, rules: Rules, max_files: int) -> Selection:
    """Apply the rules. Raises ``InputTooLarge`` when more than ``max_files`` files remain."""
    chosen = Selection()
    _take(chosen, entries, contents, rules, max_files)
    return chosen


def advance(before: Selection, gone: Iterable[Entry], come: Iterable[Entry], contents: Contents, rules: Rules, max_files: int) -> Selection | None:
    """The selection of a tree that differs from an earlier one by these entries, under the same rules; None when only a whole look can tell
    (something is worth a warning). Each entry is judged by itself, so this equals ``select`` over the whole tree.
    """
    chosen = Selection(skipped=before.skipped.copy(), submodules=list(before.submodules), raw=dict(before.raw))
    for entry in gone:
        reason = _reason(entry, contents, rules)
        if reason is None:
            del chosen.raw[shown(entry.path)]
            continue
        chosen.skipped[reason.value] -= 1
        if reason is SkipReason.SUBMODULE:
            chosen.submodules.remove(shown(entry.path))
    chosen.files = [f for f in before.files if f.path in chosen.raw]
    chosen.skipped = +chosen.skipped
    _take(chosen, come, contents, rules, max_files)
    return None if before.warnings or chosen.warnings else chosen


def _take(chosen: Selection, entries: Iterable[Entry], contents: Contents, rules: Rules, max_files: int) -> None:
    pointers = 0
    for seen, entry in enumerate(entries, 1):
        if seen > max_files * ENTRIES_PER_FILE:
            raise too_many(max_files)
        reason = _reason(entry, contents, rules)
        if reason is not None:
            chosen.skipped[reason.value] += 1
            if reason is SkipReason.SUBMODULE:
                chosen.submodules.append(shown(entry.path))
            continue
        if _add(chosen, entry, contents):
            pointers += rules.in_lfs(entry.path) and kinds.is_lfs_pointer(contents.head_bytes(entry))
        if len(chosen.files) > max_files:
            raise too_many(max_files)
    if pointers:
        chosen.warnings.append(f"{pointers} files are Git LFS pointers: their content is not in git, only the pointer's text is indexed.")
    chosen.files.sort()
    chosen.submodules.sort()


def too_many(max_files: int) -> InputTooLarge:
    """The error for a tree over the bound."""
    return InputTooLarge(
        f"The tree has more than {max_files} files to index.",
        remedy="Exclude folders in .auraignore, or raise AURA_MAX_FILES.",
        max_files=max_files,
    )


def _reason(entry: Entry, contents: Contents, rules: Rules) -> SkipReason | None:
    if entry.kind is not EntryKind.FILE:
        return SkipReason(entry.kind.value)
    reason = rules.by_path(entry.path)
    if reason is not None:
        return reason
    try:
        if contents.size(entry) > rules.max_file_bytes:
            return SkipReason.TOO_LARGE
        if kinds.needs_a_look(entry.path.rpartition("/")[2]) and kinds.looks_binary(contents.head_bytes(entry)):
            return SkipReason.BINARY
    except OSError:
        return SkipReason.UNREADABLE
    return None


def _add(chosen: Selection, entry: Entry, contents: Contents) -> bool:
    path = shown(entry.path)
    if path in chosen.raw:
        chosen.skipped[SkipReason.UNREADABLE.value] += 1
        chosen.warnings.append(f"Two files have paths that look like {path!r}; the second is not indexed.")
        return False
    try:
        file = TreeFile(path, contents.blob(entry), contents.size(entry))
    except OSError as error:
        chosen.skipped[SkipReason.UNREADABLE.value] += 1
        chosen.warnings.append(f"{path} could not be read: {error.strerror or error}.")
        return False
    chosen.raw[path] = entry.path
    chosen.files.append(file)
    return True


def worktree_name(files: Iterable[TreeFile], settings: str) -> str:
    """``WORKTREE-<12 hex>`` over (path, blob) of all files and the settings that chose them."""
    digest = hashlib.blake2b(settings.encode(), digest_size=6)
    for file in files:
        digest.update(b"\0%b\0%b" % (file.path.encode("utf-8", "surrogateescape"), bytes.fromhex(file.blob)))
    return f"{WORKTREE}-{digest.hexdigest()}"
