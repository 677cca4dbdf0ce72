"""``aura clusters``: groups of symbols that speak of the same thing."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from aura_cli.options import Json, Repo
from aura_cli.output import emit, note, plain, short, table
from aura_cli.session import locate, open_aura

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

    Label, size, some members. A sync computes them again when 5 % of the symbols have changed.
    """
    with open_aura() as aura:
        snapshot = locate(aura, repo, sha)
        report = snapshot.clusters(latest=not sha)
    if json:
        emit(
            {
                "repo": snapshot.repository.id,
                "sha": snapshot.sha,
                "digest": snapshot.digest,
                "made_of": report["sha"],
                **_value(report),
            }
        )
        return
    groups: list[dict[str, Any]] = list(report["clusters"])
    if not groups:
        note(f"{snapshot.repository.id} has no clusters at {short(snapshot.sha)}; it has no classes and no functions")
        return
    table(
        ("SIZE", "LABEL", "SOME MEMBERS"),
        [(g["size"], g["label"], ", ".join(g["members"][:SHOWN_MEMBERS])) for g in groups],
    )
    note(f"{report['symbols']:,} symbols of {short(report['sha'])}, silhouette {report['silhouette']:.2f}")


def _value(clusters: Any) -> dict[str, Any]:
    return {name: plain(clusters[name]) for name in ("symbols", "silhouette", "embedder", "clusters")}
