"""``aura clusters``: groups of symbols that speak of the same thing."""

from __future__ import annotations

from typing import Any

from aura_cli.opening import located, opened
from aura_cli.options import Json, Repo
from aura_cli.output import emit, note, table

SHOWN_MEMBERS = 3


def clusters(repo: Repo = "", json: Json = False) -> None:
    """Show groups of symbols that belong together.

    As they were when the repository was indexed last: label, size, some members.
    """
    with opened() as aura:
        at = located(aura, repo, "")
        found = aura.clusters(at.repository.id)
    if json:
        emit(found)
        return
    groups: list[dict[str, Any]] = list(found["clusters"]) if found is not None else []
    if not groups:
        note(f"{at.repository.id} has no clusters; it has too few symbols")
        return
    table(("SIZE", "LABEL", "SOME MEMBERS"), [(g["size"], _label(g["label"]), ", ".join(g["members"][:SHOWN_MEMBERS])) for g in groups])


def _label(label: object) -> str:
    return label if isinstance(label, str) else " ".join(map(str, label)) if isinstance(label, (list, tuple)) else str(label)
