"""Moves a link state from the previous tree to the tree that was linked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgpack

from aura_core.linking.batch_linker import Callbacks, LinkedFile
from aura_core.linking.fragments import pack_fragment, row_of
from aura_core.linking.interface import LinkResult
from aura_core.linking.link_plan import LinkPlan
from aura_core.linking.state.columns import NO_READS, FileRow
from aura_core.linking.state.link_state import ExcludedFile
from aura_core.model.graph import Fragment
from aura_core.model.snapshot import ManifestEntry


def write_state(
    plan: LinkPlan, reads: Sequence[Mapping[str, bytes]], callbacks: Callbacks, links: Iterable[LinkedFile]
) -> LinkResult:
    """Move the state of the plan's previous tree to the new tree, and return the new rows. ``reads``: by layer the
    packed reads of the files that were linked in it.

    Raises ``StateIncomplete``, before anything in the state has changed.
    """
    linked_files = {file.path: file for file in links}
    result = LinkResult({path: row_of(file.fragment) for path, file in linked_files.items()}, {}, tuple(linked_files))
    # None drops the row of a file that the new tree does not have
    rows: dict[str, FileRow | None] = dict.fromkeys((*plan.removed, *plan.removed_modules))
    rows |= _rows_without_code(plan, result)
    paths = sorted(set().union(*reads))
    # may raise ``StateIncomplete``, so it comes before any change of the state
    old_reads = plan.previous.reads([path for path in paths if path not in plan.altered])
    for path in paths:
        layers = tuple(new[path] if path in new else old_reads[path][layer] for layer, new in enumerate(reads))
        result.reads[path] = row_of(msgpack.packb(layers))
        rows[path] = _file_row(plan, path, layers, linked_files.get(path), callbacks)
    state = plan.previous.state
    state.replace_rows(rows)
    _write_entries(plan, result)
    for path in (*plan.removed, *plan.removed_modules, *result.fragments):
        state.too_complex.pop(path, None)
    state.too_complex |= {path: file.too_complex for path, file in linked_files.items() if file.too_complex}
    state.tables = plan.tables
    state.hints = plan.hints
    if not plan.previous.is_empty:
        state.cache_summaries(plan.program.summaries)
    return result


def _rows_without_code(plan: LinkPlan, result: LinkResult) -> dict[str, FileRow]:
    """Return the rows of changed files that are no modules, and add their fragments without edges to the result."""
    rows = {}
    for path, file in plan.files.items():
        if file.facts is not None and path not in plan.altered:
            rows[path] = FileRow(len(file.facts.definitions))
            result.fragments[path] = row_of(pack_fragment(Fragment(file.key, "")))
            result.reads[path] = row_of(msgpack.packb(NO_READS))
    return rows


def _file_row(
    plan: LinkPlan, path: str, reads: tuple[bytes, ...], link: LinkedFile | None, callbacks: Callbacks
) -> FileRow:
    """Return the row of a file that was linked in any layer. ``link`` is None when its links stay as they were."""
    program, previous = plan.program, plan.previous
    counts = link if link is not None else previous.state.row(path)
    flows, _ = callbacks[path] if path in callbacks else (previous.callbacks(path), None)
    return FileRow(
        nodes=len(program.files[path].definitions),
        edges=counts.edges if counts is not None else 0,
        unresolved=counts.unresolved if counts is not None else 0,
        bases=program.bases[path],
        mro=program.mro[path],
        methods=plan.methods[path] if path in plan.methods else previous.methods(path),
        reads=reads,
        callbacks=flows,
    )


def _write_entries(plan: LinkPlan, result: LinkResult) -> None:
    """Bring the state's entries, excluded files and notes up to date."""
    state = plan.previous.state
    for path in (*plan.removed, *plan.files):
        for table in (state.entries, state.excluded, state.notes):
            table.pop(path, None)
    for path, file in plan.files.items():
        if file.note:
            state.notes[path] = file.note
        if file.skip_reason is not None:
            state.excluded[path] = ExcludedFile(file.blob, file.skip_reason)
        else:
            state.entries[path] = ManifestEntry(file.blob, file.key, result.fragments[path].key, result.reads[path].key)
    for path, row in result.reads.items():
        state.entries[path] = state.entries[path]._replace(reads=row.key)
    for path, row in result.fragments.items():
        state.entries[path] = state.entries[path]._replace(fragment=row.key)
