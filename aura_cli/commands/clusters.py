"""``aura clusters``: groups of symbols that speak of the same thing."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from aura_cli.options import Json, Repo
from aura_cli.output import emit, note, plain, short, table
from aura_cli.session import located, opened

SHOWN_MEMBERS = 3


def clusters(
    repo: Repo = "",
    sha: Annotated[
        str,
        typer.Option(
            "--sha",
            metavar="SHA",
            help="Of exactly this commit, branch or tag, instead of those that a sync made last.",
            show_default=False,
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Show groups of symbols that belong together.

    Label, size, some members. A sync makes them again when a twentieth of the symbols has changed.
    """
    with opened() as aura:
        at = located(aura, repo, sha)
        found = at.clusters(latest=not sha)
    if json:
        emit({"repo": at.repository.id, "sha": at.sha, "digest": at.digest, "made_of": found["sha"], **_value(found)})
        return
    groups: list[dict[str, Any]] = list(found["clusters"])
    if not groups:
        note(f"{at.repository.id} has no clusters at {short(at.sha)}; it has no classes and no functions")
        return
    table(
        ("SIZE", "LABEL", "SOME MEMBERS"),
        [(g["size"], g["label"], ", ".join(g["members"][:SHOWN_MEMBERS])) for g in groups],
    )
    note(f"{found['symbols']:,} symbols of {short(found['sha'])}, silhouette {found['silhouette']:.2f}")


def _value(found: Any) -> dict[str, Any]:
    return {name: plain(found[name]) for name in ("symbols", "silhouette", "embedder", "clusters")}
