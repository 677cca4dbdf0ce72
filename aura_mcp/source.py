"""The text of one symbol, as it stands in the snapshot that answers."""

from __future__ import annotations

from aura_core.errors import SourceGone
from aura_core.model.graph import Node
from aura_core.parsing import language_of, text_lines
from aura_core.service import Aura


def source_lines(aura: Aura, repo: str, sha: str, node: Node) -> list[str]:
    """The symbol's lines. Raises ``SourceGone`` when the repository no longer has the file's text."""
    manifest = aura.stores.snapshots.manifest(repo, sha)
    entry = manifest.entries.get(node.path) if manifest is not None else None
    if entry is None:
        raise SourceGone(
            f"The text of {node.path} at {sha[:12]} is not there any more.", remedy="Index again: `aura index`."
        )
    lines = text_lines(aura.source_of(repo, entry.blob), language_of(node.path))
    return [line.removesuffix("\n") for line in lines[node.start_line - 1 : node.end_line]]
