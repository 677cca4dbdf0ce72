"""From all entries of a commit or folder to the files that are indexed, with counts of the others."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from aura_core.errors import InputTooLarge
from aura_core.model.snapshot import WORKTREE, SkipReason, TreeFile
from aura_core.sources.paths import shown
from aura_core.sources.rules import file_kinds
from aura_core.sources.rules.rules import Rules

ENTRIES_PER_FILE = 20
"""A tree may have this many entries for each file that may be indexed; more is a bomb (one tree object named many
times).
"""


NAMED = 20
"""Files of one reason that warnings name; a snapshot keeps its warnings, so they may not be without end."""


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
    """What was chosen, and why everything else was not. ``files`` are sorted by path."""

    files: list[TreeFile] = field(default_factory=list)
    raw: dict[str, str] = field(default_factory=dict)
    """Shown path → working path, for the files that were chosen."""
    left_out: dict[str, SkipReason] = field(default_factory=dict)
    """By working path."""
    notes: dict[str, str] = field(default_factory=dict)
    """What nobody could tell from a path alone, by working path: why a file was left out, in words."""
    pointers: set[str] = field(default_factory=set)
    """Working paths of the files that are Git LFS pointers."""
    twins: bool = False
    """Whether two paths look alike, so that which of them was chosen depends on all others."""

    @property
    def skipped(self) -> dict[str, int]:
        """How many were left out, by reason."""
        return {reason.value: count for reason, count in Counter(self.left_out.values()).items()}

    @property
    def submodules(self) -> list[str]:
        """Their shown paths."""
        return sorted(shown(path) for path, reason in self.left_out.items() if reason is SkipReason.SUBMODULE)

    @property
    def warnings(self) -> list[str]:
        """What a person should know: at most ``NAMED`` files of one reason are named, the others counted."""
        found: list[str] = []
        for reason in sorted({self.left_out[path] for path in self.notes}):
            named = sorted(path for path in self.notes if self.left_out[path] is reason)
            found += [f"{shown(path)}: {self.notes[path]}" for path in named[:NAMED]]
            if len(named) > NAMED:
                found.append(f"and {len(named) - NAMED} more files are left out as {reason.value}")
        if self.pointers:
            first = shown(min(self.pointers))
            found.append(
                f"{len(self.pointers)} files are Git LFS pointers, {first} among them: only the pointer's text is in git, and indexed"
            )
        return found


def select(entries: Iterable[Entry], contents: Contents, rules: Rules, max_files: int) -> Selection:
    """Apply the rules. Raises ``InputTooLarge`` when more than ``max_files`` files remain."""
    chosen = Selection()
    _take(chosen, entries, contents, rules, max_files)
    return chosen


def advance(
    before: Selection, gone: Iterable[str], come: Iterable[Entry], contents: Contents, rules: Rules, max_files: int
) -> Selection | None:
    """The selection of a tree that differs from an earlier one by these paths and entries, under the same rules; None
    when only a whole look can tell (two paths look alike). Each entry is judged by itself, so this equals ``select``
    over the whole tree.
    """
    chosen = Selection(
        [], dict(before.raw), dict(before.left_out), dict(before.notes), set(before.pointers), before.twins
    )
    chosen.files = before.files.copy()
    for path in gone:
        if chosen.left_out.pop(path, None) is None and chosen.raw.pop(shown(path), None) is not None:
            del chosen.files[bisect_left(chosen.files, shown(path), key=lambda file: file.path)]
        chosen.notes.pop(path, None)
        chosen.pointers.discard(path)
    _take(chosen, come, contents, rules, max_files)
    return None if chosen.twins else chosen


def _take(chosen: Selection, entries: Iterable[Entry], contents: Contents, rules: Rules, max_files: int) -> None:
    for seen, entry in enumerate(entries, 1):
        if seen > max_files * ENTRIES_PER_FILE:
            raise too_many(max_files)
        reason, note = _reason(entry, contents, rules)
        if reason is None:
            reason, note = _add(chosen, entry, contents, rules)
        if reason is not None:
            chosen.left_out[entry.path] = reason
        if note:
            chosen.notes[entry.path] = note
        if len(chosen.files) > max_files:
            raise too_many(max_files)
    chosen.files.sort()


def too_many(max_files: int) -> InputTooLarge:
    """The error for a tree over the bound."""
    return InputTooLarge(
        f"The tree has more than {max_files} files to index.",
        remedy="Exclude folders in .auraignore, or raise AURA_MAX_FILES.",
        max_files=max_files,
    )


Verdict = tuple[SkipReason | None, str]
"""Why a file is left out (None: it is not), and a note when its path alone does not say so."""

_CHOSEN: Verdict = (None, "")


def _reason(entry: Entry, contents: Contents, rules: Rules) -> Verdict:
    if entry.kind is not EntryKind.FILE:
        reason = SkipReason(entry.kind.value)
        return reason, "cannot be read, not indexed" if reason is SkipReason.UNREADABLE else ""
    by_path = rules.by_path(entry.path)
    if by_path is not None:
        return by_path, ""
    try:
        size = contents.size(entry)
        if size > rules.max_file_bytes:
            return SkipReason.TOO_LARGE, f"has {size:,} bytes: over AURA_MAX_FILE_BYTES, not indexed"
        if file_kinds.needs_a_look(entry.path.rpartition("/")[2]) and file_kinds.looks_binary(
            contents.head_bytes(entry)
        ):
            return SkipReason.BINARY, "holds NUL bytes: binary, not indexed"
    except OSError as error:
        return _unreadable(error)
    return _CHOSEN


def _add(chosen: Selection, entry: Entry, contents: Contents, rules: Rules) -> Verdict:
    path = shown(entry.path)
    if path in chosen.raw:
        chosen.twins = True
        return SkipReason.UNREADABLE, "looks like another file's path, not indexed"
    try:
        file = TreeFile(path, contents.blob(entry), contents.size(entry))
        if rules.in_lfs(entry.path) and file_kinds.is_lfs_pointer(contents.head_bytes(entry)):
            chosen.pointers.add(entry.path)
    except OSError as error:
        return _unreadable(error)
    chosen.raw[path] = entry.path
    chosen.files.append(file)
    return _CHOSEN


def _unreadable(error: OSError) -> Verdict:
    return SkipReason.UNREADABLE, f"cannot be read ({error.strerror or error}), not indexed"


def worktree_name(files: Iterable[TreeFile], settings: str) -> str:
    """``WORKTREE-<12 hex>`` over (path, blob) of all files and the settings that chose them."""
    digest = hashlib.blake2b(settings.encode(), digest_size=6)
    digest.update("\0".join(["", *(text for file in files for text in file[:2])]).encode("utf-8", "surrogateescape"))
    return f"{WORKTREE}-{digest.hexdigest()}"
