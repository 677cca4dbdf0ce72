"""Selects the files to index from all entries of a commit or folder, and gives a reason for each of the others."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from aura_core.errors import InputTooLarge
from aura_core.model.facts import FileFacts, ParseStatus
from aura_core.model.snapshot import WORKTREE, SkipReason, TreeFile, UnreadableFile
from aura_core.sources.paths import display_path
from aura_core.sources.rules import file_kinds
from aura_core.sources.rules.rules import Rules

ENTRIES_PER_FILE = 20
"""A tree may have this many entries for each file that may be indexed. More is a bomb: one tree object that is named
many times.
"""

MAX_EXAMPLES = 20
"""Warnings name at most this many files for one reason. A snapshot stores its warnings, so they must be bounded."""


class EntryKind(Enum):
    """The kind of an entry; anything but a file is counted under its reason."""

    FILE = "file"
    SYMLINK = SkipReason.SYMLINK.value
    SUBMODULE = SkipReason.SUBMODULE.value
    IGNORED = SkipReason.IGNORED.value
    VENDORED = SkipReason.VENDORED.value
    UNREADABLE = SkipReason.UNREADABLE.value


class Entry(NamedTuple):
    """One entry of a tree: its working path (see ``paths``), its kind and, where git says so, its object id."""

    path: str
    kind: EntryKind
    blob: str = ""


class Contents(Protocol):
    """Sizes and bytes of entries."""

    def size(self, entry: Entry) -> int:
        """Return the size in bytes. Raises ``OSError`` when the file cannot be looked at."""
        ...

    def blob(self, entry: Entry) -> str:
        """Return the hex object id of the raw bytes. Raises ``OSError`` when the file cannot be read."""
        ...

    def head_bytes(self, entry: Entry) -> bytes:
        """Return at least the first ``SNIFF_BYTES`` bytes. Raises ``OSError`` when the file cannot be read."""
        ...


@dataclass(slots=True)
class Selection:
    """The files of a tree that are indexed, and why the others are not.

    ``files`` are sorted by path. ``working_paths`` map the shown path of each of them to its working path.
    ``skip_reasons`` and ``notes`` are by working path; a note says in words what a path alone does not tell.
    ``lfs_pointers`` are working paths of files that are Git LFS pointers. ``has_lookalikes``: two paths look alike,
    so which of them is indexed depends on all the others. ``unreadable``: the blobs that git cannot read, by working
    path; a later look may find them.
    """

    files: list[TreeFile] = field(default_factory=list)
    working_paths: dict[str, str] = field(default_factory=dict)
    skip_reasons: dict[str, SkipReason] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    lfs_pointers: set[str] = field(default_factory=set)
    has_lookalikes: bool = False
    unreadable: dict[str, str] = field(default_factory=dict)

    @property
    def skipped(self) -> dict[str, int]:
        """Return how many files are not indexed, by reason."""
        return {reason.value: count for reason, count in Counter(self.skip_reasons.values()).items()}

    @property
    def submodules(self) -> list[str]:
        """Return the shown paths of submodules, sorted."""
        return sorted(
            display_path(path) for path, reason in self.skip_reasons.items() if reason is SkipReason.SUBMODULE
        )

    @property
    def unreadable_files(self) -> tuple[UnreadableFile, ...]:
        """Return the files whose blobs git cannot read, sorted by path."""
        return tuple(sorted(UnreadableFile(display_path(path), blob) for path, blob in self.unreadable.items()))

    @property
    def warnings(self) -> list[str]:
        """Return what a person should know: at most ``MAX_EXAMPLES`` files of one reason, and the number of others."""
        warnings: list[str] = []
        for reason in sorted({self.skip_reasons[path] for path in self.notes}):
            paths = sorted(path for path in self.notes if self.skip_reasons[path] is reason)
            warnings += [f"{display_path(path)}: {self.notes[path]}" for path in paths[:MAX_EXAMPLES]]
            if len(paths) > MAX_EXAMPLES:
                warnings.append(f"and {len(paths) - MAX_EXAMPLES} more files are left out as {reason.value}")
        if self.lfs_pointers:
            example = display_path(min(self.lfs_pointers))
            warnings.append(
                f"{len(self.lfs_pointers)} files are Git LFS pointers, {example} among them: "
                "only the pointer's text is in git, and indexed"
            )
        return warnings


def select_files(entries: Iterable[Entry], contents: Contents, rules: Rules, max_files: int) -> Selection:
    """Return the selection that the rules make of all entries. Raises ``InputTooLarge`` for more than ``max_files``."""
    selection = Selection()
    _add_entries(selection, entries, contents, rules, max_files)
    return selection


def update_selection(
    base: Selection,
    removed_paths: Iterable[str],
    new_entries: Iterable[Entry],
    contents: Contents,
    rules: Rules,
    max_files: int,
) -> Selection | None:
    """Return the selection of a tree that differs from another one by these paths and entries, under the same rules.

    Each entry is judged by itself, so this equals ``select_files`` over the whole tree. None when that is not so,
    because two paths look alike.
    """
    selection = Selection(
        base.files.copy(),
        dict(base.working_paths),
        dict(base.skip_reasons),
        dict(base.notes),
        set(base.lfs_pointers),
        base.has_lookalikes,
        dict(base.unreadable),
    )
    for path in removed_paths:
        _remove_path(selection, path)
    _add_entries(selection, new_entries, contents, rules, max_files)
    return None if selection.has_lookalikes else selection


def _remove_path(selection: Selection, path: str) -> None:
    shown_path = display_path(path)
    if selection.skip_reasons.pop(path, None) is None and selection.working_paths.pop(shown_path, None) is not None:
        del selection.files[bisect_left(selection.files, shown_path, key=lambda file: file.path)]
    selection.notes.pop(path, None)
    selection.unreadable.pop(path, None)
    selection.lfs_pointers.discard(path)


def _add_entries(
    selection: Selection, entries: Iterable[Entry], contents: Contents, rules: Rules, max_files: int
) -> None:
    for count, entry in enumerate(entries, 1):
        if count > max_files * ENTRIES_PER_FILE:  # checked here: entries may be a generator over a bomb
            raise too_many_files(max_files)
        reason, note, is_lost = _verdict(entry, contents, rules)
        if reason is None:
            reason, note, is_lost = _add_file(selection, entry, contents, rules)
        if reason is not None:
            selection.skip_reasons[entry.path] = reason
        if is_lost and entry.blob:
            selection.unreadable[entry.path] = entry.blob
        if note:
            selection.notes[entry.path] = note
        if len(selection.files) > max_files:
            raise too_many_files(max_files)
    selection.files.sort()


def too_many_files(max_files: int) -> InputTooLarge:
    """Return the error for a tree with more files than the settings allow."""
    return InputTooLarge(
        f"The tree has more than {max_files} files to index.",
        remedy="Exclude folders in .auraignore, or raise AURA_MAX_FILES.",
        max_files=max_files,
    )


class EntryVerdict(NamedTuple):
    """The reason why a file is not indexed (None: it is), and a note.

    The note says in words why, when the path alone does not, or what is wrong with a file that is indexed all the same.
    ``is_lost``: its bytes could not be read.
    """

    reason: SkipReason | None
    note: str = ""
    is_lost: bool = False


_INDEXED = EntryVerdict(None)
_BINARY = EntryVerdict(SkipReason.BINARY, "holds NUL bytes: binary, not indexed")


def _verdict(entry: Entry, contents: Contents, rules: Rules) -> EntryVerdict:
    """Judge an entry by its kind, its path, its size and, where only that tells, its first bytes."""
    if entry.kind is not EntryKind.FILE:
        reason = SkipReason(entry.kind.value)
        return EntryVerdict(reason, "cannot be read, not indexed" if reason is SkipReason.UNREADABLE else "")
    path_reason = rules.skip_reason(entry.path)
    if path_reason is not None:
        return EntryVerdict(path_reason)
    _, _, basename = entry.path.rpartition("/")
    try:
        size = contents.size(entry)
        if size > rules.limits.max_file_bytes:
            return EntryVerdict(SkipReason.TOO_LARGE, f"has {size:,} bytes: over AURA_MAX_FILE_BYTES, not indexed")
        if file_kinds.needs_sniffing(basename) and file_kinds.looks_binary(contents.head_bytes(entry)):
            return _BINARY
    except OSError as error:
        return _unreadable(error)
    return _INDEXED


def judge_facts(facts: FileFacts) -> EntryVerdict:
    """Judge a selected file by its facts: only the parser reads all bytes of a file whose name says that it is text."""
    return _BINARY if facts.status is ParseStatus.BINARY else EntryVerdict(None, facts.warning)


def _add_file(selection: Selection, entry: Entry, contents: Contents, rules: Rules) -> EntryVerdict:
    path = display_path(entry.path)
    if path in selection.working_paths:
        selection.has_lookalikes = True
        return EntryVerdict(SkipReason.UNREADABLE, "looks like another file's path, not indexed")
    try:
        file = TreeFile(path, contents.blob(entry), contents.size(entry))
        if rules.is_in_lfs(entry.path) and file_kinds.is_lfs_pointer(contents.head_bytes(entry)):
            selection.lfs_pointers.add(entry.path)
    except OSError as error:
        return _unreadable(error)
    selection.working_paths[path] = entry.path
    selection.files.append(file)
    return _INDEXED


def _unreadable(error: OSError) -> EntryVerdict:
    return EntryVerdict(SkipReason.UNREADABLE, unreadable_note(error.strerror or str(error)), is_lost=True)


def unreadable_note(cause: str) -> str:
    """Return the note of a file whose bytes could not be read."""
    return f"cannot be read ({cause}), not indexed"


def worktree_name(files: Iterable[TreeFile], settings: str) -> str:
    """Return ``WORKTREE-<12 hex digits>`` over (path, blob) of all files and the settings that selected them."""
    digest = hashlib.blake2b(settings.encode(), digest_size=6)
    digest.update("\0".join(["", *(text for file in files for text in file[:2])]).encode("utf-8", "surrogateescape"))
    return f"{WORKTREE}-{digest.hexdigest()}"
